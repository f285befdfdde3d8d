/* A carrier of opaque frames between two nations over a NATS server.
 *
 * One `struct link_nats` is the way to one partner: a connection per lane, each with threads of its
 * own, so that neither a slow lane nor a slow partner delays another. A frame from KOR to JPN is a
 * message on the subject
 *
 *   wf.<domain>.KOR.JPN.<lane>        lane: live or repair
 *
 * The carrier may lose, repeat, reorder and delay frames, and says only what it knows of; the
 * guarantee is the session's. It proves who we are (mutual TLS, then an NKey) to the server, never
 * to the partner: that is the seal's.
 *
 * The server need not be up: it is tried for ever, with pauses (link/nats_dialler.h).
 * Whatever waits is dropped when the queue is full: the oldest frame of the live lane, since fresh
 * news matters most there; the newest of the repair lane, which fills in order.
 *
 * Every function but open and close returns without waiting for the network. They are called from
 * one thread; only `notify` is called from others. */
#ifndef WATCHFIRE_LINK_LINK_NATS_H
#define WATCHFIRE_LINK_LINK_NATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "link/frame_queue.h"

#define LINK_NATS_LIVE 0u /* as enum frame_lane */
#define LINK_NATS_REPAIR 1u
#define LINK_NATS_LANES 2u
#define LINK_NATS_FRAME_BYTES_MAX (65536u + 256u) /* as LINK_FRAME_BYTES_MAX */
/* What may wait to be sent, and to be taken, per lane. The bytes are a quarter of `max_pending` in
 * deploy/: the server never drops a partner because of what one of us sent. */
#define LINK_NATS_QUEUE_MAX FRAME_QUEUE_MAX
#define LINK_NATS_QUEUE_BYTES_MAX FRAME_QUEUE_BYTES_MAX
/* What waits for longer than this when a connection is made is dropped: the session sends it again,
 * and fresh news must not stand behind it. */
#define LINK_NATS_OLD_MS 1000
#define LINK_NATS_TEXT_MAX 256 /* a message, with its NUL */
#define LINK_NATS_NKEY_MAX 64  /* a public NKey as text, with its NUL: 56 characters */
#define LINK_NATS_SECRET_BYTES 64

struct link_nats_settings {
    const char *domain; /* live, exercise or test */
    struct nation_id nation;
    struct nation_id partner;
    const char *server;                /* host:port */
    const char *certificate_authority; /* PEM files: whom we trust to name the server, … */
    const char *certificate;           /* … who we are, … */
    const char *private_key;           /* … and its key */
    char nkey[LINK_NATS_NKEY_MAX];     /* public, "U…" */
    uint8_t nkey_secret[LINK_NATS_SECRET_BYTES]; /* Ed25519, as libsodium keeps it */
    /* Called from any thread when something can be taken or the status has changed, often more than
     * once for the same news and possibly until close returns. Must not call the carrier. */
    void (*notify)(void *context);
    void *context;
};

/* What has happened to one lane since it was opened. */
struct link_nats_status {
    bool connected; /* logged in; the server may not know yet what we want to hear */
    uint64_t sent;  /* frames given to the server */
    uint64_t sent_bytes;
    uint64_t received; /* frames that the server brought */
    uint64_t received_bytes;
    uint64_t dropped_full;          /* to send: no room in the queue */
    uint64_t dropped_old;           /* to send: waited too long for a connection */
    uint64_t dropped_unsent;        /* to send: the connection broke, or the server allows less */
    uint64_t dropped_not_taken;     /* received: we do not take them fast enough */
    uint64_t dropped_size;          /* received: empty or too long for a frame */
    uint64_t connects;              /* times that the connection was made; 1 = never lost */
    uint64_t failures;              /* attempts to connect that failed */
    char error[LINK_NATS_TEXT_MAX]; /* the last trouble, in words; empty = none */
};

/* A frame that arrived, claimed to be the partner's. `data` lives until the next call of
 * link_nats_next or link_nats_close. */
struct link_nats_delivery {
    uint32_t lane;
    struct bytes data;
};

struct link_nats;

/* Reads the three files and begins to connect; copies whatever it needs of the settings. No other
 * thread may read the environment during the first call, which changes it (link/nats_dial.h).
 *
 *   error   why not, in words that name the file; unchanged if all is well
 *
 * ERR_RANGE for settings that cannot be, ERR_FORMAT for a file that is missing or is not what it
 * should be, ERR_IO without memory or threads. A server that is away or that refuses us is no error
 * here: see the status. */
MUST_USE result link_nats_open(const struct link_nats_settings *settings,
                               char error[LINK_NATS_TEXT_MAX], struct link_nats **out);
/* Waits for the threads, half a second at the longest or so; what was not sent yet is lost. */
void link_nats_close(struct link_nats *l);

/* Queues a copy. OK also if another frame was dropped for it; ERR_FULL if it was dropped itself;
 * ERR_RANGE for a lane that does not exist, an empty frame or one that is too long. */
MUST_USE result link_nats_send(struct link_nats *l, uint32_t lane, struct bytes data);

/* The next frame that arrived, of the live lane first. False if there is none; out is then
 * unchanged. */
bool link_nats_next(struct link_nats *l, struct link_nats_delivery *out);

/* A copy of what is known of a lane; lane < LINK_NATS_LANES. */
void link_nats_status(struct link_nats *l, uint32_t lane, struct link_nats_status *out);

#endif
