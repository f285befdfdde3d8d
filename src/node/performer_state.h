/* What the parts of the performer share. Not for others: see performer.h. */
#ifndef WATCHFIRE_NODE_PERFORMER_STATE_H
#define WATCHFIRE_NODE_PERFORMER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/effects_digest.h"
#include "node/input.h"
#include "node/log_keeper.h"
#include "node/performer.h"
#include "node/snapshot.h"

#define GROUP_BYTES_MAX (32u * 1024u * 1024u)
/* Kept back from observations: time passes and partners are heard while the disk fails. */
#define GROUP_BYTES_RESERVE (4u * 1024u * 1024u)
/* What the transparency log may keep of one second. */
#define FACTS_BYTES (128u * 1024u)
#define DROP_MAX 5000 /* inputs dropped in one commit */
#define OUTBOX_BYTES_MAX (8u * 1024u * 1024u)
#define OUTBOX_FRAMES_MAX 4096

/* A plain frame that waits for the commit. */
struct waiting {
    uint32_t partner;
    enum frame_lane lane;
    uint32_t offset;
    uint32_t size;
};

/* What stands before each input of a group, or before a fact: then `input` is its key, and
 * `effects` its value. */
struct entry {
    bool is_fact;
    uint64_t position;
    struct instant time;
    uint64_t input_size;
    uint64_t effects_size;
};

/* Inputs that become durable together, and the frames that wait for it. */
struct group {
    uint64_t last; /* position of the newest input; 0 = none */
    bool news;     /* something but commits is among them */
    size_t size;
    uint32_t waiting_count;
    uint32_t outbox_size;
    struct waiting waiting[OUTBOX_FRAMES_MAX];
    uint8_t bytes[GROUP_BYTES_MAX]; /* entry, input, effects, entry, … */
    uint8_t outbox[OUTBOX_BYTES_MAX];
};

/* What was refused of a partner's link: so much of a reason in a second is an input, and the rest
 * is only counted, since a flood must not fill the journal. */
struct refusals {
    int64_t second; /* TAI, of `fed` */
    uint32_t fed[SESSION_REFUSAL_COUNT];
    uint64_t only_counted[SESSION_REFUSAL_COUNT];
};

struct performer {
    struct engine engine;
    struct engine_config config; /* as given; the engine's own changes with inputs (policies) */
    struct effects effects;
    struct performer_shell shell;
    const struct keys *keys; /* NULL = not booted */
    struct seal seals[LIMIT_PARTNERS];
    struct refusals refusals[LIMIT_PARTNERS];
    uint64_t position;                  /* of the last input fed */
    uint64_t already;                   /* up to here the journal has them */
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* the journal's, up to `position` */
    struct log_keeper *keeper;
    uint64_t durable; /* up to here they are on disk, as far as the last commit told */
    uint64_t differs_at;
    struct snapshot *snapshot;  /* NULL = none was ever taken */
    bool is_partial;            /* the engine was not fed with all inputs that there ever were */
    struct duration keep;       /* inputs are kept so long; 0 = for ever */
    uint64_t restorable;        /* position of a snapshot that is on disk; 0 = none is known */
    struct instant drop_before; /* of the commit under way; unset = drops nothing */
    bool snapshot_written;
    bool snapshot_has_chain;  /* it is durable up to there: it can be written */
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

/* One input: step, persist, show; sends wait. ERR_FULL if there is no room for it. */
MUST_USE result performer_feed(struct performer *p, const struct event *event,
                               const uint8_t *signature);

/* Whether one more input fits into the group, with so many bytes to spare. */
bool performer_has_room(const struct performer *p, size_t reserve);

#endif
