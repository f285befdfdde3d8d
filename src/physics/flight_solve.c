/* Solving a flight for its published apogee and range.
 *
 * First a search that cannot miss: for a given pitch the apogee grows with the velocity gain,
 * and along the gains that give the wanted apogee the range falls with the pitch, so one bracket
 * inside another comes close. Then Newton's method on all three numbers (gain and the two ways
 * in which the thrust can lean) for apogee, range and bearing, on flights flown in full:
 * rotation and oblateness of the Earth and drag are all in.
 *
 * On the way to an orbit the three numbers are gain, pitch and the coast before the last stage,
 * and what they must meet is height, no climb and circular speed at the end of thrust. */
#include "base/vector.h"
#include "physics/flight.h"

#include <assert.h>
#include <stddef.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/gravity.h"

#define GAIN_MIN_MPS 300.0
#define GAIN_MAX_MPS 15000.0
#define PITCH_MIN_RAD (-15.0 * RAD_PER_DEG)
#define PITCH_MAX_RAD (105.0 * RAD_PER_DEG)
#define NEVER_M 1e9       /* apogee and range of what does not come down */
#define TOLERANCE_M 100.0 /* of apogee and of the impact point */
#define CONVERGED_M 0.1
#define GAP_S_MAX 300.0
#define SETTLE_S 1000.0

static const struct flight_plan PLANS[] = {
    [FLIGHT_SHORT] = {.stage_count = 1, .stages = {{1.0, 65.0, 2350.0, 0.0}}},
    [FLIGHT_MEDIUM] = {.stage_count = 1, .stages = {{1.0, 100.0, 2350.0, 0.0}}},
    [FLIGHT_INTERMEDIATE] = {.stage_count = 1, .stages = {{1.0, 150.0, 2600.0, 0.0}}},
    [FLIGHT_INTERCONTINENTAL] = {.stage_count = 2,
                                 .stages = {{0.5, 130.0, 2650.0, 3.0}, {0.5, 180.0, 2800.0, 0.0}}},
    [FLIGHT_INTERCONTINENTAL_SOLID] = {.stage_count = 3,
                                       .stages = {{0.36, 70.0, 2600.0, 6.0},
                                                  {0.34, 75.0, 2700.0, 6.0},
                                                  {0.30, 80.0, 2750.0, 0.0}}},
    [FLIGHT_SPACE_LAUNCH] = {.stage_count = 3,
                             .stages = {{0.36, 120.0, 2600.0, 6.0},
                                        {0.34, 200.0, 2800.0, 100.0},
                                        {0.30, 250.0, 2850.0, 0.0}}},
};

void flight_stages_of_kind(enum flight_kind kind, struct flight_plan *plan)
{
    assert((size_t)kind < sizeof PLANS / sizeof PLANS[0]);
    plan->stage_count = PLANS[kind].stage_count;
    for (int i = 0; i < FLIGHT_STAGES_MAX; i++) {
        plan->stages[i] = PLANS[kind].stages[i];
    }
}

double flight_minimum_energy_range_m(double apogee_m, double range_m)
{
    const double top = 1.0 + apogee_m / ELLIPSOID_A_M;
    const double half_angle_rad = 0.5 * range_m / ELLIPSOID_A_M;
    const double e = (top - 1.0) / (top - elementary_cos(half_angle_rad));
    const double q = 2.0 - (1.0 + e) / top;
    if (q >= 1.0) {
        return PI * ELLIPSOID_A_M;
    }
    return 2.0 * ELLIPSOID_A_M * elementary_asin(q / (2.0 - q));
}

enum flight_kind flight_kind_of(double apogee_m, double range_m)
{
    const double reach_m = flight_minimum_energy_range_m(apogee_m, range_m);
    if (reach_m < 1000e3) {
        return FLIGHT_SHORT;
    }
    if (reach_m < 3000e3) {
        return FLIGHT_MEDIUM;
    }
    return reach_m < 5500e3 ? FLIGHT_INTERMEDIATE : FLIGHT_INTERCONTINENTAL;
}

static bool is_between(double value, double low, double high)
{
    return value >= low && value <= high;
}

static result check_stages(const struct flight_plan *plan)
{
    ENSURE(plan->stage_count >= 1 && plan->stage_count <= FLIGHT_STAGES_MAX, ERR_RANGE);
    double shares = 0.0;
    for (int i = 0; i < plan->stage_count; i++) {
        const struct flight_stage *s = &plan->stages[i];
        ENSURE(is_between(s->share, 0.01, 1.0), ERR_RANGE);
        ENSURE(is_between(s->burn_s, 1.0, 1000.0), ERR_RANGE);
        ENSURE(is_between(s->exhaust_mps, 500.0, 6000.0), ERR_RANGE);
        ENSURE(is_between(s->gap_s, 0.0, 1000.0), ERR_RANGE);
        shares += s->share;
    }
    ENSURE(is_between(shares, 0.999999, 1.000001), ERR_RANGE);
    return OK;
}

