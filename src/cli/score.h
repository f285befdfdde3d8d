/* What an exercise shows about each nation and launch: who knew what when, and how well. The truth
 * is used here and nowhere else. */
#ifndef WATCHFIRE_CLI_SCORE_H
#define WATCHFIRE_CLI_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/play.h"

#define SCORE_TIMES 5
#define SCORE_WARNINGS_MAX 2048
#define SCORE_EVENTS_MAX 1024 /* of one nation */
#define SCORE_LATENCIES_MAX 65536
#define SCORE_ON_THE_WAY_MAX 4096 /* records of one ledger between release and delivery */

/* How well the impact was known at one time. */
struct score_at {
    double t_s;          /* after launch; < 0 = there is no such time in this flight */
    bool determined;     /* then the rest is valid */
    double error_km;     /* of the predicted impact */
    double area_km2;     /* of the 95 % ellipse */
    bool inside;         /* the true impact lies in the ellipse */
    double time_error_s; /* predicted minus true */
    double time_95_s;
};

/* One nation and one launch. Times are seconds after launch; < 0 = never. */
struct score_cell {
    double first_detection_s;
    double first_notice_s;
    double first_warning_s;
    double track_held_s;
    enum warning_state outcome;
    struct score_at at[SCORE_TIMES];
};

struct score_warning {
    uint32_t nation;
    int32_t launch; /* -1 = an event that is no launch */
    struct instant time;
    struct warning warning;
};

/* Which launch an event of a nation is; -1 = none. */
struct score_match {
    uint64_t event;
    int32_t launch;
};

struct score {
    struct score_cell cells[LIMIT_NATIONS][SCENARIO_LAUNCHES_MAX];
    uint32_t match_count[LIMIT_NATIONS];
    struct score_match matches[LIMIT_NATIONS][SCORE_EVENTS_MAX];
    struct nation_id nations[LIMIT_NATIONS];
    struct instant sent[LIMIT_NATIONS][LIMIT_NATIONS][SCORE_ON_THE_WAY_MAX]; /* by sequence */
    uint64_t noticed[LIMIT_NATIONS]; /* events that each nation's officer was told of */
    uint64_t released;
    uint64_t withheld;
    uint64_t delivered;
    uint32_t latency_count;
    float latencies_ms[SCORE_LATENCIES_MAX];
    uint32_t warning_count;
    struct score_warning warnings[SCORE_WARNINGS_MAX];
};

/* The names of the SCORE_TIMES times. */
extern const char *const score_when[SCORE_TIMES];

void score_init(struct score *score, const struct world *world);

/* To be called from the play's `show`. */
void score_effect(struct score *score, uint32_t nation, const struct engine *engine,
                  const struct effect *effect, struct instant now);

/* To be called once every simulated second, after play_until(that second). */
void score_second(struct score *score, const struct play *play);

/* Percentile (0 to 1) of the latencies, ms; 0 without any. Sorts them. */
double score_latency_ms(struct score *score, double percentile);

#endif
