/* Each command of `watchfire` while a call of memory, of a file, of SQLite or of a journal
 * fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "base/utc.h"
#include "commands.h"
#include "node/outlet_store.h"

#define KEYS "--passphrase word --root-passphrase word"
#define KOR_POLICY DATA_DIR "/policies/KOR.yaml"
#define ROOT "abababababababababababababababababababababababababababababababab"
#define KOR_POLICY_TEXT                                                                      \
    "owner: KOR\nnumber: 1\ndefault: withhold\nlabel:\n  classification: SECRET\n"           \
    "  releasable to: [JPN]\nrules:\n  - rule: tracks\n    release: tracks\n    to: [JPN]\n" \
    "    up to: SECRET\n    precision: outer bound\n"
#define SENSOR                                                                               \
    "{\"type\":\"sensor\",\"id\":\"EYE-1\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":" \
    "127.0,\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.05,\"sigma_el_deg\":0.05}\n"
#define RADAR(name, place)                                                                  \
    "    sensors:\n      - name: " name "\n        kind: radar\n        place: " place "\n" \
    "        height: 300 m\n        interval: 1 s\n        max range: 1300 km\n"            \
    "        min elevation: 1 deg\n"                                                        \
    "        noise: {range: 40 m, azimuth: 1.5 mrad, elevation: 1.5 mrad}\n"                \
    "        detection: 97 %\n"
/* Two nations, fifty seconds: as much as a launch needs to be noticed and told of. */
#define SCENARIO                                                                                   \
    "title: A short one\nstart: 2022-10-03T22:21:00Z\nduration: 50 s\nlaunches:\n"                 \
    "  - name: Somewhere\n    at: 2022-10-03T22:21:05Z\n    site: 39.2, 125.7\n"                   \
    "    bearing: 100 deg\n    apogee: 250 km\n    range: 1000 km\n    kind: medium\n"             \
    "nations:\n  - nation: KOR\n    policy: " DATA_DIR "/policies/KOR.yaml\n" RADAR(               \
        "K-EAST",                                                                                  \
        "38.6, 127.0") "  - nation: JPN\n    policy: " DATA_DIR                                    \
                       "/policies/JPN.yaml\n" RADAR(                                               \
                           "J-NORTH",                                                              \
                           "38.9, 131.4") "links:\n  - from: KOR\n    to: JPN\n    delay: 50 ms\n" \
                                          "  - from: JPN\n    to: KOR\n    delay: 50 ms\n"

static const char *folder;

/* Keys and hashes that cost nothing, so that there may be thousands of tries: the linker takes
 * these. */
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long size, const char *passphrase,
                         unsigned long long passphrase_size, const unsigned char *salt,
                         unsigned long long passes, size_t memory, int algorithm);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long size, const char *passphrase,
                         unsigned long long passphrase_size, const unsigned char *salt,
                         unsigned long long passes, size_t memory, int algorithm)
{
    (void)passes;
    (void)memory;
    (void)algorithm;
    return failing_now() ? -1
                         : crypto_generichash(out, (size_t)size, (const unsigned char *)passphrase,
                                              passphrase_size, salt, crypto_pwhash_SALTBYTES);
}

int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password,
                             unsigned long long size, unsigned long long passes, size_t memory);
