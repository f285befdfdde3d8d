/* The carrier over a real NATS server, with the certificates, accounts and limits of deploy/. */
#include "link/link_nats.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../failing/failing.h"
#include "link/nats_dial.h"
#include "nats_fixture.h"

#define PATIENCE_S 20.0 /* for what must happen: a busy machine takes its time */
#define SILENCE_S 0.3   /* for what must not */

static struct nats_fixture fixture;

static struct link_nats *open_link(const char *nation, const char *partner, unsigned slot)
{
    char error[LINK_NATS_TEXT_MAX] = "";
    const struct link_nats_settings settings =
        nats_fixture_settings(&fixture, nation, partner, slot);
    struct link_nats *l = NULL;
    if (link_nats_open(&settings, error, &l) != OK) {
        fail_msg("%s", error);
    }
    return l;
}

static struct link_nats *open_connected(const char *nation, const char *partner, unsigned slot)
{
    struct link_nats *l = open_link(nation, partner, slot);
    assert_true(nats_fixture_connected(l, PATIENCE_S));
    return l;
}

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void expect_text(struct link_nats *l, uint32_t lane, const char *text)
{
    struct link_nats_delivery got;
    assert_true(nats_fixture_receive(l, PATIENCE_S, &got));
    assert_int_equal(got.lane, lane);
    assert_int_equal(got.data.size, strlen(text));
    assert_memory_equal(got.data.data, text, strlen(text));
}

static void expect_silence(struct link_nats *l)
{
    struct link_nats_delivery got;
    assert_false(nats_fixture_receive(l, SILENCE_S, &got));
}

static void test_both_ways_both_lanes(void **state)
{
    (void)state;
    struct link_nats *kor = open_connected("KOR", "JPN", 0);
    struct link_nats *jpn = open_connected("JPN", "KOR", 1);
    struct link_nats *usa = open_connected("USA", "KOR", 2);
    struct link_nats_status before;
    struct link_nats_status status;
    nats_fixture_join(kor, jpn);
    link_nats_status(kor, LINK_NATS_REPAIR, &before);
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        assert_int_equal(link_nats_send(kor, lane, text_bytes("from Korea")), OK);
        expect_text(jpn, lane, "from Korea");
        assert_int_equal(link_nats_send(jpn, lane, text_bytes("from Japan")), OK);
        expect_text(kor, lane, "from Japan");
    }
    expect_silence(usa);
    link_nats_status(kor, LINK_NATS_REPAIR, &status);
    assert_int_equal(status.sent - before.sent, 1);
    assert_int_equal(status.sent_bytes - before.sent_bytes, 10);
    assert_int_equal(status.received - before.received, 1);
    assert_int_equal(status.connects, 1);
    link_nats_close(kor);
    link_nats_close(jpn);
    link_nats_close(usa);
}