static result check_plan(const struct flight_plan *plan)
{
    TRY(check_stages(plan));
    ENSURE(is_between(plan->site.lat_rad, -0.5 * PI, 0.5 * PI), ERR_RANGE);
    ENSURE(elementary_is_finite(plan->site.lon_rad), ERR_RANGE);
    ENSURE(is_between(plan->site.height_m, -500.0, 9000.0), ERR_RANGE);
    ENSURE(elementary_is_finite(plan->bearing_rad), ERR_RANGE);
    ENSURE(is_between(plan->beta_kgpm2, 10.0, 1e6), ERR_RANGE);
    ENSURE(is_between(plan->failure_s, 0.0, 1e5), ERR_RANGE);
    ENSURE(is_between(plan->apogee_m, 5e3, 15000e3), ERR_RANGE);
    if (plan->to_orbit) {
        ENSURE(plan->stage_count > 1, ERR_RANGE);
        ENSURE(plan->apogee_m >= 150e3, ERR_RANGE);
    } else {
        ENSURE(is_between(plan->range_m, 20e3, 20000e3), ERR_RANGE);
    }
    return OK;
}

/* What is being tried: the gain, and where the thrust points in the end, as a unit vector in the
 * site's axes: along the bearing, across it to the right, up. It has no seam at the zenith, where
 * lofted flights are aimed. */
struct aim {
    double gain_mps;
    double ahead;
    double right;
    double up;
    double gap_s; /* before the last stage; an unknown on the way to an orbit only */
};

/* What came of it: apogee, and the impact point in polar coordinates round the site, along the
 * bearing and across it. */
struct outcome {
    double apogee_m;
    double along_m;
    double across_m;
};

static struct aim aim_at(double gain_mps, double pitch_rad)
{
    return (struct aim){
        .gain_mps = gain_mps, .ahead = elementary_cos(pitch_rad), .up = elementary_sin(pitch_rad)};
}

static void flight_of(const struct flight_plan *plan, struct aim aim, struct flight *f)
{
    const double flat = sqrt(aim.ahead * aim.ahead + aim.right * aim.right);
    const double bearing_rad = plan->bearing_rad + elementary_atan2(aim.right, aim.ahead);
    struct flight_plan tried = *plan;
    if (plan->to_orbit) {
        tried.stages[plan->stage_count - 2].gap_s = aim.gap_s;
    }
    flight_init(f, &tried, aim.gain_mps, elementary_atan2(aim.up, flat),
                bearing_rad - 2.0 * PI * elementary_floor(bearing_rad / (2.0 * PI)));
}

static struct outcome outcome_of(const struct flight_plan *plan, struct aim aim)
{
    struct flight f;
    struct flight_summary s;
    flight_of(plan, aim, &f);
    double azimuth_rad = 0.0;
    if (flight_summarise(&f, &s) != OK || s.in_orbit ||
        geodesic_inverse(plan->site, s.impact, NULL, &azimuth_rad, NULL) != OK) {
        return (struct outcome){NEVER_M, NEVER_M, 0.0};
    }
    const double off_rad = azimuth_rad - plan->bearing_rad;
    return (struct outcome){s.apogee_m, s.range_m * elementary_cos(off_rad),
                            s.range_m * elementary_sin(off_rad)};
}

/* A root between two values of opposite sign, by false position (Illinois). */
struct bracket {
    double low;
    double low_value;
    double high;
    double high_value;
    int last; /* the end that moved last: -1 low, +1 high */
};

static double bracket_middle(const struct bracket *b)
{
    const double share = b->low_value / (b->low_value - b->high_value);
    const double kept = share < 0.02 ? 0.02 : share > 0.98 ? 0.98 : share;
    return b->low + kept * (b->high - b->low);
}

static void bracket_close(struct bracket *b, double at, double value)
{
    const bool is_low = (value < 0.0) == (b->low_value < 0.0);
    if (is_low) {
        b->low = at;
        b->low_value = value;
        b->high_value *= b->last < 0 ? 0.5 : 1.0;
    } else {
        b->high = at;
        b->high_value = value;
        b->low_value *= b->last > 0 ? 0.5 : 1.0;
    }
    b->last = is_low ? -1 : 1;
}

