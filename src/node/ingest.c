#include "node/ingest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "formats/asterix_category.h"
#include "formats/asterix_plot.h"
#include "formats/observation_line.h"

#define NOTHING UINT32_MAX
#define TARGET_REPORTS 48
#define LATEST_PLOTS 64 /* how many plots back a report is known again */

/* An observation in the queue; `next` is the one after it in its scan, or among the free ones. */
struct slot {
    uint32_t next;
    struct observation observation;
};

struct scan {
    uint32_t sensor;
    uint32_t count;
    uint32_t first;
    uint32_t last;
};

struct ingest {
    struct ingest_options options;
    uint32_t sensor_count;
    struct sensor sensors[LIMIT_SENSORS];
    struct ingest_sensor counters[LIMIT_SENSORS];
    uint64_t refused[INGEST_REFUSALS];
    struct instant told[INGEST_REFUSALS];
    uint64_t untold[INGEST_REFUSALS];
    uint32_t waiting;
    uint32_t free;   /* the first that was given back */
    uint32_t unused; /* the first that nobody ever had: memory is touched as it is needed */
    uint64_t oldest; /* scans are numbered; each stands at its number modulo … */
    uint64_t next;   /* … the size, and these two are the ends of the queue */
    uint64_t newest_of[LIMIT_SENSORS]; /* number of the sensor's newest scan */
    uint32_t latest_next;
    struct observation latest[LATEST_PLOTS]; /* ASTERIX plots that were taken, in a ring */
    struct scan scans[INGEST_QUEUE_MAX];
    struct slot slots[INGEST_QUEUE_MAX];
};

const char *ingest_refusal_text(enum ingest_refusal why)
{
    static const char *const texts[INGEST_REFUSALS] = {
        [INGEST_MALFORMED] = "malformed",
        [INGEST_UNKNOWN_SENSOR] = "of an unknown sensor",
        [INGEST_DECLARATION] = "sensor lines, which belong into the sensors file",
        [INGEST_TOO_LONG] = "too long or cut",
        [INGEST_FUTURE] = "from the future",
        [INGEST_OLD] = "too old",
        [INGEST_NO_PLOT] = "reports that are no plots",
        [INGEST_TWICE] = "reports that came twice",
        [INGEST_SHED] = "shed: more than can be worked through",
        [INGEST_ENGINE] = "refused by the engine",
    };
    return texts[why];
}

result ingest_open(const struct ingest_options *options, struct ingest **out)
{
    struct ingest *in = calloc(1, sizeof *in);
    ENSURE(in != NULL, ERR_IO);
    in->options = *options;
    in->sensor_count = options->sensor_count;
    memcpy(in->sensors, options->sensors, options->sensor_count * sizeof in->sensors[0]);
    for (uint32_t i = 0; i < LIMIT_SENSORS; i++) {
        in->counters[i].last_taken = INSTANT_UNSET;
        in->newest_of[i] = UINT64_MAX;
    }
    for (uint32_t why = 0; why < INGEST_REFUSALS; why++) {
        in->told[why] = INSTANT_UNSET;
    }
    in->free = NOTHING;
    *out = in;
    return OK;
}

void ingest_close(struct ingest *in)
{
    free(in);
}

/* Counts; and tells, unless that was told a moment ago. */
static void refuse(struct ingest *in, const char *from, enum ingest_refusal why, uint32_t sensor,
                   struct instant now, const char *detail)
{
    in->refused[why]++;
    in->untold[why]++;
    if (sensor < in->sensor_count) {
        in->counters[sensor].refused[why]++;
    }
    if (instant_is_set(in->told[why]) && instant_since_s(now, in->told[why]) < INGEST_TELL_S) {
        return;
    }
    char text[INGEST_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%s: refused %llu %s%s%s%s%s", from,
                   (unsigned long long)in->untold[why], ingest_refusal_text(why),
                   sensor < in->sensor_count ? ", of " : "",
                   sensor < in->sensor_count ? in->sensors[sensor].id.text : "",
                   detail[0] != '\0' ? "; the latest: " : "", detail);
    in->told[why] = now;
    in->untold[why] = 0;
    in->options.tell(in->options.context, text);
}

void ingest_refuse(struct ingest *in, const char *from, enum ingest_refusal why, struct instant now)
{
    refuse(in, from, why, NOTHING, now, "");
}

