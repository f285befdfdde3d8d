/* A node is started and ended again in this process: a start that cannot be says where and what to
 * do, whichever call fails, and the next one goes well. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "journal/journal_sqlite.h"
#include "folder.h"
#include "node/key_folder.h"
#include "node/key_making.h"
#include "node/key_trust.h"
#include "node/nkey.h"
#include "node/node.h"
#include "node/node_file.h"
#include "node/small_file.h"

#define JPN ((struct nation_id){"JPN"})
#define KOR ((struct nation_id){"KOR"})
#define NOBODY "officers: []\n"
#define SENSOR                                                                            \
    "{\"type\":\"sensor\",\"id\":\"J1\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":" \
    "137.0,\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.05,\"sigma_el_deg\":0.05}\n"

static char settings_path[64];
static char message[NODE_MESSAGE_SIZE];
static char told[4096]; /* by the last start */
static char kor_root[KEY_FINGERPRINT_TEXT_SIZE];
static struct node_file file;

/* SQLite's, too: the linker takes these before the C library's. The disk's speed is not tested. */
int fsync(int fd)
{
    return fd >= 0 ? 0 : -1;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

static void run(const char *command)
{
    char text[300];
    (void)snprintf(text, sizeof text, "cd %s && %s", folder_name, command);
    assert_int_equal(system(text), 0);
}

static struct key_making making_of(const char *nation)
{
    return (struct key_making){.dir = folder_path(nation),
                               .passphrase = folder_path("word"),
                               .root_passphrase = folder_path("word"),
                               .now = {INT64_C(1664835600000000000)}};
}

static int make_folder(void **state)
{
    uint8_t root[KEY_BYTES];
    (void)state;
    if (sodium_init() < 0 || folder_make(state) != 0) {
        return -1;
    }
    (void)snprintf(settings_path, sizeof settings_path, "%s/node.yaml", folder_name);
    folder_write("word", "some words\n");
    folder_write("sensors", SENSOR);
    folder_write("people", NOBODY);
    struct key_making m = making_of("JPN");
    m.days = 30000;
    if (key_making_new(&m, JPN, DOMAIN_EXERCISE, root, message) != OK) {
        return -1;
    }
    m = making_of("KOR");
    m.days = 30000;
    if (key_making_new(&m, KOR, DOMAIN_EXERCISE, root, message) != OK) {
        return -1;
    }
    (void)key_fingerprint_text(root, kor_root);
    return 0;
}

/* Settings of a node that tells people by a feed, and hears Korea by way of others. */
static int settle(void **state)
{
    char text[1200];
    (void)state;
    (void)snprintf(text, sizeof text,
                   "nation: JPN\ndomain: exercise\nkeys: JPN\npassphrase: word\n"
                   "journal: journal\npolicy: policy.yaml\nsensors: sensors\n"
                   "console: 127.0.0.1:47811\nlisten: [udp 127.0.0.1:47812]\n"
                   "partners:\n  - nation: KOR\n    root: %s\n    key list: KOR/key-list\n"
                   "warnings:\n  sender: watch@example.jp\n  outlets:\n    - name: feed\n"
                   "      public: false\n      release: automatic\n",
                   kor_root);
    run("rm -rf journal*");
    const struct bytes settings = {(const uint8_t *)text, strlen(text)};
    const result read = node_file_parse(settings_path, settings, &file, message);
    file.console.port = 0; /* any that is free */
    file.listen[0].at.port = 0;
    return read == OK ? 0 : -1;
}

static void tell(void *context, const char *text)
{
    const size_t at = strlen(told);
    (void)context;
    (void)snprintf(told + at, sizeof told - at, "%s\n", text);
}

/* Starts it and, if that can be, ends it as an administrator does. */
static result start(void)
{
    struct node *node = NULL;
    const struct node_options options = {.file = &file, .tell = tell};
    message[0] = '\0';
    told[0] = '\0';
    result ran = node_open(&options, &node, message);
    if (ran == OK) {
        assert_int_equal(raise(SIGTERM), 0);
        ran = node_run(node, message);
    }
    node_close(node);
    return ran;
}

static void starts(void)
{
    if (start() != OK) {
        fail_msg("%s", message);
    }
}

static void set(char out[NODE_PATH_SIZE], const char *path)
{
    (void)snprintf(out, NODE_PATH_SIZE, "%s", path);
}

static void refused(const char *words)
{
    assert_int_not_equal(start(), OK);
    if (strstr(message, words) == NULL) {
        fail_msg("\"%s\", and not \"%s\"", message, words);
    }
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    set(file.sensors, folder_path("nothing"));
    refused("nothing: ");
    set(file.sensors, folder_path("sensors"));
    set(file.keys, folder_path("nowhere"));
    refused("nowhere/online.key: ");
    set(file.keys, folder_path("JPN"));
    set(file.partners[0].key_list, folder_path("nothing"));
    refused("nothing: ");
    set(file.partners[0].key_list, folder_path("JPN/key-list"));
    refused("JPN/key-list: is not signed by the root key");
    set(file.partners[0].key_list, "");
    set(file.journal, folder_path("nowhere/journal"));
    refused("nowhere/journal: ");
    set(file.journal, folder_path("KOR"));
    refused("KOR: ");
    set(file.journal, folder_path("journal"));
    starts();
    (void)snprintf(file.partners[0].root, sizeof file.partners[0].root, "%.62szz", kor_root);
    refused("not the fingerprint of a root key (64 hexadecimal digits)");
}

/* A partner's server asks for a key of ours and certificates; each that is not there is named. */
static void a_line_has_its_keys(void **state)
{
    struct node_partner *kor = &file.partners[0];
    struct nkey nkey;
    (void)state;
    (void)snprintf(kor->server.host, sizeof kor->server.host, "::1");
    kor->server.port = 1;
    set(kor->nkey, folder_path("no.nk"));
    refused("partner KOR: ");
    assert_non_null(strstr(message, "no.nk"));
    set(kor->nkey, folder_path("carrier.nk"));
    nkey_from_seed((const uint8_t[32]){7}, &nkey);
    assert_int_equal(nkey_write(kor->nkey, &nkey, message), OK);
    set(kor->certificate_authority, folder_path("no.pem"));
    set(kor->certificate, folder_path("no.pem"));
    set(kor->private_key, folder_path("no.key"));
    refused("partner KOR: server: HOST:PORT, the host a name or an IPv4 address, not '[::1]:1'");
    (void)snprintf(kor->server.host, sizeof kor->server.host, "localhost");
    refused("no.pem");
    assert_non_null(strstr(message, "partner KOR: "));
}

/* Windows and a policy are of no use if they cannot be read; the watch goes on. */
static void what_is_not_needed_is_told(void **state)
{
    (void)state;
    set(file.windows, folder_path("windows.yaml"));
    starts();
    assert_non_null(strstr(told, "windows.yaml: cannot be opened"));
    assert_non_null(strstr(told, "they stay as they were"));
    folder_write("windows.yaml", "windows: yes\n");
    starts();
    assert_non_null(strstr(told, "LAUNCH WINDOWS: "));
}

static void a_journal_is_its_nations(void **state)
{
    static const char *const FACTS[][2] = {{"KOR", "exercise"}, {"JPN", "test"}, {"JPN", "live"}};
    const struct node_options options = {.file = &file, .tell = tell};
    uint64_t inputs = 0;
    (void)state;
    assert_int_not_equal(node_prepare(&options, folder_path("copy"), &inputs, message), OK);
    assert_non_null(strstr(message, "copy: "));
    for (size_t i = 0; i < sizeof FACTS / sizeof FACTS[0]; i++) {
        struct journal *journal = NULL;
        run("rm -rf journal*");
        assert_int_equal(journal_sqlite_open(file.journal, JOURNAL_CREATE, &journal, NULL), OK);
        for (size_t k = 0; k < 2; k++) {
            const struct bytes value = {(const uint8_t *)FACTS[i][k], strlen(FACTS[i][k])};
            assert_int_equal(journal_set_meta(journal, k == 0 ? "nation" : "domain", value), OK);
        }
        assert_int_equal(journal_commit(journal), OK);
        journal_close(journal);
        refused("journal: the journal of another nation or domain; name the right one, or a new");
        assert_int_not_equal(node_prepare(&options, file.journal, &inputs, message), OK);
        assert_non_null(strstr(message, "not a journal of this nation and domain"));
    }
}

/* A folder from an old copy, and one that was renewed from an old copy. */
static void old_keys_are_not_used_again(void **state)
{
    const struct key_making m = making_of("JPN");
    (void)state;
    starts();
    run("cp -r JPN kept");
    assert_int_equal(key_making_rotate(&m, message), OK);
    starts();
    run("cp -r JPN newest && cp kept/* JPN");
    refused("JPN: the key list in it is number 1, and this node has used number 2: an old copy");
    assert_int_equal(key_making_rotate(&m, message), OK);
    refused("the key list in it is number 2 with other keys, and this node has used number 2");
    run("cp newest/* JPN");
    starts();
    run("cp kept/* JPN && rm -r kept newest");
}

static void a_console_is_as_the_settings_say(void **state)
{
    (void)state;
    set(file.console_certificate, folder_path("no.pem"));
    refused("no.pem: ");
    set(file.console_certificate, folder_path("people"));
    set(file.console_private_key, folder_path("no.key"));
    refused("no.key: ");
    set(file.console_private_key, folder_path("word"));
    refused("the console cannot listen on 127.0.0.1:0; expected an address of this machine, a "
            "port that no one else has, and a certificate with its key");
    set(file.console_certificate, "");
    set(file.console_private_key, "");
    set(file.officers, folder_path("nobody"));
    refused("nobody: No such file");
    set(file.officers, folder_path("people"));
    starts();
    run("mkdir -p journal.status/in");
    refused("journal.status: the socket for \"watchfire status\" cannot be made there");
    char longer[NODE_PATH_SIZE];
    (void)snprintf(longer, sizeof longer, "%s/%0100d", folder_name, 0);
    set(file.journal, longer);
    refused("longer than a socket's path may be; expected a journal whose path has at most 100");
}

/* A port that is taken, with its socket. */
static uint16_t take_port(int type, int *fd)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    *fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(*fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_true(type == SOCK_DGRAM || listen(*fd, 1) == 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&at, &size), 0);
    return ntohs(at.sin_port);
}

