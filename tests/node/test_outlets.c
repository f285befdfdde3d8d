/* Warnings on their way to people: a feed, and an HTTPS server on loopback that counts. */
#include "node/outlets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "base/utc.h"

#define GOT_MAX 16
#define OFFICERS 5 /* from the fourth on they use the first three's keys without their secrets */

static char folder[] = "/tmp/watchfire-outlets-XXXXXX";
static struct node_file file;
static uv_loop_t loop;
static struct instant clock_now;
static struct outlets *outlets;
static char last_told[600];
static uint8_t officer_keys[OFFICERS][32];
static uint8_t officer_secrets[OFFICERS][64];
/* What the server got; its own thread writes. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct MHD_Daemon *server;
static char server_key[4096];
static char server_certificate[4096];
static uint32_t got_count;
static char got[GOT_MAX][2048];
static unsigned answer = 200;

/* SQLite's, too: the linker takes these before the C library's. The disk's speed is not tested. */
int fsync(int fd)
{
    return fd >= 0 ? 0 : -1;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **state)
{
    static int begun;
    char said[] = "receipt 7\n";
    (void)context;
    (void)version;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    pthread_mutex_lock(&lock);
    if (*upload_size > 0) {
        if (got_count < GOT_MAX && got[got_count][0] == '\0') {
            (void)snprintf(got[got_count], sizeof got[0], "%s %s %.1500s", method, url, upload);
        }
        *upload_size = 0;
        pthread_mutex_unlock(&lock);
        return MHD_YES;
    }
    got_count += got_count < GOT_MAX ? 1 : 0;
    const unsigned status = answer;
    pthread_mutex_unlock(&lock);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(10, said, MHD_RESPMEM_MUST_COPY);
    const enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static void read_whole(const char *name, char *out, size_t size)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    (void)fclose(f);
}

static void make_certificate(const char *name)
{
    char command[600];
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s/%s.key "
                   "-out %s/%s.pem 2>/dev/null",
                   folder, name, folder, name);
    assert_int_equal(system(command), 0);
}

static int start(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    assert_non_null(mkdtemp(folder));
    make_certificate("server");
    make_certificate("other");
    read_whole("server.key", server_key, sizeof server_key);
    read_whole("server.pem", server_certificate, sizeof server_certificate);
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, serve, NULL,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_HTTPS_MEM_KEY,
                         server_key, MHD_OPTION_HTTPS_MEM_CERT, server_certificate, MHD_OPTION_END);
    assert_non_null(server);
    for (int i = 0; i < OFFICERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1)};
        crypto_sign_seed_keypair(officer_keys[i], officer_secrets[i], seed);
    }
    return 0;
}

