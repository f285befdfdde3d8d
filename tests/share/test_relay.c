/* Relayed records and grants: what holds is taken, and whatever is changed is refused, by its
 * reason. */
#include "../base/near.h"

#include <sodium.h>
#include <string.h>

#include "fixture.h"
#include "key_fixture.h"
#include "share/merkle.h"
#include "share/relay.h"
#include "share/relay_window.h"

/* KOR lets USA pass on to JPN. */
static struct key_fixture kor;
static uint8_t secret[64];
static struct signed_grant grant;
static struct instant now;

/* A batch from KOR to USA, and KOR's signature of it. */
static uint8_t storage[FRAME_RECORDS_MAX][CODEC_RECORD_BYTES_MAX];
static uint8_t plain[FRAME_BYTES_MAX];
static struct frame_batch batch;
static uint8_t signature[KEY_SIGNATURE_BYTES];

static void sign_grant(struct signed_grant *g, enum domain domain)
{
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(grant_signed_bytes(&g->grant, domain, &w), OK);
    crypto_sign_detached(g->signature, NULL, w.data, w.size, secret);
}

static struct record onward_record(enum record_kind kind)
{
    struct random r;
    random_init(&r, 5, 1);
    struct record record = kind == RECORD_TRACK    ? fixture_track(&r, now)
                           : kind == RECORD_NOTICE ? fixture_notice(now)
                                                   : fixture_warning(now, WARNING_UPDATE);
    record.label.releasable_count = 1;
    record.label.releasable_to[0] = fixture_nation("USA");
    record.label.onward_count = 1;
    record.label.onward[0] = fixture_nation("JPN");
    return record;
}

/* `count` records: tracks that differ in their number. */
static void make_batch(const struct record *record, uint32_t count)
{
    struct record copy = *record;
    struct frame frame = {.type = FRAME_BATCH};
    frame.batch = (struct frame_batch){.epoch = {3, {9}}, .first = 41, .count = count};
    memset(frame.batch.previous.bytes, 0x17, DIGEST_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        struct byte_writer w = {storage[i], sizeof storage[i], 0};
        if (copy.kind == RECORD_TRACK) {
            copy.track.id.value = 100 + i;
        }
        assert_int_equal(codec_encode(&copy, &w), OK);
        frame.batch.records[i] = byte_writer_written(&w);
    }
    batch = frame.batch;
    const struct frame_route route = {DOMAIN_EXERCISE, fixture_nation("KOR"),
                                      fixture_nation("USA")};
    uint8_t bytes[FRAME_SIGNED_BYTES_MAX];
    struct byte_writer out = {plain, sizeof plain, 0};
    struct byte_writer message = {bytes, sizeof bytes, 0};
    assert_int_equal(frame_encode(&frame, &out), OK);
    assert_int_equal(frame_signed_bytes(&route, byte_writer_written(&out), &message), OK);
    crypto_sign_detached(signature, NULL, message.data, message.size, secret);
}

static int begin(void **state)
{
    (void)state;
    now = fixture_time(0.0);
    key_fixture_make("KOR", DOMAIN_EXERCISE, &kor);
    key_fixture_add(&kor, KEY_SIGNING, 1, instant_plus_s(now, -60.0), instant_plus_s(now, 1e6),
                    secret);
    grant.grant = (struct grant){.owner = fixture_nation("KOR"),
                                 .via = fixture_nation("USA"),
                                 .to = fixture_nation("JPN"),
                                 .kinds = GRANT_ALL_KINDS,
                                 .classification_max = CLASSIFICATION_SECRET,
                                 .from = instant_plus_s(now, -60.0),
                                 .until = instant_plus_s(now, 3600.0)};
    sign_grant(&grant, DOMAIN_EXERCISE);
    const struct record record = onward_record(RECORD_TRACK);
    make_batch(&record, 5);
    return 0;
}

static struct relay_parties parties(void)
{
    return (struct relay_parties){.domain = DOMAIN_EXERCISE,
                                  .via = fixture_nation("USA"),
                                  .to = fixture_nation("JPN"),
                                  .owner_keys = &kor.list,
                                  .now = now};
}

