#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../track/flown.h"
#include "base/elementary.h"

#define SECOND_EAST_RAD (3.55 * RAD_PER_DEG)

struct engine *pair_engines;
void (*pair_look)(int nation, const struct event *event, const struct effects *effects);

static struct effects effects;
static struct random noise;
static double now_s;
static bool joined;

/* What waits to be delivered to a nation. */
struct mail {
    size_t size;
    uint8_t data[FRAME_BYTES_MAX];
};
enum { MAIL_MAX = 256 };
static struct mail mail[2][MAIL_MAX];
static uint32_t mail_count[2];

static struct nation_id nation_of(int nation)
{
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(nation == PAIR_KOR ? "KOR" : "JPN", &id));
    return id;
}

static struct sensor radar_of(int nation)
{
    return nation == PAIR_KOR ? flown_radar("K-EAST", 38.2, 128.5, true)
                              : flown_radar("J-NORTH", 40.7, 140.5, true);
}

struct engine_config pair_config(int nation)
{
    struct engine_config c;
    memset(&c, 0, sizeof c);
    c.nation = nation_of(nation);
    c.domain = DOMAIN_EXERCISE;
    c.sensor_count = 1;
    c.sensors[0] = radar_of(nation);
    c.partner_count = 1;
    c.partners[0] = nation_of(1 - nation);
    memset(c.partner_keys[0].bytes, 17 + nation, sizeof c.partner_keys[0].bytes);
    c.policy.owner = c.nation;
    c.policy.number = 1;
    c.policy.label = (struct label){.owner = c.nation,
                                    .classification = CLASSIFICATION_RESTRICTED,
                                    .releasable_count = 1,
                                    .releasable_to = {c.partners[0]}};
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        struct policy_rule *rule = &c.policy.rules[c.policy.rule_count];
        memcpy(rule->name, "all", sizeof "all");
        rule->action = POLICY_RELEASE;
        rule->kind = (enum record_kind)kind;
        rule->to_count = 1;
        rule->to[0] = c.partners[0];
        rule->classification_max = CLASSIFICATION_RESTRICTED;
        c.policy.rule_count++;
    }
    return c;
}

uint64_t pair_digest(uint64_t before, const struct effects *e)
{
    uint64_t digest = before;
    for (uint32_t i = 0; i < e->count; i++) {
        const struct effect *x = &e->items[i];
        const uint64_t numbers[] = {
            (uint64_t)x->kind,
            x->event.value,
            (uint64_t)x->lane,
            x->size,
            (uint64_t)x->record,
            x->sequence,
            (uint64_t)x->status,
            (uint64_t)x->warning,
            x->on ? 1 : 0,
            (uint64_t)x->name.text[0],
            (uint64_t)x->partner.code[0],
        };
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            digest = (digest ^ numbers[k]) * UINT64_C(1099511628211);
        }
        for (uint32_t k = 0; k < x->size; k++) {
            digest = (digest ^ e->bytes[x->offset + k]) * UINT64_C(1099511628211);
        }
    }
    return digest;
}

static void post(int nation)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct effect *e = &effects.items[i];
        const int to = 1 - nation;
        if (e->kind == EFFECT_SEND && joined) {
            assert_true(mail_count[to] < MAIL_MAX);
            struct mail *m = &mail[to][mail_count[to]];
            m->size = e->size;
            memcpy(m->data, effects.bytes + e->offset, e->size);
            mail_count[to]++;
        }
    }
}

static void step(int nation, const struct event *event)
{
    assert_int_equal(engine_step(&pair_engines[nation], event, &effects), OK);
    assert_int_equal(effects.dropped, 0);
    if (pair_look != NULL) {
        pair_look(nation, event, &effects);
    }
    post(nation);
}

struct event pair_boot_event(int nation, double t_s)
{
    struct event e;
    memset(&e, 0, sizeof e);
    e.kind = EVENT_BOOT;
    e.time = flown_instant(t_s);
    e.partner = nation_of(1 - nation);
    e.boot.epoch.counter = 1;
    memset(e.boot.epoch.nonce, 3 + nation, sizeof e.boot.epoch.nonce);
    memset(e.boot.ephemeral_public, 5 + nation, sizeof e.boot.ephemeral_public);
    return e;
}

void pair_start(double t_s, uint64_t seed, bool with_line)
{
    if (pair_engines == NULL) {
        pair_engines = calloc(2, sizeof *pair_engines);
    }
    assert_non_null(pair_engines);
    random_init(&noise, seed, 12);
    now_s = t_s;
    joined = with_line;
    memset(mail_count, 0, sizeof mail_count);
    for (int n = 0; n < 2; n++) {
        const struct engine_config config = pair_config(n);
        assert_int_equal(engine_init(&pair_engines[n], &config), OK);
        const struct event boot = pair_boot_event(n, t_s);
        step(n, &boot);
    }
}

static void deliver(int nation, struct instant now)
{
    static struct mail bag[MAIL_MAX];
    const uint32_t count = mail_count[nation];
    memcpy(bag, mail[nation], sizeof bag[0] * count);
    mail_count[nation] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct event e = {.kind = EVENT_FRAME,
                                .time = now,
                                .partner = nation_of(1 - nation),
                                .frame = {bag[i].data, bag[i].size}};
        step(nation, &e);
    }
}

/* The radar looks at whole seconds. The second missile is the first, seen by a radar as much
 * further west: the Earth is round. */
static void look(int nation, bool second, struct instant now)
{
    struct sensor radar = radar_of(nation);
    struct observation scan[2];
    uint32_t count = 0;
    count += flown_plot(&radar, now_s, &noise, &scan[count]) ? 1 : 0;
    radar.place.lon_rad -= SECOND_EAST_RAD;
    if (second) {
        count += flown_plot(&radar, now_s, &noise, &scan[count]) ? 1 : 0;
    }
    if (count > 0) {
        const struct event e = {.kind = EVENT_SCAN, .time = now, .scan = scan, .scan_count = count};
        step(nation, &e);
    }
}

void pair_run(double until_s, bool second)
{
    for (; now_s <= until_s; now_s += 0.5) {
        const struct instant now = flown_instant(now_s);
        for (int n = 0; n < 2; n++) {
            if (now_s == floor(now_s)) {
                look(n, second, now);
            }
            deliver(n, now);
            const struct event tick = {.kind = EVENT_TICK, .time = now};
            step(n, &tick);
            const struct event committed = {
                .kind = EVENT_COMMITTED, .time = now, .position = pair_engines[n].position};
            step(n, &committed);
        }
    }
}
