/* What is done to a record on its way to a partner:
 *
 *   identifiers        drawn per partner by a keyed hash
 *   state              must lie on the one-second grid; moved by a fixed keyed offset if the rule
 *                      coarsens, with the square of the rule's size added to the variances
 *   covariance         outer bound of hidden size, unless the rule says exact; the state then gets
 *                      the errors that the bound says it has
 *   measurement count  left out
 *   probability        rounded to sixteenths
 *   spans, detection   rounded down to whole seconds
 *   launch point       covariance the same in all directions, on the grid
 *   label              releasable to this partner and nobody else: no onward release
 *
 * Offsets are fixed for each track and each event, because independent noise averages out. */
#include "share/release.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"
#include "share/blur.h"
#include "share/outer_bound.h"

#define PROBABILITY_STEPS 16.0

#define NO_BYTES ((struct bytes){NULL, 0})

struct track_id release_track_id(const struct digest_key *key, struct track_id id)
{
    uint8_t number[8];
    return (struct track_id){
        digest_keyed_u64(key, "track", digest_number(id.value, number), NO_BYTES)};
}

/* The digest of the precision that a rule grants: two rules with the same terms are as good as one
 * another to whoever has the record already. */
static uint64_t terms_of(const struct policy_rule *rule)
{
    static const struct digest_key key = {{0}};
    const double values[] = {rule->coarsen_position_m, rule->coarsen_time_s, rule->delay_s};
    uint8_t rest[1 + sizeof rule->onward] = {(uint8_t)rule->covariance};
    memcpy(rest + 1, rule->onward, rule->onward_count * sizeof rule->onward[0]);
    return digest_keyed_u64(&key, "terms", (struct bytes){(const uint8_t *)values, sizeof values},
                            (struct bytes){rest, 1 + rule->onward_count * sizeof rule->onward[0]});
}

/* Whether it is not known yet on which side of one of its borders the launch was. */
static bool is_open(const struct policy_rule *rule, const struct region_sides *sides)
{
    for (uint32_t i = 0; i < POLICY_AREAS_MAX; i++) {
        if ((rule->areas >> i & 1u) != 0 && sides->of_area[i] == REGION_UNSURE) {
            return true;
        }
    }
    return false;
}

/* How near a rule that releases this kind comes to releasing this one. */
static enum release_why releases(const struct policy_rule *rule, enum classification classification,
                                 const struct region_sides *sides)
{
    if (rule->classification_max == CLASSIFICATION_UNKNOWN ||
        classification > rule->classification_max) {
        return RELEASE_CLASSIFICATION;
    }
    return region_applies(rule, sides) ? RELEASE_YES : RELEASE_AREA;
}

static bool withholds(const struct policy_rule *rule, enum classification classification,
                      const struct region_sides *sides)
{
    return (rule->classification_max == CLASSIFICATION_UNKNOWN ||
            classification <= rule->classification_max) &&
           region_applies(rule, sides);
}

/* A rule without a classification never releases, and always withholds. */
struct release_decision release_rules(const struct policy *policy, struct nation_id to,
                                      enum record_kind kind, enum classification classification,
                                      const struct region_sides *sides)
{
    static const int rank[RELEASE_WHY_COUNT] = {
        [RELEASE_NO_RULE] = 0, [RELEASE_CLASSIFICATION] = 1, [RELEASE_AREA] = 2, [RELEASE_YES] = 3};
    struct release_decision d = {.why = RELEASE_NO_RULE, .rule = POLICY_RULES_MAX};
    bool open = false;
    for (uint32_t i = 0; i < policy->rule_count && i < POLICY_RULES_MAX; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (rule->kind != kind || !policy_rule_names(rule, to) ||
            rule->action == POLICY_WITHHOLD_SENSORS) {
            continue;
        }
        if (rule->action != POLICY_RELEASE) {
            if (withholds(rule, classification, sides)) {
                return (struct release_decision){
                    .why = RELEASE_WITHHELD, .rule = i, .open = is_open(rule, sides)};
            }
            continue;
        }
        const enum release_why why = releases(rule, classification, sides);
        open |= why == RELEASE_AREA && is_open(rule, sides);
        if (rank[why] > rank[d.why]) {
            d = (struct release_decision){.why = why, .rule = i};
        }
    }
    d.open = open && d.why != RELEASE_YES;
    return d;
}

