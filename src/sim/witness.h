/* What one nation released to another, and what of it the other has on its disk: kept beside the
 * nodes, from nothing but what goes in and out of them, to say whether anything was lost or leaked.
 *
 * It knows neither ledger nor session: a sequence number, an epoch's counter and a hash of the
 * bytes are all it compares. Storage is the caller's and large; all zero = empty. */
#ifndef WATCHFIRE_SIM_WITNESS_H
#define WATCHFIRE_SIM_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "engine/limits.h"

#define WITNESS_SEQUENCES_MAX 8192

struct witness_entry {
    uint64_t released_epoch; /* counter of the owner's ledger; 0 = never released */
    uint64_t released_hash;
    uint64_t released_position; /* in the owner's journal */
    struct instant released_at; /* true time */
    uint64_t forgotten_epoch;   /* of what was released before its owner's disk forgot it */
    uint64_t forgotten_hash;
    uint64_t held_epoch; /* 0 = the partner's disk does not have it */
    uint64_t held_hash;
    uint64_t held_position;  /* in the partner's journal */
    uint64_t taken_position; /* in the partner's journal, of the input that brought it into its
                              * picture; 0 = it was not taken */
    bool is_gone;            /* its owner told the partner that it is gone or withdrawn */
};

struct witness_pair {
    uint64_t last; /* the newest sequence released */
    uint64_t released;
    uint64_t held;
    uint64_t acknowledged; /* the owner was told that the partner has all up to here */
    uint32_t owed_count;   /* of the ledger before, while another is begun */
    uint64_t owed[WITNESS_SEQUENCES_MAX];                /* hashes */
    struct witness_entry entries[WITNESS_SEQUENCES_MAX]; /* at the sequence */
};

struct witness {
    struct witness_pair pairs[LIMIT_NATIONS][LIMIT_NATIONS]; /* owner, partner */
};

/* What is found wrong: the place, and both sides' numbers. */
struct witness_finding {
    bool found;
    const char *what; /* static storage */
    uint64_t sequence;
    uint64_t owner_says;
    uint64_t partner_says;
};

/* A record went into the owner's ledger. */
void witness_released(struct witness_pair *p, uint64_t epoch, uint64_t sequence,
                      struct bytes record, uint64_t position, struct instant now);

/* Whether that very record was released under this number, ever. */
bool witness_was_released(const struct witness_pair *p, uint64_t epoch, uint64_t sequence,
                          struct bytes record);

/* The owner's disk holds its inputs up to `position`; what came after is forgotten. */
void witness_owner_restarts(struct witness_pair *p, uint64_t position);

/* A record is on the partner's disk. Finds one that was never released so. */
void witness_held(struct witness_pair *p, uint64_t epoch, uint64_t sequence, struct bytes record,
                  uint64_t position, struct witness_finding *out);

/* The owner begins another ledger behind `base`, since one of both had forgotten something. What
 * the owner still knows and the partner does not have must be in it: witness_goes_on for each
 * record of it, and then witness_went_on finds what is not. */
void witness_begins_anew(struct witness_pair *p, uint64_t base);
void witness_goes_on(struct witness_pair *p, uint64_t epoch, uint64_t sequence, struct bytes record,
                     uint64_t position, struct instant now);
void witness_went_on(struct witness_pair *p, struct witness_finding *out);

/* The partner forgot what it had behind a hole, and an owner that had forgotten it contradicts. */
void witness_forgets_ahead(struct witness_pair *p);

/* The partner's node took it. Finds one that it took twice. */
void witness_taken(struct witness_pair *p, uint64_t sequence, uint64_t position,
                   struct witness_finding *out);

/* The partner's disk holds its inputs up to `position`; what came after is forgotten. */
void witness_partner_restarts(struct witness_pair *p, uint64_t position);

/* The partner's disk has it from the owner that these are gone. */
void witness_gone(struct witness_pair *p, uint64_t first, uint64_t last);

/* The owner takes all up to `sequence` for durable at the partner, whose disk holds its inputs up
 * to `position`. Finds one that is not. */
void witness_acknowledged(struct witness_pair *p, uint64_t sequence, uint64_t position,
                          struct witness_finding *out);

/* At the end: finds a record that was released before `before` and is not at the partner. */
void witness_delivered(const struct witness_pair *p, struct instant before,
                       struct witness_finding *out);

#endif
