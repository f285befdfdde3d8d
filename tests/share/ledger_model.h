/* A ledger beside a list of everything that was ever put into it: after every step what it still
 * keeps is byte for byte what was put in, in order, and its counts are those of the list. A broken
 * promise is an assert. */
#ifndef WATCHFIRE_TESTS_SHARE_LEDGER_MODEL_H
#define WATCHFIRE_TESTS_SHARE_LEDGER_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* Plays steps of three bytes each: what to do, and two numbers. */
void ledger_model_play(const uint8_t *steps, size_t size);

#endif
