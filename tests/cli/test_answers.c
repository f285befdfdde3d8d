/* What each command of `watchfire` answers to words and files that are rare or wrong: its exit
 * status, and what it says on which stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "house.h"

#define FLIGHT "flight --from 39,125 --bearing 90 --apogee-km 200 --range-km 500"
#define ROOT "abababababababababababababababababababababababababababababababab"
#define KEYS "--passphrase word --root-passphrase word"
#define GRANT "keys grant g --dir KOR --passphrase word"
#define STAGE(share) "{share: " share ", burn: 60 s, exhaust: 2500 m/s}"
#define GHOST(sensor)                                                             \
    "inject: ghost, at: 5 s, nation: KOR, sensor: " sensor ", place: '39, 127', " \
    "height: 100 km, speed: 3 km/s, bearing: 90 deg"
#define ONE_PLOT                                                               \
    "{\"type\":\"radar\",\"sensor\":\"EYE-1\",\"time\":\"2023-07-12T01:02:03." \
    "250Z\","                                                                  \
    "\"range_m\":512345.6,\"az_deg\":78.9,\"el_deg\":12.3}\n"

#define UNDERGROUND                                                               \
    "{\"type\":\"radar\",\"sensor\":\"EYE-1\",\"time\":\"2023-07-12T01:02:03Z\"," \
    "\"range_m\":512345.6,\"az_deg\":78.9,\"el_deg\":-60}\n"

static void each_command_says_how_it_is_used(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"--help", 0, "watchfire COMMAND"},
        {"help", 0, "watchfire COMMAND"},
        {"node --help", 0, "usage: watchfire node"},
        {"status --help", 0, "usage: watchfire status"},
        {"warnings --help", 0, "usage: watchfire warnings"},
        {"officers --help", 0, "usage: watchfire officers"},
        {"replay --help", 0, "usage: watchfire replay"},
        {"report --help", 0, "usage: watchfire report"},
        {"audit --help", 0, "usage: watchfire audit"},
        {"nkey --help", 0, "usage: watchfire nkey"},
        {"release --help", 0, "watchfire release VERB"},
        {"release check --help", 0, "watchfire release check"},
        {"bench --help", 0, "watchfire bench WHAT"},
        {"bench estimate --help", 0, "watchfire bench estimate"},
        {"bench exchange --help", 0, "watchfire bench exchange"},
        {"bench sharing --help", 0, "watchfire bench sharing"},
        {"bench launch --help", 0, "watchfire bench launch"},
        {"release", 2, "watchfire release VERB"},
        {"release judge", 2, "watchfire release VERB"},
        {"bench", 2, "watchfire bench WHAT"},
        {"bench speed", 2, "watchfire bench WHAT"},
        {"bench estimate more", 2, "watchfire bench estimate"},
        {"bench exchange --unknown", 2, "expected --dir DIR, --floor or --json"},
        {"bench exchange --dir", 2, "expected --dir DIR, --floor or --json"},
        {"bench exchange --dir no/such", 2, "--dir: cannot be written"},
        {"bench exchange", 2, "run it in the folder of the sources"},
        {"bench sharing --seeds 1", 2, "--seeds: expected A..B"},
        {"bench sharing --unknown", 2, "unrecognized option"},
        {"bench sharing --seeds 1..", 2, "--seeds: expected A..B"},
        {"bench sharing no/such.yaml", 2, "cannot be opened"},
        {"bench launch --seeds 1..2x", 2, "--seeds: expected A..B"},
        {"bench launch --seeds 1..100001", 2, "--seeds: expected A..B"},
        {"bench accuracy " DATA_DIR "/studies/salvo.yaml --seeds 1..1", 2, "one launch"},
        {"bench manoeuvre " DATA_DIR "/studies/salvo.yaml --seeds 1..1", 2, "one launch"},
    };
    COMMANDS_CHECK(ANSWERS);
}

/* Whatever is printed to a device that is full has not been said. */
static void what_cannot_be_printed_is_an_error(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "--help",
        "keys show --dir KOR",
        "keys show --dir KOR --json",
        FLIGHT " --json",
        FLIGHT,
        "officers --help",
        "assess lines.ndjson --json",
        "assess lines.ndjson",
        "nkey show key",
        "release label --of " KOR_POLICY,
    };
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        if (commands_run_full(LINES[i]) != 2 ||
            strstr(commands_err(), "standard output: not all of it could be written") == NULL) {
            fail_msg("watchfire %s > /dev/full: %s", LINES[i], commands_err());
        }
    }
}

