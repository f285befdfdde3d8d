/* Writes the fuzzers' seeds of binary formats, made by the code and the fixtures of the tests:
 * make_corpus FOLDER, where FOLDER is tests/fuzz/corpus. The same seeds every time, but for the
 * nonce in a key file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../share/fixture.h"
#include "../share/key_fixture.h"
#include "engine/event.h"
#include "node/input.h"
#include "node/key_file.h"
#include "node/seal.h"
#include "share/note.h"
#include "signatures_fixture.h"

static const char *root;
static uint8_t storage[1 << 18];

static void keep(const char *target, const char *name, struct bytes bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, target);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

static struct byte_writer room(void)
{
    return (struct byte_writer){storage, sizeof storage, 0};
}

static void policies(void)
{
    struct policy p = fixture_policy();
    struct byte_writer w = room();
    assert_int_equal(policy_encode(&p, &w), OK);
    keep("policy_bytes", "plain", byte_writer_written(&w));
    p.area_count = 2;
    p.areas[0] = (struct policy_area){
        .name = "circle", .corner_count = 1, .corners = {{0.7, 2.2, 0.0}}, .radius_m = 1e5};
    p.areas[1] =
        (struct policy_area){.name = "triangle",
                             .corner_count = 3,
                             .corners = {{0.7, 2.2, 0.0}, {0.7, 2.3, 0.0}, {0.8, 2.2, 0.0}}};
    p.group_count = 1;
    p.groups[0] =
        (struct policy_group){.name = "eyes", .sensor_count = 2, .sensors = {{"EYE-1"}, {"EYE-2"}}};
    p.rules[0].areas = 3;
    p.rules[0].onward_count = 1;
    p.rules[0].onward[0] = fixture_nation("USA");
    p.rules[p.rule_count++] = (struct policy_rule){.name = "no eyes",
                                                   .action = POLICY_WITHHOLD_SENSORS,
                                                   .groups = 1,
                                                   .to_count = 1,
                                                   .to = {fixture_nation("JPN")}};
    w = room();
    assert_int_equal(policy_encode(&p, &w), OK);
    keep("policy_bytes", "everything", byte_writer_written(&w));
}

static void notes(void)
{
    const struct note_head head = {
        .origin = "watchfire/test/KOR", .size = 86400, .root = {{0x0a, 0xc5}}};
    const uint8_t key[NOTE_PUBLIC_BYTES] = {0xd7, 0x5a, 0x98, 0x01};
    const uint8_t signature[NOTE_SIGNATURE_BYTES] = {2};
    struct byte_writer w = room();
    assert_int_equal(note_write_body(&head, &w), OK);
    assert_int_equal(byte_writer_u8(&w, '\n'), OK);
    keep("note", "unsigned", byte_writer_written(&w));
    assert_int_equal(note_write_line(head.origin, NOTE_LOG, key, 0, signature, &w), OK);
    keep("note", "signed", byte_writer_written(&w));
    assert_int_equal(note_write_line("someone", NOTE_COSIGNER, key, 1700000000, signature, &w), OK);
    keep("note", "cosigned", byte_writer_written(&w));
}

static void input(const char *name, const struct event *event, const uint8_t *signature)
{
    struct byte_writer w = room();
    assert_int_equal(input_encode(event, signature, &w), OK);
    keep("input", name, byte_writer_written(&w));
}

static void inputs(void)
{
    const struct instant now = fixture_time(0.0);
    const uint8_t signature[KEYS_SIGNATURE_BYTES] = {7};
    const struct bytes some = {(const uint8_t *)"some bytes", 10};
    static struct observation scan[2];
    struct event e = {.kind = EVENT_TICK, .time = now};
    input("tick", &e, NULL);
    e = (struct event){.kind = EVENT_BOOT, .time = now, .partner = fixture_nation("USA")};
    e.boot.epoch.counter = 3;
    input("boot", &e, NULL);
    e = (struct event){
        .kind = EVENT_FRAME, .time = now, .partner = fixture_nation("USA"), .frame = some};
    input("frame", &e, signature);
    e = (struct event){.kind = EVENT_REFUSED,
                       .time = now,
                       .partner = fixture_nation("USA"),
                       .refusal = REFUSED_SEAL};
    input("refused", &e, NULL);
    e = (struct event){.kind = EVENT_COMMITTED, .time = now, .position = 99};
    input("committed", &e, NULL);
    e = (struct event){
        .kind = EVENT_KEYS, .time = now, .partner = fixture_nation("USA"), .keys = some};
    input("keys", &e, NULL);
    e = (struct event){
        .kind = EVENT_POLICY, .time = now, .policy = some, .officer_count = 1, .officers = {{{1}}}};
    input("policy", &e, NULL);
    for (int i = 0; i < 2; i++) {
        scan[i] = (struct observation){.kind = SENSOR_RADAR,
                                       .sensor = {"K1"},
                                       .validity = now,
                                       .receipt = now,
                                       .radar = {.polar = {5e5, 1.0, 0.1}}};
    }
    e = (struct event){.kind = EVENT_SCAN, .time = now, .scan_count = 2, .scan = scan};
    input("scan", &e, NULL);
}

static void key_files(void)
{
    static const uint8_t key[KEY_FILE_KEY_BYTES] = {1, 2, 3};
    const uint8_t pinned[KEY_BYTES] = {4};
    const struct bytes secrets = {(const uint8_t *)"a secret of some length", 23};
    struct key_file_header header;
    struct byte_writer w = room();
    key_file_header_make(KEY_FILE_ONLINE, DOMAIN_TEST, fixture_nation("KOR"), pinned, &header);
    assert_int_equal(key_file_encrypt(&header, key, secrets, &w), OK);
    keep("key_file", "online", byte_writer_written(&w));
}

/* Of one officer, and of both. */
static void signatures(void)
{
    static struct signatures_fixture f;
    char text[2 * POLICY_CONSENT_LINE_SIZE];
    signatures_fixture_init(&f);
    signatures_fixture_line(&f, 0, text);
    const size_t one = strlen(text);
    keep("signatures", "one", (struct bytes){(const uint8_t *)text, one});
    signatures_fixture_line(&f, 1, text + one);
    keep("signatures", "two", (struct bytes){(const uint8_t *)text, strlen(text)});
}

