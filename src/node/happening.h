/* What an engine's effects are called in words: one line for each happening that a watch officer
 * wants to know of. */
#ifndef WATCHFIRE_NODE_HAPPENING_H
#define WATCHFIRE_NODE_HAPPENING_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

#define HAPPENING_TEXT_SIZE 400

/* "LAUNCH AMBER-K417 seen by own sensors"; false for an effect that is not for people. */
bool happening_text(const struct engine *engine, const struct effect *effect,
                    char out[HAPPENING_TEXT_SIZE]);

/* What a warning is of: ", overflight in 01:54", ", impact in 03:10", or nothing where it ended. */
void happening_danger(const struct warning *w, struct instant now, char *out, size_t size);

/* The provinces of a warning, as many as fit: "Aomori, Akita and 3 more". */
void happening_areas(const struct warning *w, char *out, size_t size);

#endif