static struct relayed make(uint32_t index)
{
    struct relayed r;
    assert_int_equal(relay_make(&batch, index, signature, &grant, &r), OK);
    return r;
}

static enum relay_why open_between(const struct relay_parties *p, const struct relayed *r)
{
    struct record record;
    return relay_open(p, r, &record);
}

static enum relay_why open(const struct relayed *r)
{
    const struct relay_parties p = parties();
    return open_between(&p, r);
}

static void every_record_of_a_batch_can_go_on(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 5, 64, 77, 128};
    const struct record original = onward_record(RECORD_TRACK);
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        make_batch(&original, counts[k]);
        for (uint32_t i = 0; i<counts[k]; i += counts[k]> 5 ? 9 : 1) {
            const struct relayed in = make(i);
            uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
            struct byte_writer w = {bytes, sizeof bytes, 0};
            struct relayed out;
            struct record record;
            const struct relay_parties p = parties();
            assert_int_equal(relay_encode(&in, &w), OK);
            assert_true(relay_is(byte_writer_written(&w)));
            assert_false(relay_is(batch.records[i]));
            assert_int_equal(relay_decode(byte_writer_written(&w), &out), OK);
            assert_int_equal(relay_open(&p, &out, &record), RELAY_YES);
            assert_true(record.track.id.value == 100 + i);
            assert_true(nation_id_equal(record.label.owner, fixture_nation("KOR")));
        }
        struct relayed none;
        assert_int_equal(relay_make(&batch, counts[k], signature, &grant, &none), ERR_RANGE);
    }
}

