/* Attempts to connect to one server, again and again, until one succeeds.
 *
 * When a path is cut, a packet that asks for a connection is lost, and the kernel asks again only
 * after one second, then two. So the next attempt does not wait for the one before: one begins
 * every NATS_DIALLER_PAUSE_MS, several run side by side, and the first that succeeds is taken. Once
 * the server's address is known, probes go out far more often (link/nats_probe.h), and when one is
 * answered an attempt begins at once: that is what makes a healed path be used. A server that is
 * there and refuses us is asked less often, and not probed. */
#ifndef WATCHFIRE_LINK_NATS_DIALLER_H
#define WATCHFIRE_LINK_NATS_DIALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "link/nats_dial.h"
#include "link/nats_probe.h"

#define NATS_DIALLER_ATTEMPTS 6            /* the last is for an answered probe */
#define NATS_DIALLER_ANSWERED_MS 400       /* at least, between two attempts for probes */
#define NATS_DIALLER_PAUSE_MS 400          /* the first pauses are shorter */
#define NATS_DIALLER_PAUSE_REFUSED_MS 5000 /* at most; the first are as short */

struct nats_dialler {
    const struct nats_peer *peer;                      /* borrowed */
    struct nats_dial *attempts[NATS_DIALLER_ATTEMPTS]; /* NULL = none */
    int64_t started_ms[NATS_DIALLER_ATTEMPTS];
    int64_t next_ms;     /* no attempt begins before; times are of the steady clock */
    int64_t pause_ms;    /* the last one; 0 = none yet */
    bool refused;        /* the last answer came from the server */
    bool is_spare;       /* there is a connection, that may be broken: only probes begin attempts */
    int64_t answered_ms; /* when a probe last began an attempt */
    struct nats_probe probe;
};

/* Collects what has ended and begins what is due. An outcome with a connection means success, one
 * with an error that an attempt has failed, one with neither that nothing is known yet. */
void nats_dialler_step(struct nats_dialler *d, struct nats_dial_outcome *out);

/* What nats_dialler_step waits for: descriptors, how many, and in how many ms at most it is to be
 * called again. */
#define NATS_DIALLER_FDS (NATS_DIALLER_ATTEMPTS + NATS_PROBES_MAX)
nfds_t nats_dialler_poll_set(const struct nats_dialler *d, struct pollfd fds[NATS_DIALLER_FDS],
                             int *wait_ms);

/* There is a connection now, by this socket: whoever probes later asks its other end. */
void nats_dialler_connected(struct nats_dialler *d, int socket);

/* Ends what is left when one has succeeded: to be called until nothing is. True if something is. */
bool nats_dialler_sweep(struct nats_dialler *d);

/* The same, and waits for it for half a second at most: a name that is being looked up cannot be
 * interrupted. */
void nats_dialler_stop(struct nats_dialler *d);

/* After a connection that lasted: the next pauses are short again. */
void nats_dialler_forgive(struct nats_dialler *d);

#endif
