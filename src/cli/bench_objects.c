#include "cli/bench_objects.h"

#include <stdbool.h>
#include <stdio.h>

#include "cli/objects.h"
#include "cli/study.h"

#define DEFAULT_SCENARIO "data/studies/debris.yaml"

static const char HELP[] =
    "watchfire bench objects [FILE] [options]\n"
    "Flies a scenario of many objects once a seed and tracks them with each nation's own "
    "sensors\nalone. Prints GOSPA (cutoff 1000 m, p 2, alpha 2; mean over all seconds), its "
    "ratio to that of\nfilters that are told which plot is of which object, objects without a "
    "track and tracks without\nan object (mean), and whether there were as many events as "
    "launches.\n\n"
    "  --seeds A..B  from A to B (default 1..20)\n"
    "  --json        one object instead of the table\n";

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

int bench_objects(int argc, char **argv)
{
    struct study study = {
        .name = "objects", .help = HELP, .file = DEFAULT_SCENARIO, .seeds = {1, 20}};
    struct objects *objects = NULL;
    if (!study_begin(&study, argc, argv)) {
        return study.status;
    }
    if (objects_open(study.scenario, &objects) != OK) {
        return study_fail(&study, "out of memory");
    }
    while (study_next(&study)) {
        study_flown(&study, objects_fly(objects, study.seed));
    }
    if (study.status == 0) {
        study.json ? print_json(study.scenario, objects) : print_table(study.scenario, objects);
    }
    objects_close(objects);
    return study_end(&study);
}