static void every_changed_bit_is_refused(void **state)
{
    (void)state;
    const struct relayed in = make(3);
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(relay_encode(&in, &w), OK);
    for (size_t bit = 0; bit < 8 * w.size; bit++) {
        struct relayed out;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (relay_decode(byte_writer_written(&w), &out) == OK) {
            assert_int_not_equal(open(&out), RELAY_YES);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < w.size; cut++) {
        struct relayed out;
        assert_int_not_equal(relay_decode((struct bytes){bytes, cut}, &out), OK);
    }
}

static void fields_that_are_wrong_are_told_apart(void **state)
{
    (void)state;
    struct relayed r = make(3);
    r.index = 2;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.count = 4;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.proof_count--;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    struct digest root;
    assert_int_equal(merkle_root_of_proof(3, 5, &r.proof[0], r.proof, r.proof_count, &root), OK);
    assert_int_equal(merkle_root_of_proof(3, 5, &r.proof[0], r.proof, r.proof_count - 1, &root),
                     ERR_SIGNATURE);
    r.proof[1].bytes[31] ^= 1;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.first++;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.epoch.counter++;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.previous.bytes[0] ^= 1;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.signature[5] ^= 1;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    memcpy(r.record, storage[2], r.size);
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(3);
    r.record[0] ^= 1;
    assert_int_equal(open(&r), RELAY_FORMAT);
    r = make(3);
    r.first = UINT64_MAX - 1;
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(relay_encode(&r, &w), ERR_RANGE);
    r = make(3);
    r.grant.signature[0] ^= 1;
    assert_int_equal(open(&r), RELAY_SIGNATURE);
    r = make(3);
    r.grant.grant.until.tai_ns++;
    assert_int_equal(open(&r), RELAY_SIGNATURE);
}

static void a_relayed_record_is_not_relayed_again(void **state)
{
    (void)state;
    const struct relayed once = make(0);
    struct relayed twice = once;
    struct byte_writer w = {twice.record, sizeof twice.record, 0};
    /* Were it to fit: the shortest one is longer than any record, and its first byte tells. */
    assert_int_equal(relay_encode(&once, &w), ERR_FULL);
    twice.record[0] = 0x42;
    assert_int_equal(open(&twice), RELAY_TWICE);
}

static void a_grant_is_for_three_nations(void **state)
{
    (void)state;
    const struct relayed r = make(1);
    struct relay_parties p = parties();
    p.via = fixture_nation("GBR");
    assert_int_equal(open_between(&p, &r), RELAY_ROUTE);
    p = parties();
    p.to = fixture_nation("GBR");
    assert_int_equal(open_between(&p, &r), RELAY_ROUTE);
    p.to = fixture_nation("KOR");
    assert_int_equal(open_between(&p, &r), RELAY_LOOP);
    struct relayed other = r;
    other.grant.grant.owner = fixture_nation("GBR");
    assert_int_equal(open(&other), RELAY_ROUTE);
}

static void a_grant_counts_for_its_time(void **state)
{
    (void)state;
    const struct relayed r = make(1);
    struct relay_parties p = parties();
    p.now = grant.grant.from;
    assert_int_equal(open_between(&p, &r), RELAY_YES);
    p.now.tai_ns--;
    assert_int_equal(open_between(&p, &r), RELAY_PERIOD);
    p.now = grant.grant.until;
    assert_int_equal(open_between(&p, &r), RELAY_PERIOD);
    p.now.tai_ns--;
    assert_int_equal(open_between(&p, &r), RELAY_YES);
}

static void keys_count_as_everywhere(void **state)
{
    (void)state;
    const struct relayed r = make(1);
    struct relay_parties p = parties();
    kor.list.keys[0].revoked = instant_plus_s(now, 10.0);
    assert_int_equal(open(&r), RELAY_YES);
    p.now = instant_plus_s(now, 10.0);
    assert_int_equal(open_between(&p, &r), RELAY_SIGNATURE);
    (void)begin(NULL);
    kor.list.keys[0].until = now;
    assert_int_equal(open(&r), RELAY_SIGNATURE);
    (void)begin(NULL);
    kor.list.keys[0].use = KEY_CHECKPOINT;
    assert_int_equal(open(&r), RELAY_SIGNATURE);
    (void)begin(NULL);
    p = parties();
    p.domain = DOMAIN_LIVE;
    assert_int_equal(open_between(&p, &r), RELAY_SIGNATURE);
    kor.list.domain = DOMAIN_LIVE;
    assert_int_equal(open_between(&p, &r), RELAY_SIGNATURE);
    /* The same key, listed for exercises alone. */
    kor.list.domain = DOMAIN_EXERCISE;
    struct relayed live = r;
    sign_grant(&live.grant, DOMAIN_LIVE);
    assert_int_equal(grant_verify(&live.grant, DOMAIN_LIVE, &kor.list, now), ERR_SIGNATURE);
    assert_int_equal(open_between(&p, &live), RELAY_SIGNATURE);
    (void)begin(NULL);
    kor.list.nation = fixture_nation("GBR");
    assert_int_equal(open(&r), RELAY_SIGNATURE);
    kor.list = (struct key_list){.nation = {{0}}};
    assert_int_equal(open(&r), RELAY_SIGNATURE);
}

/* The grant by a key that counts, the batch by one that does not. */
static void the_record_is_signed_too(void **state)
{
    (void)state;
    struct relayed r = make(1);
    uint8_t other[64];
    key_fixture_add(&kor, KEY_SIGNING, 9, instant_plus_s(now, -60.0), instant_plus_s(now, 1e6),
                    other);
    kor.list.keys[0].revoked = now;
    memcpy(secret, other, sizeof secret);
    sign_grant(&r.grant, DOMAIN_EXERCISE);
    assert_int_equal(open(&r), RELAY_PROOF);
}

static void a_grant_has_kinds_and_a_classification(void **state)
{
    (void)state;
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        const struct record record = onward_record((enum record_kind)kind);
        make_batch(&record, 1);
        for (uint32_t kinds = 1; kinds <= GRANT_ALL_KINDS; kinds++) {
            grant.grant.kinds = kinds;
            sign_grant(&grant, DOMAIN_EXERCISE);
            const struct relayed r = make(0);
            const bool covered = (kinds >> (kind - RECORD_TRACK) & 1u) != 0;
            assert_int_equal(open(&r), covered ? RELAY_YES : RELAY_TERMS);
        }
        grant.grant.classification_max = CLASSIFICATION_CONFIDENTIAL;
        sign_grant(&grant, DOMAIN_EXERCISE);
        const struct relayed r = make(0);
        assert_int_equal(open(&r), RELAY_TERMS);
        grant.grant.classification_max = CLASSIFICATION_SECRET;
    }
}

