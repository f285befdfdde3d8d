/* A trial being run: real nodes (performer, seal, engine), each with a clock, a disk and a carrier
 * that fail as the trial says, in one thread and on simulated time; and beside them the witnesses
 * of what must hold whatever fails. Deterministic: the same trial and faults give the same run. */
#ifndef WATCHFIRE_CLI_COALITION_H
#define WATCHFIRE_CLI_COALITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "model/order.h"
#include "share/frame.h"
#include "share/session.h"
#include "sim/trial.h"

/* What must hold; the letters are those of docs/simulator.md. */
enum coalition_invariant {
    COALITION_DURABLE = 'a',  /* acknowledged is durable, and after healing everywhere */
    COALITION_RELEASED = 'b', /* nothing reaches a partner that may not go to it */
    COALITION_LABELS = 'c',   /* what is derived is labelled as strictly as its sources */
    COALITION_EVIDENCE = 'd', /* nothing counts twice, nor makes surer than it is */
    COALITION_DOMAINS = 'e',  /* nothing crosses domains */
    COALITION_CONVERGES = 'f',
    COALITION_WARNINGS = 'g', /* every warning ends, for whoever had it */
    COALITION_REPLAYS = 'h',
    COALITION_BOUNDED = 'i',
    COALITION_VERSIONS = 'j', /* nothing is said to a partner that its version has not */
    COALITION_RUNS = 'x'      /* no node stops, asserts or fails by itself */
};

#define COALITION_TEXT_SIZE 512

struct coalition_finding {
    char invariant; /* '\0' = all held */
    double at_s;    /* after the start */
    char text[COALITION_TEXT_SIZE];
};

struct coalition_counts {
    uint64_t faults[TRIAL_FAULT_KINDS]; /* that came about */
    uint64_t crashes;
    uint64_t restored; /* starts that went on from a snapshot */
    uint64_t replayed; /* inputs, at restarts */
    uint64_t frames;   /* sent */
    uint64_t lost;     /* by loss, by a cut, or at a node that was down */
    uint64_t repeated;
    uint64_t flipped;
    uint64_t forged;                   /* by somebody without keys */
    uint64_t crossed;                  /* made in another domain, with the same keys */
    uint64_t lies;                     /* frames of nations that lie, with their own keys */
    uint64_t orders[ORDER_KIND_COUNT]; /* of officers, that were obeyed */
    uint64_t rebased;                  /* ledgers that began anew, since a disk had lied */
    uint64_t damaged;                  /* journals that were found damaged at a restart */
    uint64_t refused[SESSION_REFUSAL_COUNT];
    uint64_t released; /* records */
    uint64_t held;     /* of these, on a partner's disk */
    uint64_t observations;
    uint64_t objects; /* that flew */
    uint64_t notices;
    uint64_t warnings;        /* messages */
    uint64_t passed_on;       /* records of one partner to another */
    uint64_t taken_so;        /* of these, into a picture */
    uint64_t releases_judged; /* by the oracle */
    uint64_t pictures_judged; /* newest tracks that were looked for */
    uint64_t pictures_full;   /* … in which there was no room for another event */
    uint64_t warnings_judged; /* ends that a partner had to be told of, at each look */
    uint64_t doubts_judged;   /* common solutions that were held to their sources */
    uint64_t reruns;          /* journals played again at the end */
    uint64_t rerun_inputs;    /* of these */
    uint64_t leaves;          /* of the logs */
    uint64_t twins;           /* pairs of runs */
    uint64_t digest;          /* of every frame, and when it was sent */
    double now_s;             /* how far it came */
};

/* A frame as somebody on the way sees it. */
struct coalition_sent {
    struct instant time; /* true time */
    uint32_t size;
    uint8_t type;
    uint8_t lane;
    uint64_t hash; /* 0 for a checkpoint */
};

#define COALITION_SENT_MAX 65536

/* Writes down what one nation sends another. While it listens, disks take no time. */
struct coalition_eavesdropper {
    uint32_t owner;
    uint32_t partner;
    bool is_hidden; /* what the owner keeps back from the partner does not reach the owner */
    uint32_t count;
    struct coalition_sent sent[COALITION_SENT_MAX];
};

struct coalition_options {
    const struct trial *trial;
    uint64_t faults; /* bit i = fault i of the trial happens */
    void *context;
    /* Every happening, in order; NULL = nobody looks. */
    void (*tell)(void *context, double t_s, const char *text);
    struct coalition_eavesdropper *ears; /* NULL = nobody listens */
};

#define COALITION_ALL_FAULTS UINT64_MAX

/* Runs it to the end or to the first finding. ERR_IO without memory, or what world_init says of
 * the launches. */
MUST_USE result coalition_run(const struct coalition_options *options,
                              struct coalition_counts *counts, struct coalition_finding *finding);

#endif