static void words_of_flights_files_and_nodes(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {FLIGHT " --json", 0, "\"flight_time_s\""},
        {FLIGHT " --kind medium", 0, "medium, 1 stage"},
        {FLIGHT " --kind rocket", 2, "--kind: given \"rocket\", expected short"},
        {FLIGHT " --kind intercontinental --apogee-km 1", 2, "--apogee-km is given twice"},
        {FLIGHT " --fast", 2, "\"--fast\" is not an option"},
        {FLIGHT " --kind", 2, "--kind is missing"},
        {"flight --from 39:125 --bearing 0 --apogee-km 100 --range-km 300", 2, "--from: given"},
        {"flight --from x --bearing 0 --apogee-km 100 --range-km 300", 2, "--from: given"},
        {"flight --from 39,181 --bearing 0 --apogee-km 100 --range-km 300", 2, "--from: given"},
        {"flight --from 39,1e999 --bearing 0 --apogee-km 100 --range-km 300", 2, "--from: given"},
        {"flight --from 39,1 --bearing 0 --apogee-km 1 --range-km 300", 2, "--apogee-km: given"},
        {"flight --from 39,1 --bearing 0 --apogee-km 100 --range-km 3", 2, "--range-km: given"},
        {"flight --from 39,1 --bearing 0 --apogee-km 5 --range-km 20000", 1, "no flight of kind"},
        {"decode asterix flight.asterix --port 0", 2, "--port: expected a UDP port"},
        {"decode asterix flight.asterix --port 99999999999999999999", 2, "--port: expected"},
        {"decode asterix flight.asterix --port x", 2, "--port: expected a UDP port"},
        {"decode asterix flight.asterix --port", 2, "--port: expected a UDP port"},
        {"decode asterix flight.asterix --date", 2, "--date: expected a day"},
        {"decode asterix flight.asterix --date noon", 2, "--date: expected a day"},
        {"decode asterix flight.asterix --observations", 2, "expected a file of sensor lines"},
        {"decode asterix flight.asterix --observations lines.ndjson", 2,
         "expected lines of sensors only, found an observation"},
        {"decode asterix flight.asterix --observations sensors --json", 2, "--json: expected"},
        {"decode asterix flight.asterix more", 2, "more: expected FILE"},
        {"decode asterix", 2, "no file: expected FILE"},
        {"decode --json", 2, "expected the format"},
        {"decode", 2, "no format: expected the format"},
        {"decode cap", 2, "no file given"},
        {"decode cap a b", 2, "expected one FILE or --json"},
        {"decode cap --all", 2, "expected one FILE or --json"},
        {"decode cap no.xml", 2, "No such file"},
        {"decode cap lines.ndjson", 2, "lines.ndjson: "},
        {"decode geojson map.json", 0, "FeatureCollection"},
        {"decode geojson map.json --json", 0, "FeatureCollection"},
        {"decode asterix flight.asterix --json", 0, "\"category\":48"},
        {"decode asterix flight.asterix", 0, "048"},
        {"decode asterix flight.asterix --observations radars --date 2023-07-12", 0, "2023-07-12"},
        {"decode asterix flight.asterix --observations radars", 0, "needs --date"},
        {"assess lines.ndjson --every", 2, "--every: given \"\""},
        {"assess lines.ndjson --every 1.2.3", 2, "--every: given"},
        {"assess lines.ndjson --every 0.1", 2, "--every: given"},
        {"assess lines.ndjson --every 1e9", 2, "--every: given"},
        {"assess lines.ndjson --every 9999999", 2, "--every: given"},
        {"assess lines.ndjson --as", 2, "--as: given \"\""},
        {"assess lines.ndjson --as pdf", 2, "--as: given \"pdf\""},
        {"assess lines.ndjson --as kml --json", 2, "expected without --json"},
        {"assess lines.ndjson --as kml --every 2", 2, "expected without --json and --every"},
        {"assess lines.ndjson --as rdm", 2, "expected one event whose impact is determined"},
        {"assess lines.ndjson more", 2, "\"more\": expected one FILE"},
        {"assess lines.ndjson --every 0.5", 0, "\"events\":[]"},
        {"assess far.ndjson --json", 0, "\"events\":[]"},
        {"status", 2, "expected NODE.yaml or ADDRESS:PORT"},
        {"status a b", 2, "expected NODE.yaml or ADDRESS:PORT"},
        {"status --fast", 2, "expected NODE.yaml or ADDRESS:PORT"},
        {"status 127.0.0.1:1", 1, "no node answers on 127.0.0.1:1"},
        {"status node.yaml", 1, "is it running?"},
        {"status people.yaml", 2, "people.yaml:"},
        {"status guarded.yaml", 1, "is it running?"},
        {"node -x", 2, "expected one file, NODE.yaml"},
        {"node node.yaml --prepare", 2, "expected one file, NODE.yaml"},
        {"node node.yaml --prepared J", 2, "expected one file, NODE.yaml"},
        {"node no.yaml --prepare J", 2, "no.yaml"},
        {"node node.yaml --prepare no.journal", 2, "no.journal"},
    };
    COMMANDS_CHECK(ANSWERS);
}

