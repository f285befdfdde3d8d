/* What the project promises, on the missile over Japan: three nations see one launch better
 * together than alone, and nobody is warned of nothing. Two seeds here; the soak and the exercise
 * have more. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "cli/play.h"
#include "cli/scenario_file.h"
#include "cli/score.h"

enum { KOR, JPN, USA, NATIONS };

static struct scenario scenario;
static struct score scores[2]; /* alone, shared */
static uint64_t lost_records;
static uint64_t refused_frames;
static int events_seen;

static void read_scenario(const char *name)
{
    char path[512];
    char message[YAML_MESSAGE_SIZE] = "";
    (void)snprintf(path, sizeof path, "%s/scenarios/%s.yaml", DATA_DIR, name);
    if (scenario_file_read(path, &scenario, message) != OK) {
        fail_msg("%s", message);
    }
    static const char *const CODES[NATIONS] = {"KOR", "JPN", "USA"};
    assert_int_equal(scenario.nation_count, NATIONS);
    for (uint32_t n = 0; n < NATIONS; n++) {
        assert_string_equal(scenario.nations[n].id.code, CODES[n]);
    }
}

static void show(void *context, uint32_t nation, const struct engine *engine,
                 const struct effect *effect, struct instant now)
{
    score_effect(context, nation, engine, effect, now);
    events_seen += effect->kind == EFFECT_NOTICED || effect->kind == EFFECT_WARNING ? 1 : 0;
}

/* Records that were put into a ledger and are not known at the other end when it is over. */
static void count_losses(const struct play *play)
{
    lost_records = 0;
    refused_frames = 0;
    for (uint32_t n = 0; n < NATIONS; n++) {
        const struct engine *engine = play_engine(play, n);
        for (uint32_t i = 0; i < engine->config.partner_count; i++) {
            const struct session_counters *c = &engine->sessions[i].counters;
            lost_records += c->appended - c->acknowledged;
            for (int why = 0; why < SESSION_REFUSAL_COUNT; why++) {
                refused_frames += c->refused[why];
            }
        }
    }
}

static void run(uint64_t seed, bool alone, struct score *score)
{
    struct play *play = NULL;
    char message[PLAY_MESSAGE_SIZE] = "";
    const struct play_options options = {
        .scenario = &scenario, .seed = seed, .alone = alone, .context = score, .show = show};
    events_seen = 0;
    if (play_open(&options, &play, message) != OK) {
        fail_msg("%s", message);
    }
    score_init(score, play_world(play));
    for (double t_s = 1.0; t_s <= scenario.duration_s; t_s += 1.0) {
        if (play_until(play, instant_plus_s(scenario.start, t_s), message) != OK) {
            fail_msg("%s", message);
        }
        score_second(score, play);
    }
    count_losses(play);
    play_close(play);
}

/* Never (negative) is later than any time. */
static bool is_later(double a_s, double b_s)
{
    return a_s < 0.0 ? b_s >= 0.0 : b_s >= 0.0 && a_s > b_s + 1e-6;
}

static void print_cell(const char *name, uint64_t seed, const struct score_cell *alone,
                       const struct score_cell *shared)
{
    print_message("seed %d %s: held %.0f -> %.0f s, notice %.1f -> %.1f s, warning %.1f -> %.1f s;",
                  (int)seed, name, alone->track_held_s, shared->track_held_s, alone->first_notice_s,
                  shared->first_notice_s, alone->first_warning_s, shared->first_warning_s);
    for (int k = 0; k < SCORE_TIMES; k++) {
        print_message(" %.0f -> %.0f", alone->at[k].determined ? alone->at[k].area_km2 : -1.0,
                      shared->at[k].determined ? shared->at[k].area_km2 : -1.0);
    }
    print_message(" km2\n");
}