static void the_label_has_to_name_both(void **state)
{
    (void)state;
    struct record record = onward_record(RECORD_TRACK);
    record.label.onward[0] = fixture_nation("GBR");
    make_batch(&record, 2);
    struct relayed r = make(0);
    assert_int_equal(open(&r), RELAY_LABEL);
    record.label.onward_count = 0;
    make_batch(&record, 2);
    r = make(0);
    assert_int_equal(open(&r), RELAY_LABEL);
    record = onward_record(RECORD_TRACK);
    record.label.releasable_to[0] = fixture_nation("JPN");
    make_batch(&record, 2);
    r = make(0);
    assert_int_equal(open(&r), RELAY_LABEL);
}

static void only_release_makes_it_go(void **state)
{
    (void)state;
    const struct relay_parties p = parties();
    struct relayed r = make(2);
    struct released_record out;
    memset(&out, 0x5a, sizeof out);
    const struct released_record before = out;
    enum relay_why why = RELAY_YES;
    for (uint32_t schema = 0; schema < RELAY_SCHEMA; schema++) {
        assert_int_equal(release_relay(&p, schema, &r, &out, &why), ERR_DENIED);
        assert_int_equal(why, RELAY_VERSION);
    }
    r.index = 1;
    assert_int_equal(release_relay(&p, RELAY_SCHEMA, &r, &out, &why), ERR_DENIED);
    assert_int_equal(why, RELAY_PROOF);
    assert_memory_equal(&out, &before, sizeof out);
    r.index = 2;
    assert_int_equal(release_relay(&p, RELAY_SCHEMA, &r, &out, &why), OK);
    assert_int_equal(why, RELAY_YES);
    assert_true(nation_id_equal(out.to, fixture_nation("JPN")));
    struct relayed again;
    assert_int_equal(relay_decode((struct bytes){out.bytes, out.size}, &again), OK);
    assert_int_equal(open(&again), RELAY_YES);
}

static void grants_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct grant wrong[8];
    for (size_t i = 0; i < 8; i++) {
        wrong[i] = grant.grant;
    }
    wrong[0].via = wrong[0].owner;
    wrong[1].to = wrong[1].owner;
    wrong[2].to = wrong[2].via;
    wrong[3].kinds = 0;
    wrong[4].kinds = 8;
    wrong[5].classification_max = CLASSIFICATION_UNKNOWN;
    wrong[6].until = wrong[6].from;
    wrong[7].owner.code[1] = 'o';
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[GRANT_BYTES_MAX];
        struct byte_writer w = {bytes, sizeof bytes, 0};
        const struct signed_grant g = {.grant = wrong[i]};
        assert_int_equal(grant_validate(&wrong[i]), ERR_RANGE);
        assert_int_equal(grant_encode(&g, &w), ERR_RANGE);
        assert_int_equal(grant_signed_bytes(&wrong[i], DOMAIN_EXERCISE, &w), ERR_RANGE);
        assert_int_equal(w.size, 0);
    }
}