/* What a journal says of its keys, by the table in node/run.h: KOR with two, JPN with none yet. */
static void run_keys(void)
{
    struct byte_writer w = room();
    for (int nation = 0; nation < 2; nation++) {
        const struct nation_id id = fixture_nation(nation == 0 ? "KOR" : "JPN");
        const uint8_t count = nation == 0 ? 2 : 0;
        uint8_t key[KEY_BYTES] = {(uint8_t)nation, 9};
        assert_int_equal(byte_writer_put(&w, (struct bytes){(const uint8_t *)id.code, 4}), OK);
        assert_int_equal(byte_writer_u8(&w, DOMAIN_TEST), OK);
        assert_int_equal(byte_writer_u8(&w, (uint8_t)nation), OK);
        assert_int_equal(byte_writer_put(&w, (struct bytes){key, sizeof key}), OK);
        assert_int_equal(byte_writer_u64(&w, 3), OK);
        assert_int_equal(byte_writer_u8(&w, count), OK);
        for (uint8_t i = 0; i < count; i++) {
            key[1] = i;
            assert_int_equal(byte_writer_u8(&w, i == 0 ? KEY_SIGNING : KEY_OFFICER), OK);
            assert_int_equal(byte_writer_put(&w, (struct bytes){key, sizeof key}), OK);
            for (uint64_t t = 1; t <= 3; t++) {
                assert_int_equal(byte_writer_u64(&w, t << 40), OK);
            }
        }
    }
    keep("run_keys", "two_nations", byte_writer_written(&w));
}

