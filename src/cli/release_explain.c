#include "cli/release_explain.h"

#include <assert.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/matrix.h"
#include "base/vector.h"
#include "cli/release_proof.h"
#include "cli/release_words.h"
#include "geo/ellipsoid.h"
#include "node/policy_file.h"

static const char HELP[] =
    "watchfire release explain RECORD --to NATION --policy FILE [options]\n"
    "watchfire release explain RECORD --to NATION --journal FILE [--proof FILE] [options]\n"
    "Says whether a record goes to a nation by a policy, which rule decides, and what of it is\n"
    "hidden. RECORD is one of\n"
    "\n"
    "  track     a national track\n"
    "  notice    a launch notice\n"
    "  warning   a warning to the nation's own people\n"
    "  all-clear the end of one; goes always, if the warning went\n"
    "\n"
    "What the record is like:\n"
    "  --classification C  UNCLASSIFIED, RESTRICTED, CONFIDENTIAL or SECRET (default: the "
    "label's)\n"
    "  --launched LAT,LON  where it was launched, in degrees (default: not known yet)\n"
    "  --doubt-km D        with 99 % it was nearer to that point than this (default 10)\n"
    "  --sensors A,B,…     own sensors that have a part in it (default: none that is withheld)\n"
    "  --age-s S           seconds since it was made (default 0)\n"
    "  --warned            the warning went to that nation before\n"
    "  --json              one object\n"
    "\n"
    "With --journal it says what was really decided, and proves it (track, notice or warning):\n"
    "  --event NAME        of this event, as AMBER-K417 (default: of any)\n"
    "  --at TIME           the first from this time on, as 2022-10-03T22:25:00Z (default: the "
    "first)\n"
    "  --proof FILE        writes the proof, which `watchfire release verify` checks without the\n"
    "                      journal; it tells nothing of other decisions\n"
    "\n"
    "What is hidden is shown on an example: a track of a radar 300 km off, or a notice or "
    "warning,\n"
    "is really released to that nation, and compared with what was put in.\n"
    "\n"
    "Exit status: 0 it goes, 1 it does not, 2 wrong use or bad input.\n";

#define DEGREE_RAD 0.017453292519943295
#define SENSORS_MAX 32
#define FIELDS_MAX 20

struct question {
    const char *record;
    const char *to;
    const char *policy_file;
    const char *classification;
    const char *launched;
    const char *sensors;
    const char *doubt_km;
    const char *age_s;
    const char *journal;
    const char *event;
    const char *at;
    const char *proof;
    bool warned;
    bool json;
};

/* One line of the comparison. */
struct field {
    const char *name;
    char own[64];
    char goes[64];
};

struct explained {
    struct policy policy;
    struct release_request request;
    struct digest_key key;
    double age_s;
    struct record own;
    struct released_record released;
    struct record theirs;
    struct release_decision decision;
    uint32_t field_count;
    struct field fields[FIELDS_MAX];
};

static bool read_place(const char *text, struct geo_geodetic *out)
{
    char *end = NULL;
    const double lat_deg = strtod(text, &end);
    if (end == text || *end != ',') {
        return false;
    }
    const char *second = end + 1;
    const double lon_deg = strtod(second, &end);
    if (end == second || *end != '\0' || !(fabs(lat_deg) <= 90.0) || !(fabs(lon_deg) <= 180.0)) {
        return false;
    }
    *out = (struct geo_geodetic){lat_deg * DEGREE_RAD, lon_deg * DEGREE_RAD, 0.0};
    return true;
}

static bool read_number(const char *text, double *out)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0.0) || !(value <= 1e6)) {
        return false;
    }
    *out = value;
    return true;
}

/* The sensors that the question names, all of them if it names none. */
static bool read_sensors(const char *text, struct sensor sensors[SENSORS_MAX], uint32_t *count)
{
    *count = 0;
    while (text != NULL && *text != '\0') {
        const size_t size = strcspn(text, ",");
        char name[sizeof((struct sensor_id *)0)->text] = {0};
        if (size >= sizeof name || *count == SENSORS_MAX) {
            return false;
        }
        memcpy(name, text, size);
        if (!sensor_id_parse(name, &sensors[*count].id)) {
            return false;
        }
        (*count)++;
        text += text[size] == ',' ? size + 1 : size;
    }
    return true;
}