static void ports_are_free(void **state)
{
    int fd = -1;
    char words[64];
    (void)state;
    file.console.port = take_port(SOCK_STREAM, &fd);
    refused("expected an address of this machine and a port that no one else has");
    (void)close(fd);
    file.console.port = 0;
    file.listen[0].at.port = take_port(SOCK_DGRAM, &fd);
    (void)snprintf(words, sizeof words, "127.0.0.1:%u", file.listen[0].at.port);
    refused(words);
    (void)close(fd);
}

/* What of the start fails is told, or does without; the one after it is as ever. */
static void whatever_fails_the_next_start_goes_well(void **state)
{
    (void)state;
    starts();
    run("mkdir kept && cp -p journal* kept");
    uint32_t call = 1;
    uint32_t refusals = 0;
    for (bool struck = true; struck; call++) {
        run("rm -rf journal* && cp -p kept/* .");
        failing_begin(call, false);
        const result started = start();
        struck = failing_end();
        assert_true(started == OK || (struck && message[0] != '\0'));
        refusals += started == OK ? 0 : 1;
    }
    print_message("%u calls, %u of which are needed\n", call, refusals);
    assert_true(refusals > 20);
    starts();
    run("rm -r kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_cannot_be_read_is_named, settle),
        cmocka_unit_test_setup(a_line_has_its_keys, settle),
        cmocka_unit_test_setup(what_is_not_needed_is_told, settle),
        cmocka_unit_test_setup(a_journal_is_its_nations, settle),
        cmocka_unit_test_setup(old_keys_are_not_used_again, settle),
        cmocka_unit_test_setup(a_console_is_as_the_settings_say, settle),
        cmocka_unit_test_setup(ports_are_free, settle),
        cmocka_unit_test_setup(whatever_fails_the_next_start_goes_well, settle),
    };
    return cmocka_run_group_tests(tests, make_folder, folder_remove);
}
