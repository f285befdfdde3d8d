/* Inputs of the node at their edges: lines of sensors, passphrases, sockets, and facts of a journal
 * that somebody has cut. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "node/passphrase.h"
#include "node/retention.h"
#include "node/run.h"
#include "node/sensor_file.h"
#include "node/small_file.h"
#include "node/sockets.h"

static char folder[] = "/tmp/watchfire_edges_XXXXXX";
static char path[128];
static char message[1024];

static int make_folder(void **state)
{
    (void)state;
    return sodium_init() >= 0 && mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void write_file(const char *name, struct bytes bytes)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(small_file_write(path, 0600, bytes, message, sizeof message), OK);
}

static struct bytes text(const char *t)
{
    return (struct bytes){(const uint8_t *)t, strlen(t)};
}

/* Lines of sensors. */

#define SENSOR(id)                                                                            \
    "{\"type\":\"sensor\",\"id\":\"" id "\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":" \
    "127.0,\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.05,\"sigma_el_deg\":0.05}"

static void expect_sensors(struct bytes lines, result expected, const char *words)
{
    static struct sensor sensors[LIMIT_SENSORS];
    uint32_t count = 0;
    write_file("sensors", lines);
    assert_int_equal(sensor_file_read(path, sensors, &count, message), expected);
    if (expected != OK && strstr(message, words) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", message, words);
    }
    assert_int_equal(unlink(path), 0);
}

static void sensors_are_lines_of_sensors(void **state)
{
    static char many[512 * (LIMIT_SENSORS + 1)];
    static char wide[4000];
    size_t size = 0;
    (void)state;
    expect_sensors(text("\n  \n" SENSOR("A") "\n\n" SENSOR("B")), OK, "");
    expect_sensors(text(SENSOR("A") "\n{}\n"), ERR_FORMAT, ":2: ");
    expect_sensors(text(SENSOR("A") "\n" SENSOR("A") "\n"), ERR_FORMAT, ":2: ");
    expect_sensors(text(SENSOR("A") "\n{\"type\":\"radar\",\"sensor\":\"A\",\"t\":"
                                    "\"2022-10-03T22:25:00Z\",\"range_m\":1e6,\"az_deg\":1,"
                                    "\"el_deg\":2}\n"),
                   ERR_FORMAT, ":2: ");
    memset(wide, ' ', sizeof wide);
    wide[0] = '{';
    expect_sensors((struct bytes){(const uint8_t *)wide, sizeof wide}, ERR_FORMAT,
                   ":1: expected a line of at most 2,000 bytes");
    for (int i = 0; i <= LIMIT_SENSORS; i++) {
        size += (size_t)snprintf(many + size, sizeof many - size,
                                 "{\"type\":\"sensor\",\"id\":\"S-%d\",\"kind\":\"radar\","
                                 "\"lat_deg\":37.5,\"lon_deg\":127.0,\"alt_m\":100,"
                                 "\"sigma_range_m\":20,\"sigma_az_deg\":0.05,"
                                 "\"sigma_el_deg\":0.05}\n",
                                 i);
    }
    expect_sensors((struct bytes){(const uint8_t *)many, size}, ERR_FULL, "sensors, found another");
    assert_int_equal(rmdir(folder), 0); /* nothing else is left in it */
    assert_int_equal(mkdir(folder, 0700), 0);
}

/* Passphrases; what a person types is taken from here. */

static const char *typed[2];
static int asked;

char *__wrap_readpassphrase(const char *prompt, char *out, size_t size, int flags);
char *__wrap_readpassphrase(const char *prompt, char *out, size_t size, int flags)
{
    (void)prompt;
    (void)flags;
    const char *said = asked < 2 ? typed[asked] : NULL;
    asked++;
    if (said == NULL) {
        return NULL;
    }
    (void)snprintf(out, size, "%s", said);
    return out;
}

