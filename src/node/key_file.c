#include "node/key_file.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static const uint8_t MAGIC[4] = {'W', 'F', 'K', '1'};

_Static_assert(KEY_FILE_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "salt");
_Static_assert(KEY_FILE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(KEY_FILE_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(KEY_FILE_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

void key_file_header_make(enum key_file_kind kind, enum domain domain, struct nation_id nation,
                          const uint8_t root[KEY_BYTES], struct key_file_header *out)
{
    *out = (struct key_file_header){.kind = kind,
                                    .domain = domain,
                                    .nation = nation,
                                    .passes = KEY_FILE_PASSES,
                                    .memory_kib = KEY_FILE_MEMORY_KIB};
    memcpy(out->root, root, sizeof out->root);
    randombytes_buf(out->salt, sizeof out->salt);
}

static void header_write(const struct key_file_header *h, struct byte_writer *out)
{
    static const uint8_t zero[3] = {0};
    byte_writer_known(out, (struct bytes){MAGIC, sizeof MAGIC});
    byte_writer_known_u8(out, (uint8_t)h->kind);
    byte_writer_known_u8(out, (uint8_t)h->domain);
    byte_writer_known(out, (struct bytes){(const uint8_t *)h->nation.code, 3});
    byte_writer_known(out, (struct bytes){zero, sizeof zero});
    byte_writer_known(out, (struct bytes){h->root, sizeof h->root});
    byte_writer_known_u32(out, h->passes);
    byte_writer_known_u32(out, h->memory_kib);
    byte_writer_known(out, (struct bytes){h->salt, sizeof h->salt});
    byte_writer_known(out, (struct bytes){h->nonce, sizeof h->nonce});
}

static void take(struct byte_reader *in, void *out, size_t size)
{
    memcpy(out, byte_reader_known(in, size).data, size);
}

static result read_names(struct byte_reader *in, struct key_file_header *h)
{
    uint8_t magic[sizeof MAGIC];
    uint8_t zero[3];
    char code[4] = {0};
    take(in, magic, sizeof magic);
    const uint8_t kind = byte_reader_known_u8(in);
    const uint8_t domain = byte_reader_known_u8(in);
    take(in, code, 3);
    take(in, zero, sizeof zero);
    ENSURE(memcmp(magic, MAGIC, sizeof magic) == 0, ERR_FORMAT);
    ENSURE(kind > KEY_FILE_UNKNOWN && kind <= KEY_FILE_OFFICER, ERR_FORMAT);
    ENSURE(domain > DOMAIN_UNKNOWN && domain <= DOMAIN_TEST, ERR_FORMAT);
    ENSURE(nation_id_parse(code, &h->nation), ERR_FORMAT);
    ENSURE(zero[0] == 0 && zero[1] == 0 && zero[2] == 0, ERR_FORMAT);
    h->kind = (enum key_file_kind)kind;
    h->domain = (enum domain)domain;
    return OK;
}

result key_file_header_read(struct bytes file, struct key_file_header *out)
{
    ENSURE(file.size >= KEY_FILE_HEADER_BYTES + KEY_FILE_TAG_BYTES, ERR_FORMAT);
    ENSURE(file.size <= KEY_FILE_BYTES_MAX, ERR_FORMAT);
    struct byte_reader in = byte_reader_over(file);
    struct key_file_header h = {0};
    TRY(read_names(&in, &h));
    take(&in, h.root, sizeof h.root);
    h.passes = byte_reader_known_u32(&in);
    h.memory_kib = byte_reader_known_u32(&in);
    take(&in, h.salt, sizeof h.salt);
    take(&in, h.nonce, sizeof h.nonce);
    ENSURE(h.passes >= 1 && h.passes <= KEY_FILE_PASSES_MAX, ERR_RANGE);
    ENSURE(h.memory_kib >= 8 && h.memory_kib <= KEY_FILE_MEMORY_KIB_MAX, ERR_RANGE);
    *out = h;
    return OK;
}

result key_file_derive(const struct key_file_header *header, struct bytes passphrase,
                       uint8_t key[KEY_FILE_KEY_BYTES])
{
    assert(header->passes >= 1 && header->passes <= KEY_FILE_PASSES_MAX);
    assert(header->memory_kib <= KEY_FILE_MEMORY_KIB_MAX);
    const int done = crypto_pwhash(key, KEY_FILE_KEY_BYTES, (const char *)passphrase.data,
                                   passphrase.size, header->salt, header->passes,
                                   (size_t)header->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return done == 0 ? OK : ERR_IO;
}

result key_file_encrypt(struct key_file_header *header, const uint8_t key[KEY_FILE_KEY_BYTES],
                        struct bytes secrets, struct byte_writer *out)
{
    ENSURE(secrets.size <= KEY_FILE_SECRETS_MAX, ERR_RANGE);
    randombytes_buf(header->nonce, sizeof header->nonce);
    struct byte_writer w = *out;
    const uint8_t *start = w.data + w.size;
    ENSURE(w.capacity - w.size >= KEY_FILE_HEADER_BYTES + secrets.size + KEY_FILE_TAG_BYTES,
           ERR_FULL);
    header_write(header, &w);
    unsigned long long size = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(w.data + w.size, &size, secrets.data, secrets.size,
                                               start, KEY_FILE_HEADER_BYTES, NULL, header->nonce,
                                               key);
    out->size = w.size + (size_t)size;
    return OK;
}

result key_file_decrypt(struct bytes file, const uint8_t key[KEY_FILE_KEY_BYTES], uint8_t *secrets,
                        size_t *size)
{
    struct key_file_header h;
    TRY(key_file_header_read(file, &h));
    const struct bytes body = {file.data + KEY_FILE_HEADER_BYTES,
                               file.size - KEY_FILE_HEADER_BYTES};
    unsigned long long opened = 0;
    ENSURE(crypto_aead_xchacha20poly1305_ietf_decrypt(secrets, &opened, NULL, body.data, body.size,
                                                      file.data, KEY_FILE_HEADER_BYTES, h.nonce,
                                                      key) == 0,
           ERR_SIGNATURE);
    *size = (size_t)opened;
    return OK;
}
