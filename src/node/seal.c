#include "node/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define SEAL_VERSION 1
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
/* How far a frame may lag behind the newest one of its lane and still be told from a repetition. */
#define WINDOW 64

struct header {
    enum domain domain;
    enum frame_type type;
    enum frame_lane lane;
    struct nation_id from;
    struct nation_id to;
    uint64_t from_boot;
    uint64_t number;
    uint64_t to_boot;
};

void seal_init(struct seal *s, const struct keys *self, const struct key_trust *partner,
               const struct keys_boot *boot)
{
    assert(self->list.domain == partner->list.domain);
    memset(s, 0, sizeof *s);
    s->self = self;
    s->partner = *partner;
    s->boot = *boot;
}

void seal_know_hello(struct seal *s, const struct frame_epoch *boot, uint32_t number)
{
    s->hello_boot = *boot;
    s->hello_number = number;
}

static struct bytes code_bytes(const struct nation_id *nation)
{
    return (struct bytes){(const uint8_t *)nation->code, 3};
}

static void write_header(const struct header *h, struct byte_writer *out)
{
    byte_writer_known(out, (struct bytes){(const uint8_t *)"WF", 2});
    byte_writer_known_u8(out, SEAL_VERSION);
    byte_writer_known_u8(out, (uint8_t)h->domain);
    byte_writer_known_u8(out, (uint8_t)h->type);
    byte_writer_known_u8(out, (uint8_t)h->lane);
    byte_writer_known_u16(out, 0);
    byte_writer_known(out, code_bytes(&h->from));
    byte_writer_known(out, code_bytes(&h->to));
    byte_writer_known_u64(out, h->from_boot);
    byte_writer_known_u64(out, h->number);
    byte_writer_known_u64(out, h->to_boot);
}

static result read_nation(struct byte_reader *in, struct nation_id *out)
{
    const struct bytes code = byte_reader_known(in, 3);
    char text[4] = {(char)code.data[0], (char)code.data[1], (char)code.data[2], '\0'};
    return nation_id_parse(text, out) ? OK : ERR_FORMAT;
}

static result read_codes(struct byte_reader *in, struct header *out)
{
    const struct bytes magic = byte_reader_known(in, 2);
    const uint8_t version = byte_reader_known_u8(in);
    const uint8_t domain = byte_reader_known_u8(in);
    const uint8_t type = byte_reader_known_u8(in);
    const uint8_t lane = byte_reader_known_u8(in);
    const uint16_t zero = byte_reader_known_u16(in);
    ENSURE(memcmp(magic.data, "WF", 2) == 0 && version == SEAL_VERSION, ERR_FORMAT);
    ENSURE(domain <= DOMAIN_TEST && type < FRAME_TYPE_COUNT, ERR_FORMAT);
    ENSURE(lane < FRAME_LANE_COUNT && zero == 0, ERR_FORMAT);
    out->domain = (enum domain)domain;
    out->type = (enum frame_type)type;
    out->lane = (enum frame_lane)lane;
    return OK;
}

static result read_header(struct bytes sealed, struct header *out)
{
    ENSURE(sealed.size > SEAL_HEADER_BYTES + KEYS_SIGNATURE_BYTES, ERR_FORMAT);
    ENSURE(sealed.size <= SEAL_FRAME_BYTES_MAX, ERR_FORMAT);
    struct byte_reader in = byte_reader_over(sealed);
    struct header h = {0};
    TRY(read_codes(&in, &h));
    TRY(read_nation(&in, &h.from));
    TRY(read_nation(&in, &h.to));
    h.from_boot = byte_reader_known_u64(&in);
    h.number = byte_reader_known_u64(&in);
    h.to_boot = byte_reader_known_u64(&in);
    *out = h;
    return OK;
}

