/* Non-interference: two runs of a trial that differ only in what a partner may not see, and what
 * that partner is sent: the same bytes at the same times. Of checkpoints, whose roots cover all
 * that was decided, the sizes and times. */
#ifndef WATCHFIRE_CLI_COALITION_TWIN_H
#define WATCHFIRE_CLI_COALITION_TWIN_H

#include "cli/coalition.h"

/* Runs the trial twice with its faults of links alone: once as it is, once without the sensor that
 * a nation keeps back from a partner. Nothing happens if no nation does. The finding says what
 * differed first. Errors as of coalition_run. */
MUST_USE result coalition_twins(const struct coalition_options *options,
                                struct coalition_finding *finding);

#endif