/* An example: 200 km up, seen best along a line to the south-west. */
static void make_track(struct explained *e, struct geo_geodetic under, struct instant now)
{
    struct track *t = &e->own.track;
    const double axis[3] = {0.6, 0.3, 0.742};
    *t = (struct track){.id = {4711},
                        .owner = e->policy.owner,
                        .status = STATUS_FIRM,
                        .phase = PHASE_COAST,
                        .phase_probability = 0.9731,
                        .time = now,
                        .measurement_count = 61};
    under.height_m = 200e3;
    t->position = ellipsoid_to_ecef(under);
    t->velocity = (struct geo_velocity){2000.0, 2500.0, 900.0};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            const double spread = i % 3 == j % 3 && i / 3 == j / 3 ? 1.0 : 0.0;
            const double along = i / 3 == j / 3 ? axis[i % 3] * axis[j % 3] : 0.0;
            t->covariance[i * 6 + j] = (i < 3 ? 300.0 * 300.0 : 25.0) * (spread - 0.99 * along);
        }
    }
    t->first_detection = instant_plus_s(now, -61.25);
    t->span_from = instant_plus_s(now, -30.75);
    t->last_measurement = instant_plus_s(now, -0.35);
    t->end_of_thrust = instant_plus_s(now, -31.5);
    if (e->request.origin.known) {
        t->launch = (struct launch_estimate){.determined = true,
                                             .time = instant_plus_s(now, -90.4),
                                             .time_sigma_s = 1.2,
                                             .point = e->request.origin.point,
                                             .covariance_m2 = {4e6, 1e6, 1e6, 9e6}};
    }
}

static bool make_record(struct explained *e, const struct question *q)
{
    const struct instant now = {1700000000000000000};
    const struct instant made = instant_plus_s(now, -e->age_s);
    const struct geo_geodetic somewhere = {0.68, 2.24, 0.0};
    e->request.now = now;
    e->own.made = made;
    e->own.label = e->policy.label;
    (void)snprintf(e->own.event.text, sizeof e->own.event.text, "EXAMPLE-1");
    if (strcmp(q->record, "track") == 0) {
        e->own.kind = RECORD_TRACK;
        make_track(e, e->request.origin.known ? e->request.origin.point : somewhere, now);
    } else if (strcmp(q->record, "notice") == 0) {
        e->own.kind = RECORD_NOTICE;
        e->own.notice = (struct notice){{4711}, instant_plus_s(made, -2.35), false};
    } else if (strcmp(q->record, "warning") == 0 || strcmp(q->record, "all-clear") == 0) {
        e->own.kind = RECORD_WARNING;
        e->own.warning =
            (struct warning_notice){1, q->record[0] == 'a' ? WARNING_ALL_CLEAR : WARNING_INITIAL,
                                    made, instant_plus_s(made, 600.0), instant_plus_s(made, 301.6)};
    } else {
        return false;
    }
    return true;
}

static void add(struct explained *e, const char *name, const char *own, const char *goes)
{
    struct field *f = &e->fields[e->field_count];
    f->name = name;
    (void)snprintf(f->own, sizeof f->own, "%s", own);
    (void)snprintf(f->goes, sizeof f->goes, "%s", goes);
    e->field_count++;
}

static void add_number(struct explained *e, const char *name, int decimals, double own, double goes)
{
    char a[64];
    char b[64];
    (void)snprintf(a, sizeof a, "%.*f", decimals, own);
    (void)snprintf(b, sizeof b, "%.*f", decimals, goes);
    add(e, name, a, b);
}

/* Seconds before now, with their decimals. */
static void add_time(struct explained *e, const char *name, struct instant own, struct instant goes)
{
    char text[2][64];
    const struct instant times[2] = {own, goes};
    for (int i = 0; i < 2; i++) {
        if (instant_is_set(times[i])) {
            (void)snprintf(text[i], sizeof text[i], "T %+.2f s",
                           instant_since_s(times[i], e->request.now));
        } else {
            (void)snprintf(text[i], sizeof text[i], "left out");
        }
    }
    add(e, name, text[0], text[1]);
}

/* The smallest and the largest sigma of three variances and covariances at `at`. */
static void add_sigmas(struct explained *e, const char *name, int at)
{
    char text[2][64];
    const struct track *tracks[2] = {&e->own.track, &e->theirs.track};
    for (int i = 0; i < 2; i++) {
        double block[9];
        double values[3];
        double vectors[9];
        for (int k = 0; k < 9; k++) {
            block[k] = tracks[i]->covariance[(at + k / 3) * 6 + at + k % 3];
        }
        matrix_eigen(block, values, vectors, 3);
        (void)snprintf(text[i], sizeof text[i], "%.3g to %.3g", sqrt(values[0]), sqrt(values[2]));
    }
    add(e, name, text[0], text[1]);
}

static double distance_m(struct geo_ecef a, struct geo_ecef b)
{
    const double between[3] = {b.x_m - a.x_m, b.y_m - a.y_m, b.z_m - a.z_m};
    return vector_length(between);
}

