/* The life of a track: lost and found again, dropped on the ground, not born of false alarms,
 * through the pauses of a three-stage missile, from lines of sight alone, and past whatever a
 * broken sensor may deliver. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "flown.h"
#include "track/tracker.h"

enum { SEEDS = 12 };

/* Static: it is large. */
static struct tracker tracker;

static void start(const struct sensor *sensors, int count)
{
    struct nation_id owner = {{0}};
    assert_true(nation_id_parse("JPN", &owner));
    tracker_init(&tracker, owner);
    for (int i = 0; i < count; i++) {
        assert_int_equal(tracker_add_sensor(&tracker, &sensors[i]), OK);
    }
}

static void solve_default(void)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
}

/* The track (of any status but tentative) with the most measurements; false without one. */
static bool best_track(double t_s, struct track *out)
{
    bool found = false;
    memset(out, 0, sizeof *out);
    memset(out, 0, sizeof *out);
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        struct track t;
        if (tracker_publish(&tracker, slot, flown_instant(t_s), &t) &&
            t.status != STATUS_TENTATIVE &&
            (!found || t.measurement_count > out->measurement_count)) {
            *out = t;
            found = true;
        }
    }
    return found;
}

static double error_m(const struct track *t, double t_s)
{
    double x[6];
    assert_true(flown_state(t_s, x));
    const double d[3] = {t->position.x_m - x[0], t->position.y_m - x[1], t->position.z_m - x[2]};
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static double sigma_m(const struct track *t)
{
    return sqrt(t->covariance[0] + t->covariance[7] + t->covariance[14]);
}

static void scan_one(const struct sensor *radar, double t_s, struct random *r)
{
    struct observation plot;
    if (flown_plot(radar, t_s, r, &plot)) {
        assert_int_equal(tracker_scan(&tracker, &plot, 1), OK);
    }
}

/* One radar that is out for a minute in the coast and then sees it again. */
static void lost_and_found_again(void **state)
{
    (void)state;
    solve_default();
    const struct sensor radar = flown_radar("A", 38.2, 128.5, true);
    const double out_s = flown_end_of_thrust_s() + 40.0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct random r;
        random_init(&r, seed, 6);
        start(&radar, 1);
        uint64_t id = 0;
        double doubt_m = 0.0;
        for (double t_s = 1.0; t_s < out_s + 80.0; t_s += 1.0) {
            if (t_s < out_s || t_s >= out_s + 60.0) {
                scan_one(&radar, t_s, &r);
            }
            tracker_advance(&tracker, flown_instant(t_s));
            struct track t;
            if (!best_track(t_s, &t)) {
                continue;
            }
            id = id == 0 ? t.id.value : id;
            assert_int_equal(t.id.value, id);
            if (t_s > out_s + 10.0 && t_s < out_s + 60.0) {
                assert_int_equal(t.status, STATUS_LOST);
                assert_true(sigma_m(&t) > doubt_m);
                assert_true(error_m(&t, t_s) < 4.0 * sigma_m(&t));
                doubt_m = sigma_m(&t);
            } else if (t_s > out_s + 62.0) {
                assert_int_equal(t.status, STATUS_FIRM);
                assert_true(sigma_m(&t) < doubt_m);
            }
        }
        assert_int_not_equal(id, 0);
    }
}

/* Past the radars' coverage it stays lost, goes on being predicted to the other end of the ocean,
 * and is dropped when it is on the ground there. */
static void out_of_sight_and_then_on_the_ground(void **state)
{
    (void)state;
    solve_default();
    const struct sensor radars[2] = {flown_radar("A", 38.2, 128.5, true),
                                     flown_radar("C", 40.7, 140.5, true)};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct random r;
        random_init(&r, seed, 7);
        start(radars, 2);
        double last_plot_s = 0.0;
        double lost_s = -1.0;
        double dropped_s = -1.0;
        for (double t_s = 1.0; t_s < flown_impact_s() + 120.0 && dropped_s < 0.0; t_s += 1.0) {
            const uint64_t used = tracker.used;
            scan_one(&radars[0], t_s, &r);
            scan_one(&radars[1], t_s, &r);
            last_plot_s = tracker.used > used ? t_s : last_plot_s;
            tracker_advance(&tracker, flown_instant(t_s));
            struct track t;
            if (!best_track(t_s, &t)) {
                continue;
            }
            if (t.status == STATUS_DROPPED) {
                dropped_s = t_s;
            } else if (t.status == STATUS_LOST) {
                lost_s = lost_s < 0.0 ? t_s : lost_s;
                if (t_s < flown_impact_s() - 60.0) {
                    assert_true(error_m(&t, t_s) < 4.0 * sigma_m(&t));
                }
            } else {
                lost_s = -1.0;
            }
        }
        assert_true(lost_s > last_plot_s);
        assert_true(lost_s < last_plot_s + 12.0);
        assert_near(dropped_s, flown_impact_s(), 30.0);
        tracker_advance(&tracker, flown_instant(dropped_s + 1.0));
        struct track t;
        assert_false(best_track(dropped_s + 1.0, &t));
    }
}

