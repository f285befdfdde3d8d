#include "link/nats_probe.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void nats_probe_learn(struct nats_probe *p, int socket)
{
    struct sockaddr_in server;
    socklen_t size = sizeof server;
    if (getpeername(socket, (struct sockaddr *)&server, &size) == 0 &&
        server.sin_family == AF_INET) {
        p->server = server;
    }
}

static void drop(struct nats_probe *p, uint32_t at)
{
    assert(at < p->count);
    (void)close(p->sockets[at]);
    p->count--;
    memmove(&p->sockets[at], &p->sockets[at + 1], (p->count - at) * sizeof p->sockets[0]);
}

void nats_probe_stop(struct nats_probe *p)
{
    while (p->count > 0) {
        drop(p, p->count - 1);
    }
}

/* When it is closed, it is as if it had never been: the kernel keeps nothing of it. */
static void send_one(struct nats_probe *p)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (p->count == NATS_PROBES_MAX) {
        drop(p, 0);
    }
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return;
    }
    (void)setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(s, (const struct sockaddr *)&p->server, sizeof p->server) != 0 &&
        errno != EINPROGRESS) {
        (void)close(s);
        return;
    }
    p->sockets[p->count++] = s;
}

/* Those that were refused are no more on the way. */
static bool is_answered(struct nats_probe *p)
{
    struct pollfd fds[NATS_PROBES_MAX];
    const nfds_t count = nats_probe_poll_set(p, fds);
    if (count == 0 || poll(fds, count, 0) <= 0) {
        return false;
    }
    bool answered = false;
    for (nfds_t i = count; i > 0; i--) {
        const short events = fds[i - 1].revents;
        answered |= events == POLLOUT;
        if (events != 0 && events != POLLOUT) {
            drop(p, (uint32_t)(i - 1));
        }
    }
    return answered;
}

bool nats_probe_step(struct nats_probe *p, int64_t now_ms)
{
    if (p->server.sin_port == 0) {
        return false;
    }
    const bool answered = is_answered(p);
    if (answered) {
        nats_probe_stop(p);
    }
    if (now_ms >= p->next_ms) {
        send_one(p);
        p->next_ms = now_ms + NATS_PROBE_MS;
    }
    return answered;
}

nfds_t nats_probe_poll_set(const struct nats_probe *p, struct pollfd fds[NATS_PROBES_MAX])
{
    for (uint32_t i = 0; i < p->count; i++) {
        fds[i] = (struct pollfd){.fd = p->sockets[i], .events = POLLOUT};
    }
    return p->count;
}
