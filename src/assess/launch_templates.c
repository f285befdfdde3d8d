/* Planar flights over a round Earth that does not turn: height and speed by the boost model of
 * physics/flight.h, whose stages they take over, with burn times, velocity gains and final pitches
 * spread over what a kind of missile may do. */
#include <assert.h>
#include <string.h>

#include "assess/launch.h"
#include "base/elementary.h"
#include "physics/atmosphere.h"
#include "physics/flight.h"
#include "physics/gravity.h"

#define EARTH_RADIUS_M 6371008.8
#define STEP_S 1.0
#define VERTICAL_S 8.0
#define PITCH_END_SHARE 0.6
#define WHOLE_MISSILE_BETA_KGPM2 20e3
/* Below this level speed, downrange is nothing and its ratio is that of a constant curvature. */
#define LEVEL_SPEED_MIN_MPS 0.5
#define RANGE_RATIO_AT_START 0.35f
#define FLIGHT_S_MAX 700.0

enum { KINDS = 6, GAINS = 4, PITCHES = 5, BURNS = 3, VALUES = 4 };

static const double HEIGHTS_M[LAUNCH_HEIGHTS] = {
    0.3e3, 0.6e3, 1.0e3, 1.5e3, 2.2e3, 3.0e3, 4.0e3, 5.5e3, 7.5e3, 10e3,  13e3,  17e3,  21e3,
    26e3,  32e3,  39e3,  47e3,  56e3,  68e3,  82e3,  100e3, 120e3, 145e3, 175e3, 210e3, 250e3};

static const double GAINS_MPS[KINDS][GAINS] = {
    {1300.0, 1800.0, 2300.0, 2900.0}, {2500.0, 3100.0, 3700.0, 4300.0},
    {4000.0, 4700.0, 5400.0, 6200.0}, {6000.0, 6800.0, 7600.0, 8400.0},
    {6000.0, 6800.0, 7600.0, 8400.0}, {7000.0, 8000.0, 9000.0, 10000.0},
};

static const double PITCHES_RAD[PITCHES] = {25.0 * RAD_PER_DEG, 38.0 * RAD_PER_DEG,
                                            52.0 * RAD_PER_DEG, 68.0 * RAD_PER_DEG,
                                            85.0 * RAD_PER_DEG};

static const double BURN_SCALES[BURNS] = {0.8, 1.0, 1.2};

/* One flight to be: stages, gain, pitch, and what follows from them. */
struct design {
    struct flight_plan plan;
    double gain_mps;
    double pitch_rad;
    double pitch_done_s;
    double end_s;
};

/* Distance from the centre, angle flown round it, radial and level speed. */
struct planar {
    double value[VALUES];
};

static double burnout_s(const struct flight_plan *plan, int stages)
{
    double end_s = 0.0;
    for (int i = 0; i < stages; i++) {
        end_s += plan->stages[i].burn_s + (i + 1 < stages ? plan->stages[i].gap_s : 0.0);
    }
    return end_s;
}

static void design_init(struct design *d, int kind, double gain_mps, double pitch_rad,
                        double burn_scale)
{
    memset(d, 0, sizeof *d);
    flight_stages_of_kind((enum flight_kind)kind, &d->plan);
    for (int i = 0; i < d->plan.stage_count; i++) {
        d->plan.stages[i].burn_s *= burn_scale;
    }
    d->gain_mps = gain_mps;
    d->pitch_rad = pitch_rad;
    d->end_s = burnout_s(&d->plan, d->plan.stage_count);
    const int climbing = d->plan.stage_count - (kind == FLIGHT_SPACE_LAUNCH ? 1 : 0);
    d->pitch_done_s = PITCH_END_SHARE * burnout_s(&d->plan, climbing);
}

static double thrust_at(const struct design *d, double t_s)
{
    double start_s = 0.0;
    for (int i = 0; i < d->plan.stage_count; i++) {
        const struct flight_stage *stage = &d->plan.stages[i];
        if (t_s >= start_s && t_s < start_s + stage->burn_s) {
            const double burnt =
                1.0 - elementary_exp(-stage->share * d->gain_mps / stage->exhaust_mps);
            return stage->exhaust_mps / stage->burn_s * burnt /
                   (1.0 - burnt * (t_s - start_s) / stage->burn_s);
        }
        start_s += stage->burn_s + stage->gap_s;
    }
    return 0.0;
}

static double pitch_at(const struct design *d, double t_s)
{
    if (t_s <= VERTICAL_S) {
        return 0.5 * PI;
    }
    if (t_s >= d->pitch_done_s) {
        return d->pitch_rad;
    }
    const double share = (t_s - VERTICAL_S) / (d->pitch_done_s - VERTICAL_S);
    return 0.5 * PI + share * (d->pitch_rad - 0.5 * PI);
}

