/* Solved flights: they meet their plans, they take as long as the published ones took, and every
 * way of flying them gives the same. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "physics/flight.h"
#include "physics/gravity.h"

static struct flight_plan plan_of(double lat_deg, double lon_deg, double bearing_deg,
                                  double apogee_km, double range_km)
{
    struct flight_plan plan = {
        .site = {lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0},
        .bearing_rad = bearing_deg * RAD_PER_DEG,
        .apogee_m = apogee_km * 1e3,
        .range_m = range_km * 1e3,
        .beta_kgpm2 = 3000.0,
    };
    flight_stages_of_kind(flight_kind_of(plan.apogee_m, plan.range_m), &plan);
    return plan;
}

static struct flight solved(const struct flight_plan *plan)
{
    struct flight f;
    assert_int_equal(flight_solve(plan, &f), OK);
    return f;
}

static struct flight_summary summary_of(const struct flight *f)
{
    struct flight_summary s;
    assert_int_equal(flight_summarise(f, &s), OK);
    return s;
}

/* Source: the formula of Bate, Mueller and White (1971), chapter 6, with their examples: Q 0.5333
 * has a range angle of 36.39 degrees to an apogee 1.25 burnout radii high, and with Q 0.95 at most
 * 129.58 degrees are reached. */
static void minimum_energy_range_meets_bate_mueller_white(void **state)
{
    (void)state;
    const double q = 0.5333;
    const double most = 2.0 * asin(q / (2.0 - q));
    assert_near(
        flight_minimum_energy_range_m(0.25 * ELLIPSOID_A_M, 36.39 * RAD_PER_DEG * ELLIPSOID_A_M),
        most * ELLIPSOID_A_M, 2e3);
    /* The flight that reaches them leaves at a quarter of what is missing to half a turn. */
    const double up = cos(0.25 * (180.0 - 129.58) * RAD_PER_DEG);
    const double e = sqrt(1.0 + 0.95 * (0.95 - 2.0) * up * up);
    const double apogee_m = ((1.0 + e) / (2.0 - 0.95) - 1.0) * ELLIPSOID_A_M;
    const double range_m = 129.58 * RAD_PER_DEG * ELLIPSOID_A_M;
    assert_near(flight_minimum_energy_range_m(apogee_m, range_m) / range_m, 1.0, 1e-4);
    assert_near(flight_minimum_energy_range_m(6e6, 12e6), PI * ELLIPSOID_A_M, 1.0);
}

static void kinds_follow_the_reach(void **state)
{
    (void)state;
    assert_int_equal(flight_kind_of(100e3, 350e3), FLIGHT_SHORT);
    assert_int_equal(flight_kind_of(550e3, 2700e3), FLIGHT_MEDIUM);
    assert_int_equal(flight_kind_of(970e3, 4500e3), FLIGHT_INTERMEDIATE);
    assert_int_equal(flight_kind_of(6248e3, 1090e3), FLIGHT_INTERCONTINENTAL);
    for (int kind = FLIGHT_SHORT; kind <= FLIGHT_SPACE_LAUNCH; kind++) {
        struct flight_plan plan = {0};
        flight_stages_of_kind((enum flight_kind)kind, &plan);
        double shares = 0.0;
        for (int i = 0; i < plan.stage_count; i++) {
            shares += plan.stages[i].share;
        }
        assert_near(shares, 1.0, 1e-12);
    }
}

static void assert_meets(const struct flight_plan *plan, const struct flight *f)
{
    const struct flight_summary s = summary_of(f);
    assert_false(s.in_orbit);
    assert_near(s.apogee_m, plan->apogee_m, 100.0);
    assert_near(s.range_m, plan->range_m, 100.0);
    assert_near(s.impact.height_m, 0.0, 1e-3);
    double distance_m = 0.0;
    double azimuth_rad = 0.0;
    assert_int_equal(geodesic_inverse(plan->site, s.impact, &distance_m, &azimuth_rad, NULL), OK);
    assert_near(distance_m, s.range_m, 1e-6);
    const double off_rad = elementary_wrap_pi(azimuth_rad - plan->bearing_rad);
    assert_near(off_rad * plan->range_m, 0.0, 100.0);
}

