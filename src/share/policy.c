#include "share/policy.h"

#include <string.h>

#include "base/elementary.h"

/* Areas are no larger than this: beyond it "straight on a map" is nothing that anyone means. */
#define AREA_RADIUS_M_MAX 3e6

void policy_none(struct nation_id owner, struct policy *out)
{
    memset(out, 0, sizeof *out);
    out->owner = owner;
    out->label.owner = owner;
    out->label.classification = CLASSIFICATION_SECRET;
}

bool policy_rule_names(const struct policy_rule *rule, struct nation_id nation)
{
    for (uint32_t i = 0; i < rule->to_count && i < LABEL_NATIONS_MAX; i++) {
        if (nation_id_equal(rule->to[i], nation)) {
            return true;
        }
    }
    return false;
}

static bool is_name(const char text[POLICY_NAME_SIZE])
{
    return memchr(text, '\0', POLICY_NAME_SIZE) != NULL;
}

static result check_nations(const struct nation_id *nations, uint32_t count)
{
    ENSURE(count <= LABEL_NATIONS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < count; i++) {
        ENSURE(nation_id_is_set(nations[i]), ERR_RANGE);
        for (uint32_t k = 0; k < i; k++) {
            ENSURE(!nation_id_equal(nations[k], nations[i]), ERR_RANGE);
        }
    }
    return OK;
}

static result check_limits(const struct policy_rule *rule)
{
    const double values[] = {rule->coarsen_position_m, rule->coarsen_time_s, rule->delay_s};
    const double limits[] = {1e6, 3600.0, 86400.0};
    for (int i = 0; i < 3; i++) {
        ENSURE(elementary_is_finite(values[i]) && values[i] >= 0.0 && values[i] <= limits[i],
               ERR_RANGE);
    }
    ENSURE(rule->covariance == POLICY_COVARIANCE_OUTER_BOUND ||
               rule->covariance == POLICY_COVARIANCE_EXACT,
           ERR_RANGE);
    /* An exact covariance beside a coarsened position would be a lie about the error. */
    ENSURE(rule->covariance == POLICY_COVARIANCE_OUTER_BOUND || rule->coarsen_position_m == 0.0,
           ERR_RANGE);
    return OK;
}

static result check_rule(const struct policy *p, const struct policy_rule *rule)
{
    ENSURE(is_name(rule->name), ERR_RANGE);
    ENSURE(rule->to_count >= 1, ERR_RANGE);
    TRY(check_nations(rule->to, rule->to_count));
    TRY(check_nations(rule->onward, rule->onward_count));
    ENSURE(rule->areas < 1u << p->area_count && rule->groups < 1u << p->group_count, ERR_RANGE);
    if (rule->action == POLICY_WITHHOLD_SENSORS) {
        ENSURE(rule->groups != 0 && rule->areas == 0 && rule->kind == RECORD_UNKNOWN, ERR_RANGE);
        return OK;
    }
    ENSURE(rule->action == POLICY_WITHHOLD || rule->action == POLICY_RELEASE, ERR_RANGE);
    ENSURE(rule->groups == 0, ERR_RANGE);
    ENSURE(rule->kind > RECORD_UNKNOWN && rule->kind <= RECORD_WARNING, ERR_RANGE);
    ENSURE(rule->classification_max > CLASSIFICATION_UNKNOWN &&
               rule->classification_max <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    return check_limits(rule);
}

static result check_area(const struct policy_area *area)
{
    const uint32_t n = area->corner_count;
    ENSURE(is_name(area->name), ERR_RANGE);
    ENSURE(n == 1 || (n >= 3 && n <= POLICY_CORNERS_MAX), ERR_RANGE);
    for (uint32_t i = 0; i < n; i++) {
        ENSURE(fabs(area->corners[i].lat_rad) <= PI / 2.0, ERR_RANGE);
        ENSURE(fabs(area->corners[i].lon_rad) <= PI, ERR_RANGE);
        ENSURE(area->corners[i].height_m == 0.0, ERR_RANGE);
    }
    ENSURE(area->radius_m >= 0.0 && area->radius_m <= AREA_RADIUS_M_MAX, ERR_RANGE);
    ENSURE((area->radius_m > 0.0) == (n == 1), ERR_RANGE);
    return OK;
}

static result check_parts(const struct policy *p)
{
    ENSURE(p->area_count <= POLICY_AREAS_MAX && p->group_count <= POLICY_GROUPS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < p->area_count; i++) {
        TRY(check_area(&p->areas[i]));
    }
    for (uint32_t i = 0; i < p->group_count; i++) {
        const struct policy_group *g = &p->groups[i];
        ENSURE(is_name(g->name), ERR_RANGE);
        ENSURE(g->sensor_count >= 1 && g->sensor_count <= POLICY_GROUP_SENSORS_MAX, ERR_RANGE);
        for (uint32_t k = 0; k < g->sensor_count; k++) {
            ENSURE(g->sensors[k].text[0] != '\0', ERR_RANGE);
            ENSURE(memchr(g->sensors[k].text, '\0', sizeof g->sensors[k].text) != NULL, ERR_RANGE);
        }
    }
    return OK;
}

/* The groups of which a nation may have nothing. */
static uint32_t withheld_groups(const struct policy *p, struct nation_id to)
{
    uint32_t groups = 0;
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const struct policy_rule *rule = &p->rules[i];
        if (rule->action == POLICY_WITHHOLD_SENSORS && policy_rule_names(rule, to)) {
            groups |= rule->groups;
        }
    }
    return groups;
}

