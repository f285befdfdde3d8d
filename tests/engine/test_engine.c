/* Two engines and a real flight: replay bit for bit, refusals without a trace, one event for each
 * launch, notices at once, warnings that end. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../track/flown.h"
#include "base/elementary.h"
#include "engine/combine.h"
#include "engine/extent.h"
#include "engine/picture.h"
#include "pair.h"

/* Every event that an engine was given, as bytes, and the digest of what it wanted done. */
struct tape {
    size_t size;
    size_t capacity;
    uint8_t *data;
    uint64_t digest;
};
static struct tape tapes[2];
static struct effects effects;
static struct engine fresh;
static struct engine before;

static void solve_default(void)
{
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
}

static void record(int nation, const struct event *event, const struct effects *caused)
{
    struct tape *t = &tapes[nation];
    if (t->capacity - t->size < EVENT_BYTES_MAX + 4) {
        t->capacity = 2 * t->capacity + 2 * EVENT_BYTES_MAX;
        t->data = realloc(t->data, t->capacity);
        assert_non_null(t->data);
    }
    struct byte_writer w = {t->data + t->size + 4, EVENT_BYTES_MAX, 0};
    assert_int_equal(event_encode(event, &w), OK);
    const uint32_t size = (uint32_t)w.size;
    memcpy(t->data + t->size, &size, 4);
    t->size += 4 + w.size;
    t->digest = pair_digest(t->digest, caused);
}

static void record_flight(double until_s)
{
    memset(tapes, 0, sizeof tapes);
    solve_default();
    pair_look = record;
    pair_start(0.0, 1, true);
    pair_run(until_s, false);
    pair_look = NULL;
}

static void forget_tapes(void)
{
    free(tapes[0].data);
    free(tapes[1].data);
    memset(tapes, 0, sizeof tapes);
}

/* Memory that was never zero shows whether something is used that was not set. */
static void start_on_rubbish(struct engine *engine, int nation)
{
    const struct engine_config config = pair_config(nation);
    memset(engine, 0xa5, sizeof *engine);
    assert_int_equal(engine_init(engine, &config), OK);
}

static void play_tape(struct engine *engine, const struct tape *tape, size_t from, size_t to,
                      uint64_t *digest)
{
    for (size_t at = from; at < to;) {
        static struct observation scan[LIMIT_SCAN];
        uint32_t size = 0;
        struct event event;
        memcpy(&size, tape->data + at, 4);
        const struct bytes in = {tape->data + at + 4, size};
        assert_int_equal(event_decode(in, scan, &event), OK);
        assert_int_equal(engine_step(engine, &event, &effects), OK);
        *digest = pair_digest(*digest, &effects);
        at += 4 + size;
    }
}

static void assert_same_end(const struct engine *engine, const struct engine *other)
{
    assert_int_equal(engine->position, other->position);
    assert_true(engine->events[0].has_common);
    assert_memory_equal(engine->events[0].common.x, other->events[0].common.x,
                        sizeof engine->events[0].common.x);
    assert_memory_equal(&engine->events[0].assessment.impact, &other->events[0].assessment.impact,
                        sizeof engine->events[0].assessment.impact);
}

static void the_tape_gives_the_same_again(void **state)
{
    (void)state;
    record_flight(420.0);
    for (int n = 0; n < 2; n++) {
        uint64_t digest = 0;
        start_on_rubbish(&fresh, n);
        play_tape(&fresh, &tapes[n], 0, tapes[n].size, &digest);
        assert_int_equal(digest, tapes[n].digest);
        assert_same_end(&fresh, &pair_engines[n]);
    }
    forget_tapes();
}

/* The start of the first whole event at or after the middle of a tape. */
static size_t middle_of(const struct tape *tape)
{
    size_t at = 0;
    while (at < tape->size / 2) {
        uint32_t size = 0;
        memcpy(&size, tape->data + at, 4);
        at += 4 + size;
    }
    return at;
}

