/* NODE.yaml: what is plain is read, and everything else is refused with line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/node_file.h"

#define ROOT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TOP                   \
    "nation: JPN\n"           \
    "domain: exercise\n"      \
    "keys: keys\n"            \
    "journal: journal.db\n"   \
    "policy: /etc/jpn.yaml\n" \
    "sensors: sensors.ndjson\n"
#define LISTEN                 \
    "listen:\n"                \
    "  - udp 127.0.0.1:9001\n" \
    "  - tcp [::1]:9001\n"     \
    "  - asterix 239.1.2.3:8600\n"
#define CONSOLE "console: 127.0.0.1:8801\n"
#define PARTNER(nation)                       \
    "  - nation: " nation "\n"                \
    "    root: " ROOT "\n"                    \
    "    server: hub.example:4222\n"          \
    "    certificate authority: tls/ca.pem\n" \
    "    certificate: tls/JPN.pem\n"          \
    "    private key: tls/JPN.key\n"          \
    "    nkey: keys/carrier.nk\n"
#define WARNINGS                                   \
    "warnings:\n"                                  \
    "  sender: warnings@watch.example\n"           \
    "  outlets:\n"                                 \
    "    - name: ministries\n"                     \
    "      public: false\n"                        \
    "      release: automatic\n"                   \
    "    - name: cell broadcast\n"                 \
    "      public: true\n"                         \
    "      release: two officers\n"                \
    "      push: https://127.0.0.1:9443/cap?x=1\n" \
    "      certificate authority: tls/ca.pem\n"
#define WHOLE TOP LISTEN CONSOLE "partners:\n" PARTNER("USA") PARTNER("KOR")

static result parse(const char *text, struct node_file *out, char message[YAML_MESSAGE_SIZE])
{
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    return node_file_parse("house/node.yaml", bytes, out, message);
}

static void a_whole_file_is_read(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    if (parse(WHOLE, &file, message) != OK) {
        fail_msg("%s", message);
    }
    assert_string_equal(file.nation.code, "JPN");
    assert_int_equal(file.domain, DOMAIN_EXERCISE);
    assert_string_equal(file.keys, "house/keys");
    assert_string_equal(file.passphrase, "");
    assert_string_equal(file.journal, "house/journal.db");
    assert_string_equal(file.policy, "/etc/jpn.yaml");
    assert_int_equal(file.listen_count, 3);
    assert_int_equal(file.listen[1].kind, NODE_LISTEN_TCP);
    assert_string_equal(file.listen[1].at.host, "::1");
    assert_int_equal(file.listen[2].kind, NODE_LISTEN_ASTERIX);
    assert_int_equal(file.listen[2].at.port, 8600);
    assert_int_equal(file.console.port, 8801);
    assert_int_equal(file.partner_count, 2);
    assert_string_equal(file.partners[1].nation.code, "KOR");
    assert_string_equal(file.partners[1].server.host, "hub.example");
    assert_string_equal(file.partners[0].root, ROOT);
    assert_string_equal(file.partners[0].private_key, "house/tls/JPN.key");
}

static void a_partner_may_be_heard_by_way_of_others(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    const char *text = TOP CONSOLE
        "partners:\n" PARTNER("USA") "    key list: usa.key-list\n"
                                     "  - nation: KOR\n    root: " ROOT "\n    key list: kor\n"
                                     "grants:\n  - one.grant\n  - /etc/two.grant\n";
    if (parse(text, &file, message) != OK) {
        fail_msg("%s", message);
    }
    assert_string_equal(file.path, "house/node.yaml");
    assert_string_equal(file.partners[0].key_list, "house/usa.key-list");
    assert_string_equal(file.partners[1].key_list, "house/kor");
    assert_int_equal(file.partners[1].server.port, 0);
    assert_int_equal(file.grant_count, 2);
    assert_int_equal(file.grants[1].line, 22);
    assert_string_equal(file.grants[0].path, "house/one.grant");
    assert_string_equal(file.grants[1].path, "/etc/two.grant");
    /* What is of a line makes no sense without one. */
    assert_int_equal(parse(TOP CONSOLE "partners:\n  - nation: KOR\n    root: " ROOT
                                       "\n    key list: kor\n    nkey: k\n",
                           &file, message),
                     ERR_FORMAT);
    assert_non_null(strstr(message, "node.yaml:12:5: found the unknown key \"nkey\""));
}

static void a_node_may_be_alone(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    assert_int_equal(parse(TOP CONSOLE "passphrase: pass\n", &file, message), OK);
    assert_int_equal(file.listen_count, 0);
    assert_int_equal(file.partner_count, 0);
    assert_string_equal(file.passphrase, "house/pass");
    assert_int_equal(file.keep.ns, 30 * 86400 * NS_PER_S);
    assert_int_equal(parse(TOP CONSOLE "keep: 2 d\n", &file, message), OK);
    assert_int_equal(file.keep.ns, 2 * 86400 * NS_PER_S);
}

