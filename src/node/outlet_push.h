/* Posts messages to HTTPS addresses from a loop of libuv, several at a time: libcurl's multi
 * interface. One try each; trying again is for the caller. */
#ifndef WATCHFIRE_NODE_OUTLET_PUSH_H
#define WATCHFIRE_NODE_OUTLET_PUSH_H

#include <uv.h>

#include "base/bytes.h"
#include "base/result.h"
#include "node/outlet_store.h"

#define OUTLET_PUSH_TIMEOUT_S 10

struct outlet_push;

struct outlet_push_options {
    uv_loop_t *loop;
    /* On the loop: a try has ended. `receipt` is the server's answer, or what was wrong. */
    void (*done)(void *context, uint64_t tag, bool taken, const char *receipt);
    void *context;
};

/* ERR_IO if the library does not start. */
MUST_USE result outlet_push_open(const struct outlet_push_options *options,
                                 struct outlet_push **out);

/* Begins a try; `done` comes later, with the tag. The server must prove by its certificate that it
 * is the address's, to the authority (a file; empty = the system's); redirections are not followed.
 * The text is copied. ERR_IO if it cannot begin: `done` does not come then. */
MUST_USE result outlet_push_send(struct outlet_push *push, uint64_t tag, const char *address,
                                 const char *authority, struct bytes text);

/* Ends all tries; `done` does not come for them. Handles of the loop close when it runs next; then
 * outlet_push_free. Both take NULL. */
void outlet_push_close(struct outlet_push *push);
void outlet_push_free(struct outlet_push *push);

#endif
