#include <assert.h>

#include "base/elementary.h"
#include "base/random.h"
#include "sim/stream.h"
#include "sim/trial.h"

#define CUT_S_MAX 600.0
#define PAUSE_S_MAX 120.0
#define DOWN_S_MAX 40.0

/* How much of a kind there may be. A fault that is drawn for every link or node comes with
 * `chance`, and is as strong as a uniform draw between the amounts. */
struct spread {
    double chance;
    double least;
    double most;
};

static const struct spread LINK_SPREADS[] = {
    [TRIAL_LOSS] = {0.5, 0.01, 0.30},  [TRIAL_REPEAT] = {0.4, 0.01, 0.50},
    [TRIAL_DELAY] = {0.8, 0.02, 0.50}, [TRIAL_JITTER] = {0.6, 0.01, 1.0},
    [TRIAL_FLIP] = {0.3, 0.001, 0.02}, [TRIAL_CUT] = {0.3, 1.0, CUT_S_MAX},
};

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

/* Of many links the faults leave room for those of people. */
#define BEFORE_PEOPLE_MAX (TRIAL_FAULTS_MAX - 12)
/* With more links the faults of all of them do not fit. */
#define LINKS_ALL_MAX 12

static void add(struct trial *t, struct trial_fault fault)
{
    const uint32_t most = trial_fault_is_of_link(fault.kind) ? BEFORE_PEOPLE_MAX : TRIAL_FAULTS_MAX;
    if (t->fault_count >= most || fault.at_s >= t->heal_s) {
        return;
    }
    fault.until_s = fault.until_s < t->heal_s ? fault.until_s : t->heal_s;
    t->faults[t->fault_count] = fault;
    t->fault_count++;
}

static void draw_of_link(struct trial *t, uint32_t link, enum trial_fault_kind kind)
{
    const struct scenario_link *l = &t->scenario.links[link];
    const struct spread *spread = &LINK_SPREADS[kind];
    struct random r;
    random_init(&r, t->seed,
                stream_number(stream_number(stream_text(0, "link"), link), (uint64_t)kind));
    if (random_uniform(&r) >= spread->chance) {
        return;
    }
    struct trial_fault fault = {.kind = kind,
                                .nation = l->from,
                                .partner = l->to,
                                .until_s = t->heal_s,
                                .amount = between(&r, spread->least, spread->most)};
    if (kind == TRIAL_CUT) {
        fault.at_s = between(&r, 0.0, t->heal_s);
        fault.until_s = fault.at_s + fault.amount;
    }
    /* One link in ten is as slow as can be. */
    if (kind == TRIAL_DELAY && random_uniform(&r) < 0.1) {
        fault.amount = between(&r, 0.5, 30.0);
    }
    add(t, fault);
}

/* How often a kind is drawn for a node, how long it lasts at most, and how strong it is. */
struct node_spread {
    enum trial_fault_kind kind;
    double weight;
    double lasts_s;
    double least;
    double most;
};

static const struct node_spread NODE_SPREADS[] = {
    {TRIAL_CRASH_BEFORE_WRITE, 2.0, DOWN_S_MAX, 0.0, 0.0},
    {TRIAL_CRASH_AFTER_WRITE, 2.0, DOWN_S_MAX, 0.0, 0.0},
    {TRIAL_CRASH_IN_SENDS, 2.0, DOWN_S_MAX, 1.0, 6.0},
    {TRIAL_PAUSE, 1.0, PAUSE_S_MAX, 0.0, 0.0},
    {TRIAL_DISK_SLOW, 0.7, DOWN_S_MAX, 0.05, 2.0},
    {TRIAL_DISK_ERROR, 0.7, DOWN_S_MAX, 0.0, 0.0},
    {TRIAL_DISK_FULL, 0.7, DOWN_S_MAX, 0.0, 0.0},
    {TRIAL_DISK_LIES, 1.0, DOWN_S_MAX, 0.1, 20.0},
    {TRIAL_DISK_DAMAGES, 0.5, DOWN_S_MAX, 0.0, 1.0},
    {TRIAL_CLOCK_SKEW, 0.7, 200.0, -10.0, 10.0},
    {TRIAL_CLOCK_DRIFT, 0.5, 200.0, -0.02, 0.02},
    {TRIAL_CLOCK_LEAP, 0.5, 1.0, 0.0, 0.0},
    {TRIAL_CLOCK_FREEZE, 0.5, 60.0, 0.0, 0.0},
    {TRIAL_SENSOR_LIE, 0.4, 200.0, -30e3, 30e3},
    {TRIAL_SENSOR_DRIFT, 0.4, 200.0, -200.0, 200.0},
    {TRIAL_SENSOR_FREEZE, 0.4, 100.0, 0.0, 0.0},
    {TRIAL_SENSOR_FLOOD, 0.3, 20.0, 10.0, 150.0},
    {TRIAL_POLICY, 1.0, 1.0, 0.0, 1.0},
};
#define NODE_SPREAD_COUNT (sizeof NODE_SPREADS / sizeof NODE_SPREADS[0])

