#include "node/performer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/event.h"
#include "node/performer_state.h"
#include "node/run.h"

/* Kept back from observations: time passes and partners are heard while the disk fails. */
#define GROUP_BYTES_RESERVE (4u * 1024u * 1024u)

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

/* Version 1 of the wire has none. */
static bool has_checkpoints(const struct performer *p, uint32_t partner)
{
    return p->engine.sessions[partner].schema >= 2;
}

static void send_checkpoint(void *context, uint32_t partner, struct bytes plain)
{
    struct performer *p = context;
    if (has_checkpoints(p, partner)) {
        group_add_frame(p->filling, partner, LANE_REPAIR, plain);
    }
}

result performer_feed(struct performer *p, const struct event *event, const uint8_t *signature)
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
        } else if (p->shell.show != NULL) {
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

/* Whether a group is as it was written: one that was changed may well lead to the same effects, and
 * to others only much later. */
static bool goes_on(const struct performer *p, const struct journal_group *group)
{
    uint8_t chain[JOURNAL_CHAIN_BYTES];
    journal_chain_group(group, p->chain, chain);
    return memcmp(chain, group->chain, sizeof chain) == 0;
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
        if (!goes_on(p, &group) || replay_one(p, &group, position >= same_from) != OK) {
            p->differs_at = position;
            return ERR_STATE;
        }
        p->position = position;
        memcpy(p->chain, group.chain, sizeof p->chain);
    }
    return OK;
}

static result go_on_from_snapshot(struct performer *p, result loaded)
{
    ENSURE(loaded == OK || loaded == ERR_NOT_FOUND, loaded);
    p->position = p->engine.position;
    if (p->position > 0) {
        struct journal_group group;
        TRY(journal_read(p->shell.journal, p->position, &group));
        memcpy(p->chain, group.chain, sizeof p->chain);
        log_keeper_advance(p->keeper, group.time, p->chain);
    }
    return OK;
}

result performer_restore(struct performer *p, const char *journal_path, uint64_t since)
{
    const struct engine_config config = p->engine.config;
    return go_on_from_snapshot(
        p, snapshot_load(journal_path, p->shell.journal, since, &config, &p->engine));
}

result performer_restore_from(struct performer *p, const struct snapshot *snapshot, uint64_t since)
{
    const struct engine_config config = p->engine.config;
    return go_on_from_snapshot(
        p, snapshot_restore(snapshot, p->shell.journal, since, &config, &p->engine));
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

/* The list is a fact as well: it has to be there when the input was dropped. */
static result feed_keys(struct performer *p, struct nation_id whose, struct bytes signed_list,
                        struct instant now)
{
    const struct event event = {
        .kind = EVENT_KEYS, .time = now, .partner = whose, .keys = signed_list};
    char key[JOURNAL_KEY_SIZE];
    TRY(performer_feed(p, &event, NULL));
    (void)snprintf(key, sizeof key, RUN_LIST_FACT " %s", whose.code);
    keep_fact(p, key, signed_list);
    return OK;
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
    return performer_feed(p, &event, NULL);
}

static void begin_seal(struct performer *p, uint32_t partner, const struct keys *keys,
                       const struct key_trust *trust, const struct keys_boot *boot)
{
    const struct session *s = &p->engine.sessions[partner];
    seal_init(&p->seals[partner], keys, trust, boot);
    p->seals[partner].here = p->shell.signed_here;
    p->seals[partner].speaks = p->config.speaks;
    seal_know_hello(&p->seals[partner], &s->partner_boot, s->partner_hello_number);
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
        begin_seal(p, i, keys, &trusts[i], &boots[i]);
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
    begin_seal(p, partner, p->keys, &trust, &boot);
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
    return performer_feed(p, &event, NULL);
}

result performer_order(struct performer *p, const struct order *order, struct instant now)
{
    const struct event event = {.kind = EVENT_ORDER, .time = now, .order = *order};
    return performer_feed(p, &event, NULL);
}

result performer_tick(struct performer *p, struct instant now)
{
    const struct event event = {.kind = EVENT_TICK, .time = now};
    return performer_feed(p, &event, NULL);
}

result performer_tick_in_parts(struct performer *p, struct instant now)
{
    const bool shares = engine_second_begins(&p->engine, now);
    const struct event event = {.kind = shares ? EVENT_SHARE : EVENT_TICK, .time = now};
    return performer_feed(p, &event, NULL);
}

result performer_link_made(struct performer *p, uint32_t partner, struct instant now)
{
    const struct event event = {
        .kind = EVENT_LINK, .time = now, .partner = p->engine.config.partners[partner]};
    return performer_feed(p, &event, NULL);
}

result performer_scan(struct performer *p, const struct observation *scan, uint32_t count,
                      struct instant now)
{
    if (count == 0) {
        return OK;
    }
    const struct event event = {.kind = EVENT_SCAN, .time = now, .scan = scan, .scan_count = count};
    return performer_feed(p, &event, NULL);
}

result performer_grants(struct performer *p, const struct grant_set *set, struct instant now)
{
    uint8_t bytes[GRANT_SET_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    TRY(grant_set_encode(set, &w));
    const struct event event = {
        .kind = EVENT_GRANTS, .time = now, .grants = byte_writer_written(&w)};
    return grant_set_equal(set, &p->engine.grants) ? OK : performer_feed(p, &event, NULL);
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
        return performer_feed(p, &event, NULL);
    }
    TRY(note_partner_keys(p, partner, now));
    event.kind = EVENT_FRAME;
    event.frame = opened.plain;
    event.signature = opened.signature;
    TRY(performer_feed(p, &event, opened.signature));
    TRY(start_above(p, partner, now));
    if (opened.type == FRAME_CHECKPOINT && has_checkpoints(p, partner)) {
        log_keeper_receive(p->keeper, partner, opened.plain, now);
    }
    return OK;
}

void performer_set_journal(struct performer *p, struct journal *journal)
{
    p->shell.journal = journal;
}

uint64_t performer_uncommitted(const struct performer *p)
{
    return p->position - p->durable;
}

bool performer_will_send(const struct performer *p)
{
    return p->filling->frame_count > 0;
}

bool performer_has_news(const struct performer *p)
{
    return p->filling->news || performer_will_send(p);
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

const struct key_list *performer_partner_keys(const struct performer *p, uint32_t partner)
{
    return &p->seals[partner].partner.list;
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
