/* A case is one thing that a record's release can depend on: partner, kind, classification, and the
 * areas that the launch is in. Areas of both policies that have the same corners are one; a launch
 * in an area is also in every area that is known to hold it. For every case both policies are asked
 * as release itself would ask them.
 *
 * It is enough to try launches that are certainly inside or outside each area, and one of which
 * nothing is known. If something is gained by a launch that is unsure of some areas, then also by
 * one that is inside all of these (if the old policy withheld it) or outside all of them (if it did
 * not release it). */
#include "share/policy_compare.h"

#include <string.h>

#include "base/elementary.h"
#include "geo/geodesic.h"
#include "share/release.h"

#define PLACES_MAX (2 * POLICY_AREAS_MAX)
#define NATIONS_MAX (2 * (POLICY_RULES_MAX + 1) * LABEL_NATIONS_MAX)
/* What two ways to work out one distance may differ by. */
#define DISTANCE_ERROR_M 10.0

/* All areas of both policies, each place once. */
struct places {
    uint32_t count;
    const struct policy_area *of[PLACES_MAX];
    uint32_t holders[PLACES_MAX];        /* places that hold this one, by bits */
    uint32_t index[2][POLICY_AREAS_MAX]; /* of each policy's areas */
};

struct work {
    const struct policy *before;
    const struct policy *after;
    struct places places;
    struct policy_comparison *out;
};

static bool same_place(const struct policy_area *a, const struct policy_area *b)
{
    return a->corner_count == b->corner_count && a->radius_m == b->radius_m &&
           memcmp(a->corners, b->corners, a->corner_count * sizeof a->corners[0]) == 0;
}

/* Provably: a circle holds what has all its corners so far inside. */
static bool place_holds(const struct policy_area *outer, const struct policy_area *inner)
{
    if (outer->corner_count != 1) {
        return false;
    }
    for (uint32_t i = 0; i < inner->corner_count; i++) {
        double distance_m = 0.0;
        if (geodesic_inverse(outer->corners[0], inner->corners[i], &distance_m, NULL, NULL) != OK ||
            distance_m * 1.01 + inner->radius_m + DISTANCE_ERROR_M > outer->radius_m) {
            return false;
        }
    }
    return true;
}

static void find_places(const struct policy *const policies[2], struct places *out)
{
    memset(out, 0, sizeof *out);
    for (int p = 0; p < 2; p++) {
        for (uint32_t i = 0; i < policies[p]->area_count; i++) {
            uint32_t at = 0;
            while (at < out->count && !same_place(out->of[at], &policies[p]->areas[i])) {
                at++;
            }
            out->of[at] = &policies[p]->areas[i];
            out->count += at == out->count ? 1 : 0;
            out->index[p][i] = at;
        }
    }
    for (uint32_t i = 0; i < out->count; i++) {
        for (uint32_t k = 0; k < out->count; k++) {
            out->holders[i] |= i != k && place_holds(out->of[k], out->of[i]) ? 1u << k : 0u;
        }
    }
}

/* Of the places `among`, the launch is in those `inside` and in no other. */
static bool can_be(const struct places *places, uint32_t among, uint32_t inside)
{
    for (uint32_t i = 0; i < places->count; i++) {
        if ((inside >> i & 1u) != 0 && (places->holders[i] & among & ~inside) != 0) {
            return false;
        }
    }
    return true;
}

/* The sides of a launch as one of the policies numbers its areas, and as bits. */
static uint32_t sides_in(const struct places *places, int policy, uint32_t area_count,
                         uint32_t inside, bool known, struct region_sides *sides)
{
    uint32_t bits = 0;
    memset(sides, 0, sizeof *sides);
    for (uint32_t i = 0; known && i < area_count; i++) {
        const bool in = (inside >> places->index[policy][i] & 1u) != 0;
        sides->of_area[i] = (uint8_t)(in ? REGION_INSIDE : REGION_OUTSIDE);
        bits |= in ? 1u << i : 0u;
    }
    return bits;
}

static bool same_change(const struct policy_change *a, const struct policy_change *b)
{
    return a->kind == b->kind && a->gains == b->gains && nation_id_equal(a->to, b->to) &&
           a->record == b->record && a->old_rule == b->old_rule && a->new_rule == b->new_rule &&
           sensor_id_equal(a->sensor, b->sensor) && nation_id_equal(a->onward, b->onward);
}

static void note(struct policy_comparison *out, const struct policy_change *change, bool gains,
                 enum policy_change_kind kind)
{
    struct policy_change c = *change;
    c.kind = kind;
    c.gains = gains;
    out->widens |= gains;
    out->narrows |= !gains;
    for (uint32_t i = 0; i < out->count; i++) {
        if (same_change(&out->changes[i], &c)) {
            return;
        }
    }
    if (out->count == POLICY_CHANGES_MAX) {
        out->complete = false;
        return;
    }
    out->changes[out->count] = c;
    out->count++;
}

