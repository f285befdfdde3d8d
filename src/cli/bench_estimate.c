#include "cli/bench_estimate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "assess/impact.h"
#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "physics/motion.h"
#include "track/filter.h"
#include "track/tracker.h"

#define ROUNDS 15

static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

struct setting {
    struct measure_site site;
    struct observation plot;
    struct filter thrusting;
    struct filter ballistic;
    struct filter_memory memory;
    struct ballistic_state state;
    volatile double sink;
    /* A scan: so many coasting tracks, each with its plot, and false alarms beside them. */
    struct tracker before;
    struct tracker tracker;
    uint32_t plot_count;
    struct observation plots[TRACKER_SCAN_MAX];
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

static void update(struct setting *s, const struct filter *from)
{
    struct filter f = *from;
    s->memory.count = 0;
    s->memory.next = 0;
    if (filter_update(&f, &s->memory, &s->site, 0, &s->plot) == OK) {
        s->sink += f.boost_probability;
    }
}

static void update_thrusting(struct setting *s)
{
    update(s, &s->thrusting);
}

static void update_ballistic(struct setting *s)
{
    update(s, &s->ballistic);
}

static void predict_impact(struct setting *s)
{
    struct impact_prediction p;
    if (impact_predict(&s->state, &p) == OK) {
        s->sink += p.estimate.time_95_s;
    }
}

/* The state that it starts from is copied outside of the clock. */
static double scan_ns(struct setting *s)
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        s->tracker = s->before;
        const double start = now_ns();
        if (tracker_scan(&s->tracker, s->plots, s->plot_count) == OK) {
            s->sink += (double)s->tracker.used;
        }
        const double ns = now_ns() - start;
        best = ns < best ? ns : best;
    }
    return best;
}

/* The best of several rounds: what the machine can do when nobody disturbs it. */
static double best_ns(struct setting *s, void (*work)(struct setting *), int count)
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_ns();
        for (int i = 0; i < count; i++) {
            work(s);
        }
        const double each = (now_ns() - start) / count;
        best = each < best ? each : best;
    }
    return best;
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

static bool set_up(struct setting *s)
{
    memset(s, 0, sizeof *s);
    s->state.time.tai_ns = INT64_C(1664835757) * NS_PER_S;
    const struct geo_geodetic object = {40.7 * RAD_PER_DEG, 131.0 * RAD_PER_DEG, 200e3};
    const struct sensor radar = {.id = {"R"},
                                 .kind = SENSOR_RADAR,
                                 .place = {38.0 * RAD_PER_DEG, 129.0 * RAD_PER_DEG, 100.0},
                                 .sigma_range_m = 20.0,
                                 .sigma_azimuth_rad = 1e-3,
                                 .sigma_elevation_rad = 1e-3,
                                 .interval_s = 1.0};
    set_state(s, &object);
    set_filters(s);
    measure_site_init(&s->site, &radar);
    s->plot.sensor = radar.id;
    s->plot.kind = SENSOR_RADAR;
    s->plot.validity = instant_plus_s(s->state.time, 1.0);
    s->plot.receipt = s->plot.validity;
    struct motion_state m = {{0}};
    memcpy(m.x, s->state.x, 6 * sizeof(double));
    motion_step(MOTION_COAST, &m, 1.0, NULL);
    const struct geo_ecef there = {m.x[0], m.x[1], m.x[2]};
    return ellipsoid_polar(ellipsoid_enu(radar.place, there), &s->plot.radar.polar) == OK;
}

/* Objects side by side, a grid of 30 km in direction and 3 km in range; `tracks` of them are known,
 * as they are after a minute of coast. */
static bool set_scan(struct setting *s, uint32_t tracks, uint32_t plots)
{
    static const struct nation_id NATION = {"AAA"};
    tracker_init(&s->before, NATION);
    if (tracker_add_sensor(&s->before, &s->site.sensor) != OK) {
        return false;
    }
    s->before.slot_end = tracks;
    s->plot_count = plots;
    for (uint32_t i = 0; i < plots; i++) {
        const double off_m[3] = {30e3 * (i % 10), 30e3 * (i / 10 % 10), 3e3 * (i / 100)};
        struct motion_state m = {{0}};
        for (int k = 0; k < 6; k++) {
            m.x[k] = s->state.x[k] + (k < 3 ? off_m[k] : 0.0);
        }
        struct tracker_track *track = &s->before.tracks[i];
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
        motion_step(MOTION_COAST, &m, 1.0, NULL);
        s->plots[i] = s->plot;
        const struct geo_ecef there = {m.x[0], m.x[1], m.x[2]};
        if (ellipsoid_polar(ellipsoid_enu(s->site.sensor.place, there), &s->plots[i].radar.polar) !=
            OK) {
            return false;
        }
    }
    return true;
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
        if (!set_scan(s, SCANS[i].tracks, SCANS[i].plots)) {
            return false;
        }
        const double ns = scan_ns(s);
        (void)printf("%-48s %9.3f us %10.1f\n", SCANS[i].name, ns / 1e3, ns / bare_ns);
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
        int count;
    } STEPS[] = {
        {"bare C step", bare_step, 100000},
        {"motion step with its matrix", motion_with_matrix, 50000},
        {"filter update, thrusting (two hypotheses)", update_thrusting, 5000},
        {"filter update, ballistic (boost beside it)", update_ballistic, 5000},
        {"impact with ellipse and time window", predict_impact, 300},
    };
    if (!set_up(&s)) {
        return 2;
    }
    double bare_ns = 0.0;
    (void)printf("%-48s %12s %10s\n", "step", "time", "ratio");
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        const double ns = best_ns(&s, STEPS[i].work, STEPS[i].count);
        bare_ns = i == 0 ? ns : bare_ns;
        (void)printf("%-48s %9.3f us %10.1f\n", STEPS[i].name, ns / 1e3, ns / bare_ns);
    }
    return time_scans(&s, bare_ns) ? 0 : 2;
}