/* An hour of false alarms, one in five scans of each of two radars, and nothing else. */
static void false_alarms_make_no_track(void **state)
{
    (void)state;
    const struct sensor radars[2] = {flown_radar("A", 37.5, 127.0, false),
                                     flown_radar("B", 38.2, 128.5, true)};
    struct random r;
    random_init(&r, 71, 1);
    start(radars, 2);
    int firm = 0;
    int alarms = 0;
    for (double t_s = 1.0; t_s <= 3600.0; t_s += 1.0) {
        for (int i = 0; i < 2; i++) {
            struct observation plots[8];
            uint32_t count = random_poisson(&r, 0.2);
            count = count > 8 ? 8 : count;
            for (uint32_t k = 0; k < count; k++) {
                plots[k] = flown_false_alarm(&radars[i], t_s, &r);
            }
            alarms += (int)count;
            assert_int_equal(tracker_scan(&tracker, plots, count), OK);
        }
        tracker_advance(&tracker, flown_instant(t_s));
        struct track t;
        firm += best_track(t_s, &t) ? 1 : 0;
    }
    print_message("quiet hour: %d false alarms, %d s with a firm track\n", alarms, firm);
    assert_int_equal(firm, 0);
}

struct stages {
    int declared_in_gaps; /* end of thrust stated in a pause between stages or in a later stage */
    int taken_back;       /* of these */
    double longest_s;     /* stated while a motor burnt, at a stretch */
    double delay_s_max;   /* after the true end */
    int never;
};

static void fly_stages(uint64_t seed, struct stages *sum)
{
    const struct sensor radar = flown_radar("A", 38.2, 128.5, true);
    struct random r;
    random_init(&r, seed, 8);
    start(&radar, 1);
    double burning_s = 0.0;
    bool stated = false;
    double declared_s = -1.0;
    for (double t_s = 1.0; t_s < flown_end_of_thrust_s() + 60.0; t_s += 1.0) {
        scan_one(&radar, t_s, &r);
        tracker_advance(&tracker, flown_instant(t_s));
        struct track t;
        const bool ended = best_track(t_s, &t) && instant_is_set(t.end_of_thrust);
        const bool over = t_s >= flown_end_of_thrust_s();
        sum->declared_in_gaps += ended && !stated && !over ? 1 : 0;
        sum->taken_back += !ended && stated ? 1 : 0;
        burning_s = ended && !over && flown_thrust_mps2(t_s) > 0.0 ? burning_s + 1.0 : 0.0;
        sum->longest_s = fmax(sum->longest_s, burning_s);
        declared_s = ended && over && declared_s < 0.0 ? t_s : declared_s;
        stated = ended;
    }
    if (declared_s < 0.0) {
        sum->never++;
    } else {
        sum->delay_s_max = fmax(sum->delay_s_max, declared_s - flown_end_of_thrust_s());
    }
}

/* The solid three-stage missile of 2023-07-12: apogee 6,648 km, range 1,001 km, pauses of 6 s. */
static void pauses_between_stages_are_not_the_end(void **state)
{
    (void)state;
    const struct geo_geodetic site = {39.0 * RAD_PER_DEG, 125.75 * RAD_PER_DEG, 0.0};
    flown_solve(site, 70.0, 6648.0, 1001.0, FLIGHT_INTERCONTINENTAL_SOLID);
    struct stages sum;
    memset(&sum, 0, sizeof sum);
    for (uint64_t seed = 1; seed <= 4 * SEEDS; seed++) {
        fly_stages(seed, &sum);
    }
    print_message("three stages: end of thrust stated early %d times in %d flights, taken back %d "
                  "times, while burning for at most %.0f s; the true end after at most %.1f s, "
                  "never %d\n",
                  sum.declared_in_gaps, 4 * SEEDS, sum.taken_back, sum.longest_s, sum.delay_s_max,
                  sum.never);
    assert_int_equal(sum.declared_in_gaps, sum.taken_back);
    assert_true(sum.longest_s <= 5.0);
    assert_true(sum.delay_s_max <= 20.0);
    assert_int_equal(sum.never, 0);
}

