/* What lift that nobody has seen yet can do: where something in the air may come down that pulls up
 * or turns. The assumption, published with the answer: lift of up to 100 m/s², for up to 15 s,
 * begun between 45 and 25 km; upwards or to the sides, since downwards leads nowhere far. */
#ifndef WATCHFIRE_ASSESS_PULL_UP_H
#define WATCHFIRE_ASSESS_PULL_UP_H

#include <stdbool.h>

#include "assess/impact.h"
#include "base/result.h"
#include "model/footprint.h"

#define PULL_UP_FALLS FOOTPRINT_MORE_MAX

struct pull_up_fall {
    double lat_rad;
    double lon_rad;
    double after_s; /* since the state's time */
};

/* Ways down that stand for all such manoeuvres, each as likely as the other. */
struct pull_up_fan {
    uint32_t count; /* at most PULL_UP_FALLS; less if some do not come down within half an hour */
    struct pull_up_fall falls[PULL_UP_FALLS];
};

/* From a state that falls ballistically until it pulls up, or (is_begun) pulls up already and does
 * so for up to 15 s more. The state's own doubt is left out: it is small beside. */
void pull_up_fan(const struct ballistic_state *s, bool is_begun, struct pull_up_fan *out);

/* Widens an impact predicted from the same state: with the probability of one half it does what the
 * fan stands for. The area and the interval then hold 95 % of both together; the footprint gets
 * both. Not for a footprint that was widened already. ERR_STATE if nothing was predicted or the fan
 * is empty, ERR_NUMERIC if nothing possible comes out; both are then unchanged. */
MUST_USE result pull_up_widen(const struct ballistic_state *s, struct impact_estimate *impact,
                              struct footprint *footprint);

/* The footprint of something that manoeuvres: the fan alone, without a way. */
void pull_up_footprint(const struct pull_up_fan *fan, struct instant time, struct footprint *out);

#endif
