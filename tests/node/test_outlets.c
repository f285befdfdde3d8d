/* Warnings on their way to people: a feed, and an HTTPS server on loopback that counts. */
#include "telling.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "../failing/failing.h"

static void every_message_goes_everywhere_with_a_receipt(void **state)
{
    struct outlet_order orders[4];
    struct told told[4];
    uint32_t count = 0;
    struct outlet_store *store = NULL;
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) < 1.0);
    assert_non_null(strstr(telling_got[0], "POST /cap <?xml"));
    assert_non_null(strstr(telling_got[0], "<msgType>Alert</msgType>"));
    assert_true(telling_feed_has(TELLING_CHAIN));
    telling_now = instant_plus_s(telling_now, 20.0);
    telling_say(WARNING_CANCEL, 2);
    assert_true(telling_wait_s(2) < 1.0);
    assert_non_null(strstr(telling_got[1], "<msgType>Cancel</msgType>"));
    assert_non_null(strstr(telling_got[1], TELLING_CHAIN));
    assert_true(telling_feed_has("JPN-exercise-20221003T222520Z-9-2"));
    outlets_store_path(&telling_file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_latest(store, NULL, 4, told, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(outlet_store_orders(store, told[0].number, 4, orders, &count), OK);
    assert_int_equal(count, 2);
    assert_string_equal(orders[0].outlet, "cells");
    assert_string_equal(orders[0].receipt, "HTTP 200: receipt 7");
    assert_true(instant_equal(orders[0].done, telling_now));
    assert_int_equal(orders[0].tries, 1);
    assert_string_equal(orders[1].receipt, "in the feed");
    outlet_store_close(store);
    telling_end();
}

/* The node dies after the warning, and its engine knows nothing of it any more. */
static void what_nobody_ends_expires_everywhere(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) < 1.0);
    telling_close();
    telling_now = instant_plus_s(telling_now, 404.0);
    telling_open();
    telling_turn();
    assert_int_equal(telling_server_has(), 1);
    telling_pass(2.0);
    assert_true(telling_wait_s(2) < 1.0);
    assert_non_null(strstr(telling_got[1], "<identifier>" TELLING_CHAIN "-expired</identifier>"));
    assert_non_null(strstr(telling_got[1], "," TELLING_CHAIN ","));
    assert_true(telling_feed_has(TELLING_CHAIN "-expired"));
    assert_non_null(strstr(telling_last, "expired"));
    telling_end();
}

/* It dies between the order to cancel and the sending. */
static void what_was_ordered_goes_after_a_crash(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) < 1.0);
    telling_say(WARNING_CANCEL, 2);
    telling_close(); /* before the loop ran */
    assert_int_equal(telling_server_has(), 1);
    telling_open();
    telling_turn();
    assert_true(telling_wait_s(2) < 1.0);
    assert_non_null(strstr(telling_got[1], "<msgType>Cancel</msgType>"));
    telling_end();
}

/* Every write to a file fails from now on, or works again: as on a full disk. */
static void fill_disk(bool full)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = full ? 1 : limit.rlim_max;
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* People are warned whatever the disk does; when it works again, it has everything. */
static void a_full_disk_stops_no_warning(void **state)
{
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    struct outlet_order orders[4];
    struct told told[4];
    uint32_t count = 0;
    struct outlet_store *store = NULL;
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) < 1.0);
    fill_disk(true);
    telling_say(WARNING_UPDATE, 2);
    assert_true(telling_wait_s(2) < 1.0);
    assert_true(outlets_are_sheltered(telling_outlets));
    assert_non_null(strstr(telling_last, "cannot be written: warnings go out all the same"));
    assert_non_null(
        strstr(telling_got[1], "," TELLING_CHAIN ",")); /* it follows the one that the disk has */
    assert_true(telling_feed_has("-9-2"));
    telling_pass(6.0);
    telling_say(WARNING_CANCEL, 3);
    assert_true(telling_wait_s(3) < 1.0);
    assert_non_null(strstr(telling_got[2], "<msgType>Cancel</msgType>"));
    fill_disk(false);
    telling_pass(6.0);
    assert_false(outlets_are_sheltered(telling_outlets));
    assert_string_equal(telling_last, "OUTLETS: the store can be written again and has everything");
    outlets_store_path(&telling_file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_latest(store, NULL, 4, told, &count), OK);
    assert_int_equal(count, 3);
    assert_int_equal(told[0].state, WARNING_CANCEL);
    assert_int_equal(outlet_store_orders(store, told[0].number, 4, orders, &count), OK);
    assert_int_equal(count, 2);
    assert_string_equal(orders[0].receipt, "HTTP 200: receipt 7");
    outlet_store_close(store);
    telling_say(WARNING_INITIAL, 4); /* and it goes on there */
    assert_true(telling_wait_s(4) < 1.0);
    assert_false(outlets_are_sheltered(telling_outlets));
    telling_end();
}

/* Opens, warns and cancels while the call of that number fails. */
static void warn_while_failing(uint32_t call, bool *opened, bool *struck)
{
    const struct outlets_options options = telling_options();
    char message[OUTLET_MESSAGE_SIZE] = "";
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_close();
    failing_begin(call, false);
    *opened = outlets_open(&options, &telling_outlets, message) == OK;
    assert_true(*opened || message[0] != '\0');
    if (*opened) {
        for (uint32_t n = 1; n <= 2; n++) {
            telling_say(n == 1 ? WARNING_INITIAL : WARNING_CANCEL, n);
            for (int i = 0; i < 1000 && telling_server_has() < n; i++) {
                telling_pass(0.25);
                uv_sleep(1);
            }
        }
    }
    *struck = failing_end();
    if (*opened) {
        assert_in_range(telling_server_has(), 2,
                        4); /* a receipt that was lost is asked for again */
        assert_true(telling_feed_has("-2</id>"));
        telling_end();
    } else {
        (void)uv_run(&telling_loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&telling_loop), 0);
    }
}

