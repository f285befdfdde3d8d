#include "cli/bench_launch.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/launch_study.h"
#include "cli/scenario_file.h"
#include "cli/seeds.h"

#define DEFAULT_SCENARIO "data/studies/launch.yaml"
#define RUNS_MAX 100000

static void print_help(void)
{
    (void)printf(
        "watchfire bench launch [FILE] [options]\n"
        "Flies boosts that the estimator does not know from a scenario's launch sites, one for\n"
        "each seed (recorded launches: as they were), and has each nation's own sensors tell\n"
        "where and when the launch was. Prints, at times after the nation's first observation\n"
        "and at the end of thrust: how often determined, the error of the point (root mean\n"
        "square), its ratio to the stated one (root mean square), true points inside the 95 %%\n"
        "ellipse, the median error and area, and the same of the time.\n\n"
        "  --seeds A..B  from A to B (default 1..100)\n"
        "  --json        one object instead of the table\n");
}

static int fail(const char *message)
{
    (void)fprintf(stderr, "watchfire bench launch: %s\n", message);
    return 2;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts; 0 of nothing. */
static double median(double *values, uint32_t count)
{
    if (count == 0) {
        return 0.0;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    return values[count / 2];
}

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
        .median_m = median(r->error_m, r->determined),
        .area_km2 = median(r->area_km2, r->determined),
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

static int fly_all(struct launch_study *study, const struct seeds *seeds)
{
    const bool told = isatty(STDERR_FILENO) != 0;
    const unsigned long count = seeds->last - seeds->first + 1;
    for (unsigned long i = 0; i < count; i++) {
        const result r = launch_study_fly(study, seeds->first + i);
        if (r != OK) {
            (void)fprintf(stderr, "watchfire bench launch: seed %lu: %s\n", seeds->first + i,
                          result_text(r));
            return 2;
        }
        if (told) {
            (void)fprintf(stderr, "\r%lu of %lu seeds", i + 1, count);
        }
    }
    if (told) {
        (void)fprintf(stderr, "\r%*s\r", 40, "");
    }
    return 0;
}

static int run(const char *file, const struct seeds *seeds, bool json)
{
    char message[YAML_MESSAGE_SIZE];
    struct scenario *scenario = calloc(1, sizeof *scenario);
    struct launch_study *study = NULL;
    int status = 2;
    if (scenario == NULL) {
        return fail("out of memory");
    }
    if (scenario_file_read(file, scenario, message) != OK) {
        status = fail(message);
    } else if (launch_study_open(scenario, (uint32_t)(seeds->last - seeds->first + 1), &study) !=
               OK) {
        status = fail("the scenario's launches cannot be flown");
    } else {
        status = fly_all(study, seeds);
        if (status == 0) {
            json ? print_json(scenario, study) : print_table(scenario, study);
        }
        launch_study_close(study);
    }
    free(scenario);
    return status;
}

int bench_launch(int argc, char **argv)
{
    static const struct option LONG[] = {{"seeds", required_argument, NULL, 's'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct seeds seeds = {1, 100};
    bool json = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 's' &&
            (!seeds_read(optarg, &seeds) || seeds.last - seeds.first >= RUNS_MAX)) {
            return fail("--seeds: " SEEDS_EXPECTED);
        }
        if (option == 'h') {
            print_help();
            return 0;
        }
        if (option == '?') {
            return 2;
        }
        json = json || option == 'j';
    }
    return run(optind < argc ? argv[optind] : DEFAULT_SCENARIO, &seeds, json);
}
