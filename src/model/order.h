/* What an officer decided at the page: which order, by whom, in which roles, about what, and why.
 *
 * An order is an input of the engine, so that a replay obeys it again; the engine decides whether
 * the roles may give it. */
#ifndef WATCHFIRE_MODEL_ORDER_H
#define WATCHFIRE_MODEL_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/result.h"

#define OFFICER_NAME_SIZE 32  /* 1 to 31 letters, digits, '-', '_' or '.', and a NUL */
#define ORDER_REASON_SIZE 240 /* with its NUL */

struct officer_name {
    char text[OFFICER_NAME_SIZE]; /* the rest after the NUL is zero */
};

/* Bits: a person may have several. */
enum officer_role {
    ROLE_WATCH = 1,    /* acknowledges and judges events */
    ROLE_RELEASE = 2,  /* holds what partners would get; answers for what the people are told */
    ROLE_ENGINEER = 4, /* sees how the node is */
    ROLE_OBSERVER = 8, /* sees the picture */
    ROLE_CONTROL = 16  /* leads an exercise, and knows its truth */
};
#define ROLE_COUNT 5
#define ROLES_ALL 31u

enum order_kind {
    ORDER_NONE,
    ORDER_ACKNOWLEDGE, /* the nation's watch has seen the event; it and APPROVE need no reason */
    ORDER_FALSE,       /* there is no object */
    ORDER_REAL,        /* it is one after all: takes back FALSE, and MERGE of this event */
    ORDER_SPACE,       /* a space launch that is known of; nothing is silenced by it */
    ORDER_MERGE,       /* the event is the same launch as `into` */
    ORDER_SPLIT,       /* the track of `nation` is another object than the rest of the event */
    ORDER_HOLD,    /* nothing more of the event (0 = of any) goes to `nation` (unset = anyone) */
    ORDER_RELEASE, /* takes back HOLD; what waited goes by the policy */
    ORDER_APPROVE, /* the event's warning may go to the outlets that need consent */
    ORDER_CANCEL,  /* the event's warning is taken back, and none is raised again */
    ORDER_WARN     /* takes back CANCEL: warned of again if it still threatens */
};
#define ORDER_KIND_COUNT (ORDER_WARN + 1)

struct order {
    enum order_kind kind;
    uint8_t roles; /* the actor's, when the order was given */
    struct officer_name actor;
    struct event_id event; /* HOLD, RELEASE: may be 0 */
    struct event_id into;  /* MERGE, else 0 */
    struct nation_id nation;
    char reason[ORDER_REASON_SIZE]; /* UTF-8 without control characters */
};

/* Whether it is of a known kind, has just the members that its kind needs, a name, and its reason:
 * ERR_RANGE. Whether what it names exists, and whether the roles may, is not looked at. */
MUST_USE result order_check(const struct order *order);

/* The roles of which one is needed. */
uint8_t order_roles(enum order_kind kind);

/* "acknowledge", "false", …: as commands have it; static storage. */
const char *order_text(enum order_kind kind);
/* ORDER_NONE for anything else. */
enum order_kind order_parse(const char *text);

/* The i-th role, i < ROLE_COUNT, in the order of its bit: "watch", "release", …. */
const char *officer_role_text(unsigned i);
/* Its bit; 0 for anything else. */
uint8_t officer_role_parse(const char *text);

/* ERR_FORMAT for what is no officer's name. */
MUST_USE result officer_name_parse(const char *text, struct officer_name *out);

#endif
