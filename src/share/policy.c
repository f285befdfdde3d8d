#include "share/policy.h"

#include "base/elementary.h"

static result check_rule(const struct policy_rule *rule)
{
    ENSURE(rule->action == POLICY_WITHHOLD || rule->action == POLICY_RELEASE, ERR_RANGE);
    ENSURE(rule->kind > RECORD_UNKNOWN && rule->kind <= RECORD_WARNING, ERR_RANGE);
    ENSURE(rule->to_count >= 1 && rule->to_count <= LABEL_NATIONS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < rule->to_count; i++) {
        ENSURE(nation_id_is_set(rule->to[i]), ERR_RANGE);
    }
    ENSURE(rule->classification_max > CLASSIFICATION_UNKNOWN &&
               rule->classification_max <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    ENSURE(rule->covariance == POLICY_COVARIANCE_OUTER_BOUND ||
               rule->covariance == POLICY_COVARIANCE_EXACT,
           ERR_RANGE);
    const double values[] = {rule->coarsen_position_m, rule->coarsen_time_s, rule->delay_s};
    const double limits[] = {1e6, 3600.0, 86400.0};
    for (int i = 0; i < 3; i++) {
        ENSURE(elementary_is_finite(values[i]) && values[i] >= 0.0 && values[i] <= limits[i],
               ERR_RANGE);
    }
    /* An exact covariance beside a coarsened position would be a lie about the error. */
    ENSURE(rule->covariance == POLICY_COVARIANCE_OUTER_BOUND || rule->coarsen_position_m == 0.0,
           ERR_RANGE);
    return OK;
}

result policy_check(const struct policy *p, uint32_t *rule_out)
{
    *rule_out = POLICY_RULES_MAX;
    ENSURE(nation_id_is_set(p->owner) && p->number > 0, ERR_RANGE);
    ENSURE(nation_id_equal(p->label.owner, p->owner), ERR_RANGE);
    ENSURE(p->label.classification > CLASSIFICATION_UNKNOWN &&
               p->label.classification <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    ENSURE(p->label.releasable_count <= LABEL_NATIONS_MAX, ERR_RANGE);
    ENSURE(p->rule_count <= POLICY_RULES_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < p->rule_count; i++) {
        *rule_out = i;
        TRY(check_rule(&p->rules[i]));
    }
    *rule_out = POLICY_RULES_MAX;
    return OK;
}
