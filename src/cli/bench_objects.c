#include "cli/bench_objects.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/objects.h"
#include "cli/study.h"

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

static result open_study(const struct scenario *s, uint32_t runs, void **study)
{
    struct objects *a = NULL;
    (void)runs;
    TRY(objects_open(s, &a));
    *study = a;
    return OK;
}

static result fly(void *study, uint64_t seed)
{
    return objects_fly(study, seed);
}

static void print(const struct scenario *s, const void *study, bool json)
{
    json ? print_json(s, study) : print_table(s, study);
}

static void close_study(void *study)
{
    objects_close(study);
}

int bench_objects(int argc, char **argv)
{
    static const struct study WHAT = {.name = "objects",
                                      .file = DEFAULT_SCENARIO,
                                      .seeds = 20,
                                      .expected = "out of memory",
                                      .print_help = print_help,
                                      .open = open_study,
                                      .fly = fly,
                                      .print = print,
                                      .close = close_study};
    return study_run(&WHAT, argc, argv);
}
