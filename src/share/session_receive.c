/* The receiving half of a session: what arrives has been opened and verified, and is still not
 * believed without a look. */
#include <assert.h>
#include <string.h>

#include "share/relay.h"
#include "share/session.h"
#include "share/session_state.h"

static void prove(struct session *s, uint64_t sequence, const struct digest *ours,
                  const struct digest *theirs)
{
    s->counters.histories++;
    s->proof = (struct session_proof){true, sequence, *ours, *theirs};
}

/* A new ledger of ours behind what the partner remembers. Within one process start only if nothing
 * of the present one has left. */
static enum session_refusal rebase(struct session *s, const struct frame_position *memory)
{
    if (frame_epoch_equal(&s->ledger.epoch, &s->boot.epoch) && s->open) {
        s->open = false;
        return REFUSED_HISTORY;
    }
    /* What it remembers is of a ledger before this one: of this one it has nothing. */
    const bool forgot = memory->epoch.counter < s->ledger.epoch.counter;
    s->counters.rebases++;
    s->counters.acknowledged -= ledger_rebase(&s->ledger, &s->boot.epoch, &s->key, memory, forgot);
    s->live_next = s->ledger.last + 1;
    s->repair_next = memory->sequence + 1;
    s->urgent_next = 0;
    /* The partner takes nothing of a ledger that no hello announced. */
    s->hello_due = true;
    s->ledger_is_new = true;
    return REFUSED_NONE;
}

static void rewind_to(struct session *s, uint64_t sequence)
{
    s->counters.regressions += sequence < s->ledger.acknowledged ? 1 : 0;
    s->counters.acknowledged -= ledger_rewind(&s->ledger, sequence);
    s->gap_sent = INSTANT_UNSET;
    session_state_repair_from(s, sequence + 1);
}

/* Compares what the partner remembers of our ledger with the ledger. */
static enum session_refusal compare_memory(struct session *s, const struct frame_position *memory,
                                           bool new_start)
{
    const struct ledger *l = &s->ledger;
    const bool at_base =
        memory->epoch.counter == 0 ||
        (frame_epoch_equal(&memory->epoch, &l->base.epoch) &&
         memory->sequence == l->base.sequence && digest_equal(&memory->head, &l->base.head));
    if (at_base) {
        if (new_start) {
            rewind_to(s, l->base.sequence);
        }
        return REFUSED_NONE;
    }
    if (!frame_epoch_equal(&memory->epoch, &l->epoch) || memory->sequence > l->last ||
        memory->sequence < l->base.sequence) {
        return rebase(s, memory);
    }
    s->ledger_is_new = false;
    struct digest ours;
    if (ledger_head_at(l, memory->sequence, &ours) && !digest_equal(&ours, &memory->head)) {
        prove(s, memory->sequence, &ours, &memory->head);
        return rebase(s, memory);
    }
    if (new_start && memory->sequence <= l->acknowledged) {
        rewind_to(s, memory->sequence);
    } else {
        s->counters.acknowledged += ledger_acknowledge(&s->ledger, 1, memory->sequence);
    }
    return REFUSED_NONE;
}

/* A partner that has started anew contradicts what it had sent ahead of a hole: its disk has
 * forgotten that, and gives the numbers again. With the proof kept, so does this side forget it;
 * nothing of it was acknowledged since that start. False if the contradiction is not of that
 * kind. */
static bool forget_ahead(struct session *s)
{
    const uint64_t last = s->here.position.sequence;
    if (!s->ahead_is_old) {
        return false;
    }
    sequence_set_cut(&s->here, last);
    sequence_set_cut(&s->durable, last);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->pending_count; i++) {
        if (s->pending[i].run.first <= last) {
            s->pending[kept] = s->pending[i];
            kept++;
        }
    }
    s->pending_count = kept;
    s->partner_last = last;
    s->ahead_is_old = false;
    return true;
}