/* What is in use of an engine, copied to another, goes on as the one would have. */
static void what_is_in_use_is_all(void **state)
{
    (void)state;
    record_flight(420.0);
    for (int n = 0; n < 2; n++) {
        uint64_t digest = 0;
        const size_t middle = middle_of(&tapes[n]);
        struct engine_extent in_use[ENGINE_EXTENTS_MAX];
        size_t sum = 0;
        size_t end = 0;
        start_on_rubbish(&before, n);
        start_on_rubbish(&fresh, n);
        play_tape(&before, &tapes[n], 0, middle, &digest);
        const uint32_t count = engine_extents(&before, in_use);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(in_use[i].from >= end);
            memcpy((char *)&fresh + in_use[i].from, (const char *)&before + in_use[i].from,
                   in_use[i].size);
            end = in_use[i].from + in_use[i].size;
            sum += in_use[i].size;
        }
        assert_true(end <= sizeof before);
        assert_true(sum < 2000000);
        memset(&before, 0xa5, sizeof before);
        play_tape(&fresh, &tapes[n], middle, tapes[n].size, &digest);
        assert_int_equal(digest, tapes[n].digest);
        assert_same_end(&fresh, &pair_engines[n]);
    }
    forget_tapes();
}

/* The same on a processor without fused multiplication: another process, told so by glibc. */
static void another_processor_gives_the_same(void **state)
{
    (void)state;
    record_flight(420.0);
    char self[400];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    char command[512];
    (void)snprintf(command, sizeof command,
                   "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4 '%s' digest", self);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    unsigned long long seen[2] = {0, 0};
    assert_int_equal(fscanf(pipe, "%llx %llx", &seen[0], &seen[1]), 2);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(seen[0], tapes[0].digest);
    assert_int_equal(seen[1], tapes[1].digest);
    assert_int_not_equal(seen[0], seen[1]);
    forget_tapes();
}

static void refuse(struct event event, result expected)
{
    const size_t used = offsetof(struct engine, offer_trackers);
    memcpy(&before, &pair_engines[PAIR_KOR], used);
    assert_int_equal(engine_step(&pair_engines[PAIR_KOR], &event, &effects), expected);
    assert_int_equal(effects.count, 0);
    before.events_refused = pair_engines[PAIR_KOR].events_refused;
    assert_memory_equal(&before, &pair_engines[PAIR_KOR], used);
}

static void what_cannot_be_leaves_no_trace(void **state)
{
    (void)state;
    solve_default();
    pair_start(90.0, 2, true);
    pair_run(150.0, false);
    const struct instant now = flown_instant(150.5);
    struct random r;
    random_init(&r, 3, 1);
    struct sensor radar = pair_config(PAIR_KOR).sensors[0];
    struct observation plots[2];
    assert_true(flown_plot(&radar, 150.5, &r, &plots[0]));
    struct nation_id nobody = {{0}};
    assert_true(nation_id_parse("XXX", &nobody));
    refuse((struct event){.kind = EVENT_TICK, .time = flown_instant(149.0)}, ERR_STATE);
    refuse((struct event){.kind = EVENT_TICK, .time = INSTANT_UNSET}, ERR_RANGE);
    refuse((struct event){.kind = EVENT_NONE, .time = now}, ERR_RANGE);
    refuse((struct event){.kind = EVENT_FRAME, .time = now, .partner = nobody}, ERR_NOT_FOUND);
    refuse((struct event){.kind = EVENT_REFUSED, .time = now, .partner = nobody}, ERR_NOT_FOUND);
    refuse(pair_boot_event(PAIR_KOR, 150.5), ERR_STATE);
    refuse((struct event){.kind = EVENT_COMMITTED, .time = now, .position = UINT64_MAX}, ERR_STATE);
    refuse((struct event){.kind = EVENT_COMMITTED, .time = now, .position = 1}, ERR_STATE);
    plots[1] = plots[0];
    plots[1].validity.tai_ns++;
    refuse((struct event){.kind = EVENT_SCAN, .time = now, .scan = plots, .scan_count = 2},
           ERR_STATE);
    assert_true(sensor_id_parse("NOT-OURS", &plots[0].sensor));
    refuse((struct event){.kind = EVENT_SCAN, .time = now, .scan = plots, .scan_count = 1},
           ERR_NOT_FOUND);
}

static void configurations_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct engine_config c = pair_config(PAIR_KOR);
    c.partners[0] = c.nation;
    assert_int_equal(engine_init(&fresh, &c), ERR_RANGE);
    c = pair_config(PAIR_KOR);
    c.partners[1] = c.partners[0];
    c.partner_count = 2;
    assert_int_equal(engine_init(&fresh, &c), ERR_RANGE);
    c = pair_config(PAIR_KOR);
    c.policy.owner = c.partners[0];
    assert_int_equal(engine_init(&fresh, &c), ERR_RANGE);
    c = pair_config(PAIR_KOR);
    c.domain = DOMAIN_UNKNOWN;
    assert_int_equal(engine_init(&fresh, &c), ERR_RANGE);
    c = pair_config(PAIR_KOR);
    c.sensors[1] = c.sensors[0];
    c.sensor_count = 2;
    assert_int_equal(engine_init(&fresh, &c), ERR_STATE);
    c = pair_config(PAIR_KOR);
    c.sensors[0].sigma_range_m = NAN;
    assert_int_equal(engine_init(&fresh, &c), ERR_RANGE);
}

