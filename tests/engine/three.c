#include "three.h"

#include "../base/near.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "../track/flown.h"

static const char *const NAMES[NATIONS] = {"KOR", "USA", "JPN"};

struct mail {
    int from;
    size_t size;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t data[FRAME_BYTES_MAX];
};
enum { MAIL_MAX = 64 };

struct engine *three_engines;
static struct engine_config configs[NATIONS];
struct effects three_effects;
static struct mail mail[NATIONS][MAIL_MAX];
static uint32_t mail_count[NATIONS];
bool three_line[NATIONS][NATIONS];
static struct random noise;
struct key_fixture three_kor;
static uint8_t secret[64];
double three_now_s;
uint64_t three_relayed;

struct nation_id three_nation(int nation)
{
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(NAMES[nation], &id));
    return id;
}

static int number_of(struct nation_id id)
{
    int n = 0;
    while (!nation_id_equal(three_nation(n), id)) {
        n++;
    }
    return n;
}

/* Everybody's partners are the others, in order. */
uint32_t three_index(int self, int partner)
{
    return (uint32_t)(partner > self ? partner - 1 : partner);
}

struct session *three_session(int self, int partner)
{
    return &three_engines[self].sessions[three_index(self, partner)];
}

static void add_rules(struct policy *p, struct nation_id to, const struct nation_id *onward)
{
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        struct policy_rule *rule = &p->rules[p->rule_count++];
        memcpy(rule->name, "all", sizeof "all");
        rule->action = POLICY_RELEASE;
        rule->kind = (enum record_kind)kind;
        rule->to_count = 1;
        rule->to[0] = to;
        rule->classification_max = CLASSIFICATION_RESTRICTED;
        if (onward != NULL) {
            rule->onward_count = 1;
            rule->onward[0] = *onward;
        }
    }
}

static void configure(int nation, bool onward)
{
    struct engine_config *c = &configs[nation];
    const struct nation_id jpn = three_nation(JPN);
    memset(c, 0, sizeof *c);
    c->nation = three_nation(nation);
    c->domain = DOMAIN_EXERCISE;
    c->sensor_count = nation == KOR ? 1 : 0;
    c->sensors[0] = flown_radar("K-EAST", 38.2, 128.5, true);
    c->policy.owner = c->nation;
    c->policy.number = 1;
    c->policy.label.owner = c->nation;
    c->policy.label.classification = CLASSIFICATION_RESTRICTED;
    for (int other = 0; other < NATIONS; other++) {
        if (other != nation) {
            const struct nation_id id = three_nation(other);
            memset(c->partner_keys[c->partner_count].bytes, 17 + 3 * nation + other, DIGEST_BYTES);
            c->partners[c->partner_count++] = id;
            c->policy.label.releasable_to[c->policy.label.releasable_count++] = id;
            add_rules(&c->policy, id, nation == KOR && other == USA && onward ? &jpn : NULL);
        }
    }
}

static void post(int nation)
{
    for (uint32_t i = 0; i < three_effects.count; i++) {
        const struct effect *e = &three_effects.items[i];
        three_relayed += e->kind == EFFECT_RELAYED ? 1 : 0;
        if (e->kind != EFFECT_SEND) {
            continue;
        }
        const int to = number_of(e->partner);
        if (!three_line[nation][to]) {
            continue;
        }
        assert_true(mail_count[to] < MAIL_MAX);
        struct mail *m = &mail[to][mail_count[to]++];
        m->from = nation;
        m->size = e->size;
        memcpy(m->data, three_effects.bytes + e->offset, e->size);
        memset(m->signature, 0, sizeof m->signature);
        if (nation == KOR) {
            const struct frame_route route = {DOMAIN_EXERCISE, three_nation(KOR), e->partner};
            static uint8_t bytes[FRAME_BYTES_MAX];
            struct byte_writer w = {bytes, sizeof bytes, 0};
            assert_int_equal(frame_signed_bytes(&route, (struct bytes){m->data, m->size}, &w), OK);
            crypto_sign_detached(m->signature, NULL, w.data, w.size, secret);
        }
    }
}

static void step(int nation, const struct event *event)
{
    assert_int_equal(engine_step(&three_engines[nation], event, &three_effects), OK);
    post(nation);
}

