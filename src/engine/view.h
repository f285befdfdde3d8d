/* What a person may see of one nation's engine: plain values, copied out, never the inside of a
 * tracker, ledger or journal. The console, the terminal view and the report are made from this. */
#ifndef WATCHFIRE_ENGINE_VIEW_H
#define WATCHFIRE_ENGINE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "engine/limits.h"
#include "model/assessment.h"
#include "model/domain.h"
#include "model/label.h"
#include "model/observation.h"
#include "model/order.h"
#include "model/record.h"
#include "model/sensor.h"
#include "model/track.h"
#include "model/warning.h"

/* One nation's solution for one event, its own or as a partner released it. */
struct view_solution {
    struct nation_id nation;
    struct nation_id via;          /* who passed its track on; unset = it came from the nation */
    struct track track;            /* its latest national track, as it came */
    struct instant received;       /* when this node had it; data age = now - track.time */
    struct impact_estimate impact; /* worked out here from that track alone */
    bool contributes;              /* its evidence is in the common solution now */
};

struct view_event {
    struct event_id id;
    struct event_name name;
    struct instant noticed;        /* when this nation's officer learnt of it */
    struct nation_id noticed_from; /* by its own track, or by a partner's notice or track */
    bool over;                     /* closed: on the ground, in orbit, or withdrawn */
    bool withdrawn;                /* found false, or another one */
    bool by_order;                 /* … by an officer */
    struct event_name same_as;     /* withdrawn, being this one; empty = it was false */
    bool known_space;              /* an officer knows it for a space launch */
    bool recalled;                 /* an officer took its warning back */
    struct instant acknowledged;   /* by the nation's watch; unset = not yet */
    struct officer_name acknowledged_by;
    uint32_t held_count; /* partners to whom an officer lets nothing of it go */
    struct nation_id held[LIMIT_PARTNERS];
    uint32_t approval_count; /* officers who agreed that the warning in force goes out */
    struct officer_name approved_by[LIMIT_APPROVALS];
    struct label label; /* of the common solution: the strictest of its sources' labels */
    bool has_common;
    struct track common;          /* the common solution at the view's time; owner is this nation */
    struct assessment assessment; /* of the common solution */
    struct warning warning;       /* this nation's own, the latest message */
    struct instant warned_since;  /* when that warning began; unset = none is in force */
    uint32_t overflight_count;
    struct warning_area overflights[WARNING_AREAS_MAX]; /* all provinces on the way, any nation's */
    uint32_t piece_count; /* tracks of what came off it, of whoever has most */
    uint32_t solution_count;
    struct view_solution solutions[LIMIT_NATIONS];
};

struct view_link {
    struct nation_id partner;
    bool up;              /* heard from within three heartbeats */
    bool apart;           /* there is no line to it, by the settings */
    bool held;            /* an officer lets nothing go there */
    struct nation_id via; /* who passed on something of it last; unset = nobody ever */
    uint64_t relayed;     /* records that came so */
    struct instant last_heard;
    uint64_t sent;         /* records put into the ledger for it */
    uint64_t acknowledged; /* of these, known to be durable there */
    uint64_t received;     /* records taken from it */
    uint64_t missing;      /* known to exist there, not yet here */
    uint64_t refused;      /* frames refused, any reason */
};

struct view_sensor {
    struct sensor_id id;
    struct instant last_seen; /* unset = never */
    uint64_t observations;
    struct sensor_health health;
    uint64_t rejected;                    /* of the observations */
    enum observation_fault rejected_last; /* the latest reason */
};

/* An order that was obeyed. */
struct view_order {
    struct instant time;
    struct event_name name; /* of its event then; empty = of all */
    struct event_name into; /* of MERGE; empty if that event is gone */
    struct order order;
};

struct view {
    struct instant now;
    struct nation_id nation;
    enum domain domain;
    bool journalled; /* all that is shown is on disk; of a node: or will be within a moment */
    uint32_t event_count;
    uint32_t track_count;
    uint32_t link_count;
    struct view_link links[LIMIT_PARTNERS];
    uint32_t sensor_count;
    struct view_sensor sensors[LIMIT_SENSORS];
    uint32_t order_count;
    struct view_order orders[LIMIT_ORDERS]; /* the latest first */
    uint64_t observations_used;
    uint64_t observations_rejected; /* malformed or impossible; the sum of those below */
    uint64_t observations_rejected_why[OBSERVATION_FAULTS];
    uint64_t observations_unassociated; /* fit no track: false alarms, mostly */
    uint64_t records_released;
    uint64_t records_withheld;
    uint64_t records_refused; /* partners' records that cannot be true */
    uint64_t relays_passed;   /* partners' records that went on to others, by their grant */
    uint64_t relays_withheld; /* that name another, and were not passed on */
    uint64_t relays_taken;    /* partners' records that came by another partner */
    uint64_t relays_refused;  /* … and were not taken, their owner being heard directly or not */
    /* Large: what is behind the counts is left as it was. */
    struct view_event events[LIMIT_EVENTS];
    /* Own tracks that belong to no event (yet): tentative, aircraft, ghosts. */
    struct track tracks[LIMIT_TRACKS];
    enum missile_class track_classes[LIMIT_TRACKS]; /* not ballistic, or undetermined */
};

#endif