static bool lists(const struct policy_rule *rule, struct nation_id nation)
{
    for (uint32_t i = 0; i < rule->onward_count; i++) {
        if (nation_id_equal(rule->onward[i], nation)) {
            return true;
        }
    }
    return false;
}

/* Nations that the second rule adds to the first one's onward release. */
static void compare_onward(struct work *w, const struct policy_rule *a, const struct policy_rule *b,
                           bool gains, struct policy_change *change)
{
    for (uint32_t i = 0; i < b->onward_count; i++) {
        if (a == NULL || !lists(a, b->onward[i])) {
            change->onward = b->onward[i];
            note(w->out, change, gains, POLICY_CHANGE_ONWARD);
        }
    }
    change->onward = (struct nation_id){{0}};
}

/* Both release it: how precisely, how late, and for whom else. */
static void compare_terms(struct work *w, const struct policy_rule *a, const struct policy_rule *b,
                          struct policy_change *change)
{
    const double old_values[] = {a->coarsen_position_m, a->coarsen_time_s, a->delay_s};
    const double new_values[] = {b->coarsen_position_m, b->coarsen_time_s, b->delay_s};
    for (int i = 0; i < 3; i++) {
        if (old_values[i] != new_values[i]) {
            note(w->out, change, new_values[i] < old_values[i], POLICY_CHANGE_PRECISION);
        }
    }
    if (a->covariance != b->covariance) {
        note(w->out, change, b->covariance == POLICY_COVARIANCE_EXACT, POLICY_CHANGE_GEOMETRY);
    }
    compare_onward(w, a, b, true, change);
    compare_onward(w, b, a, false, change);
}

/* Only one of them does. */
static void note_alone(struct work *w, const struct policy_rule *rule, bool gains,
                       struct policy_change *change)
{
    note(w->out, change, gains, POLICY_CHANGE_RECORDS);
    if (rule->covariance == POLICY_COVARIANCE_EXACT) {
        note(w->out, change, gains, POLICY_CHANGE_GEOMETRY);
    }
    compare_onward(w, NULL, rule, gains, change);
}

/* One case. A record that was labelled under the old policy is decided by the new rules too, so
 * what either label permits may be gained. */
static void compare_case(struct work *w, struct policy_change *change,
                         const enum classification classification[2], uint32_t inside, bool known)
{
    const struct policy *const p[2] = {w->before, w->after};
    struct release_decision d[2];
    bool permits[2];
    bool yes[2];
    uint32_t areas[2];
    for (int i = 0; i < 2; i++) {
        struct region_sides sides;
        areas[i] = sides_in(&w->places, i, p[i]->area_count, inside, known, &sides);
        d[i] = release_rules(p[i], change->to, change->record, classification[i], &sides);
        permits[i] = label_permits(&p[i]->label, change->to);
        yes[i] = d[i].why == RELEASE_YES;
    }
    change->classification = classification[1];
    change->old_rule = d[0].rule;
    change->new_rule = d[1].rule;
    change->old_areas = areas[0];
    change->new_areas = areas[1];
    const bool had = yes[0] && permits[0];
    const bool may_get = yes[1] && (permits[0] || permits[1]);
    const struct policy_rule *a = yes[0] ? &p[0]->rules[d[0].rule] : NULL;
    const struct policy_rule *b = yes[1] ? &p[1]->rules[d[1].rule] : NULL;
    if (had && may_get) {
        compare_terms(w, a, b, change);
    } else if (may_get) {
        note_alone(w, b, true, change);
    }
    if (had && !(yes[1] && permits[1])) {
        note_alone(w, a, false, change);
    }
}

/* Places that make a difference to one kind of record and one partner. */
static uint32_t places_of(const struct work *w, struct nation_id to, enum record_kind kind)
{
    const struct policy *const p[2] = {w->before, w->after};
    uint32_t places = 0;
    for (int i = 0; i < 2; i++) {
        for (uint32_t r = 0; r < p[i]->rule_count; r++) {
            const struct policy_rule *rule = &p[i]->rules[r];
            if (rule->kind != kind || !policy_rule_names(rule, to)) {
                continue;
            }
            for (uint32_t k = 0; k < p[i]->area_count; k++) {
                places |= (rule->areas >> k & 1u) != 0 ? 1u << w->places.index[i][k] : 0u;
            }
        }
    }
    /* And what holds them: without it nothing could be told to be impossible. */
    for (uint32_t i = 0; i < w->places.count; i++) {
        places |= (places >> i & 1u) != 0 ? w->places.holders[i] : 0u;
    }
    return places;
}

