/* A file of secret keys, encrypted with a passphrase. Integers are big-endian.
 *
 *    0   4  "WFK1"                      48   4  Argon2id memory, KiB
 *    4   1  kind: root, online, officer 52  16  Argon2id salt
 *    5   1  domain                      68  24  nonce
 *    6   3  nation                      92      secrets, encrypted, and the tag (16)
 *    9   3  zero
 *   12  32  the root's public key
 *   44   4  Argon2id passes
 *
 * XChaCha20-Poly1305; the key is Argon2id 1.3 (RFC 9106, one lane) of the passphrase, and the
 * first 92 bytes are associated data, so that nation, domain and root belong to the secrets. Costs
 * outside the limits are refused before anything is computed: no file can make a node work or
 * allocate beyond them. */
#ifndef WATCHFIRE_NODE_KEY_FILE_H
#define WATCHFIRE_NODE_KEY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "model/domain.h"
#include "share/key_list.h"

#define KEY_FILE_HEADER_BYTES 92
#define KEY_FILE_TAG_BYTES 16
#define KEY_FILE_SECRETS_MAX 512
#define KEY_FILE_BYTES_MAX (KEY_FILE_HEADER_BYTES + KEY_FILE_SECRETS_MAX + KEY_FILE_TAG_BYTES)
#define KEY_FILE_SALT_BYTES 16
#define KEY_FILE_NONCE_BYTES 24
#define KEY_FILE_KEY_BYTES 32
/* The second recommended choice of RFC 9106, section 4, is 3 passes over 64 MiB. */
#define KEY_FILE_PASSES 3
#define KEY_FILE_PASSES_MAX 10
#define KEY_FILE_MEMORY_KIB (64u * 1024u)
#define KEY_FILE_MEMORY_KIB_MAX (256u * 1024u)

enum key_file_kind { KEY_FILE_UNKNOWN, KEY_FILE_ROOT, KEY_FILE_ONLINE, KEY_FILE_OFFICER };

struct key_file_header {
    enum key_file_kind kind;
    enum domain domain;
    struct nation_id nation;
    uint8_t root[KEY_BYTES];
    uint32_t passes;
    uint32_t memory_kib;
    uint8_t salt[KEY_FILE_SALT_BYTES];
    uint8_t nonce[KEY_FILE_NONCE_BYTES];
};

/* A header for a new file: the cost above and a fresh salt. The nonce is drawn at each
 * key_file_encrypt. */
void key_file_header_make(enum key_file_kind kind, enum domain domain, struct nation_id nation,
                          const uint8_t root[KEY_BYTES], struct key_file_header *out);

/* Reads a header. ERR_FORMAT if it is not one, ERR_RANGE if its costs are outside the limits. */
MUST_USE result key_file_header_read(struct bytes file, struct key_file_header *out);

/* The key of the header's salt and costs: about 0.1 s. ERR_IO without the memory for it. */
MUST_USE result key_file_derive(const struct key_file_header *header, struct bytes passphrase,
                                uint8_t key[KEY_FILE_KEY_BYTES]);

/* Appends the whole file. Draws the nonce and notes it in the header. ERR_FULL if it does not fit,
 * ERR_RANGE for too many secrets. */
MUST_USE result key_file_encrypt(struct key_file_header *header,
                                 const uint8_t key[KEY_FILE_KEY_BYTES], struct bytes secrets,
                                 struct byte_writer *out);

/* The secrets of a whole file, into room for KEY_FILE_SECRETS_MAX. ERR_SIGNATURE if it is not what
 * was written with that key, else as key_file_header_read. */
MUST_USE result key_file_decrypt(struct bytes file, const uint8_t key[KEY_FILE_KEY_BYTES],
                                 uint8_t *secrets, size_t *size);

#endif
