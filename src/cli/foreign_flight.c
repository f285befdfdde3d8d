#include "cli/foreign_flight.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"

#define STREAM 0x666f726569676eULL
#define DRAWS_MAX 100
#define SITE_SPREAD_RAD (0.5 * RAD_PER_DEG)
#define STANDARD_GRAVITY_MPS2 9.80665
#define STEP_S 0.05
#define COAST_S 60.0
#define HEIGHT_END_M_MIN 25e3
#define KICK_S 5.0
#define KICK_SPEED_MPS 30.0

enum steering { GRAVITY_TURN, EXPONENTIAL, COSINE, TWO_RATES, STEERINGS };

struct foreign_stage {
    double start_s;
    double burn_s;
    double thrust_mps2; /* at ignition, mean over the burn if it varies */
    double exhaust_mps;
    double slope; /* thrust from 1 - slope / 2 to 1 + slope / 2 of its mean */
};

struct foreign_flight {
    struct geo_geodetic site;
    double bearing_rad;
    double drift_radps;
    int stage_count;
    struct foreign_stage stages[FLIGHT_STAGES_MAX];
    double end_s;
    double throttle; /* 1 = never throttled */
    double throttle_from_s;
    double throttle_until_s;
    enum steering steering;
    double vertical_s;
    double kick_rad;
    double pitch_end_rad;
    double turn_s; /* how long, or how fast, the turn is */
    double beta_kgpm2;
};

static double uniform(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static void draw_stage(struct random *r, bool solid, bool first, double start_s,
                       struct foreign_stage *out)
{
    const double weights = first ? (solid ? uniform(r, 1.8, 4.5) : uniform(r, 1.35, 2.2))
                                 : uniform(r, 0.9, solid ? 3.0 : 1.8);
    out->start_s = start_s;
    out->thrust_mps2 = STANDARD_GRAVITY_MPS2 * weights;
    out->exhaust_mps = solid ? uniform(r, 2200.0, 2800.0) : uniform(r, 2250.0, 2950.0);
    out->slope = solid ? uniform(r, -0.5, 0.3) : 0.0;
    const double propellant = uniform(r, 0.6, 0.85);
    out->burn_s = propellant * out->exhaust_mps / out->thrust_mps2;
}

static void draw(struct random *r, struct geo_geodetic site, double bearing_rad,
                 struct foreign_flight *f)
{
    memset(f, 0, sizeof *f);
    f->site = site;
    f->site.lat_rad += uniform(r, -SITE_SPREAD_RAD, SITE_SPREAD_RAD);
    f->site.lon_rad += uniform(r, -SITE_SPREAD_RAD, SITE_SPREAD_RAD);
    f->bearing_rad = bearing_rad + uniform(r, -0.5 * PI, 0.5 * PI);
    f->drift_radps = uniform(r, -0.03, 0.03) * RAD_PER_DEG;
    const bool solid = random_uniform(r) < 0.5;
    f->stage_count = 1 + (int)uniform(r, 0.0, 3.0);
    for (int i = 0; i < f->stage_count; i++) {
        draw_stage(r, solid, i == 0, f->end_s + (i > 0 ? uniform(r, 0.0, 10.0) : 0.0),
                   &f->stages[i]);
        f->end_s = f->stages[i].start_s + f->stages[i].burn_s;
    }
    f->throttle = !solid && random_uniform(r) < 0.5 ? uniform(r, 0.65, 0.9) : 1.0;
    f->throttle_from_s = uniform(r, 40.0, 55.0);
    f->throttle_until_s = f->throttle_from_s + uniform(r, 15.0, 30.0);
    f->steering = (enum steering)(int)uniform(r, 0.0, (double)STEERINGS);
    f->vertical_s = uniform(r, 5.0, 12.0);
    f->kick_rad = uniform(r, 1.0, 6.0) * RAD_PER_DEG;
    f->pitch_end_rad = uniform(r, 25.0, 80.0) * RAD_PER_DEG;
    f->turn_s = f->steering == EXPONENTIAL ? uniform(r, 25.0, 80.0)
                                           : uniform(r, 0.5, 0.95) * f->end_s - f->vertical_s;
    f->turn_s = f->turn_s < 10.0 ? 10.0 : f->turn_s;
    f->beta_kgpm2 = elementary_exp(uniform(r, elementary_log(6e3), elementary_log(40e3)));
}

static bool burns_at(const struct foreign_stage *s, double t_s)
{
    return t_s >= s->start_s && t_s < s->start_s + s->burn_s;
}

static double thrust_at(const struct foreign_flight *f, double t_s)
{
    for (int i = 0; i < f->stage_count; i++) {
        const struct foreign_stage *s = &f->stages[i];
        if (burns_at(s, t_s)) {
            const double u = (t_s - s->start_s) / s->burn_s;
            const double burnt =
                s->thrust_mps2 * s->burn_s / s->exhaust_mps * (u + 0.5 * s->slope * (u * u - u));
            const double thrust = s->thrust_mps2 * (1.0 + s->slope * (u - 0.5)) / (1.0 - burnt);
            const bool low = i == 0 && t_s >= f->throttle_from_s && t_s < f->throttle_until_s;
            return low ? f->throttle * thrust : thrust;
        }
    }
    return 0.0;
}

/* Pitch of the thrust over the local horizontal; path_rad is that of the velocity. */
static double pitch_at(const struct foreign_flight *f, double t_s, double path_rad)
{
    const double since_s = t_s - f->vertical_s;
    const double fall_rad = 0.5 * PI - f->pitch_end_rad;
    if (since_s <= 0.0) {
        return 0.5 * PI;
    }
    switch (f->steering) {
    case GRAVITY_TURN:
        if (since_s < KICK_S) {
            return 0.5 * PI - f->kick_rad;
        }
        return path_rad > f->pitch_end_rad ? path_rad : f->pitch_end_rad;
    case EXPONENTIAL:
        return f->pitch_end_rad + fall_rad * elementary_exp(-since_s / f->turn_s);
    case COSINE:
        return since_s >= f->turn_s
                   ? f->pitch_end_rad
                   : 0.5 * PI - 0.5 * fall_rad * (1.0 - elementary_cos(PI * since_s / f->turn_s));
    case TWO_RATES:
    case STEERINGS:
        break;
    }
    const double share = since_s / f->turn_s;
    const double done = share < 0.4 ? 1.6 * share : share < 1.0 ? 0.64 + 0.6 * (share - 0.4) : 1.0;
    return 0.5 * PI - done * fall_rad;
}

/* Acceleration at a state: what falls with drag, and thrust in the turning vertical plane. */
static void rate_at(const struct foreign_flight *f, double t_s, const struct motion_state *s,
                    double rate[MOTION_DIM])
{
    struct geo_geodetic here = f->site;
    double axes[9];
    motion_derivative(MOTION_REENTRY, s, rate, NULL);
    if (ellipsoid_from_ecef((struct geo_ecef){s->x[0], s->x[1], s->x[2]}, &here) != OK) {
        return;
    }
    ellipsoid_axes(here, axes);
    double v[3] = {0};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            v[i] += axes[3 * i + k] * s->x[3 + k];
        }
    }
    const double level = sqrt(v[0] * v[0] + v[1] * v[1]);
    const double speed = sqrt(level * level + v[2] * v[2]);
    const double path_rad = speed > KICK_SPEED_MPS ? elementary_atan2(v[2], level) : 0.5 * PI;
    const double pitch = pitch_at(f, t_s, path_rad);
    const double bearing = f->bearing_rad + f->drift_radps * t_s;
    const double thrust = thrust_at(f, t_s);
    const double part[3] = {thrust * elementary_cos(pitch) * elementary_sin(bearing),
                            thrust * elementary_cos(pitch) * elementary_cos(bearing),
                            thrust * elementary_sin(pitch)};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            rate[3 + i] += axes[3 * k + i] * part[k];
        }
    }
}

