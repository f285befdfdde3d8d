/* What a launch is taken to be: from where, what, to where, when, how sure. "Undetermined" is an
 * answer, and says why. */
#ifndef WATCHFIRE_MODEL_ASSESSMENT_H
#define WATCHFIRE_MODEL_ASSESSMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "geo/ellipse.h"
#include "geo/frame.h"
#include "model/track.h"

enum missile_class {
    CLASS_SHORT_RANGE,
    CLASS_MEDIUM_RANGE,
    CLASS_INTERMEDIATE_RANGE,
    CLASS_INTERCONTINENTAL,
    CLASS_SPACE_LAUNCH,
    CLASS_NOT_BALLISTIC,
    CLASS_UNDETERMINED,
    CLASS_COUNT
};

enum undetermined_reason {
    WHY_NONE, /* determined */
    WHY_NO_TRACK,
    WHY_THRUSTING,     /* motors still burn, or it is not yet clear that they stopped */
    WHY_TOO_UNCERTAIN, /* the area would be larger than is of use to anyone */
    WHY_ORBIT,         /* does not come down */
    WHY_MANOEUVRE,
    WHY_NO_BOOST_SEEN
};

struct impact_estimate {
    enum undetermined_reason why; /* WHY_NONE = determined, and the rest is valid */
    struct instant time;
    double time_95_s; /* half the width of the 95 % interval */
    struct geo_geodetic point;
    struct geo_ellipse ellipse_95;
    double covariance_m2[4]; /* east, north at the point */
};

struct assessment {
    struct instant validity;
    struct launch_estimate launch;
    struct geo_ellipse launch_ellipse_95;
    struct impact_estimate impact;
    double apogee_m; /* 0 = undetermined */
    double range_m;  /* launch to impact over the ground; 0 = undetermined */
    double class_probability[CLASS_COUNT];
    /* In the air, and no longer measured: it may do what nobody sees. For a kind that is known to
     * pull up, the impact's area and time hold that too. */
    bool below_coverage;
    bool pull_up_held;
    /* While it manoeuvres (WHY_MANOEUVRE): by when it is down; else unset. */
    struct instant down_by;
    enum track_phase phase;
    enum track_status status;
};

const char *missile_class_text(enum missile_class value);
const char *undetermined_reason_text(enum undetermined_reason why);

/* What is said of an assessment below coverage. */
const char *assessment_coverage_text(const struct assessment *a);

/* The class with the greatest probability; undetermined if none passes 0.5. */
enum missile_class assessment_class(const struct assessment *a);

#endif
