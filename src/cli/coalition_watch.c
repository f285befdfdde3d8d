/* What must hold in a coalition, looked at from outside: the journals that the nodes write, and
 * the numbers that they keep. */
#include "cli/coalition_state.h"

#include "node/input.h"

/* What was released this long before the end must have arrived. */
#define ARRIVAL_S 15.0

static void report(struct coalition *c, char invariant, uint32_t owner, uint32_t partner,
                   const struct witness_finding *f)
{
    coalition_find(c, invariant, "%s to %s: record %llu %s: %s says %llx, %s says %llx",
                   coalition_code(c, owner), coalition_code(c, partner),
                   (unsigned long long)f->sequence, f->what, coalition_code(c, owner),
                   (unsigned long long)f->owner_says, coalition_code(c, partner),
                   (unsigned long long)f->partner_says);
}

static struct witness_pair *pair_of(struct coalition *c, uint32_t owner, uint32_t partner)
{
    return &c->witness->pairs[owner][partner];
}

/* The numbers of what one nation keeps of its conversations. */
static void watch_session(struct member *m, uint32_t partner)
{
    struct coalition *c = m->coalition;
    const uint32_t nation = m->partner_nation[partner];
    const struct session *s = &performer_engine(m->performer)->sessions[partner];
    struct witness_pair *told = pair_of(c, m->nation, nation);
    if (s->counters.rebases > 0 || s->counters.histories > 0) {
        coalition_find(c, COALITION_DURABLE,
                       "%s forgot what %s remembers, with a disk that does not lie: %llu rebases, "
                       "%llu contradictions",
                       coalition_code(c, m->nation), coalition_code(c, nation),
                       (unsigned long long)s->counters.rebases,
                       (unsigned long long)s->counters.histories);
    }
    if (s->ledger.acknowledged > told->acknowledged) {
        struct witness_finding f = {.found = false};
        witness_acknowledged(told, s->ledger.acknowledged,
                             c->members[nation].journal.memory->committed, &f);
        if (f.found) {
            report(c, COALITION_DURABLE, m->nation, nation, &f);
        }
    }
    told->acknowledged = s->ledger.acknowledged;
    if (s->pending_count > SESSION_PENDING_MAX || s->here.count > SEQUENCE_SET_RANGES_MAX ||
        s->ledger.last + 1 - s->ledger.oldest > LEDGER_ENTRIES_MAX) {
        coalition_find(c, COALITION_BOUNDED, "%s: its session with %s is beyond its limits",
                       coalition_code(c, m->nation), coalition_code(c, nation));
    }
}

void coalition_watch(struct member *m)
{
    const struct engine *engine = performer_engine(m->performer);
    for (uint32_t i = 0; i < m->config.partner_count; i++) {
        watch_session(m, i);
    }
    if (engine->tracker.slot_end > TRACKER_TRACKS_MAX) {
        coalition_find(m->coalition, COALITION_BOUNDED, "%s keeps %u tracks",
                       coalition_code(m->coalition, m->nation), engine->tracker.slot_end);
    }
}

static uint32_t nation_of(const struct coalition *c, struct nation_id id)
{
    return scenario_nation_index(&c->trial->scenario, id);
}

void coalition_note_taken(struct member *m, const struct engine *engine, const struct effect *e)
{
    struct coalition *c = m->coalition;
    const uint32_t owner = nation_of(c, e->partner);
    struct witness_finding f = {.found = false};
    if (e->sequence < WITNESS_SEQUENCES_MAX) {
        witness_taken(pair_of(c, owner, m->nation), e->sequence, engine->position, &f);
    }
    if (f.found) {
        report(c, COALITION_DURABLE, owner, m->nation, &f);
    }
}

static void note_batch(struct coalition *c, uint32_t owner, uint32_t partner,
                       const struct frame_batch *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct witness_finding f = {.found = false};
        if (b->first + i < WITNESS_SEQUENCES_MAX) {
            witness_held(pair_of(c, owner, partner), b->epoch.counter, b->first + i, b->records[i],
                         &f);
        }
        if (f.found) {
            report(c, COALITION_RELEASED, owner, partner, &f);
        }
    }
}

static void note_frame(struct member *m, const struct event *event)
{
    struct coalition *c = m->coalition;
    const uint32_t owner = nation_of(c, event->partner);
    struct frame frame;
    if (owner == c->trial->scenario.nation_count || frame_decode(event->frame, &frame) != OK) {
        return;
    }
    if (frame.type == FRAME_BATCH) {
        note_batch(c, owner, m->nation, &frame.batch);
    } else if (frame.type == FRAME_GAP) {
        witness_gone(pair_of(c, owner, m->nation), frame.gap.first, frame.gap.last);
    }
}

void coalition_read_journal(struct member *m)
{
    struct coalition *c = m->coalition;
    struct journal *j = m->journal.memory;
    while (m->witnessed < j->committed) {
        struct journal_group group;
        struct event event;
        const uint8_t *signature = NULL;
        m->witnessed++;
        if (journal_read(j, m->witnessed, &group) != OK ||
            input_decode(group.input, c->read, &event, &signature) != OK) {
            coalition_find(c, COALITION_REPLAYS, "%s: input %llu cannot be read back",
                           coalition_code(c, m->nation), (unsigned long long)m->witnessed);
            return;
        }
        if (event.kind == EVENT_FRAME) {
            note_frame(m, &event);
        }
    }
}

static void judge_pair(struct coalition *c, struct member *owner, uint32_t partner)
{
    const struct session *s = &performer_engine(owner->performer)->sessions[partner];
    const uint32_t nation = owner->partner_nation[partner];
    struct witness_finding f = {.found = false};
    if (!session_is_up(s, performer_engine(owner->performer)->now) || !s->heard_us) {
        coalition_find(c, COALITION_CONVERGES,
                       "%s does not hear %s, %.0f s after everything was healed",
                       coalition_code(c, owner->nation), coalition_code(c, nation),
                       c->trial->duration_s - c->trial->heal_s);
    }
    witness_delivered(pair_of(c, owner->nation, nation), instant_plus_s(c->end, -ARRIVAL_S), &f);
    if (f.found) {
        report(c, COALITION_DURABLE, owner->nation, nation, &f);
    }
}

void coalition_judge(struct coalition *c)
{
    for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
        struct member *m = &c->members[n];
        if (m->performer == NULL || m->is_still) {
            coalition_find(c, COALITION_CONVERGES, "%s is not up at the end", coalition_code(c, n));
            continue;
        }
        for (uint32_t i = 0; i < m->config.partner_count; i++) {
            judge_pair(c, m, i);
            const struct session *s = &performer_engine(m->performer)->sessions[i];
            for (int why = 0; why < SESSION_REFUSAL_COUNT; why++) {
                c->counts->refused[why] += s->counters.refused[why];
            }
        }
    }
}
