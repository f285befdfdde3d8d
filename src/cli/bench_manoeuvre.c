#include "cli/bench_manoeuvre.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/detection.h"
#include "cli/study.h"

#define DEFAULT_SCENARIO "data/studies/manoeuvre.yaml"

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

static result open_study(const struct scenario *s, uint32_t runs, void **study)
{
    struct detection *a = NULL;
    TRY(detection_open(s, runs, &a));
    *study = a;
    return OK;
}

static result fly(void *study, uint64_t seed)
{
    return detection_fly(study, seed);
}

static void print(const struct scenario *s, const void *study, bool json)
{
    if (json) {
        print_json(s, study);
        return;
    }
    for (uint32_t n = 0; n < s->nation_count; n++) {
        print_nation(s->nations[n].id.code, detection_of(study, n));
    }
}

static void close_study(void *study)
{
    detection_close(study);
}

int bench_manoeuvre(int argc, char **argv)
{
    static const struct study WHAT = {
        .name = "manoeuvre",
        .file = DEFAULT_SCENARIO,
        .seeds = 100,
        .expected = "expected a scenario with one launch that comes down again",
        .print_help = print_help,
        .open = open_study,
        .fly = fly,
        .print = print,
        .close = close_study};
    return study_run(&WHAT, argc, argv);
}