/* The longest of everything: an entry of a ledger has room for it. */
static void a_set_has_one_grant_for_each_way(void **state)
{
    (void)state;
    struct grant_set set = {.count = 2, .grants = {grant, grant}};
    uint8_t bytes[GRANT_SET_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    struct grant_set out = {.count = 7};
    assert_int_equal(grant_set_encode(&set, &w), OK);
    assert_int_equal(grant_set_decode(byte_writer_written(&w), &out), ERR_RANGE);
    memcpy(set.grants[1].grant.to.code, "GBR", 4);
    w.size = 0;
    assert_int_equal(grant_set_encode(&set, &w), OK);
    for (size_t size = 1; size < w.size; size++) {
        const bool is_whole = size == 1u + bytes[0];
        assert_int_equal(grant_set_decode((struct bytes){bytes, size}, &out) == OK, is_whole);
    }
    assert_int_equal(grant_set_decode(byte_writer_written(&w), &out), OK);
    assert_true(grant_set_equal(&set, &out));
    assert_ptr_equal(grant_set_find(&out, fixture_nation("KOR"), fixture_nation("GBR")),
                     &out.grants[1]);
    assert_null(grant_set_find(&out, fixture_nation("KOR"), fixture_nation("USA")));
    struct signed_grant unknown = out.grants[0];
    unknown.grant.to = fixture_nation("USA");
    assert_false(grant_set_has(&out, &unknown));
    out.grants[0].signature[63] ^= 1;
    assert_false(grant_set_has(&set, &out.grants[0]));
    assert_false(grant_set_equal(&set, &out));
    assert_int_equal(grant_set_decode((struct bytes){NULL, 0}, &out), OK);
    assert_int_equal(out.count, 0);
}

static void the_longest_fits(void **state)
{
    (void)state;
    struct relayed r = make(0);
    r.epoch.counter = UINT64_MAX;
    memset(r.epoch.nonce, 0xff, sizeof r.epoch.nonce);
    r.first = UINT64_C(1) << 62;
    r.count = FRAME_RECORDS_MAX;
    r.index = FRAME_RECORDS_MAX - 1;
    r.proof_count = RELAY_PROOF_MAX;
    r.size = CODEC_RECORD_BYTES_MAX;
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(relay_encode(&r, &w), OK);
    w = (struct byte_writer){bytes, GRANT_BYTES_MAX, 0};
    assert_int_equal(grant_encode(&grant, &w), OK);
}

/* docs/wire.md, "Relays". */
static void each_place_is_taken_once(void **state)
{
    (void)state;
    struct relay_window w = {.last = 0};
    const struct frame_epoch first = {3, {9}};
    const struct frame_epoch other = {3, {8}};
    const struct frame_epoch next = {4, {1}};
    assert_true(relay_window_take(&w, &first, 5));
    assert_false(relay_window_take(&w, &first, 5));
    assert_false(relay_window_take(&w, &other, 6));
    assert_true(relay_window_take(&w, &first, 2)); /* repaired later */
    assert_false(relay_window_take(&w, &first, 2));
    assert_true(relay_window_take(&w, &first, RELAY_WINDOW + 4));
    assert_false(relay_window_take(&w, &first, 4)); /* behind it */
    assert_false(relay_window_take(&w, &first, 5));
    assert_true(relay_window_take(&w, &first, 6));
    assert_true(relay_window_take(&w, &first, 9 * RELAY_WINDOW));
    assert_true(relay_window_take(&w, &first, 8 * RELAY_WINDOW + 1));
    assert_false(relay_window_take(&w, &first, 8 * RELAY_WINDOW));
    assert_true(relay_window_take(&w, &next, 1));
    assert_false(relay_window_take(&w, &first, 9 * RELAY_WINDOW + 1));
    assert_true(relay_window_take(&w, &next, UINT64_MAX));
    assert_false(relay_window_take(&w, &next, UINT64_MAX));
    assert_true(relay_window_take(&w, &next, UINT64_MAX - 2));
    w.last = UINT64_MAX - 2;
    memset(w.taken, 0xff, sizeof w.taken);
    assert_true(relay_window_take(&w, &next, UINT64_MAX));
    assert_true(relay_window_take(&w, &next, UINT64_MAX - 1));
}

/* Against a set that remembers all: in whatever order, what is not too old is taken once. */
static void any_order_is_taken_once(void **state)
{
    (void)state;
    enum { PLACES = 3 * RELAY_WINDOW };
    static bool seen[PLACES + 1];
    struct relay_window w = {.last = 0};
    const struct frame_epoch epoch = {1, {1}};
    struct random r;
    random_init(&r, 8, 2);
    uint64_t last = 0;
    for (uint64_t i = 0; i < 4 * PLACES; i++) {
        const uint64_t near = i / 4 + 1;
        const uint64_t n = 1 + random_u64(&r) % (near < PLACES ? near : PLACES);
        const bool is_new = n + RELAY_WINDOW > last && !seen[n];
        assert_int_equal(relay_window_take(&w, &epoch, n), is_new);
        seen[n] = seen[n] || is_new;
        last = n > last ? n : last;
    }
}

static void the_published_grant(void **state)
{
    (void)state;
    static const char expected[] =
        "0a250a034b4f5212035553411a034a504e20072804310032598b5a7286183900321fa19512a2181240b79e08bc"
        "5bce9234b4234e740d0fa66edf562a7ea13b64c41bb7dc17880c49f997b2ce2a193999ffa7493f0c4a947166c5"
        "6560c10ea236e345ba4ffb4dde9702";
    grant.grant.from.tai_ns = INT64_C(1767225637) * NS_PER_S;
    grant.grant.until = instant_plus_s(grant.grant.from, 90.0 * 86400.0);
    sign_grant(&grant, DOMAIN_EXERCISE);
    uint8_t bytes[GRANT_BYTES_MAX];
    char hex[2 * GRANT_BYTES_MAX + 1];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    assert_int_equal(grant_encode(&grant, &w), OK);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, bytes, w.size), expected);
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

