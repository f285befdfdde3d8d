#include "share/note.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define DASH "\xe2\x80\x94 " /* U+2014 and a blank */
#define BLOB_BYTES_MAX 96
#define KEY_ID_BYTES 4
#define TIME_BYTES 8

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static result put_text(struct byte_writer *w, const char *text)
{
    return byte_writer_put(w, (struct bytes){(const uint8_t *)text, strlen(text)});
}

/* RFC 4648, section 4. */
static result put_base64(struct byte_writer *w, struct bytes in)
{
    for (size_t i = 0; i < in.size; i += 3) {
        const size_t left = in.size - i;
        const uint32_t group = (uint32_t)in.data[i] << 16 |
                               (left > 1 ? (uint32_t)in.data[i + 1] << 8 : 0) |
                               (left > 2 ? in.data[i + 2] : 0);
        TRY(byte_writer_u8(w, (uint8_t)DIGITS[group >> 18]));
        TRY(byte_writer_u8(w, (uint8_t)DIGITS[group >> 12 & 63]));
        TRY(byte_writer_u8(w, left > 1 ? (uint8_t)DIGITS[group >> 6 & 63] : '='));
        TRY(byte_writer_u8(w, left > 2 ? (uint8_t)DIGITS[group & 63] : '='));
    }
    return OK;
}

static bool digit_of(uint8_t c, uint32_t *out)
{
    /* not a finding (bugprone-not-null-terminated-result): its 64 digits are meant, and not its end
     * */
    const char *found = memchr(DIGITS, c, 64);
    if (found == NULL) {
        return false;
    }
    *out = (uint32_t)(found - DIGITS);
    return true;
}

/* Reads base64 in its one form: bits that stand for nothing are zero. */
static result take_base64(struct bytes in, uint8_t *out, size_t capacity, size_t *size)
{
    ENSURE(in.size % 4 == 0 && in.size >= 4, ERR_FORMAT);
    size_t used = 0;
    for (size_t i = 0; i < in.size; i += 4) {
        const bool last = i + 4 == in.size;
        const size_t pads = !last || in.data[i + 3] != '=' ? 0 : (in.data[i + 2] == '=' ? 2u : 1u);
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t digit = 0;
            ENSURE(k >= 4 - pads || digit_of(in.data[i + k], &digit), ERR_FORMAT);
            group = group << 6 | digit;
        }
        ENSURE((group & ((UINT32_C(1) << 8 * pads) - 1)) == 0, ERR_FORMAT);
        ENSURE(used + 3 - pads <= capacity, ERR_FORMAT);
        for (size_t k = 0; k < 3 - pads; k++) {
            out[used + k] = (uint8_t)(group >> (16 - 8 * k));
        }
        used += 3 - pads;
    }
    *size = used;
    return OK;
}

static result put_decimal(struct byte_writer *w, uint64_t value)
{
    uint8_t digits[20];
    size_t count = 0;
    do {
        digits[sizeof digits - 1 - count] = (uint8_t)('0' + value % 10);
        value /= 10;
        count++;
    } while (value > 0);
    return byte_writer_put(w, (struct bytes){digits + sizeof digits - count, count});
}

static result take_decimal(struct bytes in, uint64_t *out)
{
    uint64_t value = 0;
    ENSURE(in.size >= 1 && in.size <= 18 && (in.data[0] != '0' || in.size == 1), ERR_FORMAT);
    for (size_t i = 0; i < in.size; i++) {
        ENSURE(in.data[i] >= '0' && in.data[i] <= '9', ERR_FORMAT);
        value = 10 * value + (uint64_t)(in.data[i] - '0');
    }
    *out = value;
    return OK;
}

/* The next line without its end. */
static result take_line(struct byte_reader *r, struct bytes *out)
{
    const uint8_t *at = r->in.data + r->at;
    const size_t left = byte_reader_left(r);
    const uint8_t *end = left > 0 ? memchr(at, '\n', left) : NULL;
    ENSURE(end != NULL, ERR_FORMAT);
    *out = (struct bytes){at, (size_t)(end - at)};
    r->at += out->size + 1;
    return OK;
}

void note_name(enum domain domain, struct nation_id nation, char out[NOTE_NAME_SIZE])
{
    struct byte_writer w = {(uint8_t *)out, NOTE_NAME_SIZE - 1, 0};
    const char *const parts[] = {"watchfire/", domain_text(domain), "/", nation.code};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const result written = put_text(&w, parts[i]);
        assert(written == OK);
    }
    out[w.size] = '\0';
}

result note_write_body(const struct note_head *head, struct byte_writer *out)
{
    struct byte_writer w = *out;
    TRY(put_text(&w, head->origin));
    TRY(put_text(&w, "\n"));
    TRY(put_decimal(&w, head->size));
    TRY(put_text(&w, "\n"));
    TRY(put_base64(&w, (struct bytes){head->root.bytes, DIGEST_BYTES}));
    TRY(put_text(&w, "\n"));
    *out = w;
    return OK;
}

result note_read(struct bytes note, struct note_head *head, struct bytes *body)
{
    struct byte_reader r = byte_reader_over(note);
    struct note_head h;
    struct bytes line;
    size_t size = 0;
    memset(&h, 0, sizeof h);
    TRY(take_line(&r, &line));
    ENSURE(line.size >= 1 && line.size < NOTE_NAME_SIZE, ERR_FORMAT);
    for (size_t i = 0; i < line.size; i++) {
        ENSURE(line.data[i] > ' ' && line.data[i] < 0x7f && line.data[i] != '+', ERR_FORMAT);
    }
    memcpy(h.origin, line.data, line.size);
    TRY(take_line(&r, &line));
    TRY(take_decimal(line, &h.size));
    TRY(take_line(&r, &line));
    TRY(take_base64(line, h.root.bytes, DIGEST_BYTES, &size));
    ENSURE(size == DIGEST_BYTES, ERR_FORMAT);
    const size_t body_size = r.at;
    TRY(take_line(&r, &line));
    ENSURE(line.size == 0, ERR_FORMAT);
    *head = h;
    *body = (struct bytes){note.data, body_size};
    return OK;
}

