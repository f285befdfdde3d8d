/* A scenario's simulated sensors without its nations' nodes: they send to nodes that run by
 * themselves, in real time, as if the first launch were now. */
#ifndef WATCHFIRE_CLI_SENSORS_ONLY_H
#define WATCHFIRE_CLI_SENSORS_ONLY_H

#include <signal.h>
#include <stdint.h>

#include "sim/scenario.h"

struct sensors_only {
    const struct scenario *scenario;
    uint64_t seed;
    char **files; /* a NODE.yaml for each nation that has a node */
    uint32_t file_count;
    const volatile sig_atomic_t *stopped;
};

/* Plays to the end. Returns the exit status: 0, 2 for bad input (said on standard error), 130 if
 * stopped. */
int sensors_only_play(const struct sensors_only *options);

/* Writes DIR/KOR/sensors.ndjson and so on: what each nation's node must know of its sensors. */
int sensors_only_write(const struct scenario *scenario, const char *dir);

#endif