static void words_of_keys(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"keys show --dir KOR", 0, "KOR, exercise: key list 2"},
        {"keys show --dir KOR --dir KOR", 2, "--dir: expected one value, once"},
        {"keys show --dir", 2, "--dir: expected one value, once"},
        {"keys show --dir KOR more", 2, "\"more\" is not expected"},
        {"keys check --root " ROOT, 2, "expected FILE"},
        {"keys show --dir " ROOT ROOT ROOT ROOT, 2, "the path of the folder is too long"},
        {"keys new --nation JPN --domain test --dir " ROOT ROOT ROOT ROOT, 2, "is too long"},
        {"keys officer kim --dir " ROOT ROOT ROOT ROOT, 2, "is too long"},
        {"keys check KOR/key-list more --root " ROOT, 2, "\"more\" is not expected"},
        {"keys check KOR/key-list --all --root " ROOT, 2, "\"--all\" is not expected"},
        {"keys new --nation JPNX --domain test --dir x", 2, "--nation: expected three capital"},
        {"keys new --nation JPN --domain test --dir x --days x", 2, "--days: given \"x\""},
        {"keys rotate --dir KOR --days 9x", 2, "--days: given \"9x\""},
        {"keys revoke sato --dir KOR --days 99999999999999999999", 2, "--days: given"},
        {"keys officer kim --dir KOR --days 3651", 2, "--days: given \"3651\""},
        {GRANT " --via usa --to JPN --up-to SECRET", 2, "--via: given \"usa\""},
        {GRANT " --via USA --to JPNX --up-to SECRET", 2, "--to: given \"JPNX\""},
        {GRANT " --via USA --to JPN --up-to HIGH", 2, "--up-to: expected UNCLASSIFIED"},
        {GRANT " --via USA --to JPN --up-to SECRET --kinds tracks,tracks", 2, "--kinds: expected"},
        {GRANT " --via USA --to JPN --up-to SECRET --kinds trakcs", 2, "--kinds: expected"},
        {GRANT " --via USA --to JPN --up-to SECRET --days 0", 2, "--days: given \"0\""},
        {GRANT " --via USA --to JPN --up-to SECRET --days 3", 0, "until 2023-11-17"},
        {"keys new --nation JPN --domain exercise --dir JPN " KEYS, 0, "Carry JPN/root.key away"},
        {"keys new --nation USA --domain test --dir USA --days 1 " KEYS, 0, "Carry USA"},
        {"keys show --dir USA", 0, "in 24 hours"},
        {"keys rotate --dir KOR --root-key JPN/root.key " KEYS, 2, "JPN/root.key"},
        {"keys rotate --dir KOR --root-key word " KEYS, 2, "word"},
        {"keys revoke nobody --dir KOR " KEYS, 2, "nobody"},
        {"keys revoke sato --dir KOR " KEYS, 0, "revoked"},
        {"keys revoke sato --dir KOR " KEYS, 2, "sato"},
        {"keys officer s/t --dir KOR --root-passphrase word --officer-passphrase "
         "word",
         2, "expected 1 to 24 letters"},
        {"keys officer sato --dir JPN --root-passphrase word "
         "--officer-passphrase word",
         0, "sato"},
        {"keys officer sato --dir JPN --root-passphrase word "
         "--officer-passphrase word",
         2, "sato"},
        {"nkey new", 2, "usage: watchfire nkey"},
        {"nkey", 2, "usage: watchfire nkey"},
        {"nkey make key", 2, "usage: watchfire nkey"},
        {"nkey show --json", 2, "usage: watchfire nkey"},
        {"nkey show key --all", 2, "usage: watchfire nkey"},
        {"nkey show key", 0, "U"},
        {"nkey show word", 2, "word"},
    };
    COMMANDS_CHECK(ANSWERS);
}

