/* Attempts to connect to one server, again and again, until one succeeds.
 *
 * When a path is cut, a packet that asks for a connection is lost, and the kernel asks again only
 * after one second, then two. So that a healed path is used at once, the next attempt does not wait
 * for the one before: one begins every NATS_DIALLER_PAUSE_MS, several run side by side, and the
 * first that succeeds is taken. A server that is there and refuses us is asked less often. */
#ifndef WATCHFIRE_LINK_NATS_DIALLER_H
#define WATCHFIRE_LINK_NATS_DIALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "link/nats_dial.h"

#define NATS_DIALLER_ATTEMPTS 5
#define NATS_DIALLER_PAUSE_MS 400          /* the first pauses are shorter */
#define NATS_DIALLER_PAUSE_REFUSED_MS 5000 /* at most; the first are as short */

struct nats_dialler {
    const struct nats_peer *peer;                      /* borrowed */
    struct nats_dial *attempts[NATS_DIALLER_ATTEMPTS]; /* NULL = none */
    int64_t started_ms[NATS_DIALLER_ATTEMPTS];
    int64_t next_ms;  /* no attempt begins before; times are of the steady clock */
    int64_t pause_ms; /* the last one; 0 = none yet */
    bool refused;     /* the last answer came from the server */
};

/* Collects what has ended and begins what is due. An outcome with a connection means success, one
 * with an error that an attempt has failed, one with neither that nothing is known yet. */
void nats_dialler_step(struct nats_dialler *d, struct nats_dial_outcome *out);

/* Waits until an attempt has ended, or one is due, or `wake_fd` is readable. */
void nats_dialler_wait(const struct nats_dialler *d, int wake_fd);

/* Ends what is left when one has succeeded: to be called until nothing is. True if something is. */
bool nats_dialler_sweep(struct nats_dialler *d);

/* The same, and waits for it for half a second at most: a name that is being looked up cannot be
 * interrupted. */
void nats_dialler_stop(struct nats_dialler *d);

/* After a connection that lasted: the next pauses are short again. */
void nats_dialler_forgive(struct nats_dialler *d);

#endif
