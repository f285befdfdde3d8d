/* What must hold in a coalition, looked at from outside: the journals that the nodes write, and
 * the numbers that they keep. */
#include "cli/coalition_state.h"

#include "node/input.h"
#include "share/codec.h"
#include "share/relay.h"
#include "sim/inspect.h"
#include "sim/release_oracle.h"

/* What was released this long before the end must have arrived. */
#define ARRIVAL_S 15.0
/* So long after everything was healed pictures agree. */
#define CONVERGES_S 45.0
/* Where what burns may come down costs more to look at than all the rest. */
#define LOOKS_AHEAD_EVERY 6
/* A journal of every second trial is played again from its beginning. */
#define RERUN_EVERY 2

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

/* What is between two nations of which one lies is promised to nobody. */
static bool is_honest(const struct coalition *c, uint32_t a, uint32_t b)
{
    return !c->members[a].is_false && !c->members[b].is_false;
}

/* A ledger was begun anew: what it goes on with, by what the partner may get of it. */
static void watch_rebase(struct member *m, uint32_t partner)
{
    struct coalition *c = m->coalition;
    const uint32_t nation = m->partner_nation[partner];
    const struct engine *engine = performer_engine(m->performer);
    const struct ledger *l = &engine->sessions[partner].ledger;
    struct witness_pair *told = pair_of(c, m->nation, nation);
    struct witness_finding f = {.found = false};
    witness_begins_anew(told, l->base.sequence);
    for (uint64_t n = l->oldest; n <= l->last && n < WITNESS_SEQUENCES_MAX; n++) {
        const struct bytes record = ledger_record_at(l, n);
        if (record.size > 0) {
            witness_goes_on(told, l->epoch.counter, n, record, engine->position, c->now);
        }
    }
    witness_went_on(told, &f);
    /* What officers took back does not go on. */
    if (f.found && l->withdrawn == 0 && is_honest(c, m->nation, nation)) {
        report(c, COALITION_DURABLE, m->nation, nation, &f);
    }
    c->counts->rebased++;
}

/* The numbers of what one nation keeps of its conversations. */
static void watch_session(struct member *m, uint32_t partner)
{
    struct coalition *c = m->coalition;
    const uint32_t nation = m->partner_nation[partner];
    const struct session *s = &performer_engine(m->performer)->sessions[partner];
    struct witness_pair *told = pair_of(c, m->nation, nation);
    if (s->counters.rebases > m->rebases[partner]) {
        watch_rebase(m, partner);
    }
    m->rebases[partner] = s->counters.rebases;
    if (!m->disk_lied && !c->members[nation].disk_lied && is_honest(c, m->nation, nation) &&
        (s->counters.rebases > 0 || s->counters.histories > 0)) {
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
                             c->members[nation].journal.open.committed, &f);
        /* What a disk that lied had acknowledged may be on the way when it forgets. */
        if (f.found && !c->members[nation].disk_lied && is_honest(c, m->nation, nation)) {
            report(c, COALITION_DURABLE, m->nation, nation, &f);
        }
    }
    if (s->ledger.acknowledged != told->acknowledged) {
        coalition_tell(c, "%s: %s has all up to record %llu of %llu", coalition_code(c, m->nation),
                       coalition_code(c, nation), (unsigned long long)s->ledger.acknowledged,
                       (unsigned long long)s->ledger.last);
    }
    told->acknowledged = s->ledger.acknowledged;
    if (s->schema != 1) {
        m->earlier_since[partner] = INSTANT_UNSET;
    } else if (!instant_is_set(m->earlier_since[partner])) {
        m->earlier_since[partner] = c->now;
    }
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

