/* A nation's root and keys, made from a number, for tests: the same every time. */
#ifndef WATCHFIRE_TESTS_SHARE_KEY_FIXTURE_H
#define WATCHFIRE_TESTS_SHARE_KEY_FIXTURE_H

#include "share/key_list.h"

struct key_fixture {
    uint8_t root[KEY_BYTES];
    uint8_t root_secret[64];
    struct key_list list; /* number 1, no keys; change it as the test likes */
    uint32_t size;
    uint8_t bytes[KEY_LIST_BYTES_MAX]; /* the signed list, once key_fixture_sign was called */
};

void key_fixture_make(const char *nation, enum domain domain, struct key_fixture *out);

/* Adds a key made from `seed`, counting in [from, until); its secret comes back. */
void key_fixture_add(struct key_fixture *f, enum key_use use, uint8_t seed, struct instant from,
                     struct instant until, uint8_t secret[64]);

/* Signs the list as it stands; returns its bytes. */
struct bytes key_fixture_sign(struct key_fixture *f);

#endif
