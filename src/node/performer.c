#include "node/performer.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "engine/event.h"

#define INPUT_BYTES_MAX (1 + EVENT_BYTES_MAX + KEYS_SIGNATURE_BYTES)
#define OUTBOX_BYTES_MAX (8u * 1024u * 1024u)
#define OUTBOX_FRAMES_MAX 4096

/* A plain frame that waits for the commit. */
struct waiting {
    uint32_t partner;
    enum frame_lane lane;
    uint32_t offset;
    uint32_t size;
};

struct performer {
    struct engine engine;
    struct effects effects;
    struct performer_shell shell;
    const struct keys *keys;
    struct seal seals[LIMIT_PARTNERS];
    uint64_t position; /* of the last input fed */
    uint64_t already;  /* up to here the journal has them */
    bool news;         /* something but commits was fed since the last commit */
    bool dirty;        /* anything was */
    uint64_t differs_at;
    uint32_t waiting_count;
    uint32_t outbox_size;
    struct waiting waiting[OUTBOX_FRAMES_MAX];
    uint8_t outbox[OUTBOX_BYTES_MAX];
    uint8_t input[INPUT_BYTES_MAX];
    uint8_t opened[SEAL_FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
};

static uint32_t partner_index(const struct performer *p, struct nation_id nation)
{
    uint32_t i = 0;
    while (i < p->engine.config.partner_count &&
           !nation_id_equal(p->engine.config.partners[i], nation)) {
        i++;
    }
    return i;
}

/* The digest covers every member of every effect, byte by byte, and the frames. */
static void digest_effects(const struct effects *effects, uint8_t out[JOURNAL_DIGEST_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, JOURNAL_DIGEST_BYTES);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *e = &effects->items[i];
        const uint64_t numbers[] = {
            (uint64_t)e->kind,   e->event.value, (uint64_t)e->lane,   e->size,
            (uint64_t)e->record, e->sequence,    (uint64_t)e->status, (uint64_t)e->warning,
            e->on ? 1 : 0,
        };
        uint8_t bytes[sizeof numbers];
        for (size_t k = 0; k < sizeof bytes; k++) {
            bytes[k] = (uint8_t)(numbers[k / 8] >> (56 - 8 * (k % 8)));
        }
        crypto_generichash_update(&state, bytes, sizeof bytes);
        crypto_generichash_update(&state, (const uint8_t *)e->partner.code, sizeof e->partner.code);
        crypto_generichash_update(&state, (const uint8_t *)e->via.code, sizeof e->via.code);
        crypto_generichash_update(&state, (const uint8_t *)e->name.text, sizeof e->name.text);
        crypto_generichash_update(&state, effects->bytes + e->offset, e->size);
    }
    crypto_generichash_final(&state, out, JOURNAL_DIGEST_BYTES);
}

/* A group that the journal has: it must be the same. */
static result compare(struct performer *p, uint64_t position, struct bytes input,
                      const uint8_t digest[JOURNAL_DIGEST_BYTES])
{
    struct journal_group group;
    TRY(journal_read(p->shell.journal, position, &group));
    const bool same = group.input.size == input.size &&
                      memcmp(group.input.data, input.data, input.size) == 0 &&
                      memcmp(group.effects_digest, digest, JOURNAL_DIGEST_BYTES) == 0;
    if (!same) {
        p->differs_at = position;
        return ERR_STATE;
    }
    return OK;
}

static result keep(struct performer *p, const struct event *event, const uint8_t *signature)
{
    struct byte_writer w = {p->input, sizeof p->input, 0};
    TRY(byte_writer_u8(&w, signature != NULL ? 1 : 0));
    TRY(event_encode(event, &w));
    if (signature != NULL) {
        TRY(byte_writer_put(&w, (struct bytes){signature, KEYS_SIGNATURE_BYTES}));
    }
    uint8_t digest[JOURNAL_DIGEST_BYTES];
    digest_effects(&p->effects, digest);
    const uint64_t position = p->position + 1;
    if (position <= p->already) {
        TRY(compare(p, position, byte_writer_written(&w), digest));
    } else {
        TRY(journal_append(p->shell.journal, position, event->time, byte_writer_written(&w),
                           digest));
    }
    p->position = position;
    p->dirty = true;
    p->news |= event->kind != EVENT_COMMITTED;
    return OK;
}

