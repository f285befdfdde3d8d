/* A journal played again into a fresh engine: whether it gives the same effects, bit for bit.
 *
 * It feeds from the beginning, since the engine's state is made by all inputs, and compares between
 * two times. Where the node was started with another configuration or build, another engine takes
 * over, fed with what came before, as it was then. */
#ifndef WATCHFIRE_NODE_RERUN_H
#define WATCHFIRE_NODE_RERUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/event.h"
#include "journal/journal.h"
#include "node/input.h"
#include "node/run.h"

enum rerun_verdict {
    RERUN_SAME,
    RERUN_DIFFERS,  /* another effect: `effect`, `recorded`, `now` */
    RERUN_REFUSED,  /* the engine does not take an input that it took then: `why` */
    RERUN_GARBLED,  /* an input makes no sense */
    RERUN_NO_CONFIG /* the configuration was written by a build of another layout */
};

struct rerun_request {
    struct instant from;          /* compare from here; unset = from the beginning */
    struct instant to;            /* stop after this; unset = at the end */
    const struct digest_key *key; /* opens the secrets; NULL = what went to partners is left out */
    /* After every input, with what it led to; NULL = nobody looks. */
    void (*show)(void *context, const struct engine *engine, const struct effects *effects);
    void *context;
};

struct rerun_report {
    enum rerun_verdict verdict;
    uint64_t position;           /* of the group that differs */
    struct instant time;         /* of its event */
    char event[INPUT_TEXT_SIZE]; /* what that was */
    uint32_t effect;             /* number of the first that differs, from 0 */
    int recorded;                /* its kind in the journal, as effects_digest_kind */
    int now;                     /* and now */
    result why;
    uint64_t runs;
    uint64_t other_builds;             /* of these, by another build than this one */
    bool complete;                     /* what went to partners was compared too */
    uint64_t groups;                   /* fed */
    uint64_t compared;                 /* of these, compared */
    uint64_t effects;                  /* compared */
    uint64_t events[EVENT_KIND_COUNT]; /* fed, by kind */
    struct instant first;              /* time of the first and last group fed */
    struct instant last;
};

/* ERR_IO if the journal fails or there is no memory, ERR_STATE if its beginning was dropped (it
 * makes what follows), ERR_NOT_FOUND if it does not say what it is
 * of, ERR_SIGNATURE if the key does not open its secrets. Anything else is in the report. */
MUST_USE result rerun(struct journal *j, const struct rerun_request *request,
                      struct rerun_report *out);

#endif