static void people_are_told_whatever_fails_once(void **state)
{
    bool opened = false;
    bool struck = true;
    (void)state;
    for (uint32_t call = 1; struck; call += CALLS_APART) {
        assert_true(call < 2000);
        warn_while_failing(call, &opened, &struck);
    }
    assert_true(opened);
}

/* An outlet that does not take it is tried again; what a later message replaced is not. */
static void what_is_not_taken_is_tried_again(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_answer = 503;
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) < 1.0);
    assert_non_null(strstr(telling_last, "OUTLET cells: did not take a warning: HTTP 503"));
    telling_pass(0.75);
    assert_true(telling_wait_s(2) < 1.0);
    telling_answer = 200;
    telling_say(WARNING_UPDATE, 2);
    assert_true(telling_wait_s(3) < 1.0);
    telling_pass(5.0);
    assert_true(telling_wait_s(4) >= 1.0);
    assert_non_null(strstr(telling_got[2], "-9-2</identifier>"));
    telling_end();
}

/* More at once than are tried at once: each is taken in the end, and none is passed over. */
static void a_salvo_of_warnings_goes_out_whole(void **state)
{
    struct outlet_order orders[NODE_OUTLETS_MAX];
    struct outlet_store *store = NULL;
    static struct told told[LIMIT_EVENTS];
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    uint32_t count = 0;
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    telling_answer = 503; /* all wait, the first behind the last */
    for (uint64_t event = 1; event <= 200; event++) {
        telling_say_about(event, WARNING_INITIAL, 1);
    }
    telling_wait_s(1);
    telling_answer = 200;
    outlets_store_path(&telling_file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    for (int i = 0; i < 6000; i++) {
        assert_int_equal(outlet_store_open_orders(store, 1, orders, &count), OK);
        if (count == 0) {
            break;
        }
        telling_pass(0.25);
        uv_sleep(5);
    }
    assert_int_equal(outlet_store_in_force(store, INSTANT_UNSET, LIMIT_EVENTS, told, &count), OK);
    assert_int_equal(count, 200);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(outlet_store_orders(store, told[i].number, 2, orders, &count), OK);
        assert_int_equal(count, 2);
        assert_string_equal(orders[0].receipt, "HTTP 200: receipt 7");
        assert_string_equal(orders[1].receipt, "in the feed");
    }
    outlet_store_close(store);
    telling_end();
}

static void a_server_that_is_another_gets_nothing(void **state)
{
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "other");
    telling_say(WARNING_INITIAL, 1);
    assert_true(telling_wait_s(1) >= 1.0);
    assert_int_equal(telling_server_has(), 0);
    assert_non_null(strstr(telling_last, "OUTLET cells: did not take a warning"));
    telling_end();
}

static void documents_are_what_the_feed_has(void **state)
{
    static const char *const NONE[] = {
        "/cap/",         "/cap/.xml",           "/cap/x.xml",
        "/cap/../x.xml", "/cap/" TELLING_CHAIN, "/cap/" TELLING_CHAIN "-cancel.xml",
        "/feed",         "/feed.json/",         "",
        "/cap/%00.xml"};
    static char out[128 * 1024];
    const char *type = NULL;
    (void)state;
    telling_begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    assert_true(outlets_document(telling_outlets, "/feed.json", out, sizeof out, &type) > 0);
    assert_non_null(strstr(out, "\"items\":[]"));
    telling_say(WARNING_INITIAL, 1);
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        assert_int_equal(outlets_document(telling_outlets, NONE[i], out, sizeof out, &type), 0);
    }
    const size_t size =
        outlets_document(telling_outlets, "/cap/" TELLING_CHAIN ".xml", out, sizeof out - 1, &type);
    assert_true(size > 0);
    out[size] = '\0';
    assert_non_null(strstr(out, "<identifier>" TELLING_CHAIN "</identifier>"));
    assert_string_equal(type, "application/cap+xml");
    assert_int_equal(
        outlets_document(telling_outlets, "/cap/" TELLING_CHAIN ".xml", out, 100, &type), 0);
    assert_true(outlets_document(telling_outlets, "/feed.json", out, sizeof out, &type) > 0);
    assert_non_null(strstr(out, "cap/" TELLING_CHAIN ".xml"));
    telling_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_goes_everywhere_with_a_receipt),
        cmocka_unit_test(what_nobody_ends_expires_everywhere),
        cmocka_unit_test(what_was_ordered_goes_after_a_crash),
        cmocka_unit_test(a_full_disk_stops_no_warning),
        cmocka_unit_test(people_are_told_whatever_fails_once),
        cmocka_unit_test(what_is_not_taken_is_tried_again),
        cmocka_unit_test(a_salvo_of_warnings_goes_out_whole),
        cmocka_unit_test(a_server_that_is_another_gets_nothing),
        cmocka_unit_test(documents_are_what_the_feed_has),
    };
    return cmocka_run_group_tests(tests, telling_start, telling_stop);
}