static void words_of_officers(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"officers", 2, "expected add FILE NAME"},
        {"officers add people.yaml", 2, "expected add FILE NAME"},
        {"officers list people.yaml kim", 2, "expected add FILE NAME"},
        {"officers list", 2, "expected add FILE NAME"},
        {"officers make people.yaml", 2, "expected add FILE NAME"},
        {"officers list people.yaml kim more", 2, "more: not expected here"},
        {"officers list people.yaml --all", 2, "--all: not expected here"},
        {"officers add people.yaml lee --roles", 2, "--roles: not expected here"},
        {"officers add people.yaml lee --password word", 2, "no --roles: expected watch"},
        {"officers add people.yaml lee --roles grand-admiral-of-all", 2, "expected watch"},
        {"officers add people.yaml lee --roles watch, --password word", 2, "expected watch"},
        {"officers add people.yaml lee --roles watch --password -", 2, "10 bytes or more"},
        {"officers add people.yaml lee --roles watch", 2, "no password of lee: expected a file"},
        {"officers add people.yaml lee --roles watch --password no", 2, "no: No such file"},
        {"officers add full.yaml lee --roles watch --password word", 2, "is full: 64 officers"},
        {"officers add KOR/online.key lee --roles watch", 2, "online.key"},
        {"officers list none.yaml", 2, "watchfire officers add makes it"},
        {"officers remove none.yaml kim", 2, "watchfire officers add makes it"},
        {"officers list nobody.yaml", 0, "nobody may sign in"},
    };
    COMMANDS_CHECK(ANSWERS);
}

/* (what stands in a file of officers, what is said) */
static void officers_that_are_not_in_order(void **state)
{
    (void)state;
    static const char *const FILES[][2] = {
        {"officers:\n  - {name: kim, roles: [watch, watch], password: x}\n", "each once"},
        {"officers:\n  - {name: kim, roles: [[watch]], password: x}\n", "roles: "},
        {"officers:\n  - {name: kim, roles: [], password: x}\n", "roles: "},
        {"officers:\n  - {name: 'k m', roles: [watch], password: x}\n", "1 to 31 letters"},
        {"officers:\n  - {name: [kim], roles: [watch], password: x}\n", "name: "},
        {"officers:\n  - {name: kim, roles: [watch], password: [x]}\n", "password: "},
        {"officers:\n  - {name: kim, roles: [watch], password: x}\n", "watchfire officers add"},
        {"officers: kim\n", "officers: "},
        {"officers: [", "people-bad.yaml:"},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        house_write("people-bad.yaml", FILES[i][0], 0600);
        if (commands_run("officers list people-bad.yaml") != 2 ||
            strstr(commands_err(), FILES[i][1]) == NULL) {
            fail_msg("%s: %s", FILES[i][0], commands_err());
        }
        assert_string_equal(commands_out(), "");
    }
}

