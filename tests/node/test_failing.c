/* The node's files when a call of the disk, of memory or of SQLite fails, one after the other: an
 * error with words comes out, what was there before is there still, and a later try succeeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "folder.h"
#include "node/certificate.h"
#include "node/grant_file.h"
#include "node/key_folder.h"
#include "node/key_making.h"
#include "node/nkey.h"
#include "node/node_file.h"
#include "node/outlet_store.h"
#include "node/policy_file.h"
#include "node/sensor_file.h"
#include "node/small_file.h"

#define JPN ((struct nation_id){"JPN"})
#define KOR ((struct nation_id){"KOR"})
#define USA ((struct nation_id){"USA"})
#define NOW ((struct instant){INT64_C(1664835600000000000)})

static char message[2048];

static void empty_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s/*", folder_name);
    assert_int_equal(system(command), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return sodium_init() >= 0 && folder_make(state) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    empty_folder();
    return rmdir(folder_name);
}

/* OK if nothing failed; whatever fails is said in words. */
static bool fine(result done)
{
    if (done != OK && !failing_struck()) {
        fail_msg("%s: %s", result_text(done), message);
    }
    assert_true(done == OK || message[0] != '\0');
    return done == OK;
}

/* Keys. */

static struct key_making making_at(double s)
{
    return (struct key_making){.dir = folder_path("JPN"),
                               .passphrase = folder_path("online"),
                               .root_passphrase = folder_path("root"),
                               .now = instant_plus_s(NOW, s)};
}

static uint64_t list_number(void)
{
    uint8_t root[KEY_BYTES];
    struct key_list list;
    assert_int_equal(key_making_look(folder_path("JPN"), root, &list, message), OK);
    return list.number;
}

static void keys_are_made(void)
{
    uint8_t root[KEY_BYTES];
    const struct key_making m = making_at(0.0);
    struct key_folder *f = NULL;
    failing_hold(true);
    empty_folder();
    folder_write("online", "first words\n");
    folder_write("root", "second words\n");
    failing_hold(false);
    message[0] = '\0';
    const bool made = fine(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message));
    failing_hold(true);
    if (made) {
        assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message),
                         OK);
        assert_int_equal(list_number(), 1);
    }
    key_folder_close(f);
    failing_hold(false);
}

/* A folder with an officer, to be changed: put back for each try. */
static void make_template(void)
{
    uint8_t root[KEY_BYTES];
    char command[300];
    const struct key_making m = making_at(0.0);
    empty_folder();
    folder_write("online", "first words\n");
    folder_write("root", "second words\n");
    assert_int_equal(key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message), OK);
    assert_int_equal(key_making_officer(&m, "sato", m.passphrase, message), OK);
    (void)snprintf(command, sizeof command, "cp -r %s/JPN %s/template", folder_name, folder_name);
    assert_int_equal(system(command), 0);
}

static void put_template_back(void)
{
    char command[300];
    failing_hold(true);
    (void)snprintf(command, sizeof command, "rm -rf %s/JPN && cp -r %s/template %s/JPN",
                   folder_name, folder_name, folder_name);
    assert_int_equal(system(command), 0);
    failing_hold(false);
    message[0] = '\0';
}

/* Whatever was done, the folder opens, and its list is the old one or the new one. */
static void check_folder(bool done)
{
    const struct key_making m = making_at(0.0);
    struct key_folder *f = NULL;
    failing_hold(true);
    assert_int_equal(key_folder_open(m.dir, JPN, DOMAIN_EXERCISE, m.passphrase, &f, message), OK);
    assert_in_range(list_number(), done ? 3 : 2, 3);
    assert_non_null(keys_signer(key_folder_keys(f), KEY_SIGNING, instant_plus_s(NOW, 20.0)));
    key_folder_close(f);
    failing_hold(false);
}

static void keys_are_renewed(void)
{
    const struct key_making m = making_at(10.0);
    put_template_back();
    check_folder(fine(key_making_rotate(&m, message)));
}

static void an_officer_is_revoked(void)
{
    const struct key_making m = making_at(10.0);
    put_template_back();
    check_folder(fine(key_making_revoke(&m, "sato", message)));
}