static void expect_typed(const char *first, const char *second, bool twice, result expected,
                         const char *words)
{
    const struct passphrase_source source = {.twice = twice, .whose = "the online keys"};
    struct passphrase p = {NULL, 0};
    typed[0] = first;
    typed[1] = second;
    asked = 0;
    message[0] = '\0';
    assert_int_equal(passphrase_read(&source, &p, message, sizeof message), expected);
    assert_non_null(strstr(message, words));
    if (expected == OK) {
        assert_int_equal(p.size, strlen(first));
        assert_memory_equal(p.text, first, p.size);
    } else {
        assert_null(p.text);
    }
    passphrase_free(&p);
}

static void a_passphrase_is_typed_once_or_twice(void **state)
{
    (void)state;
    expect_typed("words", NULL, false, OK, "");
    expect_typed("words", "words", true, OK, "");
    expect_typed("words", "wards", true, ERR_FORMAT, "the two passphrases differ; nothing was");
    expect_typed("words", NULL, true, ERR_IO, "the terminal cannot be read");
    expect_typed("", NULL, false, ERR_FORMAT, "the terminal: expected a passphrase in one line");
    expect_typed(NULL, NULL, false, ERR_IO, "no passphrase of the online keys: expected a file,");
}

static void expect_in_file(struct bytes bytes, bool credential, result expected)
{
    struct passphrase_source source = {.credential = credential, .whose = "the online keys"};
    struct passphrase p = {NULL, 0};
    write_file(PASSPHRASE_CREDENTIAL, bytes);
    source.path = credential ? NULL : path;
    asked = 2;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    assert_int_equal(passphrase_read(&source, &p, message, sizeof message), expected);
    assert_true(expected != OK || p.size == 5);
    passphrase_free(&p);
    assert_int_equal(unlink(path), 0);
}

static void a_passphrase_is_one_line_of_a_file(void **state)
{
    static uint8_t large[PASSPHRASE_BYTES_MAX + 1];
    (void)state;
    memset(large, 'a', sizeof large);
    for (int credential = 0; credential < 2; credential++) {
        expect_in_file(text("words\n"), credential, OK);
        expect_in_file(text("words"), credential, OK);
        expect_in_file(text("\n"), credential, ERR_FORMAT);
        expect_in_file(text("two\nlines\n"), credential, ERR_FORMAT);
        expect_in_file((struct bytes){(const uint8_t *)"a\0b", 3}, credential, ERR_FORMAT);
        expect_in_file((struct bytes){large, sizeof large}, credential, ERR_FORMAT);
    }
    /* Without the credential's file a terminal is asked. */
    const struct passphrase_source source = {.credential = true, .whose = "the online keys"};
    struct passphrase p;
    assert_int_equal(passphrase_read(&source, &p, message, sizeof message), ERR_IO);
    assert_non_null(strstr(message, "the systemd credential " PASSPHRASE_CREDENTIAL));
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_int_equal(passphrase_read(&source, &p, message, sizeof message), ERR_IO);
}

/* Facts that were cut. */

static void a_reason_is_whole_or_none(void **state)
{
    uint8_t bytes[5 * 8 + (LIMIT_PARTNERS + 1) * 12] = {0};
    struct retention_reason reason;
    (void)state;
    for (size_t i = 0; i <= LIMIT_PARTNERS; i++) {
        memcpy(bytes + 40 + 12 * i, "KOR", 4);
    }
    for (size_t size = 0; size <= 40 + 12 * LIMIT_PARTNERS; size++) {
        const bool whole = size >= 40 && (size - 40) % 12 == 0;
        assert_int_equal(retention_reason_read((struct bytes){bytes, size}, &reason),
                         whole ? OK : ERR_FORMAT);
    }
    assert_int_equal(reason.partner_count, LIMIT_PARTNERS);
    assert_int_equal(retention_reason_read((struct bytes){bytes, sizeof bytes}, &reason),
                     ERR_FORMAT);
    bytes[43] = 'X';
    assert_int_equal(retention_reason_read((struct bytes){bytes, 52}, &reason), ERR_FORMAT);
}

