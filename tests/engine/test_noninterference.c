/* Two runs of one nation's engine that differ only in what a partner may not see, and what that
 * partner is sent: the same bytes at the same steps.
 *
 * USA has an open radar and a secret one, which its policy keeps back from JPN. KOR, which JPN does
 * not hear, may have both, and tells USA of its own tracks. JPN's line ends at USA. In the second
 * run the secret radar sees other noise, another missile, and at other times, or nothing at all;
 * KOR is blind, or its line is cut. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "../track/flown.h"
#include "base/elementary.h"
#include "engine/engine.h"

enum { USA, JPN, KOR, NATIONS };
enum { MAIL_MAX = 256, LOG_MAX = 8 << 20 };

struct mail {
    int from;
    size_t size;
    uint8_t data[FRAME_BYTES_MAX];
};

/* What differs between runs. */
struct world {
    bool secret_looks;
    double secret_at_s; /* of each second */
    uint64_t secret_seed;
    bool second_missile; /* that only the secret radar sees */
    bool kor_looks;
    bool kor_joined;
    bool withhold;
};

static struct engine *engines[NATIONS];
static struct effects effects;
static struct mail mail[NATIONS][MAIL_MAX];
static uint32_t mail_count[NATIONS];
static uint8_t *sent;
static size_t sent_size;
static uint64_t released_to_kor;
static uint64_t told_jpn[RECORD_KIND_COUNT];

static struct nation_id nation(int n)
{
    static const char *const names[] = {"USA", "JPN", "KOR"};
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(names[n], &id));
    return id;
}

static int index_of(struct nation_id id)
{
    int n = 0;
    while (!nation_id_equal(nation(n), id)) {
        n++;
    }
    return n;
}

static struct sensor open_radar(void)
{
    return flown_radar("U-OPEN", 38.2, 128.5, true);
}

static struct sensor secret_radar(void)
{
    return flown_radar("U-SECRET", 40.7, 131.5, true);
}

static void release_all(struct policy *p, int partner_count, const struct nation_id *partners)
{
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        struct policy_rule *rule = &p->rules[p->rule_count];
        memcpy(rule->name, "all", sizeof "all");
        rule->action = POLICY_RELEASE;
        rule->kind = (enum record_kind)kind;
        rule->classification_max = CLASSIFICATION_SECRET;
        rule->delay_s = kind == RECORD_NOTICE ? 2.0 : 0.0;
        rule->to_count = (uint32_t)partner_count;
        memcpy(rule->to, partners, sizeof partners[0] * (size_t)partner_count);
        p->rule_count++;
    }
}

static void withhold_secret(struct policy *p)
{
    struct policy_rule *rule = &p->rules[p->rule_count];
    p->group_count = 1;
    memcpy(p->groups[0].name, "secret", sizeof "secret");
    p->groups[0].sensor_count = 1;
    p->groups[0].sensors[0] = secret_radar().id;
    memcpy(rule->name, "secret", sizeof "secret");
    rule->action = POLICY_WITHHOLD_SENSORS;
    rule->groups = 1;
    rule->to_count = 1;
    rule->to[0] = nation(JPN);
    p->rule_count++;
}

static struct engine_config config_of(int n, const struct world *w)
{
    struct engine_config c;
    memset(&c, 0, sizeof c);
    c.nation = nation(n);
    c.domain = DOMAIN_EXERCISE;
    c.partner_count = n == USA ? 2 : 1;
    c.partners[0] = n == USA ? nation(JPN) : nation(USA);
    c.partners[1] = n == USA ? nation(KOR) : (struct nation_id){{0}};
    memset(c.partner_keys, 17 + n, sizeof c.partner_keys);
    c.sensor_count = n == USA ? 2 : 1;
    c.sensors[0] = n == USA   ? open_radar()
                   : n == JPN ? flown_radar("J", 40.7, 140.5, true)
                              : flown_radar("K", 38.0, 127.5, true);
    c.sensors[1] = secret_radar();
    c.policy.owner = c.nation;
    c.policy.number = 1;
    c.policy.label = (struct label){.owner = c.nation,
                                    .classification = CLASSIFICATION_SECRET,
                                    .releasable_count = c.partner_count};
    memcpy(c.policy.label.releasable_to, c.partners, sizeof c.partners[0] * c.partner_count);
    release_all(&c.policy, (int)c.partner_count, c.partners);
    if (n == USA && w->withhold) {
        withhold_secret(&c.policy);
    }
    return c;
}

