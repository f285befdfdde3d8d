#include "cli/coalition_relay.h"

#include "cli/coalition_state.h"
#include "share/codec.h"
#include "share/relay.h"

/* A period that an officer ends lasts this much longer than the trial. */
#define LONGER_S 3600.0

static const struct trial_fault *fault_of(const struct coalition *c, uint32_t number)
{
    return &c->trial->faults[number];
}

/* Whether there is a grant of that number, for this nation to pass on by. */
static bool is_for(const struct member *m, uint32_t number)
{
    const struct coalition *c = m->coalition;
    const struct trial_fault *f = fault_of(c, number);
    return f->kind == TRIAL_GRANT && (c->options.faults >> number & 1u) != 0 &&
           trial_grant_of(c->trial, f).via == m->nation;
}

/* When its period ends. */
static struct instant end_of(const struct coalition *c, const struct trial_fault *f)
{
    const double until_s =
        trial_grant_of(c->trial, f).is_taken_back ? c->trial->duration_s + LONGER_S : f->until_s;
    return instant_plus_s(c->trial->scenario.start, until_s);
}

/* Which there are now. What ends by its period nobody takes away. */
static uint64_t wanted(const struct member *m)
{
    const struct coalition *c = m->coalition;
    uint64_t out = 0;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = fault_of(c, i);
        const bool is_there =
            is_for(m, i) && coalition_now_s(c) >= f->at_s &&
            (coalition_now_s(c) < f->until_s || !trial_grant_of(c->trial, f).is_taken_back);
        out |= is_there ? UINT64_C(1) << i : 0;
    }
    return out;
}

static bool make(const struct member *m, const struct trial_fault *f, struct signed_grant *out)
{
    const struct coalition *c = m->coalition;
    const struct scenario *s = &c->trial->scenario;
    const struct keys *keys = &c->members[f->nation].keys;
    uint8_t bytes[GRANT_BYTES_MAX + 64];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    out->grant = (struct grant){.owner = s->nations[f->nation].id,
                                .via = s->nations[m->nation].id,
                                .to = s->nations[f->partner].id,
                                .kinds = trial_grant_of(c->trial, f).tracks_only ? GRANT_TRACKS
                                                                                 : GRANT_ALL_KINDS,
                                .classification_max = CLASSIFICATION_SECRET,
                                .from = s->start,
                                .until = end_of(c, f)};
    return grant_signed_bytes(&out->grant, m->config.domain, &w) == OK &&
           keys_sign(keys, KEY_SIGNING, s->start, byte_writer_written(&w), out->signature) == OK;
}

void relay_turn(struct member *m)
{
    struct coalition *c = m->coalition;
    const uint64_t now = wanted(m);
    struct grant_set set = {.count = 0};
    /* The earlier version knows no grants. */
    if (now == m->grants || m->performer == NULL || m->is_still ||
        m->config.speaks == CODEC_SCHEMA_MIN) {
        return;
    }
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        if ((now >> i & 1u) != 0 && make(m, fault_of(c, i), &set.grants[set.count])) {
            set.count++;
        }
    }
    if (!member_grants(m, &set)) {
        return;
    }
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        c->counts->faults[TRIAL_GRANT] += (now & ~m->grants) >> i & 1u;
    }
    coalition_tell(c, "%s passes on by %u grants", coalition_code(c, m->nation), set.count);
    m->grants = now;
}

/* Why a record should not go from the owner by this nation to another, or NULL: by the trial's
 * grants, and by what the owner released to this nation. */
static const char *objects(const struct member *m, uint32_t owner, uint32_t to,
                           const struct relayed *relayed, const struct record *record,
                           struct instant now)
{
    const struct coalition *c = m->coalition;
    const struct witness_pair *told = &c->witness->pairs[owner][m->nation];
    const struct bytes bytes = {relayed->record, relayed->size};
    const bool remembers = !c->members[owner].disk_lied && !m->disk_lied;
    bool is_named = false;
    bool is_granted = false;
    for (uint32_t i = 0; i < record->label.onward_count; i++) {
        is_named |= nation_id_equal(record->label.onward[i], c->trial->scenario.nations[to].id);
    }
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = fault_of(c, i);
        is_granted |= (m->grants >> i & 1u) != 0 && f->nation == owner && f->partner == to &&
                      instant_before(now, end_of(c, f)) &&
                      (record->kind == RECORD_TRACK || !trial_grant_of(c->trial, f).tracks_only);
    }
    if (!is_granted) {
        return "there is no grant";
    }
    if (!is_named) {
        return "its label does not name the receiver";
    }
    if (remembers && !c->members[owner].is_false &&
        !witness_was_released(told, relayed->epoch.counter, relayed->first + relayed->index,
                              bytes)) {
        return "its owner released no such record";
    }
    return NULL;
}

void coalition_note_relayed(struct member *m, const struct engine *engine, const struct effect *e)
{
    struct coalition *c = m->coalition;
    const struct scenario *s = &c->trial->scenario;
    const uint32_t to = scenario_nation_index(s, e->partner);
    const uint32_t partner = engine_partner(engine, e->partner);
    const struct ledger *ledger = &engine->sessions[partner].ledger;
    const struct bytes entry = ledger_record_at(ledger, e->sequence);
    struct relayed relayed;
    struct record record;
    if (e->sequence >= WITNESS_SEQUENCES_MAX) {
        return; /* coalition_note_release finds it */
    }
    witness_released(&c->witness->pairs[m->nation][to], ledger->epoch.counter, e->sequence, entry,
                     engine->position, c->now);
    c->counts->passed_on++;
    const char *why = "it is no relayed record";
    if (relay_decode(entry, &relayed) == OK &&
        codec_decode((struct bytes){relayed.record, relayed.size}, &record) == OK) {
        const uint32_t owner = scenario_nation_index(s, relayed.grant.grant.owner);
        why = owner == s->nation_count ? "its owner is nobody here"
                                       : objects(m, owner, to, &relayed, &record, engine->now);
    }
    if (why != NULL) {
        coalition_find(c, COALITION_RELEASED, "%s passed entry %llu on to %s: %s",
                       coalition_code(c, m->nation), (unsigned long long)e->sequence,
                       coalition_code(c, to), why);
    }
    if (instant_is_set(m->earlier_since[partner])) {
        coalition_find(c, COALITION_VERSIONS, "%s passes on to %s, which speaks version 1",
                       coalition_code(c, m->nation), coalition_code(c, to));
    }
}

void relay_judge_taken(struct member *m, const struct engine *engine, const struct effect *e)
{
    struct coalition *c = m->coalition;
    const struct scenario *s = &c->trial->scenario;
    const uint32_t owner = scenario_nation_index(s, e->partner);
    const uint32_t via = scenario_nation_index(s, e->via);
    bool is_granted = false;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = fault_of(c, i);
        is_granted |= is_for(&c->members[via], i) && f->nation == owner &&
                      f->partner == m->nation && instant_before(engine->now, end_of(c, f));
    }
    if (!is_granted) {
        coalition_find(c, COALITION_RELEASED, "%s took a record of %s from %s without a grant",
                       coalition_code(c, m->nation), coalition_code(c, owner),
                       coalition_code(c, via));
    }
    c->counts->taken_so++;
}