/* (what stands in NODE.yaml, what is said): none of these starts. */
static void nodes_that_do_not_start(void **state)
{
    (void)state;
    static const char *const NODES[][2] = {
        {"officers: none.yaml\n", "none.yaml"},
        {"officers: people.yaml\nconsole tls: {certificate: no.crt, private key: "
         "word}\n",
         "no.crt"},
        {"officers: people.yaml\nconsole tls: {certificate: sensors, private "
         "key: no.key}\n",
         "no.key"},
        {"officers: people.yaml\nconsole tls: {certificate: sensors, private "
         "key: word}\n",
         "a certificate with its key"},
        {"listen: [udp 192.0.2.1:9]\n", "192.0.2.1"},
        {"listen: [tcp 192.0.2.1:9]\n", "192.0.2.1"},
        {"listen: [asterix 192.0.2.1:9]\n", "192.0.2.1"},
        {"listen: ['udp [2001:db8::1]:9']\n", "2001:db8::1"},
        {"partners: [{nation: JPN, root: " ROOT ", key list: no-list}]\n", "no-list"},
        {"partners: [{nation: JPN, root: " ROOT ", key list: KOR/key-list}]\n", "KOR/key-list"},
    };
    for (size_t i = 0; i < sizeof NODES / sizeof NODES[0]; i++) {
        house_node("bad-node.yaml", NODES[i][0]);
        if (commands_run("node bad-node.yaml") != 2 ||
            strstr(commands_err(), NODES[i][1]) == NULL) {
            fail_msg("%s: %s", NODES[i][0], commands_err());
        }
    }
}

static void words_of_exercises(void **state)
{
    (void)state;
    static const struct commands_answer ANSWERS[] = {
        {"exercise short.yaml more", 2, "argument more: expected one scenario file"},
        {"exercise short.yaml --seed 99999999999999999999", 2, "--seed 99999999999999999999"},
        {"exercise short.yaml --seed x", 2, "--seed x: expected"},
        {"exercise short.yaml --seed 9999999999999999999", 2, "--seed 9999999999999999999"},
        {"exercise short.yaml --speed x", 2, "--speed x: expected"},
        {"exercise short.yaml --speed 2x", 2, "--speed 2x: expected"},
        {"exercise short.yaml --speed 1e7", 2, "--speed 1e7: expected"},
        {"exercise short.yaml --resume", 2, "--resume: expected --journal DIR"},
        {"exercise short.yaml --show --fast", 2, "speed: expected one of"},
        {"exercise short.yaml --show --speed 2", 2, "speed: expected one of"},
        {"exercise short.yaml node.yaml --sensors-only --fast", 2, "no --speed, --fast"},
        {"exercise short.yaml node.yaml --sensors-only --show", 2, "no --speed, --fast"},
        {"exercise short.yaml node.yaml --sensors-only --journal J", 2, "no --speed, --fast"},
        {"exercise short.yaml --officers p --resume --journal J", 2, "--officers: expected no"},
        {"exercise short.yaml node.yaml --officers p --sensors-only", 2, "--officers: expected no"},
        {"exercise short.yaml node.yaml --sensors-only", 2, "expected a node that listens"},
        {"exercise short.yaml usa.yaml --sensors-only", 2, "the scenario has no such nation"},
        {"exercise short.yaml udp.yaml udp.yaml --sensors-only", 2, "expected each nation once"},
        {"exercise short.yaml --fast --report no/such.json", 2, "--report: no/such.json"},
        {"exercise short.yaml --fast --report KOR", 2, "--report: KOR: expected a file"},
        {"exercise short.yaml --fast --warnings word", 2, "--warnings: word: Not a directory"},
        {"exercise short.yaml --fast --warnings no/such", 2, "--warnings: no/such"},
        {"exercise short.yaml --fast --journal word", 2, "word/KOR.journal"},
        {"exercise short.yaml --fast --journal none --resume", 2, "there is no such folder"},
        {"exercise short.yaml --fast --journal J", 2, "give an empty folder, or --resume"},
        {"exercise short.yaml --fast --journal J --resume --seed 5", 2, "of another exercise"},
        {"exercise alone.yaml --fast", 0, "Events noticed:  KOR 1; launches: 1."},
        {"exercise quiet.yaml --fast --report quiet.json", 0, "Nothing was launched; 0 warning"},
        {"exercise short.yaml --fast --seed 5", 0, "down after"},
        {"exercise orbit.yaml --fast --report orbit.json", 0, "reached orbit"},
    };
    COMMANDS_CHECK(ANSWERS);
}