static uint32_t find_sensor(const struct ingest *in, struct sensor_id id)
{
    for (uint32_t i = 0; i < in->sensor_count; i++) {
        if (sensor_id_equal(in->sensors[i].id, id)) {
            return i;
        }
    }
    return NOTHING;
}

static struct scan *scan_at(struct ingest *in, uint64_t number)
{
    return &in->scans[number % INGEST_QUEUE_MAX];
}

/* Gives the slots of the oldest scan back. */
static void drop_oldest(struct ingest *in)
{
    const struct scan *s = scan_at(in, in->oldest);
    in->slots[s->last].next = in->free;
    in->free = s->first;
    in->waiting -= s->count;
    in->oldest++;
}

static void shed(struct ingest *in, const char *from, struct instant now)
{
    const struct scan s = *scan_at(in, in->oldest);
    drop_oldest(in);
    for (uint32_t i = 0; i < s.count; i++) {
        refuse(in, from, INGEST_SHED, s.sensor, now, "");
    }
}

/* The scan that an observation belongs to: the newest of its sensor, if that is of the same
 * instant and still waits; else a new one. */
static struct scan *scan_for(struct ingest *in, uint32_t sensor, struct instant validity)
{
    const uint64_t newest = in->newest_of[sensor];
    if (newest != UINT64_MAX && newest >= in->oldest) {
        struct scan *s = scan_at(in, newest);
        if (s->count < LIMIT_SCAN &&
            instant_equal(in->slots[s->last].observation.validity, validity)) {
            return s;
        }
    }
    in->newest_of[sensor] = in->next;
    struct scan *fresh = scan_at(in, in->next);
    in->next++;
    *fresh = (struct scan){.sensor = sensor};
    return fresh;
}

/* One that was given back, or the next that was never used. */
static uint32_t take_slot(struct ingest *in)
{
    const uint32_t at = in->free;
    if (at == NOTHING) {
        assert(in->unused < INGEST_QUEUE_MAX);
        return in->unused++;
    }
    in->free = in->slots[at].next;
    return at;
}

static void queue(struct ingest *in, const char *from, uint32_t sensor, const struct observation *o,
                  struct instant now)
{
    if (in->waiting == INGEST_QUEUE_MAX) {
        shed(in, from, now);
    }
    const uint32_t at = take_slot(in);
    in->slots[at] = (struct slot){.next = NOTHING, .observation = *o};
    struct scan *s = scan_for(in, sensor, o->validity);
    if (s->count == 0) {
        s->first = at;
    } else {
        in->slots[s->last].next = at;
    }
    s->last = at;
    s->count++;
    in->waiting++;
}

/* An observation of a sensor that is declared. */
static void take(struct ingest *in, const char *from, uint32_t sensor, struct observation *o,
                 struct instant now)
{
    const double ahead_s = instant_since_s(o->validity, now);
    if (ahead_s > INGEST_FUTURE_S || ahead_s < -INGEST_OLD_S) {
        char detail[120];
        char said[UTC_TEXT_SIZE];
        char is[UTC_TEXT_SIZE];
        (void)snprintf(detail, sizeof detail, "%s, at %s by the node's clock",
                       utc_format(o->validity, 3, said), utc_format(now, 3, is));
        refuse(in, from, ahead_s > 0.0 ? INGEST_FUTURE : INGEST_OLD, sensor, now, detail);
        return;
    }
    o->receipt = now;
    queue(in, from, sensor, o, now);
    in->counters[sensor].taken++;
    in->counters[sensor].last_taken = now;
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r' &&
            line.data[i] != '\n') {
            return false;
        }
    }
    return true;
}

void ingest_line(struct ingest *in, const char *from, struct bytes line, struct instant now)
{
    if (is_blank(line)) {
        return;
    }
    if (line.size > OBSERVATION_LINE_BYTES_MAX) {
        refuse(in, from, INGEST_TOO_LONG, NOTHING, now, "");
        return;
    }
    struct observation_line read;
    struct fault fault;
    const result status = observation_line_read(line, in->sensors, in->sensor_count, &read, &fault);
    if (status == ERR_FULL) {
        refuse(in, from, INGEST_MALFORMED, NOTHING, now, "there is no memory to read it");
    } else if (status == ERR_NOT_FOUND) {
        refuse(in, from, INGEST_UNKNOWN_SENSOR, NOTHING, now, fault.found);
    } else if (status == ERR_STATE) {
        refuse(in, from, INGEST_DECLARATION, NOTHING, now, fault.found);
    } else if (status != OK) {
        char why[FAULT_TEXT_SIZE];
        refuse(in, from, INGEST_MALFORMED, NOTHING, now, fault_text(&fault, why));
    } else if (read.type == OBSERVATION_LINE_SENSOR) {
        refuse(in, from, INGEST_DECLARATION, NOTHING, now, read.sensor.id.text);
    } else {
        take(in, from, find_sensor(in, read.observation.sensor), &read.observation, now);
    }
}