int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password,
                             unsigned long long size, unsigned long long passes, size_t memory)
{
    static const char HASH[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    (void)password;
    (void)size;
    (void)passes;
    (void)memory;
    memset(out, 0, crypto_pwhash_STRBYTES);
    memcpy(out, HASH, sizeof HASH);
    return failing_now() ? -1 : 0;
}

/* The clock stands: what is made twice is the same. */
int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    const int got = __real_clock_gettime(clock, out);
    if (clock == CLOCK_REALTIME) {
        *out = (struct timespec){.tv_sec = 1700000000};
    }
    return got;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void does(const char *line)
{
    if (commands_run(line) != 0) {
        fail_msg("watchfire %s: %s", line, commands_err());
    }
}

static void fails(const char *line)
{
    const unsigned ways = commands_fail(line, NULL);
    print_message("%4u  watchfire %s\n", ways, line);
}

static void keys_are_whole_or_not_there(void **state)
{
    (void)state;
    fails("keys new --nation KOR --domain exercise --dir KOR " KEYS);
    does("keys new --nation KOR --domain exercise --dir KOR " KEYS);
    fails("keys officer sato --dir KOR --root-passphrase word --officer-passphrase word");
    does("keys officer sato --dir KOR --root-passphrase word --officer-passphrase word");
    fails("keys show --dir KOR");
    fails("keys show --dir KOR --json");
    fails("keys rotate --dir KOR " KEYS);
    fails("keys revoke sato --dir KOR " KEYS);
    fails("keys grant a.grant --dir KOR --passphrase word --via USA --to JPN --up-to SECRET");
    fails("nkey new a.nkey");
    does("nkey new a.nkey");
    fails("nkey show a.nkey --json");
}

static void officers_are_in_the_file_or_not(void **state)
{
    (void)state;
    fails("officers add people.yaml kim --roles watch --password word");
    does("officers add people.yaml kim --roles watch --password word");
    fails("officers add people.yaml sato --roles release,engineer --password word");
    fails("officers list people.yaml");
    fails("officers list people.yaml --json");
    fails("officers remove people.yaml kim");
}

static void policies_are_judged_or_refused(void **state)
{
    (void)state;
    fails("release check " KOR_POLICY " --sensors sensors");
    fails("release check " KOR_POLICY " --json");
    fails("release diff " KOR_POLICY " " KOR_POLICY " --json");
    fails("release label --of " KOR_POLICY);
    fails("release explain track --to JPN --policy " KOR_POLICY);
    write_file("policy.yaml", KOR_POLICY_TEXT, 0644);
    fails("release sign policy.yaml --officer KOR/officer-sato.key --passphrase word");
    does("release sign policy.yaml --officer KOR/officer-sato.key --passphrase word");
    does("release label --of " KOR_POLICY);
    write_file("label.xml", commands_out(), 0644);
    fails("release label label.xml --json");
}

static void exercises_end_with_a_word(void **state)
{
    (void)state;
    (void)commands_fail("exercise short.yaml --fast --journal J --warnings W --report r.json",
                        "J/");
    fails("exercise short.yaml --write-sensors S");
    does("exercise short.yaml --fast --journal J --warnings W --report r.json");
    (void)commands_fail("exercise short.yaml --fast --journal J --resume", "J/");
}

static void journals_are_read_to_the_end_or_not_at_all(void **state)
{
    (void)state;
    fails("replay J/KOR.journal --json");
    fails("replay J/KOR.journal --node node.yaml");
    fails("audit J/KOR.journal");
    fails("audit J/JPN.journal --write-checkpoints notes");
    does("audit J/JPN.journal --write-checkpoints notes");
    fails("audit J/KOR.journal --partner-checkpoints notes --json");
    fails("report J/KOR.journal --event 1 -o page.html");
    fails("report J/KOR.journal --event 1 -o page.html --node node.yaml");
    fails("release replay J/KOR.journal --policy " KOR_POLICY " --to JPN");
    fails("release explain notice --to JPN --journal J/KOR.journal --proof a.proof");
    does("release explain notice --to JPN --journal J/KOR.journal --proof a.proof");
    fails("release verify a.proof --journal J/JPN.journal");
    fails("release verify a.proof --list KOR/key-list --root " ROOT " --json");
}

/* What a node told people, made here: the node itself is not asked. */
static void told_people(void)
{
    struct outlet_store *store = NULL;
    char path[200];
    char message[OUTLET_MESSAGE_SIZE];
    struct told t = {.event = 9, .serial = 1, .state = WARNING_INITIAL};
    const struct bytes text = {(const uint8_t *)"<alert/>", 8};
    t.time = utc_from_unix(1700000000, 0);
    t.expires = instant_plus_s(t.time, 400.0);
    (void)snprintf(t.id, sizeof t.id, "w1");
    (void)snprintf(t.chain, sizeof t.chain, "w1");
    (void)snprintf(t.name, sizeof t.name, "AMBER-K417");
    (void)snprintf(t.title, sizeof t.title, "Take shelter");
    (void)snprintf(path, sizeof path, "%s/journal.outlets", folder);
    assert_int_equal(outlet_store_open(path, &store, message), OK);
    assert_int_equal(outlet_store_add(store, &t, text, 0, NULL, NULL), OK);
    assert_int_equal(outlet_store_order(store, t.number, "feed", t.time), OK);
    outlet_store_close(store);
}

static void warnings_are_listed_and_agreed_to_or_not(void **state)
{
    (void)state;
    told_people();
    (void)commands_fail("warnings node.yaml", "journal.outlets");
    (void)commands_fail("warnings node.yaml --json", "journal.outlets");
    (void)commands_fail("warnings release w1 node.yaml --officer KOR/officer-sato.key "
                        "--passphrase word",
                        "journal.outlets");
}

static void files_are_read_to_the_end_or_not_at_all(void **state)
{
    (void)state;
    write_file("lines.ndjson",
               SENSOR "{\"type\":\"radar\",\"sensor\":\"EYE-1\",\"time\":\"2023-07-12T01:02:03Z\","
                      "\"range_m\":512345.6,\"az_deg\":78.9,\"el_deg\":12.3}\n",
               0644);
    write_file("alert.xml", "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"/>", 0644);
    write_file("flight.asterix", "\x30", 0644);
    fails("assess lines.ndjson");
    fails("assess lines.ndjson --json");
    fails("assess lines.ndjson --as kml");
    fails("decode asterix flight.asterix --observations sensors --date 2023-07-12");
    fails("decode cap alert.xml --json");
    fails("status node.yaml");
    fails("bench sharing --sensors");
    fails("bench accuracy short.yaml --seeds 1..1");
    (void)commands_run("flight --from 39,125 --bearing 90 --apogee-km 100 --range-km 400");
    assert_non_null(strstr(commands_out(), "flight time"));
}

static int begin(void **state)
{
    (void)state;
    folder = commands_begin();
    write_file("word", "as long as a passphrase should be\n", 0600);
    write_file("sensors", SENSOR, 0644);
    write_file("short.yaml", SCENARIO, 0644);
    write_file("node.yaml",
               "nation: KOR\ndomain: exercise\nkeys: KOR\npassphrase: word\njournal: journal\n"
               "policy: policy.yaml\nsensors: sensors\nconsole: 127.0.0.1:1\nwarnings:\n"
               "  sender: warnings@watch.example\n  outlets:\n"
               "    - name: feed\n      public: false\n      release: one officer\n",
               0644);
    return 0;
}

static int end(void **state)
{
    (void)state;
    commands_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_whole_or_not_there),
        cmocka_unit_test(officers_are_in_the_file_or_not),
        cmocka_unit_test(policies_are_judged_or_refused),
        cmocka_unit_test(exercises_end_with_a_word),
        cmocka_unit_test(journals_are_read_to_the_end_or_not_at_all),
        cmocka_unit_test(warnings_are_listed_and_agreed_to_or_not),
        cmocka_unit_test(files_are_read_to_the_end_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