static const struct node_spread *draw_spread(struct random *r)
{
    double sum = 0.0;
    for (size_t i = 0; i < NODE_SPREAD_COUNT; i++) {
        sum += NODE_SPREADS[i].weight;
    }
    double left = random_uniform(r) * sum;
    size_t i = 0;
    while (i + 1 < NODE_SPREAD_COUNT && left >= NODE_SPREADS[i].weight) {
        left -= NODE_SPREADS[i].weight;
        i++;
    }
    return &NODE_SPREADS[i];
}

static void draw_of_node(struct trial *t, uint32_t nation, uint32_t number)
{
    struct random r;
    random_init(&r, t->seed, stream_number(stream_number(stream_text(0, "node"), nation), number));
    const struct node_spread *spread = draw_spread(&r);
    struct trial_fault fault = {.kind = spread->kind, .nation = nation};
    fault.at_s = between(&r, 2.0, t->heal_s);
    const double lasts = random_uniform(&r);
    fault.until_s = fault.at_s + 0.1 + lasts * lasts * spread->lasts_s;
    fault.amount = between(&r, spread->least, spread->most);
    if (fault.kind == TRIAL_DISK_LIES) {
        fault.until_s += fault.amount;
    }
    add(t, fault);
}

static void draw_forger(struct trial *t, uint32_t link)
{
    struct random r;
    random_init(&r, t->seed, stream_number(stream_text(0, "forger"), link));
    if (random_uniform(&r) < 0.1) {
        const double at_s = between(&r, 0.0, t->heal_s);
        add(t, (struct trial_fault){.kind = TRIAL_FORGER,
                                    .nation = t->scenario.links[link].from,
                                    .partner = t->scenario.links[link].to,
                                    .at_s = at_s,
                                    .until_s = at_s + between(&r, 1.0, 100.0),
                                    .amount = between(&r, 1.0, 20.0)});
    }
}

/* At most one nation lies, in one trial of four. Not the hub: who hears nobody else can be told
 * anything. */
static void draw_traitor(struct trial *t)
{
    struct random r;
    random_init(&r, t->seed, stream_text(0, "traitor"));
    if (random_uniform(&r) < 0.25) {
        const double at_s = between(&r, 5.0, 0.7 * t->heal_s);
        const double nation = between(&r, 1.0, (double)t->scenario.nation_count);
        add(t, (struct trial_fault){.kind = TRIAL_TRAITOR,
                                    .nation = (uint32_t)nation,
                                    .at_s = at_s,
                                    .until_s = at_s + between(&r, 5.0, 200.0),
                                    .amount = between(&r, 1.0, 12.0)});
    }
}

/* One link in ten, for as long as it takes until somebody mends the wiring. */
static void draw_other_domain(struct trial *t, uint32_t link)
{
    struct random r;
    random_init(&r, t->seed, stream_number(stream_text(0, "other domain"), link));
    if (random_uniform(&r) < 0.1) {
        const double at_s = between(&r, 0.0, t->heal_s);
        add(t, (struct trial_fault){.kind = TRIAL_OTHER_DOMAIN,
                                    .nation = t->scenario.links[link].from,
                                    .partner = t->scenario.links[link].to,
                                    .at_s = at_s,
                                    .until_s = at_s + between(&r, 1.0, 100.0)});
    }
}

