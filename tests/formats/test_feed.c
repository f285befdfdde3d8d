/* Feeds as their readers get them: Atom's elements (RFC 4287, 4.1 and 4.2) and JSON Feed 1.1's. */
#include "formats/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/utc.h"
#include "short_memory.h"

static char out[8192];

typedef result form(const struct feed *feed, char *text, size_t capacity, size_t *size);

static struct instant at(const char *utc)
{
    struct instant t;
    assert_int_equal(utc_parse(utc, strlen(utc), &t), OK);
    return t;
}

static const char *written(form *write, const struct feed *feed)
{
    size_t size = 0;
    assert_int_equal(write(feed, out, sizeof out, &size), OK);
    assert_int_equal(strlen(out), size);
    return out;
}

static void assert_has(const char *expected)
{
    if (strstr(out, expected) == NULL) {
        fail_msg("expected %s in\n%s", expected, out);
    }
}

static struct feed_entry entries[2] = {
    {.id = "JPN-live-20221003T222512Z-2-3", .title = "All <clear>", .state = WARNING_ALL_CLEAR},
    {.id = "JPN-live-20221003T222502Z-2-2", .title = "Possible", .state = WARNING_INITIAL}};
static struct feed feed = {.nation = {"JPN"}, .sender = "warn@example.jp", .entries = entries};

static int fill(void **state)
{
    (void)state;
    entries[0].time = at("2022-10-03T22:25:12.5Z");
    entries[1].time = at("2022-10-03T22:25:02Z");
    feed.updated = at("2022-10-01T00:00:00Z");
    feed.domain = DOMAIN_LIVE;
    feed.entry_count = 2;
    return 0;
}

static void atom_lists_what_was_sent(void **state)
{
    (void)state;
    (void)written(feed_atom, &feed);
    assert_has("<id>urn:watchfire:feed:JPN:live</id>\n  <title>Warnings of JPN</title>\n"
               "  <updated>2022-10-03T22:25:12.500Z</updated>");
    assert_has("<name>warn@example.jp</name>");
    assert_has("<id>urn:watchfire:JPN-live-20221003T222512Z-2-3</id>\n"
               "    <title>All &lt;clear&gt;</title>\n"
               "    <updated>2022-10-03T22:25:12.500Z</updated>");
    assert_has("<content type=\"application/cap+xml\" "
               "src=\"cap/JPN-live-20221003T222502Z-2-2.xml\"/>");
}

static void json_feed_lists_the_same(void **state)
{
    (void)state;
    json_t *root = json_loads(written(feed_json, &feed), 0, NULL);
    json_t *items = json_object_get(root, "items");
    json_t *first = json_array_get(items, 0);
    assert_string_equal(json_string_value(json_object_get(root, "version")),
                        "https://jsonfeed.org/version/1.1");
    assert_string_equal(json_string_value(json_object_get(root, "title")), "Warnings of JPN");
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(json_string_value(json_object_get(first, "id")), entries[0].id);
    assert_string_equal(json_string_value(json_object_get(first, "title")), "All <clear>");
    assert_string_equal(json_string_value(json_object_get(first, "url")),
                        "cap/JPN-live-20221003T222512Z-2-3.xml");
    assert_string_equal(json_string_value(json_object_get(first, "date_published")),
                        "2022-10-03T22:25:12.500Z");
    json_decref(root);
}

static void titles_carry_the_domain(void **state)
{
    (void)state;
    feed.domain = DOMAIN_EXERCISE;
    (void)written(feed_atom, &feed);
    assert_has("<title>EXERCISE: Warnings of JPN</title>");
    (void)written(feed_json, &feed);
    assert_has("\"title\":\"EXERCISE: Warnings of JPN\"");
    feed.domain = DOMAIN_TEST;
    (void)written(feed_atom, &feed);
    assert_has("<title>TEST: Warnings of JPN</title>");
}

static void an_empty_feed_has_a_time_of_its_own(void **state)
{
    (void)state;
    feed.entry_count = 0;
    (void)written(feed_atom, &feed);
    assert_has("<updated>2022-10-01T00:00:00.000Z</updated>");
    assert_null(strstr(out, "<entry>"));
    (void)written(feed_json, &feed);
    assert_has("\"items\":[]");
    feed.updated = INSTANT_UNSET;
    (void)written(feed_atom, &feed);
    assert_has("<updated>19");
}

static void what_does_not_fit_is_said(void **state)
{
    form *const forms[] = {feed_atom, feed_json};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const size_t whole = strlen(written(forms[i], &feed));
        size_t size = 7;
        for (size_t capacity = 1; capacity <= whole; capacity++) {
            assert_int_equal(forms[i](&feed, out, capacity, &size), ERR_FULL);
            assert_int_equal(size, 7);
        }
        assert_int_equal(forms[i](&feed, out, whole + 1, &size), OK);
        assert_int_equal(size, whole);
    }
}

/* Without memory there is no feed, rather than one that lacks an entry. */
static void memory_that_runs_out(void **state)
{
    char whole[sizeof out];
    size_t refused = 0;
    (void)state;
    memcpy(whole, written(feed_json, &feed), sizeof whole);
    for (size_t i = 0; i < 400; i++) {
        size_t size = 7;
        (i % 2 == 0 ? memory_for_few : memory_without)(i / 2);
        const result outcome = feed_json(&feed, out, sizeof out, &size);
        memory_is_back();
        assert_int_equal(memory_kept(), 0);
        if (outcome == OK) {
            assert_string_equal(out, whole);
        } else {
            assert_int_equal(outcome, ERR_FULL);
            assert_int_equal(size, 7);
            refused++;
        }
    }
    assert_true(refused > 40 && refused < 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(atom_lists_what_was_sent, fill),
        cmocka_unit_test_setup(json_feed_lists_the_same, fill),
        cmocka_unit_test_setup(titles_carry_the_domain, fill),
        cmocka_unit_test_setup(an_empty_feed_has_a_time_of_its_own, fill),
        cmocka_unit_test_setup(what_does_not_fit_is_said, fill),
        cmocka_unit_test_setup(memory_that_runs_out, fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
