/* What the commands that read journals, proofs and policies answer to words and files that are rare
 * or wrong: exit status, and what is said on which stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "house.h"

#define EXPLAIN "release explain track --policy " KOR_POLICY
#define DECIDED "release explain notice --to JPN --journal J/KOR.journal"
#define SHY "release explain notice --to JPN --journal S/KOR.journal"
#define TEN "A,B,C,D,E,F,G,H,I,J,"
#define ROOT "abababababababababababababababababababababababababababababababab"

static void words_of_journals(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"replay", 2, "no journal: expected the file of a journal"},
        {"replay J/KOR.journal --from", 2, "--from: nothing follows"},
        {"replay J/KOR.journal more", 2, "more: expected JOURNAL"},
        {"replay J/KOR.journal --fast", 2, "--fast: expected JOURNAL"},
        {"replay J/KOR.journal --node", 2, "--node: expected JOURNAL"},
        {"replay J/KOR.journal --node no.yaml", 2, "--node: no.yaml"},
        {"replay J/KOR.journal --node empty.yaml", 2, "--node: "},
        {"replay J/KOR.journal --node node.yaml", 2, "J/KOR.journal: "},
        {"replay J/KOR.journal --from 2022-10-03T22:21:10Z --to "
         "2022-10-03T22:21:20Z",
         0, "same"},
        {"audit", 2, "no journal: expected the file of a journal"},
        {"audit --json --partner-checkpoints", 2, "expected a folder after it"},
        {"audit J/KOR.journal more", 2, "more: expected JOURNAL"},
        {"audit J/KOR.journal --all", 2, "--all: expected JOURNAL"},
        {"audit J/KOR.journal --partner-checkpoints no", 2, "no: No such file"},
        {"audit J/KOR.journal --partner-checkpoints KOR", 2, "expected files that end in .note"},
        {"audit J/KOR.journal --partner-checkpoints bad", 2, "expected a signed checkpoint"},
        {"audit J/KOR.journal --write-checkpoints word", 2, "--write-checkpoints: word/JPN"},
        {"audit word", 2, "not a journal"},
        {"report J/KOR.journal --event 1", 2, "expected JOURNAL, --event EVENT and -o"},
        {"report J/KOR.journal --fast", 2, "expected one of the options"},
        {"report J/KOR.journal more --event 1 -o p.html", 2, "expected JOURNAL, --event"},
        {"report J/KOR.journal --event NONE -o p.html", 1, "the journal has no such launch"},
        {"report J/KOR.journal --event 1 -o no/p.html", 2, "-o: no/p.html"},
        {"report J/KOR.journal --event 1 -o KOR", 2, "-o: KOR: expected a file"},
        {"report J/KOR.journal --event 1 -o p.html --node no.yaml", 2, "--node: no.yaml"},
        {"report word --event 1 -o p.html", 2, "not a journal"},
    };
    COMMANDS_CHECK(ANSWERS);
}

static void words_of_explanations(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"release explain", 2, "expected one RECORD"},
        {"release explain --help", 0, "watchfire release explain RECORD"},
        {EXPLAIN " --to JPN --launched ,1", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --sensors " TEN TEN TEN "1,2,3", 2, "expected at most 32 names"},
        {EXPLAIN " --to JPN --sensors " TEN TEN TEN "1,2", 0, "GOES"},
        {EXPLAIN " --to JPN --sensors A-NAME-THAT-IS-LONGER-THAN-ANY-SENSOR-HAS", 2,
         "expected at most 32 names"},
        {EXPLAIN, 2, "expected --to NATION and --policy FILE"},
        {EXPLAIN " --to jpn", 2, "--to: expected three capital letters"},
        {EXPLAIN " --to JPN --age-s x", 2, "expected a number from 0"},
        {EXPLAIN " --to JPN --doubt-km 1e9", 2, "expected a number from 0"},
        {EXPLAIN " --to JPN --doubt-km 1k", 2, "expected a number from 0"},
        {EXPLAIN " --to JPN --launched 39", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --launched 39,x", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --launched 99,1", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --launched 9,181", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --launched 9,1x", 2, "--launched: expected LAT,LON"},
        {EXPLAIN " --to JPN --sensors a/b", 2, "--sensors: expected at most 32 names"},
        {EXPLAIN " --to JPN --classification HIGH", 2, "--classification: expected"},
        {EXPLAIN " --to JPN --launched 39.2,125.7 --sensors K-EAST,K-CENTRAL", 0, "launch"},
        {EXPLAIN " --to JPN --journal J/KOR.journal", 2, "--policy or --journal, not both"},
        {"release explain rumour --to JPN --policy " KOR_POLICY, 2, "RECORD: expected track"},
        {"release explain notice --to JPN --policy " KOR_POLICY, 0, "track number"},
        {"release explain all-clear --to JPN --warned --policy " KOR_POLICY, 0, "GOES"},
        {"release explain warning --to JPN --json --policy " KOR_POLICY, 0, "\"goes\":"},
        {"release explain track --to JPN --policy no.yaml", 2, "no.yaml"},
        {"release explain rumour --to JPN --journal J/KOR.journal", 2, "RECORD: expected track"},
        {"release explain notice --to jp --journal J/KOR.journal", 2, "--to: expected three"},
        {"release explain notice --journal J/KOR.journal", 2, "--to: expected three"},
        {"release explain notice --to JPN --journal word", 2, "not a journal"},
        {DECIDED " --at noon", 2, "--at: expected a time"},
        {DECIDED " --at 2030-01-01T00:00:00Z", 1, "no such decision is in it"},
        {DECIDED " --at 2022-10-03T22:21:10Z", 0, "WENT"},
        {DECIDED " --event NONE", 1, "no such decision is in it"},
        {DECIDED " --json", 0, "\"went\""},
        {DECIDED " --proof no/p", 2, "no/p"},
    };
    house_does(DECIDED " --proof a.proof");
    COMMANDS_CHECK(ANSWERS);
}

static void words_of_policies(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"release verify", 2, "expected PROOF, and --list"},
        {"release verify a.proof", 2, "expected PROOF, and --list"},
        {"release verify a.proof --list KOR/key-list", 2, "expected PROOF, and --list"},
        {"release verify a.proof --root " ROOT, 2, "expected PROOF, and --list"},
        {"release verify a.proof --journal J/JPN.journal --root " ROOT, 2, "expected PROOF"},
        {"release verify a.proof --journal J/JPN.journal --list a --root b", 2, "expected PROOF"},
        {"release verify --help", 0, "watchfire release verify PROOF"},
        {"release verify no.proof --journal J/JPN.journal", 2, "no.proof"},
        {"release verify word --journal J/JPN.journal", 2, "expected a proof"},
        {"release verify a.proof --journal word", 2, "not a journal"},
        {"release verify a.proof --list KOR/key-list --root ab", 2, "--root: expected"},
        {"release verify a.proof --list word --root " ROOT, 2, "word"},
        {"release verify a.proof --journal J/JPN.journal --json", 0, "\"proved\":true"},
        {"release replay --help", 0, "watchfire release replay JOURNAL"},
        {"release replay --policy " KOR_POLICY " --to JPN", 2, "expected JOURNAL, --policy"},
        {"release replay J/KOR.journal --to JPN", 2, "expected JOURNAL, --policy"},
        {"release replay J/KOR.journal --policy " KOR_POLICY, 2, "expected JOURNAL, --policy"},
        {"release replay J/KOR.journal --policy " KOR_POLICY " --to jpn", 2, "--to: expected"},
        {"release replay J/KOR.journal --policy no.yaml --to JPN", 2, "no.yaml"},
        {"release replay J/KOR.journal --policy " KOR_POLICY " --to USA", 2, "--to: no partner"},
        {"release replay J/JPN.journal --policy " KOR_POLICY " --to KOR", 2, "another nation"},
        {"release replay word --policy " KOR_POLICY " --to JPN", 2, "not a journal"},
        {"release replay J/KOR.journal --policy " KOR_POLICY " --to JPN --json", 0, "\"more\":"},
        {"release check", 2, "expected one policy file"},
        {"release check no.yaml", 2, "no.yaml"},
        {"release check " KOR_POLICY " --sensors no", 2, "no: No such file"},
        {"release check " KOR_POLICY " --unknown", 2, "unrecognized option"},
        {"release diff --help", 0, "watchfire release diff OLD NEW"},
        {"release diff " KOR_POLICY, 2, "expected two policy files"},
        {"release diff " KOR_POLICY " no.yaml", 2, "no.yaml"},
        {"release diff " KOR_POLICY " " DATA_DIR "/policies/JPN.yaml", 2, "one nation's"},
        {"release label --help", 0, "watchfire release label FILE.xml"},
        {"release label", 2, "expected"},
        {"release label label.xml --of " KOR_POLICY, 2, "expected"},
        {"release label --json --of " KOR_POLICY, 2, "expected"},
        {"release label --owner KOR --of " KOR_POLICY, 2, "expected"},
        {"release label --to JPN --of " KOR_POLICY, 2, "expected"},
        {"release label label.xml --owner kor", 2, "expected three capital letters"},
        {"release label label.xml --to kor", 2, "expected three capital letters"},
        {"release label label.xml --json", 0, "\"permits\":"},
        {"release label no.xml", 2, "no.xml"},
        {"release label --of no.yaml", 2, "no.yaml"},
        {"release sign --help", 0, "watchfire release sign NEW"},
        {"release sign --officer KOR/officer-sato.key", 2, "expected one policy file and"},
        {"release sign policy.yaml", 2, "expected one policy file and --officer KEY"},
        {"release sign no.yaml --officer KOR/officer-sato.key", 2, "no.yaml"},
        {"release sign policy.yaml --officer no.key", 2, "no.key"},
        {"release sign policy.yaml --officer word", 2, "expected an officer's key"},
        {"release sign policy.yaml --officer KOR/online.key", 2, "expected an officer's key"},
        {"release sign policy.yaml --officer KOR/officer-sato.key --passphrase "
         "no",
         2, "no: No"},
        {"release sign policy.yaml --officer KOR/officer-sato.key --follows "
         "no.yaml",
         2, "no.yaml"},
        {"release sign policy.yaml --officer KOR/officer-sato.key --follows "
         "policy.yaml",
         2, "cannot follow policy 1 of KOR"},
        {"release sign policy.yaml --officer KOR/officer-sato.key "
         "--follows " DATA_DIR "/policies/JPN.yaml",
         2, "of the same nation"},
    };
    house_does("release label --of " KOR_POLICY);
    house_write("label.xml", commands_out(), 0644);
    COMMANDS_CHECK(ANSWERS);
}

static void refuses_proof(const char *field, const char *value)
{
    house_field("a.proof", field, value, "b.proof");
    assert_int_equal(commands_run("release verify b.proof --journal J/JPN.journal"), 2);
    if (strstr(commands_err(), "is missing or not as in a proof") == NULL) {
        fail_msg("%s: %s: %s", field, value, commands_err());
    }
}

/* Each field of a proof that is missing or of another form. */
static void proofs_that_are_none(void **state)
{
    (void)state;
    static const char *const FIELDS[] = {"format", "decision", "blinding", "place", "places",
                                         "second", "leaf",     "number",   "log",   "checkpoint"};
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        for (int wrong = 0; wrong < 2; wrong++) {
            refuses_proof(FIELDS[i], wrong == 0 ? NULL : "[\"xy\"]");
        }
    }
    house_field("a.proof", "checkpoint", "\"no note\"", "b.proof");
    assert_int_equal(commands_run("release verify b.proof --journal J/JPN.journal"), 2);
    assert_non_null(strstr(commands_err(), "\"checkpoint\" is not one"));
}