static void add_sealed(struct seal *from, const struct frame *frame, struct byte_writer *out)
{
    static uint8_t plain[FRAME_BYTES_MAX];
    static uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct byte_writer p = {plain, sizeof plain, 0};
    struct byte_writer s = {sealed, sizeof sealed, 0};
    const struct instant now = {1700000000 * NS_PER_S};
    assert_int_equal(frame_encode(frame, &p), OK);
    assert_int_equal(seal_close(from, byte_writer_written(&p), LANE_LIVE, now, &s, signature), OK);
    assert_int_equal(byte_writer_u16(out, (uint16_t)s.size), OK);
    assert_int_equal(byte_writer_put(out, byte_writer_written(&s)), OK);
}

/* KOR's hello to JPN, and a heartbeat sealed under the keys of both process starts. */
static void seals(void)
{
    const struct instant now = {1700000000 * NS_PER_S};
    struct keys keys[2];
    struct key_trust trust[2];
    struct keys_boot boot[2];
    static struct seal seal[2];
    static uint8_t buffer[SEAL_FRAME_BYTES_MAX];
    assert_int_equal(keys_start(), OK);
    keys_derive(7, fixture_nation("KOR"), &keys[0]);
    keys_derive(7, fixture_nation("JPN"), &keys[1]);
    for (int i = 0; i < 2; i++) {
        key_trust_fix(&keys[1 - i].list, &trust[i]);
        keys_boot_make(&keys[i], keys[1 - i].list.nation, 1, &boot[i]);
        seal_init(&seal[i], &keys[i], &trust[i], &boot[i]);
    }
    struct frame hello[2];
    memset(hello, 0, sizeof hello);
    for (int i = 0; i < 2; i++) {
        hello[i].type = FRAME_HELLO;
        hello[i].hello = (struct frame_hello){
            .schema_min = 1, .schema_max = 2, .time = now, .boot = boot[i].open.epoch, .number = 1};
        memcpy(hello[i].hello.ephemeral_public, boot[i].open.ephemeral_public, 32);
    }
    /* KOR hears JPN first, so that it can seal. */
    struct byte_writer w = room();
    struct seal_opened opened;
    add_sealed(&seal[1], &hello[1], &w);
    seal_open(&seal[0], (struct bytes){storage + 2, w.size - 2}, now, buffer, sizeof buffer,
              &opened);
    assert_int_equal(opened.refusal, REFUSED_NONE);
    w = room();
    add_sealed(&seal[0], &hello[0], &w);
    keep("seal", "hello", byte_writer_written(&w));
    const struct frame beat = {.type = FRAME_HEARTBEAT,
                               .heartbeat = {.time = now,
                                             .boot = boot[0].open.epoch,
                                             .stream = {.epoch = boot[0].open.epoch}}};
    add_sealed(&seal[0], &beat, &w);
    keep("seal", "hello_and_heartbeat", byte_writer_written(&w));
}

/* Steps of three bytes for what is played against a model. */
static void steps(const char *target, const char *name, uint64_t seed, size_t size, uint8_t kinds)
{
    struct random r;
    random_init(&r, seed, 8);
    for (size_t i = 0; i < size; i++) {
        storage[i] = (uint8_t)random_u64(&r);
        storage[i] = i % 3 == 0 ? storage[i] % kinds : storage[i];
    }
    keep(target, name, (struct bytes){storage, size});
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_corpus tests/fuzz/corpus\n");
        return 2;
    }
    root = argv[1];
    policies();
    notes();
    inputs();
    key_files();
    seals();
    signatures();
    run_keys();
    steps("sequence_set", "add_and_skip", 1, 300, 8);
    steps("sequence_set", "two_histories", 2, 300, 255);
    steps("ledger", "all", 3, 60, 255);
    steps("ledger", "append", 4, 60, 3);
    steps("log", "short", 5, 40, 255);
    steps("log", "long", 6, 290, 255);
    steps("frame_queue", "all", 7, 120, 255);
    steps("frame_queue", "full", 8, 120, 6);
    return 0;
}
