/* The probe against sockets of this machine: what answers, what refuses, and what cannot be asked.
 * And the carrier in memory, when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../failing/failing.h"
#include "link/link_memory.h"
#include "link/nats_probe.h"

/* Asks four times a millisecond until one is answered or all were refused; at most a second. */
static bool ask(struct nats_probe *p)
{
    int64_t now_ms = 0;
    for (int turn = 0; turn < 100; turn++) {
        struct pollfd fds[NATS_PROBES_MAX];
        if (nats_probe_step(p, now_ms)) {
            return true;
        }
        (void)poll(fds, nats_probe_poll_set(p, fds), 10);
        now_ms += NATS_PROBE_MS;
    }
    return false;
}

static void what_listens_answers_and_what_does_not_refuses(void **state)
{
    (void)state;
    struct nats_probe p = {0};
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_false(nats_probe_step(&p, 0)); /* nobody is known yet */
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&at, sizeof at), 0);
    nats_probe_learn(&p, client);
    assert_int_equal(p.server.sin_port, at.sin_port);
    assert_true(ask(&p));
    nats_probe_stop(&p);
    assert_int_equal(close(client), 0);
    assert_int_equal(close(listener), 0);
    assert_false(ask(&p));
    nats_probe_stop(&p);
    assert_int_equal(p.count, 0);
}

static void what_is_no_server_of_the_network_is_not_learnt(void **state)
{
    (void)state;
    struct nats_probe p = {0};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    nats_probe_learn(&p, pair[0]);
    assert_int_equal(p.server.sin_port, 0);
    assert_int_equal(close(pair[0]), 0);
    assert_int_equal(close(pair[1]), 0);
    nats_probe_learn(&p, pair[0]);
    assert_int_equal(p.server.sin_port, 0);
}

static void a_socket_that_cannot_be_made_is_tried_later(void **state)
{
    (void)state;
    struct nats_probe p = {.server = {.sin_family = AF_INET, .sin_port = htons(1)}};
    p.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    failing_begin(1, false);
    assert_false(nats_probe_step(&p, 0));
    assert_true(failing_end());
    assert_int_equal(p.count, 0);
    assert_false(nats_probe_step(&p, NATS_PROBE_MS));
    nats_probe_stop(&p);
    /* To everybody at once there is no connection. */
    p.server.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    assert_false(nats_probe_step(&p, 3 * NATS_PROBE_MS));
    assert_int_equal(p.count, 0);
}

static void send_twice(void)
{
    const uint8_t frame[4] = {1, 2, 3, 4};
    const struct instant now = {0};
    struct link_memory *l = NULL;
    struct link_delivery d;
    if (link_memory_open(2, 7, &l) != OK) {
        assert_true(failing_struck());
        return;
    }
    const struct link_faults twice = {.repeat_probability = 1.0};
    assert_int_equal(link_memory_set(l, 0, 1, &twice), OK);
    const result sent = link_memory_send(l, 0, 1, 0, (struct bytes){frame, sizeof frame}, now);
    const struct link_counters *c = link_memory_counters(l, 0, 1);
    uint64_t count = 0;
    while (link_memory_next(l, now, &d)) {
        assert_int_equal(d.data.size, sizeof frame);
        count++;
    }
    assert_int_equal(count, sent == OK ? 1 + c->repeated : 0);
    assert_int_equal(c->overflowed, sent == OK ? 0 : 1);
    assert_true(failing_struck() || count == 2);
    link_memory_close(l);
}

static void what_has_no_memory_is_counted_and_not_sent(void **state)
{
    (void)state;
    failing_each(send_twice);
}

static void a_route_or_a_probability_that_is_none_is_refused(void **state)
{
    (void)state;
    struct link_memory *l = NULL;
    struct link_faults faults = {.loss_probability = 1.5};
    const double none[] = {-0.1, 1.1};
    assert_int_equal(link_memory_open(2, 7, &l), OK);
    assert_null(link_memory_counters(l, 0, 2));
    assert_null(link_memory_counters(l, 2, 0));
    assert_null(link_memory_counters(l, 1, 1));
    for (int i = 0; i < 2; i++) {
        faults = (struct link_faults){.loss_probability = none[i]};
        assert_int_equal(link_memory_set(l, 0, 1, &faults), ERR_RANGE);
        faults = (struct link_faults){.flip_probability = none[i]};
        assert_int_equal(link_memory_set(l, 0, 1, &faults), ERR_RANGE);
    }
    link_memory_close(l);
    link_memory_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_listens_answers_and_what_does_not_refuses),
        cmocka_unit_test(what_is_no_server_of_the_network_is_not_learnt),
        cmocka_unit_test(a_socket_that_cannot_be_made_is_tried_later),
        cmocka_unit_test(what_has_no_memory_is_counted_and_not_sent),
        cmocka_unit_test(a_route_or_a_probability_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