static void compare_kind(struct work *w, struct nation_id to, enum record_kind kind)
{
    const uint32_t places = places_of(w, to, kind);
    struct policy_change change = {.to = to, .record = kind};
    for (int c = CLASSIFICATION_UNCLASSIFIED; c <= CLASSIFICATION_SECRET + 1; c++) {
        /* At last what is labelled anew: each policy by its own label. */
        const bool own = c > CLASSIFICATION_SECRET;
        const enum classification classification[2] = {
            own ? w->before->label.classification : (enum classification)c,
            own ? w->after->label.classification : (enum classification)c};
        compare_case(w, &change, classification, 0, false);
        for (uint32_t inside = 0;; inside = (inside - places) & places) {
            if (can_be(&w->places, places, inside)) {
                compare_case(w, &change, classification, inside, true);
            }
            if (inside == places) {
                break;
            }
        }
    }
}

/* Whether a policy keeps that sensor back from that nation. */
static bool keeps_back(const struct policy *p, struct nation_id to, struct sensor_id id)
{
    const struct sensor sensor = {.id = id};
    return policy_sensors(p, to, &sensor, 1) == 0;
}

/* Whether a policy gives that nation anything at all. */
static bool gives(const struct policy *p, struct nation_id to)
{
    for (uint32_t i = 0; i < p->rule_count; i++) {
        if (p->rules[i].action == POLICY_RELEASE && policy_rule_names(&p->rules[i], to)) {
            return true;
        }
    }
    return false;
}

static void compare_sensors(struct work *w, struct nation_id to)
{
    const struct policy *const p[2] = {w->before, w->after};
    for (int i = 0; i < 2; i++) {
        for (uint32_t g = 0; g < p[i]->group_count; g++) {
            for (uint32_t k = 0; k < p[i]->groups[g].sensor_count; k++) {
                const struct sensor_id id = p[i]->groups[g].sensors[k];
                const bool before = keeps_back(w->before, to, id);
                const struct policy_change change = {.to = to,
                                                     .old_rule = POLICY_RULES_MAX,
                                                     .new_rule = POLICY_RULES_MAX,
                                                     .sensor = id};
                if (before != keeps_back(w->after, to, id) && gives(before ? p[1] : p[0], to)) {
                    note(w->out, &change, before, POLICY_CHANGE_SENSORS);
                }
            }
        }
    }
}

static void add_nation(struct nation_id nations[NATIONS_MAX], uint32_t *count, struct nation_id n)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (nation_id_equal(nations[i], n)) {
            return;
        }
    }
    nations[*count] = n;
    (*count)++;
}

static uint32_t find_nations(const struct policy *const p[2], struct nation_id nations[NATIONS_MAX])
{
    uint32_t count = 0;
    for (int i = 0; i < 2; i++) {
        for (uint32_t k = 0; k < p[i]->label.releasable_count; k++) {
            add_nation(nations, &count, p[i]->label.releasable_to[k]);
        }
        for (uint32_t r = 0; r < p[i]->rule_count; r++) {
            for (uint32_t k = 0; k < p[i]->rules[r].to_count; k++) {
                add_nation(nations, &count, p[i]->rules[r].to[k]);
            }
        }
    }
    return count;
}

void policy_compare(const struct policy *before, const struct policy *after,
                    struct policy_comparison *out)
{
    const struct policy *const policies[2] = {before, after};
    struct nation_id nations[NATIONS_MAX];
    struct work w = {.before = before, .after = after, .out = out};
    memset(out, 0, sizeof *out);
    out->complete = true;
    find_places(policies, &w.places);
    const uint32_t count = find_nations(policies, nations);
    for (uint32_t i = 0; i < count; i++) {
        for (int kind = RECORD_TRACK; kind < RECORD_KIND_COUNT; kind++) {
            compare_kind(&w, nations[i], (enum record_kind)kind);
        }
        compare_sensors(&w, nations[i]);
    }
}

uint32_t policy_officers(const struct policy_comparison *comparison)
{
    return comparison->widens ? 2 : 1;
}

const char *policy_change_text(enum policy_change_kind kind)
{
    switch (kind) {
    case POLICY_CHANGE_RECORDS:
        return "records";
    case POLICY_CHANGE_PRECISION:
        return "precision";
    case POLICY_CHANGE_GEOMETRY:
        return "reveals sensor geometry";
    case POLICY_CHANGE_SENSORS:
        return "sensors";
    case POLICY_CHANGE_ONWARD:
        return "onward release";
    }
    return "unknown";
}
