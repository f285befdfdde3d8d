#include "cli/bench_launch.h"

#include <math.h>
#include <stdio.h>

#include "cli/launch_study.h"
#include "cli/quantile.h"
#include "cli/study.h"

#define DEFAULT_SCENARIO "data/studies/launch.yaml"

static const char HELP[] =
    "watchfire bench launch [FILE] [options]\n"
    "Flies boosts that the estimator does not know from a scenario's launch sites, one for\n"
    "each seed (recorded launches: as they were), and has each nation's own sensors tell\n"
    "where and when the launch was. Prints, at times after the nation's first observation\n"
    "and at the end of thrust: how often determined, the error of the point (root mean\n"
    "square), its ratio to the stated one (root mean square), true points inside the 95 %\n"
    "ellipse, the median error and area, and the same of the time.\n\n"
    "  --seeds A..B  from A to B (default 1..100)\n"
    "  --json        one object instead of the table\n";

/* What is printed of a row; all zero where nothing was determined. */
struct summary {
    double rmse_m;
    double stated_m;
    double inside;
    double median_m;
    double area_km2;
    double time_rmse_s;
    double time_stated_s;
    double in_time;
};

static struct summary summarise(const struct launch_study_row *r)
{
    const double n = r->determined > 0 ? r->determined : 1.0;
    return (struct summary){
        .rmse_m = sqrt(r->error2_m2 / n),
        .stated_m = sqrt(r->stated2_m2 / n),
        .inside = r->inside / n,
        .median_m = quantile(r->error_m, r->determined, 0.5),
        .area_km2 = quantile(r->area_km2, r->determined, 0.5),
        .time_rmse_s = sqrt(r->time_error2_s2 / n),
        .time_stated_s = sqrt(r->time_stated2_s2 / n),
        .in_time = r->in_time / n,
    };
}

static void print_row(const struct launch_study_row *r, double after_s)
{
    const struct summary s = summarise(r);
    char when[16] = "end";
    if (after_s > 0.0) {
        (void)snprintf(when, sizeof when, "%.0f", after_s);
    }
    (void)printf("  %5s %8u/%-6u", when, r->determined, r->flown);
    if (r->determined > 0) {
        (void)printf(" %9.0f %8.3f %8.3f %9.0f %9.2f %8.2f %8.3f %8.3f", s.rmse_m,
                     s.rmse_m / s.stated_m, s.inside, s.median_m, s.area_km2, s.time_rmse_s,
                     s.time_rmse_s / s.time_stated_s, s.in_time);
    }
    (void)printf("\n");
}

static void print_table(const struct scenario *s, const struct launch_study *study)
{
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct launch_study_row *rows = launch_study_of(study, n);
        (void)printf("%s:", s->nations[n].id.code);
        for (uint32_t i = 0; i < s->nations[n].sensor_count; i++) {
            (void)printf(" %s", s->nations[n].sensors[i].sensor.id.text);
        }
        (void)printf("\n  %5s %15s %9s %8s %8s %9s %9s %8s %8s %8s\n", "s", "determined", "RMSE m",
                     "/stated", "inside", "median m", "area km2", "time s", "/stated", "inside");
        for (int k = 0; k < LAUNCH_STUDY_TIMES; k++) {
            print_row(&rows[k], launch_study_s[k]);
        }
        (void)printf("\n");
    }
}

static void print_json(const struct scenario *s, const struct launch_study *study)
{
    (void)printf("{\"scenario\":\"%s\",\"nations\":[", s->slug);
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct launch_study_row *rows = launch_study_of(study, n);
        (void)printf("%s{\"nation\":\"%s\",\"rows\":[", n > 0 ? "," : "", s->nations[n].id.code);
        for (int k = 0; k < LAUNCH_STUDY_TIMES; k++) {
            const struct summary m = summarise(&rows[k]);
            (void)printf("%s{\"after_s\":%.0f,\"flown\":%u,\"determined\":%u,\"rmse_m\":%.1f,"
                         "\"stated_m\":%.1f,\"inside\":%.4f,\"median_m\":%.1f,\"area_km2\":%.3f,"
                         "\"time_rmse_s\":%.3f,\"time_stated_s\":%.3f,\"in_time\":%.4f}",
                         k > 0 ? "," : "", launch_study_s[k], rows[k].flown, rows[k].determined,
                         m.rmse_m, m.stated_m, m.inside, m.median_m, m.area_km2, m.time_rmse_s,
                         m.time_stated_s, m.in_time);
        }
        (void)printf("]}");
    }
    (void)printf("]}\n");
}

int bench_launch(int argc, char **argv)
{
    struct study study = {
        .name = "launch", .help = HELP, .file = DEFAULT_SCENARIO, .seeds = {1, 100}};
    struct launch_study *flights = NULL;
    if (!study_begin(&study, argc, argv)) {
        return study.status;
    }
    if (launch_study_open(study.scenario, study.runs, &flights) != OK) {
        return study_fail(&study, "the scenario's launches cannot be flown");
    }
    while (study_next(&study)) {
        study_flown(&study, launch_study_fly(flights, study.seed));
    }
    if (study.status == 0) {
        study.json ? print_json(study.scenario, flights) : print_table(study.scenario, flights);
    }
    launch_study_close(flights);
    return study_end(&study);
}