static int stop(void **state)
{
    char command[100];
    (void)state;
    MHD_stop_daemon(server);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* The third officer's key does not count. */
static void officers(void *context, struct instant now, struct policy_officers *out)
{
    (void)context;
    (void)now;
    out->count = 2;
    memcpy(out->keys, officer_keys, sizeof out->keys[0] * 2);
}

static void tell(void *context, const char *text)
{
    (void)context;
    (void)snprintf(last_told, sizeof last_told, "%s", text);
}

static struct instant now(void *context)
{
    (void)context;
    return clock_now;
}

static void open_outlets(void)
{
    const struct outlets_options options = {
        .file = &file, .loop = &loop, .officers = officers, .tell = tell, .now = now};
    char message[OUTLET_MESSAGE_SIZE] = "";
    if (outlets_open(&options, &outlets, message) != OK) {
        fail_msg("%s", message);
    }
}

static void close_outlets(void)
{
    outlets_close(outlets);
    while (uv_run(&loop, UV_RUN_DEFAULT) != 0) {
    }
    outlets_free(outlets);
    outlets = NULL;
}

/* A new store, a feed and the server; both released as told. */
static void begin(enum node_release feed, enum node_release push, const char *authority)
{
    static int number;
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
    memset(&file, 0, sizeof file);
    file.nation = (struct nation_id){"JPN"};
    file.domain = DOMAIN_EXERCISE;
    (void)snprintf(file.journal, sizeof file.journal, "%s/%d.db", folder, number++);
    (void)snprintf(file.sender, sizeof file.sender, "warn@example.jp");
    file.outlet_count = 2;
    file.outlets[0] = (struct node_outlet){.name = "ministries", .release = feed};
    file.outlets[1] = (struct node_outlet){.name = "cells", .is_public = true, .release = push};
    (void)snprintf(file.outlets[1].push, NODE_PATH_SIZE, "https://127.0.0.1:%u/cap", port->port);
    (void)snprintf(file.outlets[1].certificate_authority, NODE_PATH_SIZE, "%s/%s.pem", folder,
                   authority);
    assert_int_equal(utc_parse("2022-10-03T22:25:00Z", 20, &clock_now), OK);
    assert_int_equal(uv_loop_init(&loop), 0);
    memset(got, 0, sizeof got);
    got_count = 0;
    answer = 200;
    last_told[0] = '\0';
    open_outlets();
}

static void end(void)
{
    close_outlets();
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void say(enum warning_state state, uint32_t serial)
{
    static struct public_message m;
    memset(&m, 0, sizeof m);
    m.warning = (struct warning){.event = {9},
                                 .state = state,
                                 .serial = serial,
                                 .time = clock_now,
                                 .expires = INSTANT_UNSET,
                                 .impact = INSTANT_UNSET,
                                 .area_count = 1};
    if (warning_in_force(state)) {
        m.warning.expires = instant_plus_s(clock_now, 400.0);
    }
    m.warning.areas[0] = (struct warning_area){0, 0.0, instant_plus_s(clock_now, 200.0), 9e5};
    m.places[0] = (struct public_place){{"Aomori", "青森県", "아오모리 현"}, "JP-02"};
    (void)snprintf(m.name.text, sizeof m.name.text, "AMBER-K417");
    m.told = (struct public_warning){.domain = DOMAIN_EXERCISE,
                                     .nation = {"JPN"},
                                     .event_name = m.name.text,
                                     .warning = &m.warning,
                                     .places = m.places,
                                     .launched = INSTANT_UNSET};
    outlets_tell_message(outlets, &m, clock_now);
}

static uint32_t server_has(void)
{
    pthread_mutex_lock(&lock);
    const uint32_t count = got_count;
    pthread_mutex_unlock(&lock);
    return count;
}

/* Lets the loop run until the server has so many, or a second is over; returns the seconds. */
static double wait_for(uint32_t count)
{
    const uint64_t from_ns = uv_hrtime();
    while (server_has() < count && uv_hrtime() - from_ns < 1000000000) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    const double took_s = 1e-9 * (double)(uv_hrtime() - from_ns);
    for (int i = 0; i < 20; i++) { /* the answer */
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    return took_s;
}

/* Time passes, with the loop looking four times a second. */
static void pass(double seconds)
{
    for (double s = 0.0; s < seconds; s += 0.25) {
        clock_now = instant_plus_s(clock_now, 0.25);
        outlets_turn(outlets, clock_now);
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    }
}

static bool feed_has(const char *text)
{
    static char out[128 * 1024];
    const char *type = NULL;
    const size_t size = outlets_document(outlets, "/feed.atom", out, sizeof out - 1, &type);
    out[size] = '\0';
    return strstr(out, text) != NULL;
}

static void sign(int officer, enum outlets_consent what, const char *chain)
{
    char text[OUTLETS_CONSENT_SIZE];
    char name[PUBLIC_ID_SIZE + 8];
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    struct outlet_consent consent;
    struct outlet_store *store = NULL; /* as another process would */
    const size_t size = outlets_signed_text(what, &file, chain, text);
    memcpy(consent.key, officer_keys[officer % 3], sizeof consent.key);
    crypto_sign_detached(consent.signature, NULL, (const uint8_t *)text, size,
                         officer_secrets[officer]);
    outlets_consent_name(what, chain, name);
    outlets_store_path(&file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_consent(store, name, &consent, clock_now), OK);
    outlet_store_close(store);
}

#define CHAIN "JPN-exercise-20221003T222500Z-9-1"

static void every_message_goes_everywhere_with_a_receipt(void **state)
{
    struct outlet_order orders[4];
    struct told told[4];
    uint32_t count = 0;
    struct outlet_store *store = NULL;
    char path[NODE_PATH_SIZE + 16];
    char message[OUTLET_MESSAGE_SIZE];
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) < 1.0);
    assert_non_null(strstr(got[0], "POST /cap <?xml"));
    assert_non_null(strstr(got[0], "<msgType>Alert</msgType>"));
    assert_true(feed_has(CHAIN));
    clock_now = instant_plus_s(clock_now, 20.0);
    say(WARNING_CANCEL, 2);
    assert_true(wait_for(2) < 1.0);
    assert_non_null(strstr(got[1], "<msgType>Cancel</msgType>"));
    assert_non_null(strstr(got[1], CHAIN));
    assert_true(feed_has("JPN-exercise-20221003T222520Z-9-2"));
    outlets_store_path(&file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_latest(store, NULL, 4, told, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(outlet_store_orders(store, told[0].number, 4, orders, &count), OK);
    assert_int_equal(count, 2);
    assert_string_equal(orders[0].outlet, "cells");
    assert_string_equal(orders[0].receipt, "HTTP 200: receipt 7");
    assert_true(instant_equal(orders[0].done, clock_now));
    assert_int_equal(orders[0].tries, 1);
    assert_string_equal(orders[1].receipt, "in the feed");
    outlet_store_close(store);
    end();
}

/* A public outlet needs two people; an end goes to whom the warning went, and to nobody else. */
static void the_public_is_told_by_two(void **state)
{
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_TWO, "server");
    say(WARNING_INITIAL, 1);
    pass(1.0);
    assert_true(feed_has(CHAIN));
    sign(0, OUTLETS_RELEASE, CHAIN);
    sign(2, OUTLETS_RELEASE, CHAIN);             /* an officer no more */
    sign(4, OUTLETS_RELEASE, CHAIN);             /* the second's, forged */
    sign(1, OUTLETS_RELEASE, CHAIN "x");         /* to another warning */
    sign(1, OUTLETS_CANCEL, "JPN-exercise-x-1"); /* something else */
    pass(1.0);
    assert_true(wait_for(1) >= 1.0);
    assert_int_equal(server_has(), 0);
    sign(1, OUTLETS_RELEASE, CHAIN);
    pass(0.5);
    assert_true(wait_for(1) < 1.0);
    say(WARNING_UPDATE, 2); /* the consent is to the warning, not to each message */
    assert_true(wait_for(2) < 1.0);
    say(WARNING_ALL_CLEAR, 3);
    assert_true(wait_for(3) < 1.0);
    assert_non_null(strstr(got[2], "<responseType>AllClear"));
    end();

    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_TWO, "server");
    say(WARNING_INITIAL, 1);
    say(WARNING_CANCEL, 2);
    pass(1.0);
    assert_true(feed_has("JPN-exercise-20221003T222500Z-9-2"));
    assert_true(wait_for(1) >= 1.0);
    end();
}

/* The node dies after the warning, and its engine knows nothing of it any more. */
static void what_nobody_ends_expires_everywhere(void **state)
{
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) < 1.0);
    close_outlets();
    clock_now = instant_plus_s(clock_now, 404.0);
    open_outlets();
    outlets_turn(outlets, clock_now);
    assert_int_equal(server_has(), 1);
    pass(2.0);
    assert_true(wait_for(2) < 1.0);
    assert_non_null(strstr(got[1], "<identifier>" CHAIN "-expired</identifier>"));
    assert_non_null(strstr(got[1], "," CHAIN ","));
    assert_true(feed_has(CHAIN "-expired"));
    assert_non_null(strstr(last_told, "expired"));
    end();
}