/* A grant names three nations by three letters each, kinds and a classification that are known. */
static void what_no_grant_covers(void **state)
{
    assert_int_equal(begin(state), 0);
    struct grant g = grant.grant;
    assert_true(grant_covers(&g, RECORD_TRACK, CLASSIFICATION_SECRET));
    assert_false(grant_covers(&g, RECORD_UNKNOWN, CLASSIFICATION_SECRET));
    assert_false(grant_covers(&g, (enum record_kind)99, CLASSIFICATION_SECRET));
    assert_false(grant_covers(&g, RECORD_TRACK, CLASSIFICATION_UNKNOWN));
    g.classification_max = CLASSIFICATION_RESTRICTED;
    assert_false(grant_covers(&g, RECORD_TRACK, CLASSIFICATION_CONFIDENTIAL));
    g = grant.grant;
    g.via.code[3] = 'X';
    assert_int_equal(grant_validate(&g), ERR_RANGE);
}

/* Nothing of a relayed record that no batch could hold; and an entry of no bytes is none. */
static void what_no_batch_held(void **state)
{
    assert_int_equal(begin(state), 0);
    struct relayed r = make(0);
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    r.first = UINT64_MAX;
    assert_int_equal(open(&r), RELAY_PROOF);
    r = make(0);
    r.size = 0;
    assert_int_equal(relay_encode(&r, &w), ERR_RANGE);
    assert_int_equal(w.size, 0);
    assert_false(relay_is((struct bytes){bytes, 0}));
}

static void each_reason_has_its_words(void **state)
{
    (void)state;
    for (int a = 0; a < RELAY_WHY_COUNT; a++) {
        assert_string_not_equal(relay_why_text((enum relay_why)a), "unknown");
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(relay_why_text((enum relay_why)a),
                                    relay_why_text((enum relay_why)b));
        }
    }
    assert_string_equal(relay_why_text((enum relay_why)RELAY_WHY_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_record_of_a_batch_can_go_on),
        TEST(every_changed_bit_is_refused),
        TEST(fields_that_are_wrong_are_told_apart),
        TEST(a_relayed_record_is_not_relayed_again),
        TEST(a_grant_is_for_three_nations),
        TEST(a_grant_counts_for_its_time),
        TEST(keys_count_as_everywhere),
        TEST(the_record_is_signed_too),
        TEST(a_grant_has_kinds_and_a_classification),
        TEST(the_label_has_to_name_both),
        TEST(only_release_makes_it_go),
        TEST(grants_that_cannot_be_are_refused),
        TEST(a_set_has_one_grant_for_each_way),
        TEST(the_longest_fits),
        TEST(each_place_is_taken_once),
        TEST(any_order_is_taken_once),
        TEST(the_published_grant),
        cmocka_unit_test(what_no_grant_covers),
        cmocka_unit_test(what_no_batch_held),
        cmocka_unit_test(each_reason_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
