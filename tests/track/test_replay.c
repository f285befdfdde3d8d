/* Observations that come late, through buffer and replay: the filter ends as if they had come in
 * order, bit for bit, and a nation with slow sensors knows no less than one with quick ones, but
 * for what has not come yet. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "flown.h"
#include "track/replay.h"
#include "track/tracker.h"

#define FROM_S 60.0
#define UNTIL_S 320.0
#define LATE_S_MAX 8.0
#define DETECTION 0.8

enum { SENSORS = 3, PLOTS_MAX = 1024 };

struct arrival {
    double at_s;
    uint8_t site;
    struct observation plot;
};

static struct measure_site sites[SENSORS];
static struct arrival arrivals[PLOTS_MAX];
static int arrival_count;

/* Static: they are large. */
static struct replay replays[2];
static struct filter filters[2];
static struct filter_memory memories[2];

static void prepare(void)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    const struct sensor radars[SENSORS] = {flown_radar("A", 38.2, 128.5, true),
                                           flown_radar("B", 37.5, 127.0, false),
                                           flown_radar("C", 40.8, 140.4, true)};
    for (int i = 0; i < SENSORS; i++) {
        measure_site_init(&sites[i], &radars[i]);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct arrival *x = a;
    const struct arrival *y = b;
    const double x_s = x->at_s;
    const double y_s = y->at_s;
    return x_s < y_s ? -1 : x_s > y_s ? 1 : (int)x->site - (int)y->site;
}

/* Looks 1 s apart, missed now and then; delays_s: how late those of each radar come, and at random
 * by as much again. */
static void observe(uint64_t seed, const double delays_s[SENSORS], bool at_random)
{
    struct random r;
    struct random other;
    random_init(&r, seed, 40);
    random_init(&other, seed, 41);
    arrival_count = 0;
    for (double t_s = FROM_S; t_s < UNTIL_S; t_s += 1.0) {
        for (uint8_t i = 0; i < SENSORS; i++) {
            struct arrival *a = &arrivals[arrival_count];
            const double at_s = t_s + 0.3 * i;
            const bool seen = flown_plot(&sites[i].sensor, at_s, &r, &a->plot);
            const double share = random_uniform(&other);
            const double delay_s = delays_s[i] * (at_random ? share : 1.0);
            if (seen && random_uniform(&other) < DETECTION) {
                a->at_s = at_s + delay_s;
                a->site = i;
                arrival_count++;
            }
        }
    }
    qsort(arrivals, (size_t)arrival_count, sizeof arrivals[0], by_time);
}

static void begin(int which)
{
    memset(&replays[which], 0, sizeof replays[which]);
    memset(&memories[which], 0, sizeof memories[which]);
    struct geo_ecef position;
    double covariance[9];
    double x[6];
    assert_true(flown_state(FROM_S - 1.0, x));
    position = (struct geo_ecef){x[0], x[1], x[2]};
    memset(covariance, 0, sizeof covariance);
    for (int i = 0; i < 3; i++) {
        covariance[i * 4] = 1e6;
    }
    filter_start(&filters[which], flown_instant(FROM_S - 1.0), position, covariance);
    filter_confirm(&filters[which]);
    replay_begin(&replays[which], &filters[which], &memories[which]);
}

static void feed(int which, uint64_t *refused)
{
    begin(which);
    for (int i = 0; i < arrival_count; i++) {
        *refused += replay_update(&replays[which], &filters[which], &memories[which], sites,
                                  arrivals[i].site, &arrivals[i].plot) == OK
                        ? 0
                        : 1;
    }
}

static void late_ones_count_as_if_in_order(void **state)
{
    (void)state;
    prepare();
    const double none_s[SENSORS] = {0.0, 0.0, 0.0};
    const double late_s[SENSORS] = {LATE_S_MAX, LATE_S_MAX, LATE_S_MAX};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t refused = 0;
        observe(seed, none_s, false);
        feed(0, &refused);
        observe(seed, late_s, true);
        int late = 0;
        for (int i = 1; i < arrival_count; i++) {
            late += instant_before(arrivals[i].plot.validity, arrivals[i - 1].plot.validity);
        }
        assert_true(late > arrival_count / 4);
        feed(1, &refused);
        assert_int_equal(refused, 0);
        assert_int_equal(filters[0].mode, FILTER_BALLISTIC);
        assert_memory_equal(&filters[0], &filters[1], sizeof filters[0]);
        assert_int_equal(memories[0].count, memories[1].count);
    }
}

/* When the end of thrust is told, s after it, by a nation whose second and third radar are late. */
static double told_after_s(uint64_t seed, const double delays_s[SENSORS])
{
    observe(seed, delays_s, false);
    begin(0);
    for (int i = 0; i < arrival_count; i++) {
        assert_int_equal(replay_update(&replays[0], &filters[0], &memories[0], sites,
                                       arrivals[i].site, &arrivals[i].plot),
                         OK);
        if (filters[0].mode == FILTER_BALLISTIC) {
            return arrivals[i].at_s - flown_end_of_thrust_s();
        }
    }
    return UNTIL_S;
}

/* With 5 s of latency it took 15 s instead of 8 when late observations were used by carrying the
 * state back over the cut-off: before it, it is not the same motion. */
static void the_end_of_thrust_is_not_told_late(void **state)
{
    (void)state;
    prepare();
    const double none_s[SENSORS] = {0.0, 0.0, 0.0};
    const double late_s[SENSORS] = {0.0, 5.0, 5.0};
    double in_order_s = 0.0;
    double with_late_s = 0.0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        in_order_s += told_after_s(seed, none_s) / 8.0;
        with_late_s += told_after_s(seed, late_s) / 8.0;
    }
    print_message("end of thrust told after %.1f s, with two radars of 5 s latency %.1f s\n",
                  in_order_s, with_late_s);
    assert_true(in_order_s > 0.0 && with_late_s < in_order_s + 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_ones_count_as_if_in_order),
        cmocka_unit_test(the_end_of_thrust_is_not_told_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
