/* Two hundred who watch, at fifty pictures a second: that each has each picture, and (said, not
 * judged) how soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "console/console.h"
#include "fake_view.h"

#define WATCHERS 200
#define SLOW 1000 /* who connect and read nothing */
#define PER_SECOND 50
#define PICTURES 100 /* that are measured */
#define FIRST 100    /* pictures by which all are connected, at most */

/* What a watcher has read: only the id of an event and where it ends matter. */
struct watcher {
    int fd;
    char line[40]; /* the beginning of the line that comes */
    size_t length;
    char before;
    uint64_t sequence;
};

struct crowd {
    struct watcher watchers[WATCHERS];
    int64_t published_ns[FIRST + PICTURES + 1]; /* by sequence; written before it is sent */
    atomic_uint_fast64_t newest_of_all;         /* the sequence that every watcher has had */
    atomic_bool stop;
    double delays_ms[WATCHERS * PICTURES];
    atomic_size_t delay_count;
    atomic_bool measuring;
};

static struct crowd crowd;
static struct view view;
static struct console_context context;

static int64_t read_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

static void note_arrival(struct watcher *w)
{
    const size_t at = atomic_load(&crowd.delay_count);
    if (atomic_load(&crowd.measuring) && w->sequence > 0 && at < WATCHERS * PICTURES) {
        crowd.delays_ms[at] = (double)(now_ns() - crowd.published_ns[w->sequence]) * 1e-6;
        atomic_store(&crowd.delay_count, at + 1);
    }
}

/* Two line ends in a row end an event: chunks' own have a carriage return between. */
static void take(struct watcher *w, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (w->length < sizeof w->line - 1) {
                w->line[w->length++] = bytes[i];
                w->line[w->length] = '\0';
            }
        } else if (w->before == '\n') {
            note_arrival(w);
        } else {
            if (strncmp(w->line, "id: ", 4) == 0) {
                w->sequence = strtoull(w->line + 21, NULL, 10);
            } else if (strncmp(w->line, "event: past", 11) == 0) {
                w->sequence = 0;
            }
            w->length = 0;
        }
        w->before = bytes[i];
    }
}

static void *watch(void *unused)
{
    static char bytes[64 * 1024];
    (void)unused;
    struct pollfd ready[WATCHERS];
    for (int i = 0; i < WATCHERS; i++) {
        ready[i] = (struct pollfd){.fd = crowd.watchers[i].fd, .events = POLLIN};
    }
    while (!atomic_load(&crowd.stop)) {
        if (poll(ready, WATCHERS, 20) <= 0) {
            continue;
        }
        uint64_t least = UINT64_MAX;
        for (int i = 0; i < WATCHERS; i++) {
            if (ready[i].revents != 0) {
                const ssize_t n = recv(ready[i].fd, bytes, sizeof bytes, MSG_DONTWAIT);
                take(&crowd.watchers[i], bytes, n > 0 ? (size_t)n : 0);
            }
            const uint64_t had = crowd.watchers[i].sequence;
            least = had < least ? had : least;
        }
        atomic_store(&crowd.newest_of_all, least);
    }
    return NULL;
}

/* Connects without waiting, for the server runs in this thread: gives it so many turns to accept,
 * and asks if it has. */
static int connect_and_ask(struct console *c, int turns)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(console_port(c))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char request[96];
    const int size =
        snprintf(request, sizeof request, "GET /events HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                 console_port(c));
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    (void)connect(fd, (const struct sockaddr *)&to, sizeof to);
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    for (int i = 0; i < turns && poll(&ready, 1, 0) == 0; i++) {
        assert_int_equal(console_poll(c, 5), OK);
    }
    (void)send(fd, request, (size_t)size, MSG_NOSIGNAL); /* who is refused is gone already */
    return fd;
}

static void publish(struct console *c, uint64_t sequence)
{
    fake_view("JPN", DOMAIN_EXERCISE, 300.0 + (double)sequence / PER_SECOND, &view);
    fake_context(300.0, &context);
    crowd.published_ns[sequence] = now_ns();
    console_publish(c, &view, &context);
}

