#include "cli/bench_manoeuvre.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/detection.h"
#include "cli/scenario_file.h"
#include "cli/seeds.h"

#define DEFAULT_SCENARIO "data/studies/manoeuvre.yaml"
#define RUNS_MAX 100000

static void print_help(void)
{
    (void)printf(
        "watchfire bench manoeuvre [FILE] [options]\n"
        "Flies a scenario's launch once a seed without and, if its launch has a pull-up, once with "
        "one\n"
        "(30 to 100 m/s2, begun at 25 to 45 km: drawn from the seed) and tracks it with each "
        "nation's\n"
        "own sensors alone. Prints how often pull-ups are flagged that an ideal detector flags, "
        "how soon\n"
        "after it, and how often what falls ballistically is flagged.\n\n"
        "  --seeds A..B  from A to B (default 1..100)\n"
        "  --json        one object instead of the table\n");
}

static int fail(const char *message)
{
    (void)fprintf(stderr, "watchfire bench manoeuvre: %s\n", message);
    return 2;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts; 0 of nothing. */
static double quantile(double *values, uint32_t count, double share)
{
    if (count == 0) {
        return 0.0;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    return values[(uint32_t)(share * (double)(count - 1) + 0.5)];
}

static void print_nation(const char *code, const struct detection_nation *n)
{
    (void)printf("%s: %u flights, %u flagged by the ideal detector (median %.1f s, 95 %% %.1f s)\n",
                 code, n->flights, n->observable, quantile(n->ideal_s, n->observable, 0.5),
                 quantile(n->ideal_s, n->observable, 0.95));
    (void)printf("  of these flagged %u, at most 3 s later %u; later by: median %.1f s, 95 %% %.1f "
                 "s, at most %.1f s\n",
                 n->flagged, n->in_time, quantile(n->late_s, n->flagged, 0.5),
                 quantile(n->late_s, n->flagged, 0.95), quantile(n->late_s, n->flagged, 1.0));
    (void)printf("  measured ballistic again %u; impact told then %u, inside its ellipse %u\n",
                 n->revised, n->told, n->inside);
    (void)printf("  flagged before the pull-up %u; without one %u of %u flights, of which %u were "
                 "measured in the air\n",
                 n->early, n->false_flagged, n->controls, n->reentries);
}

static void print_json(const struct scenario *s, const struct detection *d)
{
    (void)printf("{\"scenario\":\"%s\",\"nations\":[", s->slug);
    for (uint32_t i = 0; i < s->nation_count; i++) {
        const struct detection_nation *n = detection_of(d, i);
        (void)printf(
            "%s{\"nation\":\"%s\",\"flights\":%u,\"observable\":%u,\"flagged\":%u,\"in_time\":%u,"
            "\"ideal_median_s\":%.2f,\"late_median_s\":%.2f,\"late_p95_s\":%.2f,"
            "\"late_max_s\":%.2f,\"revised\":%u,\"told\":%u,\"inside\":%u,\"early\":%u,"
            "\"controls\":%u,\"reentries\":%u,\"false\":%u}",
            i > 0 ? "," : "", s->nations[i].id.code, n->flights, n->observable, n->flagged,
            n->in_time, quantile(n->ideal_s, n->observable, 0.5),
            quantile(n->late_s, n->flagged, 0.5), quantile(n->late_s, n->flagged, 0.95),
            quantile(n->late_s, n->flagged, 1.0), n->revised, n->told, n->inside, n->early,
            n->controls, n->reentries, n->false_flagged);
    }
    (void)printf("]}\n");
}

static int fly_all(struct detection *d, const struct seeds *seeds)
{
    const bool told = isatty(STDERR_FILENO) != 0;
    const unsigned long count = seeds->last - seeds->first + 1;
    for (unsigned long i = 0; i < count; i++) {
        const result r = detection_fly(d, seeds->first + i);
        if (r != OK) {
            (void)fprintf(stderr, "watchfire bench manoeuvre: seed %lu: %s\n", seeds->first + i,
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
    struct detection *d = NULL;
    int status = 2;
    if (scenario == NULL) {
        return fail("out of memory");
    }
    if (scenario_file_read(file, scenario, message) != OK) {
        status = fail(message);
    } else if (detection_open(scenario, (uint32_t)(seeds->last - seeds->first + 1), &d) != OK) {
        status = fail("expected a scenario with one launch that comes down again");
    } else {
        status = fly_all(d, seeds);
        if (status == 0 && json) {
            print_json(scenario, d);
        }
        for (uint32_t n = 0; status == 0 && !json && n < scenario->nation_count; n++) {
            print_nation(scenario->nations[n].id.code, detection_of(d, n));
        }
        detection_close(d);
    }
    free(scenario);
    return status;
}

int bench_manoeuvre(int argc, char **argv)
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