static bool ends_warning(const struct record *r)
{
    return r->kind == RECORD_WARNING && warning_has_ended(r->warning.state);
}

static bool is_delayed(const struct policy_rule *rule, const struct record *record,
                       struct instant now)
{
    return instant_before(now, instant_plus_s(record->made, rule->delay_s));
}

struct release_decision release_decide(const struct release_request *request,
                                       const struct record *record)
{
    const struct policy *policy = request->policy;
    struct release_decision d = {.why = RELEASE_NOT_OWN, .rule = POLICY_RULES_MAX};
    if (!nation_id_equal(record->label.owner, policy->owner) ||
        nation_id_equal(request->to, policy->owner) || !nation_id_is_set(request->to)) {
        return d;
    }
    d.why = RELEASE_NO_LABEL;
    if (label_permits(&record->label, request->to)) {
        d = release_rules(policy, request->to, record->kind, record->label.classification,
                          &request->sides);
    }
    if (d.why == RELEASE_YES && (request->made_with & ~request->may_have) != 0) {
        d.why = RELEASE_SENSORS;
    }
    if (d.why == RELEASE_YES && is_delayed(&policy->rules[d.rule], record, request->now)) {
        d.why = RELEASE_DELAYED;
    }
    if (d.why != RELEASE_YES && request->warning_sent && ends_warning(record)) {
        return (struct release_decision){
            .why = RELEASE_YES, .rule = POLICY_RULES_MAX, .warning_end = true};
    }
    if (d.why == RELEASE_YES && record->kind == RECORD_TRACK &&
        record->track.time.tai_ns % RELEASE_GRID_NS != 0) {
        d.why = RELEASE_OFF_GRID;
    }
    return d;
}

/* A number in [-1, 1) drawn from a digest. */
static double draw(const struct digest *d, int which)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | d->bytes[8 * which + i];
    }
    return (double)(value >> 11) / 4503599627370496.0 - 1.0;
}

/* The offset of a position, of at most that size and fixed for this partner, this track and this
 * size: the same direction at two sizes would tell where it points. Each component is at most
 * size / sqrt(3), so that the whole stays inside the sphere without drawing again. */
static void draw_offset(const struct digest_key *key, const char *purpose, uint64_t track,
                        double size_m, double out[3])
{
    uint8_t storage[8];
    const struct digest d = digest_keyed(key, purpose, digest_number(track, storage),
                                         (struct bytes){(const uint8_t *)&size_m, sizeof size_m});
    for (int i = 0; i < 3; i++) {
        out[i] = draw(&d, i) / sqrt(3.0) * size_m;
    }
}

static struct instant moved(struct instant t, double offset_s)
{
    return instant_is_set(t) ? instant_plus_s(t, offset_s) : t;
}

static struct instant whole_second(struct instant t)
{
    if (!instant_is_set(t)) {
        return t;
    }
    const int64_t rest = t.tai_ns % RELEASE_GRID_NS;
    return (struct instant){t.tai_ns - (rest < 0 ? rest + RELEASE_GRID_NS : rest)};
}

/* The offset of an event's times: the same for all its records. Without a name, for its track's. */
static double time_offset_s(const struct policy_rule *rule, const struct digest_key *key,
                            const struct record *record, uint64_t track)
{
    uint8_t storage[8];
    /* codec_validate has seen the NUL. */
    const size_t length = strlen(record->event.text);
    const struct bytes name = length > 0
                                  ? (struct bytes){(const uint8_t *)record->event.text, length}
                                  : digest_number(track, storage);
    const double size_s = rule->coarsen_time_s;
    const struct digest d =
        digest_keyed(key, "time", name, (struct bytes){(const uint8_t *)&size_s, sizeof size_s});
    /* Never into the future: whoever was measured after the time of its state is not believed. */
    return -fabs(draw(&d, 0)) * size_s;
}