/* Everything that leaves for JPN, with the time of its step and its lane. */
static void log_send(const struct effect *e, struct instant now)
{
    assert_true(sent_size + e->size + 16 <= LOG_MAX);
    memcpy(sent + sent_size, &now.tai_ns, 8);
    memcpy(sent + sent_size + 8, &e->lane, 4);
    memcpy(sent + sent_size + 12, &e->size, 4);
    memcpy(sent + sent_size + 16, effects.bytes + e->offset, e->size);
    sent_size += e->size + 16;
}

static void post(int from, struct instant now, const struct world *w)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct effect *e = &effects.items[i];
        if (from == USA && e->kind == EFFECT_RELEASED) {
            const bool kor = nation_id_equal(e->partner, nation(KOR));
            released_to_kor += kor ? 1 : 0;
            told_jpn[e->record] += kor ? 0 : 1;
        }
        if (e->kind != EFFECT_SEND) {
            continue;
        }
        const int to = index_of(e->partner);
        if (from == USA && to == JPN) {
            log_send(e, now);
        }
        if ((from == KOR || to == KOR) && !w->kor_joined) {
            continue;
        }
        assert_true(mail_count[to] < MAIL_MAX);
        struct mail *m = &mail[to][mail_count[to]];
        m->from = from;
        m->size = e->size;
        memcpy(m->data, effects.bytes + e->offset, e->size);
        mail_count[to]++;
    }
}

static void step(int n, const struct event *event, const struct world *w)
{
    assert_int_equal(engine_step(engines[n], event, &effects), OK);
    post(n, event->time, w);
}

static void deliver(int n, int from, double t_s, const struct world *w)
{
    static struct mail bag[MAIL_MAX];
    const uint32_t count = mail_count[n];
    memcpy(bag, mail[n], sizeof bag[0] * count);
    mail_count[n] = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (bag[i].from != from) {
            mail[n][mail_count[n]] = bag[i];
            mail_count[n]++;
            continue;
        }
        const struct event e = {.kind = EVENT_FRAME,
                                .time = flown_instant(t_s),
                                .partner = nation(from),
                                .frame = {bag[i].data, bag[i].size}};
        step(n, &e, w);
    }
}

static void look(int n, struct sensor radar, double t_s, double looked_s, bool second,
                 struct random *noise, const struct world *w)
{
    struct observation scan[2];
    uint32_t count = flown_plot(&radar, looked_s, noise, &scan[0]) ? 1 : 0;
    radar.place.lon_rad -= 3.55 * RAD_PER_DEG;
    count += flown_plot(&radar, looked_s, noise, &scan[count]) && second ? 1 : 0;
    if (count > 0) {
        const struct event e = {
            .kind = EVENT_SCAN, .time = flown_instant(t_s), .scan = scan, .scan_count = count};
        step(n, &e, w);
    }
}

static void tick(int n, double t_s, const struct world *w)
{
    const struct event e = {.kind = EVENT_TICK, .time = flown_instant(t_s)};
    const struct event committed = {
        .kind = EVENT_COMMITTED, .time = flown_instant(t_s), .position = engines[n]->position + 1};
    step(n, &e, w);
    step(n, &committed, w);
}

static void start(double t_s, const struct world *w)
{
    memset(mail_count, 0, sizeof mail_count);
    memset(told_jpn, 0, sizeof told_jpn);
    sent_size = 0;
    released_to_kor = 0;
    for (int n = 0; n < NATIONS; n++) {
        const struct engine_config c = config_of(n, w);
        assert_int_equal(engine_init(engines[n], &c), OK);
        for (uint32_t i = 0; i < c.partner_count; i++) {
            struct event boot = {.kind = EVENT_BOOT,
                                 .time = flown_instant(t_s),
                                 .partner = c.partners[i],
                                 .boot = {.epoch = {.counter = 1}}};
            memset(boot.boot.epoch.nonce, 3 + n, sizeof boot.boot.epoch.nonce);
            memset(boot.boot.ephemeral_public, 5 + n, sizeof boot.boot.ephemeral_public);
            step(n, &boot, w);
        }
    }
}

