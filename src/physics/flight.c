/* Flying a plan: thrust and steering, the step from phase to phase, the ground.
 *
 * The thrust vector stays in one plane fixed to the Earth, through the site's vertical and the
 * bearing; its pitch counts from the horizontal under the missile. While thrust lasts, and in
 * the gaps between stages, drag is that of a whole missile (a notional ballistic coefficient);
 * after the end of thrust it is that of what re-enters. A step never crosses a moment at which
 * thrust or the pitch programme changes its form, so the method keeps its order. */
#include "physics/flight.h"

#include <assert.h>
#include <stddef.h>

#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/gravity.h"

#define VERTICAL_S 8.0
#define PITCH_END_SHARE 0.6 /* of the time from launch to the end of the climbing stages' thrust */
#define BOOST_BETA_KGPM2 20e3
#define BOOST_STEP_S 0.5
#define AIR_STEP_S 0.5
#define HIGH_STEP_S 2.0
#define SPACE_STEP_S 10.0
#define HIGH_RADIUS_M (ELLIPSOID_A_M + 130e3)
#define SPACE_RADIUS_M (ELLIPSOID_A_M + 300e3)
#define ORBIT_RADIUS_M (ELLIPSOID_A_M + 130e3) /* a perigee above this stays up for a while */
#define FLIGHT_TIME_S_MAX (3.0 * 3600.0)
#define E2 (ELLIPSOID_F * (2.0 - ELLIPSOID_F))

/* A stretch in which thrust and pitch follow one formula. */
struct phase {
    int stage; /* -1: no thrust */
    double stage_start_s;
    double end_s;
};

/* What does not change in one flight. */
struct steering {
    double plane_normal[3]; /* forward = plane normal x up */
    double pitch_done_s;
};

/* When the first `count` stages have burnt out, s after launch. */
static double burnout_s(const struct flight_plan *plan, int count)
{
    double end_s = 0.0;
    for (int i = 0; i < count; i++) {
        end_s += plan->stages[i].burn_s;
        if (i + 1 < count) {
            end_s += plan->stages[i].gap_s;
        }
    }
    return end_s;
}

/* The last stage of a launch vehicle only adds level speed; the others do the climbing. */
static bool has_level_stage(const struct flight_plan *plan)
{
    return plan->to_orbit && plan->stage_count > 1;
}

static double end_of_thrust_s(const struct flight_plan *plan)
{
    const double end_s = burnout_s(plan, plan->stage_count);
    return plan->failure_s > 0.0 && plan->failure_s < end_s ? plan->failure_s : end_s;
}

static struct steering steering_of(const struct flight *f)
{
    double axes[9];
    ellipsoid_axes(f->plan.site, axes);
    const double s = elementary_sin(f->bearing_rad);
    const double c = elementary_cos(f->bearing_rad);
    struct steering g;
    double forward[3];
    for (int i = 0; i < 3; i++) {
        forward[i] = s * axes[i] + c * axes[3 + i];
    }
    vector_cross(axes + 6, forward, g.plane_normal);
    const int climbing = f->plan.stage_count - (has_level_stage(&f->plan) ? 1 : 0);
    const double done_s = PITCH_END_SHARE * burnout_s(&f->plan, climbing);
    g.pitch_done_s = done_s > VERTICAL_S ? done_s : VERTICAL_S;
    return g;
}

/* The phase that holds at t_s and after it, without the pitch programme's own corners. */
static struct phase thrust_phase(const struct flight *f, double t_s)
{
    const double last_s = f->end_of_thrust_s;
    double start_s = 0.0;
    for (int i = 0; i < f->plan.stage_count && start_s < last_s; i++) {
        const struct flight_stage *stage = &f->plan.stages[i];
        const double burnt_s = start_s + stage->burn_s;
        const double burn_end_s = burnt_s < last_s ? burnt_s : last_s;
        if (t_s < burn_end_s) {
            return (struct phase){i, start_s, burn_end_s};
        }
        const double next_s = burnt_s + stage->gap_s;
        if (t_s < next_s && t_s < last_s) {
            return (struct phase){-1, 0.0, next_s < last_s ? next_s : last_s};
        }
        start_s = next_s;
    }
    return (struct phase){-1, 0.0, 1e300};
}

static struct phase phase_at(const struct flight *f, const struct steering *g, double t_s)
{
    struct phase p = thrust_phase(f, t_s);
    if (t_s < VERTICAL_S && VERTICAL_S < p.end_s) {
        p.end_s = VERTICAL_S;
    }
    if (t_s < g->pitch_done_s && g->pitch_done_s < p.end_s) {
        p.end_s = g->pitch_done_s;
    }
    return p;
}

