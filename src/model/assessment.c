#include "model/assessment.h"

const char *missile_class_text(enum missile_class value)
{
    switch (value) {
    case CLASS_SHORT_RANGE:
        return "short range";
    case CLASS_MEDIUM_RANGE:
        return "medium range";
    case CLASS_INTERMEDIATE_RANGE:
        return "intermediate range";
    case CLASS_INTERCONTINENTAL:
        return "intercontinental";
    case CLASS_SPACE_LAUNCH:
        return "space launch";
    case CLASS_NOT_BALLISTIC:
        return "not ballistic";
    case CLASS_UNDETERMINED:
    case CLASS_COUNT:
        break;
    }
    return "undetermined";
}

const char *impact_assumption_text(enum impact_assumption assumption)
{
    switch (assumption) {
    case ASSUMED_BALLISTIC:
        return "no thrust, no steering; ballistic coefficient 500 to 10000 kg/m² until it is seen";
    case ASSUMED_THRUST_ENDS_NOW:
        return "thrust ends now";
    case ASSUMED_BURN_GOES_ON:
        return "thrust goes on as that of missiles does; how long is not known";
    case ASSUMED_SPENT_STAGE:
        return "came off whole when thrust ended, tumbles; ballistic coefficient 50 to 500 kg/m²";
    }
    return "unknown";
}

const char *undetermined_reason_text(enum undetermined_reason why)
{
    switch (why) {
    case WHY_NONE:
        return "determined";
    case WHY_NO_TRACK:
        return "no firm track";
    case WHY_THRUSTING:
        return "still thrusting, or the end of thrust is not yet certain";
    case WHY_TOO_UNCERTAIN:
        return "the area would be too large to be of use";
    case WHY_ORBIT:
        return "does not come down: in orbit";
    case WHY_MANOEUVRE:
        return "manoeuvring: no ballistic impact";
    case WHY_NO_BOOST_SEEN:
        return "first seen too late to tell where it came from";
    }
    return "unknown";
}

bool assessment_looks_ahead(const struct assessment *a)
{
    return a->impact.why == WHY_THRUSTING && a->if_thrust_ends_now.why != WHY_NO_TRACK;
}

const char *assessment_coverage_text(const struct assessment *a)
{
    return a->pull_up_held ? "below coverage; the area holds pull-ups of up to 100 m/s2 for 15 s"
                           : "below coverage; the area holds no manoeuvre";
}

enum missile_class assessment_class(const struct assessment *a)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (a->class_probability[i] > 0.5) {
            return (enum missile_class)i;
        }
    }
    return CLASS_UNDETERMINED;
}
