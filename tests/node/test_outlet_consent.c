/* Who agrees before people are told, by keys or at the page, and who takes it back. */
#include "telling.h"

#include <sodium.h>
#include <string.h>

#include "node/outlet_consent.h"

static void sign(int officer, enum outlet_consent_kind what, const char *chain)
{
    char text[OUTLET_CONSENT_TEXT_SIZE];
    char name[PUBLIC_ID_SIZE + 8];
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    struct outlet_consent consent;
    struct outlet_store *store = NULL; /* as another process would */
    const size_t size = outlet_consent_text(what, &telling_file, chain, text);
    memcpy(consent.key, telling_keys[officer % 3], sizeof consent.key);
    crypto_sign_detached(consent.signature, NULL, (const uint8_t *)text, size,
                         telling_secrets[officer]);
    outlet_consent_name(what, chain, name);
    outlets_store_path(&telling_file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_consent(store, name, &consent, telling_now), OK);
    outlet_store_close(store);
}

/* A public outlet needs two people; an end goes to whom the warning went, and to nobody else. */
static void the_public_is_told_by_two(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_TWO, "server");
    telling_say(WARNING_INITIAL, 1);
    telling_pass(1.0);
    assert_true(telling_feed_has(TELLING_CHAIN));
    sign(0, OUTLET_CONSENT_RELEASE, TELLING_CHAIN);
    sign(2, OUTLET_CONSENT_RELEASE, TELLING_CHAIN);     /* an officer no more */
    sign(4, OUTLET_CONSENT_RELEASE, TELLING_CHAIN);     /* the second's, forged */
    sign(1, OUTLET_CONSENT_RELEASE, TELLING_CHAIN "x"); /* to another warning */
    sign(1, OUTLET_CONSENT_CANCEL, "JPN-exercise-x-1"); /* something else */
    telling_pass(1.0);
    assert_true(telling_wait_s(1) >= 1.0);
    assert_int_equal(telling_server_has(), 0);
    sign(1, OUTLET_CONSENT_RELEASE, TELLING_CHAIN);
    telling_pass(0.5);
    assert_true(telling_wait_s(1) < 1.0);
    telling_say(WARNING_UPDATE, 2); /* the consent is to the warning, not to each message */
    assert_true(telling_wait_s(2) < 1.0);
    telling_say(WARNING_ALL_CLEAR, 3);
    assert_true(telling_wait_s(3) < 1.0);
    assert_non_null(strstr(telling_got[2], "<responseType>AllClear"));
    telling_end();

    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_TWO, "server");
    telling_say(WARNING_INITIAL, 1);
    telling_say(WARNING_CANCEL, 2);
    telling_pass(1.0);
    assert_true(telling_feed_has("JPN-exercise-20221003T222500Z-9-2"));
    assert_true(telling_wait_s(1) >= 1.0);
    telling_end();
}

static struct engine_event *event_nine(void)
{
    return &telling_engine->events[3];
}

/* The engine's warning about event 9 begins now, with that message; nobody has agreed to it. */
static void begin_warning(uint32_t serial)
{
    struct engine_event *event = event_nine();
    memset(event->approved_by, 0, sizeof event->approved_by);
    telling_engine->config.nation = telling_file.nation;
    telling_engine->config.domain = telling_file.domain;
    telling_engine->journalled_to = 70;
    event->id.value = 9;
    event->warning.state = WARNING_INITIAL;
    event->warned_since = telling_now;
    event->warned_from = serial;
    telling_say(WARNING_INITIAL, serial);
}

/* The engine has this officer's consent; the journal has it up to position 70. */
static void approve(const char *who, uint64_t position)
{
    struct engine_event *event = event_nine();
    const int at = event->approved_by[0].text[0] == '\0' ? 0 : 1;
    assert_int_equal(officer_name_parse(who, &event->approved_by[at]), OK);
    event->approved_at = position;
}

static uint32_t agreed(void)
{
    static struct console_context page;
    outlets_show(telling_outlets, &page);
    return page.told[page.told_count - 1].agreed;
}

