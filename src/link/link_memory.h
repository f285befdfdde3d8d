/* A carrier of opaque frames between nations in one process, with the faults of a real one: delay,
 * jitter, loss, cuts, flipped bits. The same seed gives the same faults. Time is an argument.
 *
 * Every directed pair of nations has its own random numbers, drawn for every frame in the same way
 * whatever the faults are set to: switching a fault on in one place changes nothing elsewhere. */
#ifndef WATCHFIRE_LINK_LINK_MEMORY_H
#define WATCHFIRE_LINK_LINK_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"

#define LINK_NATIONS_MAX 8
#define LINK_FRAME_BYTES_MAX (65536u + 256u)
#define LINK_QUEUE_MAX 4096 /* frames on the way, all links together */
#define LINK_QUEUE_BYTES_MAX (64u * 1024u * 1024u)

/* How a directed link behaves. All zero = a perfect one without delay. */
struct link_faults {
    double delay_s;            /* >= 0 */
    double jitter_s;           /* each frame takes up to this much longer, uniformly: reorders */
    double loss_probability;   /* of a frame; 0 to 1 */
    double flip_probability;   /* that one bit of a frame is turned over; 0 to 1 */
    double repeat_probability; /* that a frame arrives twice; 0 to 1 */
    bool cut;                  /* nothing that is sent arrives; what is on the way still does */
};

struct link_counters {
    uint64_t sent;
    uint64_t delivered;
    uint64_t lost; /* by loss or a cut */
    uint64_t flipped;
    uint64_t repeated;
    uint64_t overflowed; /* no room in the queue */
    uint64_t bytes;      /* sent */
};

/* A frame that arrives. `data` lives until the next call on the carrier. */
struct link_delivery {
    uint32_t from;
    uint32_t to;
    uint32_t lane;
    struct instant time;
    struct bytes data;
};

struct link_memory;

/* A carrier for nations 0 to nations - 1. ERR_RANGE for their number, ERR_IO without memory. */
MUST_USE result link_memory_open(uint32_t nations, uint64_t seed, struct link_memory **out);
void link_memory_close(struct link_memory *l);

/* ERR_RANGE for a value out of range or nations that do not exist. */
MUST_USE result link_memory_set(struct link_memory *l, uint32_t from, uint32_t to,
                                const struct link_faults *faults);

/* Sends a copy. A frame that the faults swallow is OK; ERR_RANGE if it is too long or the route
 * does not exist, ERR_FULL if too much is on the way. */
MUST_USE result link_memory_send(struct link_memory *l, uint32_t from, uint32_t to, uint32_t lane,
                                 struct bytes data, struct instant now);

/* The next frame that arrives at or before `until`, by time of arrival, then in the order in which
 * they were sent. False if there is none; out is then unchanged. */
bool link_memory_next(struct link_memory *l, struct instant until, struct link_delivery *out);

/* When the next frame arrives; INSTANT_LAST if none is on the way. */
struct instant link_memory_next_time(const struct link_memory *l);

const struct link_counters *link_memory_counters(const struct link_memory *l, uint32_t from,
                                                 uint32_t to);

#endif