static void solutions_meet_their_plans(void **state)
{
    (void)state;
    static const double FLIGHTS[][3] = {
        /* bearing, apogee, range */
        {62.0, 6648.4, 1001.2}, /* lofted, as on 2023-07-12 */
        {81.0, 50.0, 300.0},    {81.0, 25.0, 110.0},   {45.0, 60.0, 670.0},
        {81.0, 100.0, 400.0},   {190.0, 30.0, 290.0},  {270.0, 100.0, 110.0},
        {80.0, 970.0, 4500.0},  {30.0, 1300.0, 10000}, {350.0, 7000.0, 12000.0},
        {0.0, 6000.0, 200.0},   {270.0, 6000.0, 20.0}, {250.0, 15000.0, 300.0},
    };
    for (size_t i = 0; i < sizeof FLIGHTS / sizeof FLIGHTS[0]; i++) {
        const struct flight_plan plan =
            plan_of(39.2, 125.7, FLIGHTS[i][0], FLIGHTS[i][1], FLIGHTS[i][2]);
        const struct flight f = solved(&plan);
        assert_true(f.bearing_rad >= 0.0 && f.bearing_rad < 2.0 * PI);
        assert_meets(&plan, &f);
    }
}

static void every_ballistic_coefficient_has_its_solution(void **state)
{
    (void)state;
    for (double beta = 500.0; beta <= 10000.0; beta *= 2.0) {
        struct flight_plan plan = plan_of(39.112, 125.998, 62.0, 500.0, 1300.0);
        plan.beta_kgpm2 = beta;
        const struct flight f = solved(&plan);
        assert_meets(&plan, &f);
    }
}

/* One line of comma-separated values, with quotes; fields are cut in place. */
static int split(char *line, char *fields[], int capacity)
{
    int count = 0;
    char *from = line;
    char *to = line;
    bool quoted = false;
    fields[count++] = to;
    for (; *from != '\0' && *from != '\n' && *from != '\r'; from++) {
        if (*from == '"') {
            quoted = !quoted;
        } else if (*from == ',' && !quoted) {
            *to++ = '\0';
            if (count == capacity) {
                return count;
            }
            fields[count++] = to;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return count;
}

enum { NAME = 1, LAT = 3, LON = 4, APOGEE = 5, RANGE = 6, MINUTES = 7, NOTES = 10, FIELDS = 11 };

static FILE *open_flights(void)
{
    const char *folder = getenv("WATCHFIRE_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/flights/flights.csv", folder != NULL ? folder : "");
    FILE *file = folder != NULL ? fopen(path, "r") : NULL;
    if (file == NULL) {
        print_message("skipped: WATCHFIRE_SHARED is not set, or has no flights/flights.csv\n");
        skip();
    }
    return file;
}

static bool is_for_comparison(char *fields[], int count)
{
    return count == FIELDS && strtod(fields[MINUTES], NULL) > 0.0 &&
           strstr(fields[NAME], "KN-23") == NULL && strstr(fields[NAME], "SLV") == NULL &&
           strstr(fields[NOTES], "outcome=failure") == NULL;
}

static double minutes_off(char *fields[], double beta_kgpm2)
{
    const char *bearing = strstr(fields[NOTES], "bearing=");
    assert_non_null(bearing);
    struct flight_plan plan =
        plan_of(strtod(fields[LAT], NULL), strtod(fields[LON], NULL), strtod(bearing + 8, NULL),
                strtod(fields[APOGEE], NULL), strtod(fields[RANGE], NULL));
    plan.beta_kgpm2 = beta_kgpm2;
    if (strstr(fields[NAME], "Hwasong-18") != NULL) {
        flight_stages_of_kind(FLIGHT_INTERCONTINENTAL_SOLID, &plan);
    }
    const struct flight f = solved(&plan);
    assert_meets(&plan, &f);
    const double minutes = summary_of(&f).flight_time_s / 60.0;
    print_message("%s %s: %.1f min, published %s\n", fields[0], fields[NAME], minutes,
                  fields[MINUTES]);
    return fabs(minutes - strtod(fields[MINUTES], NULL));
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median and greatest difference from the published times, min. */
static void differences(double beta_kgpm2, double *median, double *worst)
{
    FILE *file = open_flights();
    char line[4096];
    double off[64];
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *fields[FIELDS + 1];
        if (is_for_comparison(fields, split(line, fields, FIELDS + 1))) {
            assert_true(count < sizeof off / sizeof off[0]);
            off[count++] = minutes_off(fields, beta_kgpm2);
        }
    }
    fclose(file);
    assert_int_equal(count, 9);
    qsort(off, count, sizeof off[0], by_size);
    *median = off[count / 2];
    *worst = off[count - 1];
    print_message("median %.2f, worst %.2f min\n", *median, *worst);
}

/* Source: flights/flights.csv, flight times as published. Kepler alone is off by 2.9 in the median
 * and 4.6 at worst; another implementation of this boost model by 0.3 and 1.5. That is what comes
 * of it here, too, without drag and on an Earth that does not turn (0.35 and 1.51, tried by hand).
 * Without drag alone the median is the same and the worst better. Drag on the way down, which the
 * real ones had, adds 0.04 to 0.3 minutes to each. Six of the nine times are in whole minutes, so
 * half a minute is no difference. */
static void flight_times_are_the_published_ones(void **state)
{
    (void)state;
    double median = 0.0;
    double worst = 0.0;
    differences(3000.0, &median, &worst);
    assert_true(median <= 0.6);
    assert_true(worst <= 1.5);
    differences(1e6, &median, &worst);
    assert_true(median < 0.35);
    assert_true(worst <= 1.5);
}

static void advancing_in_pieces_is_the_same_flight(void **state)
{
    (void)state;
    const struct flight_plan plan = plan_of(40.6, 126.4, 80.0, 970.0, 4500.0);
    const struct flight f = solved(&plan);
    const struct flight_summary s = summary_of(&f);
    const double pieces_s[] = {0.05, 0.7, 10.0, 1000.0};
    for (size_t i = 0; i < sizeof pieces_s / sizeof pieces_s[0]; i++) {
        struct motion_state x;
        double at_s = 0.0;
        flight_start(&f, &x);
        for (int n = 1; flight_advance(&f, &at_s, &x, n * pieces_s[i]); n++) {
            assert_near(at_s, n * pieces_s[i], 1e-9);
        }
        /* Where the steps lie hardly matters: they are small enough. */
        assert_near(at_s, s.flight_time_s, 1e-3);
        struct geo_geodetic g;
        assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){x.x[0], x.x[1], x.x[2]}, &g), OK);
        assert_near((g.lat_rad - s.impact.lat_rad) * ELLIPSOID_A_M, 0.0, 1.0);
        assert_near((g.lon_rad - s.impact.lon_rad) * ELLIPSOID_A_M, 0.0, 1.0);
        /* On the ground it stays. */
        const struct motion_state landed = x;
        assert_false(flight_advance(&f, &at_s, &x, at_s + 100.0));
        assert_near(x.x[0], landed.x[0], 1.0);
        assert_near(at_s, s.flight_time_s, 1e-3);
    }
}

