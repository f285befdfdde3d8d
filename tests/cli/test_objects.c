/* Many objects, one flight each: a salvo of thirty from four sites, and a stage with twenty pieces
 * of debris. */
#include "../base/near.h"

#include <stdlib.h>

#include "cli/objects.h"
#include "cli/scenario_file.h"

static struct objects_nation fly(const char *path, uint32_t nation, uint64_t seed)
{
    char message[YAML_MESSAGE_SIZE];
    struct scenario *scenario = calloc(1, sizeof *scenario);
    struct objects *o = NULL;
    assert_non_null(scenario);
    assert_int_equal(scenario_file_read(path, scenario, message), OK);
    scenario->nations[0] = scenario->nations[nation];
    scenario->nation_count = 1;
    assert_int_equal(objects_open(scenario, &o), OK);
    assert_int_equal(objects_fly(o, seed), OK);
    const struct objects_nation out = *objects_of(o, 0);
    objects_close(o);
    free(scenario);
    return out;
}

/* Two of these rise side by side, the one when the other coasts. */
static void a_salvo_is_counted(void **state)
{
    (void)state;
    const struct objects_nation n = fly(DATA_DIR "/studies/salvo.yaml", 0, 7);
    assert_int_equal(n.launches, 30);
    assert_int_equal(n.events, 30);
    assert_int_equal(n.children, 0);
    assert_true(n.tracked.gospa_m < 1.25 * n.told.gospa_m);
}

static void debris_is_no_launch(void **state)
{
    (void)state;
    const struct objects_nation n = fly(DATA_DIR "/studies/debris.yaml", 1, 1);
    assert_int_equal(n.launches, 1);
    assert_int_equal(n.pieces, 21);
    assert_int_equal(n.events, 1);
    assert_in_range(n.children, 20, 22);
    assert_true(n.tracked.gospa_m < 1.25 * n.told.gospa_m);
}

/* Three radars that are coarse across: ranges of different pieces meet, and what stands on them
 * must be given up, or it stays for minutes. */
static void pieces_are_not_put_together_wrongly_for_long(void **state)
{
    (void)state;
    const struct objects_nation n = fly(DATA_DIR "/studies/debris.yaml", 0, 4);
    assert_int_equal(n.launches, 1);
    assert_int_equal(n.events, 1);
    assert_true(n.tracked.gospa_m < 3.2 * n.told.gospa_m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_salvo_is_counted),
        cmocka_unit_test(debris_is_no_launch),
        cmocka_unit_test(pieces_are_not_put_together_wrongly_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
