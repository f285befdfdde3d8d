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

/* What an impact rests on; it is told with it. */
enum impact_assumption {
    ASSUMED_BALLISTIC,       /* thrust has ended for good */
    ASSUMED_THRUST_ENDS_NOW, /* it still burns, and nobody knows for how long */
    ASSUMED_BURN_GOES_ON,    /* as those of missiles do: mixed over how long and how strong */
    ASSUMED_SPENT_STAGE      /* it came off when thrust ended, whole, and tumbles */
};

struct impact_estimate {
    enum undetermined_reason why; /* WHY_NONE = determined, and the rest is valid */
    enum impact_assumption assumption;
    struct instant time;
    double time_95_s; /* half the width of the 95 % interval */
    struct geo_geodetic point;
    struct geo_ellipse ellipse_95;
    double covariance_m2[4]; /* east, north at the point */
};

/* An impact that is mixed over what the motors may still do. */
struct early_impact {
    struct impact_estimate impact; /* if it comes down; covariance_m2 is not set */
    double stays_up;               /* the probability that it does not */
    struct instant made;           /* from the state at this time */
};

/* Where a spent stage falls that came off at an end of thrust. */
struct stage_fall {
    struct instant released; /* the end of thrust */
    struct instant made;     /* from the state at this time */
    struct impact_estimate impact;
};

#define ASSESSMENT_FALLS_MAX 4

struct assessment {
    struct instant validity;
    struct launch_estimate launch;
    struct geo_ellipse launch_ellipse_95;
    struct impact_estimate impact;
    /* While it boosts and impact.why is WHY_THRUSTING; otherwise their why is WHY_NO_TRACK. */
    struct impact_estimate if_thrust_ends_now;
    struct early_impact early;
    uint32_t fall_count; /* one for each end of thrust that was recognised, in their order */
    struct stage_fall falls[ASSESSMENT_FALLS_MAX];
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
const char *impact_assumption_text(enum impact_assumption assumption);
const char *undetermined_reason_text(enum undetermined_reason why);

/* Whether if_thrust_ends_now and early are answers to something. */
bool assessment_looks_ahead(const struct assessment *a);

/* What is said of an assessment below coverage. */
const char *assessment_coverage_text(const struct assessment *a);

/* The class with the greatest probability; undetermined if none passes 0.5. */
enum missile_class assessment_class(const struct assessment *a);

#endif