/* Where the partner says that its ledger stands. */
static enum session_refusal take_place(struct session *s, const struct frame_position *stream)
{
    struct digest ours;
    if (sequence_set_contradicts(&s->here, stream->sequence, &stream->head, &ours)) {
        prove(s, stream->sequence, &ours, &stream->head);
        if (!forget_ahead(s) ||
            sequence_set_contradicts(&s->here, stream->sequence, &stream->head, &ours)) {
            return REFUSED_HISTORY;
        }
    }
    s->partner_last = stream->sequence > s->partner_last ? stream->sequence : s->partner_last;
    return REFUSED_NONE;
}

/* The partner's ledger, as its hello announces it. */
static enum session_refusal take_stream(struct session *s, const struct frame_hello *h)
{
    if (h->stream.epoch.counter == 0) {
        return REFUSED_NONE;
    }
    const struct frame_position *known = &s->here.position;
    if (frame_epoch_equal(&h->stream.epoch, &known->epoch)) {
        return take_place(s, &h->stream);
    }
    if (h->stream.epoch.counter <= known->epoch.counter) {
        return REFUSED_OLD_EPOCH;
    }
    const bool first = known->epoch.counter == 0;
    if (!first && (h->stream_base.sequence != known->sequence ||
                   !digest_equal(&h->stream_base.head, &known->head))) {
        prove(s, h->stream_base.sequence, &known->head, &h->stream_base.head);
    }
    const struct frame_position start = {h->stream.epoch, h->stream_base.sequence,
                                         h->stream_base.head};
    sequence_set_init(&s->here, &start);
    sequence_set_init(&s->durable, &start);
    s->pending_count = 0;
    s->partner_last = h->stream.sequence;
    return REFUSED_NONE;
}

/* The partner has heard a start of this nation that is not this one and not before it. If it never
 * heard this one, our memory is an old copy: a higher counter mends that. If it did, two nodes use
 * one nation's keys, and this one falls silent. */
static enum session_refusal be_superseded(struct session *s, const struct frame_epoch *heard)
{
    s->superseded = *heard;
    s->usurped = s->usurped || s->was_heard;
    s->open = false;
    s->heard_us = false;
    return REFUSED_SUPERSEDED;
}

static enum session_refusal take_hello(struct session *s, const struct frame_hello *h,
                                       struct instant now)
{
    /* No hello that decodes ends below version 1, where we begin. */
    _Static_assert(CODEC_SCHEMA_MIN == 1, "then the partner's newest version has to be looked at");
    if (h->schema_min > s->newest) {
        return REFUSED_VERSION;
    }
    const bool same_start = frame_epoch_equal(&h->boot, &s->partner_boot);
    if (!same_start && h->boot.counter <= s->partner_boot.counter) {
        return REFUSED_OLD_EPOCH;
    }
    if (same_start && h->number <= s->partner_hello_number) {
        return REFUSED_REPLAY;
    }
    if (h->heard.counter >= s->boot.epoch.counter &&
        !frame_epoch_equal(&h->heard, &s->boot.epoch)) {
        return be_superseded(s, &h->heard);
    }
    s->ahead_is_old = s->ahead_is_old || (!same_start && s->here.count > 0);
    const enum session_refusal stream = take_stream(s, h);
    if (stream != REFUSED_NONE) {
        return stream;
    }
    const enum session_refusal memory = compare_memory(s, &h->memory, !same_start);
    if (memory != REFUSED_NONE) {
        return memory;
    }
    s->partner_boot = h->boot;
    s->partner_hello_number = h->number;
    s->heard_us = frame_epoch_equal(&h->heard, &s->boot.epoch);
    s->was_heard = s->was_heard || s->heard_us;
    s->schema = h->schema_max < s->newest ? h->schema_max : s->newest;
    s->hello_due = s->hello_due || h->answer;
    s->keys_confirmed = h->keys_held;
    s->open = true;
    /* It started, or its carrier did: what was on the way to it is lost. */
    session_state_afresh(s, now);
    return REFUSED_NONE;
}

/* Whether a frame speaks of the partner's ledger as we know it. */
static enum session_refusal check_epoch(const struct session *s, const struct frame_epoch *epoch)
{
    if (frame_epoch_equal(epoch, &s->here.position.epoch)) {
        return REFUSED_NONE;
    }
    return epoch->counter < s->here.position.epoch.counter ? REFUSED_OLD_EPOCH : REFUSED_STATE;
}

