/* What is done to a coalition beside its links and processes: clocks, sensors, forgers. Inside
 * src/cli/coalition*.c only. */
#ifndef WATCHFIRE_CLI_COALITION_TROUBLE_H
#define WATCHFIRE_CLI_COALITION_TROUBLE_H

#include "base/bytes.h"
#include "base/random.h"
#include "cli/coalition.h"
#include "sim/world.h"

#define TROUBLE_FRAMES 64
#define TROUBLE_FRAME_BYTES 16384u

struct coalition;

/* Frames that somebody wrote down on their way. */
struct trouble_tape {
    uint32_t count; /* ever */
    struct {
        uint32_t from;
        uint32_t to;
        uint32_t size;
        uint8_t data[TROUBLE_FRAME_BYTES];
    } frames[TROUBLE_FRAMES];
};

/* How far the system clock of a node is ahead of the truth, ns. */
int64_t trouble_clock_ns(const struct coalition *c, uint32_t nation);

/* What is wrong with a nation's sensors now: changes the scan. `first` is kept for each sensor. */
void trouble_sensors(struct coalition *c, struct world_scan *scan);

/* Notes a frame on its way. */
void trouble_record(struct trouble_tape *tape, uint32_t from, uint32_t to, struct bytes sealed);

/* What forgers send now. Called every TROUBLE_PERIOD_S. */
#define TROUBLE_PERIOD_S 0.1
void trouble_forge(struct coalition *c);

#endif
