/* What a watch officer and an operator must know of the node itself: one line for each thing that
 * is wrong, since when, and what to do about it.
 *
 * Once a second the caller says what is so now. A line appears when that has held for a while, and
 * goes when it has not been so for a while: nothing flickers. What was found (a contradiction, a
 * forked log) stays for a day. */
#ifndef WATCHFIRE_NODE_HEALTH_H
#define WATCHFIRE_NODE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "engine/limits.h"

#define HEALTH_WHAT_SIZE 240
#define HEALTH_WHICH_MAX (LIMIT_PARTNERS + 16) /* of one kind */

/* The most urgent first. */
enum health_kind {
    HEALTH_DISK,         /* the journal cannot be written */
    HEALTH_OUTLETS,      /* what was told to people is kept in memory alone */
    HEALTH_COPY,         /* two nodes run with this nation's keys */
    HEALTH_FORK,         /* a partner showed two histories of its log */
    HEALTH_HISTORY,      /* a partner contradicts what it sent before */
    HEALTH_KEYS_ENDED,   /* no signing key of ours counts */
    HEALTH_KEYS_END_DAY, /* the last ends within a day … */
    HEALTH_PARTNER_ENDED,
    HEALTH_CERTIFICATE_ENDED,
    HEALTH_SHRUNK,    /* a partner's log is smaller than it was */
    HEALTH_ATTACK,    /* somebody sends what no honest node sends */
    HEALTH_NO_POLICY, /* nothing goes to partners */
    HEALTH_SERVER,    /* the carrier's server is away */
    HEALTH_SILENT,    /* a partner is not heard */
    HEALTH_CLOCK,
    HEALTH_INPUT,     /* what sensors send is refused or lost */
    HEALTH_UNSIGNED,  /* a partner does not cosign our log */
    HEALTH_UNPROVED,  /* a partner's log is not shown to have only grown */
    HEALTH_REBASED,   /* we had forgotten what a partner remembers */
    HEALTH_REGRESSED, /* a partner forgot what it had acknowledged */
    HEALTH_KEYS_END_WEEK,
    HEALTH_PARTNER_ENDS,
    HEALTH_CERTIFICATE_ENDS,
    HEALTH_KEYS_END_MONTH,
    HEALTH_KINDS
};

/* A thing that is or was so, by kind and `which`: a partner's index, or a number of the caller. */
struct health_item {
    struct instant from;   /* unset = not so, nor shown */
    struct instant latest; /* when it last was so */
    bool is_shown;
    bool is_now; /* said in this round */
    char what[HEALTH_WHAT_SIZE];
};

/* All zero but for health_init. */
struct health {
    struct health_item items[HEALTH_KINDS][HEALTH_WHICH_MAX];
};

struct health_line {
    enum health_kind kind;
    bool is_alarm;
    struct instant from;
    const char *what; /* live as long as the health, until the next round */
    const char *todo;
};

void health_init(struct health *h);

/* In a round: this is so now. */
__attribute__((format(printf, 5, 6))) void health_say(struct health *h, enum health_kind kind,
                                                      uint32_t which, struct instant now,
                                                      const char *format, ...);

/* Ends a round. `tell` is given a line for the log for each that appeared or went. */
void health_round(struct health *h, struct instant now,
                  void (*tell)(void *context, const char *text), void *context);

/* What is shown, the most urgent first. Returns how many there are; at most `most` are written. */
uint32_t health_lines(const struct health *h, struct health_line *out, uint32_t most);

#endif