/* Lane and frame number: within one key no pair occurs twice. */
static void make_nonce(const struct header *h,
                       uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES])
{
    memset(nonce, 0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    nonce[0] = (uint8_t)h->lane;
    uint8_t number[8];
    memcpy(nonce + 16, digest_number(h->number, number).data, 8);
}

/* The nation whose code comes first plays the client. */
static result make_keys(struct seal *s)
{
    const bool client = memcmp(s->self->list.nation.code, s->partner.list.nation.code,
                               sizeof s->partner.list.nation.code) < 0;
    const uint8_t *mine = s->boot.open.ephemeral_public;
    const int made =
        client ? crypto_kx_client_session_keys(s->receive_key, s->send_key, mine,
                                               s->boot.ephemeral_secret, s->partner_ephemeral)
               : crypto_kx_server_session_keys(s->receive_key, s->send_key, mine,
                                               s->boot.ephemeral_secret, s->partner_ephemeral);
    ENSURE(made == 0, ERR_SIGNATURE);
    s->keyed = true;
    memset(s->received, 0, sizeof s->received);
    memset(s->window, 0, sizeof s->window);
    return OK;
}

static result sign(const struct seal *s, struct bytes plain, struct instant now,
                   uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    uint8_t storage[FRAME_SIGNED_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    const struct frame_route route = {s->self->list.domain, s->self->list.nation,
                                      s->partner.list.nation};
    TRY(frame_signed_bytes(&route, plain, &message));
    TRY(keys_sign(s->self, KEY_SIGNING, now, byte_writer_written(&message), signature));
    if (s->here != NULL) {
        signed_here_note(s->here, keys_signer(s->self, KEY_SIGNING, now),
                         byte_writer_written(&message), signature);
    }
    return OK;
}

static result put_sealed(struct seal *s, const struct header *h, struct bytes plain,
                         const uint8_t signature[KEYS_SIGNATURE_BYTES], struct byte_writer *out)
{
    const uint8_t *header = out->data + out->size;
    const size_t tag_size = h->type == FRAME_HELLO ? 0 : TAG_BYTES;
    ENSURE(out->capacity - out->size >=
               SEAL_HEADER_BYTES + KEYS_SIGNATURE_BYTES + plain.size + tag_size,
           ERR_FULL);
    write_header(h, out);
    uint8_t *body = out->data + out->size;
    byte_writer_known(out, (struct bytes){signature, KEYS_SIGNATURE_BYTES});
    byte_writer_known(out, plain);
    if (h->type == FRAME_HELLO) {
        return OK;
    }
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    make_nonce(h, nonce);
    unsigned long long size = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(body, &size, body, KEYS_SIGNATURE_BYTES + plain.size,
                                               header, SEAL_HEADER_BYTES, NULL, nonce, s->send_key);
    assert(size == KEYS_SIGNATURE_BYTES + plain.size + TAG_BYTES);
    out->size += TAG_BYTES;
    return OK;
}

result seal_close(struct seal *s, struct bytes plain, enum frame_lane lane, struct instant now,
                  struct byte_writer *out, uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    ENSURE(plain.size >= 2 && plain.size <= FRAME_BYTES_MAX, ERR_FORMAT);
    ENSURE(plain.data[0] < FRAME_TYPE_COUNT, ERR_FORMAT);
    const enum frame_type type = (enum frame_type)plain.data[0];
    const bool hello = type == FRAME_HELLO;
    ENSURE(hello ? lane == LANE_LIVE : s->keyed, ERR_STATE);
    uint8_t made[KEYS_SIGNATURE_BYTES];
    TRY(sign(s, plain, now, made));
    const struct header h = {.domain = s->self->list.domain,
                             .type = type,
                             .lane = lane,
                             .from = s->self->list.nation,
                             .to = s->partner.list.nation,
                             .from_boot = s->boot.open.epoch.counter,
                             .number = hello ? 0 : s->sent[lane] + 1,
                             .to_boot = hello ? 0 : s->partner_boot.counter};
    struct byte_writer writer = *out;
    TRY(put_sealed(s, &h, plain, made, &writer));
    s->sent[lane] += hello ? 0 : 1;
    out->size = writer.size;
    memcpy(signature, made, sizeof made);
    return OK;
}

static result verify_with(const struct key_list *from, struct nation_id to, struct bytes plain,
                          struct instant when, const uint8_t signature[KEYS_SIGNATURE_BYTES],
                          const struct signed_here *here, uint32_t *which)
{
    uint8_t storage[FRAME_SIGNED_BYTES_MAX];
    struct byte_writer message = {.data = storage, .capacity = sizeof storage};
    const struct frame_route route = {from->domain, from->nation, to};
    ENSURE(frame_signed_bytes(&route, plain, &message) == OK, ERR_FORMAT);
    if (here != NULL &&
        signed_here_knows(here, from, when, byte_writer_written(&message), signature)) {
        return OK;
    }
    return key_list_verify(from, KEY_SIGNING, when, byte_writer_written(&message), signature,
                           which);
}

result seal_verify_stored(const struct key_list *from, struct nation_id to, struct bytes plain,
                          struct instant when, const uint8_t signature[KEYS_SIGNATURE_BYTES])
{
    return verify_with(from, to, plain, when, signature, NULL, NULL);
}

/* Whether a frame number was seen before, or is too old to tell. */
static bool is_repeated(const struct seal *s, const struct header *h)
{
    const uint64_t newest = s->received[h->lane];
    if (h->number > newest) {
        return false;
    }
    const uint64_t age = newest - h->number;
    return age >= WINDOW || (s->window[h->lane] >> age & 1) == 1;
}

static void note_number(struct seal *s, const struct header *h)
{
    uint64_t *newest = &s->received[h->lane];
    uint64_t *window = &s->window[h->lane];
    if (h->number > *newest) {
        const uint64_t step = h->number - *newest;
        *window = step >= WINDOW ? 1 : *window << step | 1;
        *newest = h->number;
    } else {
        *window |= UINT64_C(1) << (*newest - h->number);
    }
}

static enum session_refusal unseal(const struct seal *s, const struct header *h,
                                   struct bytes sealed, uint8_t *buffer, size_t *size)
{
    const struct bytes body = {sealed.data + SEAL_HEADER_BYTES, sealed.size - SEAL_HEADER_BYTES};
    if (h->type == FRAME_HELLO) {
        /* Nothing protects this header but that only one is right. */
        if (h->lane != LANE_LIVE || h->number != 0 || h->to_boot != 0) {
            return REFUSED_FORMAT;
        }
        memcpy(buffer, body.data, body.size);
        *size = body.size;
        return REFUSED_NONE;
    }
    if (!s->keyed || h->from_boot != s->partner_boot.counter ||
        h->to_boot != s->boot.open.epoch.counter) {
        return REFUSED_NO_KEY;
    }
    if (is_repeated(s, h)) {
        return REFUSED_REPLAY;
    }
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    make_nonce(h, nonce);
    unsigned long long plain_size = 0;
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        buffer, &plain_size, NULL, body.data, body.size, sealed.data, SEAL_HEADER_BYTES, nonce,
        s->receive_key);
    *size = (size_t)plain_size;
    return opened == 0 && *size > KEYS_SIGNATURE_BYTES ? REFUSED_NONE : REFUSED_SEAL;
}

/* Uses the ephemeral key of a verified hello, unless it is from an earlier process start. */
static enum session_refusal note_hello(struct seal *s, const struct frame_hello *hello)
{
    if (hello->boot.counter < s->partner_boot.counter) {
        return REFUSED_OLD_EPOCH;
    }
    if (hello->boot.counter == s->partner_boot.counter) {
        const bool same =
            frame_epoch_equal(&hello->boot, &s->partner_boot) &&
            memcmp(hello->ephemeral_public, s->partner_ephemeral, sizeof s->partner_ephemeral) == 0;
        return same ? REFUSED_NONE : REFUSED_HISTORY;
    }
    const struct seal before = *s;
    s->partner_boot = hello->boot;
    memcpy(s->partner_ephemeral, hello->ephemeral_public, sizeof s->partner_ephemeral);
    if (make_keys(s) != OK) {
        *s = before;
        return REFUSED_SIGNATURE;
    }
    return REFUSED_NONE;
}

static enum session_refusal verify(struct seal *s, const struct key_list *list, struct instant now,
                                   const struct seal_opened *opened)
{
    const result verified = verify_with(list, s->self->list.nation, opened->plain, now,
                                        opened->signature, s->here, &s->which);
    if (verified != OK) {
        return verified == ERR_FORMAT ? REFUSED_CANONICAL : REFUSED_SIGNATURE;
    }
    return REFUSED_NONE;
}

/* A hello may be signed by a key that is only in the list which it brings. That list is taken if
 * the whole hello is, so that a refused frame changes nothing. */
static enum session_refusal take_hello(struct seal *s, const struct header *h, struct instant now,
                                       struct seal_opened *out)
{
    struct frame frame;
    if (frame_decode(out->plain, &frame) != OK || frame.type != FRAME_HELLO ||
        frame.hello.boot.counter != h->from_boot) {
        return REFUSED_CANONICAL;
    }
    const struct frame_hello *hello = &frame.hello;
    if (s->speaks == 1 && frame_hello_has_list(hello)) {
        return REFUSED_CANONICAL;
    }
    if (hello->boot.counter < s->hello_boot.counter) {
        return REFUSED_OLD_EPOCH;
    }
    if (frame_epoch_equal(&hello->boot, &s->hello_boot) && hello->number <= s->hello_number) {
        return REFUSED_REPLAY;
    }
    struct key_trust trust = s->partner;
    enum session_refusal refusal = REFUSED_NONE;
    if (hello->key_list.size > 0) {
        refusal = key_trust_offer(&trust, hello->key_list);
    }
    if (refusal == REFUSED_NONE) {
        refusal = verify(s, &trust.list, now, out);
    }
    if (refusal == REFUSED_NONE) {
        refusal = note_hello(s, hello);
    }
    if (refusal == REFUSED_NONE) {
        seal_know_hello(s, &hello->boot, hello->number);
    }
    if (refusal == REFUSED_NONE && trust.list.number > s->partner.list.number) {
        s->partner = trust;
    }
    return refusal;
}

static bool is_for_us(const struct seal *s, const struct header *h)
{
    return nation_id_equal(h->from, s->partner.list.nation) &&
           nation_id_equal(h->to, s->self->list.nation) && h->domain == s->self->list.domain;
}

static enum session_refusal open_frame(struct seal *s, const struct header *h, struct bytes sealed,
                                       struct instant now, uint8_t *buffer, struct seal_opened *out)
{
    size_t size = 0;
    const enum session_refusal opened = unseal(s, h, sealed, buffer, &size);
    if (opened != REFUSED_NONE) {
        return opened;
    }
    memcpy(out->signature, buffer, KEYS_SIGNATURE_BYTES);
    out->plain = (struct bytes){buffer + KEYS_SIGNATURE_BYTES, size - KEYS_SIGNATURE_BYTES};
    out->type = h->type;
    out->lane = h->lane;
    if (out->plain.data[0] != (uint8_t)h->type || (s->speaks == 1 && h->type == FRAME_CHECKPOINT)) {
        return REFUSED_CANONICAL;
    }
    if (h->type == FRAME_HELLO) {
        return take_hello(s, h, now, out);
    }
    const enum session_refusal refusal = verify(s, &s->partner.list, now, out);
    if (refusal == REFUSED_NONE) {
        note_number(s, h);
    }
    return refusal;
}

void seal_open(struct seal *s, struct bytes sealed, struct instant now, uint8_t *buffer,
               size_t buffer_size, struct seal_opened *out)
{
    assert(buffer_size >= SEAL_FRAME_BYTES_MAX);
    struct header h;
    memset(out, 0, sizeof *out);
    if (read_header(sealed, &h) != OK) {
        out->refusal = REFUSED_FORMAT;
    } else if (!is_for_us(s, &h)) {
        out->refusal = REFUSED_ROUTE;
    } else {
        out->refusal = open_frame(s, &h, sealed, now, buffer, out);
    }
}