/* About one in two nations, in five minutes. */
static void draw_officers(struct trial *t, uint32_t nation)
{
    struct random r;
    random_init(&r, t->seed, stream_number(stream_text(0, "officer"), nation));
    const uint32_t count = random_poisson(&r, 0.5 * t->heal_s / 200.0);
    for (uint32_t i = 0; i < count; i++) {
        const double at_s = between(&r, 10.0, t->heal_s);
        add(t, (struct trial_fault){.kind = TRIAL_OFFICER,
                                    .nation = nation,
                                    .at_s = at_s,
                                    .until_s = at_s + between(&r, 2.0, 120.0),
                                    .amount = random_uniform(&r)});
    }
}

/* In three trials of ten two nations of three begin with the version before: of these some stay
 * with it, some are upgraded; and some of the others are set back. */
static void draw_versions(struct trial *t)
{
    struct random r;
    random_init(&r, t->seed, stream_text(0, "versions"));
    const double for_good_s = t->duration_s + 1.0;
    if (random_uniform(&r) >= 0.3) {
        return;
    }
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        const double what = random_uniform(&r);
        const double at_s = between(&r, 15.0, t->heal_s - 5.0);
        const bool stays = what < 0.25;
        const bool is_set_back = what >= 0.65;
        if (what < 0.8 && t->fault_count < TRIAL_FAULTS_MAX) {
            t->faults[t->fault_count] =
                (struct trial_fault){.kind = TRIAL_EARLIER,
                                     .nation = n,
                                     .at_s = is_set_back ? at_s : 0.0,
                                     .until_s = stays || is_set_back ? for_good_s : at_s};
            t->fault_count++;
        }
    }
}

/* Between 0 and 1, from the digits of the amount behind the first ones. */
static double digits(const struct trial_fault *f, double behind)
{
    return f->amount * behind - elementary_floor(f->amount * behind);
}

struct trial_grant trial_grant_of(const struct trial *t, const struct trial_fault *f)
{
    struct trial_grant out = {.tracks_only = digits(f, 1e3) < 0.3,
                              .is_taken_back = digits(f, 1e6) < 0.5};
    uint32_t left = (uint32_t)(f->amount * (double)(t->scenario.nation_count - 2));
    while (out.via == f->nation || out.via == f->partner || left > 0) {
        left -= out.via != f->nation && out.via != f->partner ? 1 : 0;
        out.via++;
    }
    return out;
}

/* To a program that cannot read a journal with grants in it. */
static bool is_set_back(const struct trial *t, uint32_t nation)
{
    for (uint32_t i = 0; i < t->fault_count; i++) {
        const struct trial_fault *f = &t->faults[i];
        if (f->kind == TRIAL_EARLIER && f->nation == nation && f->at_s > 0.0) {
            return true;
        }
    }
    return false;
}

/* The owner says so twice: in a grant, and in the rules by which it releases. */
static void permit_onward(struct trial *t, const struct trial_fault *grant)
{
    const struct scenario_nation *nations = t->scenario.nations;
    const struct nation_id via = nations[trial_grant_of(t, grant).via].id;
    struct policy *p = &t->scenario.nations[grant->nation].policy;
    for (uint32_t i = 0; i < p->rule_count; i++) {
        struct policy_rule *rule = &p->rules[i];
        if (rule->action == POLICY_RELEASE && nation_id_equal(rule->to[0], via)) {
            rule->onward[rule->onward_count] = nations[grant->partner].id;
            rule->onward_count++;
        }
    }
}

/* In three meshes of ten, of three links in ten; while the link itself is cut for a while. To a
 * partner from whom something is kept back nothing of its owner's goes by a third, and nothing of
 * others' by its owner: when that comes depends on what they are told. */
