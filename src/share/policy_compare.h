/* Who gains and who loses what when one policy follows another.
 *
 * Every class of records that the two policies can tell apart is decided under both: kind, partner,
 * classification, and the areas that the launch is known to be in. Whatever is not provably
 * narrower counts as wider: then two officers must sign. */
#ifndef WATCHFIRE_SHARE_POLICY_COMPARE_H
#define WATCHFIRE_SHARE_POLICY_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "share/policy.h"

enum policy_change_kind {
    POLICY_CHANGE_RECORDS,   /* a kind of record goes, or goes no longer */
    POLICY_CHANGE_PRECISION, /* it goes more or less precisely, or earlier or later */
    POLICY_CHANGE_GEOMETRY,  /* exact covariances: reveals sensor geometry, or no longer */
    POLICY_CHANGE_SENSORS,   /* a sensor has a part in what goes, or no longer */
    POLICY_CHANGE_ONWARD     /* the partner may pass it on, or may no longer */
};

struct policy_change {
    enum policy_change_kind kind;
    bool gains; /* else loses */
    struct nation_id to;
    enum record_kind record;            /* unknown for sensors */
    enum classification classification; /* the lowest of which it is true; unknown for sensors */
    uint32_t old_rule;                  /* the rules that decided; POLICY_RULES_MAX = none did */
    uint32_t new_rule;
    uint32_t old_areas; /* areas (bits) of the first such case, by either policy's numbers, … */
    uint32_t new_areas; /* … that the launch is in */
    struct sensor_id sensor; /* of POLICY_CHANGE_SENSORS */
    struct nation_id onward; /* of POLICY_CHANGE_ONWARD */
};

#define POLICY_CHANGES_MAX 256

struct policy_comparison {
    bool widens;   /* someone gains something, or it cannot be proved that nobody does */
    bool narrows;  /* someone loses something */
    bool complete; /* `changes` holds all of them */
    uint32_t count;
    struct policy_change changes[POLICY_CHANGES_MAX];
};

/* Both must pass policy_check. */
void policy_compare(const struct policy *before, const struct policy *after,
                    struct policy_comparison *out);

/* How many officers must sign: two to widen, one otherwise. */
uint32_t policy_officers(const struct policy_comparison *comparison);

const char *policy_change_text(enum policy_change_kind kind);

#endif
