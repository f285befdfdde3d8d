/* Whether a launch is from an area, when all that is known is an ellipse of doubt.
 *
 * The doubt is taken as a circle that holds 99 % of it. Inside means that the whole circle is, and
 * outside that none of it is; anything else is unsure. What was once decided is not undone by a
 * circle that grows or wanders a little: it stands until the point itself lies on the other side,
 * and is then contrary for good, which releases nothing and withholds everything. So a launch
 * changes its side of a border at most twice, and each time towards less. */
#ifndef WATCHFIRE_SHARE_REGION_H
#define WATCHFIRE_SHARE_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/track.h"
#include "share/policy.h"

enum region_side { REGION_UNSURE, REGION_INSIDE, REGION_OUTSIDE, REGION_CONTRARY };

/* Where a launch was. */
struct region_origin {
    bool known;
    struct geo_geodetic point;
    double doubt_m; /* with 99 % it was nearer to the point than this */
};

/* Of one launch, against every area of the policy in force. All zero = nothing known yet. */
struct region_sides {
    uint8_t of_area[POLICY_AREAS_MAX];
};

struct region_origin region_origin(const struct launch_estimate *launch);

/* By this estimate alone, without what was decided before: never CONTRARY. */
enum region_side region_side_of(const struct policy_area *area, const struct region_origin *origin);

/* The estimate changed: brings the sides up to it. */
void region_follow(const struct policy *policy, const struct region_origin *origin,
                   struct region_sides *sides);

/* Whether a rule speaks of such a launch: a releasing one only if it is inside one of its areas, a
 * withholding one unless it is outside them all. A rule without areas speaks of every launch. */
bool region_applies(const struct policy_rule *rule, const struct region_sides *sides);

#endif