static void same_calls_give_the_same_bits(void **state)
{
    (void)state;
    const struct flight_plan plan = plan_of(39.112, 125.998, 62.0, 6648.4, 1001.2);
    const struct flight a = solved(&plan);
    const struct flight b = solved(&plan);
    assert_memory_equal(&a.burnout, &b.burnout, sizeof a.burnout);
    struct motion_state x[2];
    for (int i = 0; i < 2; i++) {
        double at_s = 0.0;
        flight_start(i == 0 ? &a : &b, &x[i]);
        for (int n = 1; n <= 500; n++) {
            assert_true(flight_advance(i == 0 ? &a : &b, &at_s, &x[i], 0.9 * n));
        }
    }
    assert_memory_equal(&x[0], &x[1], sizeof x[0]);
}

/* The integral of the thrust over all stages is the velocity gain. */
static void thrust_adds_up_to_the_gain(void **state)
{
    (void)state;
    struct flight_plan plan = plan_of(39.112, 125.998, 62.0, 6648.4, 1001.2);
    flight_stages_of_kind(FLIGHT_INTERCONTINENTAL_SOLID, &plan);
    struct flight f;
    flight_init(&f, &plan, 9000.0, 1.2, plan.bearing_rad);
    assert_near(f.end_of_thrust_s, 70.0 + 6.0 + 75.0 + 6.0 + 80.0, 1e-12);
    double gain_mps = 0.0;
    for (double t_s = 0.0005; t_s < 300.0; t_s += 0.001) {
        gain_mps += 0.001 * flight_thrust_mps2(&f, t_s);
    }
    assert_near(gain_mps, 9000.0, 0.5);
    assert_near(flight_thrust_mps2(&f, 73.0), 0.0, 0.0); /* in the first gap */
    assert_near(flight_thrust_mps2(&f, 240.0), 0.0, 0.0);
    assert_near(flight_thrust_mps2(&f, -1.0), 0.0, 0.0);
    /* The stage's thrust acceleration at its start is (v_e / t_b) m. */
    const double burnt = 1.0 - exp(-0.36 * 9000.0 / 2600.0);
    assert_near(flight_thrust_mps2(&f, 0.0), 2600.0 / 70.0 * burnt, 1e-12);
}

static void goes_straight_up_first(void **state)
{
    (void)state;
    const struct flight_plan plan = plan_of(39.2, 125.7, 90.0, 100.0, 350.0);
    const struct flight f = solved(&plan);
    struct motion_state x;
    double at_s = 0.0;
    flight_start(&f, &x);
    assert_true(flight_advance(&f, &at_s, &x, 8.0));
    const struct geo_enu p = ellipsoid_enu(plan.site, (struct geo_ecef){x.x[0], x.x[1], x.x[2]});
    assert_true(p.up_m > 200.0);
    assert_near(p.east_m, 0.0, 1.0);
    assert_near(p.north_m, 0.0, 1.0);
    assert_true(flight_advance(&f, &at_s, &x, 60.0));
    const struct geo_enu later =
        ellipsoid_enu(plan.site, (struct geo_ecef){x.x[0], x.x[1], x.x[2]});
    assert_true(later.east_m > 10.0 * fabs(later.north_m));
}

