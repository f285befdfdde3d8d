#include "house.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "../failing/failing.h"
#include "base/utc.h"
#include "commands.h"
#include "node/key_file.h"
#include "node/officer_file.h"
#include "node/outlet_store.h"

#define RADAR(name, place)                                                                  \
    "    sensors:\n      - name: " name "\n        kind: radar\n        place: " place "\n" \
    "        height: 300 m\n        interval: 1 s\n        max range: 1300 km\n"            \
    "        min elevation: 1 deg\n"                                                        \
    "        noise: {range: 40 m, azimuth: 1.5 mrad, elevation: 1.5 mrad}\n"                \
    "        detection: 97 %\n"

/* Two nations, fifty seconds: as much as a launch needs to be noticed and told of. */
static const char SCENARIO[] =
    "title: A short one\nstart: 2022-10-03T22:21:00Z\nduration: 50 s\nlaunches:\n"
    "  - name: Somewhere\n    at: 2022-10-03T22:21:05Z\n    site: 39.2, 125.7\n"
    "    bearing: 100 deg\n    apogee: 250 km\n    range: 1000 km\n    kind: medium\n"
    "nations:\n"
    "  - nation: KOR\n    policy: " DATA_DIR "/policies/KOR.yaml\n" RADAR(
        "K-EAST",
        "38.6, 127.0") "  - nation: JPN\n    policy: " DATA_DIR
                       "/policies/JPN.yaml\n" RADAR(
                           "J-NORTH",
                           "38.9, 131.4") "links:\n"
                                          "  - from: KOR\n    to: JPN\n    delay: 50 ms\n"
                                          "  - from: JPN\n    to: KOR\n    delay: 50 ms\n";
#define NODE(nation, more)                                                                  \
    "nation: " nation "\ndomain: exercise\nkeys: KOR\npassphrase: word\njournal: journal\n" \
    "policy: policy.yaml\nsensors: sensors\nconsole: 127.0.0.1:1\n" more

#define PATH_SIZE 200

static const char *folder;
static char one_hash[OFFICER_HASH_SIZE];

/* Hashes that cost nothing, so that there may be thousands of tries: the linker takes this. */
int __real_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password,
                             unsigned long long size, unsigned long long passes, size_t memory);
int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password,
                             unsigned long long size, unsigned long long passes, size_t memory);
