/* A sequence set beside a table that says of each sequence whether it is here: after every step
 * both say the same, and the set is in its one form. A broken promise is an assert. */
#ifndef WATCHFIRE_TESTS_SHARE_SEQUENCE_MODEL_H
#define WATCHFIRE_TESTS_SHARE_SEQUENCE_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* Plays steps of three bytes each: what to do, where, how far. */
void sequence_model_play(const uint8_t *steps, size_t size);

#endif