static double thrust_in(const struct flight *f, const struct phase *p, double t_s)
{
    if (p->stage < 0) {
        return 0.0;
    }
    const struct flight_stage *stage = &f->plan.stages[p->stage];
    const double gain_mps = stage->share * f->velocity_gain_mps;
    const double burnt = 1.0 - elementary_exp(-gain_mps / stage->exhaust_mps);
    const double done = (t_s - p->stage_start_s) / stage->burn_s;
    return stage->exhaust_mps / stage->burn_s * burnt / (1.0 - burnt * done);
}

double flight_thrust_mps2(const struct flight *f, double t_s)
{
    if (t_s < 0.0) {
        return 0.0;
    }
    const struct phase p = thrust_phase(f, t_s);
    return thrust_in(f, &p, t_s);
}

static double pitch_in(const struct flight *f, const struct steering *g, const struct phase *p,
                       double t_s)
{
    if (has_level_stage(&f->plan) && p->stage == f->plan.stage_count - 1) {
        return 0.0;
    }
    if (t_s <= VERTICAL_S) {
        return 0.5 * PI;
    }
    if (t_s >= g->pitch_done_s) {
        return f->pitch_end_rad;
    }
    const double share = (t_s - VERTICAL_S) / (g->pitch_done_s - VERTICAL_S);
    return 0.5 * PI + share * (f->pitch_end_rad - 0.5 * PI);
}

/* The vertical, of the ellipsoid through p that is similar to WGS 84. */
static void up_at(const double p[3], double up[3])
{
    const double w[3] = {p[0], p[1], p[2] / (1.0 - E2)};
    const double inverse = 1.0 / vector_length(w);
    for (int i = 0; i < 3; i++) {
        up[i] = w[i] * inverse;
    }
}

static void add_thrust(const struct steering *g, const double position_m[3], double thrust_mps2,
                       double pitch_rad, double a[3])
{
    double up[3];
    double forward[3];
    up_at(position_m, up);
    vector_cross(g->plane_normal, up, forward);
    const double ahead = thrust_mps2 * elementary_cos(pitch_rad) / vector_length(forward);
    const double lift = thrust_mps2 * elementary_sin(pitch_rad);
    for (int i = 0; i < 3; i++) {
        a[i] += ahead * forward[i] + lift * up[i];
    }
}

/* One Runge-Kutta step under thrust; s->x[MOTION_LN_BETA] is the whole missile's. */
static void boost_step(const struct flight *f, const struct steering *g, const struct phase *p,
                       double t_s, double h, struct motion_state *s)
{
    static const double at[4] = {0.0, 0.5, 0.5, 1.0};
    static const double weight[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    double sum[6] = {0};
    double rate[MOTION_DIM] = {0};
    for (int stage = 0; stage < 4; stage++) {
        struct motion_state here = *s;
        for (int i = 0; i < 6; i++) {
            here.x[i] += at[stage] * h * rate[i];
        }
        const double here_s = t_s + at[stage] * h;
        motion_derivative(MOTION_REENTRY, &here, rate, NULL);
        add_thrust(g, here.x, thrust_in(f, p, here_s), pitch_in(f, g, p, here_s), rate + 3);
        for (int i = 0; i < 6; i++) {
            sum[i] += weight[stage] * rate[i];
        }
    }
    for (int i = 0; i < 6; i++) {
        s->x[i] += h * sum[i];
    }
}

/* Any step within a phase. */
static void step(const struct flight *f, const struct steering *g, const struct phase *p,
                 double t_s, double h, struct motion_state *s)
{
    const double beta = t_s < f->end_of_thrust_s ? BOOST_BETA_KGPM2 : f->plan.beta_kgpm2;
    s->x[MOTION_LN_BETA] = elementary_log(beta);
    if (p->stage >= 0) {
        boost_step(f, g, p, t_s, h, s);
    } else {
        motion_step(vector_dot(s->x, s->x) > elementary_square(SPACE_RADIUS_M) ? MOTION_COAST
                                                                               : MOTION_REENTRY,
                    s, h, NULL);
    }
}

static double step_s_max(const struct phase *p, const struct motion_state *s)
{
    if (p->stage >= 0) {
        return BOOST_STEP_S;
    }
    const double r2 = vector_dot(s->x, s->x);
    if (r2 > elementary_square(SPACE_RADIUS_M)) {
        return SPACE_STEP_S;
    }
    return r2 > elementary_square(HIGH_RADIUS_M) ? HIGH_STEP_S : AIR_STEP_S;
}

static double height_of(const struct motion_state *s)
{
    struct geo_geodetic g = {0.0, 0.0, -ELLIPSOID_A_M};
    const result r = ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &g);
    return r == OK ? g.height_m : -ELLIPSOID_A_M;
}

