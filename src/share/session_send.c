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
           ((!s->heard_us || session_state_keys_due(s)) && since_ns >= SESSION_HELLO_NS);
}

static bool send_hello(struct session *s, struct instant now, struct byte_writer *out)
{
    s->hello_number++;
    s->hello_sent = now;
    s->hello_due = false;
    struct frame frame = {.type = FRAME_HELLO};
    frame.hello = (struct frame_hello){.schema_min = CODEC_SCHEMA_MIN,
                                       .schema_max = CODEC_SCHEMA_MAX,
                                       .time = now,
                                       .boot = s->boot.epoch,
                                       .number = s->hello_number,
                                       .heard = s->partner_boot,
                                       .answer = !s->heard_us || session_state_keys_due(s),
                                       .memory = s->durable.position};
    /* Until a partner's version is known it gets the list, without which it might verify nothing;
     * one of version 1 refuses that hello, and its own says what it speaks. */
    if (s->schema != 1) {
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

static bool send_ack(struct session *s, struct instant now, struct byte_writer *out)
{
    s->ack_due = false;
    struct frame frame = {.type = FRAME_ACK};
    frame.ack = (struct frame_ack){.time = now, .position = s->durable.position};
    for (uint32_t i = 0; i < s->durable.count && i < FRAME_RANGES_MAX; i++) {
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

static int64_t wait_ns(const struct ledger_entry *e)
{
    const int doublings = e->sends <= 1                             ? 0
                          : e->sends > SESSION_RETRANSMIT_DOUBLINGS ? SESSION_RETRANSMIT_DOUBLINGS
                                                                    : e->sends - 1;
    return (int64_t)SESSION_RETRANSMIT_NS << doublings;
}

static struct instant entry_due(const struct ledger_entry *e, struct instant now)
{
    return instant_is_set(e->sent) ? session_state_after(e->sent, wait_ns(e)) : now;
}

/* Bytes on the way that may still arrive. */
static uint32_t in_flight(const struct session *s, struct instant now)
{
    const struct ledger *l = &s->ledger;
    uint32_t bytes = 0;
    uint64_t n = l->acknowledged + 1 < l->oldest ? l->oldest : l->acknowledged + 1;
    for (; n <= l->last; n++) {
        const struct ledger_entry *e = ledger_entry_at(l, n);
        if (!e->acknowledged && instant_is_set(e->sent) &&
            instant_since(now, e->sent).ns < SESSION_RETRANSMIT_NS) {
            bytes += e->size;
        }
    }
    return bytes;
}

static uint32_t batch_room(const struct byte_writer *out)
{
    const size_t left = out->capacity - out->size;
    return (uint32_t)(left < FRAME_BYTES_MAX ? left : FRAME_BYTES_MAX) - BATCH_OVERHEAD_BYTES;
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
    session_state_repair_at(s, session_state_after(now, SESSION_RETRANSMIT_NS));
    return send(s, &frame, out);
}

/* Sent long enough ago that an acknowledgement might have come. */
static bool may_repeat(const struct ledger_entry *e, struct instant now)
{
    return instant_is_set(e->sent) && instant_since(now, e->sent).ns >= SESSION_REPEAT_NS;
}

/* The newest records that fit, at once, and with them the last few before them that are not yet
 * acknowledged: what a lost frame carried comes again with the next one. What does not fit is left
 * to the repair lane. */
static bool send_live(struct session *s, struct instant now, struct byte_writer *out)
{
    const struct ledger *l = &s->ledger;
    if (s->live_next > l->last || in_flight(s, now) >= SESSION_IN_FLIGHT_BYTES) {
        return false;
    }
    const uint32_t room = batch_room(out);
    const uint64_t again =
        s->live_next > SESSION_LIVE_REPEATS ? s->live_next - SESSION_LIVE_REPEATS : 1;
    const uint64_t lowest = again < l->oldest ? l->oldest : again;
    uint64_t first = l->last + 1;
    uint32_t used = 0;
    while (first > lowest && l->last + 1 - first < FRAME_RECORDS_MAX) {
        const struct ledger_entry *e = ledger_entry_at(l, first - 1);
        const bool repeat = first - 1 < s->live_next;
        if (e->withdrawn || e->acknowledged || used + e->size + 2 > room ||
            (repeat && !may_repeat(e, now))) {
            break;
        }
        used += e->size + 2;
        first--;
    }
    if (first > s->live_next) {
        session_state_repair_at(s, now);
    }
    s->live_next = l->last + 1;
    if (first > l->last) {
        return false;
    }
    return send_batch(s, first, l->last, now, out);
}

static bool send_gap(struct session *s, const struct frame_gap *gap, struct instant now,
                     struct byte_writer *out)
{
    struct frame frame = {.type = FRAME_GAP, .gap = *gap};
    frame.gap.epoch = s->ledger.epoch;
    session_state_repair_at(s, session_state_after(now, SESSION_RETRANSMIT_NS));
    return send(s, &frame, out);
}

/* Entries that were dropped before the partner had them. */
static bool send_dropped(struct session *s, struct instant now, struct byte_writer *out)
{
    const struct ledger *l = &s->ledger;
    if (l->oldest <= l->acknowledged + 1) {
        return false;
    }
    const struct instant due =
        instant_is_set(s->gap_sent) ? session_state_after(s->gap_sent, SESSION_RETRANSMIT_NS) : now;
    if (instant_before(now, due)) {
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

/* The first sequence that is due on the repair lane; 0 if none is, *next is then when one will
 * be. */
static uint64_t first_due(const struct session *s, struct instant now, struct instant *next)
{
    const struct ledger *l = &s->ledger;
    *next = INSTANT_LAST;
    uint64_t n = l->acknowledged + 1 < l->oldest ? l->oldest : l->acknowledged + 1;
    for (; n <= l->last && (n < s->live_next || ledger_entry_at(l, n)->withdrawn); n++) {
        const struct ledger_entry *e = ledger_entry_at(l, n);
        if (e->acknowledged) {
            continue;
        }
        const struct instant due = entry_due(e, now);
        if (!instant_before(now, due)) {
            return n;
        }
        *next = instant_before(due, *next) ? due : *next;
    }
    return 0;
}

/* The oldest run that is due: of one kind, unbroken, and no longer than a frame. */
static bool send_repair(struct session *s, struct instant now, struct byte_writer *out)
{
    if (instant_before(now, s->repair_due) || !session_is_up(s, now)) {
        return false;
    }
    if (send_dropped(s, now, out)) {
        return true;
    }
    const struct ledger *l = &s->ledger;
    struct instant next = INSTANT_LAST;
    const uint64_t first = first_due(s, now, &next);
    if (first == 0) {
        const bool gap = l->oldest > l->acknowledged + 1;
        s->repair_due = next;
        if (gap) {
            session_state_repair_at(s, session_state_after(s->gap_sent, SESSION_RETRANSMIT_NS));
        }
        return false;
    }
    const bool withdrawn = ledger_entry_at(l, first)->withdrawn;
    if (!withdrawn && in_flight(s, now) >= SESSION_IN_FLIGHT_BYTES) {
        return false;
    }
    const uint32_t room = batch_room(out);
    uint64_t last = first;
    uint32_t used = ledger_entry_at(l, first)->size + 2;
    /* What the live lane has not offered yet is not reached: it is only held back while too much is
     * in flight, and then nothing is repeated either. */
    while (last < l->last && last + 1 - first < FRAME_RECORDS_MAX) {
        const struct ledger_entry *e = ledger_entry_at(l, last + 1);
        used += e->size + 2;
        if (e->withdrawn != withdrawn || e->acknowledged || (!withdrawn && used > room) ||
            instant_before(now, entry_due(e, now))) {
            break;
        }
        last++;
    }
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
    if (slot_begins(&s->ack_slot, now, SESSION_ACK_NS, SESSION_ACK_PHASE_NS) && s->ack_due &&
        s->durable.position.epoch.counter > 0) {
        return send_ack(s, now, out);
    }
    if (send_live(s, now, out)) {
        return true;
    }
    *lane = LANE_REPAIR;
    return send_repair(s, now, out);
}

static struct instant earlier(struct instant a, struct instant b)
{
    return instant_before(a, b) ? a : b;
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
        next = earlier(next, session_state_after(s->heartbeat_slot, SESSION_HEARTBEAT_NS));
        if (s->ack_due) {
            next = earlier(next, session_state_after(s->ack_slot, SESSION_ACK_NS));
        }
        if (session_is_up(s, now)) {
            next = earlier(next, s->repair_due);
        }
    }
    return instant_before(next, now) ? now : next;
}
