#include "cli/coalition_traitor.h"

#include <string.h>

#include "base/elementary.h"
#include "cli/coalition_state.h"
#include "geo/ellipsoid.h"
#include "node/performer_state.h"

#define GHOSTS_MAX 24u
#define BATCH_BYTES (GHOSTS_MAX * CODEC_ENTRY_BYTES_MAX)

/* One frame being made up. */
struct lie {
    struct member *m;
    uint32_t partner;
    struct random *r;
    struct instant now; /* the liar's own time */
    uint32_t used;
    uint8_t bytes[BATCH_BYTES];
    uint8_t plain[FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    struct frame frame;
};

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static uint32_t below(struct random *r, uint32_t count)
{
    return (uint32_t)(random_uniform(r) * (double)count);
}

static const struct session *session_of(const struct lie *lie)
{
    return &performer_engine(lie->m->performer)->sessions[lie->partner];
}

static void say(struct lie *lie)
{
    struct member *m = lie->m;
    struct coalition *c = m->coalition;
    const uint32_t to = m->partner_nation[lie->partner];
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct byte_writer plain = {lie->plain, sizeof lie->plain, 0};
    struct byte_writer out = {lie->sealed, sizeof lie->sealed, 0};
    if (frame_encode(&lie->frame, &plain) != OK ||
        seal_close(&m->performer->seals[lie->partner], byte_writer_written(&plain), LANE_LIVE,
                   lie->now, &out, signature) != OK) {
        return;
    }
    c->counts->lies++;
    coalition_tell(c, "%s lies to %s: a %s of %zu bytes", coalition_code(c, m->nation),
                   coalition_code(c, to), frame_type_text(lie->frame.type), plain.size);
    (void)!link_memory_send(c->link, m->nation, to, LANE_LIVE, byte_writer_written(&out), c->now);
}

/* The name of an event that is in its picture, for whatever is to look like news of it. */
static struct event_name name_of(struct lie *lie)
{
    const struct engine *engine = performer_engine(lie->m->performer);
    const struct engine_event *event = &engine->events[below(lie->r, LIMIT_EVENTS)];
    struct event_name name = {{0}};
    if (event->id.value != 0 && random_uniform(lie->r) < 0.5) {
        return event->name;
    }
    memcpy(name.text, "GHOST-X100", sizeof "GHOST-X100");
    for (int i = 7; i < 10; i++) {
        name.text[i] = (char)('0' + below(lie->r, 10));
    }
    return name;
}

static void label(const struct lie *lie, struct record *record)
{
    const struct engine_config *config = &performer_engine(lie->m->performer)->config;
    record->label = (struct label){.owner = config->nation,
                                   .classification = CLASSIFICATION_SECRET,
                                   .releasable_count = 1,
                                   .releasable_to = {config->partners[lie->partner]}};
}

/* Something that nobody launched, and that flies well. */
static void make_ghost(struct lie *lie, struct track *t)
{
    struct random *r = lie->r;
    struct geo_ecef place = {0};
    const struct geo_geodetic above = {between(r, 38.0, 43.0) * RAD_PER_DEG,
                                       between(r, 124.0, 142.0) * RAD_PER_DEG,
                                       between(r, 20e3, 600e3)};
    place = ellipsoid_to_ecef(above);
    t->id.value = random_u64(r) | 1;
    t->owner = lie->m->config.nation;
    t->status = STATUS_FIRM;
    t->phase = PHASE_COAST;
    t->phase_probability = 0.99;
    t->time = instant_plus_s(lie->now, between(r, -2.0, 2.0));
    t->position = place;
    t->velocity =
        (struct geo_velocity){between(r, -3e3, 3e3), between(r, -3e3, 3e3), between(r, -1e3, 3e3)};
    const double sigma = elementary_exp(between(r, 0.0, 9.0));
    for (int i = 0; i < 6; i++) {
        t->covariance[7 * i] = sigma * sigma * (i < 3 ? 1.0 : 1e-3);
    }
    t->first_detection = instant_plus_s(t->time, -60.0);
    t->last_measurement = instant_plus_s(t->time, -0.5);
    t->span_from = instant_plus_s(t->time, -30.0);
}

/* Another nation's object, as its own: a little beside, or with a doubt far too small. */
static bool make_rumour(struct lie *lie, struct record *record)
{
    const struct engine *engine = performer_engine(lie->m->performer);
    const struct engine_event *event = &engine->events[below(lie->r, LIMIT_EVENTS)];
    const struct engine_solution *s = &event->solutions[below(lie->r, LIMIT_NATIONS)];
    if (event->id.value == 0 || !s->present) {
        return false;
    }
    record->track = s->track;
    record->track.owner = lie->m->config.nation;
    record->track.status = STATUS_FIRM;
    record->track.measurement_count = 0;
    record->track.id.value = random_uniform(lie->r) < 0.5 ? random_u64(lie->r) | 1 : 77;
    record->track.position.x_m += between(lie->r, -50e3, 50e3);
    record->track.velocity.y_mps += between(lie->r, -500.0, 500.0);
    record->event = event->name;
    return true;
}

static void make_record(struct lie *lie, struct record *record)
{
    struct random *r = lie->r;
    memset(record, 0, sizeof *record);
    record->made = instant_plus_s(lie->now, random_uniform(r) < 0.2 ? -3600.0 : -0.1);
    record->event = name_of(lie);
    label(lie, record);
    const double what = random_uniform(r);
    if (what < 0.15) {
        record->kind = RECORD_NOTICE;
        record->notice.track.value = random_u64(r) | 1;
        record->notice.first_detection = instant_plus_s(record->made, -10.0);
        record->notice.withdrawn = random_uniform(r) < 0.5;
    } else if (what < 0.3) {
        record->kind = RECORD_WARNING;
        record->warning = (struct warning_notice){.serial = 1 + below(r, 5),
                                                  .state = WARNING_INITIAL,
                                                  .issued = record->made,
                                                  .expires = instant_plus_s(record->made, 7200.0),
                                                  .impact = INSTANT_UNSET};
    } else {
        record->kind = RECORD_TRACK;
        if (what > 0.6 || !make_rumour(lie, record)) {
            make_ghost(lie, &record->track);
        }
    }
    if (random_uniform(r) < 0.05) { /* in another's name */
        record->label.owner = lie->m->config.partners[below(r, lie->m->config.partner_count)];
        record->track.owner =
            record->kind == RECORD_TRACK ? record->label.owner : record->track.owner;
    }
}

/* The next record of the batch; false if it is none that can be said. */
static bool add_record(struct lie *lie, struct frame_batch *b)
{
    struct record record;
    struct byte_writer w = {lie->bytes + lie->used, CODEC_ENTRY_BYTES_MAX, 0};
    make_record(lie, &record);
    if (codec_encode(&record, &w) != OK) {
        return false;
    }
    if (random_uniform(lie->r) < 0.02) { /* of no schema, or a relay that is none */
        lie->bytes[lie->used + below(lie->r, 4)] ^= (uint8_t)(1u << below(lie->r, 8));
    }
    b->records[b->count] = byte_writer_written(&w);
    b->count++;
    lie->used += (uint32_t)w.size;
    return true;
}

/* False records, under the numbers that come next or, to contradict itself, under earlier ones. */
static void lie_of_objects(struct lie *lie)
{
    const struct session *s = session_of(lie);
    struct traitor_story *story = &lie->m->stories[lie->partner];
    struct frame_batch *b = &lie->frame.batch;
    const uint32_t count = 1 + below(lie->r, GHOSTS_MAX);
    if (!frame_epoch_equal(&story->epoch, &s->ledger.epoch)) {
        story->epoch = s->ledger.epoch;
        story->sequence = s->ledger.last;
        if (!ledger_head_at(&s->ledger, s->ledger.last, &story->head)) {
            return;
        }
    }
    lie->frame.type = FRAME_BATCH;
    b->epoch = story->epoch;
    memcpy(b->salt, s->ledger.salt, sizeof b->salt);
    b->previous = story->head;
    b->first = story->sequence + 1;
    for (uint32_t i = 0; i < count; i++) {
        if (add_record(lie, b)) {
            story->head = ledger_chain(b->salt, &story->head, b->first + b->count - 1,
                                       b->records[b->count - 1]);
        }
    }
    if (b->count == 0) {
        return;
    }
    story->sequence += b->count;
    if (random_uniform(lie->r) < 0.1) {
        b->first = 1 + below(lie->r, (uint32_t)b->first);
    }
    say(lie);
}

/* Receipts for what it has not, and gaps where there is none. */
static void lie_of_numbers(struct lie *lie)
{
    const struct session *s = session_of(lie);
    struct random *r = lie->r;
    if (random_uniform(r) < 0.5) {
        lie->frame.type = FRAME_ACK;
        lie->frame.ack = (struct frame_ack){.time = lie->now, .position = s->here.position};
        lie->frame.ack.position.sequence += below(r, 20);
        lie->frame.ack.range_count = 1;
        lie->frame.ack.ranges[0].first = lie->frame.ack.position.sequence + 2 + below(r, 5);
        lie->frame.ack.ranges[0].last = lie->frame.ack.ranges[0].first + below(r, 200);
    } else {
        lie->frame.type = FRAME_GAP;
        lie->frame.gap = (struct frame_gap){.epoch = s->ledger.epoch,
                                            .first = 1 + below(r, (uint32_t)s->ledger.last + 1),
                                            .reason = GAP_DROPPED};
        lie->frame.gap.last = lie->frame.gap.first + below(r, 100);
        memset(lie->frame.gap.after.bytes, (int)below(r, 256), DIGEST_BYTES);
    }
    say(lie);
}

/* Another memory in each hello: a ledger further on, shorter, or of another history. */
static void lie_of_memory(struct lie *lie)
{
    const struct session *s = session_of(lie);
    struct frame_hello *h = &lie->frame.hello;
    lie->frame.type = FRAME_HELLO;
    *h = (struct frame_hello){.schema_min = CODEC_SCHEMA_MIN,
                              .schema_max = CODEC_SCHEMA_MAX,
                              .time = lie->now,
                              .boot = s->boot.epoch,
                              .number = s->hello_number + 1 + below(lie->r, 3),
                              .heard = s->partner_boot,
                              .answer = true,
                              .memory = s->durable.position};
    memcpy(h->ephemeral_public, s->boot.ephemeral_public, sizeof h->ephemeral_public);
    h->memory.sequence += below(lie->r, 50);
    /* As if it had heard a copy of the partner's node. */
    h->heard.counter += random_uniform(lie->r) < 0.1 ? below(lie->r, 1000) : 0;
    h->memory.head.bytes[0] ^= (uint8_t)below(lie->r, 2);
    say(lie);
}

void traitor_speak(struct member *m, double rate)
{
    static struct lie lie; /* large; one thread */
    struct coalition *c = m->coalition;
    const uint32_t count = random_poisson(&c->lies, rate * TROUBLE_PERIOD_S);
    for (uint32_t i = 0; i < count && m->config.partner_count > 0; i++) {
        lie.m = m;
        lie.r = &c->lies;
        lie.partner = below(lie.r, m->config.partner_count);
        lie.now = performer_engine(m->performer)->now;
        lie.used = 0;
        memset(&lie.frame, 0, sizeof lie.frame);
        const double what = random_uniform(lie.r);
        if (what < 0.8) {
            lie_of_objects(&lie);
        } else if (what < 0.95) {
            lie_of_numbers(&lie);
        } else {
            lie_of_memory(&lie);
        }
    }
}
