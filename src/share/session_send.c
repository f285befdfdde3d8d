/* The sending half of a session. Order within one instant: hello, heartbeat, acknowledgement, the
 * newest records on the live lane, and then what is missing on the repair lane. */
#include <assert.h>
#include <string.h>

#include "share/session.h"
#include "share/session_state.h"

/* A batch's type, its header with length, and room to spare. */
#define BATCH_OVERHEAD_BYTES 128u
#define FRAME_ROOM_BYTES 4096u

static bool send(struct session *s, const struct frame *frame, struct byte_writer *out)
{
    const result r = frame_encode(frame, out);
    /* Everything in it was made here, and the caller gave room. */
    assert(r == OK);
    s->counters.sent_frames++;
    return true;
}

static bool hello_is_due(const struct session *s, struct instant now)
{
    if (!instant_is_set(s->hello_sent)) {
        return true;
    }
    const int64_t since_ns = instant_since(now, s->hello_sent).ns;
    return (s->hello_due && since_ns >= SESSION_HELLO_ANSWER_NS) ||
           ((!s->heard_us || session_state_news_due(s)) && since_ns >= SESSION_HELLO_NS);
}

static bool send_hello(struct session *s, struct instant now, struct byte_writer *out)
{
    s->hello_number++;
    s->hello_sent = now;
    s->hello_due = false;
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){.schema_min = CODEC_SCHEMA_MIN,
                                       .schema_max = s->newest,
                                       .time = now,
                                       .boot = s->boot.epoch,
                                       .number = s->hello_number,
                                       .heard = s->partner_boot,
                                       .answer = !s->heard_us || session_state_news_due(s),
                                       .memory = s->durable.position};
    /* Until a partner's version is known every other hello has the list, without which it might
     * verify nothing; one of version 1 refuses those, and says what it speaks when it takes one of
     * the rest. */
    if (s->newest > 1 && (s->schema > 1 || (s->schema == 0 && s->hello_number % 2 == 1))) {
        frame.hello.key_list = (struct bytes){s->keys.bytes, s->keys.size};
        frame.hello.keys_held = s->partner_keys.number;
    }
    memcpy(frame.hello.ephemeral_public, s->boot.ephemeral_public,
           sizeof frame.hello.ephemeral_public);
    if (s->open) {
        frame.hello.stream_base = s->ledger.base;
        frame.hello.stream = session_state_stream(s);
    }
    return send(s, &frame, out);
}

static bool send_heartbeat(struct session *s, struct instant now, struct byte_writer *out)
{
    struct frame frame = {.type = FRAME_HEARTBEAT};
    frame.heartbeat = (struct frame_heartbeat){
        .time = now, .boot = s->boot.epoch, .stream = session_state_stream(s)};
    return send(s, &frame, out);
}

static void make_durable(struct session *s, const struct session_pending *p)
{
    uint64_t skipped = 0;
    const result r = p->skip ? sequence_set_skip(&s->durable, p->run.last, &p->run.after, &skipped)
                             : sequence_set_add(&s->durable, &p->run);
    /* The same steps in the same order went through on `here`. */
    assert(r == OK);
}

/* Takes what is on our disk and came before that instant; how many runs. */
static uint32_t take_durable(struct session *s, struct instant before)
{
    uint32_t done = 0;
    while (done < s->pending_count && s->pending[done].position <= s->committed_to &&
           instant_before(s->pending[done].received, before)) {
        make_durable(s, &s->pending[done]);
        done++;
    }
    s->pending_count -= done;
    memmove(s->pending, s->pending + done, s->pending_count * sizeof s->pending[0]);
    return done;
}

/* What waits for its commit is looked at again in the next period. */
static bool send_ack(struct session *s, struct instant now, struct byte_writer *out)
{
    if (!instant_is_set(s->ack_at) || instant_before(now, s->ack_at)) {
        return false;
    }
    const struct instant slot = session_state_slot(now, SESSION_ACK_NS, SESSION_ACK_PHASE_NS);
    const uint32_t taken = take_durable(s, session_state_after(slot, -SESSION_ACK_NS));
    s->ack_at = s->pending_count > 0 ? session_state_after(slot, SESSION_ACK_NS) : INSTANT_UNSET;
    if ((taken == 0 && !s->ack_again) || s->durable.position.epoch.counter == 0) {
        return false;
    }
    s->ack_again = false;
    struct frame frame = {.type = FRAME_ACK};
    frame.ack = (struct frame_ack){.time = now, .position = s->durable.position};
    const uint32_t count = s->ahead_is_old ? 0 : s->durable.count;
    for (uint32_t i = 0; i < count && i < FRAME_RANGES_MAX; i++) {
        frame.ack.ranges[i] =
            (struct frame_range){s->durable.ranges[i].first, s->durable.ranges[i].last};
        frame.ack.range_count++;
    }
    return send(s, &frame, out);
}

