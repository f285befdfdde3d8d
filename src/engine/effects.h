/* What an engine wants done, in the order in which it must be done: persist first (the event
 * itself, by the caller), then show and tell, then send. Sends wait for the commit, showing does
 * not. */
#ifndef WATCHFIRE_ENGINE_EFFECTS_H
#define WATCHFIRE_ENGINE_EFFECTS_H

#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "engine/limits.h"
#include "model/record.h"
#include "model/warning.h"
#include "share/digest.h"
#include "share/frame.h"
#include "share/release.h"

enum effect_kind {
    EFFECT_SEND,       /* a plain frame to sign, seal and send to a partner */
    EFFECT_NOTICED,    /* the watch officer learns of a launch */
    EFFECT_NAMED,      /* an event got another name: the partner's, which was published first */
    EFFECT_WARNING,    /* the nation's own warning about an event changed */
    EFFECT_STATUS,     /* the common track of an event became firm, lost or dropped */
    EFFECT_THRUST,     /* the end of thrust became certain, or was withdrawn */
    EFFECT_MANOEUVRE,  /* it was found to manoeuvre in the air, or to fall ballistically again */
    EFFECT_WITHDRAWN,  /* an event was found false */
    EFFECT_TAKEN,      /* a partner's record entered the picture */
    EFFECT_RELEASED,   /* a record went into a partner's ledger */
    EFFECT_WITHHELD,   /* a record was not released to a partner */
    EFFECT_RELAYED,    /* a partner's record went, by its grant, into another partner's ledger */
    EFFECT_LINK,       /* a partner was heard again, or is no longer heard */
    EFFECT_SUPERSEDED, /* a partner has heard a later start of this nation: see share/session.h */
    EFFECT_ORDER       /* an officer's order was obeyed */
};

struct effect {
    enum effect_kind kind;
    struct nation_id partner; /* SEND, RELEASED, RELAYED, WITHHELD, LINK; TAKEN: the owner;
                               * NOTICED: from whom */
    struct nation_id via;     /* TAKEN: who passed it on; unset = it came from its owner */
    struct event_id event;
    struct event_name name;
    struct event_name same_as;  /* WITHDRAWN: because it is this one; empty = it was false */
    enum frame_lane lane;       /* SEND */
    uint32_t offset;            /* SEND: of the frame in effects.bytes */
    uint32_t size;              /* SEND */
    enum record_kind record;    /* TAKEN, RELEASED, RELAYED, WITHHELD */
    uint64_t sequence;          /* TAKEN: of the record in the owner's ledger for us or for `via`;
                        * RELEASED, RELAYED: in our ledger for the partner;
                        * SUPERSEDED: the counter of the later start;
                        * ORDER: its number, engine_order_at */
    enum release_why why;       /* RELEASED, WITHHELD */
    struct digest content;      /* RELEASED: of the bytes that go; WITHHELD: of our own record */
    enum track_status status;   /* STATUS */
    enum warning_state warning; /* WARNING */
    bool on; /* LINK: up; THRUST: ended; MANOEUVRE: it does; SUPERSEDED: two nodes use one key */
};

struct effects {
    uint32_t count;
    struct effect items[LIMIT_EFFECTS + LIMIT_PARTNERS * LIMIT_SENDS + 1]; /* the last is spare */
    uint32_t size;
    uint8_t bytes[LIMIT_EFFECT_BYTES];
    uint32_t
        dropped; /* effects for people that did not fit; sends wait for the next step instead */
};

#endif