static void an_officer_is_made(void)
{
    const struct key_making m = making_at(10.0);
    put_template_back();
    check_folder(fine(key_making_officer(&m, "mori", m.passphrase, message)));
}

static void keys_survive_whatever_fails(void **state)
{
    (void)state;
    failing_each(keys_are_made);
    make_template();
    failing_each(keys_are_renewed);
    failing_each(an_officer_is_revoked);
    failing_each(an_officer_is_made);
}

static void a_folder_is_opened_and_read_again(void)
{
    struct key_folder *f = NULL;
    struct grant grant = {.owner = JPN,
                          .via = KOR,
                          .to = USA,
                          .kinds = GRANT_TRACKS,
                          .classification_max = CLASSIFICATION_SECRET,
                          .from = NOW,
                          .until = instant_plus_s(NOW, 1000.0)};
    struct signed_grant signed_grant;
    bool changed = false;
    message[0] = '\0';
    if (fine(key_folder_open(folder_path("JPN"), JPN, DOMAIN_EXERCISE, folder_path("online"), &f,
                             message))) {
        const uint64_t number = key_folder_keys(f)->list.number;
        (void)fine(key_folder_reload(f, &changed, message));
        assert_int_equal(key_folder_keys(f)->list.number, number);
        if (fine(grant_file_make(key_folder_keys(f), instant_plus_s(NOW, 20.0), &grant,
                                 folder_path("grant"), message))) {
            (void)fine(grant_file_read(folder_path("grant"), KOR, &signed_grant, message));
        }
    } else {
        assert_null(f);
    }
    key_folder_close(f);
    failing_hold(true);
    (void)unlink(folder_path("grant"));
    failing_hold(false);
}

static void a_folder_that_cannot_be_read_is_not_opened(void **state)
{
    (void)state;
    make_template();
    failing_each(a_folder_is_opened_and_read_again);
}

/* Files that people write. */

static void settings_are_read(void)
{
    static struct policy policy;
    static struct node_file file;
    static struct sensor sensors[LIMIT_SENSORS];
    struct nkey key;
    uint32_t count = 0;
    int64_t end = 7;
    message[0] = '\0';
    (void)fine(policy_file_read(DATA_DIR "/policies/JPN.yaml", &policy, message));
    (void)fine(node_file_read(folder_path("NODE.yaml"), &file, message));
    (void)fine(sensor_file_read(folder_path("sensors"), sensors, &count, message));
    (void)fine(nkey_read(folder_path("nkey"), message, &key));
    nkey_forget(&key);
    assert_false(certificate_end(folder_path("sensors"), &end));
    assert_int_equal(end, 7);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {1, 2, 3};
    struct nkey key;
    empty_folder();
    folder_write("NODE.yaml", "nation: JPN\ndomain: exercise\njournal: j\nkeys: k\nsensors: s\n"
                              "policy: p\nconsole: 127.0.0.1:8801\nlisten:\n"
                              "  - udp 127.0.0.1:9001\npartners: []\n");
    folder_write("sensors",
                 "{\"type\":\"sensor\",\"id\":\"EYE-1\",\"kind\":\"radar\",\"lat_deg\":37.5,"
                 "\"lon_deg\":127.0,\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.05,"
                 "\"sigma_el_deg\":0.05}\n");
    nkey_from_seed(seed, &key);
    assert_int_equal(nkey_write(folder_path("nkey"), &key, message), OK);
    failing_each(settings_are_read);
}

/* Outlets. */

static struct told told_of(const char *id, enum public_prepared prepared)
{
    struct told t = {.event = 9,
                     .serial = 1,
                     .state = prepared == PREPARED_NOT ? WARNING_INITIAL : WARNING_CANCEL,
                     .prepared = prepared,
                     .time = NOW,
                     .expires = instant_plus_s(NOW, 400.0)};
    (void)snprintf(t.id, sizeof t.id, "%s", id);
    (void)snprintf(t.chain, sizeof t.chain, "%s", "a");
    (void)snprintf(t.name, sizeof t.name, "%s", "AMBER-K417");
    return t;
}

