#include "node/performer.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "engine/event.h"

#define INPUT_BYTES_MAX (1 + EVENT_BYTES_MAX + KEYS_SIGNATURE_BYTES)
#define GROUP_BYTES_MAX (32u * 1024u * 1024u)
/* Kept back from observations: time passes and partners are heard while the disk fails. */
#define GROUP_BYTES_RESERVE (4u * 1024u * 1024u)
#define OUTBOX_BYTES_MAX (8u * 1024u * 1024u)
#define OUTBOX_FRAMES_MAX 4096

/* A plain frame that waits for the commit. */
struct waiting {
    uint32_t partner;
    enum frame_lane lane;
    uint32_t offset;
    uint32_t size;
};

/* What stands before each input of a group. */
struct entry {
    uint64_t position;
    struct instant time;
    uint64_t size;
    uint8_t digest[JOURNAL_DIGEST_BYTES];
};

/* Inputs that become durable together, and the frames that wait for it. */
struct group {
    uint64_t last; /* position of the newest input; 0 = none */
    bool news;     /* something but commits is among them */
    size_t size;
    uint32_t waiting_count;
    uint32_t outbox_size;
    struct waiting waiting[OUTBOX_FRAMES_MAX];
    uint8_t bytes[GROUP_BYTES_MAX]; /* entry, input, entry, input, … */
    uint8_t outbox[OUTBOX_BYTES_MAX];
};