static void queue_send(struct performer *p, const struct effect *e)
{
    if (p->waiting_count == OUTBOX_FRAMES_MAX || p->outbox_size + e->size > OUTBOX_BYTES_MAX) {
        return; /* as if the carrier had lost it: the session sends it again */
    }
    p->waiting[p->waiting_count] = (struct waiting){.partner = partner_index(p, e->partner),
                                                    .lane = e->lane,
                                                    .offset = p->outbox_size,
                                                    .size = e->size};
    memcpy(p->outbox + p->outbox_size, p->effects.bytes + e->offset, e->size);
    p->outbox_size += e->size;
    p->waiting_count++;
}

/* One input: step, persist, show; sends wait. */
static result feed(struct performer *p, const struct event *event, const uint8_t *signature)
{
    TRY(engine_step(&p->engine, event, &p->effects));
    TRY(keep(p, event, signature));
    for (uint32_t i = 0; i < p->effects.count; i++) {
        const struct effect *e = &p->effects.items[i];
        if (e->kind == EFFECT_SEND) {
            queue_send(p, e);
        } else {
            p->shell.show(p->shell.context, &p->engine, e);
        }
    }
    return OK;
}

/* With the partner's list that the engine knows from the journal, if the pinned root signed it. */
static void init_seal(struct performer *p, uint32_t partner, const struct keys *keys,
                      const struct key_trust *pinned, const struct keys_boot *boot)
{
    const struct session_keys *known = &p->engine.sessions[partner].partner_keys;
    struct key_trust trust = *pinned;
    if (known->number > trust.list.number &&
        key_trust_offer(&trust, (struct bytes){known->bytes, known->size}) != REFUSED_NONE) {
        trust = *pinned; /* the partner has a new root: what the old one signed is worth nothing */
    }
    seal_init(&p->seals[partner], keys, &trust, boot);
}

static result note_partner_keys(struct performer *p, uint32_t partner, struct instant now);

result performer_open(const struct engine_config *config, const struct keys *keys,
                      const struct key_trust *partner_keys, const struct performer_shell *shell,
                      struct instant now, struct performer **out)
{
    struct performer *p = calloc(1, sizeof *p);
    ENSURE(p != NULL, ERR_IO);
    p->shell = *shell;
    p->already = shell->journal->last;
    result outcome = engine_init(&p->engine, config);
    for (uint32_t i = 0; outcome == OK && i < config->partner_count; i++) {
        struct keys_boot boot;
        keys_boot_make(keys, config->partners[i], 1, &boot);
        init_seal(p, i, keys, &partner_keys[i], &boot);
        const struct event event = {
            .kind = EVENT_BOOT, .time = now, .partner = config->partners[i], .boot = boot.open};
        outcome = feed(p, &event, NULL);
    }
    p->keys = keys;
    if (outcome == OK && keys->signed_size > 0) {
        outcome = performer_keys_changed(p, now);
    }
    for (uint32_t i = 0; outcome == OK && i < config->partner_count; i++) {
        outcome = note_partner_keys(p, i, now); /* of one that is heard by way of others alone */
    }
    if (outcome != OK) {
        free(p);
        return outcome;
    }
    *out = p;
    return OK;
}

void performer_close(struct performer *p)
{
    free(p);
}

static result feed_keys(struct performer *p, struct nation_id whose, struct bytes signed_list,
                        struct instant now)
{
    const struct event event = {
        .kind = EVENT_KEYS, .time = now, .partner = whose, .keys = signed_list};
    return feed(p, &event, NULL);
}

result performer_keys_changed(struct performer *p, struct instant now)
{
    const struct bytes list = {p->keys->signed_list, p->keys->signed_size};
    return feed_keys(p, p->keys->list.nation, list, now);
}

