/* What is done to a record on its way to a partner:
 *
 *   identifiers        drawn per partner by a keyed hash
 *   state              must lie on the one-second grid; moved by a fixed keyed offset if the rule
 *                      coarsens, with the square of the rule's size added to the variances
 *   covariance         outer bound, unless the rule says exact
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
    const uint8_t covariance = (uint8_t)rule->covariance;
    return digest_keyed_u64(&key, "terms", (struct bytes){(const uint8_t *)values, sizeof values},
                            (struct bytes){&covariance, 1});
}

static bool names(const struct policy_rule *rule, struct nation_id to, enum record_kind kind)
{
    if (rule->kind != kind) {
        return false;
    }
    for (uint32_t i = 0; i < rule->to_count && i < LABEL_NATIONS_MAX; i++) {
        if (nation_id_equal(rule->to[i], to)) {
            return true;
        }
    }
    return false;
}

/* What the rules alone say. A rule without a classification never releases, and always
 * withholds. */
static struct release_decision decide_by_rules(const struct policy *policy, struct nation_id to,
                                               enum record_kind kind,
                                               enum classification classification)
{
    struct release_decision d = {RELEASE_NO_RULE, POLICY_RULES_MAX, false};
    for (uint32_t i = 0; i < policy->rule_count && i < POLICY_RULES_MAX; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (!names(rule, to, kind)) {
            continue;
        }
        const bool stated = rule->classification_max != CLASSIFICATION_UNKNOWN;
        const bool within = classification <= rule->classification_max;
        if (rule->action != POLICY_RELEASE) {
            if (!stated || within) {
                return (struct release_decision){RELEASE_WITHHELD, i, false};
            }
        } else if (stated && within) {
            d = d.why == RELEASE_YES ? d : (struct release_decision){RELEASE_YES, i, false};
        } else if (d.why == RELEASE_NO_RULE) {
            d = (struct release_decision){RELEASE_CLASSIFICATION, i, false};
        }
    }
    return d;
}

static bool ends_warning(const struct record *r)
{
    return r->kind == RECORD_WARNING &&
           (r->warning.state == WARNING_CANCEL || r->warning.state == WARNING_ALL_CLEAR);
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
    struct release_decision d = {RELEASE_NOT_OWN, POLICY_RULES_MAX, false};
    if (!nation_id_equal(record->label.owner, policy->owner) ||
        nation_id_equal(request->to, policy->owner) || !nation_id_is_set(request->to)) {
        return d;
    }
    d.why = RELEASE_NO_LABEL;
    if (label_permits(&record->label, request->to)) {
        d = decide_by_rules(policy, request->to, record->kind, record->label.classification);
    }
    if (d.why == RELEASE_YES && is_delayed(&policy->rules[d.rule], record, request->now)) {
        d.why = RELEASE_DELAYED;
    }
    if (d.why != RELEASE_YES && request->warning_sent && ends_warning(record)) {
        return (struct release_decision){RELEASE_YES, POLICY_RULES_MAX, true};
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

/* A vector of at most unit length, fixed for this partner and this number. Each component is at
 * most 1 / sqrt(3), so that the whole stays inside the sphere without drawing again. */
static void draw_vector(const struct digest_key *key, const char *purpose, uint64_t number,
                        double out[3])
{
    uint8_t storage[8];
    const struct digest d = digest_keyed(key, purpose, digest_number(number, storage), NO_BYTES);
    for (int i = 0; i < 3; i++) {
        out[i] = draw(&d, i) / sqrt(3.0);
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
    const struct digest d = digest_keyed(key, "time", name, NO_BYTES);
    return draw(&d, 0) * rule->coarsen_time_s;
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
        double unit[3];
        draw_vector(key, "launch", track, unit);
        const struct geo_enu step = {unit[0] * size_m, unit[1] * size_m, 0.0};
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
        double unit[3];
        draw_vector(key, "position", track, unit);
        t->position.x_m += unit[0] * size_m;
        t->position.y_m += unit[1] * size_m;
        t->position.z_m += unit[2] * size_m;
        for (int i = 0; i < 3; i++) {
            t->covariance[i * 6 + i] += size_m * size_m;
        }
    }
    if (rule->covariance == POLICY_COVARIANCE_OUTER_BOUND) {
        TRY(outer_bound_state(t->position, t->velocity, t->covariance, t->covariance));
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

static result release_body(const struct release_request *request, const struct policy_rule *rule,
                           const struct record *record, struct record *out)
{
    switch (record->kind) {
    case RECORD_TRACK:
        assert(rule != NULL);
        return release_track(request, rule, record, &out->track);
    case RECORD_NOTICE: {
        assert(rule != NULL);
        const uint64_t own = record->notice.track.value;
        const double offset_s = time_offset_s(rule, request->key, record, own);
        out->notice.track = release_track_id(request->key, record->notice.track);
        out->notice.first_detection = whole_second(moved(record->notice.first_detection, offset_s));
        return OK;
    }
    case RECORD_WARNING:
        release_warning(request, rule, record, &out->warning);
        return OK;
    case RECORD_UNKNOWN:
        break;
    }
    return ERR_RANGE;
}

static void make_label(const struct release_request *request, struct label *label)
{
    const struct label own = *label;
    *label = (struct label){.owner = own.owner,
                            .classification = own.classification,
                            .releasable_count = 1,
                            .releasable_to = {request->to}};
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
    make_label(request, &copy.label);
    copy.made = whole_second(copy.made);

    struct released_record made = {.to = request->to,
                                   .kind = record->kind,
                                   .classification = record->label.classification,
                                   .warning_end = decision->warning_end,
                                   .terms = rule == NULL ? 0 : terms_of(rule)};
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

bool release_stands(const struct policy *policy, struct nation_id to, enum record_kind kind,
                    enum classification classification, uint64_t terms, bool warning_end)
{
    if (warning_end) {
        return true;
    }
    const struct release_decision d = decide_by_rules(policy, to, kind, classification);
    return d.why == RELEASE_YES && terms_of(&policy->rules[d.rule]) == terms;
}
