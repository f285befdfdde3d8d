#include "cli/bench_accuracy.h"

#include <math.h>
#include <stdio.h>

#include "cli/accuracy.h"
#include "cli/quantile.h"
#include "cli/study.h"

#define DEFAULT_SCENARIO "data/scenarios/2022-10-04-irbm-over-japan.yaml"

static const char HELP[] =
    "watchfire bench accuracy [FILE] [options]\n"
    "Flies a scenario's launch once a seed and tracks it with each nation's own sensors "
    "alone.\n"
    "Prints, at times after the nation's first observation, while the motor burns and after:\n"
    "the error (root mean square) of position, its ratio to the Cramer-Rao bound of the same\n"
    "observations, the squared error by the stated covariance (NEES / 6, 1 = honest); and of\n"
    "the impact: how often determined, true impacts inside the 95 % ellipse and the 95 %\n"
    "time window, the error by the bound's, the median area and its ratio to the bound's.\n\n"
    "  --seeds A..B  from A to B (default 1..100)\n"
    "  --json        one object instead of the table\n";

static void print_row(const struct accuracy_row *r, double after_s, bool coast)
{
    if (r->flown == 0) {
        return;
    }
    (void)printf("  %5.0f %8u/%-6u", after_s, r->tracked, r->flown);
    if (r->tracked == 0) {
        (void)printf("\n");
        return;
    }
    (void)printf(" %10.1f", sqrt(r->error2_m2 / r->tracked));
    if (coast) {
        (void)printf(" %8.3f %8.3f", sqrt(r->error2_m2 / r->bound2_m2),
                     sqrt(r->speed_error2_m2ps2 / r->speed_bound2_m2ps2));
    } else {
        (void)printf(" %8s %8s", "", "");
    }
    (void)printf(" %8.3f", r->nees / r->tracked);
    if (coast && r->determined > 0) {
        const double median = quantile(r->area_km2, r->determined, 0.5);
        const double best = quantile(r->bound_area_km2, r->determined, 0.5);
        (void)printf(" %8u %8.3f %8.3f %8.3f %10.2f %8.3f", r->determined,
                     (double)r->inside / r->determined, (double)r->in_time / r->determined,
                     sqrt(r->impact2_m2 / r->impact_bound2_m2), median, median / best);
    }
    (void)printf("\n");
}

static void print_table(const struct scenario *s, const struct accuracy *a)
{
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct accuracy_nation *nation = accuracy_of(a, n);
        (void)printf("%s, %u sensors\n", s->nations[n].id.code, s->nations[n].sensor_count);
        (void)printf("  %5s %15s %10s %8s %8s %8s %8s %8s %8s %8s %10s %8s\n", "s", "tracked",
                     "RMSE m", "/ bound", "speed", "NEES/6", "impacts", "inside", "in time",
                     "/ bound", "area km2", "/ best");
        (void)printf("  thrusting, after the first observation\n");
        for (int k = 0; k < ACCURACY_TIMES; k++) {
            print_row(&nation->boost[k], accuracy_boost_s[k], false);
        }
        (void)printf("  coasting, after the first observation without thrust\n");
        for (int k = 0; k < ACCURACY_TIMES; k++) {
            print_row(&nation->coast[k], accuracy_coast_s[k], true);
        }
        const uint32_t count = nation->declared;
        if (nation->seen > 0) {
            (void)printf(
                "  end of thrust: seen in %u flights, stated in %u, after %.1f s (median), "
                "%.1f s (95 %%), %.1f s at most\n  stated before the last motor's end in "
                "%u flights, while a motor burnt for %.0f s at most\n",
                nation->seen, count, quantile(nation->delay_s, count, 0.5),
                quantile(nation->delay_s, count, 0.95), quantile(nation->delay_s, count, 1.0),
                nation->premature, nation->longest_s);
        }
        if (nation->biased > 0) {
            (void)printf(
                "  sensors biased by more than one deviation: %u, named rightly after 60 s "
                "%u; named wrongly %u\n",
                nation->biased, nation->named, nation->misnamed);
        }
        (void)printf("  firm tracks at one time: %u at most\n\n", nation->most_tracks);
    }
}

