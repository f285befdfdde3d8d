/* Two missiles side by side, first told apart, then with one echo, then told apart again: both
 * tracks live on, and it is said that they are not resolved. */
#include "../base/near.h"

#include "base/elementary.h"
#include "flown.h"
#include "geo/ellipsoid.h"
#include "track/tracker.h"

#define FROM_S 250.0
#define ONE_ECHO_S 350.0
#define APART_S 410.0
#define UNTIL_S 430.0
#define BESIDE_M 1500.0

static struct tracker tracker; /* large */

static struct observation see(const struct sensor *radar, double t_s, double beside_m,
                              struct random *r)
{
    struct observation o = {.sensor = radar->id,
                            .kind = SENSOR_RADAR,
                            .validity = flown_instant(t_s),
                            .receipt = flown_instant(t_s)};
    double x[6];
    assert_true(flown_state(t_s, x));
    const struct geo_ecef p = {x[0], x[1], x[2] + beside_m};
    assert_int_equal(ellipsoid_polar(ellipsoid_enu(radar->place, p), &o.radar.polar), OK);
    o.radar.polar.range_m += radar->sigma_range_m * random_normal(r);
    o.radar.polar.azimuth_rad += radar->sigma_azimuth_rad * random_normal(r);
    o.radar.polar.elevation_rad += radar->sigma_elevation_rad * random_normal(r);
    return o;
}

/* How many tracks are firm, and how many of these are not resolved. */
static void count(double t_s, int *firm, int *unresolved)
{
    *firm = 0;
    *unresolved = 0;
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        struct track t;
        if (tracker_publish(&tracker, slot, flown_instant(t_s), &t) && t.status == STATUS_FIRM) {
            *firm += 1;
            *unresolved += t.unresolved ? 1 : 0;
        }
    }
}

static void a_group_lives_on(void **state)
{
    (void)state;
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    struct sensor radar = flown_radar("R", 40.9, 140.4, true);
    radar.sigma_azimuth_rad = 1e-4;
    radar.sigma_elevation_rad = 1e-4;
    radar.resolution_range_m = 5e3;
    radar.resolution_rad = 5e-3;
    struct random r;
    random_init(&r, 31, 1);
    tracker_init(&tracker, (struct nation_id){"KOR"});
    assert_int_equal(tracker_add_sensor(&tracker, &radar), OK);
    for (double t_s = FROM_S; t_s < UNTIL_S; t_s += 1.0) {
        const bool one_echo = t_s >= ONE_ECHO_S && t_s < APART_S;
        const struct observation scan[2] = {see(&radar, t_s, 0.0, &r),
                                            see(&radar, t_s, BESIDE_M, &r)};
        assert_int_equal(tracker_scan(&tracker, scan, one_echo ? 1 : 2), OK);
        tracker_advance(&tracker, flown_instant(t_s));
        int firm = 0;
        int unresolved = 0;
        count(t_s, &firm, &unresolved);
        if (t_s > FROM_S + 10.0) {
            assert_int_equal(firm, 2);
        }
        if (t_s < ONE_ECHO_S || t_s > APART_S + 2.0) {
            assert_int_equal(unresolved, 0);
        } else if (t_s > ONE_ECHO_S + 2.0 && one_echo) {
            assert_in_range(unresolved, 1, 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_group_lives_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