/* Publishes whenever a view is wanted until the sequence is reached, as a node's loop does. */
static void run_to(struct console *c, uint64_t sequence)
{
    while (console_counters(c).pictures < sequence) {
        if (console_wants_view(c)) {
            publish(c, console_counters(c).pictures + 1);
        }
        assert_int_equal(console_poll(c, 1), OK);
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct console *c)
{
    const uint64_t from = console_counters(c).pictures;
    const int64_t own_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
    const int64_t from_ns = now_ns();
    atomic_store(&crowd.delay_count, 0);
    atomic_store(&crowd.measuring, true);
    run_to(c, from + PICTURES);
    const double per_second = PICTURES * 1e9 / (double)(now_ns() - from_ns);
    for (int i = 0; i < 100 && atomic_load(&crowd.newest_of_all) < from + PICTURES; i++) {
        assert_int_equal(console_poll(c, 10), OK);
    }
    atomic_store(&crowd.measuring, false);
    const size_t count = atomic_load(&crowd.delay_count);
    assert_true(atomic_load(&crowd.newest_of_all) >= from + PICTURES);
    assert_in_range(count, WATCHERS, WATCHERS * PICTURES);
    qsort(crowd.delays_ms, count, sizeof crowd.delays_ms[0], compare);
    const double p99_ms = crowd.delays_ms[count * 99 / 100];
    const double own_ms = (double)(read_ns(CLOCK_THREAD_CPUTIME_ID) - own_ns) * 1e-6 / PICTURES;
    print_message(
        "%zu deliveries to %d, %.1f pictures a second: median %.2f ms, 99 %% %.2f ms, longest "
        "%.2f ms; the server computes %.2f ms for a picture\n",
        count, WATCHERS, per_second, crowd.delays_ms[count / 2], p99_ms, crowd.delays_ms[count - 1],
        own_ms);
}

static struct console *open_console(void)
{
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = PER_SECOND,
                                            .places = fake_places()};
    struct console *c = NULL;
    assert_int_equal(console_open(&options, &c), OK);
    return c;
}

static void two_hundred_have_each_picture(void **state)
{
    (void)state;
    struct console *c = open_console();
    pthread_t reader;
    for (int i = 0; i < WATCHERS; i++) {
        crowd.watchers[i].fd = connect_and_ask(c, 100);
        assert_int_equal(console_poll(c, 0), OK);
    }
    assert_int_equal(pthread_create(&reader, NULL, watch, NULL), 0);
    while (atomic_load(&crowd.newest_of_all) == 0) {
        assert_in_range(console_counters(c).pictures, 0, FIRST - 1);
        run_to(c, console_counters(c).pictures + 1);
    }
    measure(c);
    atomic_store(&crowd.stop, true);
    assert_int_equal(pthread_join(reader, NULL), 0);
    for (int i = 0; i < WATCHERS; i++) {
        close(crowd.watchers[i].fd);
    }
    console_close(c);
}

/* Those who are too many are not let in, those who do not read hold up nobody, and when they are
 * gone there is room again. */
static void a_thousand_slow_readers_are_turned_away(void **state)
{
    (void)state;
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < 2500) {
        skip(); /* the machine allows too few files */
    }
    static int slow[SLOW];
    struct console *c = open_console();
    for (int i = 0; i < SLOW; i++) {
        slow[i] = connect_and_ask(c, 1);
        if (i % 50 == 0) {
            publish(c, 1);
        }
        assert_int_equal(console_poll(c, 0), OK);
    }
    const int64_t until_ns = now_ns() + NS_PER_S / 2;
    while (now_ns() < until_ns) {
        publish(c, 1);
        const int64_t before_ns = now_ns();
        assert_int_equal(console_poll(c, 10), OK);
        assert_in_range(now_ns() - before_ns, 0, NS_PER_S);
    }
    const struct console_counters counters = console_counters(c);
    assert_int_equal(counters.streams, CONSOLE_STREAMS_MAX);
    assert_true(counters.refused_busy > 0);
    for (int i = 0; i < SLOW; i++) {
        close(slow[i]);
    }
    for (int i = 0; i < 200; i++) {
        publish(c, 1);
        assert_int_equal(console_poll(c, 5), OK);
    }
    const int late = connect_and_ask(c, 100);
    for (int i = 0; i < 20 && console_counters(c).streams == counters.streams; i++) {
        assert_int_equal(console_poll(c, 20), OK);
    }
    assert_int_equal(console_counters(c).streams, counters.streams + 1);
    close(late);
    console_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_have_each_picture),
        cmocka_unit_test(a_thousand_slow_readers_are_turned_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
