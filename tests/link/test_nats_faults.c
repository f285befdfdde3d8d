/* The carrier with partners and servers that do not play along. */
#include "link/link_nats.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "nats_fixture.h"

#define PATIENCE_S 20.0
#define FLOOD_BYTES (24u * 1024u * 1024u) /* more than the server keeps for one connection */

static struct nats_fixture fixture;
static const char *program;

static struct link_nats *open_link(const struct nats_fixture *f, const char *nation,
                                   const char *partner, unsigned slot)
{
    char error[LINK_NATS_TEXT_MAX] = "";
    const struct link_nats_settings settings = nats_fixture_settings(f, nation, partner, slot);
    struct link_nats *l = NULL;
    if (link_nats_open(&settings, error, &l) != OK) {
        print_message("%s\n", error);
    }
    assert_non_null(l);
    return l;
}

static struct link_nats *open_connected(const char *nation, const char *partner, unsigned slot)
{
    struct link_nats *l = open_link(&fixture, nation, partner, slot);
    assert_true(nats_fixture_connected(l, PATIENCE_S));
    return l;
}

/* Another process: JPN, which takes whatever USA sends and answers each with its first byte. */
static int listen_as_japan(const char *folder, const char *server)
{
    struct nats_fixture f = {.pid = 0};
    snprintf(f.folder, sizeof f.folder, "%s", folder);
    snprintf(f.server, sizeof f.server, "%s", server);
    struct link_nats *l = open_link(&f, "JPN", "USA", 0);
    const pid_t parent = getppid();
    while (getppid() == parent) {
        struct link_nats_delivery got;
        if (nats_fixture_receive(l, 1.0, &got)) {
            const struct bytes answer = {got.data.data, 1};
            (void)!link_nats_send(l, got.lane, answer);
        }
    }
    link_nats_close(l);
    return 0;
}

