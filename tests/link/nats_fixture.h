/* A real NATS server on this machine for tests: certificates and configuration by deploy/, NKeys of
 * fixed seeds, a free port, a folder that goes away. */
#ifndef WATCHFIRE_TESTS_LINK_NATS_FIXTURE_H
#define WATCHFIRE_TESTS_LINK_NATS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "link/link_nats.h"

struct nats_fixture {
    char folder[64];
    char server[32]; /* host:port */
    uint16_t port;
    pid_t pid; /* 0 = not running */
};

/* Makes the folder, with certificates for KOR, JPN and USA by the server's authority, and for XXX
 * by another authority; starts the server. */
void nats_fixture_make(struct nats_fixture *f);
void nats_fixture_remove(struct nats_fixture *f);

void nats_fixture_start(struct nats_fixture *f); /* returns when it takes connections */
void nats_fixture_kill(struct nats_fixture *f);

/* What a nation would set. Paths are kept in the fixture's own storage, for `slot` 0 to 7. */
struct link_nats_settings nats_fixture_settings(const struct nats_fixture *f, const char *nation,
                                                const char *partner, unsigned slot);

/* Waits until both lanes are connected; false after `seconds`. */
bool nats_fixture_connected(struct link_nats *l, double seconds);

/* Waits until both are connected and hear each other on both lanes: a server that has let one in
 * may take a moment longer to know what it wants to hear. */
void nats_fixture_join(struct link_nats *a, struct link_nats *b);

/* The next frame of whatever lane; false after `seconds`. */
bool nats_fixture_receive(struct link_nats *l, double seconds, struct link_nats_delivery *out);

double nats_fixture_now_s(void);
void nats_fixture_sleep(double seconds);

#endif