/* (what stands in the scenario, what it becomes, what is said) */
static void scenarios_that_are_not_in_order(void **state)
{
    (void)state;
    static const char *const CHANGES[][3] = {
        {"at: 2022-10-03T22:21:05Z", "at: 2022-10-03T21:21:05Z", "expected"},
        {"start: 2022-10-03T22:21:00Z", "start: today", "expected"},
        {"policy: " KOR_POLICY, "policy: " DATA_DIR "/policies/JPN.yaml", "owner is this nation"},
        {"policy: " KOR_POLICY, "policy: sensors", "sensors:1"},
        {"to: JPN\n    delay", "to: KOR\n    delay", "expected"},
        {"to: JPN\n    delay", "to: USA\n    delay", "expected"},
        {"nation: JPN", "nation: KOR", "expected"},
        {"kind: medium", "kind: medium\n    recorded: {file: no.csv, end of thrust: 10 s}",
         "recording that can be read"},
        {"kind: medium", "kind: medium\n    recorded: {file: sensors, end of thrust: 10 s}",
         "sensors:1:1: found"},
        {"kind: medium", "kind: medium\n    recorded: {file: few.csv, end of thrust: 1 s}",
         "found 2 samples; expected at least 5"},
        {"kind: medium", "kind: medium\n    recorded: {file: back.csv, end of thrust: 1 s}",
         "back.csv:4:1: found"},
        {"kind: medium", "kind: medium\n    recorded: {file: wide.csv, end of thrust: 1 s}",
         "wide.csv:2:1: found"},
        {"kind: medium", "kind: medium\n    recorded: {file: good.csv, end of thrust: 900 s}",
         "a time within the recording"},
        {"kind: medium",
         "kind: medium\n    recorded: {file: good.csv, end of thrust: 4 s, "
         "breaks: [3 s, 2 s]}",
         "times in ascending order"},
        {"kind: medium",
         "kind: medium\n    recorded: {file: good.csv, end of thrust: 900 s, "
         "breaks: [2 s, 3 s]}",
         "a time within the recording"},
        {"at: 2022-10-03T22:21:05Z", "at: 99 s", "expected 0 s to 50 s"},
        {"at: 2022-10-03T22:21:05Z", "at: [5 s]", "expected a time such as"},
        {"at: 2022-10-03T22:21:05Z", "at: 2022-10-03T23:21:05Z", "and the end of the scenario"},
        {"kind: medium", "kind: medium\n    stages: [" STAGE("50 %") "]", "add up to 100 %"},
        {"kind: medium", "kind: medium\n    stages: [" STAGE("60 %") ", " STAGE("60 %") "]",
         "add up to 100 %"},
        {"apogee: 250 km\n    range: 1000 km", "orbit: 500 km", "no \"kind\" beside \"orbit\""},
        {"kind: medium",
         "kind: medium\n  - name: Somewhere\n    at: 5 s\n    site: 39, 125\n"
         "    bearing: 100 deg\n    apogee: 250 km\n    range: 1000 km",
         "a name that no other launch has"},
        {"links:", "injects:\n  - {" GHOST("K-EAST") "}\nlinks:", "of the kind tracker"},
        {"links:", "injects:\n  - {" GHOST("NONE") "}\nlinks:", "a sensor of that nation"},
        {"links:", "injects:\n  - {inject: link cut, at: 5 s, from: KOR, to: KOR}\nlinks:",
         "expected two nations"},
        {"links:", "injects:\n  - {inject: link cut, at: 5 s, between: [JPN, JPN]}\nlinks:",
         "expected two nations"},
        {"links:", "injects:\n  - {inject: sensor out, at: 9 s, until: 5 s, nation: KOR}\nlinks:",
         "a time after"},
        {"from: JPN\n    to: KOR", "from: KOR\n    to: JPN", "each link once"},
        {"policy: " KOR_POLICY, "policy: [KOR]", "one line of text"},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        house_scenario("changed.yaml", CHANGES[i][0], CHANGES[i][1]);
        const int status = commands_run("exercise ./changed.yaml --fast");
        if (status != 2 || strstr(commands_err(), CHANGES[i][2]) == NULL) {
            wrong++;
            print_error("%s: %d: %s", CHANGES[i][1], status, commands_err());
        }
    }
    assert_int_equal(wrong, 0);
}