static void keys_of_a_run_are_whole_or_none(void **state)
{
    static struct key_trust trusts[LIMIT_NATIONS];
    uint8_t bytes[256] = "KOR";
    struct byte_writer w = {bytes, sizeof bytes, 4};
    uint32_t count = 0;
    static const uint8_t key[KEY_BYTES] = {5};
    (void)state;
    byte_writer_known_u8(&w, DOMAIN_EXERCISE);
    byte_writer_known_u8(&w, 1);
    byte_writer_known(&w, (struct bytes){key, sizeof key});
    byte_writer_known_u64(&w, 3);
    byte_writer_known_u8(&w, 1);
    byte_writer_known_u8(&w, KEY_SIGNING);
    byte_writer_known(&w, (struct bytes){key, sizeof key});
    for (int i = 0; i < 3; i++) {
        byte_writer_known_u64(&w, 7);
    }
    for (size_t size = 0; size < w.size; size++) {
        assert_int_equal(run_keys_decode((struct bytes){bytes, size}, trusts, &count), ERR_FORMAT);
    }
    assert_int_equal(run_keys_decode((struct bytes){bytes, w.size}, trusts, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(trusts[0].list.number, 3);
    assert_int_equal(trusts[0].list.keys[0].until.tai_ns, 7);
}

/* Sockets. */

static struct instant now(void *context)
{
    (void)context;
    return (struct instant){0};
}

static uint16_t free_port(int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(close(fd), 0);
    return ntohs(at.sin_port);
}

/* The sweep that comes every few seconds is called by hand. */
static uv_timer_cb sweep;
static uv_timer_t *sweep_timer;

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb each, uint64_t after, uint64_t every);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb each, uint64_t after, uint64_t every)
{
    (void)after;
    (void)every;
    sweep = each;
    sweep_timer = timer;
    return 0;
}

static void sensors_connect(void)
{
    struct node_listen listen[3] = {
        {.kind = NODE_LISTEN_UDP}, {.kind = NODE_LISTEN_TCP}, {.kind = NODE_LISTEN_ASTERIX}};
    uv_loop_t loop;
    struct sockets *s = NULL;
    failing_hold(true);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(listen[i].at.host, sizeof listen[i].at.host,
                       i == 2 ? "239.1.2.3" : "127.0.0.1");
        listen[i].at.port = free_port(i == 1 ? SOCK_STREAM : SOCK_DGRAM);
    }
    assert_int_equal(uv_loop_init(&loop), 0);
    failing_hold(false);
    const struct sockets_options options = {
        .loop = &loop, .listen_count = 3, .listen = listen, .now = now};
    message[0] = '\0';
    const result opened = sockets_open(&options, &s, message);
    assert_true(opened == OK || (failing_struck() && message[0] != '\0'));
    if (opened == OK) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(listen[1].at.port)};
        struct sockets_counters count;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        for (int i = 0; i < 3; i++) {
            (void)uv_run(&loop, UV_RUN_NOWAIT);
        }
        sweep(sweep_timer);
        sockets_count(s, &count);
        assert_true(failing_struck() || count.clients == 1);
        (void)failing_end();
        /* Whatever became of the first, a second one is let in. */
        const int again = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(again, (struct sockaddr *)&to, sizeof to), 0);
        for (int i = 0; i < 3; i++) {
            (void)uv_run(&loop, UV_RUN_NOWAIT);
            sweep(sweep_timer);
        }
        sockets_count(s, &count);
        assert_in_range(count.clients, 1, 2);
        assert_int_equal(close(fd), 0);
        assert_int_equal(close(again), 0);
    }
    sockets_close(s);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    sockets_free(s);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void what_cannot_listen_says_why(void **state)
{
    (void)state;
    failing_each(sensors_connect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensors_are_lines_of_sensors),
        cmocka_unit_test(a_passphrase_is_typed_once_or_twice),
        cmocka_unit_test(a_passphrase_is_one_line_of_a_file),
        cmocka_unit_test(a_reason_is_whole_or_none),
        cmocka_unit_test(keys_of_a_run_are_whole_or_none),
        cmocka_unit_test(what_cannot_listen_says_why),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