/* Asks the oracle of what went, and notes what it promises. */
static void look_at_release(struct member *m, const struct engine *engine, uint32_t partner,
                            uint64_t sequence, const struct record *record)
{
    struct coalition *c = m->coalition;
    const uint32_t nation = m->partner_nation[partner];
    struct warned *warned = &c->warned[m->nation][nation];
    struct newest *newest = &c->newest[m->nation][nation];
    const struct release_oracle oracle = {.policy = &engine->config.policy,
                                          .scenario = &c->trial->scenario,
                                          .to = engine->config.partners[partner],
                                          .now = engine->now,
                                          .warned = warned_of(warned, &record->event) != NULL};
    const char *why = release_oracle_objects(&oracle, record);
    const char *held = ordered_objects_release(&m->ordered, record, oracle.to,
                                               engine->offer_of[partner] == 0, oracle.warned);
    c->counts->releases_judged++;
    why = why != NULL ? why : held;
    if (why != NULL) {
        coalition_find(c, COALITION_RELEASED, "%s released record %llu (kind %d) to %s: %s",
                       coalition_code(c, m->nation), (unsigned long long)sequence,
                       (int)record->kind, coalition_code(c, nation), why);
    }
    if (record->kind == RECORD_WARNING) {
        warned_note(warned, record, engine->position);
    } else if (record->kind == RECORD_TRACK && record->track.status == STATUS_FIRM &&
               record->track.parent.value == 0) {
        *newest = (struct newest){record->track.id, engine->position, record->track.time, c->now};
    }
}

void coalition_note_release(struct member *m, const struct engine *engine, const struct effect *e)
{
    struct coalition *c = m->coalition;
    const uint32_t partner = engine_partner(engine, e->partner);
    const struct ledger *ledger = &engine->sessions[partner].ledger;
    const struct bytes bytes = ledger_record_at(ledger, e->sequence);
    struct record record;
    if (e->sequence >= WITNESS_SEQUENCES_MAX) {
        coalition_find(c, COALITION_BOUNDED, "%s released %llu records to one partner",
                       coalition_code(c, m->nation), (unsigned long long)e->sequence);
        return;
    }
    witness_released(pair_of(c, m->nation, m->partner_nation[partner]), ledger->epoch.counter,
                     e->sequence, bytes, engine->position, c->now);
    if (codec_decode(bytes, &record) != OK) {
        coalition_find(c, COALITION_RELEASED, "%s released bytes that are no record",
                       coalition_code(c, m->nation));
        return;
    }
    look_at_release(m, engine, partner, e->sequence, &record);
}

void coalition_note_taken(struct member *m, const struct engine *engine, const struct effect *e)
{
    struct coalition *c = m->coalition;
    const uint32_t owner = nation_of(c, e->partner);
    if (nation_id_is_set(e->via)) {
        relay_judge_taken(m, engine, e);
        return;
    }
    const uint64_t histories =
        engine->sessions[engine_partner(engine, e->partner)].counters.histories;
    struct witness_finding f = {.found = false};
    if (histories != m->histories[owner] && c->members[owner].disk_lied) {
        witness_forgets_ahead(pair_of(c, owner, m->nation));
    }
    m->histories[owner] = histories;
    if (e->sequence < WITNESS_SEQUENCES_MAX) {
        witness_taken(pair_of(c, owner, m->nation), e->sequence, engine->position, &f);
    }
    if (f.found && is_honest(c, owner, m->nation)) {
        report(c, COALITION_DURABLE, owner, m->nation, &f);
    }
}

static void note_batch(struct coalition *c, uint32_t owner, uint32_t partner,
                       const struct frame_batch *b, uint64_t position)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct witness_finding f = {.found = false};
        const uint64_t n = b->first + i;
        struct witness_pair *told = pair_of(c, owner, partner);
        if (n < WITNESS_SEQUENCES_MAX) {
            witness_held(told, b->epoch.counter, n, b->records[i], position, &f);
        }
        /* What was passed on is taken by the session; whether by the picture, is another matter. */
        if (n < WITNESS_SEQUENCES_MAX && relay_is(b->records[i]) &&
            told->entries[n].taken_position == 0) {
            witness_taken(told, n, position, &f);
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
    if (cross_is(c, event->frame)) {
        coalition_find(c, COALITION_DOMAINS,
                       "%s took a frame of %s that was made in another domain",
                       coalition_code(c, m->nation), event->partner.code);
        return;
    }
    if (owner == c->trial->scenario.nation_count || !is_honest(c, owner, m->nation) ||
        frame_decode(event->frame, &frame) != OK) {
        return;
    }
    if (frame.type == FRAME_BATCH) {
        note_batch(c, owner, m->nation, &frame.batch, m->witnessed);
    } else if (frame.type == FRAME_GAP) {
        witness_gone(pair_of(c, owner, m->nation), frame.gap.first, frame.gap.last);
    }
}