/* Whether a phase of that period began since the last call; notes it. */
static bool slot_begins(struct instant *slot, struct instant now, int64_t period_ns,
                        int64_t phase_ns)
{
    const struct instant current = session_state_slot(now, period_ns, phase_ns);
    if (!instant_before(*slot, current)) {
        return false;
    }
    *slot = current;
    return true;
}

/* How long a record that was sent so often is waited for. */
static int64_t wait_ns(const struct session *s, const struct ledger_entry *e)
{
    const int doublings = e->sends <= 1                             ? 0
                          : e->sends > SESSION_RETRANSMIT_DOUBLINGS ? SESSION_RETRANSMIT_DOUBLINGS
                                                                    : e->sends - 1;
    return window_patience_ns(&s->window) << doublings;
}

/* The first entry that is kept and may not be acknowledged. */
static uint64_t first_open(const struct ledger *l)
{
    return l->acknowledged + 1 < l->oldest ? l->oldest : l->acknowledged + 1;
}

/* What was sent so long ago that it must be lost is to be sent again. */
static void look_for_lost(struct session *s, struct instant now)
{
    struct ledger *l = &s->ledger;
    if (instant_before(now, s->look_at)) {
        return;
    }
    struct instant next = INSTANT_LAST;
    for (uint64_t n = first_open(l); n <= l->last; n++) {
        const struct ledger_entry *e = ledger_entry_at(l, n);
        if (!e->on_the_way) {
            continue;
        }
        const struct instant due = session_state_after(e->sent, wait_ns(s, e));
        if (instant_before(now, due)) {
            next = instant_before(due, next) ? due : next;
        } else {
            ledger_give_up(l, n);
            session_state_repair_from(s, n);
        }
    }
    const struct instant soon = session_state_after(now, SESSION_LOOK_NS);
    s->look_at = instant_before(next, soon) ? soon : next;
}

/* Notices and warnings go with the next frame all the same. */
static bool sent_lately(const struct ledger_entry *e, struct instant now)
{
    return e->basis.kind == RECORD_TRACK && e->on_the_way &&
           instant_since(now, e->sent).ns < SESSION_REPEAT_NS;
}

void session_state_afresh(struct session *s, struct instant now)
{
    struct ledger *l = &s->ledger;
    const uint64_t first = first_open(l);
    for (uint64_t n = first; n <= l->last; n++) {
        const struct ledger_entry *e = ledger_entry_at(l, n);
        const bool is_new =
            instant_is_set(e->sent) && instant_since(now, e->sent).ns < SESSION_ON_THE_WAY_NS;
        if (!is_new) {
            ledger_unsend(l, n);
        }
    }
    session_state_repair_from(s, first);
    s->urgent_next = l->last;
    const uint64_t newest = l->last < FRAME_RECORDS_MAX ? 1 : l->last + 1 - FRAME_RECORDS_MAX;
    const uint64_t from = newest < first ? first : newest;
    s->live_next = from < s->live_next ? from : s->live_next;
}

static uint32_t batch_room(const struct byte_writer *out)
{
    const size_t left = out->capacity - out->size;
    return (uint32_t)(left < FRAME_BYTES_MAX ? left : FRAME_BYTES_MAX) - BATCH_OVERHEAD_BYTES;
}

static void look_at(struct session *s, struct instant when)
{
    s->look_at = instant_before(when, s->look_at) ? when : s->look_at;
}

static bool send_batch(struct session *s, uint64_t first, uint64_t last, struct instant now,
                       struct byte_writer *out)
{
    struct ledger *l = &s->ledger;
    assert(last - first < FRAME_RECORDS_MAX);
    struct frame frame = {.type = FRAME_BATCH};
    struct frame_batch *b = &frame.batch;
    b->epoch = l->epoch;
    b->first = first;
    b->count = (uint32_t)(last - first + 1);
    memcpy(b->salt, l->salt, sizeof b->salt);
    const bool known = ledger_head_at(l, first - 1, &b->previous);
    assert(known);
    for (uint32_t i = 0; i < b->count; i++) {
        b->records[i] = ledger_record_at(l, first + i);
    }
    ledger_mark_sent(l, first, last, now);
    s->counters.sent_records += b->count;
    look_at(s, session_state_after(now, window_patience_ns(&s->window)));
    return send(s, &frame, out);
}

/* Whether there is room on the way: for repairs three quarters of it, so that news finds some. */
static bool has_room(const struct session *s, enum frame_lane lane)
{
    const uint32_t bytes = s->window.bytes;
    return s->ledger.on_the_way < (lane == LANE_LIVE ? bytes : bytes - bytes / 4);
}

