#include "sim/release_oracle.h"

#include <math.h>

#include "base/elementary.h"

/* The owner's estimate of a launch may be that far off, and its circle that wide. */
#define DOUBT_M 60e3
#define EARTH_M 6371e3

/* On a sphere: good to a fifth of a per cent, and the doubt is larger. */
static double apart_m(struct geo_geodetic a, struct geo_geodetic b)
{
    const double x = (b.lon_rad - a.lon_rad) * elementary_cos(0.5 * (a.lat_rad + b.lat_rad));
    const double y = b.lat_rad - a.lat_rad;
    return EARTH_M * sqrt(x * x + y * y);
}

/* How many launches may be outside of all areas of the rule; *near is how many may be in. */
static uint32_t count_outside(const struct release_oracle *o, const struct policy_rule *rule,
                              uint32_t *near)
{
    uint32_t outside = 0;
    *near = 0;
    for (uint32_t l = 0; l < o->scenario->launch_count; l++) {
        bool may_be_inside = rule->areas == 0;
        bool is_inside = rule->areas == 0;
        for (uint32_t a = 0; a < o->policy->area_count; a++) {
            const struct policy_area *area = &o->policy->areas[a];
            const double apart = apart_m(o->scenario->launches[l].plan.site, area->corners[0]);
            const bool named = (rule->areas >> a & 1u) != 0;
            may_be_inside |= named && apart < area->radius_m + DOUBT_M;
            is_inside |= named && apart < area->radius_m - DOUBT_M;
        }
        *near += may_be_inside ? 1 : 0;
        outside += is_inside ? 0 : 1;
    }
    return outside;
}

static bool speaks_of(const struct release_oracle *o, const struct policy_rule *rule,
                      enum record_kind kind)
{
    bool named = false;
    for (uint32_t i = 0; i < rule->to_count; i++) {
        named |= nation_id_equal(rule->to[i], o->to);
    }
    return named && rule->kind == kind;
}

/* Whether it is a warning's end, which always may go to whoever was warned. */
static bool is_end(const struct release_oracle *o, const struct record *r)
{
    return r->kind == RECORD_WARNING && o->warned && warning_has_ended(r->warning.state);
}

static const char *check_copy(const struct release_oracle *o, const struct record *r)
{
    const struct label *l = &r->label;
    if (!nation_id_equal(l->owner, o->policy->owner)) {
        return "its label names another owner";
    }
    if (l->releasable_count != 1 || !nation_id_equal(l->releasable_to[0], o->to)) {
        return "its label is not releasable to this partner alone";
    }
    if (l->classification != o->policy->label.classification) {
        return "its label has another classification than the policy's";
    }
    if (r->kind == RECORD_TRACK && r->track.measurement_count != 0) {
        return "it tells how many measurements there were";
    }
    return NULL;
}

static const char *check_label(const struct release_oracle *o)
{
    const struct label *own = &o->policy->label;
    for (uint32_t i = 0; i < own->releasable_count; i++) {
        if (nation_id_equal(own->releasable_to[i], o->to)) {
            return NULL;
        }
    }
    return "the owner's label does not name the partner";
}

/* The rules: a kind that some rule lets go and none keeps, and not before the least delay. */
static const char *check_rules(const struct release_oracle *o, const struct record *r)
{
    const enum classification level = o->policy->label.classification;
    double least_delay_s = 1e9;
    double blur_s = 0.0;
    for (uint32_t i = 0; i < o->policy->rule_count; i++) {
        const struct policy_rule *rule = &o->policy->rules[i];
        uint32_t near = 0;
        if (!speaks_of(o, rule, r->kind)) {
            continue;
        }
        const uint32_t outside = count_outside(o, rule, &near);
        if (rule->action == POLICY_WITHHOLD && rule->classification_max >= level &&
            (rule->areas == 0 || (outside == 0 && near > 0))) {
            return "a rule withholds it";
        }
        if (rule->action == POLICY_RELEASE && rule->classification_max >= level && near > 0) {
            least_delay_s = rule->delay_s < least_delay_s ? rule->delay_s : least_delay_s;
            blur_s = rule->coarsen_time_s > blur_s ? rule->coarsen_time_s : blur_s;
        }
    }
    if (least_delay_s == 1e9) {
        return "no rule releases it";
    }
    /* The record's own time is down to whole seconds. */
    return instant_since_s(o->now, r->made) + blur_s < least_delay_s ? "it goes before its delay"
                                                                     : NULL;
}

const char *release_oracle_objects(const struct release_oracle *o, const struct record *record)
{
    const char *why = check_copy(o, record);
    if (why != NULL || is_end(o, record)) {
        return why;
    }
    why = check_label(o);
    return why != NULL ? why : check_rules(o, record);
}