static result release_launch(const struct policy_rule *rule, const struct digest_key *key,
                             uint64_t track, double offset_s, struct launch_estimate *l)
{
    if (!l->determined) {
        *l = (struct launch_estimate){0};
        return OK;
    }
    const double size_m = rule->coarsen_position_m;
    if (size_m > 0.0) {
        double offset[3];
        draw_offset(key, "launch", track, size_m, offset);
        const struct geo_enu step = {offset[0], offset[1], 0.0};
        const struct geo_geodetic ground = {l->point.lat_rad, l->point.lon_rad, 0.0};
        TRY(ellipsoid_from_ecef(ellipsoid_from_enu(ground, step), &l->point));
        l->covariance_m2[0] += size_m * size_m;
        l->covariance_m2[3] += size_m * size_m;
    }
    l->point.height_m = 0.0;
    l->time = moved(l->time, offset_s);
    if (rule->covariance == POLICY_COVARIANCE_OUTER_BOUND) {
        const double sigma2 =
            elementary_square(l->time_sigma_s) + elementary_square(rule->coarsen_time_s);
        l->time_sigma_s = outer_bound_sigma(sqrt(sigma2));
        TRY(outer_bound_ground(l->covariance_m2, l->covariance_m2));
    }
    return OK;
}

static result release_state(const struct policy_rule *rule, const struct digest_key *key,
                            uint64_t track, struct track *t)
{
    const double size_m = rule->coarsen_position_m;
    if (size_m > 0.0) {
        double offset[3];
        draw_offset(key, "position", track, size_m, offset);
        t->position.x_m += offset[0];
        t->position.y_m += offset[1];
        t->position.z_m += offset[2];
        for (int i = 0; i < 3; i++) {
            t->covariance[i * 6 + i] += size_m * size_m;
        }
    }
    if (rule->covariance == POLICY_COVARIANCE_OUTER_BOUND) {
        double bound[36];
        const struct outer_bound_sizes sizes = blur_sizes(key, track, t->time);
        TRY(outer_bound_state(t->position, t->velocity, t->covariance, &sizes, bound));
        /* There is room for it: the bound has been proved. */
        ENSURE(blur_state(key, track, t->time, t->covariance, bound, &t->position, &t->velocity) ==
                   OK,
               ERR_NUMERIC);
        memcpy(t->covariance, bound, sizeof bound);
        t->thrust_sigma_mps2 = outer_bound_sigma(t->thrust_sigma_mps2);
    }
    return OK;
}

static result release_track(const struct release_request *request, const struct policy_rule *rule,
                            const struct record *record, struct track *t)
{
    const uint64_t own = t->id.value;
    const double offset_s = time_offset_s(rule, request->key, record, own);
    t->id = release_track_id(request->key, t->id);
    if (t->parent.value != 0) {
        t->parent = release_track_id(request->key, t->parent);
    }
    t->measurement_count = 0;
    t->phase_probability =
        elementary_floor(t->phase_probability * PROBABILITY_STEPS + 0.5) / PROBABILITY_STEPS;
    t->first_detection = whole_second(moved(t->first_detection, offset_s));
    t->span_from = whole_second(moved(t->span_from, offset_s));
    t->last_measurement = whole_second(moved(t->last_measurement, offset_s));
    t->end_of_thrust = whole_second(moved(t->end_of_thrust, offset_s));
    TRY(release_state(rule, request->key, own, t));
    return release_launch(rule, request->key, own, offset_s, &t->launch);
}

static void release_warning(const struct release_request *request, const struct policy_rule *rule,
                            const struct record *record, struct warning_notice *w)
{
    if (rule == NULL) {
        /* The end of a warning: what it is, when, and that it is over; nothing else. */
        w->impact = INSTANT_UNSET;
        w->expires = w->issued;
        return;
    }
    const double offset_s = time_offset_s(rule, request->key, record, 0);
    w->impact = whole_second(moved(w->impact, offset_s));
}

static void release_notice(const struct release_request *request, const struct policy_rule *rule,
                           const struct record *record, struct notice *n)
{
    const double offset_s = time_offset_s(rule, request->key, record, n->track.value);
    n->track = release_track_id(request->key, n->track);
    n->first_detection = whole_second(moved(n->first_detection, offset_s));
}