/* The USA's day in half seconds; what differs comes between what does not. */
static void play(const struct world *w, double until_s)
{
    struct random open;
    struct random secret;
    struct random far[2];
    random_init(&open, 1, 1);
    random_init(&secret, w->secret_seed, 2);
    random_init(&far[0], 1, 3);
    random_init(&far[1], 1, 4);
    start(30.0, w);
    for (double t_s = 30.0; t_s < until_s; t_s += 0.5) {
        const bool whole = t_s == floor(t_s);
        /* Twice a second, so that there is news that waits for the next second of the grid. */
        look(USA, open_radar(), t_s, t_s, false, &open, w);
        if (whole) {
            look(JPN, flown_radar("J", 40.7, 140.5, true), t_s, t_s, false, &far[0], w);
            if (w->kor_looks) {
                look(KOR, flown_radar("K", 38.0, 127.5, true), t_s, t_s, false, &far[1], w);
            }
        }
        deliver(JPN, USA, t_s, w);
        deliver(KOR, USA, t_s, w);
        deliver(USA, JPN, t_s + 0.05, w);
        deliver(USA, KOR, t_s + 0.1, w);
        if (whole && w->secret_looks) {
            const double at_s = t_s + w->secret_at_s;
            look(USA, secret_radar(), at_s, at_s, w->second_missile, &secret, w);
        }
        for (int n = 0; n < NATIONS; n++) {
            tick(n, t_s + 0.45, w);
        }
    }
}

/* The log of a run; the caller frees it. */
static uint8_t *run(const struct world *w, size_t *size)
{
    sent = malloc(LOG_MAX);
    assert_non_null(sent);
    play(w, 160.0);
    *size = sent_size;
    return sent;
}

static const struct world rich = {.secret_looks = true,
                                  .secret_at_s = 0.2,
                                  .secret_seed = 1,
                                  .second_missile = true,
                                  .kor_looks = true,
                                  .kor_joined = true,
                                  .withhold = true};

/* What JPN is sent in the rich world. */
static uint8_t *rich_log;
static size_t rich_size;

static bool agrees(const struct world *other)
{
    size_t size = 0;
    uint8_t *log = run(other, &size);
    const bool same = size == rich_size && memcmp(log, rich_log, size) == 0;
    free(log);
    return same;
}

static int setup(void **state)
{
    (void)state;
    const struct geo_geodetic site = {40.611208 * RAD_PER_DEG, 126.425743 * RAD_PER_DEG, 0.0};
    flown_solve(site, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    for (int n = 0; n < NATIONS; n++) {
        engines[n] = calloc(1, sizeof *engines[n]);
        assert_non_null(engines[n]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int n = 0; n < NATIONS; n++) {
        free(engines[n]);
    }
    free(rich_log);
    return 0;
}

/* The comparison has something to compare: JPN is told of the missile, and KOR of both. */
static void jpn_is_told_what_the_open_radar_sees(void **state)
{
    (void)state;
    rich_log = run(&rich, &rich_size);
    assert_int_equal(told_jpn[RECORD_NOTICE], 1);
    assert_true(told_jpn[RECORD_TRACK] > 50);
    assert_true(released_to_kor > 3 * told_jpn[RECORD_TRACK] / 2);
}

static void a_withheld_sensor_leaves_no_trace(void **state)
{
    (void)state;
    struct world other = rich;
    other.secret_seed = 2;
    other.secret_at_s = 0.3;
    other.second_missile = false;
    assert_true(agrees(&other));
    other.secret_looks = false;
    assert_true(agrees(&other));
}

static void records_for_others_leave_no_trace(void **state)
{
    (void)state;
    struct world other = rich;
    other.kor_looks = false;
    assert_true(agrees(&other));
    other.kor_joined = false;
    assert_true(agrees(&other));
}

/* And it would be seen: what JPN may have does make a difference. */
static void what_is_not_withheld_shows(void **state)
{
    (void)state;
    struct world other = rich;
    other.withhold = false;
    assert_false(agrees(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpn_is_told_what_the_open_radar_sees),
        cmocka_unit_test(a_withheld_sensor_leaves_no_trace),
        cmocka_unit_test(records_for_others_leave_no_trace),
        cmocka_unit_test(what_is_not_withheld_shows),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