static int live_events(const struct engine *engine)
{
    int count = 0;
    for (int i = 0; i < LIMIT_EVENTS; i++) {
        count += engine->events[i].id.value != 0 && !engine->events[i].withdrawn ? 1 : 0;
    }
    return count;
}

static void each_launch_is_one_event(void **state)
{
    (void)state;
    solve_default();
    for (int launches = 1; launches <= 2; launches++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            pair_start(0.0, seed, true);
            pair_run(420.0, launches == 2);
            for (int n = 0; n < 2; n++) {
                assert_int_equal(live_events(&pair_engines[n]), launches);
                for (int i = 0; i < launches; i++) {
                    assert_true(pair_engines[n].events[i].solutions[0].present);
                    assert_true(pair_engines[n].events[i].solutions[1].present);
                }
            }
            assert_int_equal(launches == 2 && strcmp(pair_engines[0].events[0].name.text,
                                                     pair_engines[0].events[1].name.text) == 0,
                             0);
        }
    }
}

/* What a partner says came off its object is counted with that, and opens nothing. */
static void a_partners_pieces_are_no_launches(void **state)
{
    (void)state;
    static struct view view;
    struct engine *engine = &pair_engines[PAIR_JPN];
    solve_default();
    pair_start(0.0, 1, true);
    pair_run(300.0, false);
    struct record record = {.kind = RECORD_TRACK,
                            .made = engine->now,
                            .event = engine->events[0].solutions[1].name,
                            .track = engine->events[0].solutions[1].track};
    record.track.parent = record.track.id;
    for (int i = 0; i < 3; i++) {
        record.track.id.value++;
        record.track.position.x_m += 50e3;
        picture_take_record(engine, 0, (struct nation_id){{0}}, &record, &effects);
        picture_take_record(engine, 0, (struct nation_id){{0}}, &record, &effects);
    }
    engine_view(engine, &view);
    assert_int_equal(live_events(engine), 1);
    assert_int_equal(view.events[0].piece_count, 3);
    assert_true(engine->events[0].solutions[1].track.parent.value == 0);
    record.track.parent.value = 99;
    record.track.id.value++;
    picture_take_record(engine, 0, (struct nation_id){{0}}, &record, &effects);
    assert_int_equal(live_events(engine), 1);
    assert_int_equal(engine->records_refused, 0);
}

/* In the very step that notices a launch its notice is released and sent. */
static int noticed;
static int noticed_late;

static void watch_notices(int nation, const struct event *event, const struct effects *caused)
{
    (void)nation;
    bool own = false;
    bool released = false;
    bool sent = false;
    for (uint32_t i = 0; i < caused->count; i++) {
        const struct effect *e = &caused->items[i];
        own |= e->kind == EFFECT_NOTICED && nation_id_equal(e->partner, pair_config(nation).nation);
        released |= e->kind == EFFECT_RELEASED && e->record == RECORD_NOTICE;
        sent |= e->kind == EFFECT_SEND;
    }
    noticed += own ? 1 : 0;
    noticed_late += own && (!released || !sent || event->kind != EVENT_SCAN) ? 1 : 0;
}

static void a_notice_goes_at_once(void **state)
{
    (void)state;
    solve_default();
    noticed = 0;
    noticed_late = 0;
    pair_look = watch_notices;
    pair_start(0.0, 4, true);
    pair_run(200.0, true);
    pair_look = NULL;
    assert_int_equal(noticed, 2);
    assert_int_equal(noticed_late, 0);
    /* And the other nation knows of both, though its own radar sees nothing yet. */
    assert_int_equal(live_events(&pair_engines[PAIR_JPN]), 2);
}

/* What a rule delays goes that much later, in its order, and none of it is lost. */
static double first_notice_s;
static double first_track_s;
static uint64_t tracks_released;
static uint64_t tracks_taken;

