#include "cli/bench_sharing.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/play.h"
#include "cli/scenario_file.h"
#include "cli/score.h"
#include "cli/seeds.h"

#define DEFAULT_SCENARIO "data/scenarios/2022-10-04-irbm-over-japan.yaml"

struct sharing {
    const char *file;
    struct seeds seeds;
    const char *without; /* a sensor's name; NULL = none left out */
    struct scenario scenario;
    struct score shared;
    struct score alone;
};

static void print_help(void)
{
    (void)printf(
        "watchfire bench sharing [FILE] [options]\n"
        "Plays a scenario for many seeds, alone and shared, and prints one line of JSON a seed:\n"
        "for each launch and nation, and for both ways, first notice and warning (s after launch,\n"
        "null = never), time tracked (s), and at each of the report's times the error of the\n"
        "predicted impact (km), the area of its 95 %% ellipse (km2), whether the true impact lay\n"
        "inside, and the error and half width of the time (s); null = undetermined. Of the shared\n"
        "run also: events noticed by all nations together, warning messages, records.\n\n"
        "  --seeds A..B      from A to B (default 1..10)\n"
        "  --without SENSOR  leave out one sensor, by its name in the scenario\n"
        "  --sensors         only list the sensors\n");
}

static void nothing(void *context, uint32_t nation, const struct engine *engine,
                    const struct effect *effect, struct instant now)
{
    score_effect(context, nation, engine, effect, now);
}

static int fail(const char *message)
{
    (void)fprintf(stderr, "watchfire bench sharing: %s\n", message);
    return 2;
}

/* Plays until nothing flies any more. */
static result play_one(struct sharing *s, uint64_t seed, bool alone, struct score *score,
                       char message[PLAY_MESSAGE_SIZE])
{
    const struct play_options options = {
        .scenario = &s->scenario, .seed = seed, .alone = alone, .context = score, .show = nothing};
    struct play *play = NULL;
    TRY(play_open(&options, &play, message));
    score_init(score, play_world(play));
    struct instant t = s->scenario.start;
    const struct instant end = instant_plus_s(t, s->scenario.duration_s);
    result outcome = OK;
    while (outcome == OK && instant_before(t, end)) {
        t = instant_plus(t, (struct duration){NS_PER_S});
        outcome = play_until(play, t, message);
        score_second(score, play);
    }
    play_close(play);
    return outcome;
}

static void print_number(const char *name, bool is_there, double value)
{
    if (is_there) {
        (void)printf("\"%s\":%.3f,", name, value);
    } else {
        (void)printf("\"%s\":null,", name);
    }
}

static void print_cell(const struct score_cell *cell)
{
    (void)printf("{");
    print_number("notice_s", cell->first_notice_s >= 0.0, cell->first_notice_s);
    print_number("warning_s", cell->first_warning_s >= 0.0, cell->first_warning_s);
    print_number("held_s", true, cell->track_held_s);
    (void)printf("\"outcome\":\"%s\",\"at\":[", warning_state_text(cell->outcome));
    for (int k = 0; k < SCORE_TIMES; k++) {
        const struct score_at *a = &cell->at[k];
        (void)printf("%s{", k > 0 ? "," : "");
        print_number("error_km", a->determined, a->error_km);
        print_number("area_km2", a->determined, a->area_km2);
        print_number("time_error_s", a->determined, a->time_error_s);
        print_number("time_95_s", a->determined, a->time_95_s);
        (void)printf("\"inside\":%s}", !a->determined ? "null" : a->inside ? "true" : "false");
    }
    (void)printf("]}");
}

static void print_seed(const struct sharing *s, unsigned long seed)
{
    (void)printf("{\"seed\":%lu,\"without\":\"%s\",\"launches\":[", seed,
                 s->without != NULL ? s->without : "");
    for (uint32_t l = 0; l < s->scenario.launch_count; l++) {
        (void)printf("%s{", l > 0 ? "," : "");
        for (uint32_t n = 0; n < s->scenario.nation_count; n++) {
            (void)printf("%s\"%s\":{\"alone\":", n > 0 ? "," : "", s->scenario.nations[n].id.code);
            print_cell(&s->alone.cells[n][l]);
            (void)printf(",\"shared\":");
            print_cell(&s->shared.cells[n][l]);
            (void)printf("}");
        }
        (void)printf("}");
    }
    uint64_t noticed = 0;
    for (uint32_t n = 0; n < s->scenario.nation_count; n++) {
        noticed += s->shared.noticed[n];
    }
    (void)printf("],\"noticed\":%llu,\"warnings\":%u,\"released\":%llu,\"delivered\":%llu}\n",
                 (unsigned long long)noticed, s->shared.warning_count,
                 (unsigned long long)s->shared.released, (unsigned long long)s->shared.delivered);
    (void)fflush(stdout);
}

static bool leave_out(struct scenario *s, const char *name)
{
    for (uint32_t n = 0; n < s->nation_count; n++) {
        struct scenario_nation *nation = &s->nations[n];
        for (uint32_t i = 0; i < nation->sensor_count; i++) {
            if (strcmp(nation->sensors[i].sensor.id.text, name) == 0) {
                memmove(&nation->sensors[i], &nation->sensors[i + 1],
                        sizeof nation->sensors[0] * (nation->sensor_count - i - 1));
                nation->sensor_count--;
                return true;
            }
        }
    }
    return false;
}

static void list_sensors(const struct scenario *s)
{
    for (uint32_t n = 0; n < s->nation_count; n++) {
        for (uint32_t i = 0; i < s->nations[n].sensor_count; i++) {
            (void)printf("%s\n", s->nations[n].sensors[i].sensor.id.text);
        }
    }
}

static int run(struct sharing *s, bool only_list)
{
    char message[PLAY_MESSAGE_SIZE];
    if (scenario_file_read(s->file, &s->scenario, message) != OK) {
        return fail(message);
    }
    if (only_list) {
        list_sensors(&s->scenario);
        return 0;
    }
    if (s->without != NULL && !leave_out(&s->scenario, s->without)) {
        (void)snprintf(message, sizeof message,
                       "--without %.60s: the scenario has no such sensor; --sensors lists them",
                       s->without);
        return fail(message);
    }
    for (unsigned long seed = s->seeds.first; seed <= s->seeds.last; seed++) {
        if (play_one(s, seed, false, &s->shared, message) != OK ||
            play_one(s, seed, true, &s->alone, message) != OK) {
            return fail(message);
        }
        print_seed(s, seed);
    }
    return 0;
}

int bench_sharing(int argc, char **argv)
{
    static const struct option LONG[] = {{"seeds", required_argument, NULL, 's'},
                                         {"without", required_argument, NULL, 'w'},
                                         {"sensors", no_argument, NULL, 'l'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct sharing *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return fail("out of memory");
    }
    s->file = DEFAULT_SCENARIO;
    s->seeds = (struct seeds){1, 10};
    bool only_list = false;
    int status = -1;
    int option = 0;
    while (status < 0 && (option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 's' && !seeds_read(optarg, &s->seeds)) {
            status = fail("--seeds: " SEEDS_EXPECTED);
        } else if (option == 'w') {
            s->without = optarg;
        } else if (option == 'l') {
            only_list = true;
        } else if (option == 'h') {
            print_help();
            status = 0;
        } else if (option == '?') {
            status = 2;
        }
    }
    if (status < 0) {
        s->file = optind < argc ? argv[optind] : s->file;
        status = run(s, only_list);
    }
    free(s);
    return status;
}