/* Lines of sensors: (what the file holds after its first sensor, status, what is said). */
static void lines_that_are_rare_or_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        int status;
        const char *said;
    } FILES[] = {
        {"\t\r\n \n" ONE_PLOT ONE_PLOT, 0, "0 rejected, 2 unassociated"},
        {UNDERGROUND, 0, "Sensor EYE-1: 1 of 1 observations rejected"},
        {UNDERGROUND, 0, "Rejected: 1 "},
        {"x" ONE_PLOT, 2, "rare.ndjson:2"},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        char text[2000];
        (void)snprintf(text, sizeof text, "%s%s", SENSOR, FILES[i].lines);
        house_write("rare.ndjson", text, 0644);
        const int status = commands_run("assess rare.ndjson");
        const char *said = FILES[i].status == 0 ? commands_out() : commands_err();
        if (status != FILES[i].status || strstr(said, FILES[i].said) == NULL) {
            fail_msg("%s: %d: %s%s", FILES[i].lines, status, commands_out(), commands_err());
        }
    }
}

/* What a line of a recording may not be; what is found goes to a terminal. */
static void recordings_that_are_not_in_order(void **state)
{
    (void)state;
    static const char *const LINES[][2] = {
        {"1x,0.1,0.0", "found \"1x,0.1,0.0\""},
        {"1,0.1", "found \"1,0.1\""},
        {"1,0.1,0.0,0", "found \"1,0.1,0.0,0\""},
        {"1,-1,0.0", "found \"1,-1,0.0\""},
        {"1,200000,0", "found \"1,200000,0\""},
        {"1,0.1,-1", "found \"1,0.1,-1\""},
        {"1,0.1,200000", "found \"1,0.1,200000\""},
        {"1,\033[2J", "found \"1,?[2J\""},
        {"1,\177", "found \"1,?\""},
    };
    house_scenario("recorded.yaml", "kind: medium",
                   "kind: medium\n    recorded: {file: bad.csv, end of thrust: 4 s}");
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "time_s,altitude_km,downrange_km\n0,0,0\n%s\n",
                       LINES[i][0]);
        house_write("bad.csv", text, 0644);
        if (commands_run("exercise recorded.yaml --fast") != 2 ||
            strstr(commands_err(), "bad.csv:3:1: ") == NULL ||
            strstr(commands_err(), LINES[i][1]) == NULL) {
            fail_msg("%s: %s", LINES[i][0], commands_err());
        }
    }
}

static void words_of_warnings(void **state)
{
    (void)state;
    static const struct commands_answer EMPTY[] = {
        {"warnings node.yaml", 2, "there is no such file; the node makes it"},
        {"warnings udp.yaml", 2, "it has no \"warnings:\" with outlets"},
    };
    static const struct commands_answer ANSWERS[] = {
        {"warnings", 2, "expected NODE.yaml, or release or cancel"},
        {"warnings agree w1 node.yaml", 2, "expected NODE.yaml, or release or cancel"},
        {"warnings node.yaml --all", 2, "expected one of the options"},
        {"warnings node.yaml --officer KOR/officer-sato.key", 2, "expected release or cancel"},
        {"warnings release w1 node.yaml", 2, "expected the officer's key"},
        {"warnings no.yaml", 2, "no.yaml"},
        {"warnings release w9 node.yaml --officer KOR/officer-sato.key "
         "--passphrase word",
         1, "w9: no such warning is in force"},
        {"warnings cancel w1 node.yaml --officer word --passphrase word", 2, "word"},
        {"warnings cancel w1 node.yaml --officer KOR/officer-sato.key "
         "--passphrase word",
         0, "w1: taken back"},
        {"warnings release w1 node.yaml --officer KOR/officer-sato.key "
         "--passphrase word",
         0, "w1: agreed"},
        {"warnings node.yaml", 0, "feed: NOT YET TAKEN: not tried yet; it is tried again"},
        {"warnings node.yaml", 0, "went nowhere yet"},
        {"warnings node.yaml", 0, "feed: taken"},
        {"warnings node.yaml --json", 0, "\"receipt\":\"taken\""},
    };
    COMMANDS_CHECK(EMPTY);
    house_told_people();
    COMMANDS_CHECK(ANSWERS);
}

