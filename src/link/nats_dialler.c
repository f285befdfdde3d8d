#include "link/nats_dialler.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>

#define PAUSE_MS_MIN 50
#define ATTEMPT_MS_MAX 6000 /* libnats ends before, but for a handshake that hangs */
#define INTERRUPT_MS 20     /* between two interruptions of the same attempt */
#define STOP_MS_MAX 500
#define WAIT_MS_MAX 1000

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool has_ended(const struct nats_dial *attempt)
{
    struct pollfd fd = {.fd = nats_dial_fd(attempt), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static bool is_overdue(const struct nats_dialler *d, int i, int64_t now)
{
    return d->attempts[i] != NULL && now - d->started_ms[i] > ATTEMPT_MS_MAX;
}

/* True if a connection was made. */
static bool collect(struct nats_dialler *d, int64_t now, struct nats_dial_outcome *out)
{
    for (int i = 0; i < NATS_DIALLER_ATTEMPTS; i++) {
        const bool overdue = is_overdue(d, i, now);
        if (d->attempts[i] != NULL && has_ended(d->attempts[i])) {
            nats_dial_finish(d->attempts[i], out);
            d->attempts[i] = NULL;
            d->refused = out->refused;
            if (out->connection != NULL) {
                return true;
            }
            if (overdue) {
                snprintf(out->error, sizeof out->error, "the server does not answer");
            }
        } else if (overdue) {
            nats_dial_interrupt(d->attempts[i]);
        }
    }
    return false;
}

/* Half to all of a pause that doubles up to its limit: many that lost one server do not come back
 * at the same instant. */
static void plan_next(struct nats_dialler *d, int64_t now)
{
    const int64_t limit_ms = d->refused ? NATS_DIALLER_PAUSE_REFUSED_MS : NATS_DIALLER_PAUSE_MS;
    d->pause_ms = d->pause_ms == 0 ? PAUSE_MS_MIN : 2 * d->pause_ms;
    d->pause_ms = d->pause_ms < limit_ms ? d->pause_ms : limit_ms;
    d->next_ms = now + d->pause_ms - randombytes_uniform((uint32_t)d->pause_ms / 2 + 1);
}

static void begin(struct nats_dialler *d, int slot, int64_t now, struct nats_dial_outcome *out)
{
    d->started_ms[slot] = now;
    if (nats_dial_start(d->peer, &d->attempts[slot]) != OK) {
        snprintf(out->error, sizeof out->error, "no thread for an attempt to connect");
    }
}

/* A probe was answered: the server is there. One attempt follows; if it fails, others take their
 * time. */
static void follow_probe(struct nats_dialler *d, int64_t now, struct nats_dial_outcome *out)
{
    const int slot = NATS_DIALLER_ATTEMPTS - 1;
    if (d->refused || !nats_probe_step(&d->probe, now) || d->attempts[slot] != NULL ||
        now - d->answered_ms < NATS_DIALLER_ANSWERED_MS) {
        return;
    }
    d->answered_ms = now;
    begin(d, slot, now, out);
}

void nats_dialler_step(struct nats_dialler *d, struct nats_dial_outcome *out)
{
    const int64_t now = now_ms();
    *out = (struct nats_dial_outcome){.connection = NULL, .socket = -1};
    if (collect(d, now, out)) {
        return;
    }
    follow_probe(d, now, out);
    if (d->is_spare || now < d->next_ms) {
        return;
    }
    int slot = 0;
    while (slot < NATS_DIALLER_ATTEMPTS - 1 && d->attempts[slot] != NULL) {
        slot++;
    }
    if (slot < NATS_DIALLER_ATTEMPTS - 1) {
        begin(d, slot, now, out);
    }
    plan_next(d, now);
}

void nats_dialler_connected(struct nats_dialler *d, int socket)
{
    nats_probe_stop(&d->probe);
    nats_probe_learn(&d->probe, socket);
    d->refused = false;
}

static nfds_t poll_set(const struct nats_dialler *d, struct pollfd fds[NATS_DIALLER_ATTEMPTS])
{
    nfds_t count = 0;
    for (int i = 0; i < NATS_DIALLER_ATTEMPTS; i++) {
        if (d->attempts[i] != NULL) {
            fds[count] = (struct pollfd){.fd = nats_dial_fd(d->attempts[i]), .events = POLLIN};
            count++;
        }
    }
    return count;
}

nfds_t nats_dialler_poll_set(const struct nats_dialler *d, struct pollfd fds[NATS_DIALLER_FDS],
                             int *wait_ms)
{
    const nfds_t count = poll_set(d, fds);
    const int64_t now = now_ms();
    const bool probes = !d->refused && d->probe.server.sin_port != 0;
    int64_t next_ms = d->is_spare ? INT64_MAX : d->next_ms;
    next_ms = probes && d->probe.next_ms < next_ms ? d->probe.next_ms : next_ms;
    for (int i = 0; i < NATS_DIALLER_ATTEMPTS; i++) {
        next_ms =
            is_overdue(d, i, now) && next_ms > now + INTERRUPT_MS ? now + INTERRUPT_MS : next_ms;
    }
    *wait_ms = next_ms <= now                ? 0
               : next_ms - now < WAIT_MS_MAX ? (int)(next_ms - now)
                                             : WAIT_MS_MAX;
    return count + nats_probe_poll_set(&d->probe, fds + count);
}

bool nats_dialler_sweep(struct nats_dialler *d)
{
    bool any = false;
    for (int i = 0; i < NATS_DIALLER_ATTEMPTS; i++) {
        if (d->attempts[i] == NULL) {
            continue;
        }
        if (has_ended(d->attempts[i])) {
            struct nats_dial_outcome outcome;
            nats_dial_finish(d->attempts[i], &outcome);
            natsConnection_Destroy(outcome.connection);
            d->attempts[i] = NULL;
        } else {
            nats_dial_interrupt(d->attempts[i]);
            any = true;
        }
    }
    return any;
}

void nats_dialler_stop(struct nats_dialler *d)
{
    const int64_t until_ms = now_ms() + STOP_MS_MAX;
    nats_probe_stop(&d->probe);
    while (nats_dialler_sweep(d) && now_ms() < until_ms) {
        struct pollfd fds[NATS_DIALLER_ATTEMPTS];
        (void)poll(fds, poll_set(d, fds), INTERRUPT_MS);
    }
    for (int i = 0; i < NATS_DIALLER_ATTEMPTS; i++) {
        if (d->attempts[i] != NULL) {
            nats_dial_abandon(d->attempts[i]);
            d->attempts[i] = NULL;
        }
    }
}

void nats_dialler_forgive(struct nats_dialler *d)
{
    d->pause_ms = 0;
    d->next_ms = 0;
}