static pid_t start_japan(void)
{
    const pid_t child = fork();
    if (child == 0) {
        execl(program, program, "japan", fixture.folder, fixture.server, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    return child;
}

/* Asks until it answers: what was sent before it listened is lost. */
static void expect_answer(struct link_nats *usa, uint8_t mark)
{
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    struct link_nats_delivery got;
    do {
        assert_true(nats_fixture_now_s() < end_s);
        assert_int_equal(link_nats_send(usa, LINK_NATS_LIVE, (struct bytes){&mark, 1}), OK);
    } while (!nats_fixture_receive(usa, 0.1, &got) || got.data.data[0] != mark);
}

static void flood(struct link_nats *l)
{
    static uint8_t frame[65536];
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    for (uint32_t sent = 0; sent < FLOOD_BYTES && nats_fixture_now_s() < end_s;) {
        if (link_nats_send(l, LINK_NATS_REPAIR, (struct bytes){frame, sizeof frame}) == OK) {
            sent += sizeof frame;
        } else {
            nats_fixture_sleep(0.001);
        }
    }
}

/* The longest of 50 deliveries, s. */
static double longest_way_s(struct link_nats *from, struct link_nats *to)
{
    double longest_s = 0.0;
    for (uint8_t i = 0; i < 50; i++) {
        struct link_nats_delivery got;
        const double start_s = nats_fixture_now_s();
        assert_int_equal(link_nats_send(from, LINK_NATS_LIVE, (struct bytes){&i, 1}), OK);
        assert_true(nats_fixture_receive(to, PATIENCE_S, &got));
        assert_int_equal(got.data.data[0], i);
        const double took_s = nats_fixture_now_s() - start_s;
        longest_s = took_s > longest_s ? took_s : longest_s;
    }
    return longest_s;
}

/* JPN stands still while USA sends it more than the server will keep: KOR notices nothing, the lane
 * to JPN that is not flooded notices nothing, and JPN is back as soon as it goes on. */
static void test_stopped_partner(void **state)
{
    (void)state;
    struct link_nats *usa_kor = open_connected("USA", "KOR", 0);
    struct link_nats *kor = open_connected("KOR", "USA", 1);
    struct link_nats *usa_jpn = open_connected("USA", "JPN", 2);
    nats_fixture_join(usa_kor, kor);
    const pid_t japan = start_japan();
    expect_answer(usa_jpn, 1);
    const double before_s = longest_way_s(usa_kor, kor);
    assert_int_equal(kill(japan, SIGSTOP), 0);
    flood(usa_jpn);
    const double during_s = longest_way_s(usa_kor, kor);
    print_message("longest way to KOR: %.1f ms, and %.1f ms while JPN stands still\n",
                  1e3 * before_s, 1e3 * during_s);
    assert_true(during_s < 1.0);
    struct link_nats_status status;
    link_nats_status(usa_jpn, LINK_NATS_LIVE, &status);
    assert_int_equal(status.connects, 1);
    assert_int_equal(kill(japan, SIGCONT), 0);
    expect_answer(usa_jpn, 2);
    assert_int_equal(kill(japan, SIGKILL), 0);
    assert_int_equal(waitpid(japan, NULL, 0), japan);
    link_nats_close(usa_kor);
    link_nats_close(kor);
    link_nats_close(usa_jpn);
}

/* We do not take what a partner sends: bounded, counted, the oldest are kept. */
static void test_not_taken(void **state)
{
    (void)state;
    struct link_nats *usa = open_connected("USA", "KOR", 0);
    struct link_nats *kor = open_connected("KOR", "USA", 1);
    nats_fixture_join(usa, kor);
    static uint8_t frame[65536];
    struct link_nats_status status;
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    uint8_t number = 0;
    do {
        frame[0] = number;
        if (link_nats_send(usa, LINK_NATS_REPAIR, (struct bytes){frame, sizeof frame}) == OK) {
            number++;
        }
        nats_fixture_sleep(0.001);
        link_nats_status(kor, LINK_NATS_REPAIR, &status);
    } while (status.dropped_not_taken < 10 && nats_fixture_now_s() < end_s);
    assert_in_range(status.dropped_not_taken, 10, 1000);
    struct link_nats_delivery got;
    for (uint8_t i = 0; i < LINK_NATS_QUEUE_BYTES_MAX / sizeof frame; i++) {
        assert_true(link_nats_next(kor, &got));
        assert_int_equal(got.data.data[0], i);
    }
    link_nats_close(usa);
    link_nats_close(kor);
}

/* A server that greets and then says nothing more: libnats waits in the TLS handshake for ever. */
struct mute_server {
    int listener;
    int accepted[64];
    pthread_t thread;
};

static void *greet(void *context)
{
    struct mute_server *mute = context;
    static const char info[] =
        "INFO {\"server_id\":\"X\",\"version\":\"2.9.10\",\"proto\":1,\"headers\":true,"
        "\"max_payload\":65792,\"tls_required\":true,\"nonce\":\"AAAAAAAAAAAAAAA\"}\r\n";
    for (size_t i = 0; i < 64; i++) {
        mute->accepted[i] = accept(mute->listener, NULL, NULL);
        if (mute->accepted[i] < 0 || write(mute->accepted[i], info, sizeof info - 1) < 0) {
            break;
        }
    }
    return NULL;
}

static unsigned thread_count(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    while (readdir(tasks) != NULL) {
        count++;
    }
    closedir(tasks);
    return count;
}

static void test_mute_server(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct mute_server mute;
    memset(mute.accepted, -1, sizeof mute.accepted);
    mute.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(mute.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(mute.listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(mute.listener, 8), 0);
    assert_int_equal(pthread_create(&mute.thread, NULL, greet, &mute), 0);
    struct nats_fixture f = fixture;
    snprintf(f.server, sizeof f.server, "127.0.0.1:%u", ntohs(address.sin_port));

    const unsigned threads_before = thread_count();
    struct link_nats *kor = open_link(&f, "KOR", "JPN", 0);
    struct link_nats_status status;
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    do {
        nats_fixture_sleep(0.01);
        link_nats_status(kor, LINK_NATS_LIVE, &status);
    } while (status.failures == 0 && nats_fixture_now_s() < end_s);
    assert_string_equal(status.error, "the server does not answer");
    nats_fixture_sleep(1.2); /* the next attempts hang, too */
    const double start_s = nats_fixture_now_s();
    link_nats_close(kor);
    assert_true(nats_fixture_now_s() - start_s < PATIENCE_S);

    assert_int_equal(thread_count(), threads_before);

    assert_int_equal(shutdown(mute.listener, SHUT_RDWR), 0);
    assert_int_equal(pthread_join(mute.thread, NULL), 0);
    for (size_t i = 0; i < 64; i++) {
        (void)close(mute.accepted[i]);
    }
    close(mute.listener);
}

/* A server whose process stands still: the kernel takes connections, and nobody answers. Close does
 * not wait for it, though frames are on their way. */
static void test_stopped_server(void **state)
{
    (void)state;
    struct link_nats *usa = open_connected("USA", "KOR", 0);
    assert_int_equal(kill(fixture.pid, SIGSTOP), 0);
    static uint8_t frame[65536];
    for (int i = 0; i < 128; i++) { /* 8 MiB: more than sockets hold */
        (void)!link_nats_send(usa, LINK_NATS_REPAIR, (struct bytes){frame, sizeof frame});
        nats_fixture_sleep(0.001);
    }
    const double start_s = nats_fixture_now_s();
    link_nats_close(usa);
    assert_true(nats_fixture_now_s() - start_s < 2.0);
    assert_int_equal(kill(fixture.pid, SIGCONT), 0);
}

static int make(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    nats_fixture_make(&fixture);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    nats_fixture_remove(&fixture);
    return 0;
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (sodium_init() < 0) {
        return 1;
    }
    if (argc == 4 && strcmp(argv[1], "japan") == 0) {
        return listen_as_japan(argv[2], argv[3]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_partner),
        cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_mute_server),
        cmocka_unit_test(test_stopped_server),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