/* Of the right kind each, and yet nothing that a proof may have there. */
static void proofs_with_wrong_values(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        const char *value;
    } VALUES[] = {
        {"format", "\"another\""},
        {"place", "-1"},
        {"number", "-1"},
    };
    static char long_list[8000] = "[\"" ROOT "\"";
    char no_hex[] = "\"" ROOT "\"";
    static char long_note[8000] = "\"";
    for (size_t i = 0; i < 100; i++) {
        const size_t size = strlen(long_list);
        (void)snprintf(long_list + size, sizeof long_list - size, ",\"%s\"", ROOT);
    }
    long_list[strlen(long_list)] = ']';
    memset(long_note + 1, 'a', sizeof long_note - 3);
    long_note[sizeof long_note - 2] = '"';
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
        refuses_proof(VALUES[i].field, VALUES[i].value);
    }
    no_hex[9] = 'x';
    refuses_proof("blinding", no_hex);
    refuses_proof("second", long_list);
    refuses_proof("checkpoint", long_note);
}

/* A policy that keeps notices back: what did not go is proved like what went, and another policy
 * would have let it go. */
static void what_was_withheld_can_be_explained(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {SHY, 1, "DID NOT GO"},
        {SHY, 1, "Reason: no rule releases it."},
        {SHY " --json", 1, "\"went\":false"},
        {SHY " --proof shy.proof", 1, "The proof is in shy.proof"},
        {"release verify shy.proof --journal S/JPN.journal", 0, "DID NOT GO"},
        {"release replay S/KOR.journal --policy " KOR_POLICY " --to JPN", 1,
         "It would have received more of some kind."},
        {"release replay S/KOR.journal --policy " KOR_POLICY " --to JPN --json", 1,
         "\"withheld\":{\"no rule releases it\":1}"},
        {"report S/KOR.journal --event 1 -o withheld.html", 0, "withheld.html"},
    };
    house_scenario("shy.yaml", "policy: " KOR_POLICY, "policy: policy.yaml");
    house_does("exercise shy.yaml --fast --journal S");
    COMMANDS_CHECK(ANSWERS);
    assert_non_null(strstr(house_text("withheld.html"), "1: no rule releases it"));
}

