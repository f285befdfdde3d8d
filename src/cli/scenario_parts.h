/* The parts of a scenario file: launches, sensors, links, injects. Each reads from a map or list
 * and leaves what is wrong as the tree's message; for cli/scenario_file alone. */
#ifndef WATCHFIRE_CLI_SCENARIO_PARTS_H
#define WATCHFIRE_CLI_SCENARIO_PARTS_H

#include "node/yaml.h"
#include "sim/scenario.h"

/* All but the recording itself; s->start and s->duration_s are set. */
void scenario_parts_launch(struct yaml map, const struct scenario *s,
                           struct scenario_launch *launch);
void scenario_parts_breaks(struct yaml list, struct scenario_recording *recording);
void scenario_parts_sensors(struct yaml list, struct scenario_nation *nation);
/* s->nations are set. */
void scenario_parts_links(struct yaml list, struct scenario *s);
void scenario_parts_injects(struct yaml list, struct scenario *s);

#endif