/* Within a step that begins above the ground and ends below it: the part of it until the ground, by
 * false position (Illinois). *s becomes the state there. */
static double fall_to_ground(const struct flight *f, const struct steering *g,
                             const struct phase *p, double t_s, double h, struct motion_state *s)
{
    const struct motion_state before = *s;
    double low_s = 0.0;
    double low_m = height_of(&before);
    if (low_m <= 0.0) {
        return 0.0;
    }
    double high_s = h;
    step(f, g, p, t_s, h, s);
    double high_m = height_of(s);
    double at_s = h;
    double at_m = high_m;
    for (int i = 0; i < 40 && fabs(at_m) > 1e-4; i++) {
        at_s = low_s + (high_s - low_s) * low_m / (low_m - high_m);
        *s = before;
        step(f, g, p, t_s, at_s, s);
        const double previous_m = at_m;
        at_m = height_of(s);
        const bool same_side = (at_m > 0.0) == (previous_m > 0.0);
        if (at_m > 0.0) {
            low_s = at_s;
            low_m = at_m;
            high_m = same_side && i > 0 ? 0.5 * high_m : high_m;
        } else {
            high_s = at_s;
            high_m = at_m;
            low_m = same_side && i > 0 ? 0.5 * low_m : low_m;
        }
    }
    return at_s;
}

/* One step, not beyond limit_s. False once on the ground. The ground is not looked for in the
 * first seconds, so that a site below the ellipsoid can launch; a missile too weak to rise hits
 * right after them. */
static bool advance_one(const struct flight *f, const struct steering *g, double *at_s,
                        struct motion_state *s, double limit_s)
{
    assert(limit_s > *at_s);
    const struct phase p = phase_at(f, g, *at_s);
    double to_s = *at_s + step_s_max(&p, s);
    to_s = to_s < p.end_s ? to_s : p.end_s;
    to_s = to_s < limit_s ? to_s : limit_s;
    const struct motion_state before = *s;
    step(f, g, &p, *at_s, to_s - *at_s, s);
    const bool low = vector_dot(s->x, s->x) < ELLIPSOID_A_M * ELLIPSOID_A_M;
    if (low && *at_s >= VERTICAL_S && height_of(s) < 0.0) {
        *s = before;
        *at_s += fall_to_ground(f, g, &p, *at_s, to_s - *at_s, s);
        return false;
    }
    *at_s = to_s;
    return true;
}

void flight_start(const struct flight *f, struct motion_state *s)
{
    const struct geo_ecef p = ellipsoid_to_ecef(f->plan.site);
    *s = (struct motion_state){{p.x_m, p.y_m, p.z_m, 0.0, 0.0, 0.0, 0.0, 0.0}};
    s->x[MOTION_THRUST] = flight_thrust_mps2(f, 0.0);
    s->x[MOTION_LN_BETA] = elementary_log(BOOST_BETA_KGPM2);
}

bool flight_advance(const struct flight *f, double *at_s, struct motion_state *s, double t_s)
{
    assert(t_s >= *at_s);
    const struct steering g = steering_of(f);
    bool flying = true;
    while (flying && *at_s < t_s) {
        flying = advance_one(f, &g, at_s, s, t_s);
    }
    s->x[MOTION_THRUST] = flying ? flight_thrust_mps2(f, *at_s) : 0.0;
    return flying;
}

void flight_init(struct flight *f, const struct flight_plan *plan, double velocity_gain_mps,
                 double pitch_end_rad, double bearing_rad)
{
    assert(plan->stage_count >= 1);
    assert(plan->stage_count <= FLIGHT_STAGES_MAX);
    *f = (struct flight){.plan = *plan,
                         .velocity_gain_mps = velocity_gain_mps,
                         .pitch_end_rad = pitch_end_rad,
                         .bearing_rad = bearing_rad,
                         .end_of_thrust_s = end_of_thrust_s(plan)};
}

void flight_fly_boost(struct flight *f)
{
    double at_s = 0.0;
    flight_start(f, &f->burnout);
    flight_advance(f, &at_s, &f->burnout, f->end_of_thrust_s);
}