static void a_console_may_be_for_others(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    assert_int_equal(parse(TOP "console: \"[::1]:8801\"\nlaunch windows: windows.yaml\n"
                               "listen: [udp 127.0.0.1:9001, udp 127.0.0.2:9001]\n",
                           &file, message),
                     OK);
    assert_string_equal(file.windows, "house/windows.yaml");
    assert_string_equal(file.console.host, "::1");
    assert_int_equal(file.listen_count, 2);
    assert_int_equal(parse(TOP
                           "console: 0.0.0.0:8801\nofficers: people\n"
                           "console tls: {name: watch.example, certificate: a, private key: b}\n",
                           &file, message),
                     OK);
    assert_string_equal(file.console_name, "watch.example");
    assert_string_equal(file.console_certificate, "house/a");
    assert_string_equal(file.officers, "house/people");
}

/* Files are beside the settings, whose own path may be long. */
static void a_path_has_an_end(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    char text[1200];
    char name[NODE_PATH_SIZE];
    static const struct bytes whole = {(const uint8_t *)TOP CONSOLE, sizeof TOP CONSOLE - 1};
    assert_int_equal(node_file_parse("node.yaml", whole, &file, message), OK);
    assert_string_equal(file.keys, "keys");
    memset(name, 'k', sizeof name);
    name[sizeof name - 3] = '\0';
    (void)snprintf(text, sizeof text, TOP CONSOLE "passphrase: %s\n", name);
    assert_int_equal(parse(text, &file, message), ERR_FORMAT);
    assert_non_null(strstr(message, "house/node.yaml:8:13: passphrase: found \"kkk"));
    assert_non_null(strstr(message, "expected a shorter path"));
}

/* A part of the whole file, what it is replaced by, and what the message must say: place first. */
struct slip {
    const char *part;
    const char *by;
    const char *says;
};

static const struct slip SLIPS[] = {
    {"nation: JPN\n", "nation: Japan\n",
     ":1:9: nation: found \"Japan\"; expected a nation as three capital letter"},
    {"nation: JPN\n", "", ":1:1: found no key \"nation\" here; expected one"},
    {"domain: exercise", "domain: drill",
     ":2:9: domain: found \"drill\"; expected live, exercise or test"},
    {"keys: keys", "keys: [keys]",
     ":3:7: keys: found a list; expected one line of text, 1 to 511 bytes"},
    {"journal: journal.db", "jurnal: journal.db", ":4:1: found the unknown key \"jurnal\""},
    {"console:", "colour: red\nconsole:", "found the unknown key \"colour\""},
    {"console:", "nation: JPN\nconsole:", "\"nation\""},
    {"console:", "keep: 5 h\nconsole:",
     ":11:7: keep: found \"5 h\", out of range; expected 1 d to 36525 d"},
    {"console:", "keep: 30\nconsole:", "keep: found \"30\""},
    {"udp 127.0.0.1:9001", "udp 127.0.0.1",
     ":8:5: listen: found \"udp 127.0.0.1\"; expected udp, tcp or asterix, a b"},
    {"udp 127.0.0.1:9001", "udp localhost:9001",
     ":8:5: listen: found \"udp localhost:9001\"; expected udp, tcp or asterix"},
    {"udp 127.0.0.1:9001", "sctp 127.0.0.1:9001", ":8:5: "},
    {"udp 127.0.0.1:9001", "udp 127.0.0.1:0", ":8:5: "},
    {"udp 127.0.0.1:9001", "udp 127.0.0.1:65536", ":8:5: "},
    {"udp 127.0.0.1:9001", "udp 127.0.0.1:09001", ":8:5: "},
    {"udp 127.0.0.1:9001", "udp  127.0.0.1:9001", ":8:5: "},
    {"asterix 239.1.2.3:8600", "asterix 127.0.0.1:9001", ":10:5: "}, /* udp has it */
    {"udp 127.0.0.1:9001", "udp", ":8:5: listen: found \"udp\"; expected udp, tcp or asterix"},
    {"udp 127.0.0.1:9001", "[udp]", ":8:5: listen: found a list; expected udp, tcp or asterix"},
    {"udp 127.0.0.1:9001", "udp 1:9001", ":8:5: listen: found \"udp 1:9001\""},
    {"tcp [::1]:9001", "tcp [::1:9001", ":9:5: listen: found \"tcp [::1:9001\""},
    {"127.0.0.1:8801", "[]", ":11:10: console: found a list; expected ADDRESS:PORT with a numeric"},
    {"console:", "console tls: {certificate: a, private key: b}\nconsole: 0.0.0.0:8801\n#",
     ":12:10: console: found \"0.0.0.0:8801\"; expected 127.0.0.1:PORT; away from"},
    {"root: " ROOT, "root: []",
     ":14:11: root: found a list; expected the fingerprint of the partner's root key, 64 digits"},
    {"127.0.0.1:8801", "0.0.0.0:8801",
     ":11:10: console: found \"0.0.0.0:8801\"; expected 127.0.0.1:PORT; away from"},
    {"console:", "officers: people.yaml\nconsole: 0.0.0.0:8801\n#",
     ":12:10: console: found \"0.0.0.0:8801\"; expected 127.0.0.1:PORT; away from"},
    {"console:", "console tls:\n  certificate: a\nconsole:", "expected one in console tls"},
    {"console:", "console tls: {name: \"a b\", certificate: a, private key: b}\nconsole:",
     "found \"a b\"; expected the host's name in the certificate"},
    {"nation: USA", "nation: JPN",
     ":13:13: nation: found \"JPN\"; expected another nation than this node's "},
    {"nation: KOR", "nation: USA", ":20:13: nation: found \"USA\"; expected each partner once"},
    {"root: 00", "root: 0",
     ":14:11: root: found \"0112233445566778899aabbccddeeff001122334455667788"},
    {"root: 00", "root: AA",
     ":14:11: root: found \"AA112233445566778899aabbccddeeff00112233445566778"},
    {"    server: hub.example:4222\n", "",
     ":13:5: nation: found neither \"server\" nor \"key list\" beside it; expected \"server\" wh"},
    {"hub.example:4222", "hub.example",
     ":15:13: server: found \"hub.example\"; expected HOST:PORT of the NATS se"},
    {"    nkey: keys/carrier.nk\n", "",
     ":13:5: found no key \"nkey\" here; expected one in partners"},
    {"    nkey: keys", "    nkeys: keys", "found the unknown key \"nkeys\""},
};

