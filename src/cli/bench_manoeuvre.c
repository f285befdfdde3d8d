#include "cli/bench_manoeuvre.h"

#include <stdio.h>

#include "cli/detection.h"
#include "cli/quantile.h"
#include "cli/study.h"

#define DEFAULT_SCENARIO "data/studies/manoeuvre.yaml"

static const char HELP[] =
    "watchfire bench manoeuvre [FILE] [options]\n"
    "Flies a scenario's launch once a seed without and, if its launch has a pull-up, once with "
    "one\n"
    "(30 to 100 m/s2, begun at 25 to 45 km: drawn from the seed) and tracks it with each "
    "nation's\n"
    "own sensors alone. Prints how often pull-ups are flagged that an ideal detector flags, "
    "how soon\n"
    "after it, and how often what falls ballistically is flagged.\n\n"
    "  --seeds A..B  from A to B (default 1..100)\n"
    "  --json        one object instead of the table\n";

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

static void print_table(const struct scenario *s, const struct detection *d)
{
    for (uint32_t n = 0; n < s->nation_count; n++) {
        print_nation(s->nations[n].id.code, detection_of(d, n));
    }
}

int bench_manoeuvre(int argc, char **argv)
{
    struct study study = {
        .name = "manoeuvre", .help = HELP, .file = DEFAULT_SCENARIO, .seeds = {1, 100}};
    struct detection *detection = NULL;
    if (!study_begin(&study, argc, argv)) {
        return study.status;
    }
    if (detection_open(study.scenario, study.runs, &detection) != OK) {
        return study_fail(&study, "expected a scenario with one launch that comes down again");
    }
    while (study_next(&study)) {
        study_flown(&study, detection_fly(detection, study.seed));
    }
    if (study.status == 0) {
        study.json ? print_json(study.scenario, detection) : print_table(study.scenario, detection);
    }
    detection_close(detection);
    return study_end(&study);
}