static struct planar rate_at(const struct design *d, double t_s, const struct planar *s)
{
    const double r = s->value[0];
    const double up = s->value[2];
    const double level = s->value[3];
    const double thrust = thrust_at(d, t_s);
    const double pitch = pitch_at(d, t_s);
    const double speed = sqrt(up * up + level * level);
    const double drag =
        0.5 * atmosphere_density(r - EARTH_RADIUS_M, NULL) * speed / WHOLE_MISSILE_BETA_KGPM2;
    return (struct planar){{
        up,
        level / r,
        thrust * elementary_sin(pitch) - GRAVITY_GM_M3PS2 / (r * r) + level * level / r - drag * up,
        thrust * elementary_cos(pitch) - up * level / r - drag * level,
    }};
}

static void step(const struct design *d, double t_s, struct planar *s)
{
    static const double at[4] = {0.0, 0.5, 0.5, 1.0};
    static const double weight[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    struct planar rate = {{0}};
    struct planar sum = {{0}};
    for (int stage = 0; stage < 4; stage++) {
        struct planar here = *s;
        for (int i = 0; i < VALUES; i++) {
            here.value[i] += at[stage] * STEP_S * rate.value[i];
        }
        rate = rate_at(d, t_s + at[stage] * STEP_S, &here);
        for (int i = 0; i < VALUES; i++) {
            sum.value[i] += weight[stage] * rate.value[i];
        }
    }
    for (int i = 0; i < VALUES; i++) {
        s->value[i] += STEP_S * sum.value[i];
    }
}

static struct launch_row row_of(double t_s, const struct planar *s, double thrust_mps2)
{
    const double height_m = s->value[0] - EARTH_RADIUS_M;
    const double up = s->value[2];
    const double level = s->value[3];
    struct launch_row row = {(float)sqrt(up * up + level * level),
                             (float)elementary_atan2(up, level), (float)thrust_mps2,
                             (float)(t_s * up / height_m), RANGE_RATIO_AT_START};
    if (level > LEVEL_SPEED_MIN_MPS) {
        row.range_ratio = (float)(s->value[1] * EARTH_RADIUS_M * up / (level * height_m));
    }
    return row;
}

/* The state where it passes a height between two steps: straight between them in height. */
static struct planar between(const struct planar *before, const struct planar *after, double share)
{
    struct planar s;
    for (int i = 0; i < VALUES; i++) {
        s.value[i] = before->value[i] + share * (after->value[i] - before->value[i]);
    }
    return s;
}

/* Flies a design and writes its rows; the last one may lie after the end of thrust, so that the
 * table reaches to that end. */
static void fly(const struct design *d, struct launch_template *out)
{
    struct planar s = {{EARTH_RADIUS_M, 0.0, 0.0, 0.0}};
    double thrust = thrust_at(d, 0.0);
    out->row_count = 0;
    out->height_end_m = 0.0f;
    for (double t_s = 0.0; t_s < FLIGHT_S_MAX && out->row_count < LAUNCH_HEIGHTS; t_s += STEP_S) {
        const struct planar before = s;
        step(d, t_s, &s);
        const double now = thrust_at(d, t_s + STEP_S);
        thrust = now > 0.0 ? now : thrust;
        const double low_m = before.value[0] - EARTH_RADIUS_M;
        const double high_m = s.value[0] - EARTH_RADIUS_M;
        if (s.value[2] <= 0.0) {
            return;
        }
        while (out->row_count < LAUNCH_HEIGHTS && HEIGHTS_M[out->row_count] <= high_m) {
            const double share = (HEIGHTS_M[out->row_count] - low_m) / (high_m - low_m);
            const struct planar at = between(&before, &s, share);
            out->rows[out->row_count++] = row_of(t_s + share * STEP_S, &at, thrust);
            if (t_s > d->end_s) {
                return;
            }
        }
        if (t_s <= d->end_s) {
            out->height_end_m = (float)high_m;
        }
    }
}

void launch_templates_init(struct launch_templates *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < LAUNCH_HEIGHTS; i++) {
        out->heights_m[i] = (float)HEIGHTS_M[i];
    }
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i < GAINS * PITCHES * BURNS; i++) {
            struct design d;
            design_init(&d, kind, GAINS_MPS[kind][i % GAINS], PITCHES_RAD[i / GAINS % PITCHES],
                        BURN_SCALES[i / (GAINS * PITCHES)]);
            assert(out->count < LAUNCH_TEMPLATES_MAX);
            fly(&d, &out->templates[out->count]);
            /* One that never rises to two heights cannot tell anything. */
            out->count += out->templates[out->count].row_count >= 2 ? 1 : 0;
        }
    }
}
