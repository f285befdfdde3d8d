/* NKeys: how a nation's carrier names itself to a NATS server. An Ed25519 key in text form.
 *
 *   public   base32( 20 << 3, 32 bytes of key, CRC-16 )                 "U…", 56 characters
 *   seed     base32( 18 << 3 | 20 >> 5, (20 & 31) << 3, 32 bytes of seed, CRC-16 )   "SU…", 58
 *
 * Base 32 of RFC 4648 without padding; the CRC is CRC-16/XMODEM of what stands before it, low byte
 * first. Only keys of users are known here. An NKey is no key of Watchfire's trust: it opens the
 * server's door and nothing else.
 * Source: github.com/nats-io/nkeys, README.md and strkey.go. */
#ifndef WATCHFIRE_NODE_NKEY_H
#define WATCHFIRE_NODE_NKEY_H

#include <stdint.h>

#include "base/result.h"

#define NKEY_PUBLIC_TEXT 57 /* with the NUL */
#define NKEY_SEED_TEXT 59
#define NKEY_SECRET_BYTES 64
#define NKEY_MESSAGE_MAX 512

/* Holds a secret: wipe it with nkey_forget. */
struct nkey {
    char text[NKEY_PUBLIC_TEXT];       /* "U…": what the server's settings name */
    uint8_t secret[NKEY_SECRET_BYTES]; /* as libsodium keeps it */
};

/* A key from a seed of 32 bytes: random ones for a key, derived ones for an exercise. */
void nkey_from_seed(const uint8_t seed[32], struct nkey *out);

/* A key from the text of its seed, "SU…"; nothing may stand before or after it. ERR_FORMAT if it is
 * not one. */
MUST_USE result nkey_from_text(const char *text, struct nkey *out);

/* The text of the seed, NUL-terminated. A secret. */
void nkey_seed_text(const struct nkey *key, char out[NKEY_SEED_TEXT]);

void nkey_forget(struct nkey *key);

/* Reads a seed file: lines that are empty or begin with '#', and one line with the seed. The file
 * may be readable by its owner alone.
 *
 *   message   if not OK: the file, the line, what was expected and what to do; else unchanged
 *
 * ERR_NOT_FOUND if there is no such file, ERR_DENIED if others may read it, ERR_FORMAT for what is
 * in it, ERR_IO if it cannot be read. */
MUST_USE result nkey_read(const char *path, char message[NKEY_MESSAGE_MAX], struct nkey *out);

/* Writes a new seed file with mode 0600. Never overwrites: ERR_STATE if there is one already.
 * ERR_IO if it cannot be written. The message as above. */
MUST_USE result nkey_write(const char *path, const struct nkey *key,
                           char message[NKEY_MESSAGE_MAX]);

#endif
