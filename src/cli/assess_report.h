/* What `assess` found, as JSON for machines and as text for people. */
#ifndef WATCHFIRE_CLI_ASSESS_REPORT_H
#define WATCHFIRE_CLI_ASSESS_REPORT_H

#include <stdint.h>

#include "base/result.h"
#include "engine/view.h"

struct assess_report {
    uint32_t event_count;
    const struct view_event *events; /* in the order in which they were first seen */
    uint32_t sensor_count;
    const struct view_sensor *sensors;
    uint64_t used; /* observations */
    uint64_t rejected;
    const uint64_t *rejected_why; /* OBSERVATION_FAULTS of them */
    uint64_t unassociated;
};

/* One JSON object and a line feed on standard output; docs/observations.md has the form. ERR_FULL
 * if there is no memory. */
MUST_USE result assess_report_json(const struct assess_report *report);

void assess_report_print(const struct assess_report *report);

#endif
