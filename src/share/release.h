/* Release: the one gate between a nation's own records and a partner.
 *
 * Policy and label decide whether a record goes at all; what goes is never the record itself, but a
 * copy made here: identifiers drawn per partner, the state on the common one-second grid, the
 * covariance replaced by an outer bound along the trajectory, what would betray a sensor left out.
 * The ledger takes only a `struct released_record`, and only release.c makes one. */
#ifndef WATCHFIRE_SHARE_RELEASE_H
#define WATCHFIRE_SHARE_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/record.h"
#include "share/codec.h"
#include "share/digest.h"
#include "share/policy.h"
#include "share/region.h"
#include "share/relay.h"

/* Times of validity of released tracks are whole multiples of this since 1970 TAI. */
#define RELEASE_GRID_NS NS_PER_S

/* Why a record goes or does not. Counted, and told to the nation's own people, never to a
 * partner. */
enum release_why {
    RELEASE_YES,
    RELEASE_NOT_OWN,        /* the record belongs to another nation: relaying is not release */
    RELEASE_NO_LABEL,       /* the label does not name the partner, or has no classification */
    RELEASE_NO_RULE,        /* no rule releases this kind to the partner */
    RELEASE_CLASSIFICATION, /* rules release this kind, but not as highly classified */
    RELEASE_WITHHELD,       /* a rule withholds it */
    RELEASE_DELAYED,        /* the rule asks for a delay that has not passed: offer it again */
    RELEASE_OFF_GRID,       /* a track whose state is not on the one-second grid */
    RELEASE_INVALID,        /* not a valid record */
    RELEASE_NUMERIC,        /* no outer bound could be worked out */
    RELEASE_AREA,           /* rules release this kind, but not from where it was launched */
    RELEASE_SENSORS,        /* a sensor that the partner may not have has a part in it */
    RELEASE_HELD            /* an officer holds it */
};
#define RELEASE_WHY_COUNT 13

struct release_decision {
    enum release_why why;
    uint32_t rule;    /* the rule that decided, from 0; POLICY_RULES_MAX if none did */
    bool warning_end; /* goes because the end of a warning that the partner has may always go */
    bool open;        /* denied while nobody knows from where it was launched: ask again */
};

/* Who asks for what. Everything is borrowed for the call only. */
struct release_request {
    const struct policy *policy;
    struct nation_id to;
    const struct digest_key *key; /* of this partner and domain: identifiers, offsets */
    struct instant now;
    bool warning_sent;  /* this warning went to this partner before: its end may always go */
    uint32_t made_with; /* own sensors that have a part in the record, by bits, and … */
    uint32_t may_have;  /* … those of which this partner may have any */
    struct region_origin origin; /* of the launch that it is about */
    struct region_sides sides;   /* of the same, followed by region_follow */
};

/* Why it was released: enough to ask again when the policy has changed. */
struct release_basis {
    struct nation_id owner; /* of a relayed record, by whose grant it goes; unset = our own */
    enum record_kind kind;
    enum classification classification;
    bool warning_end;
    uint64_t terms; /* digest of the precision under which it was released */
    uint32_t made_with;
    struct region_origin origin;
};

/* What a partner gets. Made only by release_apply and release_relay. */
struct released_record {
    struct nation_id to;
    struct release_basis basis;
    uint32_t size;
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX]; /* canonical */
};

/* What the rules alone say of a kind of record. */
struct release_decision release_rules(const struct policy *policy, struct nation_id to,
                                      enum record_kind kind, enum classification classification,
                                      const struct region_sides *sides);

/* Only the decision, without making anything. */
struct release_decision release_decide(const struct release_request *request,
                                       const struct record *record);

/* Decides and, if the record may go, makes what goes.
 *
 *   record    the owner's own; a track's state must already be predicted to the grid
 *   out       what the partner gets
 *   decision  why, always written
 *
 * ERR_DENIED if it may not go; out is then unchanged. */
MUST_USE result release_apply(const struct release_request *request, const struct record *record,
                              struct released_record *out, struct release_decision *decision);

/* Makes of another nation's record what goes on to a partner by that nation's grant: nothing is
 * left out or altered. The nation's own policy has no say in it.
 *
 *   schema   the version that the partner and we speak; 0 = not known yet
 *   why      always written
 *
 * ERR_DENIED if it may not go on; out is then unchanged. */
MUST_USE result release_relay(const struct relay_parties *parties, uint32_t schema,
                              const struct relayed *relayed, struct released_record *out,
                              enum relay_why *why);

/* Whether something released earlier might still go, under the policy of now and at the same
 * precision: the second application of the policy, when it has changed. The policy of the nation
 * that passes on has no say in relayed records.
 *
 *   may_have   as in a request */
bool release_stands(const struct policy *policy, struct nation_id to, uint32_t may_have,
                    const struct release_basis *basis);

/* The track's number as this partner sees it. */
struct track_id release_track_id(const struct digest_key *key, struct track_id id);

#endif