void coalition_read_journal(struct member *m)
{
    struct coalition *c = m->coalition;
    struct journal *j = m->journal.memory;
    while (m->witnessed < m->journal.open.committed) {
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

void coalition_note_warning(struct member *m, const struct effect *e)
{
    if (warning_in_force(e->warning) && ordered_is_silenced(&m->ordered, e->event)) {
        coalition_find(m->coalition, COALITION_WARNINGS,
                       "%s warns of %s, which an officer called false, or took back",
                       coalition_code(m->coalition, m->nation), e->name.text);
    }
}

static void inspect(struct member *m)
{
    struct coalition *c = m->coalition;
    const struct engine *engine = performer_engine(m->performer);
    const char *event = "";
    if (c->inspections % LOOKS_AHEAD_EVERY == 0) {
        engine_view(engine, c->view);
    } else {
        engine_view_present(engine, c->view);
    }
    const char *labels = inspect_labels(engine, c->view, &event);
    if (labels != NULL) {
        coalition_find(c, COALITION_LABELS, "%s: %s %s", coalition_code(c, m->nation), event,
                       labels);
    }
    const char *evidence = inspect_evidence(c->view, &event);
    if (evidence != NULL) {
        coalition_find(c, COALITION_EVIDENCE, "%s: %s %s", coalition_code(c, m->nation), event,
                       evidence);
    }
    const char *doubt = inspect_doubt(engine, &event, &c->counts->doubts_judged);
    if (doubt != NULL) {
        coalition_find(c, COALITION_EVIDENCE, "%s: %s %s", coalition_code(c, m->nation), event,
                       doubt);
    }
    const char *limits = inspect_limits(engine, c->view);
    if (limits != NULL) {
        coalition_find(c, COALITION_BOUNDED, "%s %s", coalition_code(c, m->nation), limits);
    }
    const char *warnings = inspect_warnings(c->view, &event);
    if (warnings != NULL) {
        coalition_find(c, COALITION_WARNINGS, "%s: %s %s", coalition_code(c, m->nation), event,
                       warnings);
    }
}

/* Whether the picture may open no more events for the nation: nobody fills it alone. Ghosts of
 * sensors that lied take long to go. */
static bool is_full(const struct engine *engine, struct nation_id from)
{
    uint32_t all = 0;
    uint32_t of_nation = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *e = &engine->events[i];
        const bool is_open = e->id.value != 0 && !instant_is_set(e->over_since);
        all += is_open ? 1 : 0;
        of_nation += is_open && nation_id_equal(e->noticed_from, from) ? 1 : 0;
    }
    return all == LIMIT_EVENTS || of_nation >= LIMIT_EVENTS / 2;
}

/* What was the newest track of the owner ten seconds ago is in the partner's picture, or one that
 * is newer. */
static void judge_picture(struct coalition *c, uint32_t owner, uint32_t partner)
{
    const struct newest awaited = c->awaited[owner][partner];
    const struct member *m = &c->members[partner];
    c->awaited[owner][partner] = c->newest[owner][partner];
    if (awaited.id.value == 0 || m->performer == NULL || m->is_still ||
        !is_honest(c, owner, partner) || coalition_now_s(c) < c->trial->heal_s + CONVERGES_S ||
        instant_since_s(c->now, awaited.released) > ARRIVAL_S) {
        return;
    }
    const struct engine *engine = performer_engine(m->performer);
    const uint32_t at = 1 + engine_partner(engine, c->trial->scenario.nations[owner].id);
    if (is_full(engine, c->trial->scenario.nations[owner].id)) {
        c->counts->pictures_full++;
        return;
    }
    c->counts->pictures_judged++;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_solution *s = &engine->events[i].solutions[at];
        if (engine->events[i].id.value != 0 && s->present &&
            s->track.id.value == awaited.id.value && !instant_before(s->track.time, awaited.time)) {
            return;
        }
    }
    coalition_find(c, COALITION_CONVERGES,
                   "track %llx of %s is not in the picture of %s, %.1f s after its release and "
                   "%.0f s after everything was healed; %s has refused %llu records that cannot be "
                   "true",
                   (unsigned long long)awaited.id.value, coalition_code(c, owner),
                   coalition_code(c, partner), instant_since_s(c->now, awaited.released),
                   coalition_now_s(c) - c->trial->heal_s, coalition_code(c, partner),
                   (unsigned long long)engine->records_refused);
}

