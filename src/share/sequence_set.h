/* Which entries of a partner's ledger are here: everything up to a number, and some ranges ahead.
 *
 * Every range knows the head of the hash chain before and after it, so that two ranges that meet
 * prove that they belong to one history. Plain memory, no pointers. */
#ifndef WATCHFIRE_SHARE_SEQUENCE_SET_H
#define WATCHFIRE_SHARE_SEQUENCE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "share/digest.h"
#include "share/frame.h"

#define SEQUENCE_SET_RANGES_MAX 64

struct sequence_range {
    uint64_t first;
    uint64_t last;
    struct digest before; /* head before `first` */
    struct digest after;  /* head after `last` */
};

struct sequence_set {
    struct frame_position position; /* all up to here */
    uint32_t count;
    struct sequence_range ranges[SEQUENCE_SET_RANGES_MAX]; /* ascending, never touching */
};

void sequence_set_init(struct sequence_set *s, const struct frame_position *position);

bool sequence_set_has(const struct sequence_set *s, uint64_t sequence);

/* The highest sequence in the set. */
uint64_t sequence_set_last(const struct sequence_set *s);

/* How many sequences up to `last` are not in the set. */
uint64_t sequence_set_missing(const struct sequence_set *s, uint64_t last);

/* Whether `head` differs from what the set knows of the chain after `sequence`; if so, that. */
bool sequence_set_contradicts(const struct sequence_set *s, uint64_t sequence,
                              const struct digest *head, struct digest *known);

/* Adds a run of which nothing is in the set yet. ERR_SIGNATURE if it meets a neighbour whose head
 * is another: two histories. ERR_FULL if there is no room for one more range. Unchanged on
 * error. */
MUST_USE result sequence_set_add(struct sequence_set *s, const struct sequence_range *run);

/* Everything up to `last` is here or gone; the chain goes on from `after`. Returns how many were
 * not here. ERR_SIGNATURE as above. */
MUST_USE result sequence_set_skip(struct sequence_set *s, uint64_t last, const struct digest *after,
                                  uint64_t *skipped);

/* Forgets the ranges that begin after `last`. */
void sequence_set_cut(struct sequence_set *s, uint64_t last);

#endif
