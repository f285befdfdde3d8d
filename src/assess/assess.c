#include "assess/assess.h"

#include <string.h>

#include "assess/classify.h"
#include "assess/early.h"
#include "assess/pull_up.h"
#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/geodesic.h"
#include "physics/flight.h"
#include "physics/motion.h"

/* The early area is worked out anew so often. */
#define EARLY_EVERY_S 4.0
/* A stage's fall likewise, and for so long after the end of thrust: then it is known, and the way
 * back to there becomes long. */
#define FALL_EVERY_S 10.0
#define FALL_UNTIL_S 200.0
#define BACK_STEP_S 2.0
/* Ends of thrust that are nearer to each other are one. */
#define SAME_END_S 15.0

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

/* The state at the end of thrust, from the one now. */
static void go_back(const struct ballistic_state *now, struct instant to,
                    struct ballistic_state *out)
{
    struct motion_state m = {{0}};
    double transition[MOTION_MATRIX_CELLS];
    memcpy(m.x, now->x, 6 * sizeof *m.x);
    m.x[MOTION_LN_BETA] = now->x[BALLISTIC_LN_BETA];
    motion_propagate(MOTION_REENTRY, &m, instant_since_s(to, now->time), BACK_STEP_S, transition);
    out->time = to;
    memcpy(out->x, m.x, 6 * sizeof *m.x);
    out->x[BALLISTIC_LN_BETA] = now->x[BALLISTIC_LN_BETA];
    matrix_transform(transition, now->covariance, out->covariance, BALLISTIC_DIM, BALLISTIC_DIM);
}

/* What came off at the latest end of thrust falls: a new one, or the last one better known. */
static void follow_fall(const struct assess_input *in, struct assessment *out)
{
    const struct instant end = in->track->end_of_thrust;
    const struct ballistic_state *now = in->ballistic;
    uint32_t at = out->fall_count;
    if (!instant_is_set(end) || !(instant_since_s(now->time, end) < FALL_UNTIL_S)) {
        return;
    }
    if (at > 0 && fabs(instant_since_s(end, out->falls[at - 1].released)) < SAME_END_S) {
        at--;
        if (fabs(instant_since_s(now->time, out->falls[at].made)) < FALL_EVERY_S) {
            return;
        }
    }
    struct stage_fall fall = {.released = end, .made = now->time};
    struct ballistic_state stage;
    if (at == ASSESSMENT_FALLS_MAX) {
        return;
    }
    go_back(now, end, &stage);
    if (impact_predict_stage(&stage, &fall.impact) == OK && fall.impact.why == WHY_NONE) {
        out->falls[at] = fall;
        out->fall_count = at + 1;
    }
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
    if (in->before != NULL) {
        a.fall_count = in->before->fall_count;
        memcpy(a.falls, in->before->falls, sizeof a.falls);
    }
    take_launch(in->launch, &a);
    a.impact.why = reason_without_prediction(in);
    a.if_thrust_ends_now.why = WHY_NO_TRACK;
    a.early.impact.why = WHY_NO_TRACK;
    a.early.made = INSTANT_UNSET;
    classify_certain(in->manoeuvring ? CLASS_NOT_BALLISTIC : CLASS_UNDETERMINED,
                     a.class_probability);
    if (in->ballistic != NULL && !in->manoeuvring) {
        a.validity = in->ballistic->time;
        TRY(predict(in->ballistic, &a, &way));
        if (in->track != NULL) {
            follow_fall(in, &a);
        }
    } else if (in->ballistic != NULL) {
        a.validity = in->ballistic->time;
        spread(in->ballistic, &a, &way);
    }
    *out = a;
    *footprint = way;
    return OK;
}

void assess_look_ahead(const struct track *t, const struct early_impact *before,
                       struct assessment *a)
{
    struct ballistic_state now;
    struct impact_prediction prediction;
    if (a->impact.why != WHY_THRUSTING || a->phase != PHASE_BOOST) {
        return;
    }
    ballistic_state_init(&now, t->time, t->position, t->velocity, t->covariance);
    a->if_thrust_ends_now.why = WHY_TOO_UNCERTAIN;
    if (impact_predict(&now, &prediction) == OK) {
        a->if_thrust_ends_now = prediction.estimate;
    }
    a->if_thrust_ends_now.assumption = ASSUMED_THRUST_ENDS_NOW;
    if (before != NULL && before->impact.why != WHY_NO_TRACK && instant_is_set(before->made) &&
        fabs(instant_since_s(t->time, before->made)) < EARLY_EVERY_S) {
        a->early = *before;
        return;
    }
    if (early_predict(t, &a->launch, &a->early) != OK) {
        a->early.impact.why = WHY_TOO_UNCERTAIN;
        a->early.made = t->time;
    }
}
