/* What falls through the air: flagged when it pulls up, never for its drag, and ballistic again
 * when it falls again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "flown.h"
#include "geo/ellipsoid.h"
#include "physics/lifted.h"
#include "track/tracker.h"

#define STEP_S 0.125
enum { RADARS = 2, STEPS_PER_LOOK = 4 };

/* A fall from its apogee, and how it goes on. */
struct fall {
    double beta_kgpm2;
    double speed_mps;
    double apogee_m;
    double lift_mps2; /* 0 = none */
    double bank_rad;
    double begins_m; /* the lift begins below this height */
    double lasts_s;
};

/* What the tracker said; times since the lift began, negative = never. */
struct said {
    bool early;
    double flagged_s;
    double again_s; /* ballistic after it was flagged */
    bool offered;   /* a ballistic estimate while it was flagged */
    uint32_t most_tracks;
    double sigmas; /* off the truth, at most, while it was flagged: root of the NEES / 6 */
};

static struct tracker tracker; /* large */

static struct motion_state apogee(const struct fall *f)
{
    const struct geo_geodetic g = {39.5 * RAD_PER_DEG, 131.0 * RAD_PER_DEG, f->apogee_m};
    const struct geo_ecef p = ellipsoid_to_ecef(g);
    double axes[9];
    ellipsoid_axes(g, axes);
    return (struct motion_state){{p.x_m, p.y_m, p.z_m, f->speed_mps * axes[0],
                                  f->speed_mps * axes[1], f->speed_mps * axes[2], 0.0,
                                  elementary_log(f->beta_kgpm2)}};
}

static void look(const struct sensor *radar, const struct motion_state *s, double t_s,
                 struct random *r)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    const struct geo_ecef p = {s->x[0], s->x[1], s->x[2]};
    o.sensor = radar->id;
    o.kind = SENSOR_RADAR;
    o.validity = flown_instant(t_s);
    o.receipt = o.validity;
    assert_int_equal(ellipsoid_polar(ellipsoid_enu(radar->place, p), &o.radar.polar), OK);
    o.radar.polar.range_m += radar->sigma_range_m * random_normal(r);
    o.radar.polar.azimuth_rad += radar->sigma_azimuth_rad * random_normal(r);
    o.radar.polar.elevation_rad += radar->sigma_elevation_rad * random_normal(r);
    if (o.radar.polar.elevation_rad > radar->elevation_min_rad) {
        assert_int_equal(tracker_scan(&tracker, &o, 1), OK);
    }
}

/* The mean over six numbers of the squared error, by the stated covariance's diagonal. */
static double squared_sigmas(const struct track *t, const struct motion_state *s)
{
    const double x[6] = {t->position.x_m,   t->position.y_m,   t->position.z_m,
                         t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    double sum = 0.0;
    for (int i = 0; i < 6; i++) {
        sum += elementary_square(x[i] - s->x[i]) / t->covariance[i * 7] / 6.0;
    }
    return sum;
}

static void listen(const struct motion_state *s, double since_s, double t_s, struct said *out)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        struct track t;
        struct estimate e;
        if (!tracker_publish(&tracker, slot, flown_instant(t_s), &t) || t.status != STATUS_FIRM) {
            continue;
        }
        count++;
        if (t.manoeuvring) {
            out->early = out->early || since_s < 0.0;
            out->flagged_s = out->flagged_s < 0.0 ? since_s : out->flagged_s;
            out->again_s = -1.0;
            out->offered =
                out->offered || tracker_ballistic(&tracker, slot, flown_instant(t_s), &e);
            const double sigmas = sqrt(squared_sigmas(&t, s));
            out->sigmas = sigmas > out->sigmas ? sigmas : out->sigmas;
            assert_int_equal(t.phase, PHASE_REENTRY);
            assert_true(instant_is_set(t.end_of_thrust));
        } else if (out->flagged_s >= 0.0 && out->again_s < 0.0) {
            out->again_s = since_s;
        }
    }
    out->most_tracks = count > out->most_tracks ? count : out->most_tracks;
}