/* It dies between the order to cancel and the sending. */
static void what_was_ordered_goes_after_a_crash(void **state)
{
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) < 1.0);
    say(WARNING_CANCEL, 2);
    close_outlets(); /* before the loop ran */
    assert_int_equal(server_has(), 1);
    open_outlets();
    outlets_turn(outlets, clock_now);
    assert_true(wait_for(2) < 1.0);
    assert_non_null(strstr(got[1], "<msgType>Cancel</msgType>"));
    end();
}

static void one_officer_cancels_by_hand(void **state)
{
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    say(WARNING_INITIAL, 1);
    say(WARNING_UPDATE, 2);
    assert_true(wait_for(2) < 1.0);
    sign(2, OUTLETS_CANCEL, CHAIN);
    pass(0.5);
    assert_int_equal(server_has(), 2);
    sign(1, OUTLETS_CANCEL, CHAIN);
    pass(0.5);
    assert_true(wait_for(3) < 1.0);
    assert_non_null(strstr(got[2], "-9-2-cancel</identifier>"));
    say(WARNING_UPDATE, 3); /* the engine's opinion does not raise it again */
    assert_true(wait_for(4) >= 1.0);
    say(WARNING_CANCEL, 4);
    say(WARNING_INITIAL, 5); /* a new one does */
    assert_true(wait_for(4) < 1.0);
    assert_non_null(strstr(got[3], "<msgType>Alert</msgType>"));
    end();
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
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) < 1.0);
    fill_disk(true);
    say(WARNING_UPDATE, 2);
    assert_true(wait_for(2) < 1.0);
    assert_true(outlets_are_sheltered(outlets));
    assert_non_null(strstr(last_told, "cannot be written: warnings go out all the same"));
    assert_non_null(strstr(got[1], "," CHAIN ",")); /* it follows the one that the disk has */
    assert_true(feed_has("-9-2"));
    pass(6.0);
    say(WARNING_CANCEL, 3);
    assert_true(wait_for(3) < 1.0);
    assert_non_null(strstr(got[2], "<msgType>Cancel</msgType>"));
    fill_disk(false);
    pass(6.0);
    assert_false(outlets_are_sheltered(outlets));
    assert_string_equal(last_told, "OUTLETS: the store can be written again and has everything");
    outlets_store_path(&file, path);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_latest(store, NULL, 4, told, &count), OK);
    assert_int_equal(count, 3);
    assert_int_equal(told[0].state, WARNING_CANCEL);
    assert_int_equal(outlet_store_orders(store, told[0].number, 4, orders, &count), OK);
    assert_int_equal(count, 2);
    assert_string_equal(orders[0].receipt, "HTTP 200: receipt 7");
    outlet_store_close(store);
    say(WARNING_INITIAL, 4); /* and it goes on there */
    assert_true(wait_for(4) < 1.0);
    assert_false(outlets_are_sheltered(outlets));
    end();
}