struct signed_grant three_sign(const struct grant *grant, enum domain domain)
{
    struct signed_grant g = {.grant = *grant};
    uint8_t message[GRANT_BYTES_MAX];
    struct byte_writer w = {message, sizeof message, 0};
    assert_int_equal(grant_signed_bytes(grant, domain, &w), OK);
    crypto_sign_detached(g.signature, NULL, w.data, w.size, secret);
    return g;
}

result three_give_grant(const struct grant *grant)
{
    struct grant_set set = {.count = grant != NULL ? 1 : 0};
    uint8_t bytes[GRANT_SET_BYTES_MAX];
    struct byte_writer out = {bytes, sizeof bytes, 0};
    if (grant != NULL) {
        set.grants[0] = three_sign(grant, DOMAIN_EXERCISE);
    }
    assert_int_equal(grant_set_encode(&set, &out), OK);
    const struct event event = {.kind = EVENT_GRANTS,
                                .time = flown_instant(three_now_s),
                                .grants = byte_writer_written(&out)};
    return engine_step(&three_engines[USA], &event, &three_effects);
}

struct grant three_grant(void)
{
    return (struct grant){.owner = three_nation(KOR),
                          .via = three_nation(USA),
                          .to = three_nation(JPN),
                          .kinds = GRANT_ALL_KINDS,
                          .classification_max = CLASSIFICATION_SECRET,
                          .from = flown_instant(-60.0),
                          .until = flown_instant(86400.0)};
}

void three_give_keys(int nation)
{
    const struct event event = {.kind = EVENT_KEYS,
                                .time = flown_instant(three_now_s),
                                .partner = three_kor.list.nation,
                                .keys = key_fixture_sign(&three_kor)};
    step(nation, &event);
}

/* All lines but the one between KOR and JPN. */
void three_cut(bool is_cut)
{
    three_line[KOR][JPN] = !is_cut;
    three_line[JPN][KOR] = !is_cut;
}

void three_start(bool onward)
{
    flown_solve((struct geo_geodetic){0.7, 2.2, 0.0}, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    if (three_engines == NULL) {
        three_engines = calloc(NATIONS, sizeof *three_engines);
    }
    assert_non_null(three_engines);
    random_init(&noise, 7, 12);
    three_now_s = 0.0;
    three_relayed = 0;
    memset(mail_count, 0, sizeof mail_count);
    memset(three_line, 1, sizeof three_line);
    three_cut(true);
    key_fixture_make("KOR", DOMAIN_EXERCISE, &three_kor);
    key_fixture_add(&three_kor, KEY_SIGNING, 1, flown_instant(-600.0), INSTANT_LAST, secret);
    for (int n = 0; n < NATIONS; n++) {
        configure(n, onward);
        assert_int_equal(engine_init(&three_engines[n], &configs[n]), OK);
        for (uint32_t i = 0; i < configs[n].partner_count; i++) {
            struct event boot = {.kind = EVENT_BOOT,
                                 .time = flown_instant(three_now_s),
                                 .partner = configs[n].partners[i],
                                 .boot = {.epoch = {.counter = 1}}};
            memset(boot.boot.epoch.nonce, 3 + n, sizeof boot.boot.epoch.nonce);
            step(n, &boot);
        }
    }
    three_give_keys(USA);
    three_give_keys(JPN);
}

static void deliver(int nation, struct instant now)
{
    static struct mail bag[MAIL_MAX];
    const uint32_t count = mail_count[nation];
    memcpy(bag, mail[nation], count * sizeof bag[0]);
    mail_count[nation] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct event e = {.kind = EVENT_FRAME,
                                .time = now,
                                .partner = three_nation(bag[i].from),
                                .frame = {bag[i].data, bag[i].size},
                                .signature = bag[i].signature};
        step(nation, &e);
    }
}

void three_run(double until_s)
{
    for (; three_now_s <= until_s; three_now_s += 0.5) {
        const struct instant now = flown_instant(three_now_s);
        struct observation plot;
        if (three_now_s == floor(three_now_s) &&
            flown_plot(&configs[KOR].sensors[0], three_now_s, &noise, &plot)) {
            const struct event e = {
                .kind = EVENT_SCAN, .time = now, .scan = &plot, .scan_count = 1};
            step(KOR, &e);
        }
        for (int n = 0; n < NATIONS; n++) {
            deliver(n, now);
            const struct event tick = {.kind = EVENT_TICK, .time = now};
            step(n, &tick);
            const struct event committed = {
                .kind = EVENT_COMMITTED, .time = now, .position = three_engines[n].position};
            step(n, &committed);
        }
    }
}
