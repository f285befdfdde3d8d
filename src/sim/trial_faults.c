#include <assert.h>

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

static void add(struct trial *t, struct trial_fault fault)
{
    if (t->fault_count == TRIAL_FAULTS_MAX || fault.at_s >= t->heal_s) {
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

static void draw_of_node(struct trial *t, uint32_t nation, uint32_t number)
{
    static const enum trial_fault_kind KINDS[] = {
        TRIAL_CRASH_BEFORE_WRITE, TRIAL_CRASH_AFTER_WRITE, TRIAL_CRASH_IN_SENDS, TRIAL_PAUSE,
        TRIAL_DISK_SLOW,          TRIAL_DISK_ERROR,        TRIAL_DISK_FULL};
    struct random r;
    random_init(&r, t->seed, stream_number(stream_number(stream_text(0, "node"), nation), number));
    const double which = random_uniform(&r) * (double)(sizeof KINDS / sizeof KINDS[0]);
    struct trial_fault fault = {.kind = KINDS[(int)which], .nation = nation};
    fault.at_s = between(&r, 2.0, t->heal_s);
    const double lasts_s = between(&r, 0.1, 1.0);
    fault.amount = (double)(int)between(&r, 1.0, 6.0);
    if (fault.kind == TRIAL_PAUSE) {
        fault.until_s = fault.at_s + lasts_s * lasts_s * PAUSE_S_MAX;
    } else {
        fault.until_s = fault.at_s + lasts_s * lasts_s * DOWN_S_MAX;
    }
    if (fault.kind == TRIAL_DISK_SLOW) {
        fault.amount = between(&r, 0.05, 2.0);
    }
    add(t, fault);
}

void trial_draw_faults(struct trial *t)
{
    struct random r;
    random_init(&r, t->seed, stream_text(0, "faults"));
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        const uint32_t count = random_poisson(&r, 2.0 * t->heal_s / 200.0);
        for (uint32_t i = 0; i < count; i++) {
            draw_of_node(t, n, i);
        }
    }
    for (uint32_t l = 0; l < t->scenario.link_count; l++) {
        for (int kind = TRIAL_LOSS; kind <= TRIAL_CUT; kind++) {
            draw_of_link(t, l, (enum trial_fault_kind)kind);
        }
    }
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
    };
    assert((int)kind >= 0 && kind < TRIAL_FAULT_KINDS);
    return TEXTS[kind];
}