/* Two satellites and nothing else: a track begins where their lines meet. */
static void two_satellites_start_a_track(void **state)
{
    (void)state;
    solve_default();
    const struct sensor satellites[2] = {flown_satellite("W"), flown_satellite("E")};
    const struct geo_ecef places[2] = {flown_satellite_place(75.0), flown_satellite_place(165.0)};
    double firm_s_max = 0.0;
    double worst = 0.0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct random r;
        random_init(&r, seed, 9);
        start(satellites, 2);
        double first_s = -1.0;
        double firm_s = -1.0;
        for (double t_s = 1.0; t_s < flown_end_of_thrust_s(); t_s += 1.0) {
            const int i = (int)t_s % 5 == 1 ? 0 : (int)t_s % 5 == 3 ? 1 : -1;
            struct observation sight;
            if (i >= 0 && flown_sight(&satellites[i], places[i], t_s, &r, &sight)) {
                first_s = first_s < 0.0 ? t_s : first_s;
                assert_int_equal(tracker_scan(&tracker, &sight, 1), OK);
            }
            tracker_advance(&tracker, flown_instant(t_s));
            struct track t;
            if (best_track(t_s, &t)) {
                firm_s = firm_s < 0.0 ? t_s : firm_s;
                assert_false(instant_is_set(t.end_of_thrust));
                worst = t_s > firm_s + 20.0 ? fmax(worst, error_m(&t, t_s) / sigma_m(&t)) : worst;
            }
        }
        assert_true(firm_s > 0.0);
        firm_s_max = fmax(firm_s_max, firm_s - first_s);
    }
    print_message("two satellites: firm at most %.0f s after the first sight, error at most %.1f "
                  "sigma\n",
                  firm_s_max, worst);
    assert_true(firm_s_max <= 25.0);
    assert_true(worst < 4.0);
}

static double any_double(struct random *r)
{
    static const double ODD[] = {NAN,  INFINITY, -INFINITY, 0.0,  -0.0, 1e308,
                                 -1e9, 1e-308,   6.4e6,     1.57, 3.2,  1e5};
    if (random_uniform(r) < 0.5) {
        return ODD[random_u64(r) % (sizeof ODD / sizeof ODD[0])];
    }
    const uint64_t bits = random_u64(r);
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* An observation of which some numbers are anything at all. */
static void spoil(struct observation *o, struct random *r)
{
    double *numbers = o->kind == SENSOR_RADAR      ? &o->radar.polar.range_m
                      : o->kind == SENSOR_INFRARED ? &o->infrared.platform.x_m
                                                   : &o->track.position.x_m;
    const uint64_t count = o->kind == SENSOR_RADAR ? 3 : o->kind == SENSOR_INFRARED ? 6 : 27;
    const uint64_t spoilt = 1 + random_u64(r) % 2;
    for (uint64_t i = 0; i < spoilt; i++) {
        numbers[random_u64(r) % count] = any_double(r);
    }
    if (o->kind == SENSOR_RADAR && random_uniform(r) < 0.3) {
        o->radar.range_rate_mps = any_double(r);
    }
    if (o->kind == SENSOR_RADAR && random_uniform(r) < 0.2) {
        o->radar.without_elevation = true;
    }
    if (random_uniform(r) < 0.1) {
        o->receipt = instant_plus_s(o->validity, -6.0 - 1e6 * random_uniform(r));
    }
}

static struct observation ready_track(const struct sensor *s, double t_s, struct random *r)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.sensor = s->id;
    o.kind = SENSOR_TRACKER;
    o.validity = flown_instant(t_s);
    o.receipt = o.validity;
    double x[6];
    assert_true(flown_state(t_s, x));
    o.track.position = (struct geo_ecef){x[0] + 50.0 * random_normal(r), x[1], x[2]};
    o.track.velocity = (struct geo_velocity){x[3], x[4] + random_normal(r), x[5]};
    for (int i = 0; i < 6; i++) {
        o.track.covariance[i * (i + 3) / 2] = i < 3 ? 2500.0 : 4.0;
    }
    return o;
}

static void assert_all_finite(double t_s)
{
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        struct track t;
        if (!tracker_publish(&tracker, slot, flown_instant(t_s), &t)) {
            continue;
        }
        const double *position = &t.position.x_m;
        const double *velocity = &t.velocity.x_mps;
        for (int i = 0; i < 3; i++) {
            assert_true(elementary_is_finite(position[i]));
            assert_true(elementary_is_finite(velocity[i]));
        }
        for (int i = 0; i < 36; i++) {
            assert_true(elementary_is_finite(t.covariance[i]));
        }
        assert_true(elementary_is_finite(t.thrust_mps2));
        assert_true(elementary_is_finite(t.phase_probability));
    }
}

