/* What sensors send, on its way into the engine: lines and ASTERIX blocks are read, refused for a
 * reason or queued, and handed out as scans.
 *
 * Observations of one sensor with one time of validity that wait together are one scan. The queue
 * is bounded: when the engine or the disk cannot keep up, the oldest scan is shed and counted. What
 * is refused is counted by reason, and told at most once in INGEST_TELL_S for each reason.
 *
 * No I/O and no clock: time is an argument. */
#ifndef WATCHFIRE_NODE_INGEST_H
#define WATCHFIRE_NODE_INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "engine/limits.h"
#include "model/observation.h"
#include "model/sensor.h"

#define INGEST_QUEUE_MAX 16384 /* observations: more than two seconds of 6,000 a second */
#define INGEST_FUTURE_S 5.0    /* as far as clocks may differ */
#define INGEST_OLD_S 60.0      /* what is older helps no track */
#define INGEST_TELL_S 10.0
#define INGEST_TEXT_SIZE 512

enum ingest_refusal {
    INGEST_MALFORMED,      /* not an observation line, or not ASTERIX */
    INGEST_UNKNOWN_SENSOR, /* not in the sensors file */
    INGEST_DECLARATION,    /* a sensor line: sensors are declared in the file alone */
    INGEST_TOO_LONG,       /* a line longer than OBSERVATION_LINE_BYTES_MAX, or cut */
    INGEST_FUTURE,         /* more than INGEST_FUTURE_S ahead of the node's clock */
    INGEST_OLD,            /* more than INGEST_OLD_S behind it */
    INGEST_NO_PLOT,        /* ASTERIX: a record that is no plot (service messages do not count) */
    INGEST_TWICE,          /* ASTERIX: the same report again */
    INGEST_SHED,           /* the queue was full */
    INGEST_ENGINE,         /* the engine would not have it */
    INGEST_REFUSALS
};

const char *ingest_refusal_text(enum ingest_refusal why);

struct ingest_sensor {
    uint64_t taken;            /* into the queue */
    struct instant last_taken; /* unset = never */
    uint64_t refused[INGEST_REFUSALS];
};

struct ingest;

struct ingest_options {
    const struct sensor *sensors; /* copied */
    uint32_t sensor_count;        /* at most LIMIT_SENSORS */
    /* Told what was refused and why, a line without its end. */
    void (*tell)(void *context, const char *text);
    void *context;
};

/* ERR_IO without memory. The caller closes it. */
MUST_USE result ingest_open(const struct ingest_options *options, struct ingest **out);
void ingest_close(struct ingest *in); /* NULL is allowed */

/* One observation line, with or without its end; a blank one is passed over.
 *
 *   from   where it came from, for messages: "udp 127.0.0.1:9001" */
void ingest_line(struct ingest *in, const char *from, struct bytes line, struct instant now);

/* All lines of a datagram. */
void ingest_lines(struct ingest *in, const char *from, struct bytes datagram, struct instant now);

/* All ASTERIX blocks of a datagram; one that is malformed anywhere is refused whole. */
void ingest_asterix(struct ingest *in, const char *from, struct bytes datagram, struct instant now);

/* Counts what never became a line. */
void ingest_refuse(struct ingest *in, const char *from, enum ingest_refusal why,
                   struct instant now);

/* The oldest scan; 0 if there is none. */
uint32_t ingest_take(struct ingest *in, struct observation scan[LIMIT_SCAN]);

/* A scan that was taken and that the engine would not have. */
void ingest_refused_by_engine(struct ingest *in, const struct observation *scan, uint32_t count);

uint32_t ingest_waiting(const struct ingest *in); /* observations in the queue */
const struct ingest_sensor *ingest_sensor(const struct ingest *in, uint32_t index);
/* Refused in all, those of no known sensor included. */
uint64_t ingest_refused(const struct ingest *in, enum ingest_refusal why);

#endif