/* Perigee and apogee of the orbit through a state, m from the centre; a negative apogee: it leaves
 * for good. */
struct apsides {
    double perigee_m;
    double apogee_m;
};

static struct apsides apsides_of(const struct motion_state *s)
{
    const double *p = s->x;
    const double v[3] = {p[3] - EARTH_RATE_RADPS * p[1], p[4] + EARTH_RATE_RADPS * p[0], p[5]};
    double h[3];
    vector_cross(p, v, h);
    const double energy = 0.5 * vector_dot(v, v) - GRAVITY_GM_M3PS2 / vector_length(p);
    const double semi_major_m = -0.5 * GRAVITY_GM_M3PS2 / energy;
    const double e2 = 1.0 - vector_dot(h, h) / (GRAVITY_GM_M3PS2 * semi_major_m);
    const double e = sqrt(e2 > 0.0 ? e2 : 0.0);
    if (energy >= 0.0) {
        return (struct apsides){vector_dot(h, h) / (GRAVITY_GM_M3PS2 * (1.0 + e)), -1.0};
    }
    return (struct apsides){semi_major_m * (1.0 - e), semi_major_m * (1.0 + e)};
}

/* Rate of change of the height over the ellipsoid, m/s. */
static double climb_mps(const struct motion_state *s)
{
    struct geo_geodetic g = {0.0, 0.0, 0.0};
    double axes[9];
    const result r = ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &g);
    assert(r == OK);
    ellipsoid_axes(g, axes);
    return vector_dot(s->x + 3, axes + 6);
}

/* The greatest height within the step from `before` (at t_s) to `after`, where the climb ends:
 * where its rate is zero, by the secant method. */
static double height_at_top(const struct flight *f, const struct steering *g, double t_s, double h,
                            const struct motion_state *before, const struct motion_state *after)
{
    const struct phase p = phase_at(f, g, t_s);
    double time0_s = 0.0;
    double time1_s = h;
    double climb0_mps = climb_mps(before);
    double climb1_mps = climb_mps(after);
    struct motion_state s = *after;
    for (int i = 0; i < 4 && climb1_mps != climb0_mps; i++) {
        const double next_s =
            time1_s - climb1_mps * (time1_s - time0_s) / (climb1_mps - climb0_mps);
        time0_s = time1_s;
        climb0_mps = climb1_mps;
        time1_s = next_s;
        s = *before;
        step(f, g, &p, t_s, next_s, &s);
        climb1_mps = climb_mps(&s);
    }
    return height_of(&s);
}

static result land(const struct flight *f, double at_s, double apogee_m,
                   const struct motion_state *s, struct flight_summary *out)
{
    struct flight_summary landed = {.flight_time_s = at_s, .apogee_m = apogee_m};
    TRY(ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &landed.impact));
    TRY(geodesic_inverse(f->plan.site, landed.impact, &landed.range_m, NULL, NULL));
    *out = landed;
    return OK;
}

/* Whether what has just stopped burning stays up; its summary is then written. */
static bool is_in_orbit(const struct motion_state *s, struct flight_summary *out)
{
    const struct apsides orbit = apsides_of(s);
    if (orbit.apogee_m < 0.0 || orbit.perigee_m < ORBIT_RADIUS_M) {
        return false;
    }
    *out = (struct flight_summary){.apogee_m = orbit.apogee_m - ELLIPSOID_A_M, .in_orbit = true};
    return true;
}

result flight_summarise(const struct flight *f, struct flight_summary *out)
{
    const struct steering g = steering_of(f);
    double apogee_m = f->plan.site.height_m;
    double at_s = 0.0;
    struct motion_state s;
    flight_start(f, &s);
    while (at_s < FLIGHT_TIME_S_MAX) {
        const struct motion_state before = s;
        const double before_s = at_s;
        const bool flying = advance_one(f, &g, &at_s, &s, FLIGHT_TIME_S_MAX);
        if (vector_dot(before.x, before.x + 3) > 0.0 && vector_dot(s.x, s.x + 3) <= 0.0) {
            const double top_m = height_at_top(f, &g, before_s, at_s - before_s, &before, &s);
            apogee_m = top_m > apogee_m ? top_m : apogee_m;
        }
        if (!flying) {
            return land(f, at_s, apogee_m, &s, out);
        }
        if (at_s == f->end_of_thrust_s && is_in_orbit(&s, out)) {
            return OK;
        }
    }
    return ERR_NUMERIC;
}
