#include "cli/bench_objects.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/objects.h"
#include "cli/scenario_file.h"
#include "cli/seeds.h"

#define DEFAULT_SCENARIO "data/studies/debris.yaml"

static void print_help(void)
{
    (void)printf(
        "watchfire bench objects [FILE] [options]\n"
        "Flies a scenario of many objects once a seed and tracks them with each nation's own "
        "sensors\nalone. Prints GOSPA (cutoff %.0f m, p 2, alpha 2; mean over all seconds), its "
        "ratio to that of\nfilters that are told which plot is of which object, objects without a "
        "track and tracks without\nan object (mean), and whether there were as many events as "
        "launches.\n\n"
        "  --seeds A..B  from A to B (default 1..20)\n"
        "  --json        one object instead of the table\n",
        OBJECTS_CUTOFF_M);
}

static int fail(const char *message)
{
    (void)fprintf(stderr, "watchfire bench objects: %s\n", message);
    return 2;
}

static void print_table(const struct scenario *s, const struct objects *o)
{
    (void)printf("%-8s %10s %10s %8s %8s %8s %10s %8s %8s %10s\n", "nation", "GOSPA m", "told m",
                 "ratio", "missed", "false", "launches", "events", "right", "children");
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct objects_nation *r = objects_of(o, n);
        const double seconds = r->seconds > 0 ? r->seconds : 1.0;
        (void)printf("%-8s %10.1f %10.1f %8.3f %8.2f %8.2f %10u %8u %5u/%-3u %5u/%-5u\n",
                     s->nations[n].id.code, r->tracked.gospa_m / seconds, r->told.gospa_m / seconds,
                     r->told.gospa_m > 0.0 ? r->tracked.gospa_m / r->told.gospa_m : 0.0,
                     r->tracked.missed / seconds, r->tracked.invented / seconds, r->launches,
                     r->events, r->right, r->seeds, r->children, r->pieces);
    }
}

static void print_json(const struct scenario *s, const struct objects *o)
{
    (void)printf("{\"scenario\":\"%s\",\"nations\":[", s->slug);
    for (uint32_t n = 0; n < s->nation_count; n++) {
        const struct objects_nation *r = objects_of(o, n);
        const double seconds = r->seconds > 0 ? r->seconds : 1.0;
        (void)printf("%s{\"nation\":\"%s\",\"seeds\":%u,\"gospa_m\":%.3f,\"told_m\":%.3f,"
                     "\"missed\":%.4f,\"invented\":%.4f,\"launches\":%u,\"events\":%u,"
                     "\"right\":%u,\"pieces\":%u,\"children\":%u}",
                     n > 0 ? "," : "", s->nations[n].id.code, r->seeds,
                     r->tracked.gospa_m / seconds, r->told.gospa_m / seconds,
                     r->tracked.missed / seconds, r->tracked.invented / seconds, r->launches,
                     r->events, r->right, r->pieces, r->children);
    }
    (void)printf("]}\n");
}

static int run(const char *file, const struct seeds *seeds, bool json)
{
    char message[YAML_MESSAGE_SIZE];
    struct scenario *scenario = calloc(1, sizeof *scenario);
    struct objects *o = NULL;
    int status = 0;
    if (scenario == NULL) {
        return fail("out of memory");
    }
    if (scenario_file_read(file, scenario, message) != OK) {
        status = fail(message);
    } else if (objects_open(scenario, &o) != OK) {
        status = fail("out of memory");
    }
    for (unsigned long seed = seeds->first; status == 0 && seed <= seeds->last; seed++) {
        const result r = objects_fly(o, seed);
        status = r == OK ? 0 : fail(result_text(r));
    }
    if (status == 0) {
        json ? print_json(scenario, o) : print_table(scenario, o);
    }
    if (o != NULL) {
        objects_close(o);
    }
    free(scenario);
    return status;
}

int bench_objects(int argc, char **argv)
{
    static const struct option LONG[] = {{"seeds", required_argument, NULL, 's'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct seeds seeds = {1, 20};
    bool json = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 's' && !seeds_read(optarg, &seeds)) {
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