int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password,
                             unsigned long long size, unsigned long long passes, size_t memory)
{
    (void)password;
    (void)size;
    (void)passes;
    (void)memory;
    memcpy(out, one_hash, sizeof one_hash);
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

static const char *in_folder(const char *name, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

void house_write_bytes(const char *name, const void *bytes, size_t size, mode_t mode)
{
    char path[PATH_SIZE];
    FILE *file = fopen(in_folder(name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

void house_write(const char *name, const char *text, mode_t mode)
{
    house_write_bytes(name, text, strlen(text), mode);
}

/* The scenario with one thing in it changed. */
void house_scenario(const char *name, const char *what, const char *to)
{
    char text[4096];
    const char *at = strstr(SCENARIO, what);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SCENARIO), SCENARIO, to,
                   at + strlen(what));
    house_write(name, text, 0644);
}

void house_field(const char *from, const char *field, const char *value, const char *to)
{
    char path[PATH_SIZE];
    json_t *o = json_load_file(in_folder(from, path), 0, NULL);
    assert_non_null(json_object_get(o, field));
    if (value == NULL) {
        assert_int_equal(json_object_del(o, field), 0);
    } else {
        json_t *new = json_loads(value, JSON_DECODE_ANY, NULL);
        assert_int_equal(json_object_set_new(o, field, new), 0);
    }
    assert_int_equal(json_dump_file(o, in_folder(to, path), 0), 0);
    json_decref(o);
}

static const char *text_of(const char *path)
{
    static char text[512 * 1024];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

const char *house_text(const char *name)
{
    char path[PATH_SIZE];
    return text_of(in_folder(name, path));
}

void house_copy(const char *from, const char *what, const char *to, const char *name)
{
    static char text[64 * 1024];
    char path[PATH_SIZE];
    const char *at = text_of(from);
    const char *changed = strstr(at, what);
    assert_non_null(changed);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(changed - at), at, to,
                   changed + strlen(what));
    assert_int_equal(symlink(DATA_DIR "/policies", in_folder("policies", path)), 0);
    assert_int_equal(mkdir(in_folder("scenarios", path), 0777), 0);
    house_write(name, text, 0644);
}

void house_one_of(const char *name, char *out, size_t size)
{
    char path[PATH_SIZE];
    DIR *all = opendir(in_folder(name, path));
    assert_non_null(all);
    out[0] = '\0';
    for (const struct dirent *e = readdir(all); e != NULL; e = readdir(all)) {
        if (e->d_name[0] != '.') {
            (void)snprintf(out, size, "%.*s", (int)strcspn(e->d_name, "."), e->d_name);
        }
    }
    assert_int_equal(closedir(all), 0);
    assert_true(out[0] != '\0');
}

void house_node(const char *name, const char *more)
{
    char text[2048];
    (void)snprintf(text, sizeof text, NODE("KOR", "%s"), more);
    house_write(name, text, 0644);
}

void house_officers(const char *name, uint32_t count)
{
    static struct officer_list list;
    char message[1024];
    char path[PATH_SIZE];
    memset(&list, 0, sizeof list);
    list.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct officer *o = &list.officers[i];
        (void)snprintf(o->name.text, sizeof o->name.text, "officer-%u", i);
        o->roles = ROLE_WATCH;
        memcpy(o->hash, one_hash, sizeof o->hash);
    }
    assert_int_equal(officer_file_write(in_folder(name, path), &list, message), OK);
}

void house_does(const char *line)
{
    if (commands_run(line) != 0) {
        fail_msg("watchfire %s: %s", line, commands_err());
    }
}

/* What a node told people, made here: the node itself is not asked. */

static void add(struct outlet_store *store, const char *id, const char *outlet, const char *receipt)
{
    struct told t = {.event = 9, .serial = 1, .state = WARNING_INITIAL};
    const struct bytes text = {(const uint8_t *)"<alert/>", 8};
    struct outlet_order order = {.tries = 1};
    t.time = utc_from_unix(1700000000, 0);
    t.expires = instant_plus_s(t.time, 400.0);
    (void)snprintf(t.id, sizeof t.id, "%s", id);
    (void)snprintf(t.chain, sizeof t.chain, "%s", id);
    (void)snprintf(t.name, sizeof t.name, "AMBER-K417");
    (void)snprintf(t.title, sizeof t.title, "Take shelter");
    assert_int_equal(outlet_store_add(store, &t, text, 0, NULL, NULL), OK);
    if (outlet != NULL) {
        assert_int_equal(outlet_store_order(store, t.number, outlet, t.time), OK);
    }
    if (receipt != NULL) {
        order.message = t.number;
        order.done = t.time;
        (void)snprintf(order.outlet, sizeof order.outlet, "%s", outlet);
        (void)snprintf(order.receipt, sizeof order.receipt, "%s", receipt);
        assert_int_equal(outlet_store_tried(store, &order), OK);
    }
}

void house_told(const char *name, const char *id, const char *outlet, const char *receipt)
{
    struct outlet_store *store = NULL;
    char path[PATH_SIZE];
    char message[OUTLET_MESSAGE_SIZE];
    assert_int_equal(outlet_store_open(in_folder(name, path), &store, message), OK);
    add(store, id, outlet, receipt);
    outlet_store_close(store);
}

void house_told_people(void)
{
    struct outlet_store *store = NULL;
    char path[PATH_SIZE];
    char message[OUTLET_MESSAGE_SIZE];
    assert_int_equal(outlet_store_open(in_folder("journal.outlets", path), &store, message), OK);
    add(store, "w1", "feed", NULL);
    add(store, "w2", NULL, NULL);
    add(store, "w3", "feed", "taken");
    outlet_store_close(store);
}

void house_keys(void)
{
    house_does("keys new --nation KOR --domain exercise --dir KOR --passphrase word "
               "--root-passphrase word");
    house_does("keys officer sato --dir KOR --root-passphrase word --officer-passphrase word");
    house_write("policy.yaml",
                "owner: KOR\nnumber: 1\ndefault: withhold\nlabel:\n  classification: SECRET\n"
                "  releasable to: [JPN]\nrules:\n  - rule: tracks\n    release: tracks\n"
                "    to: [JPN]\n    up to: SECRET\n    precision: outer bound\n",
                0644);
}

int house_begin(void **state)
{
    (void)state;
    folder = commands_begin();
    assert_true(sodium_init() >= 0);
    assert_int_equal(__real_crypto_pwhash_str(one_hash, "", 0, KEY_FILE_PASSES,
                                              (size_t)KEY_FILE_MEMORY_KIB * 1024),
                     0);
    house_write("word", "as long as a passphrase should be\n", 0600);
    house_write("sensors", SENSOR, 0644);
    house_write("short.yaml", SCENARIO, 0644);
    house_write("node.yaml",
                NODE("KOR", "warnings:\n  sender: warnings@watch.example\n  outlets:\n"
                            "    - name: feed\n      public: false\n      release: one officer\n"),
                0644);
    house_write("usa.yaml", NODE("USA", ""), 0644);
    house_write("udp.yaml", NODE("KOR", "listen: [udp 127.0.0.1:9]\n"), 0644);
    house_write("guarded.yaml", NODE("KOR", "officers: people.yaml\n"), 0600);
    return 0;
}

int house_end(void **state)
{
    (void)state;
    commands_end();
    return 0;
}
