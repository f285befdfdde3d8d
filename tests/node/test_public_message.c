/* What people are told of a warning: the way that is still ahead, places by their names, and what
 * each message takes the place of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "node/places.h"
#include "node/public_chain.h"
#include "node/public_message.h"
#include "warn/gazetteer.h"

#define ID ((struct event_id){7})

static struct engine engine;
static struct public_message message;
static struct instant start;

static struct engine_event *event(void)
{
    return &engine.events[2];
}

/* A warning about a launch, whose way is known for 200 s from three knots in a row above Korea. */
static int begin(void **state)
{
    (void)state;
    memset(&engine, 0, sizeof engine);
    assert_int_equal(utc_parse("2022-10-03T22:25:00Z", 20, &start), OK);
    engine.config.nation = (struct nation_id){"JPN"};
    engine.config.domain = DOMAIN_EXERCISE;
    struct engine_event *e = event();
    e->id = ID;
    e->has_common = true;
    e->warning = (struct warning){
        .event = ID, .serial = 1, .state = WARNING_INITIAL, .time = start, .impact = INSTANT_UNSET};
    e->warn.passage_from = start;
    e->warn.passage_until = instant_plus_s(start, 200.0);
    e->footprint.start = start;
    e->footprint.knot_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        struct footprint_knot *k = &e->footprint.knots[i];
        k->after_s = 100.0 * i;
        k->position = (struct geo_ecef){-3.1e6, 4.0e6, 4.0e6 + 2e5 * i};
        k->across_sigma_m = 1e3;
    }
    return 0;
}

static void make(void)
{
    assert_true(public_message_make(&engine, ID, &message));
}

static void only_what_warns_is_told(void **state)
{
    (void)state;
    make();
    assert_false(public_message_make(&engine, (struct event_id){8}, &message));
    event()->warning.state = WARNING_NO_THREAT;
    assert_false(public_message_make(&engine, ID, &message));
}

static void a_way_is_drawn_as_far_as_it_is_known(void **state)
{
    (void)state;
    const struct public_passage *way = &message.passage;
    make();
    assert_int_equal(way->count, OUTLINE_WAY_MAX);
    const double first_rad = way->points[0].lat_rad;
    const double last_rad = way->points[OUTLINE_WAY_MAX - 1].lat_rad;
    assert_true(first_rad < last_rad);
    for (uint32_t i = 0; i < OUTLINE_WAY_MAX; i++) {
        assert_true(way->half_width_m[i] == 25e3);
    }
    /* A passage that is longer than what is known of the way is drawn as far as that. */
    event()->warn.passage_from = instant_plus_s(start, -50.0);
    event()->warn.passage_until = instant_plus_s(start, 500.0);
    make();
    assert_true(way->points[0].lat_rad == first_rad);
    assert_true(way->points[OUTLINE_WAY_MAX - 1].lat_rad == last_rad);
    /* A shorter one is a part of it, and as wide as the doubt. */
    event()->warn.passage_from = instant_plus_s(start, 50.0);
    event()->warn.passage_until = instant_plus_s(start, 150.0);
    event()->footprint.knots[2].across_sigma_m = 50e3;
    make();
    assert_true(way->points[0].lat_rad > first_rad);
    assert_true(way->points[OUTLINE_WAY_MAX - 1].lat_rad < last_rad);
    assert_true(way->half_width_m[0] == 25e3);
    assert_true(fabs(way->half_width_m[OUTLINE_WAY_MAX - 1] - 98e3) < 100.0);
}

static void without_a_way_none_is_drawn(void **state)
{
    (void)state;
    struct engine_event *e = event();
    e->warn.passage_until = instant_plus_s(start, -1.0); /* it is over */
    make();
    assert_int_equal(message.passage.count, 0);
    e->warn.passage_until = instant_plus_s(start, 200.0);
    e->footprint.knots[2].position.x_m = NAN;
    make();
    assert_int_equal(message.passage.count, 0);
    e->footprint.knot_count = 0;
    make();
    assert_int_equal(message.passage.count, 0);
    e->warn.passage_from = INSTANT_UNSET;
    make();
    assert_int_equal(message.passage.count, 0);
}

static void a_launch_is_named_by_its_country(void **state)
{
    (void)state;
    struct launch_estimate *launch = &event()->assessment.launch;
    make();
    assert_false(instant_is_set(message.told.launched));
    *launch =
        (struct launch_estimate){.determined = true,
                                 .time = start,
                                 .point = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0}};
    make();
    assert_true(instant_equal(message.told.launched, start));
    assert_true(strlen(message.told.from[0]) > 0);
    launch->point = (struct geo_geodetic){0.0, -140.0 * RAD_PER_DEG, 0.0}; /* the open sea */
    make();
    assert_false(instant_is_set(message.told.launched));
}

static void an_impact_is_of_a_track(void **state)
{
    (void)state;
    event()->assessment.impact.why = WHY_THRUSTING;
    make();
    assert_int_equal(message.impact.why, WHY_THRUSTING);
    event()->has_common = false;
    make();
    assert_int_equal(message.impact.why, WHY_NO_TRACK);
}

/* The oldest of more than a message may name is left out, and an end begins anew. */
static void each_message_takes_the_place_of_those_before(void **state)
{
    (void)state;
    static struct public_chain chain;
    char id[PUBLIC_ID_SIZE];
    for (uint32_t i = 0; i < CAP_REFERENCES_MAX + 2; i++) {
        event()->warning.serial = i + 1;
        make();
        public_chain_told(&chain, &message);
    }
    assert_int_equal(chain.count, CAP_REFERENCES_MAX);
    assert_string_equal(chain.told[CAP_REFERENCES_MAX - 1].id,
                        public_warning_id(&message.told, id));
    event()->warning.serial = 3;
    make();
    assert_string_equal(chain.told[0].id, public_warning_id(&message.told, id));
    event()->warning.state = WARNING_ALL_CLEAR;
    make();
    public_chain_told(&chain, &message);
    assert_int_equal(chain.count, 0);
}

static void a_console_asks_for_places_that_there_are(void **state)
{
    (void)state;
    const struct console_places places = places_for_console();
    struct console_area area;
    struct console_near near;
    char text[120] = "";
    char same[120];
    const struct geo_geodetic here = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    assert_true(places.province(places.data, 0, &area));
    assert_string_equal(area.names[0], gazetteer_name_in(0, (enum language)0));
    assert_false(places.province(places.data, -1, &area));
    assert_false(places.province(places.data, gazetteer_area_count(), &area));
    assert_true(places.nearest(places.data, here, &near));
    assert_true(near.distance_m == 0.0);
    assert_false(places.nearest(places.data, (struct geo_geodetic){NAN, 0.0, 0.0}, &near));
    places.describe(places.data, here, text, sizeof text);
    gazetteer_describe(here, same, sizeof same);
    assert_true(strlen(text) > 0);
    assert_string_equal(text, same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_what_warns_is_told, begin),
        cmocka_unit_test_setup(a_way_is_drawn_as_far_as_it_is_known, begin),
        cmocka_unit_test_setup(without_a_way_none_is_drawn, begin),
        cmocka_unit_test_setup(a_launch_is_named_by_its_country, begin),
        cmocka_unit_test_setup(an_impact_is_of_a_track, begin),
        cmocka_unit_test_setup(each_message_takes_the_place_of_those_before, begin),
        cmocka_unit_test(a_console_asks_for_places_that_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