static bool needs_room(struct session *s, enum frame_lane lane)
{
    const bool room = has_room(s, lane);
    s->window.was_full = s->window.was_full || !room;
    return room;
}

static bool is_urgent(const struct ledger_entry *e)
{
    return e->basis.kind != RECORD_TRACK && !e->acknowledged && !e->withdrawn && !e->on_the_way;
}

/* After a time without the partner: notices and warnings, from the newest down. */
static bool send_urgent(struct session *s, struct instant now, struct byte_writer *out)
{
    const struct ledger *l = &s->ledger;
    const uint64_t lowest = first_open(l);
    while (s->urgent_next >= lowest && !is_urgent(ledger_entry_at(l, s->urgent_next))) {
        s->urgent_next--;
    }
    if (s->urgent_next < lowest) {
        s->urgent_next = 0;
        return false;
    }
    if (!needs_room(s, LANE_LIVE)) {
        return false;
    }
    const uint64_t last = s->urgent_next;
    const uint32_t room = batch_room(out);
    uint64_t first = last + 1;
    uint32_t used = 0;
    while (first > lowest && last + 1 - first < FRAME_RECORDS_MAX) {
        const struct ledger_entry *e = ledger_entry_at(l, first - 1);
        used += e->size + 2;
        if (!is_urgent(e) || used > room) {
            break;
        }
        first--;
    }
    s->urgent_next = first - 1;
    return send_batch(s, first, last, now, out);
}

/* The newest records that fit, at once, and with them the last few before them that are not yet
 * acknowledged: what a lost frame carried comes again with the next one. What does not fit is left
 * to the repair lane. */
static bool send_live(struct session *s, struct instant now, struct byte_writer *out)
{
    const struct ledger *l = &s->ledger;
    if (s->live_next > l->last || !needs_room(s, LANE_LIVE)) {
        return false;
    }
    const uint32_t room = batch_room(out);
    const uint64_t again =
        s->live_next > SESSION_LIVE_REPEATS ? s->live_next - SESSION_LIVE_REPEATS : 1;
    const uint64_t lowest = again < l->oldest ? l->oldest : again;
    const uint64_t news = s->live_next < l->oldest ? l->oldest : s->live_next;
    uint64_t last = l->last;
    while (last >= news && sent_lately(ledger_entry_at(l, last), now)) {
        last--;
    }
    uint64_t first = last + 1;
    uint32_t used = 0;
    while (first > lowest && last + 1 - first < FRAME_RECORDS_MAX) {
        const struct ledger_entry *e = ledger_entry_at(l, first - 1);
        if (e->withdrawn || e->acknowledged || used + e->size + 2 > room || sent_lately(e, now)) {
            break;
        }
        used += e->size + 2;
        first--;
    }
    if (first > s->live_next) {
        session_state_repair_from(s, s->live_next);
    }
    s->live_next = l->last + 1;
    if (first > last) {
        return false;
    }
    return send_batch(s, first, last, now, out);
}

static bool send_gap(struct session *s, const struct frame_gap *gap, struct instant now,
                     struct byte_writer *out)
{
    struct frame frame = {.type = FRAME_GAP, .gap = *gap};
    frame.gap.epoch = s->ledger.epoch;
    look_at(s, session_state_after(now, SESSION_RETELL_NS));
    return send(s, &frame, out);
}

/* When the partner is to be told of entries that were dropped before it had them. */
static struct instant dropped_due(const struct session *s)
{
    if (s->ledger.oldest <= s->ledger.acknowledged + 1) {
        return INSTANT_LAST;
    }
    return instant_is_set(s->gap_sent) ? session_state_after(s->gap_sent, SESSION_RETELL_NS)
                                       : INSTANT_UNSET;
}

static bool send_dropped(struct session *s, struct instant now, struct byte_writer *out)
{
    const struct ledger *l = &s->ledger;
    if (instant_before(now, dropped_due(s))) {
        return false;
    }
    s->gap_sent = now;
    const struct frame_gap gap = {.first = l->acknowledged + 1,
                                  .last = l->oldest - 1,
                                  .after = l->before_oldest,
                                  .reason = GAP_DROPPED};
    return send_gap(s, &gap, now, out);
}

static bool send_withdrawn(struct session *s, uint64_t first, uint64_t last, struct instant now,
                           struct byte_writer *out)
{
    struct frame_gap gap = {
        .first = first, .last = last, .has_before = true, .reason = GAP_WITHDRAWN};
    const bool begins = ledger_head_at(&s->ledger, first - 1, &gap.before);
    const bool ends = ledger_head_at(&s->ledger, last, &gap.after);
    assert(begins && ends);
    ledger_mark_sent(&s->ledger, first, last, now);
    return send_gap(s, &gap, now, out);
}

