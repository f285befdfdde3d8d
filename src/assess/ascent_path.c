#include "assess/ascent_path.h"

#include <string.h>

#include "base/elementary.h"
#include "base/vector.h"
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

/* What is the same all the way up. */
struct shape {
    double thrust_mps2;
    double growth_ps;
    double rise_s;
    double kick_rad;
    double lean_radps;
    double bend_ps;
    double sine; /* of the bearing */
    double cosine;
    double drift_radps;
    double drag_pm;          /* at the ground, by the speed */
    double turn_north_radps; /* of the Earth */
    double turn_up_radps;
};

static struct shape shape_of(const double number[ASCENT_NUMBERS], double lat_rad)
{
    const double thrust = elementary_exp(number[ASCENT_THRUST]);
    return (struct shape){
        .thrust_mps2 = thrust,
        .growth_ps = number[ASCENT_GROWTH] * thrust / MISSILE_EXHAUST_MPS,
        .rise_s = number[ASCENT_RISE],
        .kick_rad = number[ASCENT_KICK],
        .lean_radps = elementary_exp(number[ASCENT_LEAN]),
        .bend_ps = 0.5 * number[ASCENT_BEND] / BEND_S,
        .sine = elementary_sin(number[ASCENT_BEARING]),
        .cosine = elementary_cos(number[ASCENT_BEARING]),
        .drift_radps = number[ASCENT_DRIFT],
        .drag_pm = 0.5 * GROUND_DENSITY_KGPM3 * elementary_exp(-number[ASCENT_BALLISTIC]),
        .turn_north_radps = EARTH_RATE_RADPS * elementary_cos(lat_rad),
        .turn_up_radps = EARTH_RATE_RADPS * elementary_sin(lat_rad),
    };
}

static void rates(const struct shape *p, double t_s, const double s[6], double out[6])
{
    const double left = 1.0 - p->growth_ps * t_s;
    const double thrust = p->thrust_mps2 / (left > LEFT_MIN ? left : LEFT_MIN);
    const double since_s = t_s > p->rise_s ? t_s - p->rise_s : 0.0;
    const double u = since_s < KICK_S ? since_s / KICK_S : 1.0;
    double lean = p->kick_rad * u * u * (3.0 - 2.0 * u) +
                  p->lean_radps * since_s * (1.0 + p->bend_ps * since_s);
    lean = lean < 0.0 ? 0.0 : lean < LEAN_MAX_RAD ? lean : LEAN_MAX_RAD;
    const double level = thrust * elementary_sin(lean);
    const double drift = p->drift_radps * t_s;
    const double *v = s + 3;
    const double speed = vector_length(v);
    const double drag = p->drag_pm * elementary_exp(-s[2] / SCALE_HEIGHT_M) * speed;
    const double fall = GRAVITY_MPS2 / EARTH_RADIUS_M;
    out[0] = v[0];
    out[1] = v[1];
    out[2] = v[2];
    out[3] = level * (p->sine + drift * p->cosine) - drag * v[0] - fall * s[0] -
             2.0 * (p->turn_north_radps * v[2] - p->turn_up_radps * v[1]);
    out[4] = level * (p->cosine - drift * p->sine) - drag * v[1] - fall * s[1] -
             2.0 * p->turn_up_radps * v[0];
    out[5] = thrust * elementary_cos(lean) - drag * v[2] - GRAVITY_MPS2 + 2.0 * fall * s[2] +
             2.0 * p->turn_north_radps * v[0];
}

void ascent_fly(const double number[ASCENT_NUMBERS], double lat_rad, double until_s,
                struct ascent_path *out)
{
    const struct shape shape = shape_of(number, lat_rad);
    memset(&out->at[0], 0, sizeof out->at[0]);
    out->count = 1;
    while (out->count < ASCENT_STEPS_MAX && (out->count - 1) * ASCENT_STEP_S < until_s) {
        const double *before = out->at[out->count - 1].x;
        double *after = out->at[out->count].x;
        const double t_s = (out->count - 1) * ASCENT_STEP_S;
        double rate[6];
        double half[6];
        rates(&shape, t_s, before, rate);
        for (int i = 0; i < 6; i++) {
            half[i] = before[i] + 0.5 * ASCENT_STEP_S * rate[i];
        }
        rates(&shape, t_s + 0.5 * ASCENT_STEP_S, half, rate);
        for (int i = 0; i < 6; i++) {
            after[i] = before[i] + ASCENT_STEP_S * rate[i];
        }
        out->count++;
    }
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
