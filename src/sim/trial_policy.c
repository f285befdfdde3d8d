/* Policies of a trial: each kind of record goes to each partner with or without a condition. */
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "sim/stream.h"
#include "sim/trial.h"

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static struct policy_rule *add_rule(struct policy *p, enum policy_action action,
                                    enum record_kind kind, struct nation_id to)
{
    struct policy_rule *rule = &p->rules[p->rule_count];
    memcpy(rule->name, "rule", sizeof "rule");
    rule->action = action;
    rule->kind = kind;
    rule->classification_max = CLASSIFICATION_SECRET;
    rule->to_count = 1;
    rule->to[0] = to;
    p->rule_count++;
    return rule;
}

/* A circle that holds some of the sites from which missiles are launched, and not all. */
static void add_area(struct random *r, struct policy *p)
{
    struct policy_area *area = &p->areas[0];
    memcpy(area->name, "west", sizeof "west");
    area->corner_count = 1;
    area->corners[0] = (struct geo_geodetic){39.5 * RAD_PER_DEG, 125.0 * RAD_PER_DEG, 0.0};
    area->radius_m = between(r, 60e3, 200e3);
    p->area_count = 1;
}

static void draw_rules_to(struct random *r, struct policy *p, struct nation_id to)
{
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        const double given = random_uniform(r);
        if (given < 0.1) {
            continue;
        }
        struct policy_rule *rule = add_rule(p, POLICY_RELEASE, (enum record_kind)kind, to);
        if (given < 0.15) {
            rule->classification_max = CLASSIFICATION_RESTRICTED;
        }
        rule->areas = p->area_count > 0 && random_uniform(r) < 0.3 ? 1 : 0;
        rule->delay_s = random_uniform(r) < 0.2 ? between(r, 0.5, 20.0) : 0.0;
        rule->coarsen_time_s = random_uniform(r) < 0.15 ? between(r, 1.0, 5.0) : 0.0;
        if (kind == RECORD_TRACK && random_uniform(r) < 0.2) {
            rule->coarsen_position_m = between(r, 100.0, 5e3);
        } else if (kind == RECORD_TRACK && random_uniform(r) < 0.1) {
            rule->covariance = POLICY_COVARIANCE_EXACT;
        }
    }
    if (random_uniform(r) < 0.1) {
        const double which = random_uniform(r);
        struct policy_rule *rule = add_rule(p, POLICY_WITHHOLD,
                                            which < 0.4   ? RECORD_TRACK
                                            : which < 0.7 ? RECORD_NOTICE
                                                          : RECORD_WARNING,
                                            to);
        rule->areas = p->area_count > 0 && random_uniform(r) < 0.5 ? 1 : 0;
    }
}

static void withhold_sensor(struct policy *p, struct sensor_id sensor, struct nation_id from)
{
    struct policy_rule *rule = add_rule(p, POLICY_WITHHOLD_SENSORS, RECORD_UNKNOWN, from);
    rule->classification_max = CLASSIFICATION_UNKNOWN;
    rule->groups = 1;
    memcpy(p->groups[0].name, "kept back", sizeof "kept back");
    p->groups[0].sensor_count = 1;
    p->groups[0].sensors[0] = sensor;
    p->group_count = 1;
}

static void draw_policy(struct trial *t, uint32_t nation)
{
    struct scenario *s = &t->scenario;
    struct scenario_nation *own = &s->nations[nation];
    struct policy *p = &own->policy;
    struct random r;
    random_init(&r, t->seed, stream_number(stream_text(0, "policy"), nation));
    p->owner = own->id;
    p->number = 1;
    p->label.owner = own->id;
    p->label.classification =
        random_uniform(&r) < 0.7 ? CLASSIFICATION_SECRET : CLASSIFICATION_CONFIDENTIAL;
    if (random_uniform(&r) < 0.3) {
        add_area(&r, p);
    }
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].from == nation) {
            const struct nation_id to = s->nations[s->links[i].to].id;
            p->label.releasable_to[p->label.releasable_count] = to;
            p->label.releasable_count++;
            draw_rules_to(&r, p, to);
        }
    }
    if (own->sensor_count > 1 && random_uniform(&r) < 0.3) {
        withhold_sensor(p, own->sensors[0].sensor.id, p->label.releasable_to[0]);
    }
}

void trial_draw_policies(struct trial *t)
{
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        draw_policy(t, n);
    }
}

void trial_find_secret(const struct trial *t, uint32_t *owner, uint32_t *partner)
{
    *owner = TRIAL_NOBODY;
    *partner = TRIAL_NOBODY;
    for (uint32_t n = 0; n < t->scenario.nation_count; n++) {
        const struct policy *p = &t->scenario.nations[n].policy;
        for (uint32_t i = 0; i < p->rule_count; i++) {
            if (p->rules[i].action == POLICY_WITHHOLD_SENSORS) {
                *owner = n;
                *partner = scenario_nation_index(&t->scenario, p->rules[i].to[0]);
            }
        }
    }
}