/* Every byte of frames of all sizes, in order. */
static void test_sizes(void **state)
{
    (void)state;
    static uint8_t frame[LINK_NATS_FRAME_BYTES_MAX + 1];
    static const uint32_t sizes[] = {1, 2, 4095, 16384, 32768, 65536, LINK_NATS_FRAME_BYTES_MAX};
    for (uint32_t i = 0; i < sizeof frame; i++) {
        frame[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    struct link_nats *kor = open_connected("KOR", "JPN", 0);
    struct link_nats *jpn = open_connected("JPN", "KOR", 1);
    nats_fixture_join(kor, jpn);
    for (uint32_t i = 0; i < 7 * 20; i++) {
        const struct bytes data = {frame, sizes[i % 7]};
        assert_int_equal(link_nats_send(kor, LINK_NATS_REPAIR, data), OK);
        if (i % 7 == 6) { /* not more at once than the queues hold for sure */
            for (uint32_t k = 0; k < 7; k++) {
                struct link_nats_delivery got;
                assert_true(nats_fixture_receive(jpn, PATIENCE_S, &got));
                assert_int_equal(got.data.size, sizes[k]);
                assert_memory_equal(got.data.data, frame, sizes[k]);
            }
        }
    }
    const struct bytes too_long = {frame, sizeof frame};
    const struct bytes empty = {frame, 0};
    assert_int_equal(link_nats_send(kor, LINK_NATS_LIVE, too_long), ERR_RANGE);
    assert_int_equal(link_nats_send(kor, LINK_NATS_LIVE, empty), ERR_RANGE);
    assert_int_equal(link_nats_send(kor, LINK_NATS_LANES, text_bytes("x")), ERR_RANGE);
    expect_silence(jpn);
    link_nats_close(kor);
    link_nats_close(jpn);
}

/* Opens as KOR with changed settings, and wants both lanes refused with these words. */
static void expect_refused(const struct link_nats_settings *settings, const char *words)
{
    char error[LINK_NATS_TEXT_MAX] = "";
    struct link_nats *l = NULL;
    assert_int_equal(link_nats_open(settings, error, &l), OK);
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    struct link_nats_status status;
    do {
        nats_fixture_sleep(0.01);
        link_nats_status(l, LINK_NATS_LIVE, &status);
    } while (status.failures < 2 && nats_fixture_now_s() < end_s);
    assert_in_range(status.failures, 2, 1000);
    assert_false(status.connected);
    assert_int_equal(status.connects, 0);
    if (strstr(status.error, words) == NULL) {
        fail_msg("'%s' instead of '%s'", status.error, words);
    }
    link_nats_close(l);
}

static void test_wrong_certificates(void **state)
{
    (void)state;
    char other[128];
    struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    const struct link_nats_settings stranger = nats_fixture_settings(&fixture, "XXX", "JPN", 1);
    settings.certificate = stranger.certificate;
    settings.private_key = stranger.private_key;
    expect_refused(&settings, "");

    /* A server that is not who it says: of another authority (which the system trusts, as the
     * environment has it: make() says so), then by another name. */
    settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    snprintf(other, sizeof other, "%s/other.pem", fixture.folder);
    settings.certificate_authority = other;
    expect_refused(&settings, "unable to get local issuer certificate");
    settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    char by_name[64];
    snprintf(by_name, sizeof by_name, "localhost:%u", fixture.port);
    settings.server = by_name;
    expect_refused(&settings, "expected=localhost");
}

static void test_wrong_nkey(void **state)
{
    (void)state;
    struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    const struct link_nats_settings stranger = nats_fixture_settings(&fixture, "XXX", "JPN", 1);
    memcpy(settings.nkey, stranger.nkey, sizeof settings.nkey);
    memcpy(settings.nkey_secret, stranger.nkey_secret, sizeof settings.nkey_secret);
    expect_refused(&settings, "Authorization Violation");
    /* The name of one and the key of another. */
    settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    memcpy(settings.nkey_secret, stranger.nkey_secret, sizeof settings.nkey_secret);
    expect_refused(&settings, "Authorization Violation");
}

/* KOR, with its own certificate and NKey, plays another nation towards JPN. */
static struct link_nats *open_impostor(const char *as, const char *partner)
{
    char error[LINK_NATS_TEXT_MAX] = "";
    struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 7);
    assert_true(nation_id_parse(as, &settings.nation));
    assert_true(nation_id_parse(partner, &settings.partner));
    struct link_nats *l = NULL;
    assert_int_equal(link_nats_open(&settings, error, &l), OK);
    assert_true(nats_fixture_connected(l, PATIENCE_S));
    return l;
}

static void expect_complaint(struct link_nats *l, const char *words)
{
    struct link_nats_status status;
    const double end_s = nats_fixture_now_s() + PATIENCE_S;
    do {
        nats_fixture_sleep(0.01);
        link_nats_status(l, LINK_NATS_LIVE, &status);
    } while (strstr(status.error, words) == NULL && nats_fixture_now_s() < end_s);
    if (strstr(status.error, words) == NULL) {
        fail_msg("'%s' instead of '%s'", status.error, words);
    }
}

static void test_impostor(void **state)
{
    (void)state;
    struct link_nats *jpn = open_connected("JPN", "USA", 0);
    struct link_nats *usa = open_connected("USA", "JPN", 1);
    nats_fixture_join(jpn, usa);
    struct link_nats *impostor = open_impostor("USA", "JPN");
    expect_complaint(impostor, "Permissions Violation for Subscription to \"wf.exercise.JPN.USA");
    assert_int_equal(link_nats_send(impostor, LINK_NATS_LIVE, text_bytes("not from USA")), OK);
    expect_complaint(impostor, "Permissions Violation for Publish to \"wf.exercise.USA.JPN.live");
    expect_silence(jpn);
    assert_int_equal(link_nats_send(jpn, LINK_NATS_LIVE, text_bytes("for USA alone")), OK);
    expect_text(usa, LINK_NATS_LIVE, "for USA alone");
    expect_silence(impostor);
    link_nats_close(impostor);
    link_nats_close(usa);
    link_nats_close(jpn);
}

/* KOR by the bare library, to subscribe to what no carrier of ours would. */
static natsConnection *dial_as_korea(int *socket)
{
    const struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 6);
    struct nats_peer peer = {.host = "127.0.0.1", .port = fixture.port, .name = "eavesdropper"};
    snprintf(peer.certificate_authority, sizeof peer.certificate_authority, "%s",
             settings.certificate_authority);
    snprintf(peer.certificate, sizeof peer.certificate, "%s", settings.certificate);
    snprintf(peer.private_key, sizeof peer.private_key, "%s", settings.private_key);
    memcpy(peer.nkey, settings.nkey, sizeof peer.nkey);
    memcpy(peer.nkey_secret, settings.nkey_secret, sizeof peer.nkey_secret);
    struct nats_dial_outcome outcome = {.connection = NULL};
    for (int i = 0; i < 5 && outcome.connection == NULL; i++) { /* one log-in in 256 fails */
        struct nats_dial *attempt = NULL;
        assert_int_equal(nats_dial_start(&peer, &attempt), OK);
        nats_dial_finish(attempt, &outcome);
    }
    assert_non_null(outcome.connection);
    *socket = outcome.socket;
    return outcome.connection;
}

