#include "cli/bench_fusion.h"

#include <math.h>
#include <stdio.h>

#include "cli/fusion.h"
#include "cli/study.h"

#define DEFAULT_STUDY "data/studies/fusion.yaml"

static const char HELP[] =
    "watchfire bench fusion [FILE] [options]\n"
    "Flies a study's launch once a seed. Each nation tracks it with its own sensors; the\n"
    "first one fuses what the others release. Beside it stands one tracker that gets all\n"
    "nations' observations (central). Prints, at times before and after the end of thrust,\n"
    "for each way of releasing: the error (root mean square) of position, its ratio to the\n"
    "central tracker's, the squared error by the stated covariance (NEES / 6, 1 = honest), "
    "its\n"
    "worst direction, what that stays below in 99 of 100 studies if the covariance is honest,\n"
    "the central tracker's NEES / 6, and how many contributions were left out.\n\n"
    "  alone        the first nation's own track\n"
    "  exact        exact covariances, released by rule\n"
    "  outer bound  the default release\n"
    "  coarse       positions moved by up to 500 m, outer bounds\n"
    "  no span      exact covariances, but nobody says what is in his state\n"
    "  rumour       for 300 s each passes on what it fused, round a ring, without a span\n"
    "  lie          the same, called own measurements\n\n"
    "  --seeds A..B  from A to B (default 1..100)\n"
    "  --json        one object instead of the table\n";

static void print_row(enum fusion_way way, const struct fusion_row *r, double after_s)
{
    if (r->flown == 0) {
        return;
    }
    (void)printf("  %-12s %5.0f %6u/%-6u", fusion_way_text(way), after_s, r->both, r->flown);
    if (r->both > 0) {
        double worst = 0.0;
        double limit = 0.0;
        fusion_worst(r, &worst, &limit);
        (void)printf(" %10.1f %8.3f %8.3f %8.3f %8.3f %8.3f %6u", sqrt(r->error2_m2 / r->both),
                     sqrt(r->error2_m2 / r->central_error2_m2), r->nees / r->both, worst, limit,
                     r->central_nees / r->both, r->left_out);
    }
    (void)printf("\n");
}

static void print_table(const struct fusion *f)
{
    (void)printf("  %-12s %5s %13s %10s %8s %8s %8s %8s %8s %6s\n", "way", "s", "tracked", "RMSE m",
                 "/central", "NEES/6", "worst", "limit", "central", "out");
    for (int coast = 0; coast < 2; coast++) {
        (void)printf(coast == 0 ? "  thrusting, to the end of thrust\n"
                                : "  coasting, after the first observation without thrust\n");
        for (int way = 0; way < FUSION_WAYS; way++) {
            const struct fusion_rows *rows = fusion_rows_of(f, (enum fusion_way)way);
            for (int k = 0; k < FUSION_TIMES; k++) {
                print_row((enum fusion_way)way, coast == 0 ? &rows->boost[k] : &rows->coast[k],
                          coast == 0 ? fusion_boost_s[k] : fusion_coast_s[k]);
            }
        }
    }
}

static void print_json_row(const struct fusion_row *r, double after_s, bool first)
{
    const double both = r->both > 0 ? r->both : 1.0;
    double worst = 0.0;
    double limit = 0.0;
    fusion_worst(r, &worst, &limit);
    (void)printf("%s{\"after_s\":%.0f,\"flown\":%u,\"both\":%u,\"rmse_m\":%.4f,"
                 "\"central_rmse_m\":%.4f,\"nees\":%.4f,\"central_nees\":%.4f,\"worst\":%.4f,"
                 "\"worst_limit\":%.4f,\"left_out\":%u}",
                 first ? "" : ",", after_s, r->flown, r->both, sqrt(r->error2_m2 / both),
                 sqrt(r->central_error2_m2 / both), r->nees / both, r->central_nees / both, worst,
                 limit, r->left_out);
}

static void print_json(const struct scenario *s, const struct fusion *f)
{
    (void)printf("{\"scenario\":\"%s\",\"ways\":[", s->slug);
    for (int way = 0; way < FUSION_WAYS; way++) {
        const struct fusion_rows *rows = fusion_rows_of(f, (enum fusion_way)way);
        (void)printf("%s{\"way\":\"%s\",\"boost\":[", way > 0 ? "," : "",
                     fusion_way_text((enum fusion_way)way));
        for (int k = 0; k < FUSION_TIMES; k++) {
            print_json_row(&rows->boost[k], fusion_boost_s[k], k == 0);
        }
        (void)printf("],\"coast\":[");
        for (int k = 0; k < FUSION_TIMES; k++) {
            print_json_row(&rows->coast[k], fusion_coast_s[k], k == 0);
        }
        (void)printf("]}");
    }
    (void)printf("]}\n");
}

int bench_fusion(int argc, char **argv)
{
    struct study study = {.name = "fusion", .help = HELP, .file = DEFAULT_STUDY, .seeds = {1, 100}};
    struct fusion *fusion = NULL;
    if (!study_begin(&study, argc, argv)) {
        return study.status;
    }
    if (fusion_open(study.scenario, &fusion) != OK) {
        return study_fail(&study, "expected a study with one launch that comes down again");
    }
    while (study_next(&study)) {
        study_flown(&study, fusion_fly(fusion, study.seed));
    }
    if (study.status == 0) {
        study.json ? print_json(study.scenario, fusion) : print_table(fusion);
    }
    fusion_close(fusion);
    return study_end(&study);
}