/* The runs of a batch that are not here yet, and the chain of heads through it. */
struct runs {
    uint32_t count;
    struct sequence_range runs[FRAME_RECORDS_MAX];
    bool is_new[FRAME_RECORDS_MAX];
    uint32_t new_count;
};

static void find_runs(const struct session *s, const struct frame_batch *b, struct runs *out)
{
    struct digest head = b->previous;
    bool running = false;
    out->count = 0;
    out->new_count = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const uint64_t n = b->first + i;
        const struct digest before = head;
        head = ledger_chain(b->salt, &before, n, b->records[i]);
        out->is_new[i] = !sequence_set_has(&s->here, n);
        if (!out->is_new[i]) {
            running = false;
            continue;
        }
        out->new_count++;
        if (!running) {
            out->runs[out->count] = (struct sequence_range){.first = n, .before = before};
            out->count++;
        }
        out->runs[out->count - 1].last = n;
        out->runs[out->count - 1].after = head;
        running = true;
    }
}

/* A run that goes on where the last one ended, and came in the same period, waits with it. */
static bool joins(const struct session *s, const struct sequence_range *run, struct instant now)
{
    if (s->pending_count == 0) {
        return false;
    }
    const struct session_pending *p = &s->pending[s->pending_count - 1];
    return !p->skip && p->run.last + 1 == run->first &&
           instant_equal(session_state_slot(p->received, SESSION_ACK_NS, SESSION_ACK_PHASE_NS),
                         session_state_slot(now, SESSION_ACK_NS, SESSION_ACK_PHASE_NS));
}

static void await(struct session *s, const struct sequence_range *run, bool skip, uint64_t position,
                  struct instant now)
{
    session_state_ack(s, now);
    if (!skip && joins(s, run, now)) {
        struct session_pending *p = &s->pending[s->pending_count - 1];
        p->position = position;
        p->received = now;
        p->run.last = run->last;
        p->run.after = run->after;
        return;
    }
    assert(s->pending_count < SESSION_PENDING_MAX);
    s->pending[s->pending_count] =
        (struct session_pending){.position = position, .received = now, .run = *run, .skip = skip};
    s->pending_count++;
}

/* A run was refused for one of its ends. */
static void prove_run(struct session *s, const struct sequence_set *set,
                      const struct sequence_range *run)
{
    struct digest ours;
    if (sequence_set_contradicts(set, run->last, &run->after, &ours)) {
        prove(s, run->last, &ours, &run->after);
        return;
    }
    const bool at_its_start = sequence_set_contradicts(set, run->first - 1, &run->before, &ours);
    assert(at_its_start);
    prove(s, run->first - 1, &ours, &run->before);
}

/* Adds the runs to what is here, all or none. */
static enum session_refusal add_runs(struct session *s, const struct runs *runs, uint64_t position,
                                     struct instant now)
{
    if (s->pending_count + runs->count > SESSION_PENDING_MAX) {
        return REFUSED_BUSY;
    }
    struct sequence_set set = s->here;
    for (uint32_t i = 0; i < runs->count; i++) {
        const struct sequence_range *run = &runs->runs[i];
        const result r = sequence_set_add(&set, run);
        if (r == ERR_FULL) {
            return REFUSED_SCATTERED;
        }
        if (r != OK) {
            prove_run(s, &set, run);
            return REFUSED_HISTORY;
        }
    }
    s->here = set;
    for (uint32_t i = 0; i < runs->count; i++) {
        await(s, &runs->runs[i], false, position, now);
    }
    return REFUSED_NONE;
}

static bool record_acceptable(const struct session *s, const struct record *r)
{
    return nation_id_equal(r->label.owner, s->partner) && label_permits(&r->label, s->self);
}

/* A record that is not valid is counted and left out; its place in the ledger is taken all the
 * same, or it would come again for ever. */