static void test_eavesdropper(void **state)
{
    (void)state;
    static const char *const wishes[] = {">",
                                         "wf.>",
                                         "wf.exercise.*.*.live",
                                         "wf.exercise.JPN.>",
                                         "wf.exercise.JPN.USA.live",
                                         "$SYS.>",
                                         "_INBOX.>"};
    struct link_nats *jpn = open_connected("JPN", "USA", 0);
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct pollfd fd = {.events = POLLIN};
        natsConnection *kor = dial_as_korea(&fd.fd);
        natsSubscription *wish = NULL;
        natsMsg *message = NULL;
        const char *said = "";
        assert_int_equal(natsConnection_SubscribeSync(&wish, kor, wishes[i]), NATS_OK);
        natsConnection_ProcessWriteEvent(kor);
        assert_int_equal(link_nats_send(jpn, LINK_NATS_LIVE, text_bytes("for USA alone")), OK);
        while (poll(&fd, 1, 200) == 1 && !natsConnection_IsClosed(kor)) {
            natsConnection_ProcessReadEvent(kor);
        }
        (void)natsConnection_GetLastError(kor, &said);
        assert_non_null(strstr(said, "Permissions Violation for Subscription to"));
        assert_non_null(strstr(said, wishes[i]));
        assert_int_not_equal(natsSubscription_NextMsg(&message, wish, 0), NATS_OK);
        natsSubscription_Destroy(wish);
        natsConnection_Destroy(kor);
    }
    link_nats_close(jpn);
}

static void test_server_restarted(void **state)
{
    (void)state;
    struct link_nats *kor = open_connected("KOR", "JPN", 0);
    struct link_nats *jpn = open_connected("JPN", "KOR", 1);
    nats_fixture_join(kor, jpn);
    nats_fixture_kill(&fixture);
    struct link_nats_status status;
    do {
        link_nats_status(kor, LINK_NATS_LIVE, &status);
    } while (status.connected);
    assert_int_equal(link_nats_send(kor, LINK_NATS_LIVE, text_bytes("old")), OK);
    nats_fixture_sleep(1.2);
    assert_int_equal(link_nats_send(kor, LINK_NATS_LIVE, text_bytes("fresh")), OK);
    nats_fixture_start(&fixture);
    assert_true(nats_fixture_connected(kor, PATIENCE_S));
    assert_true(nats_fixture_connected(jpn, PATIENCE_S));
    link_nats_status(kor, LINK_NATS_LIVE, &status);
    assert_int_equal(status.connects, 2);
    assert_in_range(status.dropped_old, 1, 2);
    struct link_nats_delivery got;
    while (nats_fixture_receive(jpn, 0.3, &got)) { /* JPN may have come too late for "fresh" */
        assert_int_equal(got.data.size, strlen("fresh"));
    }
    nats_fixture_join(kor, jpn);
    assert_int_equal(link_nats_send(jpn, LINK_NATS_REPAIR, text_bytes("again")), OK);
    expect_text(kor, LINK_NATS_REPAIR, "again");
    link_nats_close(kor);
    link_nats_close(jpn);
}