/* Where the rule's fixed offset alone would put it: the rest are errors drawn within the bound. */
static struct geo_ecef offset_only(const struct explained *e)
{
    static struct policy without;
    static struct released_record released;
    static struct record moved;
    struct release_request request = e->request;
    struct release_decision decision;
    without = e->policy;
    without.rules[e->decision.rule].covariance = POLICY_COVARIANCE_EXACT;
    request.policy = &without;
    const bool goes = release_apply(&request, &e->own, &released, &decision) == OK &&
                      codec_decode((struct bytes){released.bytes, released.size}, &moved) == OK;
    assert(goes); /* as it did with the bound */
    return moved.track.position;
}

static void compare_tracks(struct explained *e)
{
    const struct track *own = &e->own.track;
    const struct track *goes = &e->theirs.track;
    const struct geo_ecef offset = offset_only(e);
    add(e, "number", "4711", own->id.value == goes->id.value ? "4711" : "another, for them alone");
    add_number(e, "position moved by, m", 0, 0.0, distance_m(own->position, goes->position));
    add_number(e, "by the fixed offset, m", 0, 0.0, distance_m(own->position, offset));
    add_number(e, "by errors in bound, m", 0, 0.0, distance_m(offset, goes->position));
    add_sigmas(e, "position sigmas, m", 0);
    add_sigmas(e, "velocity sigmas, m/s", 3);
    add_number(e, "measurements", 0, own->measurement_count, goes->measurement_count);
    add_number(e, "probability of phase", 4, own->phase_probability, goes->phase_probability);
    add_time(e, "first detection", own->first_detection, goes->first_detection);
    add_time(e, "measurements from", own->span_from, goes->span_from);
    add_time(e, "measurements to", own->last_measurement, goes->last_measurement);
    add_time(e, "end of thrust", own->end_of_thrust, goes->end_of_thrust);
    if (own->launch.determined) {
        add_time(e, "launch", own->launch.time, goes->launch.time);
        add_number(e, "launch sigma north, m", 0, sqrt(own->launch.covariance_m2[3]),
                   sqrt(goes->launch.covariance_m2[3]));
    }
}

static void compare(struct explained *e)
{
    const struct record *own = &e->own;
    const struct record *goes = &e->theirs;
    add_time(e, "made", own->made, goes->made);
    add_number(e, "nations on the label", 0, own->label.releasable_count,
               goes->label.releasable_count);
    if (own->kind == RECORD_TRACK) {
        compare_tracks(e);
    } else if (own->kind == RECORD_NOTICE) {
        add(e, "track number", "4711",
            own->notice.track.value == goes->notice.track.value ? "4711"
                                                                : "another, for them alone");
        add_time(e, "first detection", own->notice.first_detection, goes->notice.first_detection);
    } else {
        add_time(e, "impact", own->warning.impact, goes->warning.impact);
        add_time(e, "expires", own->warning.expires, goes->warning.expires);
    }
}

static const char *rule_of(const struct explained *e)
{
    if (e->decision.warning_end) {
        return "the end of a warning that was given may always go";
    }
    return e->decision.rule < e->policy.rule_count ? e->policy.rules[e->decision.rule].name
                                                   : "no rule";
}

static void print_text(const struct explained *e, const struct question *q)
{
    const bool goes = e->decision.why == RELEASE_YES;
    (void)printf("%s's %s to %s: %s.\n", e->policy.owner.code, q->record, q->to,
                 goes ? "GOES" : "DOES NOT GO");
    (void)printf("Decided by: %s. %s%s.\n", rule_of(e),
                 goes ? "" : "Reason: ", release_words_why(e->decision.why));
    if (e->decision.open) {
        (void)printf("It is asked again as soon as more is known of where it was launched.\n");
    }
    if (!goes) {
        return;
    }
    (void)printf("\n%-24s %-26s %s\n", "of the example", "own", "goes");
    for (uint32_t i = 0; i < e->field_count; i++) {
        const struct field *f = &e->fields[i];
        (void)printf("%-24s %-26s %s\n", f->name, f->own,
                     strcmp(f->own, f->goes) == 0 ? "as it is" : f->goes);
    }
}

static int print_json(const struct explained *e, const struct question *q, int status)
{
    json_t *fields = json_array();
    for (uint32_t i = 0; i < e->field_count; i++) {
        const struct field *f = &e->fields[i];
        json_array_append_new(fields,
                              json_pack("{ss ss ss sb}", "field", f->name, "own", f->own, "goes",
                                        f->goes, "hidden", strcmp(f->own, f->goes) != 0));
    }
    return release_words_print(json_pack("{ss ss ss sb ss ss sb so}", "owner", e->policy.owner.code,
                                         "to", q->to, "record", q->record, "goes",
                                         e->decision.why == RELEASE_YES, "rule", rule_of(e),
                                         "reason", release_words_why(e->decision.why),
                                         "asked_again", (int)e->decision.open, "fields", fields),
                               status);
}

