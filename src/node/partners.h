/* The links to a node's partners: what the carrier brings is handed over on the event loop. */
#ifndef WATCHFIRE_NODE_PARTNERS_H
#define WATCHFIRE_NODE_PARTNERS_H

#include <stdint.h>
#include <uv.h>

#include "base/result.h"
#include "link/link_nats.h"
#include "node/node_file.h"

#define PARTNERS_MESSAGE_SIZE 1024

struct partners;

/* Opens a link to every partner of the file that has a server. One that is away is no error: it is
 * tried until it is there.
 *
 *   message   on error: which file, what is wrong, what to do
 *
 * The caller closes what it got, on error too. */
MUST_USE result partners_open(const struct node_file *file, uv_loop_t *loop, struct partners **out,
                              char message[PARTNERS_MESSAGE_SIZE]);

/* Ends all connections; run the loop once more, then partners_free. NULL is allowed. */
void partners_close(struct partners *p);
void partners_free(struct partners *p);

/* Hands a sealed frame to the partner's link; one that it does not take is lost, and comes
 * again. */
void partners_send(struct partners *p, uint32_t partner, uint32_t lane, struct bytes sealed);

/* The next frame of any partner's link, each in turn, and whose link it was; false if there is
 * none. The view lives until the next call. */
bool partners_next(struct partners *p, uint32_t *partner, struct bytes *out);

/* A partner to whom a lane was connected since it was last asked for; false if none was. */
bool partners_connected(struct partners *p, uint32_t *partner);

/* False if no line leads there; out is then unchanged. */
bool partners_status(struct partners *p, uint32_t partner, uint32_t lane,
                     struct link_nats_status *out);

#endif