static void watch_delay(int nation, const struct event *event, const struct effects *caused)
{
    for (uint32_t i = 0; i < caused->count; i++) {
        const struct effect *e = &caused->items[i];
        const double t_s = instant_since_s(event->time, flown_instant(0.0));
        const bool released = nation == PAIR_KOR && e->kind == EFFECT_RELEASED;
        if (released && e->record == RECORD_NOTICE && first_notice_s < 0.0) {
            first_notice_s = t_s;
        }
        if (released && e->record == RECORD_TRACK) {
            first_track_s = first_track_s < 0.0 ? t_s : first_track_s;
            tracks_released++;
        }
        tracks_taken +=
            nation == PAIR_JPN && e->kind == EFFECT_TAKEN && e->record == RECORD_TRACK ? 1 : 0;
    }
}

static void what_is_delayed_goes_later(void **state)
{
    (void)state;
    solve_default();
    first_notice_s = -1.0;
    first_track_s = -1.0;
    tracks_released = 0;
    tracks_taken = 0;
    pair_start(0.0, 6, true);
    struct policy *policy = &pair_engines[PAIR_KOR].config.policy;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        policy->rules[i].delay_s = policy->rules[i].kind == RECORD_TRACK ? 20.0 : 0.0;
    }
    pair_look = watch_delay;
    pair_run(200.0, false);
    pair_look = NULL;
    assert_true(first_notice_s > 0.0);
    assert_true(first_track_s >= first_notice_s + 20.0);
    assert_true(first_track_s <= first_notice_s + 21.0);
    assert_true(tracks_released > 60);
    assert_in_range(tracks_taken, tracks_released - 1, tracks_released);
    assert_int_equal(pair_engines[PAIR_KOR].records_withheld[RELEASE_DELAYED], 0);
}

static int warnings;

static void count_warnings(int nation, const struct event *event, const struct effects *caused)
{
    (void)event;
    for (uint32_t i = 0; i < caused->count; i++) {
        warnings += nation == PAIR_JPN && caused->items[i].kind == EFFECT_WARNING &&
                            warning_in_force(caused->items[i].warning)
                        ? 1
                        : 0;
    }
}

/* To the end of the flight and three minutes more, together and with the line cut. */
static void warnings_end(void **state)
{
    (void)state;
    solve_default();
    for (int together = 0; together < 2; together++) {
        warnings = 0;
        pair_look = count_warnings;
        pair_start(0.0, 5, together == 1);
        pair_run(flown_impact_s() + 180.0, false);
        pair_look = NULL;
        assert_true(warnings > 0);
        const struct engine_event *event = &pair_engines[PAIR_JPN].events[0];
        assert_int_equal(event->warning.state, WARNING_ALL_CLEAR);
        for (int n = 0; n < 2; n++) {
            for (int i = 0; i < LIMIT_EVENTS; i++) {
                const struct engine_event *e = &pair_engines[n].events[i];
                assert_false(e->id.value != 0 && warning_in_force(e->warning.state));
            }
        }
        assert_int_equal(pair_engines[PAIR_KOR].events[0].warning.state, WARNING_NO_THREAT);
    }
}

/* What is made of KOR's records too may go to nobody that KOR did not name: back to KOR alone. */
static void the_common_solution_has_the_strictest_label(void **state)
{
    (void)state;
    static struct view view;
    solve_default();
    pair_start(0.0, 3, true);
    struct policy *policy = &pair_engines[PAIR_JPN].config.policy;
    struct nation_id usa = {{0}};
    assert_true(nation_id_parse("USA", &usa));
    policy->label.releasable_to[1] = usa;
    policy->label.releasable_count = 2;
    pair_engines[PAIR_KOR].config.policy.label.classification = CLASSIFICATION_SECRET;
    for (uint32_t i = 0; i < 3; i++) {
        pair_engines[PAIR_KOR].config.policy.rules[i].classification_max = CLASSIFICATION_SECRET;
    }
    pair_run(180.0, false);
    engine_view(&pair_engines[PAIR_JPN], &view);
    const struct label *label = &view.events[0].label;
    assert_string_equal(label->owner.code, "JPN");
    assert_int_equal(label->classification, CLASSIFICATION_SECRET);
    assert_int_equal(label->releasable_count, 1);
    assert_string_equal(label->releasable_to[0].code, "KOR");
    assert_false(label_permits(label, usa));
}

