#include "cli/sensors_only.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "formats/observation_line.h"
#include "node/node_file.h"
#include "node/small_file.h"
#include "sim/world.h"

/* What the sensors see before the first launch: false alarms, and satellites that look. */
#define BEFORE_S 10.0
#define TELL_S 10.0
#define DATAGRAM_MAX 60000
#define MESSAGE_SIZE 1024

/* Where one nation's sensors send to. */
struct feed {
    bool has_node;
    bool failing; /* said so */
    struct node_listen listen;
    int fd; /* -1 = none */
    uint64_t sent;
    uint64_t lost;
};

struct player {
    const struct sensors_only *options;
    struct world world;
    struct world_scan scan;
    struct instant launch; /* T+0, true time of the scenario */
    struct duration shift; /* from there to now */
    struct feed feeds[LIMIT_NATIONS];
    char lines[DATAGRAM_MAX];
};

static int complain(const char *text)
{
    (void)fprintf(stderr, "watchfire exercise: %s\n", text);
    return 2;
}

static struct instant now_tai(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return utc_from_unix(t.tv_sec, t.tv_nsec);
}

/* A nation's node: where it listens, and whether simulated sensors may feed it at all. */
static int read_node(struct player *p, const char *path)
{
    static struct node_file file;
    char message[MESSAGE_SIZE] = "";
    if (node_file_read(path, &file, message) != OK) {
        return complain(message);
    }
    const char *wrong = NULL;
    const uint32_t nation = scenario_nation_index(p->options->scenario, file.nation);
    const struct node_listen *chosen = NULL;
    for (uint32_t i = 0; i < file.listen_count; i++) {
        const enum node_listen_kind kind = file.listen[i].kind;
        if (kind == NODE_LISTEN_UDP || (kind == NODE_LISTEN_TCP && chosen == NULL)) {
            chosen = &file.listen[i];
        }
    }
    if (nation == p->options->scenario->nation_count) {
        wrong = "the scenario has no such nation";
    } else if (p->feeds[nation].has_node) {
        wrong = "expected each nation once";
    } else if (file.domain == DOMAIN_LIVE) {
        wrong = "a live node; simulated sensors feed nodes of the domain exercise or test only";
    } else if (chosen == NULL) {
        wrong = "expected a node that listens on udp or tcp for observation lines";
    }
    if (wrong != NULL) {
        (void)snprintf(message, sizeof message, "%.300s: %s: %s", path, file.nation.code, wrong);
        return complain(message);
    }
    p->feeds[nation] = (struct feed){.has_node = true, .listen = *chosen, .fd = -1};
    return 0;
}

static void open_feed(struct feed *f)
{
    char port[8];
    (void)snprintf(port, sizeof port, "%u", (unsigned)f->listen.at.port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype =
                                       f->listen.kind == NODE_LISTEN_TCP ? SOCK_STREAM : SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(f->listen.at.host, port, &hints, &found) != 0) {
        return;
    }
    f->fd = socket(found->ai_family, found->ai_socktype, 0);
    if (f->fd >= 0 && connect(f->fd, found->ai_addr, found->ai_addrlen) != 0) {
        (void)close(f->fd);
        f->fd = -1;
    }
    freeaddrinfo(found);
}

/* What does not arrive is lost, as from a real sensor whose line is down. */
static void send_lines(struct player *p, uint32_t nation, size_t size, uint32_t count)
{
    struct feed *f = &p->feeds[nation];
    if (f->fd < 0) {
        open_feed(f);
    }
    const bool sent = f->fd >= 0 && send(f->fd, p->lines, size, MSG_NOSIGNAL) == (ssize_t)size;
    f->sent += sent ? count : 0;
    f->lost += sent ? 0 : count;
    if (!sent && f->fd >= 0) {
        (void)close(f->fd);
        f->fd = -1;
    }
    if (sent == f->failing) {
        f->failing = !sent;
        (void)fprintf(stderr, "watchfire exercise: %s's node %s %s:%u\n",
                      p->options->scenario->nations[nation].id.code,
                      sent ? "listens again on" : "does not listen (its sensors go on) on",
                      f->listen.at.host, (unsigned)f->listen.at.port);
    }
}

/* One look as lines: as many in a datagram as fit, since those of one look belong together. */
static void send_scan(struct player *p)
{
    const struct world_scan *scan = &p->scan;
    size_t size = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        struct observation o = scan->observations[i];
        o.validity = instant_plus(o.validity, p->shift);
        char line[OBSERVATION_LINE_TEXT_SIZE];
        if (observation_line_write(&o, line) != OK) {
            continue;
        }
        const size_t length = strlen(line);
        assert(length < sizeof line);
        if (size + length + 1 > sizeof p->lines) {
            send_lines(p, scan->nation, size, count);
            size = 0;
            count = 0;
        }
        memcpy(p->lines + size, line, length);
        p->lines[size + length] = '\n';
        size += length + 1;
        count++;
    }
    if (count > 0) {
        send_lines(p, scan->nation, size, count);
    }
}