static void check_cell(const struct score_cell *alone, const struct score_cell *shared)
{
    assert_true(shared->track_held_s >= alone->track_held_s);
    assert_false(is_later(shared->first_notice_s, alone->first_notice_s));
    for (int k = 0; k < SCORE_TIMES; k++) {
        const struct score_at *a = &alone->at[k];
        const struct score_at *s = &shared->at[k];
        if (a->determined) {
            assert_true(s->determined);
            assert_true(s->area_km2 < a->area_km2);
        }
    }
}

/* The last message of a nation about the launch. */
static enum warning_state last_warning(const struct score *score, uint32_t nation)
{
    enum warning_state state = WARNING_NONE;
    for (uint32_t i = 0; i < score->warning_count; i++) {
        if (score->warnings[i].nation == nation) {
            state = score->warnings[i].warning.state;
        }
    }
    return state;
}

static bool ever_warned(const struct score *score, uint32_t nation)
{
    for (uint32_t i = 0; i < score->warning_count; i++) {
        if (score->warnings[i].nation == nation &&
            warning_in_force(score->warnings[i].warning.state)) {
            return true;
        }
    }
    return false;
}

static void check_seed(uint64_t seed)
{
    run(seed, true, &scores[0]);
    run(seed, false, &scores[1]);
    int held_longer = 0;
    int noticed_earlier = 0;
    for (uint32_t n = 0; n < NATIONS; n++) {
        const struct score_cell *alone = &scores[0].cells[n][0];
        const struct score_cell *shared = &scores[1].cells[n][0];
        print_cell(scenario.nations[n].id.code, seed, alone, shared);
        check_cell(alone, shared);
        held_longer += shared->track_held_s > alone->track_held_s ? 1 : 0;
        noticed_earlier += is_later(alone->first_notice_s, shared->first_notice_s) ? 1 : 0;
    }
    assert_true(held_longer >= 2);
    assert_true(noticed_earlier >= 1);
    assert_true(ever_warned(&scores[1], JPN));
    assert_int_equal(last_warning(&scores[1], JPN), WARNING_ALL_CLEAR);
    assert_false(ever_warned(&scores[1], KOR));
    assert_false(ever_warned(&scores[1], USA));
    assert_int_equal(scores[1].cells[KOR][0].outcome, WARNING_NO_THREAT);
    assert_int_equal(scores[1].cells[USA][0].outcome, WARNING_NO_THREAT);
}

static void together_is_better_than_alone(void **state)
{
    (void)state;
    read_scenario("2022-10-04-irbm-over-japan");
    check_seed(4711);
    check_seed(1);
}

/* An hour of false alarms: nothing is noticed, nobody is warned. */
static void a_quiet_hour_stays_quiet(void **state)
{
    (void)state;
    read_scenario("2023-03-01-quiet-hour");
    run(4711, false, &scores[1]);
    assert_int_equal(events_seen, 0);
    assert_int_equal(scores[1].warning_count, 0);
    assert_int_equal(scores[1].released, 0);
}

/* One bit of every twentieth frame is turned over on the way: refused, counted, sent again, and no
 * record is missing in the end. */
static void flipped_bits_lose_nothing(void **state)
{
    (void)state;
    read_scenario("2022-10-04-irbm-over-japan");
    scenario.duration_s = 600.0;
    for (uint32_t i = 0; i < scenario.link_count; i++) {
        scenario.links[i].bit_flip = 0.05;
    }
    run(2, false, &scores[1]);
    print_message(
        "bit flips: %d released, %d taken, %d frames refused, %d records not acknowledged\n",
        (int)scores[1].released, (int)scores[1].delivered, (int)refused_frames, (int)lost_records);
    assert_true(refused_frames > 0);
    assert_true(scores[1].released > 300);
    assert_true(scores[1].released - scores[1].delivered <= 12);
    assert_true(lost_records <= 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_is_better_than_alone),
        cmocka_unit_test(a_quiet_hour_stays_quiet),
        cmocka_unit_test(flipped_bits_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