static struct said watch(const struct fall *f, uint64_t seed)
{
    struct sensor radars[RADARS] = {flown_radar("NEAR", 38.0, 134.5, false),
                                    flown_radar("FAR", 37.5, 131.0, false)};
    struct said out = {.flagged_s = -1.0, .again_s = -1.0};
    struct motion_state s = apogee(f);
    struct random r;
    random_init(&r, seed, 1);
    tracker_init(&tracker, (struct nation_id){"KOR"});
    for (int i = 0; i < RADARS; i++) {
        assert_int_equal(tracker_add_sensor(&tracker, &radars[i]), OK);
    }
    double since_s = -1.0;
    double rate_mps = 0.0;
    for (int k = 0; motion_height_m(&s, &rate_mps) > 5e3; k++) {
        const double t_s = STEP_S * k;
        if (k % STEPS_PER_LOOK == 0) {
            look(&radars[k / STEPS_PER_LOOK % RADARS], &s, t_s, &r);
            tracker_advance(&tracker, flown_instant(t_s));
            listen(&s, since_s, t_s, &out);
        }
        const bool falls_below = rate_mps < 0.0 && motion_height_m(&s, &rate_mps) < f->begins_m;
        if (f->lift_mps2 > 0.0 && (since_s >= 0.0 || falls_below)) {
            since_s = since_s < 0.0 ? 0.0 : since_s + STEP_S;
        }
        const bool lifted = since_s >= 0.0 && since_s < f->lasts_s;
        lifted_step(&s, lifted ? f->lift_mps2 : 0.0, f->bank_rad, STEP_S);
    }
    return out;
}

static void drag_is_no_manoeuvre(void **state)
{
    (void)state;
    /* From an empty tank to a needle; short and intermediate ranges' speeds. */
    static const double betas[] = {60.0, 150.0, 500.0, 2200.0, 10e3, 30e3};
    static const double speeds[] = {1500.0, 3500.0, 6000.0};
    for (size_t i = 0; i < sizeof betas / sizeof betas[0]; i++) {
        for (size_t k = 0; k < sizeof speeds / sizeof speeds[0]; k++) {
            const struct fall f = {
                .beta_kgpm2 = betas[i], .speed_mps = speeds[k], .apogee_m = k == 2 ? 250e3 : 120e3};
            const struct said said = watch(&f, 1 + 10 * i + k);
            if (said.flagged_s >= 0.0 || said.early) {
                fail_msg("ballistic coefficient %.0f kg/m2, %.0f m/s: taken for a manoeuvre",
                         betas[i], speeds[k]);
            }
        }
    }
}

/* 30 to 100 m/s² at 25 to 45 km, upwards and to the side. Two radars look once a second each, from
 * 300 km: 1 mrad is 300 m there, and half the lift times the time squared is that after 4.5 s and
 * 2.5 s. */
static void a_pull_up_is_flagged_and_not_offered_an_impact(void **state)
{
    (void)state;
    static const double lifts[] = {30.0, 60.0, 100.0};
    static const double limits_s[] = {12.0, 6.0, 4.5};
    for (int i = 0; i < 9; i++) {
        const struct fall f = {.beta_kgpm2 = 1500.0 + 500.0 * i,
                               .speed_mps = 2000.0,
                               .apogee_m = 90e3,
                               .lift_mps2 = lifts[i % 3],
                               .bank_rad = i >= 6 ? 1.2 : 0.0,
                               .begins_m = 25e3 + 5e3 * (i % 5),
                               .lasts_s = 15.0};
        const struct said said = watch(&f, 100 + (uint64_t)i);
        if (said.early || said.flagged_s < 0.0 || said.flagged_s > limits_s[i % 3]) {
            fail_msg("%.0f m/s2 at %.0f km: flagged after %.1f s", f.lift_mps2, f.begins_m / 1e3,
                     said.flagged_s);
        }
        assert_false(said.offered);
        assert_true(said.sigmas < 4.0);
        assert_int_equal(said.most_tracks, 1);
    }
}

static void it_is_ballistic_again_when_it_falls(void **state)
{
    (void)state;
    int again = 0;
    for (uint64_t seed = 0; seed < 4; seed++) {
        const struct fall f = {.beta_kgpm2 = 3000.0,
                               .speed_mps = 2200.0,
                               .apogee_m = 90e3,
                               .lift_mps2 = 60.0,
                               .begins_m = 40e3,
                               .lasts_s = 15.0};
        const struct said said = watch(&f, 200 + seed);
        assert_true(said.flagged_s >= 0.0);
        /* Not while it still pulls up. */
        assert_true(said.again_s < 0.0 || said.again_s > f.lasts_s);
        again += said.again_s > 0.0 && said.again_s < f.lasts_s + 45.0 ? 1 : 0;
    }
    assert_true(again >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drag_is_no_manoeuvre),
        cmocka_unit_test(a_pull_up_is_flagged_and_not_offered_an_impact),
        cmocka_unit_test(it_is_ballistic_again_when_it_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