static void test_without_a_server(void **state)
{
    (void)state;
    nats_fixture_kill(&fixture);
    struct link_nats *kor = open_link("KOR", "JPN", 0);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < LINK_NATS_QUEUE_MAX + 100; i++) {
        assert_int_equal(link_nats_send(kor, LINK_NATS_LIVE, text_bytes("live")), OK);
        kept += link_nats_send(kor, LINK_NATS_REPAIR, text_bytes("repair")) == OK ? 1 : 0;
    }
    assert_int_equal(kept, LINK_NATS_QUEUE_MAX);
    struct link_nats_status status;
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        link_nats_status(kor, lane, &status);
        assert_int_equal(status.dropped_full, 100);
        assert_int_equal(status.sent, 0);
    }
    const double start_s = nats_fixture_now_s();
    link_nats_close(kor);
    assert_true(nats_fixture_now_s() - start_s < 1.0);
    nats_fixture_start(&fixture);
}

static void count_news(void *context)
{
    atomic_uint *news = context;
    atomic_fetch_add(news, 1);
}

static atomic_uint news;

/* A notice comes when what it tells of is there already. */
static void assert_news(unsigned at_least)
{
    for (double end_s = nats_fixture_now_s() + PATIENCE_S;
         atomic_load(&news) < at_least && nats_fixture_now_s() < end_s;) {
        nats_fixture_sleep(0.01);
    }
    assert_in_range(atomic_load(&news), at_least, 40);
}

static void test_notices(void **state)
{
    (void)state;
    char error[LINK_NATS_TEXT_MAX] = "";
    struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    settings.notify = count_news;
    settings.context = &news;
    struct link_nats *kor = NULL;
    assert_int_equal(link_nats_open(&settings, error, &kor), OK);
    assert_true(nats_fixture_connected(kor, PATIENCE_S));
    struct link_nats *jpn = open_connected("JPN", "KOR", 1);
    nats_fixture_join(kor, jpn);
    assert_news(4); /* each lane: connected, and a frame */
    const unsigned before = atomic_load(&news);
    assert_int_equal(link_nats_send(jpn, LINK_NATS_LIVE, text_bytes("x")), OK);
    struct link_nats_delivery got;
    assert_true(nats_fixture_receive(kor, PATIENCE_S, &got));
    assert_news(before + 1);
    link_nats_close(kor);
    link_nats_close(jpn);
}

static void expect_settings_refused(struct link_nats_settings settings, result expected,
                                    const char *words)
{
    char error[LINK_NATS_TEXT_MAX] = "";
    struct link_nats *l = NULL;
    assert_int_equal(link_nats_open(&settings, error, &l), expected);
    assert_null(l);
    if (strstr(error, words) == NULL) {
        fail_msg("'%s' instead of '%s'", error, words);
    }
}