static void deliver(struct session *s, const struct frame_batch *b, const struct runs *runs,
                    struct session_delivery *out)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (!runs->is_new[i]) {
            continue;
        }
        if (relay_is(b->records[i])) {
            out->relayed[out->relayed_count++] = b->first + i;
            s->counters.received++;
            continue;
        }
        struct record *record = &out->records[out->count];
        if (codec_decode(b->records[i], record) != OK || !record_acceptable(s, record)) {
            s->counters.refused[REFUSED_RECORD]++;
            continue;
        }
        out->sequences[out->count] = b->first + i;
        out->count++;
        s->counters.received++;
    }
}

static enum session_refusal take_batch(struct session *s, const struct frame_batch *b,
                                       uint64_t position, struct instant now,
                                       struct session_delivery *out)
{
    const enum session_refusal epoch = check_epoch(s, &b->epoch);
    if (epoch != REFUSED_NONE) {
        return epoch;
    }
    struct runs runs;
    find_runs(s, b, &runs);
    enum session_refusal added = add_runs(s, &runs, position, now);
    if (added == REFUSED_HISTORY && forget_ahead(s)) {
        find_runs(s, b, &runs);
        added = add_runs(s, &runs, position, now);
    }
    if (added != REFUSED_NONE) {
        return added;
    }
    const uint64_t last = b->first + b->count - 1;
    s->partner_last = last > s->partner_last ? last : s->partner_last;
    s->counters.repeated += b->count - runs.new_count;
    if (runs.new_count < b->count) {
        s->ack_again = true; /* the sender may not have had our acknowledgement */
        session_state_ack(s, now);
    }
    deliver(s, b, &runs, out);
    return REFUSED_NONE;
}

/* How long ago an entry was sent that is acknowledged now, if it was sent once; 0 otherwise. */
static int64_t round_of(const struct ledger *l, uint64_t sequence, struct instant now)
{
    const struct ledger_entry *e = ledger_entry_at(l, sequence);
    return e != NULL && e->on_the_way && e->sends == 1 ? instant_since(now, e->sent).ns : 0;
}

/* The round of what was sent last, of the ends of all that is acknowledged. */
static int64_t round_of_all(const struct ledger *l, const struct frame_ack *a, struct instant now)
{
    int64_t round_ns = round_of(l, a->position.sequence, now);
    for (uint32_t i = 0; i < a->range_count; i++) {
        const int64_t other_ns = round_of(l, a->ranges[i].last, now);
        round_ns = other_ns > 0 && (round_ns == 0 || other_ns < round_ns) ? other_ns : round_ns;
    }
    return round_ns;
}

static enum session_refusal take_ack(struct session *s, const struct frame_ack *a,
                                     struct instant now)
{
    struct ledger *l = &s->ledger;
    if (!frame_epoch_equal(&a->position.epoch, &l->epoch)) {
        return a->position.epoch.counter < l->epoch.counter ? REFUSED_OLD_EPOCH : REFUSED_STATE;
    }
    s->ledger_is_new = false;
    const uint64_t highest =
        a->range_count > 0 ? a->ranges[a->range_count - 1].last : a->position.sequence;
    if (highest > l->last) {
        return REFUSED_HISTORY;
    }
    struct digest ours;
    if (ledger_head_at(l, a->position.sequence, &ours) && !digest_equal(&ours, &a->position.head)) {
        prove(s, a->position.sequence, &ours, &a->position.head);
        return REFUSED_HISTORY;
    }
    const uint32_t before = l->on_the_way;
    const int64_t round_ns = round_of_all(l, a, now);
    s->counters.acknowledged += ledger_acknowledge(l, 1, a->position.sequence);
    for (uint32_t i = 0; i < a->range_count; i++) {
        s->counters.acknowledged += ledger_acknowledge(l, a->ranges[i].first, a->ranges[i].last);
    }
    window_acknowledged(&s->window, before - l->on_the_way, round_ns, now);
    return REFUSED_NONE;
}

static bool any_here(const struct sequence_set *set, uint64_t first, uint64_t last)
{
    return sequence_set_missing(set, last) - sequence_set_missing(set, first - 1) !=
           last - first + 1;
}