/* How far one length is from another, in (-1, 1), whatever their sizes. */
static double mismatch(double got_m, double wanted_m)
{
    return (got_m - wanted_m) / (fabs(got_m) + wanted_m);
}

/* The gain that gives the wanted apogee at this pitch, to about two per cent, and what comes of it;
 * NEVER_M of range if no gain does. */
static struct outcome gain_for_apogee(const struct flight_plan *plan, double pitch_rad,
                                      double *gain_mps)
{
    const struct outcome never = {NEVER_M, NEVER_M, 0.0};
    struct bracket b = {GAIN_MIN_MPS, -1.0, GAIN_MAX_MPS, 1.0, 0};
    double at_mps = *gain_mps;
    for (int i = 0; i < 40 && b.high - b.low > 0.5; i++) {
        const struct outcome o = outcome_of(plan, aim_at(at_mps, pitch_rad));
        const double value = mismatch(o.apogee_m, plan->apogee_m);
        if (fabs(value) < 0.01) {
            *gain_mps = at_mps;
            return o;
        }
        bracket_close(&b, at_mps, value);
        at_mps = bracket_middle(&b);
    }
    return never;
}

/* A start for Newton's method, whatever it is worth. */
static struct aim search(const struct flight_plan *plan)
{
    struct bracket b = {PITCH_MIN_RAD, 1.0, PITCH_MAX_RAD, -1.0, 0};
    double pitch_rad = 45.0 * RAD_PER_DEG;
    double gain_mps = 3000.0;
    for (int i = 0; i < 40 && b.high - b.low > 1e-5; i++) {
        const struct outcome o = gain_for_apogee(plan, pitch_rad, &gain_mps);
        const double value = mismatch(o.along_m, plan->range_m);
        if (fabs(value) < 0.02) {
            break;
        }
        bracket_close(&b, pitch_rad, value);
        pitch_rad = bracket_middle(&b);
    }
    return aim_at(gain_mps, pitch_rad);
}

/* Starts that between them lead to circular orbits at 400 to 1000 km with the stages of the space
 * launch. */
static struct aim orbit_start(int attempt)
{
    static const double pitch_deg[] = {9.0, 22.0};
    static const double gain_mps[] = {9750.0, 10300.0};
    static const double gap_s[] = {50.0, 220.0};
    struct aim aim = aim_at(gain_mps[attempt], pitch_deg[attempt] * RAD_PER_DEG);
    aim.gap_s = gap_s[attempt];
    return aim;
}

/* The aim with `amount` more of one of its three unknowns: gain in m/s, or a lean in rad, in the
 * vertical plane of the thrust or out of it. */
static struct aim aim_moved(const struct flight_plan *plan, struct aim aim, int unknown,
                            double amount)
{
    if (unknown == 0) {
        aim.gain_mps += amount;
        return aim;
    }
    if (unknown == 2 && plan->to_orbit) {
        const double gap_s = aim.gap_s + amount;
        aim.gap_s = gap_s < 0.0 ? 0.0 : gap_s < GAP_S_MAX ? gap_s : GAP_S_MAX;
        return aim;
    }
    const double flat = sqrt(aim.ahead * aim.ahead + aim.right * aim.right);
    const double c = flat > 0.0 ? aim.ahead / flat : 1.0;
    const double s = flat > 0.0 ? aim.right / flat : 0.0;
    const double ahead = unknown == 1 ? -aim.up * c : -s;
    const double right = unknown == 1 ? -aim.up * s : c;
    const double up = unknown == 1 ? flat : 0.0;
    const double inverse = 1.0 / sqrt(1.0 + amount * amount);
    aim.ahead = (aim.ahead + amount * ahead) * inverse;
    aim.right = (aim.right + amount * right) * inverse;
    aim.up = (aim.up + amount * up) * inverse;
    return aim;
}

/* How far the end of thrust is from a circular orbit at the wanted height, as lengths: the height,
 * and what the climb and the excess of speed would add to it in SETTLE_S. */
