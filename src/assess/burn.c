/* One hypothesis is made in four steps. Burn times, gaps, exhaust speeds are drawn; the age says
 * which stage burns, and for how long it has; its thrust then says which share of the mass it burns
 * in a second, and with the kind's shares what all stages gain: that must be what missiles of this
 * kind have. So far the draw. The turn of the pitch is the one that leads to the level speed that
 * was seen; the climb and the height that follow are compared with what was seen: the fit.
 *
 * The gain is solved from the thrust, so its density carries the slope of the one by the other. */
#include "assess/burn.h"

#include <stdint.h>
#include <string.h>

#include "base/elementary.h"
#include "base/pair.h"
#include "physics/atmosphere.h"
#include "physics/gravity.h"

#define EARTH_RADIUS_M 6371008.8
#define UPRIGHT_S 8.0
/* A whole missile's, notional, as in physics/flight.h. */
#define WHOLE_BETA_KGPM2 20e3
/* What a kind may do: its burn times by these factors, evenly in the logarithm; the exhaust speeds
 * with this deviation; a gap between stages by these factors. */
#define BURN_SCALE_MIN 0.65
#define BURN_SCALE_MAX 1.5
#define EXHAUST_SIGMA_SHARE 0.04
#define GAP_SCALE_MIN 0.2
#define GAP_SCALE_MAX 2.5
#define TURN_SHARE 0.6
#define TURN_SHARE_SIGMA 0.1
#define STAGE_GAIN_SIGMA_SHARE 0.08
/* Deviation of the logarithm of a gain beyond its kind's limits. */
#define GAIN_SIGMA 0.12
/* A stage that is nearly all fuel is none. */
#define FUEL_SHARE_MAX 0.95
/* Thrust is off the velocity while a missile turns, so it is known to this share at best; what is
 * less than this is a pause between stages. */
#define THRUST_SIGMA_SHARE 0.07
#define THRUST_MIN_MPS2 6.0
/* How well such a flight is retraced. */
#define SPEED_SIGMA_SHARE 0.1
#define SPEED_SIGMA_MPS 25.0
#define HEIGHT_SIGMA_SHARE 0.15
#define HEIGHT_SIGMA_M 400.0
#define EARLY_END_PROBABILITY 0.08

enum { STEPS = 20 }; /* even: two at a time */

/* The least and the greatest velocity gain of a kind, m/s. */
static const double GAIN_LIMITS_MPS[BURN_KINDS][2] = {
    {1000.0, 3000.0}, {2300.0, 4500.0}, {3800.0, 6500.0},
    {5500.0, 9000.0}, {5500.0, 9000.0}, {7500.0, 11000.0},
};

/* A flight up to now, in its plane. */
struct climb {
    double level_mps;
    double up_mps;
    double height_m;
};

