#include "nats_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/nkey.h"

double nats_fixture_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void nats_fixture_sleep(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&t, NULL);
}

__attribute__((format(printf, 1, 2))) static void shell(const char *form, ...)
{
    char command[2048];
    va_list arguments;
    va_start(arguments, form);
    const int size = vsnprintf(command, sizeof command, form, arguments);
    va_end(arguments);
    assert_in_range(size, 1, sizeof command - 1);
    if (system(command) != 0) {
        fail_msg("failed: %s", command);
    }
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool takes_connections(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int done = connect(fd, (const struct sockaddr *)&address, sizeof address);
    close(fd);
    return done == 0;
}

/* The NKey of a nation: its letters are the seed. */
static struct nkey key_of(const char *nation)
{
    uint8_t seed[32] = {0};
    struct nkey key;
    memcpy(seed, nation, strlen(nation));
    nkey_from_seed(seed, &key);
    return key;
}

void nats_fixture_make(struct nats_fixture *f)
{
    static const char *const nations[] = {"KOR", "JPN", "USA"};
    char users[512] = "";
    snprintf(f->folder, sizeof f->folder, "/tmp/watchfire-nats-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->port = free_port();
    f->pid = 0;
    snprintf(f->server, sizeof f->server, "127.0.0.1:%u", f->port);
    const char *script = DEPLOY_DIR "/certificates.sh";
    shell("%s authority %s/ca USA && %s authority %s/other OTHER", script, f->folder, script,
          f->folder);
    shell("cp %s/ca/ca.pem %s/ca.pem && cp %s/other/ca.pem %s/other.pem", f->folder, f->folder,
          f->folder, f->folder);
    shell("%s request %s server && %s server %s/ca %s/server.csr 127.0.0.1", script, f->folder,
          script, f->folder, f->folder);
    for (size_t i = 0; i < 3; i++) {
        shell("%s request %s %s && %s client %s/ca %s/%s.csr", script, f->folder, nations[i],
              script, f->folder, f->folder, nations[i]);
        const struct nkey key = key_of(nations[i]);
        const size_t used = strlen(users);
        snprintf(users + used, sizeof users - used, " %s=%s", nations[i], key.text);
    }
    shell("%s request %s XXX && %s client %s/other %s/XXX.csr", script, f->folder, script,
          f->folder, f->folder);
    shell(DEPLOY_DIR "/server.py --owner USA --domain exercise --listen %s --tls %s --log %s/log"
                     " %s >%s/conf",
          f->server, f->folder, f->folder, users, f->folder);
    nats_fixture_start(f);
}

void nats_fixture_start(struct nats_fixture *f)
{
    char conf[128];
    snprintf(conf, sizeof conf, "%s/conf", f->folder);
    f->pid = fork();
    assert_true(f->pid >= 0);
    if (f->pid == 0) {
        execlp("nats-server", "nats-server", "-c", conf, (char *)NULL);
        execl("/usr/sbin/nats-server", "nats-server", "-c", conf,
              (char *)NULL); /* Debian's place */
        _exit(127);
    }
    for (int i = 0; i < 500 && !takes_connections(f->port); i++) {
        assert_int_equal(waitpid(f->pid, NULL, WNOHANG), 0);
        nats_fixture_sleep(0.01);
    }
    assert_true(takes_connections(f->port));
}

void nats_fixture_kill(struct nats_fixture *f)
{
    if (f->pid != 0) {
        kill(f->pid, SIGKILL);
        waitpid(f->pid, NULL, 0);
        f->pid = 0;
    }
}

void nats_fixture_remove(struct nats_fixture *f)
{
    nats_fixture_kill(f);
    shell("rm -r %s", f->folder);
}

struct link_nats_settings nats_fixture_settings(const struct nats_fixture *f, const char *nation,
                                                const char *partner, unsigned slot)
{
    static char paths[8][3][128];
    assert_true(slot < 8);
    char(*path)[128] = paths[slot];
    snprintf(path[0], sizeof path[0], "%s/ca.pem", f->folder);
    snprintf(path[1], sizeof path[1], "%s/%s.pem", f->folder, nation);
    snprintf(path[2], sizeof path[2], "%s/%s.key", f->folder, nation);
    struct link_nats_settings settings = {.domain = "exercise",
                                          .server = f->server,
                                          .certificate_authority = path[0],
                                          .certificate = path[1],
                                          .private_key = path[2]};
    assert_true(nation_id_parse(nation, &settings.nation));
    assert_true(nation_id_parse(partner, &settings.partner));
    const struct nkey key = key_of(nation);
    memcpy(settings.nkey, key.text, sizeof key.text);
    memcpy(settings.nkey_secret, key.secret, sizeof key.secret);
    return settings;
}

bool nats_fixture_connected(struct link_nats *l, double seconds)
{
    const double end_s = nats_fixture_now_s() + seconds;
    for (;;) {
        struct link_nats_status lanes[LINK_NATS_LANES];
        link_nats_status(l, LINK_NATS_LIVE, &lanes[0]);
        link_nats_status(l, LINK_NATS_REPAIR, &lanes[1]);
        if (lanes[0].connected && lanes[1].connected) {
            return true;
        }
        if (nats_fixture_now_s() > end_s) {
            print_message("live: %s; repair: %s\n", lanes[0].error, lanes[1].error);
            return false;
        }
        nats_fixture_sleep(0.002);
    }
}

bool nats_fixture_receive(struct link_nats *l, double seconds, struct link_nats_delivery *out)
{
    const double end_s = nats_fixture_now_s() + seconds;
    while (!link_nats_next(l, out)) {
        if (nats_fixture_now_s() > end_s) {
            return false;
        }
        nats_fixture_sleep(0.0002);
    }
    return true;
}

static void reach(struct link_nats *from, struct link_nats *to, uint32_t lane)
{
    static const uint8_t probe[] = "are you there?";
    struct link_nats_delivery got;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(link_nats_send(from, lane, (struct bytes){probe, sizeof probe}), OK);
        if (nats_fixture_receive(to, 1.0, &got)) {
            assert_int_equal(got.lane, lane);
            assert_int_equal(got.data.size, sizeof probe);
            return;
        }
    }
    fail_msg("no frame passes");
}

void nats_fixture_join(struct link_nats *a, struct link_nats *b)
{
    assert_true(nats_fixture_connected(a, 20.0));
    assert_true(nats_fixture_connected(b, 20.0));
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        reach(a, b, lane);
        reach(b, a, lane);
    }
}