/* Every area on the way, each once, and every one with a time or a probability. */
static void all_that_is_flown_over_is_shown(void **state)
{
    (void)state;
    static struct view view;
    solve_default();
    pair_start(0.0, 3, true);
    pair_run(180.0, false);
    engine_view(&pair_engines[PAIR_JPN], &view);
    assert_int_equal(view.event_count, 1);
    const struct view_event *e = &view.events[0];
    assert_true(e->overflight_count >= 2);
    for (uint32_t i = 0; i < e->overflight_count; i++) {
        const struct warning_area *a = &e->overflights[i];
        assert_true(instant_is_set(a->overflight) || a->impact_probability > 0.0);
        assert_true(!instant_is_set(a->overflight) ||
                    fabs(instant_since_s(a->overflight, view.now)) < 1800.0);
        for (uint32_t k = 0; k < i; k++) {
            assert_int_not_equal(a->province, e->overflights[k].province);
        }
    }
}

/* Once it falls through the air and nobody measures it: down and down, and still what it was. */
static void what_falls_unseen_falls(void **state)
{
    (void)state;
    solve_default();
    pair_start(0.0, 3, true);
    pair_run(flown_impact_s() - 60.0, false);
    const struct engine_event *e = &pair_engines[PAIR_JPN].events[0];
    assert_int_equal(e->common_status, STATUS_LOST);
    double before_m = 1e9;
    for (double t_s = flown_impact_s() - 55.0; t_s < flown_impact_s() + 60.0; t_s += 1.0) {
        pair_run(t_s, false);
        const double *x = e->common.x;
        const double radius_m = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
        assert_true(radius_m <= before_m);
        before_m = radius_m;
        assert_int_equal(assessment_class(&e->assessment), CLASS_INTERMEDIATE_RANGE);
        assert_near(e->assessment.apogee_m, 970e3, 20e3);
    }
}

/* Infrared alone may place an object below the ground at first, more so after its release: then
 * there is no common solution yet, and the launch goes on. */
static void a_first_guess_below_the_ground_is_not_the_end(void **state)
{
    (void)state;
    static struct engine_event event;
    solve_default();
    pair_start(0.0, 3, true);
    pair_run(120.0, false);
    struct engine *jpn = &pair_engines[PAIR_JPN];
    event = jpn->events[0];
    struct track *told = &event.solutions[1].track;
    assert_true(event.solutions[1].present && !instant_is_set(told->end_of_thrust));
    const struct track truth = *told;
    const double radius_m =
        sqrt(truth.position.x_m * truth.position.x_m + truth.position.y_m * truth.position.y_m +
             truth.position.z_m * truth.position.z_m);
    const double share = 6.36e6 / radius_m;
    told->position = (struct geo_ecef){share * truth.position.x_m, share * truth.position.y_m,
                                       share * truth.position.z_m};
    told->velocity = (struct geo_velocity){-1e-5 * truth.position.x_m, -1e-5 * truth.position.y_m,
                                           -1e-5 * truth.position.z_m};
    event.solutions[0].present = false;
    event.has_common = false;
    memset(&event.assessment, 0, sizeof event.assessment);
    event.common_status = STATUS_TENTATIVE;
    combine_update(jpn, &event, &effects);
    assert_int_equal(event.common_status, STATUS_TENTATIVE);
    assert_false(event.has_common);
    *told = truth;
    combine_update(jpn, &event, &effects);
    assert_int_equal(event.common_status, STATUS_FIRM);
    assert_true(event.has_common);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "digest") == 0) {
        record_flight(420.0);
        (void)printf("%llx %llx\n", (unsigned long long)tapes[0].digest,
                     (unsigned long long)tapes[1].digest);
        forget_tapes();
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tape_gives_the_same_again),
        cmocka_unit_test(what_is_in_use_is_all),
        cmocka_unit_test(another_processor_gives_the_same),
        cmocka_unit_test(what_cannot_be_leaves_no_trace),
        cmocka_unit_test(configurations_that_cannot_be_are_refused),
        cmocka_unit_test(each_launch_is_one_event),
        cmocka_unit_test(a_partners_pieces_are_no_launches),
        cmocka_unit_test(a_notice_goes_at_once),
        cmocka_unit_test(what_is_delayed_goes_later),
        cmocka_unit_test(warnings_end),
        cmocka_unit_test(the_common_solution_has_the_strictest_label),
        cmocka_unit_test(all_that_is_flown_over_is_shown),
        cmocka_unit_test(what_falls_unseen_falls),
        cmocka_unit_test(a_first_guess_below_the_ground_is_not_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