static void test_settings(void **state)
{
    (void)state;
    const struct link_nats_settings good = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    static const char *const servers[] = {"",         "127.0.0.1", ":4222",        "a:0",
                                          "a:65536",  "a:4222x",   "u:p@a:4222",   "nats://a:4222",
                                          "a b:4222", "a:4222 ",   "a:99999999999"};
    struct link_nats_settings bad = good;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        bad.server = servers[i];
        expect_settings_refused(bad, ERR_RANGE, "server: HOST:PORT");
    }
    bad = good;
    bad.domain = "war";
    expect_settings_refused(bad, ERR_RANGE, "domain: live, exercise or test, not 'war'");
    bad = good;
    bad.nation = (struct nation_id){""};
    expect_settings_refused(bad, ERR_RANGE, "partner: another nation");
    bad = good;
    bad.partner = (struct nation_id){""};
    expect_settings_refused(bad, ERR_RANGE, "partner: another nation");
    bad = good;
    bad.partner = bad.nation;
    expect_settings_refused(bad, ERR_RANGE, "partner: another nation");
    bad = good;
    bad.nkey[0] = 'A';
    expect_settings_refused(bad, ERR_RANGE, "nkey: 56 characters");
    bad = good;
    bad.nkey[40] = '\0';
    expect_settings_refused(bad, ERR_RANGE, "nkey: 56 characters");
    bad = good;
    memcpy(bad.nkey + 56, "1", 2);
    expect_settings_refused(bad, ERR_RANGE, "nkey: 56 characters");
    char deep[1100];
    memset(deep, 'p', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    for (size_t i = 0; i < 6; i++) {
        bad = good;
        const char **paths[] = {&bad.certificate_authority, &bad.certificate, &bad.private_key};
        *paths[i % 3] = i < 3 ? deep : "";
        expect_settings_refused(bad, ERR_RANGE, "paths of at most 1023");
    }
    memcpy(deep + 300, ":4222", 6);
    bad = good;
    bad.server = deep;
    expect_settings_refused(bad, ERR_RANGE, "server: HOST:PORT");
    bad = good;
    bad.certificate = fixture.folder;
    expect_settings_refused(bad, ERR_FORMAT, "the certificate cannot be read: expected a file");
    bad = good;
    bad.certificate = "/nowhere/KOR.pem";
    expect_settings_refused(bad, ERR_FORMAT, "/nowhere/KOR.pem: the certificate cannot be read");
    bad = good;
    bad.certificate_authority = good.private_key;
    expect_settings_refused(bad, ERR_FORMAT, good.private_key);
    bad = good;
    bad.private_key = nats_fixture_settings(&fixture, "USA", "JPN", 1).private_key;
    expect_settings_refused(bad, ERR_FORMAT, "KOR.pem");
}

/* Opens a carrier towards nobody: what is tried here in other threads fails as it may. */
static void open_in_every_domain(void)
{
    static const char *const domains[] = {"live", "exercise", "test"};
    static int turn;
    struct link_nats_settings settings = nats_fixture_settings(&fixture, "KOR", "JPN", 0);
    char error[LINK_NATS_TEXT_MAX] = "";
    struct link_nats *l = NULL;
    settings.server = "127.0.0.1:1";
    settings.domain = domains[turn++ % 3];
    const result opened = link_nats_open(&settings, error, &l);
    const bool struck = failing_struck();
    assert_int_equal(opened != OK, struck);
    assert_int_equal(error[0] != '\0', struck);
    assert_int_equal(l != NULL, !struck);
    link_nats_close(l);
}

static void test_what_cannot_begin_says_why(void **state)
{
    (void)state;
    failing_each(open_in_every_domain);
}

/* A server that nobody can reach is dialled, and given up before and after it has answered. */
static void dial_and_abandon(void)
{
    struct nats_peer peer = {.host = "127.0.0.1", .port = 1};
    for (int wait = 0; wait < 2; wait++) {
        struct nats_dial *d = NULL;
        if (nats_dial_start(&peer, &d) != OK) {
            assert_true(failing_struck());
            continue;
        }
        struct pollfd fd = {.fd = nats_dial_fd(d), .events = POLLIN};
        if (wait == 1) {
            assert_int_equal(poll(&fd, 1, 5000), 1);
        }
        nats_dial_abandon(d);
    }
}

static void test_attempts_are_given_up_at_any_time(void **state)
{
    (void)state;
    failing_each(dial_and_abandon);
    nats_fixture_sleep(0.02); /* for those that end by themselves */
}

static int make(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        return 1;
    }
    nats_fixture_make(&fixture);
    char authority[128];
    snprintf(authority, sizeof authority, "%s/ca.pem", fixture.folder);
    return setenv("SSL_CERT_FILE", authority, 1);
}

static int clean(void **state)
{
    (void)state;
    nats_fixture_remove(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_both_lanes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_wrong_certificates),
        cmocka_unit_test(test_wrong_nkey),
        cmocka_unit_test(test_impostor),
        cmocka_unit_test(test_eavesdropper),
        cmocka_unit_test(test_server_restarted),
        cmocka_unit_test(test_without_a_server),
        cmocka_unit_test(test_notices),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_what_cannot_begin_says_why),
        cmocka_unit_test(test_attempts_are_given_up_at_any_time),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