static struct flight_plan orbit_plan(void)
{
    struct flight_plan plan = plan_of(39.6596, 124.7057, 170.0, 500.0, 0.0);
    flight_stages_of_kind(FLIGHT_SPACE_LAUNCH, &plan);
    plan.to_orbit = true;
    return plan;
}

static void an_orbit_stays_up(void **state)
{
    (void)state;
    const struct flight_plan plan = orbit_plan();
    const struct flight f = solved(&plan);
    const struct flight_summary s = summary_of(&f);
    assert_true(s.in_orbit);
    struct motion_state x;
    double at_s = 0.0;
    flight_start(&f, &x);
    assert_true(flight_advance(&f, &at_s, &x, f.end_of_thrust_s));
    while (at_s < 8000.0) {
        struct geo_geodetic g;
        assert_int_equal(ellipsoid_from_ecef((struct geo_ecef){x.x[0], x.x[1], x.x[2]}, &g), OK);
        /* Circular over a flattened Earth under J2: the height swings by some tens of km. */
        assert_near(g.height_m, 500e3, 40e3);
        assert_true(flight_advance(&f, &at_s, &x, at_s + 60.0));
    }
}

static void a_failure_brings_it_down(void **state)
{
    (void)state;
    struct flight_plan plan = orbit_plan();
    plan.failure_s = 123.0; /* the second stage does not ignite */
    const struct flight f = solved(&plan);
    assert_near(f.end_of_thrust_s, 123.0, 0.0);
    assert_near(flight_thrust_mps2(&f, 130.0), 0.0, 0.0);
    const struct flight_summary s = summary_of(&f);
    assert_false(s.in_orbit);
    assert_true(s.apogee_m > 100e3 && s.apogee_m < 400e3);
    assert_true(s.range_m > 200e3 && s.range_m < 1200e3);
    plan.failure_s = 1e4; /* after the end of thrust: no failure */
    const struct flight sound = solved(&plan);
    assert_true(summary_of(&sound).in_orbit);
}

static void what_cannot_be_flown_is_refused(void **state)
{
    (void)state;
    struct flight f = {.velocity_gain_mps = 17.0};
    const struct flight_plan good = plan_of(39.2, 125.7, 90.0, 100.0, 350.0);
    struct flight_plan bad[13];
    for (size_t i = 0; i < 13; i++) {
        bad[i] = good;
    }
    bad[0].apogee_m = 4e3;
    bad[1].apogee_m = 15001e3;
    bad[2].range_m = 19e3;
    bad[3].range_m = NAN;
    bad[4].bearing_rad = INFINITY;
    bad[5].site.lat_rad = 1.6;
    bad[6].stage_count = 0;
    bad[7].stage_count = FLIGHT_STAGES_MAX + 1;
    bad[8].stages[0].share = 0.9;
    bad[9].stages[0].burn_s = 0.0;
    bad[10].beta_kgpm2 = 0.0;
    bad[11].failure_s = -1.0;
    bad[12].to_orbit = true; /* with one stage */
    for (size_t i = 0; i < 13; i++) {
        assert_int_equal(flight_solve(&bad[i], &f), ERR_RANGE);
    }
    /* 20 km high and 800 km far is no ballistic flight. */
    const struct flight_plan flat = plan_of(39.2, 125.7, 90.0, 20.0, 800.0);
    assert_int_equal(flight_solve(&flat, &f), ERR_NUMERIC);
    assert_near(f.velocity_gain_mps, 17.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minimum_energy_range_meets_bate_mueller_white),
        cmocka_unit_test(kinds_follow_the_reach),
        cmocka_unit_test(solutions_meet_their_plans),
        cmocka_unit_test(every_ballistic_coefficient_has_its_solution),
        cmocka_unit_test(flight_times_are_the_published_ones),
        cmocka_unit_test(advancing_in_pieces_is_the_same_flight),
        cmocka_unit_test(same_calls_give_the_same_bits),
        cmocka_unit_test(thrust_adds_up_to_the_gain),
        cmocka_unit_test(goes_straight_up_first),
        cmocka_unit_test(an_orbit_stays_up),
        cmocka_unit_test(a_failure_brings_it_down),
        cmocka_unit_test(what_cannot_be_flown_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