void ingest_lines(struct ingest *in, const char *from, struct bytes datagram, struct instant now)
{
    while (datagram.size > 0) {
        const uint8_t *end = memchr(datagram.data, '\n', datagram.size);
        const size_t size = end != NULL ? (size_t)(end - datagram.data) : datagram.size;
        ingest_line(in, from, (struct bytes){datagram.data, size}, now);
        const size_t passed = end != NULL ? size + 1 : size;
        datagram = (struct bytes){datagram.data + passed, datagram.size - passed};
    }
}

static bool came_before(const struct ingest *in, const struct observation *o)
{
    for (uint32_t i = 0; i < LATEST_PLOTS; i++) {
        const struct observation *old = &in->latest[i];
        if (sensor_id_equal(old->sensor, o->sensor) && instant_equal(old->validity, o->validity) &&
            old->radar.polar.range_m == o->radar.polar.range_m &&
            old->radar.polar.azimuth_rad == o->radar.polar.azimuth_rad) {
            return true;
        }
    }
    return false;
}

static void take_record(struct ingest *in, const char *from, const struct asterix_record *record,
                        struct instant now)
{
    if (record->category->number != TARGET_REPORTS) {
        return; /* a service message: the radar is well */
    }
    const struct sensor_id id = asterix_plot_sensor(record);
    const uint32_t sensor = find_sensor(in, id);
    struct observation o;
    if (sensor == NOTHING || in->sensors[sensor].kind != SENSOR_RADAR) {
        refuse(in, from, INGEST_UNKNOWN_SENSOR, NOTHING, now, id.text);
    } else if (asterix_plot(record, &in->sensors[sensor], now, &o) != OK) {
        refuse(in, from, INGEST_NO_PLOT, sensor, now, "");
    } else if (came_before(in, &o)) {
        refuse(in, from, INGEST_TWICE, sensor, now, "");
    } else {
        in->latest[in->latest_next] = o;
        in->latest_next = (in->latest_next + 1) % LATEST_PLOTS;
        take(in, from, sensor, &o, now);
    }
}

void ingest_asterix(struct ingest *in, const char *from, struct bytes datagram, struct instant now)
{
    struct byte_reader reader = byte_reader_over(datagram);
    while (byte_reader_left(&reader) > 0) {
        struct asterix_block block;
        struct fault fault;
        if (asterix_block_next(&reader, 0, &block, &fault) != OK) {
            char why[FAULT_TEXT_SIZE];
            refuse(in, from, INGEST_MALFORMED, NOTHING, now, fault_text(&fault, why));
            return;
        }
        struct asterix_record record;
        while (asterix_block_record(&block, &record)) {
            take_record(in, from, &record, now);
        }
    }
}

uint32_t ingest_take(struct ingest *in, struct observation scan[LIMIT_SCAN])
{
    if (in->oldest == in->next) {
        return 0;
    }
    const struct scan *s = scan_at(in, in->oldest);
    const uint32_t count = s->count;
    uint32_t at = s->first;
    for (uint32_t i = 0; i < count; i++) {
        scan[i] = in->slots[at].observation;
        at = in->slots[at].next;
    }
    drop_oldest(in);
    return count;
}

void ingest_refused_by_engine(struct ingest *in, const struct observation *scan, uint32_t count)
{
    const uint32_t sensor = count > 0 ? find_sensor(in, scan[0].sensor) : NOTHING;
    for (uint32_t i = 0; i < count; i++) {
        refuse(in, "engine", INGEST_ENGINE, sensor, scan[i].receipt, "");
    }
}

uint32_t ingest_waiting(const struct ingest *in)
{
    return in->waiting;
}

const struct ingest_sensor *ingest_sensor(const struct ingest *in, uint32_t index)
{
    return &in->counters[index];
}

uint64_t ingest_refused(const struct ingest *in, enum ingest_refusal why)
{
    return in->refused[why];
}