static void a_slip_is_refused_with_line_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SLIPS / sizeof SLIPS[0]; i++) {
        const struct slip *s = &SLIPS[i];
        const char *at = strstr(WHOLE, s->part);
        assert_non_null(at);
        char text[4096];
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - WHOLE), WHOLE, s->by,
                       at + strlen(s->part));
        static struct node_file file;
        memset(&file, 0x5a, sizeof file);
        static struct node_file before;
        before = file;
        char message[YAML_MESSAGE_SIZE] = "";
        assert_int_not_equal(parse(text, &file, message), OK);
        assert_memory_equal(&file, &before, sizeof file);
        if (strstr(message, s->says) == NULL || strncmp(message, "house/node.yaml:", 16) != 0) {
            fail_msg("%s: does not say '%s': %s", s->by, s->says, message);
        }
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    assert_int_equal(node_file_read("no/such/node.yaml", &file, message), ERR_IO);
    assert_non_null(strstr(message, "no/such/node.yaml"));
}

static void outlets_are_read(void **state)
{
    (void)state;
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    if (parse(TOP CONSOLE WARNINGS, &file, message) != OK) {
        fail_msg("%s", message);
    }
    assert_string_equal(file.sender, "warnings@watch.example");
    assert_int_equal(file.outlet_count, 2);
    assert_string_equal(file.outlets[0].name, "ministries");
    assert_string_equal(file.outlets[0].push, "");
    assert_int_equal(file.outlets[0].release, NODE_RELEASE_AUTOMATIC);
    assert_true(file.outlets[1].is_public);
    assert_int_equal(file.outlets[1].release, NODE_RELEASE_TWO);
    assert_string_equal(file.outlets[1].push, "https://127.0.0.1:9443/cap?x=1");
    assert_string_equal(file.outlets[1].certificate_authority, "house/tls/ca.pem");
    assert_int_equal(parse(TOP CONSOLE, &file, message), OK);
    assert_int_equal(file.outlet_count, 0);
}

/* Replaces the first `from` in the text with outlets, and expects this to be said. */
static void refuse_outlets(const char *from, const char *to, const char *expected)
{
    static const char GOOD[] = TOP CONSOLE WARNINGS;
    static struct node_file file;
    char text[2048];
    char message[YAML_MESSAGE_SIZE] = "";
    const char *place = strstr(GOOD, from);
    assert_non_null(place);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(place - GOOD), GOOD, to,
                   place + strlen(from));
    assert_int_equal(parse(text, &file, message), ERR_FORMAT);
    if (strstr(message, expected) == NULL) {
        fail_msg("said \"%s\"", message);
    }
}

static void outlets_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refuse_outlets("release: two officers", "release: automatic",
                   "a public outlet needs two people");
    refuse_outlets("release: two officers", "release: one officer",
                   "a public outlet needs two people");
    refuse_outlets("https://127", "http://127", "expected https://HOST/PATH");
    refuse_outlets("cap?x=1", "cap x", "expected https://HOST/PATH");
    refuse_outlets("warnings@watch.example", "the watch", "expected a name without blanks");
    refuse_outlets("cell broadcast", "ministries", "expected each outlet's name once");
    refuse_outlets("      public: true\n", "", "\"public\"");
    refuse_outlets("      push: https://127.0.0.1:9443/cap?x=1\n", "", "without \"push\"");
    refuse_outlets("  sender: warnings@watch.example\n", "", "\"sender\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlets_are_read),
        cmocka_unit_test(outlets_that_cannot_be_are_refused),
        cmocka_unit_test(a_whole_file_is_read),
        cmocka_unit_test(a_partner_may_be_heard_by_way_of_others),
        cmocka_unit_test(a_node_may_be_alone),
        cmocka_unit_test(a_console_may_be_for_others),
        cmocka_unit_test(a_path_has_an_end),
        cmocka_unit_test(a_slip_is_refused_with_line_and_column),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
