/* Finds out whether a server can be reached again: a packet that asks for a connection goes out
 * every few milliseconds, and nothing waits for the one before. An attempt to connect, with a
 * thread and a handshake, costs too much to be made so often.
 *
 * An answered probe is closed at once, without a word to the server. */
#ifndef WATCHFIRE_LINK_NATS_PROBE_H
#define WATCHFIRE_LINK_NATS_PROBE_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define NATS_PROBE_MS 25
#define NATS_PROBES_MAX 40 /* on the way: answers that take up to a second count */

/* All zero = the address is not known, and nothing is sent. */
struct nats_probe {
    struct sockaddr_in server; /* port 0 = not known */
    uint32_t count;
    int sockets[NATS_PROBES_MAX]; /* on the way, the oldest first */
    int64_t next_ms;              /* by the steady clock */
};

/* Whom to ask from now on: the other end of this connection. */
void nats_probe_learn(struct nats_probe *p, int socket);

/* Sends what is due. True if one was answered; all are then forgotten. */
bool nats_probe_step(struct nats_probe *p, int64_t now_ms);

/* Sockets to wait for; how many. */
nfds_t nats_probe_poll_set(const struct nats_probe *p, struct pollfd fds[NATS_PROBES_MAX]);

/* Forgets what is on the way. */
void nats_probe_stop(struct nats_probe *p);

#endif
