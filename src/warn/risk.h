/* Which places may be hit or overflown: a footprint laid over the gazetteer. */
#ifndef WATCHFIRE_WARN_RISK_H
#define WATCHFIRE_WARN_RISK_H

#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "model/footprint.h"
#include "model/warning.h"

/* An area with what may happen there. The passage is the first of the likeliest way that passes. */
struct risk_area {
    struct warning_area area; /* a nation's own areas include the territorial sea nearest to them */
    double
        overflight_probability; /* another nation's area: 1 if the likeliest way passes, else 0 */
};

/* For one nation. Lists are ordered by impact probability (greatest first), then by the
 * probability of passage, then by its time; what does not fit is left out at the end. Not listed:
 * areas whose impact probability is below 0.0005 and over which no way passes. */
struct risk {
    struct nation_id nation;
    double impact_probability;     /* impact on its land or in its territorial sea */
    double overflight_probability; /* the way passes over its land, at any height, from now on */
    struct instant
        overflight_from; /* first and last passage of any way within 2.5 sigma, over its */
    struct instant overflight_until; /* land, with 2 sigma of time; both unset = none */
    uint32_t area_count;             /* the nation's own */
    struct risk_area areas[WARNING_AREAS_MAX];
    uint32_t all_count; /* every nation's */
    struct risk_area all[WARNING_AREAS_MAX];
};

/* Lays f over the gazetteer for `nation`. The part of the way before `now` counts for nothing.
 * Without samples no impact is looked for, without knots no passage. */
void risk_find(struct nation_id nation, const struct footprint *f, struct instant now,
               struct risk *out);

#endif
