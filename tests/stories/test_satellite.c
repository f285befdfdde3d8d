/* The satellite launch of 2023-11-21, played whole: three nations, seeds with all their noise. Once
 * the last motor is out everybody who is told says that it is a space launch, and nobody says
 * anything else again. */
#include "../base/near.h"

#include <string.h>

#include "cli/play.h"
#include "cli/scenario_file.h"

#define CERTAIN 0.9
#define DECIDED_S 30.0 /* after the end of thrust was recognised */

enum { NATIONS = 3, SEEDS = 2 };

static struct scenario scenario;
static struct view view;

struct told {
    double cut_off_s;  /* the last time that the end of thrust was told; negative = never */
    double decided_s;  /* first certain of a space launch since; negative = never */
    double false_most; /* the greatest probability of another class since the last cut-off */
};

/* Classes of what comes down. */
static double comes_down(const struct assessment *a)
{
    return a->class_probability[CLASS_SHORT_RANGE] + a->class_probability[CLASS_MEDIUM_RANGE] +
           a->class_probability[CLASS_INTERMEDIATE_RANGE] +
           a->class_probability[CLASS_INTERCONTINENTAL];
}

static void look(const struct engine *engine, double t_s, double last_thrust_s, struct told *told)
{
    engine_view(engine, &view);
    for (uint32_t i = 0; i < view.event_count; i++) {
        const struct view_event *e = &view.events[i];
        const struct assessment *a = &e->assessment;
        if (t_s < last_thrust_s || !e->has_common || !instant_is_set(e->common.end_of_thrust)) {
            continue;
        }
        told->cut_off_s = told->cut_off_s < 0.0 ? t_s : told->cut_off_s;
        told->false_most = comes_down(a) > told->false_most ? comes_down(a) : told->false_most;
        if (told->decided_s < 0.0 && a->class_probability[CLASS_SPACE_LAUNCH] > CERTAIN) {
            told->decided_s = t_s;
        }
    }
}

static void run(uint64_t seed, struct told told[NATIONS])
{
    struct play *play = NULL;
    char message[PLAY_MESSAGE_SIZE] = "";
    const struct play_options options = {.scenario = &scenario, .seed = seed};
    if (play_open(&options, &play, message) != OK) {
        fail_msg("%s", message);
    }
    const struct truth_summary truth = world_truth_summary(play_world(play), 0);
    assert_true(truth.in_orbit);
    const double last_thrust_s =
        instant_since_s(truth.launch_time, scenario.start) + truth.end_of_thrust_s;
    for (double t_s = 1.0; t_s <= scenario.duration_s; t_s += 1.0) {
        if (play_until(play, instant_plus_s(scenario.start, t_s), message) != OK) {
            fail_msg("%s", message);
        }
        for (uint32_t n = 0; n < NATIONS && t_s > last_thrust_s; n++) {
            look(play_engine(play, n), t_s, last_thrust_s, &told[n]);
        }
    }
    play_close(play);
}

static void everybody_says_orbit(void **state)
{
    (void)state;
    char path[512];
    char message[YAML_MESSAGE_SIZE] = "";
    (void)snprintf(path, sizeof path, "%s/scenarios/2023-11-21-satellite.yaml", DATA_DIR);
    if (scenario_file_read(path, &scenario, message) != OK) {
        fail_msg("%s", message);
    }
    assert_int_equal(scenario.nation_count, NATIONS);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct told told[NATIONS];
        for (int n = 0; n < NATIONS; n++) {
            told[n] = (struct told){-1.0, -1.0, 0.0};
        }
        run(seed, told);
        for (int n = 0; n < NATIONS; n++) {
            print_message("seed %d %s: cut-off recognised T+%.0f s of the story, space launch "
                          "%.0f s after, the false one at most %.3f\n",
                          (int)seed, scenario.nations[n].id.code, told[n].cut_off_s,
                          told[n].decided_s - told[n].cut_off_s, told[n].false_most);
            assert_true(told[n].decided_s >= 0.0);
            assert_true(told[n].decided_s - told[n].cut_off_s <= DECIDED_S);
            assert_true(told[n].false_most <= CERTAIN);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_says_orbit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