static double uniform(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

double burn_normal(struct random *r)
{
    /* Four uniform numbers, each of sixteen bits. */
    const uint64_t bits = random_u64(r);
    const double sum = (double)(bits & 0xffff) + (double)(bits >> 16 & 0xffff) +
                       (double)(bits >> 32 & 0xffff) + (double)(bits >> 48);
    return (sum / 65535.0 - 2.0) * 1.7320508075688772;
}

static double stage_gain_mps(const struct burn_stage *s, double from_s, double to_s)
{
    const double from = from_s > s->start_s ? from_s - s->start_s : 0.0;
    const double to = (to_s < s->end_s ? to_s : s->end_s) - s->start_s;
    if (to <= from) {
        return 0.0;
    }
    const double q = s->burnt_per_s;
    return s->exhaust_mps * elementary_log((1.0 - q * from) / (1.0 - q * to));
}

double burn_gain_mps(const struct burn *b, double from_s, double to_s)
{
    const double until_s = to_s < b->end_s ? to_s : b->end_s;
    double gain_mps = 0.0;
    for (int i = 0; i < b->stage_count; i++) {
        gain_mps += stage_gain_mps(&b->stages[i], from_s, until_s);
    }
    return gain_mps;
}

double burn_pitch_rad(const struct burn *b, double at_s)
{
    if (b->is_level_last && at_s >= b->stages[b->stage_count - 1].start_s) {
        return 0.0;
    }
    const double until_s = at_s < b->turn_end_s ? at_s : b->turn_end_s;
    const double turned_s = until_s > UPRIGHT_S ? until_s - UPRIGHT_S : 0.0;
    const double pitch_rad = 0.5 * PI - b->turn_radps * turned_s;
    return pitch_rad > 0.0 ? pitch_rad : 0.0;
}

/* From launch to an age, with gravity, the drag of a whole missile, and the Earth's bend. The gain
 * of each step is handed in: it does not hang on the turn. */
static struct climb retrace(const struct burn *b, double age_s, const double gains_mps[STEPS])
{
    const double dt_s = age_s / STEPS;
    struct climb c = {0.0, 0.0, 0.0};
    pair sine = {0.0, 0.0};
    pair cosine = {0.0, 0.0};
    for (int i = 0; i < STEPS; i++) {
        const double gain_mps = gains_mps[i];
        if (i % 2 == 0) {
            const pair pitch_rad = {burn_pitch_rad(b, (i + 0.5) * dt_s),
                                    burn_pitch_rad(b, (i + 1.5) * dt_s)};
            sine = pair_sin(pitch_rad);
            cosine = pair_cos(pitch_rad);
        }
        const double speed = sqrt(c.level_mps * c.level_mps + c.up_mps * c.up_mps);
        const double r = EARTH_RADIUS_M + c.height_m;
        const double drag =
            0.5 * atmosphere_density(c.height_m, NULL) * speed / WHOLE_BETA_KGPM2 * dt_s;
        const double pull = (c.level_mps * c.level_mps / r - GRAVITY_GM_M3PS2 / (r * r)) * dt_s;
        const double bend = c.level_mps * c.up_mps / r * dt_s;
        const double up_before = c.up_mps;
        c.up_mps += gain_mps * sine[i % 2] + pull - drag * c.up_mps;
        c.level_mps += gain_mps * cosine[i % 2] - bend - drag * c.level_mps;
        c.height_m += 0.5 * (up_before + c.up_mps) * dt_s;
        if (c.height_m < 0.0) {
            c.height_m = 0.0;
        }
    }
    return c;
}

/* The turn that leads to the level speed that was seen, or nearly, and the climb with it. */
static struct climb solve_turn(const struct burn_seen *seen, struct burn *b)
{
    const double turned_s = b->turn_end_s - UPRIGHT_S;
    const double most_radps = 0.5 * PI / turned_s;
    double at[2] = {0.0, 0.5 * most_radps};
    double level[2] = {0.0, 0.0};
    struct climb c = {0.0, 0.0, 0.0};
    const double dt_s = seen->age_s / STEPS;
    double gains_mps[STEPS];
    for (int i = 0; i < STEPS; i++) {
        gains_mps[i] = burn_gain_mps(b, i * dt_s, (i + 1) * dt_s);
    }
    for (int i = 0; i < 4; i++) {
        b->turn_radps = at[1];
        c = retrace(b, seen->age_s, gains_mps);
        level[1] = c.level_mps;
        const double slope = (level[1] - level[0]) / (at[1] - at[0]);
        if (!(slope > 0.0) || fabs(level[1] - seen->level_mps) < 0.02 * seen->level_mps + 5.0) {
            break;
        }
        const double next = at[1] + (seen->level_mps - level[1]) / slope;
        at[0] = at[1];
        level[0] = level[1];
        at[1] = next < 0.0 ? 0.0 : (next > most_radps ? most_radps : next);
        if (at[1] == at[0]) {
            break;
        }
    }
    return c;
}

static double misfit(const struct burn_seen *seen, const struct climb *c)
{
    const double speed = sqrt(seen->level_mps * seen->level_mps + seen->up_mps * seen->up_mps);
    const double speed_sigma = SPEED_SIGMA_SHARE * speed + SPEED_SIGMA_MPS;
    const double height_sigma = HEIGHT_SIGMA_SHARE * seen->height_m + HEIGHT_SIGMA_M;
    return elementary_square((seen->up_mps - c->up_mps) / speed_sigma) +
           elementary_square((seen->level_mps - c->level_mps) / speed_sigma) +
           elementary_square((seen->height_m - c->height_m) / height_sigma);
}

/* Stages in time; the plan's burn times and exhaust speeds become the hypothesis' own. */
static void draw_times(struct flight_plan *plan, double scale, struct random *r, struct burn *out)
{
    double at_s = 0.0;
    out->stage_count = plan->stage_count;
    for (int i = 0; i < plan->stage_count; i++) {
        struct flight_stage *s = &plan->stages[i];
        s->burn_s *= scale;
        s->exhaust_mps *= 1.0 + EXHAUST_SIGMA_SHARE * burn_normal(r);
        out->stages[i] = (struct burn_stage){at_s, at_s + s->burn_s, s->exhaust_mps, 0.0};
        at_s += s->burn_s + s->gap_s * uniform(r, GAP_SCALE_MIN, GAP_SCALE_MAX);
    }
    out->end_s = out->stages[plan->stage_count - 1].end_s;
}

/* The stage that burns now; the next one in a pause; -1 after all. */
static int stage_at(const struct burn *b, double age_s)
{
    for (int i = 0; i < b->stage_count; i++) {
        if (age_s < b->stages[i].end_s) {
            return i;
        }
    }
    return -1;
}

/* The whole gain from the thrust that was seen; adds to the weight how the one follows the other.
 * 0 if that is no stage. */
static double gain_from_thrust(const struct flight_plan *plan, const struct burn_seen *seen,
                               int stage, struct random *r, struct burn *out)
{
    const struct burn_stage *s = &out->stages[stage];
    const double speed2 = seen->level_mps * seen->level_mps + seen->up_mps * seen->up_mps;
    const double drag = 0.5 * atmosphere_density(seen->height_m, NULL) * speed2 / WHOLE_BETA_KGPM2;
    const double sigma = sqrt(elementary_square(seen->thrust_sigma_mps2) +
                              elementary_square(THRUST_SIGMA_SHARE * seen->thrust_mps2));
    const double thrust = seen->thrust_mps2 + drag + sigma * burn_normal(r);
    const double w = s->exhaust_mps;
    const double burnt_s = seen->age_s - s->start_s;
    const double burn_s = s->end_s - s->start_s;
    if (burnt_s < 0.0 || thrust < THRUST_MIN_MPS2) {
        return 0.0;
    }
    const double fuel = thrust * burn_s / (w + thrust * burnt_s);
    if (fuel > FUEL_SHARE_MAX) {
        return 0.0;
    }
    const double gain_mps = -w * elementary_log(1.0 - fuel);
    const double slope = w / (1.0 - fuel) * burn_s * w / elementary_square(w + thrust * burnt_s);
    out->log_weight += elementary_log(slope / gain_mps * seen->thrust_mps2);
    return gain_mps / plan->stages[stage].share;
}

/* In a pause, or with a thrust that is hardly known, as the kind has it. */
static double gain_of_kind(enum flight_kind kind, struct random *r)
{
    const double low = elementary_log(GAIN_LIMITS_MPS[kind][0]);
    const double high = elementary_log(GAIN_LIMITS_MPS[kind][1]);
    return elementary_exp(uniform(r, low, high));
}

/* What a gain off the kind's limits costs, and the density within them. */
static double log_prior(enum flight_kind kind, double gain_mps)
{
    const double at = elementary_log(gain_mps);
    const double low = elementary_log(GAIN_LIMITS_MPS[kind][0]);
    const double high = elementary_log(GAIN_LIMITS_MPS[kind][1]);
    const double off = at < low ? low - at : (at > high ? at - high : 0.0);
    return -0.5 * elementary_square(off / GAIN_SIGMA) - elementary_log(high - low);
}

/* Gives all stages their share of the gain. The stages still to come may differ from it. */
static void share_gain(const struct flight_plan *plan, int stage, double gain_mps, struct random *r,
                       struct burn *out)
{
    for (int i = 0; i < out->stage_count; i++) {
        struct burn_stage *s = &out->stages[i];
        const double off = i > stage ? STAGE_GAIN_SIGMA_SHARE * burn_normal(r) : 0.0;
        const double own_mps = plan->stages[i].share * gain_mps * (1.0 + off);
        const double fuel = 1.0 - elementary_exp(-own_mps / s->exhaust_mps);
        s->burnt_per_s = fuel / (s->end_s - s->start_s);
    }
}

bool burn_draw(enum flight_kind kind, const struct burn_seen *seen, struct random *r,
               struct burn *out)
{
    struct flight_plan plan;
    memset(&plan, 0, sizeof plan);
    memset(out, 0, sizeof *out);
    flight_stages_of_kind(kind, &plan);
    const double ratio = elementary_log(BURN_SCALE_MAX / BURN_SCALE_MIN);
    draw_times(&plan, BURN_SCALE_MIN * elementary_exp(random_uniform(r) * ratio), r, out);
    const int stage = stage_at(out, seen->age_s);
    if (stage < 0) {
        return false;
    }
    const bool is_pause =
        seen->thrust_mps2 < THRUST_MIN_MPS2 || seen->thrust_mps2 < 2.0 * seen->thrust_sigma_mps2;
    const double gain_mps =
        is_pause ? gain_of_kind(kind, r) : gain_from_thrust(&plan, seen, stage, r, out);
    if (gain_mps <= 0.0) {
        return false;
    }
    out->log_weight += is_pause ? 0.0 : log_prior(kind, gain_mps);
    share_gain(&plan, stage, gain_mps, r, out);
    out->is_level_last = kind == FLIGHT_SPACE_LAUNCH;
    const double climb_end_s =
        out->is_level_last ? out->stages[out->stage_count - 2].end_s : out->end_s;
    const double turn_end_s = (TURN_SHARE + TURN_SHARE_SIGMA * burn_normal(r)) * climb_end_s;
    out->turn_end_s = turn_end_s > 2.0 * UPRIGHT_S ? turn_end_s : 2.0 * UPRIGHT_S;
    return true;
}

void burn_fit(const struct burn_seen *seen, struct random *r, struct burn *b)
{
    const struct climb c = solve_turn(seen, b);
    b->log_weight = -0.5 * misfit(seen, &c);
    /* Some end before their time. */
    const double early = random_uniform(r) / EARLY_END_PROBABILITY;
    if (early < 1.0) {
        b->end_s = seen->age_s + early * (b->end_s - seen->age_s);
    }
}
