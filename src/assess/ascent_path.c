#include "assess/ascent_path.h"

#include "base/elementary.h"
#include "base/pair.h"
#include "physics/gravity.h"
#include "physics/missile.h"

#define KICK_S 8.0
#define BEND_S 60.0
#define LEFT_MIN 0.15 /* of the mass */
#define LEAN_MAX_RAD (80.0 * RAD_PER_DEG)
#define GROUND_DENSITY_KGPM3 1.225
#define SCALE_HEIGHT_M 7200.0
#define EARTH_RADIUS_M 6371008.8
#define GRAVITY_MPS2 9.80

/* What is the same all the way up, of two ascents. */
struct shapes {
    pair thrust_mps2;
    pair growth_ps;
    pair rise_s;
    pair kick_rad;
    pair lean_radps;
    pair bend_ps;
    pair sine; /* of the bearing */
    pair cosine;
    pair drift_radps;
    pair drag_pm;            /* at the ground, by the speed */
    double turn_north_radps; /* of the Earth */
    double turn_up_radps;
};

static struct shapes shapes_of(const double a[ASCENT_NUMBERS], const double b[ASCENT_NUMBERS],
                               double lat_rad)
{
    pair number[ASCENT_NUMBERS];
    for (int i = 0; i < ASCENT_NUMBERS; i++) {
        number[i] = (pair){a[i], b[i]};
    }
    const pair thrust = pair_exp(number[ASCENT_THRUST]);
    return (struct shapes){
        .thrust_mps2 = thrust,
        .growth_ps = number[ASCENT_GROWTH] * thrust / MISSILE_EXHAUST_MPS,
        .rise_s = number[ASCENT_RISE],
        .kick_rad = number[ASCENT_KICK],
        .lean_radps = pair_exp(number[ASCENT_LEAN]),
        .bend_ps = 0.5 * number[ASCENT_BEND] / BEND_S,
        .sine = pair_sin(number[ASCENT_BEARING]),
        .cosine = pair_cos(number[ASCENT_BEARING]),
        .drift_radps = number[ASCENT_DRIFT],
        .drag_pm = 0.5 * GROUND_DENSITY_KGPM3 * pair_exp(-number[ASCENT_BALLISTIC]),
        .turn_north_radps = EARTH_RATE_RADPS * elementary_cos(lat_rad),
        .turn_up_radps = EARTH_RATE_RADPS * elementary_sin(lat_rad),
    };
}

static pair within(double low, pair value, double high)
{
    return (pair){value[0] < low    ? low
                  : value[0] < high ? value[0]
                                    : high,
                  value[1] < low    ? low
                  : value[1] < high ? value[1]
                                    : high};
}

static void rates(const struct shapes *p, double t_s, const pair s[6], pair out[6])
{
    const pair left = pair_greater(1.0 - p->growth_ps * t_s, pair_same(LEFT_MIN));
    const pair thrust = p->thrust_mps2 / left;
    const pair since_s = pair_greater(t_s - p->rise_s, pair_same(0.0));
    const pair u = within(0.0, since_s / KICK_S, 1.0);
    const pair lean = within(0.0,
                             p->kick_rad * u * u * (3.0 - 2.0 * u) +
                                 p->lean_radps * since_s * (1.0 + p->bend_ps * since_s),
                             LEAN_MAX_RAD);
    const pair sine = pair_sin(lean);
    const pair cosine = pair_sqrt(1.0 - sine * sine); /* it is no right angle */
    const pair level = thrust * sine;
    const pair drift = p->drift_radps * t_s;
    const pair *v = s + 3;
    const pair speed = pair_sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const pair drag = p->drag_pm * pair_exp(-s[2] / SCALE_HEIGHT_M) * speed;
    const double fall = GRAVITY_MPS2 / EARTH_RADIUS_M;
    out[0] = v[0];
    out[1] = v[1];
    out[2] = v[2];
    out[3] = level * (p->sine + drift * p->cosine) - drag * v[0] - fall * s[0] -
             2.0 * (p->turn_north_radps * v[2] - p->turn_up_radps * v[1]);
    out[4] = level * (p->cosine - drift * p->sine) - drag * v[1] - fall * s[1] -
             2.0 * p->turn_up_radps * v[0];
    out[5] = thrust * cosine - drag * v[2] - GRAVITY_MPS2 + 2.0 * fall * s[2] +
             2.0 * p->turn_north_radps * v[0];
}

void ascent_fly_two(const double a[ASCENT_NUMBERS], const double b[ASCENT_NUMBERS], double lat_rad,
                    double until_s, struct ascent_path *out_a, struct ascent_path *out_b)
{
    const struct shapes shapes = shapes_of(a, b, lat_rad);
    pair x[6] = {{0.0, 0.0}};
    uint32_t count = 0;
    for (;;) {
        for (int i = 0; i < 6; i++) {
            out_a->at[count].x[i] = x[i][0];
            out_b->at[count].x[i] = x[i][1];
        }
        const double t_s = count * ASCENT_STEP_S;
        count++;
        if (count == ASCENT_STEPS_MAX || t_s >= until_s) {
            break;
        }
        pair rate[6];
        pair half[6];
        rates(&shapes, t_s, x, rate);
        for (int i = 0; i < 6; i++) {
            half[i] = x[i] + 0.5 * ASCENT_STEP_S * rate[i];
        }
        rates(&shapes, t_s + 0.5 * ASCENT_STEP_S, half, rate);
        for (int i = 0; i < 6; i++) {
            x[i] += ASCENT_STEP_S * rate[i];
        }
    }
    out_a->count = count;
    out_b->count = count;
}

void ascent_fly(const double number[ASCENT_NUMBERS], double lat_rad, double until_s,
                struct ascent_path *out)
{
    ascent_fly_two(number, number, lat_rad, until_s, out, out);
}

/* A cubic between two steps. */
static struct ascent_state between(const double a[6], const double b[6], double u)
{
    struct ascent_state s;
    for (int k = 0; k < 3; k++) {
        const double d = b[k] - a[k];
        const double va = a[3 + k] * ASCENT_STEP_S;
        const double vb = b[3 + k] * ASCENT_STEP_S;
        const double c2 = 3.0 * d - 2.0 * va - vb;
        const double c3 = va + vb - 2.0 * d;
        s.x[k] = a[k] + u * (va + u * (c2 + u * c3));
        s.x[3 + k] = (va + u * (2.0 * c2 + u * 3.0 * c3)) / ASCENT_STEP_S;
    }
    return s;
}

struct ascent_state ascent_state_at(const struct ascent_path *path, double t_s)
{
    const double steps = t_s / ASCENT_STEP_S;
    if (!(steps > 0.0)) {
        return (struct ascent_state){{0}};
    }
    if (steps < path->count - 1) {
        const uint32_t i = (uint32_t)steps;
        return between(path->at[i].x, path->at[i + 1].x, steps - i);
    }
    struct ascent_state s = path->at[path->count - 1];
    for (int k = 0; k < 3; k++) {
        s.x[k] += (t_s - (path->count - 1) * ASCENT_STEP_S) * s.x[3 + k];
    }
    return s;
}