/* Whether the repair lane is to send this one: the live lane never did, or it was lost. */
static bool is_wanted(const struct session *s, uint64_t sequence)
{
    const struct ledger_entry *e = ledger_entry_at(&s->ledger, sequence);
    return e != NULL && !e->acknowledged && !e->on_the_way &&
           (sequence < s->live_next || e->withdrawn);
}

/* Moves on to the first entry that is to be sent; false if none is. */
static bool find_wanted(struct session *s)
{
    const uint64_t first = first_open(&s->ledger);
    s->repair_next = s->repair_next < first ? first : s->repair_next;
    while (s->repair_next < s->live_next && !is_wanted(s, s->repair_next)) {
        s->repair_next++;
    }
    return is_wanted(s, s->repair_next);
}

/* The oldest run that is wanted: of one kind, unbroken, and no longer than a frame. */
static bool send_repair(struct session *s, struct instant now, struct byte_writer *out)
{
    if (!session_is_up(s, now)) {
        return false;
    }
    if (send_dropped(s, now, out)) {
        return true;
    }
    if (!find_wanted(s)) {
        return false;
    }
    const struct ledger *l = &s->ledger;
    const uint64_t first = s->repair_next;
    const bool withdrawn = ledger_entry_at(l, first)->withdrawn;
    if (!withdrawn && !needs_room(s, LANE_REPAIR)) {
        return false;
    }
    const uint32_t room = batch_room(out);
    uint64_t last = first;
    uint32_t used = ledger_entry_at(l, first)->size + 2;
    while (last < l->last && last + 1 - first < FRAME_RECORDS_MAX) {
        const struct ledger_entry *e = ledger_entry_at(l, last + 1);
        used += e->size + 2;
        if (e->withdrawn != withdrawn || (!withdrawn && used > room) || !is_wanted(s, last + 1)) {
            break;
        }
        last++;
    }
    s->repair_next = last + 1;
    return withdrawn ? send_withdrawn(s, first, last, now, out)
                     : send_batch(s, first, last, now, out);
}

bool session_next_frame(struct session *s, struct instant now, enum frame_lane *lane,
                        struct byte_writer *out)
{
    assert(instant_is_set(now));
    if (s->boot.epoch.counter == 0 || s->usurped || out->capacity - out->size < FRAME_ROOM_BYTES) {
        return false;
    }
    *lane = LANE_LIVE;
    if (hello_is_due(s, now)) {
        return send_hello(s, now, out);
    }
    if (!session_state_ready(s)) {
        return false;
    }
    if (slot_begins(&s->heartbeat_slot, now, SESSION_HEARTBEAT_NS, 0)) {
        return send_heartbeat(s, now, out);
    }
    look_for_lost(s, now);
    if (send_ack(s, now, out) || send_urgent(s, now, out) || send_live(s, now, out)) {
        return true;
    }
    *lane = LANE_REPAIR;
    return send_repair(s, now, out);
}

static struct instant earlier(struct instant a, struct instant b)
{
    return instant_before(a, b) ? a : b;
}

/* Whether something can be sent at once: there was too much for the caller. */
static bool has_more(const struct session *s, struct instant now)
{
    if ((s->urgent_next > 0 || s->live_next <= s->ledger.last) && has_room(s, LANE_LIVE)) {
        return true;
    }
    const bool repairs = session_is_up(s, now) && has_room(s, LANE_REPAIR);
    return repairs && is_wanted(s, s->repair_next);
}

static struct instant next_when_ready(const struct session *s, struct instant now)
{
    if (has_more(s, now)) {
        return now;
    }
    struct instant next = session_state_after(s->heartbeat_slot, SESSION_HEARTBEAT_NS);
    if (instant_is_set(s->ack_at)) {
        next = earlier(next, s->ack_at);
    }
    if (session_is_up(s, now)) {
        next = earlier(next, earlier(s->look_at, dropped_due(s)));
    }
    return next;
}

struct instant session_next_time(const struct session *s, struct instant now)
{
    if (s->boot.epoch.counter == 0 || s->usurped) {
        return INSTANT_LAST;
    }
    if (!instant_is_set(s->hello_sent)) {
        return now;
    }
    struct instant next = INSTANT_LAST;
    if (s->hello_due) {
        next = session_state_after(s->hello_sent, SESSION_HELLO_ANSWER_NS);
    }
    if (!s->heard_us) {
        next = earlier(next, session_state_after(s->hello_sent, SESSION_HELLO_NS));
    }
    if (session_state_ready(s)) {
        next = earlier(next, next_when_ready(s, now));
    }
    return instant_before(next, now) ? now : next;
}