static void orbit_error(const struct flight_plan *plan, struct aim aim, double error_m[3])
{
    struct flight f;
    flight_of(plan, aim, &f);
    flight_fly_boost(&f);
    const double *x = f.burnout.x;
    const double v[3] = {x[3] - EARTH_RATE_RADPS * x[1], x[4] + EARTH_RATE_RADPS * x[0], x[5]};
    const double r_m = vector_length(x);
    struct geo_geodetic g = {0.0, 0.0, -ELLIPSOID_A_M};
    const result r = ellipsoid_from_ecef((struct geo_ecef){x[0], x[1], x[2]}, &g);
    assert(r == OK);
    const double climb_mps = (x[0] * v[0] + x[1] * v[1] + x[2] * v[2]) / r_m;
    error_m[0] = g.height_m - plan->apogee_m;
    error_m[1] = climb_mps * SETTLE_S;
    error_m[2] = (vector_length(v) - sqrt(GRAVITY_GM_M3PS2 / r_m)) * SETTLE_S;
}

static void error_of(const struct flight_plan *plan, struct aim aim, double error_m[3])
{
    if (plan->to_orbit) {
        orbit_error(plan, aim, error_m);
        return;
    }
    const struct outcome o = outcome_of(plan, aim);
    error_m[0] = o.apogee_m - plan->apogee_m;
    error_m[1] = o.along_m - plan->range_m;
    error_m[2] = o.across_m;
}

/* Solves m x = v (3 x 3) by Cramer's rule; false if m is singular. */
static bool solve_3x3(const double m[9], const double v[3], double x[3])
{
    const double c0 = m[4] * m[8] - m[5] * m[7];
    const double c1 = m[5] * m[6] - m[3] * m[8];
    const double c2 = m[3] * m[7] - m[4] * m[6];
    const double determinant = m[0] * c0 + m[1] * c1 + m[2] * c2;
    if (!(fabs(determinant) > 0.0)) {
        return false;
    }
    x[0] = (v[0] * c0 + v[1] * (m[2] * m[7] - m[1] * m[8]) + v[2] * (m[1] * m[5] - m[2] * m[4])) /
           determinant;
    x[1] = (v[0] * c1 + v[1] * (m[0] * m[8] - m[2] * m[6]) + v[2] * (m[2] * m[3] - m[0] * m[5])) /
           determinant;
    x[2] = (v[0] * c2 + v[1] * (m[1] * m[6] - m[0] * m[7]) + v[2] * (m[0] * m[4] - m[1] * m[3])) /
           determinant;
    return true;
}

/* The Newton move from an aim with this error; the Jacobian by differences. */
static bool newton_move(const struct flight_plan *plan, struct aim aim, const double error_m[3],
                        double move[3])
{
    const double nudge[3] = {0.5, 1e-4, plan->to_orbit ? 0.1 : 1e-4};
    double jacobian[9];
    for (int j = 0; j < 3; j++) {
        double moved_m[3];
        error_of(plan, aim_moved(plan, aim, j, nudge[j]), moved_m);
        for (int i = 0; i < 3; i++) {
            jacobian[3 * i + j] = (error_m[i] - moved_m[i]) / nudge[j];
        }
    }
    return solve_3x3(jacobian, error_m, move);
}

/* Follows the move, or a half of it, a quarter ..., whichever first brings the flight nearer. */
static bool follow(const struct flight_plan *plan, const double move[3], struct aim *aim,
                   double error_m[3])
{
    const double before_m = vector_length(error_m);
    double share = 1.0;
    for (int i = 0; i < 10; i++) {
        struct aim next = *aim;
        double next_m[3];
        for (int j = 0; j < 3; j++) {
            next = aim_moved(plan, next, j, share * move[j]);
        }
        error_of(plan, next, next_m);
        if (vector_length(next_m) < before_m) {
            *aim = next;
            for (int j = 0; j < 3; j++) {
                error_m[j] = next_m[j];
            }
            return true;
        }
        share *= 0.5;
    }
    return false;
}

static result refine(const struct flight_plan *plan, struct aim *aim)
{
    double error_m[3];
    error_of(plan, *aim, error_m);
    for (int i = 0; i < 20 && vector_length(error_m) > CONVERGED_M; i++) {
        double move[3];
        if (!newton_move(plan, *aim, error_m, move) || !follow(plan, move, aim, error_m)) {
            break;
        }
    }
    ENSURE(vector_length(error_m) < TOLERANCE_M, ERR_NUMERIC);
    return OK;
}

result flight_solve(const struct flight_plan *plan, struct flight *out)
{
    TRY(check_plan(plan));
    struct flight_plan sound = *plan;
    sound.failure_s = 0.0;
    struct aim aim = sound.to_orbit ? orbit_start(0) : search(&sound);
    result r = refine(&sound, &aim);
    if (r != OK && sound.to_orbit) {
        aim = orbit_start(1);
        r = refine(&sound, &aim);
    }
    TRY(r);
    flight_of(plan, aim, out);
    flight_fly_boost(out);
    return OK;
}