result note_cosigned_text(struct bytes body, uint64_t posix_s, struct byte_writer *out)
{
    struct byte_writer w = *out;
    TRY(put_text(&w, "cosignature/v1\ntime "));
    TRY(put_decimal(&w, posix_s));
    TRY(put_text(&w, "\n"));
    TRY(byte_writer_put(&w, body));
    *out = w;
    return OK;
}

static void key_id(const char *name, enum note_key kind, const uint8_t key[NOTE_PUBLIC_BYTES],
                   uint8_t out[KEY_ID_BYTES])
{
    const uint8_t middle[2] = {'\n', (uint8_t)kind};
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
    crypto_hash_sha256_update(&state, middle, sizeof middle);
    crypto_hash_sha256_update(&state, key, NOTE_PUBLIC_BYTES);
    crypto_hash_sha256_final(&state, hash);
    memcpy(out, hash, KEY_ID_BYTES);
}

result note_write_line(const char *name, enum note_key kind, const uint8_t key[NOTE_PUBLIC_BYTES],
                       uint64_t posix_s, const uint8_t signature[NOTE_SIGNATURE_BYTES],
                       struct byte_writer *out)
{
    uint8_t blob[KEY_ID_BYTES + TIME_BYTES + NOTE_SIGNATURE_BYTES];
    size_t size = KEY_ID_BYTES;
    key_id(name, kind, key, blob);
    if (kind == NOTE_COSIGNER) {
        digest_number(posix_s, blob + size);
        size += TIME_BYTES;
    }
    memcpy(blob + size, signature, NOTE_SIGNATURE_BYTES);
    size += NOTE_SIGNATURE_BYTES;
    struct byte_writer w = *out;
    TRY(put_text(&w, DASH));
    TRY(put_text(&w, name));
    TRY(put_text(&w, " "));
    TRY(put_base64(&w, (struct bytes){blob, size}));
    TRY(put_text(&w, "\n"));
    *out = w;
    return OK;
}

/* What a signature line of that name holds; ERR_NOT_FOUND if it is of another. */
static result read_line(struct bytes line, const char *name, uint8_t blob[BLOB_BYTES_MAX],
                        size_t *size)
{
    const size_t dash = sizeof DASH - 1;
    const size_t length = strlen(name);
    ENSURE(line.size > dash && memcmp(line.data, DASH, dash) == 0, ERR_FORMAT);
    ENSURE(line.size > dash + length && memcmp(line.data + dash, name, length) == 0 &&
               line.data[dash + length] == ' ',
           ERR_NOT_FOUND);
    const size_t at = dash + length + 1;
    return take_base64((struct bytes){line.data + at, line.size - at}, blob, BLOB_BYTES_MAX, size);
}

/* The blob has a key ID at least. A body that was read is never too long to be signed. */
static result verify_blob(struct bytes body, enum note_key kind,
                          const uint8_t key[NOTE_PUBLIC_BYTES], struct bytes blob,
                          uint64_t *posix_s)
{
    uint8_t text[NOTE_SIGNED_BYTES];
    struct byte_writer w = {text, sizeof text, 0};
    struct byte_reader r = {blob, KEY_ID_BYTES};
    struct bytes signature;
    if (kind == NOTE_COSIGNER) {
        uint64_t time_s = 0;
        TRY(byte_reader_u64(&r, &time_s));
        ENSURE(note_cosigned_text(body, time_s, &w) == OK, ERR_FORMAT);
        *posix_s = time_s;
    } else {
        ENSURE(byte_writer_put(&w, body) == OK, ERR_FORMAT);
    }
    TRY(byte_reader_take(&r, NOTE_SIGNATURE_BYTES, &signature));
    ENSURE(byte_reader_left(&r) == 0, ERR_FORMAT);
    return crypto_sign_verify_detached(signature.data, text, w.size, key) == 0 ? OK : ERR_SIGNATURE;
}

result note_verify(struct bytes note, const char *name, enum note_key kind,
                   const uint8_t key[NOTE_PUBLIC_BYTES], struct bytes *line, uint64_t *posix_s)
{
    struct note_head head;
    struct bytes body;
    struct bytes found;
    uint8_t id[KEY_ID_BYTES];
    uint64_t time_s = 0;
    TRY(note_read(note, &head, &body));
    key_id(name, kind, key, id);
    struct byte_reader r = {note, body.size + 1};
    while (byte_reader_left(&r) > 0) {
        uint8_t blob[BLOB_BYTES_MAX];
        size_t size = 0;
        TRY(take_line(&r, &found));
        const result read = read_line(found, name, blob, &size);
        if (read == ERR_NOT_FOUND || size < KEY_ID_BYTES || memcmp(blob, id, KEY_ID_BYTES) != 0) {
            ENSURE(read == OK || read == ERR_NOT_FOUND, ERR_FORMAT);
            continue;
        }
        TRY(verify_blob(body, kind, key, (struct bytes){blob, size}, &time_s));
        if (line != NULL) {
            *line = (struct bytes){found.data, found.size + 1};
        }
        if (posix_s != NULL) {
            *posix_s = time_s;
        }
        return OK;
    }
    return ERR_NOT_FOUND;
}
