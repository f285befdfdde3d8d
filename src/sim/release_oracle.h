/* Whether a record should have gone to a partner, decided from docs/policy.md a second time and
 * without a line of share/release: from the policy's words, the record as it went, and where the
 * launches of the trial really were. What depends on what the owner knew of a launch by then, it
 * does not decide. */
#ifndef WATCHFIRE_SIM_RELEASE_ORACLE_H
#define WATCHFIRE_SIM_RELEASE_ORACLE_H

#include <stdbool.h>

#include "model/record.h"
#include "share/policy.h"
#include "sim/scenario.h"

struct release_oracle {
    const struct policy *policy; /* of the owner */
    const struct scenario *scenario;
    struct nation_id to;
    struct instant now; /* the owner's time when it went */
    bool warned;        /* the partner has a warning about this event */
};

/* Why the record should not have gone, or NULL; static storage.
 *
 *   record   as the partner gets it */
const char *release_oracle_objects(const struct release_oracle *o, const struct record *record);

#endif