/* Of what the partner was warned must not be over at the owner without the partner knowing. */
static void judge_warnings(struct coalition *c, struct member *owner, uint32_t partner)
{
    const struct engine *engine = performer_engine(owner->performer);
    const uint32_t nation = owner->partner_nation[partner];
    const struct engine_offer *offer = &engine->offers[engine->offer_of[partner]];
    const struct warned *warned = &c->warned[owner->nation][nation];
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &offer->events[i];
        const struct warned_event *w =
            event->id.value != 0 ? warned_of(warned, &event->own_name) : NULL;
        const bool is_over = w != NULL && event->warning.serial > 0 &&
                             !warning_in_force(event->warning.state) &&
                             instant_since_s(engine->now, event->warning.time) > ARRIVAL_S;
        c->counts->warnings_judged += is_over ? 1 : 0;
        if (is_over && w->in_force && instant_before(engine->now, w->expires)) {
            coalition_find(c, COALITION_WARNINGS,
                           "%s was warned by %s of %s (serial %u), which is \"%s\" for %s by now "
                           "(serial %u), and is not told",
                           coalition_code(c, nation), coalition_code(c, owner->nation),
                           event->own_name.text, w->serial,
                           warning_state_text(event->warning.state),
                           coalition_code(c, owner->nation), event->warning.serial);
        }
    }
}

/* An end goes into the ledger at once, whatever the network does. */
static void inspect_ends(struct coalition *c, struct member *owner)
{
    for (uint32_t i = 0; i < owner->config.partner_count; i++) {
        judge_warnings(c, owner, i);
    }
}

void coalition_inspect(struct coalition *c)
{
    c->inspections++;
    for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
        if (c->members[n].performer != NULL && !c->members[n].is_still) {
            inspect(&c->members[n]);
            inspect_ends(c, &c->members[n]);
        }
    }
    for (uint32_t i = 0; i < c->trial->scenario.link_count; i++) {
        judge_picture(c, c->trial->scenario.links[i].from, c->trial->scenario.links[i].to);
    }
}

static void judge_pair(struct coalition *c, struct member *owner, uint32_t partner)
{
    const struct session *s = &performer_engine(owner->performer)->sessions[partner];
    const uint32_t nation = owner->partner_nation[partner];
    struct witness_finding f = {.found = false};
    if (!is_honest(c, owner->nation, nation)) {
        return;
    }
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
        coalition_judge_log(c, m);
        for (uint32_t i = 0; i < m->config.partner_count; i++) {
            judge_pair(c, m, i);
            const struct session *s = &performer_engine(m->performer)->sessions[i];
            for (int why = 0; why < SESSION_REFUSAL_COUNT; why++) {
                c->counts->refused[why] += s->counters.refused[why];
            }
        }
    }
    struct member *one = &c->members[c->trial->seed % c->trial->scenario.nation_count];
    if (c->finding->invariant == '\0' && c->trial->seed % RERUN_EVERY == 1) {
        coalition_judge_journal(c, one);
    }
}
