/* Snapshots: the engine's memory, so that a start need not replay more than the last seconds of the
 * journal.
 *
 * Two files lie beside the journal, "<journal>.snapshot-0" and "-1"; each write replaces the older.
 * A third, "-next", is made before an upgrade by the program that is to come. Integers are of this
 * machine: only the same build reads it, and only with the same settings.
 *
 *     0   8  "WFSNAP01"
 *     8  32  build identity
 *    40   8  position of the last input in it
 *    48  32  the journal's chain there: of another history it is not used
 *    80   8  size of the engine
 *    88      pages: 4 number, 4096 bytes; only what engine_extents says is in use
 *   end  32  BLAKE2b-256 of all before
 *
 * The secrets towards partners are wiped and put back from the node's keys. Taking one copies
 * memory, in the loop; writing it is for another thread. */
#ifndef WATCHFIRE_NODE_SNAPSHOT_H
#define WATCHFIRE_NODE_SNAPSHOT_H

#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"
#include "journal/journal.h"

struct snapshot;

/* NULL without memory. Free with snapshot_free. */
struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *s);

/* Copies what is in use of an engine; `chain` is the journal's at its position. ERR_FULL without
 * memory; what it held before is gone. */
MUST_USE result snapshot_take(struct snapshot *s, const struct engine *engine,
                              const uint8_t chain[JOURNAL_CHAIN_BYTES]);

/* The position of the last input in what was taken; 0 = nothing is. */
uint64_t snapshot_position(const struct snapshot *s);

/* Writes it in place of the older of the two files, whole or not at all. ERR_IO. */
MUST_USE result snapshot_write(struct snapshot *s, const char *journal_path);

/* Writes it as "-next", whole or not at all. ERR_IO. */
MUST_USE result snapshot_write_next(struct snapshot *s, const char *journal_path);

/* Fills the engine from the newest that fits: same build and settings, sound, its position in the
 * journal with the same chain there, not before `since`, and not amid decisions of the second with
 * which the journal ends: the log needs them. Which run of the journal made it does
 * not matter: the same build makes the same engine of the same inputs.
 *
 *   config  the node's; its secrets are put back. The policy is what inputs made of it
 *   engine  initialised; unchanged if there is none
 *
 * ERR_NOT_FOUND if none fits, ERR_IO without memory. */
MUST_USE result snapshot_load(const char *journal_path, struct journal *j, uint64_t since,
                              const struct engine_config *config, struct engine *engine);

/* The same from what was taken, if that fits. */
MUST_USE result snapshot_restore(const struct snapshot *s, struct journal *j, uint64_t since,
                                 const struct engine_config *config, struct engine *engine);

#endif
