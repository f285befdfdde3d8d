/* A release policy: what this nation gives to whom, at what precision. Default deny.
 *
 * A record goes to a partner only if its label names the partner AND some rule releases that kind
 * to it AND no rule withholds it. The first releasing rule that applies decides the precision. */
#ifndef WATCHFIRE_SHARE_POLICY_H
#define WATCHFIRE_SHARE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/result.h"
#include "model/label.h"
#include "model/record.h"

#define POLICY_RULES_MAX 32

enum policy_action { POLICY_WITHHOLD, POLICY_RELEASE };

enum policy_covariance {
    POLICY_COVARIANCE_OUTER_BOUND, /* never smaller than the true one, aligned to the trajectory */
    POLICY_COVARIANCE_EXACT        /* reveals sensor geometry */
};

struct policy_rule {
    char name[48]; /* for people: which rule decided */
    enum policy_action action;
    enum record_kind kind;
    uint32_t to_count; /* 1 to LABEL_NATIONS_MAX */
    struct nation_id to[LABEL_NATIONS_MAX];
    enum classification classification_max; /* applies to records up to this; unknown = none */
    enum policy_covariance covariance;      /* tracks only */
    double
        coarsen_position_m; /* 0 = none; else a fixed keyed offset of up to this size per track */
    double coarsen_time_s;  /* 0 = none; the same for times, keyed per event */
    double delay_s;         /* a record is released this long after it was made */
};

struct policy {
    struct nation_id owner;
    uint32_t number;    /* 1, 2, 3, …: a lower one never replaces a higher */
    struct label label; /* what the nation's own records are labelled with when they are made */
    uint32_t rule_count;
    struct policy_rule rules[POLICY_RULES_MAX];
};

/* ERR_RANGE if a value is missing, unknown, not finite or negative; *rule_out is then the number of
 * the rule, from 0, or POLICY_RULES_MAX if it is not in a rule. */
MUST_USE result policy_check(const struct policy *p, uint32_t *rule_out);

#endif
