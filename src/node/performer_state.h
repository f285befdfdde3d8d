/* What the parts of a performer share: performer.c feeds the engine, performer_commit.c makes what
 * it was fed durable and sends what waited. Not for others: see performer.h. */
#ifndef WATCHFIRE_NODE_PERFORMER_STATE_H
#define WATCHFIRE_NODE_PERFORMER_STATE_H

#include "engine/effects_digest.h"
#include "node/flood.h"
#include "node/group.h"
#include "node/input.h"
#include "node/performer.h"
#include "node/retention.h"
#include "node/snapshot.h"

struct performer {
    struct engine engine;
    struct engine_config config; /* as given; the engine's own changes with inputs (policies) */
    struct effects effects;
    struct performer_shell shell;
    const struct keys *keys; /* NULL = not booted */
    struct seal seals[LIMIT_PARTNERS];
    struct flood floods[LIMIT_PARTNERS];
    uint64_t position;                  /* of the last input fed */
    uint64_t already;                   /* up to here the journal has them */
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* the journal's, up to `position` */
    struct log_keeper *keeper;
    uint64_t durable; /* up to here they are on disk, as far as the last commit told */
    uint64_t differs_at;
    struct snapshot *snapshot; /* NULL = none was ever taken */
    bool is_partial;           /* the engine was not fed with all inputs that there ever were */
    struct retention retention;
    uint64_t restorable; /* position of a snapshot that is on disk; 0 = none is known */
    bool snapshot_written;
    struct group *filling;    /* what is fed goes here … */
    struct group *committing; /* … and then here, while it is written */
    bool is_committing;
    struct group groups[2];
    struct observation scan[LIMIT_SCAN];
    uint8_t input[INPUT_BYTES_MAX];
    uint8_t digest[EFFECTS_DIGEST_BYTES_MAX];
    uint8_t opened[SEAL_FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
};

/* One input: step, persist, show; sends wait. `signature` as of input_encode. Errors as of the
 * functions of performer.h. */
MUST_USE result performer_feed(struct performer *p, const struct event *event,
                               const uint8_t *signature);

#endif