/* Signed in, not with keys: each person once, to the warning in force, and over a restart. */
static void two_agree_at_the_page(void **state)
{
    static struct console_context page;
    (void)state;
    telling_begin(NODE_RELEASE_ONE, NODE_RELEASE_TWO, "server");
    begin_warning(1);
    telling_pass(1.0);
    assert_false(telling_feed_has(TELLING_CHAIN));
    outlets_show(telling_outlets, &page);
    assert_int_equal(page.told_count, 1);
    assert_int_equal(page.told[0].agreed, 0);
    assert_int_equal(page.told[0].outlet_count, 2);
    assert_string_equal(page.told[0].outlets[1].name, "cells");
    assert_int_equal(page.told[0].outlets[1].needs, 2);
    assert_false(page.told[0].outlets[0].ordered || page.told[0].outlets[1].ordered);
    approve("sato", 71); /* a crash may still lose it */
    telling_pass(1.0);
    assert_int_equal(agreed(), 0);
    telling_engine->journalled_to = 71;
    telling_pass(0.5);
    assert_int_equal(agreed(), 1);
    assert_true(telling_feed_has(TELLING_CHAIN));
    sign(1, OUTLET_CONSENT_RELEASE, TELLING_CHAIN); /* it may be the same person's key */
    telling_pass(1.0);
    assert_true(telling_wait_s(1) >= 1.0);
    telling_close();
    telling_open();
    approve("abe", 71);
    telling_pass(0.5);
    assert_true(telling_wait_s(1) < 1.0);
    telling_pass(0.5);
    outlets_show(telling_outlets, &page);
    assert_int_equal(page.told[0].agreed, 2);
    assert_int_equal(page.told[0].state, WARNING_INITIAL);
    assert_true(page.told[0].outlets[1].ordered && instant_is_set(page.told[0].outlets[1].done));
    assert_string_equal(page.told[0].outlets[1].receipt, "HTTP 200: receipt 7");
    assert_string_equal(page.told[0].outlets[0].receipt, "in the feed");
    event_nine()->warning.state = WARNING_CANCEL;
    telling_say(WARNING_CANCEL, 2);
    assert_true(telling_wait_s(2) < 1.0);
    begin_warning(3); /* what they agreed to was the one before */
    telling_pass(1.0);
    assert_true(telling_wait_s(3) >= 1.0);
    assert_false(telling_feed_has("-9-3"));
    assert_int_equal(agreed(), 0);
    telling_end();
}

/* The journal lost the end of the warning that was agreed to, and the store has the next one: the
 * engine's officers did not agree to that. */
static void consent_is_to_one_warning_alone(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_ONE, NODE_RELEASE_TWO, "server");
    begin_warning(1);
    approve("sato", 70);
    approve("abe", 70);
    telling_say(WARNING_CANCEL, 2);
    telling_now = instant_plus_s(telling_now, 20.0);
    telling_say(WARNING_INITIAL, 3);
    telling_pass(2.0);
    assert_true(telling_wait_s(1) >= 1.0);
    assert_false(telling_feed_has("-9-3"));
    assert_int_equal(agreed(), 0);
    telling_end();
}

/* Numbers of events begin anew with a new journal: a chain of the old one ends, where it was told,
 * and lends the new one nothing. */
static void a_new_journal_s_warning_begins_anew(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_ONE, NODE_RELEASE_TWO, "server");
    begin_warning(1);
    approve("sato", 70);
    approve("abe", 70);
    telling_pass(0.5);
    assert_true(telling_wait_s(1) < 1.0);
    telling_now = instant_plus_s(telling_now, 60.0);
    begin_warning(1);
    telling_pass(0.5);
    assert_true(telling_wait_s(2) < 1.0);
    assert_non_null(strstr(telling_got[1], TELLING_CHAIN "-expired</identifier>"));
    assert_int_equal(agreed(), 0);
    telling_pass(1.0);
    assert_true(telling_wait_s(3) >= 1.0);
    assert_int_equal(telling_server_has(), 2);
    begin_warning(1); /* a start tells it once more: it was told */
    assert_int_equal(agreed(), 0);
    telling_end();
}

static void one_officer_cancels_by_hand(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_say(WARNING_INITIAL, 1);
    telling_say(WARNING_UPDATE, 2);
    assert_true(telling_wait_s(2) < 1.0);
    sign(2, OUTLET_CONSENT_CANCEL, TELLING_CHAIN);
    telling_pass(0.5);
    assert_int_equal(telling_server_has(), 2);
    sign(1, OUTLET_CONSENT_CANCEL, TELLING_CHAIN);
    telling_pass(0.5);
    assert_true(telling_wait_s(3) < 1.0);
    assert_non_null(strstr(telling_got[2], "-9-2-cancel</identifier>"));
    telling_say(WARNING_UPDATE, 3); /* the engine's opinion does not raise it again */
    assert_true(telling_wait_s(4) >= 1.0);
    telling_say(WARNING_CANCEL, 4);
    telling_say(WARNING_INITIAL, 5); /* a new one does */
    assert_true(telling_wait_s(4) < 1.0);
    assert_non_null(strstr(telling_got[3], "<msgType>Alert</msgType>"));
    telling_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_public_is_told_by_two),
        cmocka_unit_test(two_agree_at_the_page),
        cmocka_unit_test(consent_is_to_one_warning_alone),
        cmocka_unit_test(a_new_journal_s_warning_begins_anew),
        cmocka_unit_test(one_officer_cancels_by_hand),
    };
    return cmocka_run_group_tests(tests, telling_start, telling_stop);
}