static void draw_grants(struct trial *t)
{
    struct random r;
    uint32_t owner = TRIAL_NOBODY;
    uint32_t partner = TRIAL_NOBODY;
    random_init(&r, t->seed, stream_text(0, "grants"));
    trial_find_secret(t, &owner, &partner);
    if (t->is_hub || random_uniform(&r) >= 0.3) {
        return;
    }
    for (uint32_t l = 0; l < t->scenario.link_count; l++) {
        const struct scenario_link *link = &t->scenario.links[l];
        struct trial_fault grant = {.kind = TRIAL_GRANT, .nation = link->from, .partner = link->to};
        const bool is_drawn = random_uniform(&r) < 0.3;
        grant.at_s = between(&r, 3.0, 0.5 * t->heal_s);
        grant.until_s = grant.at_s + between(&r, 20.0, 250.0);
        grant.amount = random_uniform(&r);
        struct trial_fault cut = {.kind = TRIAL_CUT, .nation = link->from, .partner = link->to};
        cut.at_s = grant.at_s + between(&r, 0.0, 30.0);
        cut.until_s = cut.at_s + between(&r, 40.0, 200.0);
        const uint32_t via = trial_grant_of(t, &grant).via;
        const bool shows_secret = link->to == partner && (link->from == owner || via == owner);
        if (is_drawn && !shows_secret && !is_set_back(t, via)) {
            permit_onward(t, &grant);
            add(t, grant);
            add(t, cut);
        }
    }
}

bool trial_has_lists(const struct trial *t)
{
    for (uint32_t i = 0; i < t->fault_count; i++) {
        if (t->faults[i].kind == TRIAL_EARLIER || t->faults[i].kind == TRIAL_GRANT) {
            return true;
        }
    }
    return false;
}

void trial_draw_faults(struct trial *t)
{
    struct random r;
    random_init(&r, t->seed, stream_text(0, "faults"));
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        const uint32_t count = random_poisson(&r, 2.5 * t->heal_s / 200.0);
        for (uint32_t i = 0; i < count; i++) {
            draw_of_node(t, n, i);
        }
    }
    const uint32_t links = t->scenario.link_count;
    const uint32_t first = links > LINKS_ALL_MAX ? (uint32_t)(random_uniform(&r) * links) : 0;
    for (uint32_t l = 0; l < links; l++) {
        const uint32_t link = (first + l) % links;
        for (int kind = TRIAL_LOSS; kind <= TRIAL_CUT; kind++) {
            draw_of_link(t, link, (enum trial_fault_kind)kind);
        }
        draw_forger(t, link);
    }
    draw_traitor(t);
    for (uint32_t l = 0; l < t->scenario.link_count; l++) {
        draw_other_domain(t, l);
    }
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        draw_officers(t, n);
    }
    draw_versions(t);
    draw_grants(t);
}

const char *trial_fault_text(enum trial_fault_kind kind)
{
    static const char *const TEXTS[TRIAL_FAULT_KINDS] = {
        [TRIAL_LOSS] = "loss",
        [TRIAL_REPEAT] = "repeats",
        [TRIAL_DELAY] = "delay",
        [TRIAL_JITTER] = "reordering",
        [TRIAL_FLIP] = "flipped bits",
        [TRIAL_CUT] = "cut",
        [TRIAL_CRASH_BEFORE_WRITE] = "crash before a write",
        [TRIAL_CRASH_AFTER_WRITE] = "crash after a write",
        [TRIAL_CRASH_IN_SENDS] = "crash between sends",
        [TRIAL_PAUSE] = "pause",
        [TRIAL_DISK_SLOW] = "slow disk",
        [TRIAL_DISK_ERROR] = "disk error",
        [TRIAL_DISK_FULL] = "full disk",
        [TRIAL_DISK_LIES] = "crash of a disk that lied",
        [TRIAL_DISK_DAMAGES] = "crash and a damaged disk",
        [TRIAL_CLOCK_SKEW] = "wrong clock",
        [TRIAL_CLOCK_DRIFT] = "drifting clock",
        [TRIAL_CLOCK_LEAP] = "leap second",
        [TRIAL_CLOCK_FREEZE] = "frozen clock",
        [TRIAL_SENSOR_LIE] = "lying sensors",
        [TRIAL_SENSOR_DRIFT] = "drifting sensors",
        [TRIAL_SENSOR_FREEZE] = "frozen sensors",
        [TRIAL_SENSOR_FLOOD] = "flooded sensors",
        [TRIAL_POLICY] = "a rule is taken back",
        [TRIAL_FORGER] = "forger",
        [TRIAL_TRAITOR] = "false partner",
        [TRIAL_OTHER_DOMAIN] = "another domain",
        [TRIAL_OFFICER] = "an officer's order",
        [TRIAL_EARLIER] = "an earlier version",
        [TRIAL_GRANT] = "a grant",
    };
    assert((int)kind >= 0 && kind < TRIAL_FAULT_KINDS);
    return TEXTS[kind];
}
