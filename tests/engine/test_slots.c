/* The places of the picture in a salvo: who finds one, and who does not. */
#include "../base/near.h"

#include <stdlib.h>

#include "engine/slots.h"
#include "pair.h"

#define SALVO 250

static struct engine *engine;
static struct effects effects;

static struct engine_event *open_from(const char *nation)
{
    const struct picture own = picture_own(engine);
    struct nation_id from;
    assert_true(nation_id_parse(nation, &from));
    effects.count = 0;
    const bool has_room = slots_have_room(&own, from);
    struct engine_event *event = slots_open(&own, from, NULL, INSTANT_UNSET, &effects);
    assert_int_equal(event != NULL, has_room);
    return event;
}

static int start(void **state)
{
    (void)state;
    const struct engine_config config = pair_config(PAIR_JPN);
    engine = malloc(sizeof *engine);
    return engine == NULL || engine_init(engine, &config) != OK;
}

static int stop(void **state)
{
    (void)state;
    free(engine);
    return 0;
}

/* There are fewer words than events, and still no name twice; five times, since names are drawn. */
static void a_salvo_has_room_and_names(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < SALVO; i++) {
            engine->events[i].id.value = 0;
        }
        for (int i = 0; i < SALVO; i++) {
            assert_non_null(open_from("JPN"));
            for (int k = 0; k < i; k++) {
                assert_string_not_equal(engine->events[i].name.text, engine->events[k].name.text);
            }
        }
    }
    assert_int_equal(engine->events_refused, 0);
}

/* And what it filled gives way to what the own sensors see. */
static void no_partner_fills_the_picture(void **state)
{
    (void)state;
    int opened = 0;
    while (open_from("KOR") != NULL) {
        opened++;
    }
    assert_int_equal(opened, LIMIT_EVENTS * 3 / 4);
    assert_int_equal(engine->events_refused, 1);
    for (int i = 0; i < LIMIT_EVENTS; i++) {
        assert_non_null(open_from("JPN"));
    }
    assert_null(open_from("JPN"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_salvo_has_room_and_names, start, stop),
        cmocka_unit_test_setup_teardown(no_partner_fills_the_picture, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
