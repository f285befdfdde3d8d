#include "cli/bench_estimate.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "assess/impact.h"
#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"
#include "track/batch.h"
#include "track/filter.h"
#include "track/tracker.h"

/* Rounds are short and go through all steps in turn, so that each step meets the moments in which
 * nobody disturbs a busy machine. */
#define ROUNDS 300
#define ROUND_NS 1e5
#define SCAN_ROUNDS 20
#define TRACKED_SCANS 11
#define RADARS 3
#define SCANS_MAX 30

static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

struct setting {
    struct measure_site sites[RADARS];
    struct observation plots[RADARS];
    struct filter thrusting;
    struct filter ballistic;
    struct filter ahead; /* thrusting, at the plots' time */
    struct filter work;
    struct filter_prediction expected;
    struct filter_memory memory;
    struct filter_memory scans; /* of the ballistic way, one plot a second by one radar */
    struct ballistic_state state;
    volatile double sink;
    /* Scans: so many coasting tracks, each with its plot, and false alarms beside them. */
    struct tracker tracker;
    struct observation tracked[TRACKED_SCANS][TRACKER_SCAN_MAX];
};

/* The yardstick: one Runge-Kutta step of 1 s of two-body motion in plain C. */
static void bare_step(struct setting *s)
{
    static const double HALVES[4] = {0.0, 0.5, 0.5, 1.0};
    static const double WEIGHTS[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    double sum[6] = {0};
    double k[6] = {0};
    for (int stage = 0; stage < 4; stage++) {
        double x[6];
        for (int i = 0; i < 6; i++) {
            x[i] = s->state.x[i] + HALVES[stage] * k[i];
        }
        const double r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
        const double pull = -3.986004418e14 / (r2 * sqrt(r2));
        for (int i = 0; i < 3; i++) {
            k[i] = x[3 + i];
            k[3 + i] = pull * x[i];
        }
        for (int i = 0; i < 6; i++) {
            sum[i] += WEIGHTS[stage] * k[i];
        }
    }
    s->sink += sum[0] + sum[5];
}

static void motion_with_matrix(struct setting *s)
{
    struct motion_state m = {{0}};
    double transition[MOTION_MATRIX_CELLS];
    memcpy(m.x, s->state.x, 6 * sizeof(double));
    motion_step(MOTION_COAST, &m, 1.0, transition);
    s->sink += m.x[0] + transition[1];
}

/* None of these filters knows of biases: what would hold them is left as it is. */
static struct filter *take(struct setting *s, const struct filter *from)
{
    memcpy(&s->work, from, offsetof(struct filter, registration));
    return &s->work;
}

static void predict(struct setting *s)
{
    struct filter *f = take(s, &s->thrusting);
    filter_predict(f, s->plots[0].validity);
    s->sink += f->boost_probability;
}

static void update(struct setting *s, const struct filter *from, uint8_t radars)
{
    struct filter *f = take(s, from);
    s->memory.count = 0;
    s->memory.next = 0;
    for (uint8_t i = 0; i < radars; i++) {
        if (filter_update(f, &s->memory, s->sites, i, &s->plots[i]) == OK) {
            s->sink += f->boost_probability;
        }
    }
}

static void update_alone(struct setting *s)
{
    update(s, &s->ahead, 1);
}

static void update_alone_three(struct setting *s)
{
    update(s, &s->ahead, RADARS);
}

static void update_thrusting(struct setting *s)
{
    update(s, &s->thrusting, 1);
}

static void update_thrusting_three(struct setting *s)
{
    update(s, &s->thrusting, RADARS);
}

static void update_ballistic(struct setting *s)
{
    update(s, &s->ballistic, 1);
}

static void expect(struct setting *s)
{
    struct filter_prediction p;
    if (filter_predicted(&s->thrusting, &s->sites[0], s->plots[0].validity, &p) == OK) {
        s->sink += p.estimate[0].x[0];
    }
}

static void compare(struct setting *s)
{
    struct innovation found;
    if (filter_compare_predicted(&s->expected, &s->plots[0], &found) == OK) {
        s->sink += found.distance_squared;
    }
}

static void start(struct setting *s, uint32_t scans)
{
    struct estimate e = s->ballistic.coast;
    const struct instant first = s->scans.kept[SCANS_MAX - scans].observation.validity;
    const struct instant last = s->scans.kept[SCANS_MAX - 1].observation.validity;
    if (batch_fit(&s->scans, s->sites, ESTIMATE_BALLISTIC, last, first, &e, NULL, NULL) == OK) {
        s->sink += e.x[0];
    }
}

static void start_5(struct setting *s)
{
    start(s, 5);
}

static void start_10(struct setting *s)
{
    start(s, 10);
}

static void start_30(struct setting *s)
{
    start(s, SCANS_MAX);
}

static void predict_impact(struct setting *s)
{
    struct impact_prediction p;
    if (impact_predict(&s->state, &p) == OK) {
        s->sink += p.estimate.time_95_s;
    }
}

/* The time of one, over a short round. */
static double round_ns(struct setting *s, void (*work)(struct setting *), int count)
{
    const double start_ns = now_ns();
    for (int i = 0; i < count; i++) {
        work(s);
    }
    return (now_ns() - start_ns) / count;
}

static void set_state(struct setting *s, const struct geo_geodetic *place)
{
    double axes[9];
    ellipsoid_axes(*place, axes);
    const struct geo_ecef p = ellipsoid_to_ecef(*place);
    const double enu[3] = {4500.0, 800.0, 2200.0};
    s->state.x[0] = p.x_m;
    s->state.x[1] = p.y_m;
    s->state.x[2] = p.z_m;
    for (int i = 0; i < 3; i++) {
        s->state.x[3 + i] = axes[i] * enu[0] + axes[3 + i] * enu[1] + axes[6 + i] * enu[2];
    }
    s->state.x[BALLISTIC_LN_BETA] = ballistic_ln_beta_mean();
    for (int i = 0; i < 3; i++) {
        s->state.covariance[i * 8] = 100.0 * 100.0;
        s->state.covariance[(3 + i) * 8] = 1.0;
    }
    s->state.covariance[48] = elementary_square(ballistic_ln_beta_sigma());
}

static void set_filters(struct setting *s)
{
    const double covariance[9] = {1e4, 0, 0, 0, 1e4, 0, 0, 0, 1e4};
    filter_start(&s->thrusting, s->state.time,
                 (struct geo_ecef){s->state.x[0], s->state.x[1], s->state.x[2]}, covariance);
    memcpy(s->thrusting.boost.x, s->state.x, 6 * sizeof(double));
    for (int i = 3; i < 6; i++) {
        s->thrusting.boost.p[i * 8] = 100.0;
    }
    filter_confirm(&s->thrusting);
    s->ballistic = s->thrusting;
    s->ballistic.mode = FILTER_BALLISTIC;
    s->ballistic.end_of_thrust = s->state.time;
}

static bool see(const struct measure_site *site, const double x[6], struct instant time,
                struct observation *plot)
{
    plot->sensor = site->sensor.id;
    plot->kind = SENSOR_RADAR;
    plot->validity = time;
    plot->receipt = time;
    const struct geo_ecef there = {x[0], x[1], x[2]};
    return ellipsoid_polar(ellipsoid_enu(site->sensor.place, there), &plot->radar.polar) == OK;
}

/* The plots to come, by all radars; and those of the seconds before, by the first. */
static bool set_plots(struct setting *s)
{
    struct motion_state m = {{0}};
    memcpy(m.x, s->state.x, 6 * sizeof(double));
    motion_step(MOTION_COAST, &m, 1.0, NULL);
    bool seen = true;
    for (int i = 0; i < RADARS; i++) {
        seen = see(&s->sites[i], m.x, instant_plus_s(s->state.time, 1.0), &s->plots[i]) && seen;
    }
    memcpy(m.x, s->state.x, 6 * sizeof(double));
    for (uint32_t i = SCANS_MAX; i > 0; i--) {
        const struct instant time = instant_plus_s(s->state.time, (double)i - SCANS_MAX);
        seen = see(&s->sites[0], m.x, time, &s->scans.kept[i - 1].observation) && seen;
        motion_step(MOTION_COAST, &m, -1.0, NULL);
    }
    s->scans.count = SCANS_MAX;
    s->scans.next = SCANS_MAX;
    return seen;
}

static bool set_up(struct setting *s)
{
    static const struct geo_geodetic PLACES[RADARS] = {
        {38.0 * RAD_PER_DEG, 129.0 * RAD_PER_DEG, 100.0},
        {37.0 * RAD_PER_DEG, 127.0 * RAD_PER_DEG, 200.0},
        {40.0 * RAD_PER_DEG, 140.0 * RAD_PER_DEG, 50.0},
    };
    memset(s, 0, sizeof *s);
    s->state.time.tai_ns = INT64_C(1664835757) * NS_PER_S;
    const struct geo_geodetic object = {40.7 * RAD_PER_DEG, 131.0 * RAD_PER_DEG, 200e3};
    set_state(s, &object);
    set_filters(s);
    for (int i = 0; i < RADARS; i++) {
        const struct sensor radar = {.id = {{'R', (char)('1' + i)}},
                                     .kind = SENSOR_RADAR,
                                     .place = PLACES[i],
                                     .sigma_range_m = 20.0,
                                     .sigma_azimuth_rad = 1e-3,
                                     .sigma_elevation_rad = 1e-3,
                                     .interval_s = 1.0};
        measure_site_init(&s->sites[i], &radar);
    }
    if (!set_plots(s)) {
        return false;
    }
    s->ahead = s->thrusting;
    filter_predict(&s->ahead, s->plots[0].validity);
    return filter_predicted(&s->thrusting, &s->sites[0], s->plots[0].validity, &s->expected) == OK;
}

/* Objects side by side, a grid of 30 km in direction and 3 km in range, each known as it is after a
 * minute of coast; the rest of the plots are anywhere among them, new ones in each scan. */
static bool set_scans(struct setting *s, uint32_t tracks, uint32_t plots)
{
    static const struct nation_id NATION = {"AAA"};
    tracker_init(&s->tracker, NATION);
    if (tracker_add_sensor(&s->tracker, &s->sites[0].sensor) != OK) {
        return false;
    }
    struct random r;
    random_init(&r, 1, 1);
    s->tracker.slot_end = tracks;
    for (uint32_t i = 0; i < plots; i++) {
        const uint32_t layer = i / 100;
        const uint32_t row = i / 10 % 10;
        const double off_m[3] = {30e3 * (i % 10), 30e3 * row, 3e3 * layer};
        struct motion_state m = {{0}};
        for (int k = 0; k < 6; k++) {
            m.x[k] = s->state.x[k] + (k < 3 ? off_m[k] : 0.0);
        }
        struct tracker_track *track = &s->tracker.tracks[i];
        if (i < tracks) {
            memset(track, 0, sizeof *track);
            track->id.value = i + 1;
            track->status = STATUS_FIRM;
            track->kin = TRACKER_KIN_NONE;
            track->hits = 60;
            track->filter = s->ballistic;
            memcpy(track->filter.coast.x, m.x, 6 * sizeof(double));
            memcpy(track->filter.boost.x, m.x, 6 * sizeof(double));
        }
        for (int k = 0; k < TRACKED_SCANS; k++) {
            struct observation *plot = &s->tracked[k][i];
            motion_step(MOTION_COAST, &m, 1.0, NULL);
            for (int axis = 0; axis < 3 && i >= tracks; axis++) {
                m.x[axis] = s->state.x[axis] + 300e3 * random_uniform(&r);
            }
            *plot = s->plots[0];
            plot->validity = instant_plus_s(s->state.time, 1.0 + k);
            plot->receipt = plot->validity;
            const struct geo_ecef there = {m.x[0], m.x[1], m.x[2]};
            const struct geo_enu enu = ellipsoid_enu(s->sites[0].sensor.place, there);
            if (ellipsoid_polar(enu, &plot->radar.polar) != OK) {
                return false;
            }
        }
    }
    return true;
}

/* The time of one of ten scans in a row, after a first one. */
static double scan_ns(struct setting *s, uint32_t plots)
{
    double start_ns = 0.0;
    for (int k = 0; k < TRACKED_SCANS; k++) {
        start_ns = k == 1 ? now_ns() : start_ns;
        if (tracker_scan(&s->tracker, s->tracked[k], plots) == OK) {
            s->sink += (double)s->tracker.used;
        }
    }
    return (now_ns() - start_ns) / (TRACKED_SCANS - 1);
}

static bool time_scans(struct setting *s, double bare_ns)
{
    static const struct {
        const char *name;
        uint32_t tracks;
        uint32_t plots;
    } SCANS[] = {
        {"scan of 50 (50 tracks)", 50, 50},
        {"scan of 1,000 (1,000 tracks)", 1000, 1000},
        {"scan of 1,000 (50 tracks, 950 false alarms)", 50, 1000},
    };
    for (size_t i = 0; i < sizeof SCANS / sizeof SCANS[0]; i++) {
        double best_ns = INFINITY;
        for (int round = 0; round < SCAN_ROUNDS; round++) {
            if (!set_scans(s, SCANS[i].tracks, SCANS[i].plots)) {
                return false;
            }
            const double ns = scan_ns(s, SCANS[i].plots);
            best_ns = ns < best_ns ? ns : best_ns;
        }
        (void)printf("%-48s %9.3f us %10.1f\n", SCANS[i].name, best_ns / 1e3, best_ns / bare_ns);
    }
    return true;
}

int bench_estimate(int argc, char **argv)
{
    static struct setting s;
    if (argc > 1) {
        const bool asked = strcmp(argv[1], "--help") == 0;
        (void)fprintf(asked ? stdout : stderr,
                      "watchfire bench estimate\nTimes the estimator's steps: the best of %d "
                      "rounds each, and the ratio to a bare C step\n(one Runge-Kutta step of "
                      "two-body motion) measured in the same run.\n",
                      ROUNDS);
        return asked ? 0 : 2;
    }
    static const struct {
        const char *name;
        void (*work)(struct setting *);
    } STEPS[] = {
        {"bare C step", bare_step},
        {"motion step with its matrix", motion_with_matrix},
        {"two hypotheses: prediction", predict},
        {"two hypotheses: update alone, one radar", update_alone},
        {"two hypotheses: update alone, three radars", update_alone_three},
        {"filter cycle, thrusting, one radar", update_thrusting},
        {"filter cycle, thrusting, three radars", update_thrusting_three},
        {"filter cycle, ballistic (boost beside it)", update_ballistic},
        {"gate: a track's prediction", expect},
        {"gate: a prediction and a plot", compare},
        {"batch start, 5 scans", start_5},
        {"batch start, 10 scans", start_10},
        {"batch start, 30 scans", start_30},
        {"impact with ellipse and time window", predict_impact},
    };
    if (!set_up(&s)) {
        return 2;
    }
    enum { STEP_COUNT = sizeof STEPS / sizeof STEPS[0] };
    double best_ns[STEP_COUNT];
    for (int i = 0; i < STEP_COUNT; i++) {
        best_ns[i] = round_ns(&s, STEPS[i].work, 1);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < STEP_COUNT; i++) {
            const double each_ns = round_ns(&s, STEPS[i].work, 1 + (int)(ROUND_NS / best_ns[i]));
            best_ns[i] = each_ns < best_ns[i] ? each_ns : best_ns[i];
        }
    }
    (void)printf("%-48s %12s %10s\n", "step", "time", "ratio");
    for (int i = 0; i < STEP_COUNT; i++) {
        (void)printf("%-48s %9.3f us %10.1f\n", STEPS[i].name, best_ns[i] / 1e3,
                     best_ns[i] / best_ns[0]);
    }
    return time_scans(&s, best_ns[0]) ? 0 : 2;
}
