/* A scenario being played: the simulated world, the links, and one performer for each nation, all
 * on simulated time. Deterministic: the same scenario, seed and links give the same inputs and
 * effects. */
#ifndef WATCHFIRE_CLI_PLAY_H
#define WATCHFIRE_CLI_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "engine/engine.h"
#include "link/link_memory.h"
#include "sim/world.h"

#define PLAY_MESSAGE_SIZE 768 /* room for every message of the readers */

struct play_options {
    const struct scenario *scenario;
    uint64_t seed;
    bool alone;              /* all links are cut from the start */
    const char *journal_dir; /* NULL = journals in memory */
    bool resume;             /* the journals are there already: replay them, then go on */
    void *context;
    /* Every effect but sends, in order of true time; NULL = nobody looks. */
    void (*show)(void *context, uint32_t nation, const struct engine *engine,
                 const struct effect *effect, struct instant now);
};

struct play;

/* On error `message` says what is wrong and what to do. The caller closes what it got. */
MUST_USE result play_open(const struct play_options *options, struct play **out,
                          char message[PLAY_MESSAGE_SIZE]);
void play_close(struct play *play);

/* Everything up to and including `until`. On error `message` as above. */
MUST_USE result play_until(struct play *play, struct instant until,
                           char message[PLAY_MESSAGE_SIZE]);

/* An officer of a nation orders something. Errors as of the engine's: nothing has happened then. */
MUST_USE result play_order(struct play *play, uint32_t nation, const struct order *order);

/* As world_inject. */
MUST_USE result play_inject(struct play *play, uint32_t launch, struct instant at,
                            struct instant *over);

struct instant play_now(const struct play *play);

/* Whether some nation still feeds inputs that its journal has already. */
bool play_is_replaying(const struct play *play);

const struct world *play_world(const struct play *play);
const struct engine *play_engine(const struct play *play, uint32_t nation);
const struct link_counters *play_link(const struct play *play, uint32_t from, uint32_t to);

#endif