/* A radar, a satellite and a tracker that deliver rubbish between their true observations: no
 * number in any track ever is none, and the true track stays firm and right. */
static void rubbish_spoils_no_track(void **state)
{
    (void)state;
    solve_default();
    const struct sensor radar = flown_radar("A", 38.2, 128.5, true);
    struct sensor ready = flown_satellite("T");
    ready.kind = SENSOR_TRACKER;
    const struct sensor sensors[3] = {radar, flown_satellite("W"), ready};
    const struct geo_ecef place = flown_satellite_place(100.0);
    for (uint64_t seed = 1; seed <= SEEDS / 3; seed++) {
        struct random r;
        random_init(&r, seed, 10);
        uint64_t delivered = 0;
        start(sensors, 3);
        for (double t_s = 60.0; t_s < 300.0; t_s += 1.0) {
            struct observation plots[6];
            struct observation sight;
            struct observation track = ready_track(&sensors[2], t_s, &r);
            uint32_t count = 0;
            if (flown_plot(&radar, t_s, &r, &plots[0])) {
                for (count = 1; count < 6; count++) {
                    plots[count] = plots[0];
                    spoil(&plots[count], &r);
                }
                assert_int_equal(tracker_scan(&tracker, plots, count), OK);
                delivered += count;
            }
            if (flown_sight(&sensors[1], place, t_s, &r, &sight)) {
                spoil(&sight, &r);
                assert_int_equal(tracker_scan(&tracker, &sight, 1), OK);
                delivered++;
            }
            spoil(&track, &r);
            assert_int_equal(tracker_scan(&tracker, &track, 1), OK);
            delivered++;
            tracker_advance(&tracker, flown_instant(t_s));
            assert_all_finite(t_s);
        }
        struct track t;
        assert_true(best_track(299.0, &t));
        assert_int_equal(t.status, STATUS_FIRM);
        assert_true(error_m(&t, 299.0) < 5.0 * sigma_m(&t) + 2000.0);
        assert_true(tracker.rejected > 500);
        assert_true(tracker.rejected_why[OBSERVATION_IMPOSSIBLE] > 100);
        assert_true(tracker.rejected_why[OBSERVATION_COVARIANCE] > 10);
        assert_true(tracker.rejected_why[OBSERVATION_EARLY] > 10);
        assert_int_equal(tracker.used + tracker.rejected + tracker.unassociated, delivered);
        uint64_t sum = 0;
        uint64_t of_sensors = 0;
        for (int why = 0; why < OBSERVATION_FAULTS; why++) {
            sum += tracker.rejected_why[why];
        }
        for (uint32_t i = 0; i < 3; i++) {
            of_sensors += tracker.rejected_of[i].count;
        }
        assert_int_equal(sum, tracker.rejected);
        assert_int_equal(of_sensors, tracker.rejected);
    }
}

static void scans_that_cannot_be_are_refused(void **state)
{
    (void)state;
    solve_default();
    const struct sensor radars[2] = {flown_radar("A", 38.2, 128.5, true),
                                     flown_radar("B", 37.5, 127.0, false)};
    start(radars, 2);
    struct random r;
    random_init(&r, 1, 11);
    struct observation plots[2];
    assert_true(flown_plot(&radars[0], 120.0, &r, &plots[0]));
    plots[1] = plots[0];
    plots[1].sensor = radars[1].id;
    assert_int_equal(tracker_scan(&tracker, plots, 2), ERR_STATE);
    plots[1] = plots[0];
    plots[1].validity.tai_ns++;
    assert_int_equal(tracker_scan(&tracker, plots, 2), ERR_STATE);
    assert_true(sensor_id_parse("Z", &plots[0].sensor));
    assert_int_equal(tracker_scan(&tracker, plots, 1), ERR_NOT_FOUND);
    assert_int_equal(tracker.unassociated + tracker.used + tracker.rejected, 0);
    assert_int_equal(tracker_add_sensor(&tracker, &radars[1]), ERR_STATE);
    struct track t;
    assert_false(tracker_publish(&tracker, 0, flown_instant(120.0), &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_and_found_again),
        cmocka_unit_test(out_of_sight_and_then_on_the_ground),
        cmocka_unit_test(false_alarms_make_no_track),
        cmocka_unit_test(pauses_between_stages_are_not_the_end),
        cmocka_unit_test(two_satellites_start_a_track),
        cmocka_unit_test(rubbish_spoils_no_track),
        cmocka_unit_test(scans_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