static void tell(const struct player *p, double t_s)
{
    printf("T%+7.0f s ", t_s);
    for (uint32_t n = 0; n < p->options->scenario->nation_count; n++) {
        const struct feed *f = &p->feeds[n];
        if (f->has_node) {
            printf("  %s %llu sent, %llu lost", p->options->scenario->nations[n].id.code,
                   (unsigned long long)f->sent, (unsigned long long)f->lost);
        }
    }
    printf("\n");
    (void)fflush(stdout);
}

static void wait_until(struct instant t, const volatile sig_atomic_t *stopped)
{
    for (;;) {
        const int64_t left_ns = instant_since(t, now_tai()).ns;
        if (left_ns <= 0 || *stopped) {
            return;
        }
        const struct timespec pause = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
        (void)nanosleep(&pause, NULL);
    }
}

static int play(struct player *p)
{
    const volatile sig_atomic_t *stopped = p->options->stopped;
    const struct instant first = instant_plus_s(p->launch, -BEFORE_S);
    double told_s = -BEFORE_S;
    while (!*stopped && world_next(&p->world, &p->scan)) {
        if (instant_before(p->scan.receipt, first) || !p->feeds[p->scan.nation].has_node) {
            continue;
        }
        wait_until(instant_plus(p->scan.receipt, p->shift), stopped);
        send_scan(p);
        const double t_s = instant_since_s(p->scan.receipt, p->launch);
        if (t_s - told_s >= TELL_S) {
            told_s = t_s;
            tell(p, t_s);
        }
    }
    return *stopped ? 130 : 0;
}

static int start(struct player *p)
{
    const struct scenario *scenario = p->options->scenario;
    for (uint32_t i = 0; i < p->options->file_count; i++) {
        const int status = read_node(p, p->options->files[i]);
        if (status != 0) {
            return status;
        }
    }
    if (world_init(&p->world, scenario, p->options->seed, NULL) != OK) {
        return complain("a launch of the scenario cannot be flown");
    }
    p->launch = scenario->start;
    for (uint32_t l = 0; l < scenario->launch_count; l++) {
        const struct instant at = world_truth_summary(&p->world, l).launch_time;
        p->launch = l == 0 || instant_before(at, p->launch) ? at : p->launch;
    }
    const struct instant begin = now_tai();
    p->shift = instant_since(begin, instant_plus_s(p->launch, -BEFORE_S));
    char when[UTC_TEXT_SIZE];
    printf("EXERCISE  %s\nsimulated sensors only; T+0 is %s\n", scenario->title,
           utc_format(instant_plus(p->launch, p->shift), 0, when));
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        if (!p->feeds[n].has_node) {
            printf("%s has no node here: its sensors are left out\n", scenario->nations[n].id.code);
        }
    }
    (void)fflush(stdout);
    return 0;
}

int sensors_only_play(const struct sensors_only *options)
{
    struct player *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return complain("there is no memory");
    }
    p->options = options;
    int status = start(p);
    if (status == 0) {
        status = play(p);
        tell(p, instant_since_s(p->scan.receipt, p->launch));
    }
    for (uint32_t n = 0; n < LIMIT_NATIONS; n++) {
        if (p->feeds[n].has_node && p->feeds[n].fd >= 0) {
            (void)close(p->feeds[n].fd);
        }
    }
    free(p);
    return status;
}

static result write_nation(const struct scenario_nation *nation, const char *path,
                           char message[MESSAGE_SIZE])
{
    static char lines[LIMIT_SENSORS * (OBSERVATION_LINE_TEXT_SIZE + 1)];
    size_t size = 0;
    (void)snprintf(message, MESSAGE_SIZE, "%s: a sensor that no line can hold", path);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        char line[OBSERVATION_LINE_TEXT_SIZE];
        TRY(observation_line_write_sensor(&nation->sensors[i].sensor, line));
        size += (size_t)snprintf(lines + size, sizeof lines - size, "%s\n", line);
    }
    return small_file_write(path, 0644, (struct bytes){(const uint8_t *)lines, size}, message,
                            MESSAGE_SIZE);
}

int sensors_only_write(const struct scenario *scenario, const char *dir)
{
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        const struct scenario_nation *nation = &scenario->nations[n];
        char path[NODE_PATH_SIZE];
        char message[MESSAGE_SIZE];
        (void)snprintf(path, sizeof path, "%.400s/%s", dir, nation->id.code);
        (void)mkdir(dir, 0777); /* what is missing shows when the file is written */
        (void)mkdir(path, 0777);
        (void)snprintf(path, sizeof path, "%.400s/%s/sensors.ndjson", dir, nation->id.code);
        if (write_nation(nation, path, message) != OK) {
            (void)fprintf(stderr, "watchfire exercise: --write-sensors: %s\n", message);
            return 2;
        }
        printf("%s\n", path);
    }
    return 0;
}
