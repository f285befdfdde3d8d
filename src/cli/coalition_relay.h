/* What nations of a coalition pass on for each other, by grants that the trial draws, and whether
 * they may. Inside src/cli/coalition*.c only. */
#ifndef WATCHFIRE_CLI_COALITION_RELAY_H
#define WATCHFIRE_CLI_COALITION_RELAY_H

#include "engine/effects.h"
#include "engine/engine.h"

struct member;

/* Gives the node the grants that are there now, if they are not those it has. Called every
 * TROUBLE_PERIOD_S. */
void relay_turn(struct member *m);

/* A record that another one passed on entered the picture. */
void relay_judge_taken(struct member *m, const struct engine *engine, const struct effect *e);

#endif