/* By the midpoint rule: thrust and pitch have corners anywhere. */
static void step(const struct foreign_flight *f, double t_s, struct motion_state *s)
{
    double rate[MOTION_DIM];
    struct motion_state half = *s;
    rate_at(f, t_s, s, rate);
    for (int i = 0; i < 6; i++) {
        half.x[i] += 0.5 * STEP_S * rate[i];
    }
    rate_at(f, t_s + 0.5 * STEP_S, &half, rate);
    for (int i = 0; i < 6; i++) {
        s->x[i] += STEP_S * rate[i];
    }
}

static struct truth_node node_of(const struct motion_state *s)
{
    return (struct truth_node){{s->x[0], s->x[1], s->x[2]}, {s->x[3], s->x[4], s->x[5]}};
}

/* False if it falls back, or ends too low to be a missile. */
static bool fly(const struct foreign_flight *f, struct truth *t)
{
    const struct geo_ecef p = ellipsoid_to_ecef(f->site);
    struct motion_state s = {
        {p.x_m, p.y_m, p.z_m, 0.0, 0.0, 0.0, 0.0, elementary_log(f->beta_kgpm2)}};
    const uint32_t steps = (uint32_t)(TRUTH_STEP_S / STEP_S + 0.5);
    const uint32_t count = (uint32_t)((f->end_s + COAST_S) / TRUTH_STEP_S) + 1;
    if (count > TRUTH_NODES_MAX) {
        return false;
    }
    t->nodes[0] = node_of(&s);
    for (uint32_t i = 1; i < count; i++) {
        struct geo_geodetic here = f->site;
        for (uint32_t k = 0; k < steps; k++) {
            step(f, ((double)(i - 1) * steps + k) * STEP_S, &s);
        }
        t->nodes[i] = node_of(&s);
        const bool known =
            ellipsoid_from_ecef((struct geo_ecef){s.x[0], s.x[1], s.x[2]}, &here) == OK;
        const bool ended = i * TRUTH_STEP_S >= f->end_s;
        if (!known || here.height_m < (ended ? HEIGHT_END_M_MIN : -1.0)) {
            return false;
        }
    }
    t->node_count = count;
    return true;
}

static void describe(const struct foreign_flight *f, struct instant launch, struct truth *t)
{
    struct truth_object *o = &t->objects[0];
    *o = (struct truth_object){
        .summary = {.launch_time = launch,
                    .launch_point = f->site,
                    .in_orbit = true,
                    .impact_time = INSTANT_UNSET,
                    .end_of_thrust_s = f->end_s,
                    .beta_kgpm2 = f->beta_kgpm2},
        .end_s = (double)(t->node_count - 1) * TRUTH_STEP_S,
        .node_count = t->node_count,
        .burn_count = (uint32_t)f->stage_count,
    };
    for (int i = 0; i < f->stage_count; i++) {
        o->burns[i].from_s = f->stages[i].start_s;
        o->burns[i].until_s = f->stages[i].start_s + f->stages[i].burn_s;
    }
    t->object_count = 1;
}

result foreign_flight_fly(struct geo_geodetic site, double bearing_rad, struct instant launch,
                          uint64_t seed, struct truth *out)
{
    struct random r;
    random_init(&r, seed, STREAM);
    for (int i = 0; i < DRAWS_MAX; i++) {
        struct foreign_flight f;
        draw(&r, site, bearing_rad, &f);
        if (fly(&f, out)) {
            describe(&f, launch, out);
            return OK;
        }
    }
    return ERR_NUMERIC;
}
