/* A million false alarms in one look: bounded, counted, and no other track is the worse for it. */
#include "../base/near.h"

#include <string.h>

#include "base/elementary.h"
#include "flown.h"
#include "track/gate.h"
#include "track/tracker.h"

enum { SCANS_OF_A_LOOK = 1000, FLOODED_LOOKS = 2 };

/* Static: they are large. */
static struct tracker tracker;
static struct observation scan[TRACKER_SCAN_MAX];

static const double FROM_S = 100.0;
static const double FLOOD_S = 125.0;

static void start(const struct sensor *radar)
{
    struct nation_id owner = {{0}};
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    assert_true(nation_id_parse("JPN", &owner));
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    tracker_init(&tracker, owner);
    assert_int_equal(tracker_add_sensor(&tracker, radar), OK);
}

static uint32_t fill(const struct sensor *radar, double t_s, struct random *r, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        scan[i] = flown_false_alarm(radar, t_s, r);
    }
    return count;
}

static uint32_t tentative_count(void)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
        const struct tracker_track *track = &tracker.tracks[slot];
        count += track->id.value != 0 && track->status == STATUS_TENTATIVE ? 1 : 0;
    }
    return count;
}

/* The missile's own plot comes last of all, in the last scan of the look. */
static void flood(const struct sensor *radar, double t_s, struct random *r)
{
    for (int k = 0; k < SCANS_OF_A_LOOK; k++) {
        struct observation plot;
        uint32_t count = fill(radar, t_s, r, TRACKER_SCAN_MAX - 1);
        if (k == SCANS_OF_A_LOOK - 1 && flown_plot(radar, t_s, r, &plot)) {
            scan[count] = plot;
            count++;
        }
        assert_int_equal(tracker_scan(&tracker, scan, count), OK);
    }
}

static void a_million_false_alarms_spoil_no_track(void **state)
{
    (void)state;
    const struct sensor radar = flown_radar("R", 38.0, 129.0, true);
    struct random r;
    random_init(&r, 51, 1);
    start(&radar);
    for (double t_s = FROM_S; t_s < FLOOD_S; t_s += 1.0) {
        struct observation plot;
        assert_true(flown_plot(&radar, t_s, &r, &plot));
        assert_int_equal(tracker_scan(&tracker, &plot, 1), OK);
        tracker_advance(&tracker, flown_instant(t_s));
    }
    const uint64_t id = tracker.tracks[0].id.value;
    const uint32_t hits = tracker.tracks[0].hits;
    assert_int_equal(tracker.tracks[0].status, STATUS_FIRM);
    for (int k = 0; k < FLOODED_LOOKS; k++) {
        flood(&radar, FLOOD_S + k, &r);
        assert_true(tracker.look_starts <= TRACKER_STARTS_MAX);
        tracker_advance(&tracker, flown_instant(FLOOD_S + k));
    }
    /* One plot a look, at most, whatever was in it. */
    assert_true(tracker.tracks[0].hits <= hits + FLOODED_LOOKS);
    assert_true(tracker.tracks[0].hits > hits);
    assert_int_equal(tracker.tracks[0].id.value, id);
    assert_true(tentative_count() <= TRACKER_TENTATIVE_MAX);
    assert_true(tracker.rejected_why[OBSERVATION_NO_ROOM] > 2u * SCANS_OF_A_LOOK * 1000);
    struct track track;
    double x[6];
    assert_true(tracker_publish(&tracker, 0, flown_instant(FLOOD_S + 1.0), &track));
    assert_true(flown_state(FLOOD_S + 1.0, x));
    assert_true(fabs(track.position.x_m - x[0]) < 3e3 && fabs(track.position.y_m - x[1]) < 3e3);
}

/* As many false alarms in every look as fill all places of tentative tracks twice over: a missile
 * that rises among them becomes a track all the same. */