/* A whole launch: warnings as files, a report, and a page in which outlets have answered. */
static void a_launch_has_a_page_with_receipts(void **state)
{
    (void)state;
    char id[100];
    house_copy(DATA_DIR "/scenarios/2022-10-04-irbm-over-japan.yaml", "duration: 27 min",
               "duration: 9 min", "scenarios/long.yaml");
    house_does("exercise scenarios/long.yaml --fast --journal L --warnings W --report l.json");
    assert_non_null(strstr(commands_out(), " warning messages in W."));
    assert_non_null(strstr(commands_out(), "What sharing gained:"));
    house_one_of("W/JPN", id, sizeof id);
    house_told("L/JPN.journal.outlets", id, "siren", "HTTP 200: sounded");
    house_does("report L/JPN.journal --event 1 -o page.html");
    static const char *const SAID[] = {"siren: HTTP 200: sounded", "Warnings to the own people",
                                       "thrust has ended", "km"};
    for (size_t i = 0; i < sizeof SAID / sizeof SAID[0]; i++) {
        assert_non_null(strstr(house_text("page.html"), SAID[i]));
    }
    assert_non_null(strstr(house_text("l.json"), "\"warnings\""));
    house_does("report L/USA.journal --event 1 -o page.html");
    house_does("replay L/USA.journal --json");
    house_does("release explain notice --to JPN --journal L/USA.journal --proof usa.proof");
    assert_int_equal(commands_run("release verify usa.proof --journal J/JPN.journal"), 2);
    assert_non_null(strstr(commands_err(), "names no keys of watchfire/exercise/USA"));
    house_does("release explain warning --to USA --journal L/JPN.journal");
}

static int begin(void **state)
{
    const int status = house_begin(state);
    house_keys();
    house_does("exercise short.yaml --fast --journal J");
    house_does("audit J/JPN.journal --write-checkpoints bad");
    house_write("bad/KOR-seen-by-JPN.note", "no note\n", 0644);
    house_write("empty.yaml", "nation: KOR\n", 0644);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_journals),
        cmocka_unit_test(words_of_explanations),
        cmocka_unit_test(words_of_policies),
        cmocka_unit_test(proofs_that_are_none),
        cmocka_unit_test(proofs_with_wrong_values),
        cmocka_unit_test(what_was_withheld_can_be_explained),
        cmocka_unit_test(a_launch_has_a_page_with_receipts),
    };
    return cmocka_run_group_tests(tests, begin, house_end);
}