/* The list by which a frame was verified is journalled before the frame. */
static result note_partner_keys(struct performer *p, uint32_t partner, struct instant now)
{
    const struct key_trust *trust = &p->seals[partner].partner;
    if (trust->list.number == p->engine.sessions[partner].partner_keys.number) {
        return OK;
    }
    const struct bytes list = {trust->signed_list, trust->signed_size};
    return feed_keys(p, trust->list.nation, list, now);
}

result performer_tick(struct performer *p, struct instant now)
{
    const struct event event = {.kind = EVENT_TICK, .time = now};
    return feed(p, &event, NULL);
}

result performer_scan(struct performer *p, const struct observation *scan, uint32_t count,
                      struct instant now)
{
    if (count == 0) {
        return OK;
    }
    const struct event event = {.kind = EVENT_SCAN, .time = now, .scan = scan, .scan_count = count};
    return feed(p, &event, NULL);
}

result performer_policy(struct performer *p, const struct policy_consent *consent,
                        struct instant now)
{
    uint8_t storage[POLICY_BYTES_MAX];
    struct byte_writer w = {storage, sizeof storage, 0};
    TRY(policy_encode(&consent->policy, &w));
    struct event event = {.kind = EVENT_POLICY,
                          .time = now,
                          .policy = byte_writer_written(&w),
                          .predecessor = consent->predecessor,
                          .officer_count = consent->officer_count};
    memcpy(event.officers, consent->officers, sizeof event.officers);
    return feed(p, &event, NULL);
}

result performer_grant(struct performer *p, const struct signed_grant *grant, struct instant now)
{
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    TRY(grant_encode(grant, &w));
    if (engine_has_grant(&p->engine, grant)) {
        return OK;
    }
    const struct event event = {.kind = EVENT_GRANT, .time = now, .grant = byte_writer_written(&w)};
    return feed(p, &event, NULL);
}

result performer_receive(struct performer *p, struct bytes sealed, struct instant now)
{
    struct nation_id from;
    if (!seal_claimed_sender(sealed, &from)) {
        return OK;
    }
    const uint32_t partner = partner_index(p, from);
    if (partner == p->engine.config.partner_count) {
        return OK;
    }
    struct seal_opened opened;
    seal_open(&p->seals[partner], sealed, now, p->opened, sizeof p->opened, &opened);
    struct event event = {.time = now, .partner = from};
    if (opened.refusal != REFUSED_NONE) {
        event.kind = EVENT_REFUSED;
        event.refusal = opened.refusal;
        return feed(p, &event, NULL);
    }
    TRY(note_partner_keys(p, partner, now));
    event.kind = EVENT_FRAME;
    event.frame = opened.plain;
    event.signature = opened.signature;
    return feed(p, &event, opened.signature);
}

static void send_waiting(struct performer *p, struct instant now)
{
    for (uint32_t i = 0; i < p->waiting_count; i++) {
        const struct waiting *w = &p->waiting[i];
        const struct bytes plain = {p->outbox + w->offset, w->size};
        struct byte_writer out = {p->sealed, sizeof p->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        if (seal_close(&p->seals[w->partner], plain, w->lane, now, &out, signature) == OK) {
            p->shell.carry(p->shell.context, w->partner, w->lane, byte_writer_written(&out), now);
        }
    }
    p->waiting_count = 0;
    p->outbox_size = 0;
}

result performer_commit(struct performer *p, struct instant now)
{
    if (!p->dirty) {
        return OK;
    }
    if (p->position > p->already) {
        TRY(journal_commit(p->shell.journal));
    }
    const bool news = p->news;
    const uint64_t position = p->position;
    p->dirty = false;
    p->news = false;
    send_waiting(p, now);
    if (!news) {
        return OK;
    }
    const struct event event = {.kind = EVENT_COMMITTED, .time = now, .position = position};
    return feed(p, &event, NULL);
}

struct instant performer_next_time(const struct performer *p)
{
    return engine_next_time(&p->engine);
}

const struct engine *performer_engine(const struct performer *p)
{
    return &p->engine;
}

bool performer_is_replaying(const struct performer *p)
{
    return p->position < p->already;
}

uint64_t performer_differs_at(const struct performer *p)
{
    return p->differs_at;
}