static void print_json_row(const struct accuracy_row *r, double after_s, bool first)
{
    const double tracked = r->tracked > 0 ? r->tracked : 1.0;
    const double determined = r->determined > 0 ? r->determined : 1.0;
    (void)printf("%s{\"after_s\":%.0f,\"flown\":%u,\"tracked\":%u,\"rmse_m\":%.4f,\"bound_m\":%.4f,"
                 "\"speed_rmse_mps\":%.5f,\"speed_bound_mps\":%.5f,\"nees\":%.4f,\"determined\":%u,"
                 "\"inside\":%u,\"in_time\":%u,\"impact_rmse_m\":%.2f,\"impact_bound_m\":%.2f,"
                 "\"area_km2\":%.4f,\"best_area_km2\":%.4f}",
                 first ? "" : ",", after_s, r->flown, r->tracked, sqrt(r->error2_m2 / tracked),
                 sqrt(r->bound2_m2 / tracked), sqrt(r->speed_error2_m2ps2 / tracked),
                 sqrt(r->speed_bound2_m2ps2 / tracked), r->nees / tracked, r->determined, r->inside,
                 r->in_time, sqrt(r->impact2_m2 / determined),
                 sqrt(r->impact_bound2_m2 / determined),
                 r->determined > 0 ? quantile(r->area_km2, r->determined, 0.5) : 0.0,
                 r->determined > 0 ? quantile(r->bound_area_km2, r->determined, 0.5) : 0.0);
}

static void print_json(const struct scenario *s, const struct accuracy *a)
{
    (void)printf("{\"scenario\":\"%s\",\"nations\":[", s->slug);
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct accuracy_nation *nation = accuracy_of(a, n);
        (void)printf("%s{\"nation\":\"%s\",\"boost\":[", n > 0 ? "," : "", s->nations[n].id.code);
        for (int k = 0; k < ACCURACY_TIMES; k++) {
            print_json_row(&nation->boost[k], accuracy_boost_s[k], k == 0);
        }
        (void)printf("],\"coast\":[");
        for (int k = 0; k < ACCURACY_TIMES; k++) {
            print_json_row(&nation->coast[k], accuracy_coast_s[k], k == 0);
        }
        const uint32_t count = nation->declared;
        (void)printf("],\"end_of_thrust\":{\"seen\":%u,\"stated\":%u,\"median_s\":%.2f,"
                     "\"p95_s\":%.2f,\"max_s\":%.2f,\"premature\":%u,\"longest_s\":%.0f},"
                     "\"most_tracks\":%u,\"biased\":%u,\"named\":%u,\"misnamed\":%u}",
                     nation->seen, count, quantile(nation->delay_s, count, 0.5),
                     quantile(nation->delay_s, count, 0.95), quantile(nation->delay_s, count, 1.0),
                     nation->premature, nation->longest_s, nation->most_tracks, nation->biased,
                     nation->named, nation->misnamed);
    }
    (void)printf("]}\n");
}

int bench_accuracy(int argc, char **argv)
{
    struct study study = {
        .name = "accuracy", .help = HELP, .file = DEFAULT_SCENARIO, .seeds = {1, 100}};
    struct accuracy *accuracy = NULL;
    if (!study_begin(&study, argc, argv)) {
        return study.status;
    }
    if (accuracy_open(study.scenario, study.runs, &accuracy) != OK) {
        return study_fail(&study, "expected a scenario with one launch that comes down again");
    }
    while (study_next(&study)) {
        study_flown(&study, accuracy_fly(accuracy, study.seed));
    }
    if (study.status == 0) {
        study.json ? print_json(study.scenario, accuracy) : print_table(study.scenario, accuracy);
    }
    accuracy_close(accuracy);
    return study_end(&study);
}
