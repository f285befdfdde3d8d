/* The engine of one nation's node: the only place where the rooms meet.
 *
 * Pure: events in, effects out; no clock, no I/O, no pointers in the state. The same events give
 * the same effects on every machine. */
#ifndef WATCHFIRE_ENGINE_ENGINE_H
#define WATCHFIRE_ENGINE_ENGINE_H

#include "assess/assess.h"
#include "assess/launch.h"
#include "base/result.h"
#include "engine/effects.h"
#include "engine/event.h"
#include "engine/limits.h"
#include "engine/view.h"
#include "fuse/common.h"
#include "model/domain.h"
#include "model/order.h"
#include "model/sensor.h"
#include "share/digest.h"
#include "share/policy.h"
#include "share/relay.h"
#include "share/relay_window.h"
#include "share/session.h"
#include "track/tracker.h"
#include "warn/warn.h"

#define ENGINE_NOTICES 8
#define ENGINE_HELD 64                 /* for each partner */
#define ENGINE_PIECES 32               /* of what came off one object, told by one nation */
#define ENGINE_OWN_NS (25 * NS_PER_MS) /* after what partners get: theirs comes in between */
#define ENGINE_PIECES_S 10             /* how often they are told */
#define ENGINE_OFFERS (1 + POLICY_VIEWS_MAX)

struct engine_config {
    struct nation_id nation;
    enum domain domain;
    struct policy policy;
    uint32_t sensor_count;
    struct sensor sensors[LIMIT_SENSORS];
    uint32_t speaks; /* no newer version of the wire than this; 0 = any (share/codec.h) */
    uint32_t partner_count;
    struct nation_id partners[LIMIT_PARTNERS];
    bool
        apart[LIMIT_PARTNERS]; /* no line leads there: heard by way of others alone, told nothing */
    struct digest_key
        partner_keys[LIMIT_PARTNERS]; /* this nation's secrets, one for each partner */
};

/* What is known here of one nation's track of an event. Index 0 of an event's is the own nation. */
/* A partner's track of what came off an event's object. */
struct engine_piece {
    struct track_id id; /* 0 = free */
    struct instant received;
};

struct engine_solution {
    bool present;
    struct event_name name; /* what its owner calls the event */
    struct track track;     /* own: at its last publication; a partner's: as released */
    struct instant received;
    struct nation_id via;             /* who passed the track on; unset = its owner told it */
    struct ballistic_state ballistic; /* own only, valid with has_ballistic */
    bool has_ballistic;
    struct label label; /* of what a partner released; the own one by the policy */
    bool contributes;
    struct engine_piece pieces[ENGINE_PIECES]; /* partners only */
};

struct engine_event {
    struct event_id id;         /* 0 = the slot is free */
    struct event_name name;     /* in use: the one that was published first */
    struct event_name own_name; /* what this nation calls it towards others */
    struct instant named;       /* when its publisher made the first record with this name */
    struct instant noticed;
    struct nation_id noticed_from;
    struct instant quiet_since; /* since when nothing contributes; unset = something does */
    struct instant over_since;  /* unset = goes on */
    bool withdrawn;
    struct event_id same_as;     /* withdrawn, since it is this one; 0 = it was false */
    bool by_order;               /* withdrawn by an officer: may be taken back */
    bool known_space;            /* an officer knows it for a space launch */
    bool recalled;               /* an officer took its warning back; none is raised again */
    uint8_t held;                /* bit i: an officer lets nothing of it go to config.partners[i] */
    struct event_id apart_from;  /* an officer told it apart from this one; 0 = from none */
    struct event_id own;         /* in an offer: the own picture's event, once an order asked */
    struct instant acknowledged; /* unset = not yet */
    struct officer_name acknowledged_by;
    struct instant warned_since; /* when the warning in force began; means nothing without one */
    uint32_t warned_from;        /* serial of its first message */
    /* Officers who agreed that the warning in force goes out; empty names = fewer did. */
    struct officer_name approved_by[LIMIT_APPROVALS];
    uint64_t approved_at; /* position of what changed that last */
    bool notice_published;
    uint32_t own_slot;        /* of the tracker, where solutions[0].present */
    struct instant published; /* grid time of the last own track record; unset = none */
    enum track_status published_status;
    struct instant published_measurement; /* the latest that was in it */
    struct instant pieces_published;      /* grid time of the last records of what came off it */
    uint32_t warned_to[LIMIT_PARTNERS];   /* serial of our newest that the partner has; 0 = none */
    struct region_sides sides;            /* from where it was launched, for the policy's areas */
    uint32_t warning_published;           /* serial of the last own warning record; 0 = none */
    struct engine_solution solutions[LIMIT_NATIONS]; /* own first, then as in config.partners */
    struct launch_record launch;                     /* from own sensors */
    bool has_common;
    enum track_status common_status;
    bool thrust_ended; /* as last told */
    bool manoeuvres;   /* as last told */
    struct common_solution common;
    struct instant common_time;
    struct assessment assessment;
    struct footprint footprint;
    struct risk risk;
    struct warn_state warn;
    struct warning warning;    /* the latest message; serial 0 = none */
    struct instant risk_found; /* when `risk` was worked out; unset = never */
};

/* A partner's notice whose track has not come (yet). */
struct engine_notice {
    bool waiting;
    uint32_t partner;
    struct instant received;
    struct event_name name;
    struct instant made;
    struct track_id track;
};

/* A record that a partner may have later: a rule delays it, or nobody knows yet from where it was
 * launched. */
struct engine_held {
    bool waiting;          /* false = the slot is free */
    struct event_id event; /* of the partner's offer */
    struct record record;
};