static void a_missile_is_found_among_false_alarms(void **state)
{
    (void)state;
    const struct sensor radar = flown_radar("R", 38.0, 129.0, true);
    struct random r;
    random_init(&r, 52, 1);
    start(&radar);
    bool found = false;
    for (double t_s = FROM_S; t_s < FROM_S + 40.0 && !found; t_s += 1.0) {
        struct observation plot;
        uint32_t count = fill(&radar, t_s, &r, TRACKER_SCAN_MAX - 1);
        if (flown_plot(&radar, t_s, &r, &plot)) {
            scan[count] = scan[count / 2];
            scan[count / 2] = plot;
            count++;
        }
        assert_int_equal(tracker_scan(&tracker, scan, count), OK);
        tracker_advance(&tracker, flown_instant(t_s));
        double x[6];
        assert_true(flown_state(t_s, x));
        for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
            struct track t;
            found |= tracker_publish(&tracker, slot, flown_instant(t_s), &t) &&
                     t.status == STATUS_FIRM && fabs(t.position.x_m - x[0]) < 5e3 &&
                     fabs(t.position.y_m - x[1]) < 5e3 && fabs(t.position.z_m - x[2]) < 5e3;
        }
    }
    assert_true(tracker.rejected_why[OBSERVATION_NO_ROOM] > 0);
    assert_true(found);
}

/* A minute of looks with a thousand false alarms each, from a radar without range rates: thousands
 * of them line up, none is believed. */
static void false_alarms_that_line_up_are_not_believed(void **state)
{
    (void)state;
    const struct sensor radar = flown_radar("R", 38.0, 129.0, false);
    struct random r;
    random_init(&r, 54, 1);
    start(&radar);
    uint32_t firm = 0;
    uint32_t hits_max = 0;
    for (double t_s = FROM_S; t_s < FROM_S + 60.0; t_s += 1.0) {
        const uint32_t count = fill(&radar, t_s, &r, TRACKER_SCAN_MAX - 1);
        assert_int_equal(tracker_scan(&tracker, scan, count), OK);
        tracker_advance(&tracker, flown_instant(t_s));
        for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
            const struct tracker_track *track = &tracker.tracks[slot];
            const bool is_there = track->id.value != 0;
            firm += is_there && track->status != STATUS_TENTATIVE ? 1 : 0;
            hits_max = is_there && track->hits > hits_max ? track->hits : hits_max;
        }
    }
    assert_in_range(hits_max, 4, 60);
    assert_int_equal(firm, 0);
}

/* Whatever the exact gate lets through the coarse one has let through before. */
static void the_coarse_gate_leaves_nothing_out(void **state)
{
    (void)state;
    const struct sensor radar = flown_radar("R", 38.0, 129.0, false);
    struct measure_site site;
    struct random r;
    random_init(&r, 53, 1);
    start(&radar);
    measure_site_init(&site, &radar);
    uint32_t passed = 0;
    for (double t_s = FROM_S; t_s < FROM_S + 60.0; t_s += 1.0) {
        static struct gate gate;
        static const bool none[TRACKER_SCAN_MAX];
        struct observation plot;
        assert_true(flown_plot(&radar, t_s, &r, &plot));
        scan[0] = plot;
        for (uint32_t i = 1; i < 400; i++) {
            scan[i] = plot;
            scan[i].radar.polar.range_m += 3000.0 * random_normal(&r);
            scan[i].radar.polar.azimuth_rad += 0.01 * random_normal(&r);
            scan[i].radar.polar.elevation_rad += 0.01 * random_normal(&r);
        }
        for (uint32_t slot = 0; slot < tracker.slot_end; slot++) {
            const struct filter *f = &tracker.tracks[slot].filter;
            for (uint32_t i = 0; i < 400 && tracker.tracks[slot].id.value != 0; i++) {
                struct innovation found;
                uint16_t near[GATE_NEAR_MAX];
                if (filter_compare(f, &site, &scan[i], &found) == OK &&
                    found.distance_squared < 16.0) {
                    gate_init(&gate, &site, &scan[i], 1, none);
                    assert_int_equal(gate_near(&gate, &site, f, &scan[i], near), 1);
                    passed++;
                }
            }
        }
        assert_int_equal(tracker_scan(&tracker, &plot, 1), OK);
    }
    print_message("%u pairs\n", passed);
    assert_true(passed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_false_alarms_spoil_no_track),
        cmocka_unit_test(a_missile_is_found_among_false_alarms),
        cmocka_unit_test(false_alarms_that_line_up_are_not_believed),
        cmocka_unit_test(the_coarse_gate_leaves_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