static void a_warning_is_kept(void)
{
    struct outlet_store *s = NULL;
    struct told a = told_of("a", PREPARED_NOT);
    struct told ends[1] = {told_of("b", PREPARED_CANCEL)};
    struct told found[4];
    struct outlet_order orders[4];
    struct outlet_consent consents[4];
    struct cap_reference references[CAP_REFERENCES_MAX];
    const struct outlet_consent consent = {{1}, {2}};
    const struct bytes text = {(const uint8_t *)"<alert/>", 8};
    struct bytes read;
    uint32_t count = 0;
    bool is = false;
    failing_hold(true);
    empty_folder();
    failing_hold(false);
    message[0] = '\0';
    if (!fine(outlet_store_open(folder_path("outlets"), &s, message))) {
        return;
    }
    const bool added = fine(outlet_store_add(s, &a, text, 1, ends, &text));
    (void)snprintf(message, sizeof message, "the caller says it");
    (void)fine(outlet_store_consent(s, "a", &consent, NOW));
    if (added) {
        (void)fine(outlet_store_order(s, a.number, "feed", NOW));
        (void)fine(outlet_store_open_orders(s, 4, orders, &count));
        (void)fine(outlet_store_orders(s, a.number, 4, orders, &count));
        orders[0] = (struct outlet_order){.message = a.number, .outlet = "feed", .done = NOW};
        (void)fine(outlet_store_tried(s, &orders[0]));
        (void)fine(outlet_store_chain(s, 9, found, &count, references));
        (void)fine(outlet_store_in_force(s, INSTANT_UNSET, 4, found, &count));
        (void)fine(outlet_store_latest(s, NULL, 4, found, &count));
        (void)fine(outlet_store_latest(s, "feed", 4, found, &count));
        (void)fine(outlet_store_text(s, "a", NULL, &read));
        (void)fine(outlet_store_has_chain(s, "a", "feed", &is));
        (void)fine(outlet_store_is_superseded(s, &orders[0], "a", &is));
        (void)fine(outlet_store_consents(s, "a", 4, consents, &count));
        (void)fine(outlet_store_use(s, "a", PREPARED_CANCEL, found));
    }
    failing_hold(true);
    assert_int_equal(outlet_store_latest(s, NULL, 4, found, &count), OK);
    assert_true(added ? count >= 1 : count == 0);
    failing_hold(false);
    outlet_store_close(s);
}

/* Into memory and back: whatever fails, each message is in the one or in the other. */
static void a_store_takes_shelter(void)
{
    struct outlet_store *s = NULL;
    struct told first = told_of("a", PREPARED_NOT);
    struct told second = told_of("c", PREPARED_NOT);
    struct told found[4];
    const struct bytes text = {(const uint8_t *)"<alert/>", 8};
    uint32_t count = 0;
    failing_hold(true);
    empty_folder();
    assert_int_equal(outlet_store_open(folder_path("outlets"), &s, message), OK);
    assert_int_equal(outlet_store_add(s, &first, text, 0, NULL, NULL), OK);
    assert_int_equal(outlet_store_return(s), ERR_STATE);
    failing_hold(false);
    const bool sheltered = fine(outlet_store_shelter(s));
    assert_int_equal(sheltered, outlet_store_is_sheltered(s));
    failing_hold(true);
    assert_int_equal(outlet_store_add(s, &second, text, 0, NULL, NULL), OK);
    assert_int_equal(outlet_store_shelter(s), sheltered ? ERR_STATE : OK);
    failing_hold(false);
    const bool back = fine(outlet_store_return(s));
    failing_hold(true);
    assert_true(back || outlet_store_is_sheltered(s));
    assert_int_equal(back ? ERR_STATE : OK, outlet_store_return(s));
    assert_int_equal(outlet_store_latest(s, NULL, 4, found, &count), OK);
    assert_int_equal(count, 2);
    assert_string_equal(found[0].id, "c");
    outlet_store_close(s);
    failing_hold(false);
}

static void a_store_that_fails_says_so(void **state)
{
    (void)state;
    failing_each(a_warning_is_kept);
    (void)snprintf(message, sizeof message, "the caller says it");
    failing_each(a_store_takes_shelter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_survive_whatever_fails),
        cmocka_unit_test(a_folder_that_cannot_be_read_is_not_opened),
        cmocka_unit_test(what_cannot_be_read_is_said),
        cmocka_unit_test(a_store_that_fails_says_so),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