struct performer {
    struct engine engine;
    struct effects effects;
    struct performer_shell shell;
    const struct keys *keys; /* ours; borrowed */
    struct seal seals[LIMIT_PARTNERS];
    uint64_t position; /* of the last input fed */
    uint64_t already;  /* up to here the journal has them */
    uint64_t durable;  /* up to here they are on disk, as far as the last commit told */
    uint64_t differs_at;
    struct group *filling;    /* what is fed goes here … */
    struct group *committing; /* … and then here, while it is written */
    bool is_committing;
    struct group groups[2];
    struct observation scan[LIMIT_SCAN];
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

static void add_to_group(struct performer *p, const struct entry *entry, struct bytes input)
{
    struct group *g = p->filling;
    assert(g->size + sizeof *entry + input.size <= GROUP_BYTES_MAX);
    memcpy(g->bytes + g->size, entry, sizeof *entry);
    memcpy(g->bytes + g->size + sizeof *entry, input.data, input.size);
    g->size += sizeof *entry + input.size;
}

static result keep(struct performer *p, const struct event *event, const uint8_t *signature)
{
    struct byte_writer w = {p->input, sizeof p->input, 0};
    TRY(byte_writer_u8(&w, signature != NULL ? 1 : 0));
    TRY(event_encode(event, &w));
    if (signature != NULL) {
        TRY(byte_writer_put(&w, (struct bytes){signature, KEYS_SIGNATURE_BYTES}));
    }
    struct entry entry = {.position = p->position + 1, .time = event->time, .size = w.size};
    digest_effects(&p->effects, entry.digest);
    if (entry.position <= p->already) {
        TRY(compare(p, entry.position, byte_writer_written(&w), entry.digest));
    } else {
        add_to_group(p, &entry, byte_writer_written(&w));
    }
    p->position = entry.position;
    p->filling->last = entry.position;
    p->filling->news |= event->kind != EVENT_COMMITTED;
    return OK;
}

static void queue_send(struct performer *p, const struct effect *e)
{
    struct group *g = p->filling;
    if (g->waiting_count == OUTBOX_FRAMES_MAX || g->outbox_size + e->size > OUTBOX_BYTES_MAX) {
        return; /* as if the carrier had lost it: the session sends it again */
    }
    g->waiting[g->waiting_count] = (struct waiting){.partner = partner_index(p, e->partner),
                                                    .lane = e->lane,
                                                    .offset = g->outbox_size,
                                                    .size = e->size};
    memcpy(g->outbox + g->outbox_size, p->effects.bytes + e->offset, e->size);
    g->outbox_size += e->size;
    g->waiting_count++;
}

static bool has_room(const struct performer *p, size_t reserve)
{
    const size_t room = sizeof(struct entry) + INPUT_BYTES_MAX + reserve;
    return p->filling->size + room <= GROUP_BYTES_MAX;
}

/* One input: step, persist, show; sends wait. */
static result feed(struct performer *p, const struct event *event, const uint8_t *signature)
{
    ENSURE(has_room(p, event->kind == EVENT_SCAN ? GROUP_BYTES_RESERVE : 0), ERR_FULL);
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

result performer_open(const struct engine_config *config, const struct performer_shell *shell,
                      struct performer **out)
{
    struct performer *p = calloc(1, sizeof *p);
    ENSURE(p != NULL, ERR_IO);
    p->shell = *shell;
    p->already = shell->journal->last;
    p->durable = p->already;
    p->filling = &p->groups[0];
    p->committing = &p->groups[1];
    const result outcome = engine_init(&p->engine, config);
    if (outcome != OK) {
        free(p);
        return outcome;
    }
    *out = p;
    return OK;
}

/* An input as the journal has it, without its effects being done again. */
static result replay_one(struct performer *p, const struct journal_group *group, bool is_same)
{
    ENSURE(group->input.size > 1 && group->input.data[0] <= 1, ERR_STATE);
    const size_t signature = group->input.data[0] == 1 ? KEYS_SIGNATURE_BYTES : 0;
    ENSURE(group->input.size > 1 + signature, ERR_STATE);
    const struct bytes in = {group->input.data + 1, group->input.size - 1 - signature};
    struct event event;
    ENSURE(event_decode(in, p->scan, &event) == OK, ERR_STATE);
    result stepped = engine_step(&p->engine, &event, &p->effects);
    if (is_same) {
        uint8_t digest[JOURNAL_DIGEST_BYTES];
        digest_effects(&p->effects, digest);
        const bool equal = memcmp(digest, group->effects_digest, sizeof digest) == 0;
        return stepped == OK && equal ? OK : ERR_STATE;
    }
    if (stepped != OK) {
        /* What other settings no longer know still counts as an input: positions stay. */
        const struct event tick = {.kind = EVENT_TICK, .time = event.time};
        stepped = engine_step(&p->engine, &tick, &p->effects);
    }
    return stepped;
}

result performer_replay(struct performer *p, uint64_t same_from)
{
    while (p->position < p->already) {
        const uint64_t position = p->position + 1;
        struct journal_group group;
        TRY(journal_read(p->shell.journal, position, &group));
        const result replayed = replay_one(p, &group, position >= same_from);
        if (replayed != OK) {
            p->differs_at = position;
            return ERR_STATE;
        }
        p->position = position;
    }
    return OK;
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

result performer_boot(struct performer *p, const struct keys *keys, const struct key_trust *trusts,
                      const struct keys_boot *boots, struct instant now)
{
    const struct engine_config *config = &p->engine.config;
    p->keys = keys;
    /* The first hello ever brings the list, without which nothing of us verifies. Later ones bring
     * the last that the journal holds, and must not be of the process before. */
    const bool has_list = keys->signed_size > 0;
    const bool is_first = config->partner_count > 0 && p->engine.sessions[0].keys.number == 0;
    if (has_list && is_first) {
        TRY(performer_keys_changed(p, now));
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        init_seal(p, i, keys, &trusts[i], &boots[i]);
        const struct event event = {
            .kind = EVENT_BOOT, .time = now, .partner = config->partners[i], .boot = boots[i].open};
        TRY(feed(p, &event, NULL));
    }
    return has_list && !is_first ? performer_keys_changed(p, now) : OK;
}

result performer_restart(struct performer *p, uint32_t partner, const struct keys_boot *boot,
                         struct instant now)
{
    assert(partner < p->engine.config.partner_count);
    const struct key_trust trust = p->seals[partner].partner;
    seal_init(&p->seals[partner], p->keys, &trust, boot);
    const struct event event = {.kind = EVENT_BOOT,
                                .time = now,
                                .partner = p->engine.config.partners[partner],
                                .boot = boot->open};
    return feed(p, &event, NULL);
}

void performer_close(struct performer *p)
{
    free(p);
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
    return feed(p, &event, opened.signature);
}

static void send_waiting(struct performer *p, const struct group *g, struct instant now)
{
    for (uint32_t i = 0; i < g->waiting_count; i++) {
        const struct waiting *w = &g->waiting[i];
        const struct bytes plain = {g->outbox + w->offset, w->size};
        struct byte_writer out = {p->sealed, sizeof p->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        if (seal_close(&p->seals[w->partner], plain, w->lane, now, &out, signature) == OK) {
            p->shell.carry(p->shell.context, w->partner, w->lane, byte_writer_written(&out), now);
        }
    }
}

bool performer_commit_begin(struct performer *p)
{
    if (p->is_committing || p->filling->last == 0) {
        return false;
    }
    struct group *g = p->filling;
    p->filling = p->committing;
    p->committing = g;
    p->is_committing = true;
    return true;
}

result performer_commit_work(struct performer *p)
{
    const struct group *g = p->committing;
    struct journal *journal = p->shell.journal;
    bool has_any = false;
    for (size_t at = 0; at < g->size;) {
        struct entry entry;
        memcpy(&entry, g->bytes + at, sizeof entry);
        at += sizeof entry;
        const struct bytes input = {g->bytes + at, (size_t)entry.size};
        at += input.size;
        if (entry.position > journal->last) {
            TRY(journal_append(journal, entry.position, entry.time, input, entry.digest));
            has_any = true;
        }
    }
    return has_any ? journal_commit(journal) : OK;
}

result performer_commit_end(struct performer *p, struct instant now)
{
    assert(p->is_committing);
    struct group *g = p->committing;
    const bool news = g->news;
    const uint64_t position = g->last;
    p->durable = position > p->durable ? position : p->durable;
    send_waiting(p, g, now);
    g->last = 0;
    g->news = false;
    g->size = 0;
    g->waiting_count = 0;
    g->outbox_size = 0;
    p->is_committing = false;
    if (!news) {
        return OK;
    }
    const struct event event = {.kind = EVENT_COMMITTED, .time = now, .position = position};
    return feed(p, &event, NULL);
}

void performer_commit_failed(struct performer *p)
{
    /* What waited would be stale by the time that the disk works again; the sessions repeat it. */
    p->committing->waiting_count = 0;
    p->committing->outbox_size = 0;
}

result performer_commit(struct performer *p, struct instant now)
{
    if (!p->is_committing && !performer_commit_begin(p)) {
        return OK;
    }
    TRY(performer_commit_work(p));
    return performer_commit_end(p, now);
}

void performer_set_journal(struct performer *p, struct journal *journal)
{
    p->shell.journal = journal;
}

uint64_t performer_uncommitted(const struct performer *p)
{
    return p->position - p->durable;
}

bool performer_has_news(const struct performer *p)
{
    return p->filling->news || p->filling->waiting_count > 0;
}

bool performer_is_full(const struct performer *p)
{
    return !has_room(p, GROUP_BYTES_RESERVE);
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
