/* One attempt to connect to a NATS server, in a thread of its own.
 *
 * libnats 3.4 has no limit of time for a TLS handshake: a server that dies in the middle of one
 * would hold its caller for ever. So whoever wants a connection starts an attempt, waits as long
 * as he likes, and interrupts it if it takes too long. Each attempt reads the PEM files anew, so
 * that a renewed certificate is used without a restart. */
#ifndef WATCHFIRE_LINK_NATS_DIAL_H
#define WATCHFIRE_LINK_NATS_DIAL_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"

#define NATS_DIAL_TEXT_MAX 256
#define NATS_DIAL_PATH_MAX 1024
#define NATS_DIAL_HOST_MAX 256
#define NATS_DIAL_SECRET_BYTES 64

/* Whom to connect to, and as whom. */
struct nats_peer {
    char host[NATS_DIAL_HOST_MAX]; /* a name or an IPv4 address: the server's certificate has it */
    uint16_t port;
    char name[64]; /* what the server's log calls us */
    char certificate_authority[NATS_DIAL_PATH_MAX];
    char certificate[NATS_DIAL_PATH_MAX];
    char private_key[NATS_DIAL_PATH_MAX];
    char nkey[64];
    uint8_t nkey_secret[NATS_DIAL_SECRET_BYTES];
};

/* What came of an attempt. */
struct nats_dial_outcome {
    natsConnection *connection; /* the caller destroys it; NULL = none, and `error` says why */
    int socket;                 /* belongs to the connection */
    bool refused;               /* none, but something answered */
    char error[NATS_DIAL_TEXT_MAX];
};

struct nats_dial;

/* Whether the files of a peer are there and fit together. ERR_FORMAT with the reason if not. To be
 * called before any attempt: the first call also sets SSL_CERT_FILE and SSL_CERT_DIR in the
 * environment, so that no authority is trusted but the peer's, and a handler of SIGURG that does
 * nothing. */
MUST_USE result nats_dial_check(const struct nats_peer *peer, char error[NATS_DIAL_TEXT_MAX]);

/* Begins an attempt. ERR_IO without memory or a thread. */
MUST_USE result nats_dial_start(const struct nats_peer *peer, struct nats_dial **out);

/* Readable when the attempt has ended. */
int nats_dial_fd(const struct nats_dial *d);

/* Ends an attempt of which the descriptor is readable; d is gone afterwards. */
void nats_dial_finish(struct nats_dial *d, struct nats_dial_outcome *out);

/* Makes what it waits for fail, by SIGURG to its thread; only the system's look-up of a name goes
 * on, which has a limit of its own. To be repeated until it has ended: it may not have waited
 * yet. */
void nats_dial_interrupt(struct nats_dial *d);

/* Leaves an attempt to itself, for when the process is about to end; d is gone afterwards. */
void nats_dial_abandon(struct nats_dial *d);

#endif