static result release_body(const struct release_request *request, const struct policy_rule *rule,
                           const struct record *record, struct record *out)
{
    if (record->kind == RECORD_WARNING) {
        release_warning(request, rule, record, &out->warning);
        return OK;
    }
    assert(rule != NULL);
    if (record->kind == RECORD_TRACK) {
        return release_track(request, rule, record, &out->track);
    }
    assert(record->kind == RECORD_NOTICE); /* codec_validate knows no other */
    release_notice(request, rule, record, &out->notice);
    return OK;
}

static void make_label(const struct release_request *request, const struct policy_rule *rule,
                       struct label *label)
{
    const struct label own = *label;
    *label = (struct label){.owner = own.owner,
                            .classification = own.classification,
                            .releasable_count = 1,
                            .releasable_to = {request->to}};
    if (rule != NULL) {
        label->onward_count = rule->onward_count;
        memcpy(label->onward, rule->onward, sizeof label->onward);
    }
}

/* Writes what goes into `out`; the reason why not is in `why`. */
static result make(const struct release_request *request, const struct release_decision *decision,
                   const struct record *record, struct released_record *out, enum release_why *why)
{
    const struct policy_rule *rule =
        decision->warning_end ? NULL : &request->policy->rules[decision->rule];
    struct record copy = *record;
    *why = RELEASE_INVALID;
    if (copy.kind == RECORD_TRACK) {
        matrix_symmetrise(copy.track.covariance, 6);
    }
    TRY(codec_validate(&copy));
    *why = RELEASE_NUMERIC;
    TRY(release_body(request, rule, record, &copy));
    make_label(request, rule, &copy.label);
    copy.made = whole_second(copy.made);

    struct released_record made = {.to = request->to,
                                   .basis = {.kind = record->kind,
                                             .classification = record->label.classification,
                                             .warning_end = decision->warning_end,
                                             .terms = rule == NULL ? 0 : terms_of(rule),
                                             .made_with = request->made_with,
                                             .origin = request->origin}};
    struct byte_writer writer = {.data = made.bytes, .capacity = sizeof made.bytes};
    TRY(codec_encode(&copy, &writer));
    made.size = (uint32_t)writer.size;
    *out = made;
    return OK;
}

result release_apply(const struct release_request *request, const struct record *record,
                     struct released_record *out, struct release_decision *decision)
{
    *decision = release_decide(request, record);
    ENSURE(decision->why == RELEASE_YES, ERR_DENIED);
    enum release_why why = RELEASE_YES;
    if (make(request, decision, record, out, &why) != OK) {
        decision->why = why;
        return ERR_DENIED;
    }
    return OK;
}

result release_relay(const struct relay_parties *parties, uint32_t schema,
                     const struct relayed *relayed, struct released_record *out,
                     enum relay_why *why)
{
    struct record record;
    *why = schema < RELAY_SCHEMA ? RELAY_VERSION : relay_open(parties, relayed, &record);
    ENSURE(*why == RELAY_YES, ERR_DENIED);
    struct released_record made = {.to = parties->to,
                                   .basis = {.owner = record.label.owner,
                                             .kind = record.kind,
                                             .classification = record.label.classification}};
    struct byte_writer writer = {.data = made.bytes, .capacity = sizeof made.bytes};
    const result encoded = relay_encode(relayed, &writer);
    /* It has been opened, and the longest fits. */
    assert(encoded == OK);
    made.size = (uint32_t)writer.size;
    *out = made;
    return OK;
}

bool release_stands(const struct policy *policy, struct nation_id to, uint32_t may_have,
                    const struct release_basis *basis)
{
    if (basis->warning_end || nation_id_is_set(basis->owner)) {
        return true;
    }
    struct region_sides sides = {{0}};
    region_follow(policy, &basis->origin, &sides);
    const struct release_decision d =
        release_rules(policy, to, basis->kind, basis->classification, &sides);
    return d.why == RELEASE_YES && terms_of(&policy->rules[d.rule]) == basis->terms &&
           (basis->made_with & ~may_have) == 0;
}