/* What the own sensors that some partners may have say by themselves, without the others and
 * without what any partner told: all that those partners get is made from this. Not the nation's
 * own picture, and nobody is shown it. */
struct engine_offer {
    uint32_t sensors; /* bit i = config.sensors[i] */
    bool warns;       /* the policy releases warnings to someone */
    uint64_t next_event;
    struct engine_event events[LIMIT_EVENTS];
};

/* What one partner passed on of another's. */
struct engine_way {
    struct relay_window seen;
    uint64_t taken;
    struct instant last; /* when the last was taken; means nothing before the first */
};

/* An order that was obeyed. */
struct engine_order {
    struct instant time;
    struct event_name name; /* of its event then; empty = of all events */
    struct order order;
};

/* What is large stands last, and of that only what is in use means anything: engine_extents. */
struct engine {
    struct engine_config config;
    struct instant now;
    struct instant ticked; /* the last half second worked through */
    bool own_waits;        /* the own picture's part of it is still to be done */
    uint64_t next_event;
    uint64_t journalled_to; /* position known to be durable */
    uint64_t position;      /* of the event now being worked on: counts from 1 */
    struct engine_notice notices[LIMIT_PARTNERS][ENGINE_NOTICES];
    uint32_t held_next[LIMIT_PARTNERS]; /* the oldest slot */
    uint8_t offer_of[LIMIT_PARTNERS];   /* which offer a partner gets */
    bool offer_used[ENGINE_OFFERS];
    bool stirred[LIMIT_PARTNERS]; /* scratch of one step: it may send something to this partner */
    bool link_up[LIMIT_PARTNERS];
    struct instant sensor_seen[LIMIT_SENSORS];
    uint64_t sensor_observations[LIMIT_SENSORS];
    uint64_t records_released;
    uint64_t records_withheld[RELEASE_WHY_COUNT];
    struct grant_set grants; /* by which we pass on; all of partners to partners */
    struct engine_way ways[LIMIT_PARTNERS][LIMIT_PARTNERS]; /* of whom, by way of whom */
    uint64_t relays_passed[RELAY_WHY_COUNT]; /* records that name another: passed on, or why not */
    uint64_t relays_taken[RELAY_WHY_COUNT];  /* passed on to us: taken, or why not */
    uint64_t events_refused;                 /* no room, or not possible */
    uint64_t records_refused;                /* partners' records that cannot be true */
    uint8_t held_from; /* bit i: an officer lets nothing go to config.partners[i] */
    uint64_t order_count;
    struct engine_order orders[LIMIT_ORDERS]; /* number n in slot n % LIMIT_ORDERS */
    struct warn_thresholds thresholds;
    struct engine_event events[LIMIT_EVENTS];
    struct engine_held held[LIMIT_PARTNERS][ENGINE_HELD];
    struct session sessions[LIMIT_PARTNERS];
    struct session_delivery delivery; /* scratch of one step */
    struct tracker tracker;
    /* Number 0 is of all sensors and shares the tracker. */
    struct engine_offer offers[ENGINE_OFFERS];
    struct tracker offer_trackers[POLICY_VIEWS_MAX]; /* of the other offers */
};

/* ERR_RANGE for a configuration that cannot be (a sensor or policy that does not pass its check, a
 * partner twice), ERR_NOT_FOUND for a group of a policy that names an unknown sensor; the engine is
 * then unspecified. The engine is large (not on the stack), but only what comes to be used is ever
 * touched, here and later. It may hold anything before. */
MUST_USE result engine_init(struct engine *engine, const struct engine_config *config);

/* Works through one event. Time comes in the event. Effects come out in the order in which they
 * must be done; `effects` is emptied first. ERR_STATE for time that runs backwards and
 * ERR_NOT_FOUND for an unknown sensor or partner: nothing has happened then, and nothing is to be
 * journalled. */
MUST_USE result engine_step(struct engine *engine, const struct event *event,
                            struct effects *effects);

/* Whether a tick now is to work out what partners get; then EVENT_SHARE does that alone, and the
 * own picture follows with a tick ENGINE_OWN_NS later. A tick at once does both. */
bool engine_second_begins(const struct engine *engine, struct instant now);

/* When the engine wants its next tick, if nothing else happens first: every whole half second, and
 * when a partner's session has something to send. */
struct instant engine_next_time(const struct engine *engine);

/* The event of the own picture; NULL if it is not there (any more), or for 0. */
const struct engine_event *engine_event_of(const struct engine *engine, struct event_id id);

/* Which partner that nation is, as config.partners has them; partner_count if it is none. */
uint32_t engine_partner(const struct engine *engine, struct nation_id nation);

/* Whether a grant counts now, as far as is known here: RELAY_YES, RELAY_PERIOD, or RELAY_SIGNATURE
 * (no key of its owner's that counts signed it, or the owner's list is not here yet). */
enum relay_why engine_grant_counts(const struct engine *engine, const struct signed_grant *grant);

/* Which partner passed on something of this one's last; partner_count if none did. */
uint32_t engine_last_way(const struct engine *engine, uint32_t owner);

/* An obeyed order by its number, from 1; NULL for one that there is not, or that was long ago. */
const struct engine_order *engine_order_at(const struct engine *engine, uint64_t number);

/* Copies out what a person may see, and works out what is for people alone. *out is zeros, or a
 * view of before: what is costly and moves slowly is taken from that, if it is of the same nation.
 */
void engine_view(const struct engine *engine, struct view *out);

/* The same as it stands: where what still burns may come down is not worked out. */
void engine_view_present(const struct engine *engine, struct view *out);

#endif
