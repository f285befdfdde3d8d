/* A trial: a coalition, what is launched at it, and all that goes wrong, drawn from one seed.
 *
 * Plain values, no pointers; the same seed gives the same trial, bit for bit. Every fault is drawn
 * from a stream of its own, so a trial with fewer faults is the same one otherwise: what fails can
 * be cut down to the faults that it needs. Times are s after the scenario's start. */
#ifndef WATCHFIRE_SIM_TRIAL_H
#define WATCHFIRE_SIM_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "sim/scenario.h"

#define TRIAL_FAULTS_MAX 64
#define TRIAL_OBJECTS_MAX 20 /* that fly: missiles, stages, debris */
#define TRIAL_DURATION_S_MIN 180.0
#define TRIAL_DURATION_S_MAX 3600.0
/* From then on nothing goes wrong any more: all must have come right by the end. */
#define TRIAL_HEALING_S 75.0

enum trial_fault_kind {
    /* Of a link, in one direction. */
    TRIAL_LOSS,   /* amount: probability of a frame */
    TRIAL_REPEAT, /* likewise */
    TRIAL_DELAY,  /* amount: s */
    TRIAL_JITTER, /* amount: s, at most; it reorders */
    TRIAL_FLIP,   /* amount: probability that a bit of a frame is turned over */
    TRIAL_CUT,
    /* Of a node. It is down, or stands still, until `until_s`. */
    TRIAL_CRASH_BEFORE_WRITE, /* while a group waits to be written */
    TRIAL_CRASH_AFTER_WRITE,  /* it is durable, and nothing of it was sent */
    TRIAL_CRASH_IN_SENDS,     /* amount: so many frames of it were sent */
    TRIAL_PAUSE,
    /* Of a node's disk. */
    TRIAL_DISK_SLOW, /* amount: s that a write takes */
    TRIAL_DISK_ERROR,
    TRIAL_DISK_FULL,
    TRIAL_DISK_LIES,    /* says that writes are durable, loses them in a crash `amount` s later */
    TRIAL_DISK_DAMAGES, /* a crash; a bit of what was written is another then */
    /* Of a node's clock, while it is on. */
    TRIAL_CLOCK_SKEW,  /* amount: s that it is ahead */
    TRIAL_CLOCK_DRIFT, /* amount: s in a second */
    TRIAL_CLOCK_LEAP,  /* stands at the same second twice */
    TRIAL_CLOCK_FREEZE,
    /* Of all sensors of a nation, while it is on. */
    TRIAL_SENSOR_LIE,    /* amount: m of range, radian / 1e6 of an angle */
    TRIAL_SENSOR_DRIFT,  /* the same in a second */
    TRIAL_SENSOR_FREEZE, /* sees for ever what it saw at first */
    TRIAL_SENSOR_FLOOD,  /* amount: plots of nothing in each scan */
    /* A nation's officers take back one rule of its policy; amount: which, from 0 to 1. */
    TRIAL_POLICY,
    /* Somebody who can send to a node in a partner's name, but has no keys. */
    TRIAL_FORGER, /* amount: frames in a second */
    /* A nation that says what is false, with its own keys. */
    TRIAL_TRAITOR, /* amount: frames in a second */
    /* A node of the nation in another domain, with the same keys, whose frames reach a partner. */
    TRIAL_OTHER_DOMAIN,
    /* An officer of the nation gives an order, and takes it back at the end or forgets it.
     * amount: which, about what, from 0 to 1. */
    TRIAL_OFFICER,
    /* The nation's program speaks the wire's version before this one: until it is upgraded, from
     * when it is set back, or to the trial's end. */
    TRIAL_EARLIER,
    /* The nation lets another one pass on to the partner what it released to that. amount: which,
     * how much of it and how it ends, from 0 to 1. */
    TRIAL_GRANT,
    TRIAL_FAULT_KINDS
};

struct trial_fault {
    enum trial_fault_kind kind;
    uint32_t nation;  /* index into the scenario's nations; of a link, the sender */
    uint32_t partner; /* of a link, the receiver */
    double at_s;
    double until_s; /* at most the trial's heal_s, but of TRIAL_EARLIER */
    double amount;
};

struct trial {
    uint64_t seed;
    double duration_s;
    double heal_s; /* from then on nothing goes wrong */
    bool is_hub;   /* all links are with nation 0 */
    uint32_t fault_count;
    struct trial_fault faults[TRIAL_FAULTS_MAX];
    struct scenario scenario;
};

/* Whether a fault is between two nations. */
static inline bool trial_fault_is_of_link(enum trial_fault_kind kind)
{
    return kind <= TRIAL_CUT || kind == TRIAL_FORGER || kind == TRIAL_OTHER_DOMAIN;
}

/* Whether two nations are named: a link's, or owner and receiver. */
static inline bool trial_fault_is_of_two(enum trial_fault_kind kind)
{
    return trial_fault_is_of_link(kind) || kind == TRIAL_GRANT;
}

/* Whether the node dies of it. */
static inline bool trial_fault_is_crash(enum trial_fault_kind kind)
{
    return (kind >= TRIAL_CRASH_BEFORE_WRITE && kind <= TRIAL_CRASH_IN_SENDS) ||
           kind == TRIAL_DISK_LIES || kind == TRIAL_DISK_DAMAGES;
}

/* Draws everything but the faults, then the faults.
 *
 *   duration_s   TRIAL_DURATION_S_MIN to TRIAL_DURATION_S_MAX; asserted */
void trial_draw(uint64_t seed, double duration_s, struct trial *out);

/* Of trial_draw: the policies and the faults of a trial whose coalition is drawn. Inside src/sim
 * only. */
void trial_draw_policies(struct trial *t);
void trial_draw_faults(struct trial *t);

#define TRIAL_NOBODY LIMIT_NATIONS

/* Whether key lists travel: where versions of the wire differ, or nations pass records on. */
bool trial_has_lists(const struct trial *t);

/* What a TRIAL_GRANT says. */
struct trial_grant {
    uint32_t via;       /* who passes on */
    bool tracks_only;   /* or all kinds */
    bool is_taken_back; /* its period is longer, but at the end an officer of via takes it away */
};
struct trial_grant trial_grant_of(const struct trial *t, const struct trial_fault *f);

/* A nation that keeps a sensor back from another: both, or TRIAL_NOBODY. */
void trial_find_secret(const struct trial *t, uint32_t *owner, uint32_t *partner);

/* "loss", "crash before a write": static storage. */
const char *trial_fault_text(enum trial_fault_kind kind);

#endif
