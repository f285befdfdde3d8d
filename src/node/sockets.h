/* The sockets on which sensors send: UDP and TCP, on the node's event loop. What arrives goes to
 * node/ingest.
 *
 * Bounded: SOCKETS_CLIENTS_MAX connections, one line of buffer each. A connection that leaves a
 * line unfinished for SOCKETS_UNFINISHED_S is closed. When all places are taken, the one that has
 * been silent longest goes, if that was for more than SOCKETS_SILENT_S; else the newcomer is turned
 * away. Peers that are gone are found by TCP's keepalive. */
#ifndef WATCHFIRE_NODE_SOCKETS_H
#define WATCHFIRE_NODE_SOCKETS_H

#include <stdint.h>
#include <uv.h>

#include "base/instant.h"
#include "base/result.h"
#include "node/ingest.h"
#include "node/node_file.h"

#define SOCKETS_CLIENTS_MAX 64
#define SOCKETS_UNFINISHED_S 30
#define SOCKETS_SILENT_S 60
#define SOCKETS_MESSAGE_SIZE 256

struct sockets;

struct sockets_options {
    uv_loop_t *loop;
    struct ingest *ingest; /* borrowed */
    uint32_t listen_count;
    const struct node_listen *listen;
    struct instant (*now)(void *context);
    void *context;
};

struct sockets_counters {
    uint32_t clients; /* connected now */
    uint64_t connections;
    uint64_t turned_away;
    uint64_t closed_silent;
    uint64_t closed_unfinished;
    uint64_t datagrams;
    uint64_t dropped; /* datagrams that the system dropped: they came faster than they were read */
};

/* Binds and listens. On error `message` says which address and why; ERR_IO then. */
MUST_USE result sockets_open(const struct sockets_options *options, struct sockets **out,
                             char message[SOCKETS_MESSAGE_SIZE]);

/* Closes all sockets; run the loop once more, then sockets_free. NULL is allowed. */
void sockets_close(struct sockets *s);
void sockets_free(struct sockets *s);

void sockets_count(const struct sockets *s, struct sockets_counters *out);

#endif