/* The run of a gap, as gone. ERR_STATE if it is not known how it fits: nothing proves that. */
static result add_gap(struct session *s, const struct frame_gap *g,
                      const struct sequence_range *run, bool skip, uint64_t *gone)
{
    result r = ERR_STATE;
    *gone = g->last - g->first + 1;
    if (skip) {
        r = sequence_set_skip(&s->here, g->last, &g->after, gone);
    } else if (g->has_before && !any_here(&s->here, g->first, g->last)) {
        r = sequence_set_add(&s->here, run);
    }
    if (r == ERR_SIGNATURE) {
        prove_run(s, &s->here, run);
    }
    return r;
}

static enum session_refusal take_gap(struct session *s, const struct frame_gap *g,
                                     uint64_t position, struct instant now)
{
    const enum session_refusal epoch = check_epoch(s, &g->epoch);
    if (epoch != REFUSED_NONE) {
        return epoch;
    }
    s->ack_again = true;
    session_state_ack(s, now);
    if (g->last <= s->here.position.sequence) {
        return REFUSED_NONE;
    }
    if (s->pending_count == SESSION_PENDING_MAX) {
        return REFUSED_BUSY;
    }
    const struct sequence_range run = {g->first, g->last, g->before, g->after};
    const bool skip = g->first <= s->here.position.sequence + 1;
    uint64_t gone = 0;
    result r = add_gap(s, g, &run, skip, &gone);
    if (r == ERR_SIGNATURE && forget_ahead(s)) {
        r = add_gap(s, g, &run, skip, &gone);
    }
    if (r != OK) {
        return r == ERR_FULL ? REFUSED_SCATTERED : r == ERR_STATE ? REFUSED_STATE : REFUSED_HISTORY;
    }
    s->counters.gone += gone;
    s->partner_last = g->last > s->partner_last ? g->last : s->partner_last;
    await(s, &run, skip, position, now);
    return REFUSED_NONE;
}

static enum session_refusal take_heartbeat(struct session *s, const struct frame_heartbeat *h)
{
    if (!frame_epoch_equal(&h->boot, &s->partner_boot)) {
        return REFUSED_OLD_EPOCH;
    }
    const enum session_refusal epoch = check_epoch(s, &h->stream.epoch);
    if (epoch != REFUSED_NONE) {
        return epoch;
    }
    return take_place(s, &h->stream);
}

static enum session_refusal take(struct session *s, const struct frame *frame, uint64_t position,
                                 struct instant now, struct session_delivery *out)
{
    if (frame->type == FRAME_HELLO) {
        return take_hello(s, &frame->hello, now);
    }
    if (!s->open) {
        return REFUSED_STATE;
    }
    switch (frame->type) {
    case FRAME_BATCH:
        return take_batch(s, &frame->batch, position, now, out);
    case FRAME_ACK:
        return take_ack(s, &frame->ack, now);
    case FRAME_GAP:
        return take_gap(s, &frame->gap, position, now);
    case FRAME_HEARTBEAT:
        return take_heartbeat(s, &frame->heartbeat);
    default:
        assert(frame->type == FRAME_CHECKPOINT); /* nothing else decodes */
        return REFUSED_NONE;                     /* the log's keeper looks at it */
    }
}

void session_receive(struct session *s, struct bytes plain, uint64_t position, struct instant now,
                     struct session_delivery *out)
{
    assert(s->boot.epoch.counter > 0);
    assert(s->pending_count == 0 || position >= s->pending[s->pending_count - 1].position);
    out->count = 0;
    out->relayed_count = 0;
    struct frame frame;
    const result decoded = frame_decode(plain, &frame);
    if (decoded != OK) {
        out->refusal = decoded == ERR_FORMAT ? REFUSED_FORMAT : REFUSED_CANONICAL;
    } else {
        out->refusal = take(s, &frame, position, now, out);
    }
    s->ahead_is_old = s->ahead_is_old && s->here.count > 0;
    if (out->refusal == REFUSED_NONE) {
        if (!session_is_up(s, now)) {
            session_state_afresh(s, now);
        }
        s->last_heard = now;
    } else {
        session_state_refuse(s, out->refusal);
    }
}