/* False after a complaint. */
static bool prepare(struct explained *e, const struct question *q)
{
    char message[YAML_MESSAGE_SIZE];
    struct nation_id to;
    struct sensor sensors[SENSORS_MAX];
    uint32_t count = 0;
    double doubt_km = 0.0;
    if (!read_number(q->doubt_km, &doubt_km) || !read_number(q->age_s, &e->age_s)) {
        (void)release_words_fail("explain", "--doubt-km and --age-s: expected a number from 0");
        return false;
    }
    if (q->to == NULL || q->policy_file == NULL) {
        (void)release_words_fail("explain", "expected --to NATION and --policy FILE; see --help");
        return false;
    }
    if (policy_file_read(q->policy_file, &e->policy, message) != OK) {
        (void)release_words_fail("explain", message);
        return false;
    }
    if (!nation_id_parse(q->to, &to)) {
        (void)release_words_fail("explain", "--to: expected three capital letters, as JPN");
        return false;
    }
    if (q->launched != NULL && !read_place(q->launched, &e->request.origin.point)) {
        (void)release_words_fail("explain",
                                 "--launched: expected LAT,LON in degrees, as 39.2,125.7");
        return false;
    }
    if (!read_sensors(q->sensors, sensors, &count)) {
        (void)release_words_fail("explain", "--sensors: expected at most 32 names, as A,B");
        return false;
    }
    e->request.origin.known = q->launched != NULL;
    e->request.origin.doubt_m = doubt_km * 1e3;
    e->request.policy = &e->policy;
    e->request.to = to;
    e->request.key = &e->key;
    e->request.warning_sent = q->warned;
    e->request.made_with = count == 32 ? UINT32_MAX : (1u << count) - 1u;
    e->request.may_have = policy_sensors(&e->policy, to, sensors, count);
    region_follow(&e->policy, &e->request.origin, &e->request.sides);
    return true;
}

static bool classify(struct explained *e, const char *name)
{
    if (name != NULL) {
        e->own.label.classification = classification_parse(name);
    }
    return e->own.label.classification != CLASSIFICATION_UNKNOWN;
}

static int explain(const struct question *q)
{
    static struct explained e;
    memset(&e, 0, sizeof e);
    memset(e.key.bytes, 7, sizeof e.key.bytes); /* any will do for an example */
    if (!prepare(&e, q)) {
        return RELEASE_BAD;
    }
    if (!make_record(&e, q)) {
        return release_words_fail("explain",
                                  "RECORD: expected track, notice, warning or all-clear");
    }
    if (!classify(&e, q->classification)) {
        return release_words_fail("explain", "--classification: expected UNCLASSIFIED, "
                                             "RESTRICTED, CONFIDENTIAL or SECRET");
    }
    if (release_apply(&e.request, &e.own, &e.released, &e.decision) == OK) {
        const result decoded =
            codec_decode((struct bytes){e.released.bytes, e.released.size}, &e.theirs);
        if (decoded != OK) {
            return release_words_fail("explain", "what would be released cannot be read back");
        }
        compare(&e);
    }
    const int status = e.decision.why == RELEASE_YES ? 0 : 1;
    if (q->json) {
        return print_json(&e, q, status);
    }
    print_text(&e, q);
    return status;
}

static int explain_decided(const struct question *q)
{
    const struct release_proof_question asked = {.journal = q->journal,
                                                 .record = q->record,
                                                 .to = q->to,
                                                 .event = q->event,
                                                 .at = q->at,
                                                 .file = q->proof,
                                                 .json = q->json};
    return q->policy_file == NULL
               ? release_proof_explain(&asked)
               : release_words_fail("explain", "expected --policy or --journal, not both");
}

int release_explain(int argc, char **argv)
{
    struct question q = {.doubt_km = "10", .age_s = "0"};
    int status = 0;
    const struct release_option options[] = {{"to", &q.to, NULL},
                                             {"policy", &q.policy_file, NULL},
                                             {"classification", &q.classification, NULL},
                                             {"launched", &q.launched, NULL},
                                             {"doubt-km", &q.doubt_km, NULL},
                                             {"sensors", &q.sensors, NULL},
                                             {"age-s", &q.age_s, NULL},
                                             {"journal", &q.journal, NULL},
                                             {"event", &q.event, NULL},
                                             {"at", &q.at, NULL},
                                             {"proof", &q.proof, NULL},
                                             {"warned", NULL, &q.warned},
                                             {"json", NULL, &q.json}};
    if (!release_words_options(HELP, options, sizeof options / sizeof options[0], argc, argv,
                               &status)) {
        return status;
    }
    if (optind + 1 != argc) {
        return release_words_fail("explain", "expected one RECORD; see --help");
    }
    q.record = argv[optind];
    return q.journal != NULL ? explain_decided(&q) : explain(&q);
}
