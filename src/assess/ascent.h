/* Where and when a missile was launched, from its first observations: a powered ascent is fitted
 * to them as a whole.
 *
 * The ascent has few numbers: where, when, which way; thrust at the start and how it grows; how
 * long it rises vertically, how fast it then leans over, and how that changes. What missiles do is
 * their prior, one for each hypothesis (a slow, a middling and a fast missile); each hypothesis is
 * fitted by Gauss-Newton, and they are weighed by how well the data and their prior agree
 * (Laplace's approximation of the evidence: MacKay (2003), Information Theory, Inference, and
 * Learning Algorithms, ch. 28). The earliest observations tell most; later ones count less and
 * less, since no missile keeps to these few numbers for long. */
#ifndef WATCHFIRE_ASSESS_ASCENT_H
#define WATCHFIRE_ASSESS_ASCENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"
#include "model/sensor.h"
#include "model/track.h"

#define ASCENT_FIXES_MAX 96
#define ASCENT_HYPOTHESES 4

/* The numbers of an ascent. Angles in rad, times in s, distances in m. */
enum ascent_number {
    ASCENT_EAST, /* of the launch point, in the axes at the origin */
    ASCENT_NORTH,
    ASCENT_START, /* launch, s after the reference time */
    ASCENT_BEARING,
    ASCENT_THRUST,    /* logarithm of the thrust acceleration at the start, m/s² */
    ASCENT_GROWTH,    /* 1 = it grows as if burning evenly with MISSILE_EXHAUST_MPS, 0 = not */
    ASCENT_RISE,      /* how long it rises vertically */
    ASCENT_KICK,      /* by how much it then leans over within some seconds */
    ASCENT_LEAN,      /* logarithm of the rate, rad/s, at which it leans over from then on */
    ASCENT_BEND,      /* by how much of itself that rate changes in a minute */
    ASCENT_DRIFT,     /* of the bearing, rad/s */
    ASCENT_BALLISTIC, /* logarithm of the ballistic coefficient, kg/m² */
    ASCENT_NUMBERS
};

/* What one observation says of the place: a point and how well it is known, each way (a line of
 * sight tells nothing along itself). East, north, up at the origin. */
struct ascent_fix {
    double time_s; /* after the reference time */
    struct sensor_id sensor;
    struct geo_enu point;
    double information_pm2[9];
};

/* The first observations of one object, and what was last made of them. All zero is empty. */
struct ascent {
    struct instant reference;   /* of the first observation that was handed in */
    struct geo_geodetic origin; /* on the ground below it */
    uint32_t count;
    bool changed;                              /* since the last estimate */
    struct ascent_fix fixes[ASCENT_FIXES_MAX]; /* in order of time */
    bool fitted[ASCENT_HYPOTHESES];
    double number[ASCENT_HYPOTHESES][ASCENT_NUMBERS];
};

/* Keeps an observation if it is among the first; one of a sensor's in a second is enough.
 *
 *   near   where about the object is: how far a line of sight reaches */
void ascent_note(struct ascent *ascent, const struct sensor *sensor, const struct observation *o,
                 struct geo_ecef near);

/* The launch as told by the observations.
 *
 *   boosting   the track as it is now: where the first fit starts from
 *   out        determined is false, and nothing else set, if nothing was noted since the last
 *              estimate, the observations are too few, begin too high above the ground to be told
 *              from the launch, or fit no ascent */
void ascent_estimate(struct ascent *ascent, const struct track *boosting,
                     struct launch_estimate *out);

#endif