static int begin(void **state)
{
    static const char PLOT[] = "\x30\x00\x0e\xf0\x19\xc9\x00\x64\x01\x20\x10\x10\x10\x10";
    const int status = house_begin(state);
    char text[8192];
    char *at = text;
    house_keys();
    house_does("officers add people.yaml kim --roles watch --password word");
    house_does("nkey new key");
    house_does("exercise short.yaml --fast --journal J");
    house_write("lines.ndjson", SENSOR ONE_PLOT, 0644);
    house_write("far.ndjson",
                SENSOR ONE_PLOT "  "
                                "\n{\"type\":\"radar\",\"sensor\":\"EYE-1\",\"time\":\"2023-07-"
                                "12T09:02:03Z\","
                                "\"range_m\":512345.6,\"az_deg\":78.9,\"el_deg\":12.3}\n",
                0644);
    house_write_bytes("flight.asterix", PLOT, sizeof PLOT - 1, 0644);
    house_write("radars",
                "{\"type\":\"sensor\",\"id\":\"25-201\",\"kind\":\"radar\",\"lat_deg\":"
                "45,"
                "\"lon_deg\":16,\"alt_m\":300,\"sigma_range_m\":70,\"sigma_az_deg\":0.08,"
                "\"sigma_el_deg\":0.25}\n",
                0644);
    house_write("map.json", "{\"type\":\"FeatureCollection\",\"features\":[]}", 0644);
    house_write("nobody.yaml", "officers: []\n", 0600);
    at += snprintf(at, 100, "time_s,altitude_km,downrange_km\n");
    house_write("few.csv", "time_s,altitude_km,downrange_km\n0,0,0\n1,0.1,0\n", 0644);
    house_write("back.csv", "time_s,altitude_km,downrange_km\n0,0,0\n2,0.1,0\n1,0.1,0\n", 0644);
    for (int i = 0; i < 8; i++) {
        at += snprintf(at, 100, "%d,%.1f,0.0\n", i, 0.1 * i * i);
    }
    house_write("good.csv", text, 0644);
    memset(at, '1', 600);
    (void)snprintf(text + 32, sizeof text - 32, "%.600s", at);
    house_write("wide.csv", text, 0644);
    house_officers("full.yaml", 64);
    house_write("quiet.yaml",
                "title: Nothing\nstart: 2022-10-03T22:21:00Z\nduration: 20 "
                "s\nlaunches: []\n"
                "nations:\n  - nation: KOR\n    policy: " KOR_POLICY "\n    sensors: []\n",
                0644);
    const char *scenario = house_text("short.yaml");
    (void)snprintf(text, sizeof text, "%.*s", (int)(strstr(scenario, "  - nation: JPN") - scenario),
                   scenario);
    house_write("alone.yaml", text, 0644);
    house_scenario("orbit.yaml", "apogee: 250 km\n    range: 1000 km\n    kind: medium",
                   "orbit: 500 km");
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_says_how_it_is_used),
        cmocka_unit_test(what_cannot_be_printed_is_an_error),
        cmocka_unit_test(words_of_flights_files_and_nodes),
        cmocka_unit_test(words_of_keys),
        cmocka_unit_test(words_of_officers),
        cmocka_unit_test(officers_that_are_not_in_order),
        cmocka_unit_test(nodes_that_do_not_start),
        cmocka_unit_test(words_of_exercises),
        cmocka_unit_test(scenarios_that_are_not_in_order),
        cmocka_unit_test(lines_that_are_rare_or_wrong),
        cmocka_unit_test(recordings_that_are_not_in_order),
        cmocka_unit_test(words_of_warnings),
    };
    return cmocka_run_group_tests(tests, begin, house_end);
}
