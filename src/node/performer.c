#include "node/performer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/effects_digest.h"
#include "engine/event.h"
#include "node/flood.h"
#include "node/group.h"
#include "node/input.h"
#include "node/log_keeper.h"
#include "node/run.h"
#include "node/snapshot.h"

/* Kept back from observations: time passes and partners are heard while the disk fails. */
#define GROUP_BYTES_RESERVE (4u * 1024u * 1024u)
#define DROP_MAX 5000 /* inputs dropped in one commit */

struct performer {
    struct engine engine;
    struct engine_config config; /* as given; the engine's own changes with inputs (policies) */
    struct effects effects;
    struct performer_shell shell;
    const struct keys *keys; /* NULL = not booted */
    struct seal seals[LIMIT_PARTNERS];
    struct flood floods[LIMIT_PARTNERS];
    uint64_t position;                  /* of the last input fed */
    uint64_t already;                   /* up to here the journal has them */
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* the journal's, up to `position` */
    struct log_keeper *keeper;
    uint64_t durable; /* up to here they are on disk, as far as the last commit told */
    uint64_t differs_at;
    struct snapshot *snapshot;  /* NULL = none was ever taken */
    bool is_partial;            /* the engine was not fed with all inputs that there ever were */
    struct duration keep;       /* inputs are kept so long; 0 = for ever */
    uint64_t restorable;        /* position of a snapshot that is on disk; 0 = none is known */
    struct instant drop_before; /* of the commit under way; unset = drops nothing */
    bool snapshot_written;
    bool snapshot_has_chain;  /* it is durable up to there: it can be written */
    struct group *filling;    /* what is fed goes here … */
    struct group *committing; /* … and then here, while it is written */
    bool is_committing;
    struct group groups[2];
    struct observation scan[LIMIT_SCAN];
    uint8_t input[INPUT_BYTES_MAX];
    uint8_t digest[EFFECTS_DIGEST_BYTES_MAX];
    uint8_t opened[SEAL_FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
};

/* A group that the journal has: it must be the same. */
static result compare(struct performer *p, uint64_t position, struct bytes input,
                      struct bytes effects)
{
    struct journal_group group;
    uint32_t first = 0;
    TRY(journal_read(p->shell.journal, position, &group));
    const bool same = group.input.size == input.size &&
                      memcmp(group.input.data, input.data, input.size) == 0 &&
                      !effects_digest_differ(group.effects, effects, &first);
    if (!same) {
        p->differs_at = position;
        return ERR_STATE;
    }
    return OK;
}

static result keep(struct performer *p, const struct event *event, const uint8_t *signature)
{
    struct byte_writer w = {p->input, sizeof p->input, 0};
    TRY(input_encode(event, signature, &w));
    const struct bytes effects = effects_digest(&p->effects, p->digest);
    const struct journal_group input = {.position = p->position + 1,
                                        .time = event->time,
                                        .input = byte_writer_written(&w),
                                        .effects = effects};
    if (input.position <= p->already) {
        TRY(compare(p, input.position, input.input, effects));
    } else {
        group_add_input(p->filling, &input);
    }
    journal_chain_group(&input, p->chain, p->chain);
    p->position = input.position;
    p->filling->last = input.position;
    p->filling->news |= event->kind != EVENT_COMMITTED;
    return OK;
}

/* The transparency log's: kept with the inputs that it is of. */
static void keep_fact(void *context, const char *key, struct bytes value)
{
    struct performer *p = context;
    if (!performer_is_replaying(p)) {
        group_add_fact(p->filling, key, value);
    }
}

static void send_checkpoint(void *context, uint32_t partner, struct bytes plain)
{
    struct performer *p = context;
    group_add_frame(p->filling, partner, LANE_REPAIR, plain);
}

/* One input: step, persist, show; sends wait. */
static result feed(struct performer *p, const struct event *event, const uint8_t *signature)
{
    ENSURE(group_has_room(p->filling, event->kind == EVENT_SCAN ? GROUP_BYTES_RESERVE : 0),
           ERR_FULL);
    log_keeper_advance(p->keeper, event->time, p->chain);
    TRY(engine_step(&p->engine, event, &p->effects));
    TRY(keep(p, event, signature));
    log_keeper_note(p->keeper, event->time, &p->effects);
    for (uint32_t i = 0; i < p->effects.count; i++) {
        const struct effect *e = &p->effects.items[i];
        if (e->kind == EFFECT_SEND) {
            group_add_frame(p->filling, engine_partner(&p->engine, e->partner), e->lane,
                            (struct bytes){p->effects.bytes + e->offset, e->size});
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
    p->config = *config;
    p->already = shell->journal->last;
    p->durable = p->already;
    p->filling = &p->groups[0];
    p->committing = &p->groups[1];
    const struct log_keeper_shell keeper = {
        .context = p, .fact = keep_fact, .send = send_checkpoint};
    p->keeper = log_keeper_new(&keeper);
    const result outcome = p->keeper == NULL ? ERR_IO : engine_init(&p->engine, config);
    if (outcome != OK) {
        performer_close(p);
        return outcome;
    }
    *out = p;
    return OK;
}

/* An input as the journal has it, without its effects being done again. */
static result replay_one(struct performer *p, const struct journal_group *group, bool is_same)
{
    struct event event;
    const uint8_t *signature = NULL;
    ENSURE(input_decode(group->input, p->scan, &event, &signature) == OK, ERR_STATE);
    log_keeper_advance(p->keeper, event.time, p->chain);
    result stepped = engine_step(&p->engine, &event, &p->effects);
    log_keeper_note(p->keeper, event.time, &p->effects);
    if (is_same) {
        uint32_t first = 0;
        const struct bytes effects = effects_digest(&p->effects, p->digest);
        const bool differs = effects_digest_differ(group->effects, effects, &first);
        return stepped == OK && !differs ? OK : ERR_STATE;
    }
    if (stepped != OK) {
        /* What other settings no longer know still counts as an input: positions stay. */
        const struct event tick = {.kind = EVENT_TICK, .time = event.time};
        stepped = engine_step(&p->engine, &tick, &p->effects);
    }
    return stepped;
}

/* The beginning was dropped and there is no snapshot: what is left makes another engine than the
 * whole did. */
static result skip_dropped(struct performer *p)
{
    struct bytes value;
    const uint64_t before = p->shell.journal->first - 1;
    TRY(journal_get_meta(p->shell.journal, "dropped", &value));
    ENSURE(value.size == 8 + sizeof p->chain, ERR_IO);
    memcpy(p->chain, value.data + 8, sizeof p->chain);
    p->position = before;
    p->engine.position = before;
    p->is_partial = true;
    return OK;
}

result performer_replay(struct performer *p, uint64_t same_from)
{
    if (p->position + 1 < p->shell.journal->first) {
        TRY(skip_dropped(p));
        same_from = UINT64_MAX;
    }
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
        memcpy(p->chain, group.chain, sizeof p->chain);
    }
    return OK;
}

result performer_restore(struct performer *p, const char *journal_path, uint64_t since)
{
    const struct engine_config config = p->engine.config;
    const result loaded = snapshot_load(journal_path, p->shell.journal, since, &config, &p->engine);
    ENSURE(loaded == OK || loaded == ERR_NOT_FOUND, loaded);
    p->position = p->engine.position;
    if (p->position > 0) {
        struct journal_group group;
        TRY(journal_read(p->shell.journal, p->position, &group));
        memcpy(p->chain, group.chain, sizeof p->chain);
    }
    return OK;
}

/* A journal that is played again from its beginning makes its log anew. */
static result begin_log(struct performer *p, const struct keys *keys,
                        const struct key_trust *partner_keys)
{
    const bool go_on = !performer_is_replaying(p) && p->already > 0;
    return log_keeper_begin(p->keeper, keys, partner_keys, p->engine.config.partner_count,
                            p->shell.journal, go_on);
}

/* With the partner's list that the engine knows from the journal, if the pinned root signed it. */
static void trust_partner(const struct performer *p, uint32_t partner,
                          const struct key_trust *pinned, struct key_trust *out)
{
    const struct session_keys *known = &p->engine.sessions[partner].partner_keys;
    *out = *pinned;
    if (known->number > pinned->list.number &&
        key_trust_offer(out, (struct bytes){known->bytes, known->size}) != REFUSED_NONE) {
        *out = *pinned; /* the partner has a new root: what the old one signed is worth nothing */
    }
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
    log_keeper_trust(p->keeper, partner, &trust->list);
    const struct bytes list = {trust->signed_list, trust->signed_size};
    return feed_keys(p, trust->list.nation, list, now);
}

static result boot_towards(struct performer *p, uint32_t partner, const struct keys_boot *boot,
                           struct instant now)
{
    const struct event event = {.kind = EVENT_BOOT,
                                .time = now,
                                .partner = p->engine.config.partners[partner],
                                .boot = boot->open};
    return feed(p, &event, NULL);
}

result performer_boot(struct performer *p, const struct keys *keys,
                      const struct key_trust *partner_keys, const struct keys_boot *boots,
                      struct instant now)
{
    const struct engine_config *config = &p->config;
    struct key_trust trusts[LIMIT_PARTNERS];
    uint64_t since = 0;
    for (uint32_t i = 0; i < config->partner_count; i++) {
        trust_partner(p, i, &partner_keys[i], &trusts[i]);
    }
    if (!performer_is_replaying(p) &&
        (p->is_partial || !run_is_current(p->shell.journal, config, keys, &since))) {
        TRY(run_begin(p->shell.journal, config, keys, trusts));
        TRY(journal_commit(p->shell.journal));
    }
    TRY(begin_log(p, keys, trusts));
    p->keys = keys;
    /* The first hello ever brings the list, without which nothing of us verifies. Later ones bring
     * the last that the journal holds, and must not be of the process before. */
    const bool has_list = keys->signed_size > 0;
    const bool is_first = config->partner_count > 0 && p->engine.sessions[0].keys.number == 0;
    if (has_list && is_first) {
        TRY(performer_keys_changed(p, now));
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        seal_init(&p->seals[i], keys, &trusts[i], &boots[i]);
        TRY(boot_towards(p, i, &boots[i], now));
    }
    if (has_list && !is_first) {
        TRY(performer_keys_changed(p, now));
    }
    for (uint32_t i = 0; i < config->partner_count; i++) {
        TRY(note_partner_keys(p, i, now)); /* of one that is heard by way of others alone */
    }
    return OK;
}

void performer_close(struct performer *p)
{
    if (p != NULL) {
        snapshot_free(p->snapshot);
        log_keeper_free(p->keeper);
    }
    free(p);
}

/* The partner has heard a later start of ours than this one: what we remember is an old copy. One
 * above it goes on, unless two nodes use our keys. */
static result start_above(struct performer *p, uint32_t partner, struct instant now)
{
    const struct session *s = &p->engine.sessions[partner];
    struct keys_boot boot;
    if (s->superseded.counter < s->boot.epoch.counter || s->usurped || performer_is_replaying(p) ||
        s->superseded.counter == UINT64_MAX) {
        return OK;
    }
    const struct key_trust trust = p->seals[partner].partner;
    keys_boot_make(p->keys, p->engine.config.partners[partner], s->superseded.counter + 1, &boot);
    seal_init(&p->seals[partner], p->keys, &trust, &boot);
    return boot_towards(p, partner, &boot, now);
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

result performer_tick(struct performer *p, struct instant now)
{
    const struct event event = {.kind = EVENT_TICK, .time = now};
    return feed(p, &event, NULL);
}

result performer_tick_in_parts(struct performer *p, struct instant now)
{
    const bool shares = engine_second_begins(&p->engine, now);
    const struct event event = {.kind = shares ? EVENT_SHARE : EVENT_TICK, .time = now};
    return feed(p, &event, NULL);
}

result performer_link_made(struct performer *p, uint32_t partner, struct instant now)
{
    const struct event event = {
        .kind = EVENT_LINK, .time = now, .partner = p->engine.config.partners[partner]};
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

uint64_t performer_only_counted(const struct performer *p, uint32_t partner,
                                enum session_refusal why)
{
    return p->floods[partner].only_counted[why];
}

result performer_receive(struct performer *p, struct nation_id from, struct bytes sealed,
                         struct instant now)
{
    const uint32_t partner = engine_partner(&p->engine, from);
    if (partner == p->engine.config.partner_count) {
        return OK;
    }
    struct seal_opened opened;
    seal_open(&p->seals[partner], sealed, now, p->opened, sizeof p->opened, &opened);
    struct event event = {.time = now, .partner = from};
    if (opened.refusal != REFUSED_NONE) {
        if (flood_count(&p->floods[partner], opened.refusal, PERFORMER_REFUSED_MAX, now)) {
            return OK;
        }
        event.kind = EVENT_REFUSED;
        event.refusal = opened.refusal;
        return feed(p, &event, NULL);
    }
    TRY(note_partner_keys(p, partner, now));
    event.kind = EVENT_FRAME;
    event.frame = opened.plain;
    event.signature = opened.signature;
    TRY(feed(p, &event, opened.signature));
    TRY(start_above(p, partner, now));
    if (opened.type == FRAME_CHECKPOINT) {
        log_keeper_receive(p->keeper, partner, opened.plain, now);
    }
    return OK;
}

static void send_waiting(struct performer *p, const struct group *g, struct instant now)
{
    for (uint32_t i = 0; i < g->frame_count; i++) {
        const struct group_frame *w = &g->frames[i];
        const struct bytes plain = {g->outbox + w->offset, w->size};
        struct byte_writer out = {p->sealed, sizeof p->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        if (seal_close(&p->seals[w->partner], plain, w->lane, now, &out, signature) == OK) {
            p->shell.carry(p->shell.context, w->partner, w->lane, byte_writer_written(&out), now);
        }
    }
}

void performer_keep(struct performer *p, struct duration keep)
{
    p->keep = keep;
}

/* Before which time inputs may go; unset while they may not. */
static struct instant drop_time(const struct performer *p)
{
    if (p->keep.ns <= 0 || p->restorable == 0 || !instant_is_set(p->engine.now)) {
        return INSTANT_UNSET;
    }
    for (uint32_t i = 0; i < p->engine.config.partner_count; i++) {
        const struct ledger *l = &p->engine.sessions[i].ledger;
        if (l->acknowledged < l->last) {
            return INSTANT_UNSET;
        }
    }
    return instant_plus(p->engine.now, (struct duration){-p->keep.ns});
}

bool performer_commit_begin(struct performer *p)
{
    if (p->is_committing || p->filling->last == 0) {
        return false;
    }
    log_keeper_look_up(p->keeper, p->shell.journal);
    p->drop_before = drop_time(p);
    struct group *g = p->filling;
    p->filling = p->committing;
    p->committing = g;
    p->is_committing = true;
    return true;
}

static result drop_old(struct performer *p)
{
    uint64_t dropped = 0;
    if (!instant_is_set(p->drop_before)) {
        return OK;
    }
    TRY(journal_drop(p->shell.journal, p->drop_before, p->restorable, DROP_MAX, &dropped));
    return dropped > 0 ? journal_commit(p->shell.journal) : OK;
}

/* The snapshot that was taken before this commit is now of something durable. */
static result note_chain(struct performer *p)
{
    struct journal_group group;
    if (p->snapshot == NULL || p->snapshot_has_chain || snapshot_position(p->snapshot) == 0) {
        return OK;
    }
    TRY(journal_read(p->shell.journal, snapshot_position(p->snapshot), &group));
    snapshot_set_chain(p->snapshot, group.chain);
    p->snapshot_has_chain = true;
    return OK;
}

result performer_snapshot_take(struct performer *p)
{
    assert(!p->is_committing);
    if (p->snapshot == NULL) {
        p->snapshot = snapshot_new();
    }
    ENSURE(p->snapshot != NULL, ERR_FULL);
    if (p->snapshot_written) {
        p->restorable = snapshot_position(p->snapshot);
    }
    p->snapshot_written = false;
    p->snapshot_has_chain = false;
    return snapshot_take(p->snapshot, &p->engine);
}

bool performer_snapshot_is_ready(const struct performer *p)
{
    return !p->is_committing && p->snapshot_has_chain;
}

result performer_snapshot_write(struct performer *p, const char *journal_path)
{
    const result written = snapshot_write(p->snapshot, journal_path);
    p->snapshot_written = written == OK;
    return written;
}

result performer_commit_work(struct performer *p)
{
    TRY(group_write(p->committing, p->shell.journal));
    TRY(drop_old(p));
    return note_chain(p);
}

result performer_commit_end(struct performer *p, struct instant now)
{
    assert(p->is_committing);
    struct group *g = p->committing;
    const bool news = g->news;
    const uint64_t position = g->last;
    p->durable = position > p->durable ? position : p->durable;
    send_waiting(p, g, now);
    group_clear(g);
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
    group_drop_frames(p->committing);
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
    return p->filling->news || p->filling->frame_count > 0;
}

bool performer_is_full(const struct performer *p)
{
    return !group_has_room(p->filling, GROUP_BYTES_RESERVE);
}

struct instant performer_next_time(const struct performer *p)
{
    return engine_next_time(&p->engine);
}

const struct log_keeper *performer_log(const struct performer *p)
{
    return p->keeper;
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
