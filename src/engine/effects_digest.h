/* What the journal keeps of the effects of one step: enough to say, years later, that a replay gave
 * the same ones bit for bit, or which one was the first to differ.
 *
 *   32  BLAKE2b-256 over the digests of all effects in order
 *    8  for each effect: its kind, and the first 7 bytes of its digest
 *
 * An effect's digest is BLAKE2b-256 over every member, and over the frame of a send. */
#ifndef WATCHFIRE_ENGINE_EFFECTS_DIGEST_H
#define WATCHFIRE_ENGINE_EFFECTS_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/effects.h"

#define EFFECTS_DIGEST_WHOLE_BYTES 32
#define EFFECTS_DIGEST_MARK_BYTES 8
#define EFFECTS_DIGEST_BYTES_MAX \
    (EFFECTS_DIGEST_WHOLE_BYTES + EFFECTS_DIGEST_MARK_BYTES * LIMIT_EFFECTS)

/* Returns a view of `storage`. */
struct bytes effects_digest(const struct effects *effects,
                            uint8_t storage[EFFECTS_DIGEST_BYTES_MAX]);

/* Where two such texts differ first: the number of an effect, from 0, that is different or that
 * only one of them has. False if they are the same. */
bool effects_digest_differ(struct bytes a, struct bytes b, uint32_t *first);

/* How many effects a digest is of, and the kind of one of them (EFFECT_KIND_NONE if there is no
 * such effect). */
uint32_t effects_digest_count(struct bytes digest);
#define EFFECT_KIND_NONE (-1)
int effects_digest_kind(struct bytes digest, uint32_t index);

/* Of what kind of effect: "a frame sent", "a warning"; static storage. */
const char *effect_kind_text(int kind);

#endif
