/* Each command of `watchfire` while a call of memory, of a file, of SQLite or of a journal
 * fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "house.h"

#define KEYS "--passphrase word --root-passphrase word"

static void fails(const char *line)
{
    const unsigned ways = commands_fail(line, NULL);
    print_message("%4u  watchfire %s\n", ways, line);
}

static void keys_are_whole_or_not_there(void **state)
{
    (void)state;
    fails("keys new --nation KOR --domain exercise --dir KOR " KEYS);
    house_keys();
    fails("keys officer mori --dir KOR --root-passphrase word --officer-passphrase word");
    fails("keys show --dir KOR");
    fails("keys show --dir KOR --json");
    fails("keys rotate --dir KOR " KEYS);
    fails("keys revoke sato --dir KOR " KEYS);
    fails("keys grant a.grant --dir KOR --passphrase word --via USA --to JPN --up-to SECRET");
    fails("nkey new a.nkey");
    house_does("nkey new a.nkey");
    fails("nkey show a.nkey --json");
}

static void officers_are_in_the_file_or_not(void **state)
{
    (void)state;
    fails("officers add people.yaml kim --roles watch --password word");
    house_does("officers add people.yaml kim --roles watch --password word");
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
    fails("release sign policy.yaml --officer KOR/officer-sato.key --passphrase word");
    house_does("release sign policy.yaml --officer KOR/officer-sato.key --passphrase word");
    house_does("release label --of " KOR_POLICY);
    house_write("label.xml", commands_out(), 0644);
    fails("release label label.xml --json");
}

static void exercises_end_with_a_word(void **state)
{
    (void)state;
    (void)commands_fail("exercise short.yaml --fast --journal J --warnings W --report r.json",
                        "J/");
    fails("exercise short.yaml --write-sensors S");
    house_does("exercise short.yaml --fast --journal J --warnings W --report r.json");
}

static void journals_are_read_to_the_end_or_not_at_all(void **state)
{
    (void)state;
    fails("replay J/KOR.journal --json");
    fails("audit J/KOR.journal");
    fails("audit J/JPN.journal --write-checkpoints notes");
    house_does("audit J/JPN.journal --write-checkpoints notes");
    fails("audit J/KOR.journal --partner-checkpoints notes --json");
    fails("report J/KOR.journal --event 1 -o page.html");
    fails("release replay J/KOR.journal --policy " KOR_POLICY " --to JPN");
    fails("release explain notice --to JPN --journal J/KOR.journal --proof a.proof");
    house_does("release explain notice --to JPN --journal J/KOR.journal --proof a.proof");
    fails("release verify a.proof --journal J/JPN.journal");
}

static void warnings_are_listed_and_agreed_to_or_not(void **state)
{
    (void)state;
    house_told_people();
    (void)commands_fail("warnings node.yaml", "journal.outlets");
    (void)commands_fail("warnings node.yaml --json", "journal.outlets");
    (void)commands_fail("warnings release w1 node.yaml --officer KOR/officer-sato.key "
                        "--passphrase word",
                        "journal.outlets");
}

static void files_are_read_to_the_end_or_not_at_all(void **state)
{
    (void)state;
    house_write("lines.ndjson",
                SENSOR "{\"type\":\"radar\",\"sensor\":\"EYE-1\",\"time\":\"2023-07-12T01:02:03Z\","
                       "\"range_m\":512345.6,\"az_deg\":78.9,\"el_deg\":12.3}\n",
                0644);
    house_write("map.json", "{\"type\":\"FeatureCollection\",\"features\":[]}", 0644);
    house_write_bytes("flight.asterix", "\x30\x00\x0e\xf0\x19\xc9\x00\x64\x01\x20\x10\x10\x10\x10",
                      14, 0644);
    fails("assess lines.ndjson");
    fails("assess lines.ndjson --json");
    fails("assess lines.ndjson --as kml");
    fails("decode asterix flight.asterix --observations sensors --date 2023-07-12");
    fails("decode geojson map.json --json");
    fails("status node.yaml");
    fails("bench sharing short.yaml --sensors");
    fails("bench accuracy short.yaml --seeds 1..1");
    fails("bench launch " DATA_DIR "/studies/boost.yaml --seeds 1..1");
    fails("bench manoeuvre " DATA_DIR "/studies/reentry.yaml --seeds 1..1");
    (void)commands_run("flight --from 39,125 --bearing 90 --apogee-km 100 --range-km 400");
    assert_non_null(strstr(commands_out(), "flight time"));
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
    return cmocka_run_group_tests(tests, house_begin, house_end);
}