/* Opens, warns and cancels while the call of that number fails. */
static void warn_while_failing(uint32_t call, bool *opened, bool *struck)
{
    const struct outlets_options options = {
        .file = &file, .loop = &loop, .officers = officers, .tell = tell, .now = now};
    char message[OUTLET_MESSAGE_SIZE] = "";
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    close_outlets();
    failing_begin(call, false);
    *opened = outlets_open(&options, &outlets, message) == OK;
    assert_true(*opened || message[0] != '\0');
    if (*opened) {
        for (uint32_t n = 1; n <= 2; n++) {
            say(n == 1 ? WARNING_INITIAL : WARNING_CANCEL, n);
            for (int i = 0; i < 1000 && server_has() < n; i++) {
                pass(0.25);
                uv_sleep(1);
            }
        }
    }
    *struck = failing_end();
    if (*opened) {
        assert_in_range(server_has(), 2, 4); /* a receipt that was lost is asked for again */
        assert_true(feed_has("-2</id>"));
        end();
    } else {
        (void)uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
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
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    answer = 503;
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) < 1.0);
    assert_non_null(strstr(last_told, "OUTLET cells: did not take a warning: HTTP 503"));
    pass(0.75);
    assert_true(wait_for(2) < 1.0);
    answer = 200;
    say(WARNING_UPDATE, 2);
    assert_true(wait_for(3) < 1.0);
    pass(5.0);
    assert_true(wait_for(4) >= 1.0);
    assert_non_null(strstr(got[2], "-9-2</identifier>"));
    end();
}

static void a_server_that_is_another_gets_nothing(void **state)
{
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "other");
    say(WARNING_INITIAL, 1);
    assert_true(wait_for(1) >= 1.0);
    assert_int_equal(server_has(), 0);
    assert_non_null(strstr(last_told, "OUTLET cells: did not take a warning"));
    end();
}

static void documents_are_what_the_feed_has(void **state)
{
    static const char *const NONE[] = {"/cap/",         "/cap/.xml",   "/cap/x.xml",
                                       "/cap/../x.xml", "/cap/" CHAIN, "/cap/" CHAIN "-cancel.xml",
                                       "/feed",         "/feed.json/", "",
                                       "/cap/%00.xml"};
    static char out[128 * 1024];
    const char *type = NULL;
    (void)state;
    begin(NODE_RELEASE_AUTOMATIC, NODE_RELEASE_AUTOMATIC, "server");
    assert_true(outlets_document(outlets, "/feed.json", out, sizeof out, &type) > 0);
    assert_non_null(strstr(out, "\"items\":[]"));
    say(WARNING_INITIAL, 1);
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        assert_int_equal(outlets_document(outlets, NONE[i], out, sizeof out, &type), 0);
    }
    const size_t size = outlets_document(outlets, "/cap/" CHAIN ".xml", out, sizeof out - 1, &type);
    assert_true(size > 0);
    out[size] = '\0';
    assert_non_null(strstr(out, "<identifier>" CHAIN "</identifier>"));
    assert_string_equal(type, "application/cap+xml");
    assert_int_equal(outlets_document(outlets, "/cap/" CHAIN ".xml", out, 100, &type), 0);
    assert_true(outlets_document(outlets, "/feed.json", out, sizeof out, &type) > 0);
    assert_non_null(strstr(out, "cap/" CHAIN ".xml"));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_goes_everywhere_with_a_receipt),
        cmocka_unit_test(the_public_is_told_by_two),
        cmocka_unit_test(what_nobody_ends_expires_everywhere),
        cmocka_unit_test(what_was_ordered_goes_after_a_crash),
        cmocka_unit_test(one_officer_cancels_by_hand),
        cmocka_unit_test(a_full_disk_stops_no_warning),
        cmocka_unit_test(people_are_told_whatever_fails_once),
        cmocka_unit_test(what_is_not_taken_is_tried_again),
        cmocka_unit_test(a_server_that_is_another_gets_nothing),
        cmocka_unit_test(documents_are_what_the_feed_has),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
