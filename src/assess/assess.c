#include "assess/assess.h"

#include <string.h>

#include "assess/classify.h"
#include "assess/pull_up.h"
#include "geo/geodesic.h"
#include "physics/flight.h"

static enum undetermined_reason reason_without_prediction(const struct assess_input *in)
{
    if (in->track == NULL) {
        return WHY_NO_TRACK;
    }
    return in->manoeuvring ? WHY_MANOEUVRE : WHY_THRUSTING;
}

/* Range over the ground, launch to impact; 0 if either is undetermined. */
static double range_m(const struct assessment *a)
{
    double distance_m;
    if (!a->launch.determined || a->impact.why != WHY_NONE ||
        geodesic_inverse(a->launch.point, a->impact.point, &distance_m, NULL, NULL) != OK) {
        return 0.0;
    }
    return distance_m;
}

/* Where it may come down if it goes on manoeuvring. */
static void spread(const struct ballistic_state *s, struct assessment *out,
                   struct footprint *footprint)
{
    struct pull_up_fan fan;
    double last_s = 0.0;
    pull_up_fan(s, true, &fan);
    pull_up_footprint(&fan, s->time, footprint);
    for (uint32_t i = 0; i < fan.count; i++) {
        last_s = fan.falls[i].after_s > last_s ? fan.falls[i].after_s : last_s;
    }
    out->down_by = instant_plus_s(s->time, last_s);
}

static result predict(const struct ballistic_state *s, struct assessment *out,
                      struct footprint *footprint)
{
    struct impact_prediction prediction;
    TRY(impact_predict(s, &prediction));
    out->impact = prediction.estimate;
    out->apogee_m = prediction.apogee_m;
    out->range_m = range_m(out);
    *footprint = prediction.footprint;
    const double capable_m = out->range_m > 0.0 && out->apogee_m > 0.0
                                 ? flight_minimum_energy_range_m(out->apogee_m, out->range_m)
                                 : 0.0;
    return classify_coasting(s, capable_m, out->class_probability);
}

static void take_launch(const struct launch_estimate *launch, struct assessment *out)
{
    if (launch == NULL || !launch->determined ||
        ellipse_from_covariance(launch->covariance_m2, ELLIPSE_SCALE_95, &out->launch_ellipse_95) !=
            OK) {
        return;
    }
    out->launch = *launch;
}

result assess_make(const struct assess_input *in, struct assessment *out,
                   struct footprint *footprint)
{
    struct assessment a;
    struct footprint way;
    memset(&a, 0, sizeof a);
    memset(&way, 0, sizeof way);
    a.validity = INSTANT_UNSET;
    a.down_by = INSTANT_UNSET;
    a.phase = PHASE_UNKNOWN;
    a.status = STATUS_TENTATIVE;
    if (in->track != NULL) {
        a.validity = in->track->time;
        a.phase = in->track->phase;
        a.status = in->track->status;
    }
    take_launch(in->launch, &a);
    a.impact.why = reason_without_prediction(in);
    classify_certain(in->manoeuvring ? CLASS_NOT_BALLISTIC : CLASS_UNDETERMINED,
                     a.class_probability);
    if (in->ballistic != NULL && !in->manoeuvring) {
        a.validity = in->ballistic->time;
        TRY(predict(in->ballistic, &a, &way));
    } else if (in->ballistic != NULL) {
        a.validity = in->ballistic->time;
        spread(in->ballistic, &a, &way);
    }
    *out = a;
    *footprint = way;
    return OK;
}