static bool holds(const struct policy_group *g, struct sensor_id id)
{
    for (uint32_t i = 0; i < g->sensor_count; i++) {
        if (sensor_id_equal(g->sensors[i], id)) {
            return true;
        }
    }
    return false;
}

static bool any_holds(const struct policy *p, uint32_t groups, struct sensor_id id)
{
    for (uint32_t i = 0; i < p->group_count; i++) {
        if ((groups >> i & 1u) != 0 && holds(&p->groups[i], id)) {
            return true;
        }
    }
    return false;
}

/* Whether two choices of groups keep the same sensors back. */
static bool same_sensors(const struct policy *p, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < p->group_count; i++) {
        for (uint32_t k = 0; k < p->groups[i].sensor_count; k++) {
            const struct sensor_id id = p->groups[i].sensors[k];
            if (any_holds(p, a, id) != any_holds(p, b, id)) {
                return false;
            }
        }
    }
    return true;
}

/* Sets of groups that some nation may have nothing of, each once. */
struct views {
    uint32_t count;
    uint32_t groups[POLICY_VIEWS_MAX];
};

static result add_view(const struct policy *p, uint32_t groups, struct views *views)
{
    for (uint32_t i = 0; i < views->count; i++) {
        if (same_sensors(p, views->groups[i], groups)) {
            return OK;
        }
    }
    ENSURE(views->count < POLICY_VIEWS_MAX, ERR_FULL);
    views->groups[views->count] = groups;
    views->count++;
    return OK;
}

static result check_views(const struct policy *p)
{
    struct views views = {0};
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const struct policy_rule *rule = &p->rules[i];
        for (uint32_t k = 0; rule->action == POLICY_WITHHOLD_SENSORS && k < rule->to_count; k++) {
            TRY(add_view(p, withheld_groups(p, rule->to[k]), &views));
        }
    }
    return OK;
}

result policy_check(const struct policy *p, uint32_t *rule_out)
{
    *rule_out = POLICY_RULES_MAX;
    ENSURE(nation_id_is_set(p->owner), ERR_RANGE);
    ENSURE(p->number > 0 || p->rule_count == 0, ERR_RANGE);
    ENSURE(nation_id_equal(p->label.owner, p->owner), ERR_RANGE);
    ENSURE(p->label.classification > CLASSIFICATION_UNKNOWN &&
               p->label.classification <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    TRY(check_nations(p->label.releasable_to, p->label.releasable_count));
    ENSURE(p->label.onward_count == 0, ERR_RANGE); /* a rule grants it, to a partner */
    ENSURE(p->rule_count <= POLICY_RULES_MAX, ERR_RANGE);
    TRY(check_parts(p));
    for (uint32_t i = 0; i < p->rule_count; i++) {
        *rule_out = i;
        TRY(check_rule(p, &p->rules[i]));
    }
    *rule_out = POLICY_RULES_MAX;
    return check_views(p);
}

uint32_t policy_sensors(const struct policy *p, struct nation_id to, const struct sensor *sensors,
                        uint32_t count)
{
    const uint32_t groups = withheld_groups(p, to);
    uint32_t allowed = 0;
    for (uint32_t i = 0; i < count && i < 32; i++) {
        allowed |= any_holds(p, groups, sensors[i].id) ? 0u : 1u << i;
    }
    return allowed;
}

bool policy_unknown_sensor(const struct policy *p, const struct sensor *sensors, uint32_t count,
                           uint32_t *group, struct sensor_id *sensor)
{
    for (uint32_t i = 0; i < p->group_count; i++) {
        for (uint32_t k = 0; k < p->groups[i].sensor_count; k++) {
            bool known = false;
            for (uint32_t s = 0; s < count; s++) {
                known |= sensor_id_equal(sensors[s].id, p->groups[i].sensors[k]);
            }
            if (!known) {
                *group = i;
                *sensor = p->groups[i].sensors[k];
                return true;
            }
        }
    }
    return false;
}
