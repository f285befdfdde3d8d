#include "formats/observation_line.h"

#include <assert.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "base/vector.h"
#include "formats/json_key.h"

#define DIGITS 17
#define ELEMENTS_MAX 21

/* A key whose value is a number, or an array of `count` numbers; it goes to `offset` of the struct,
 * multiplied by `scale`. A key may be missing where `optional`; the value is then 0. */
struct number_key {
    const char *name;
    size_t offset;
    double low; /* as in the line, before scaling */
    double high;
    double scale;
    size_t count; /* 1 = a plain number, more = an array */
    bool optional;
};

#define SENSOR(member) offsetof(struct sensor, member)
#define PLOT(member) offsetof(struct observation, radar.member)
#define SIGHT(member) offsetof(struct observation, infrared.member)
#define READY(member) offsetof(struct observation, track.member)

static const struct number_key RADAR_SENSOR[] = {
    {"lat_deg", SENSOR(place.lat_rad), -90.0, 90.0, RAD_PER_DEG, 1, false},
    {"lon_deg", SENSOR(place.lon_rad), -180.0, 180.0, RAD_PER_DEG, 1, false},
    {"alt_m", SENSOR(place.height_m), -1e3, 1e5, 1.0, 1, false},
    {"sigma_range_m", SENSOR(sigma_range_m), 1e-3, 1e5, 1.0, 1, false},
    {"sigma_az_deg", SENSOR(sigma_azimuth_rad), 1e-5, 57.0, RAD_PER_DEG, 1, false},
    {"sigma_el_deg", SENSOR(sigma_elevation_rad), 0.0, 57.0, RAD_PER_DEG, 1, true},
    {"sigma_range_rate_mps", SENSOR(sigma_range_rate_mps), 0.0, 1e4, 1.0, 1, true},
    {"bias_sigma_range_m", SENSOR(bias_sigma_range_m), 0.0, 1e5, 1.0, 1, true},
    {"bias_sigma_az_deg", SENSOR(bias_sigma_azimuth_rad), 0.0, 57.0, RAD_PER_DEG, 1, true},
    {"bias_sigma_el_deg", SENSOR(bias_sigma_elevation_rad), 0.0, 57.0, RAD_PER_DEG, 1, true},
    {"clock_sigma_s", SENSOR(clock_sigma_s), 0.0, 60.0, 1.0, 1, true},
    {"range_max_m", SENSOR(range_max_m), 0.0, 1e8, 1.0, 1, true},
    {"el_min_deg", SENSOR(elevation_min_rad), -28.0, 90.0, RAD_PER_DEG, 1, true},
    {"resolution_range_m", SENSOR(resolution_range_m), 0.0, 1e5, 1.0, 1, true},
    {"resolution_deg", SENSOR(resolution_rad), 0.0, 57.0, RAD_PER_DEG, 1, true},
    {"interval_s", SENSOR(interval_s), 0.0, 3600.0, 1.0, 1, true},
    {"false_alarms", SENSOR(false_alarms_per_scan), 0.0, 1e6, 1.0, 1, true},
    {NULL, 0, 0.0, 0.0, 0.0, 0, false},
};

static const struct number_key INFRARED_SENSOR[] = {
    {"sigma_los_rad", SENSOR(sigma_los_rad), 1e-8, 0.1, 1.0, 1, false},
    {"clock_sigma_s", SENSOR(clock_sigma_s), 0.0, 60.0, 1.0, 1, true},
    {"interval_s", SENSOR(interval_s), 0.0, 3600.0, 1.0, 1, true},
    {"false_alarms", SENSOR(false_alarms_per_scan), 0.0, 1e6, 1.0, 1, true},
    {NULL, 0, 0.0, 0.0, 0.0, 0, false},
};

/* What any sensor may declare: all of the above but the first. */
#define TRACKER_SENSOR (INFRARED_SENSOR + 1)

static const struct number_key RADAR_PLOT[] = {
    {"range_m", PLOT(polar.range_m), 1.0, 1e8, 1.0, 1, false},
    {"az_deg", PLOT(polar.azimuth_rad), 0.0, 360.0, RAD_PER_DEG, 1, false},
    {"el_deg", PLOT(polar.elevation_rad), -90.0, 90.0, RAD_PER_DEG, 1, true},
    {"range_rate_mps", PLOT(range_rate_mps), -2e4, 2e4, 1.0, 1, true},
    {NULL, 0, 0.0, 0.0, 0.0, 0, false},
};

static const struct number_key INFRARED_SIGHT[] = {
    {"position_ecef_m", SIGHT(platform.x_m), -1e8, 1e8, 1.0, 3, false},
    {"los_ecef", SIGHT(los), -1.01, 1.01, 1.0, 3, false},
    {NULL, 0, 0.0, 0.0, 0.0, 0, false},
};

static const struct number_key READY_TRACK[] = {
    {"position_ecef_m", READY(position.x_m), -1e8, 1e8, 1.0, 3, false},
    {"velocity_ecef_mps", READY(velocity.x_mps), -2e4, 2e4, 1.0, 3, false},
    {"covariance", READY(covariance), -1e18, 1e18, 1.0, 21, false},
    {NULL, 0, 0.0, 0.0, 0.0, 0, false},
};

/* By kind of sensor: its own keys and those of what it delivers. */
struct kind {
    const char *name;
    const char *type; /* of the lines that carry what it delivers */
    const struct number_key *declares;
    const struct number_key *delivers;
};

static const struct kind KINDS[] = {
    [SENSOR_RADAR] = {"radar", "radar", RADAR_SENSOR, RADAR_PLOT},
    [SENSOR_INFRARED] = {"infrared", "infrared", INFRARED_SENSOR, INFRARED_SIGHT},
    [SENSOR_TRACKER] = {"tracker", "track", TRACKER_SENSOR, READY_TRACK},
};
#define KIND_COUNT ((int)(sizeof KINDS / sizeof KINDS[0]))

static const char *const SENSOR_TEXTS[] = {"type", "id", "kind", NULL};
static const char *const OBSERVATION_TEXTS[] = {"type", "sensor", "time", NULL};

/* A line that is being read. */
struct reading {
    struct bytes line;
    json_t *object;
    struct fault *fault;
};

static void fault_at_key(struct reading *r, const char *key)
{
    fault_at(r->fault, json_key_offset(r->line, key), "\"%.40s\"", key);
}

static result found_value(struct reading *r, const json_t *value)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_OBJECT:
        return fault_found(r->fault, "an object");
    case JSON_ARRAY:
        return fault_found(r->fault, "an array of %zu", json_array_size(value));
    case JSON_STRING:
        return fault_found(r->fault, "\"%.60s\"", json_string_value(value));
    case JSON_REAL: /* and there are no others, as it is read */
        return fault_found(r->fault, "%.10g", json_number_value(value));
    case JSON_TRUE:
        return fault_found(r->fault, "true");
    case JSON_FALSE:
        return fault_found(r->fault, "false");
    default:
        break;
    }
    return fault_found(r->fault, value == NULL ? "no such key" : "null");
}

/* The value of a key that must be there and be text. */
static result read_text(struct reading *r, const char *key, const char *expected, const char **out)
{
    const json_t *value = json_object_get(r->object, key);
    if (!json_is_string(value)) {
        fault_at_key(r, key);
        fault_expected(r->fault, "%s", expected);
        return found_value(r, value);
    }
    *out = json_string_value(value);
    return OK;
}

static bool is_among(const char *name, const char *const *texts, const struct number_key *keys)
{
    for (; *texts != NULL; texts++) {
        if (strcmp(name, *texts) == 0) {
            return true;
        }
    }
    for (; keys->name != NULL; keys++) {
        if (strcmp(name, keys->name) == 0) {
            return true;
        }
    }
    return false;
}

static result check_keys(struct reading *r, const char *what, const char *const *texts,
                         const struct number_key *keys)
{
    for (void *i = json_object_iter(r->object); i != NULL;
         i = json_object_iter_next(r->object, i)) {
        const char *name = json_object_iter_key(i);
        if (!is_among(name, texts, keys)) {
            fault_at_key(r, name);
            fault_expected(r->fault, "a key of %s", what);
            return fault_found(r->fault, "the unknown key \"%.40s\"", name);
        }
    }
    return OK;
}

static void expect_number(struct reading *r, const struct number_key *key)
{
    if (key->count == 1) {
        fault_expected(r->fault, "a number from %g to %g", key->low, key->high);
    } else {
        fault_expected(r->fault, "an array of %zu numbers from %g to %g", key->count, key->low,
                       key->high);
    }
}

static bool is_number_within(const json_t *value, const struct number_key *key)
{
    const double x = json_number_value(value);
    return json_is_number(value) && x >= key->low && x <= key->high;
}

static result read_number(struct reading *r, const struct number_key *key, uint8_t *into)
{
    const json_t *value = json_object_get(r->object, key->name);
    if (value == NULL && key->optional) {
        return OK;
    }
    const bool is_array = key->count > 1;
    if (is_array && (!json_is_array(value) || json_array_size(value) != key->count)) {
        fault_at_key(r, key->name);
        expect_number(r, key);
        return found_value(r, value);
    }
    double numbers[ELEMENTS_MAX];
    assert(key->count <= ELEMENTS_MAX);
    for (size_t i = 0; i < key->count; i++) {
        const json_t *element = is_array ? json_array_get(value, i) : value;
        if (!is_number_within(element, key)) {
            fault_at_key(r, key->name);
            expect_number(r, key);
            return found_value(r, element);
        }
        numbers[i] = json_number_value(element) * key->scale;
    }
    memcpy(into + key->offset, numbers, key->count * sizeof numbers[0]);
    return OK;
}

static result read_numbers(struct reading *r, const struct number_key *keys, void *into)
{
    for (; keys->name != NULL; keys++) {
        TRY(read_number(r, keys, into));
    }
    return OK;
}

static result read_id(struct reading *r, const char *key, struct sensor_id *out)
{
    static const char EXPECTED[] = "1 to 15 letters, digits, '-', '_' or '.'";
    const char *text = NULL;
    TRY(read_text(r, key, EXPECTED, &text));
    if (!sensor_id_parse(text, out)) {
        fault_at_key(r, key);
        fault_expected(r->fault, "%s", EXPECTED);
        return fault_found(r->fault, "\"%.60s\"", text);
    }
    return OK;
}

static const struct sensor *find_declared(const struct sensor *declared, uint32_t count,
                                          struct sensor_id id)
{
    for (uint32_t i = 0; i < count; i++) {
        if (sensor_id_equal(declared[i].id, id)) {
            return &declared[i];
        }
    }
    return NULL;
}

static result read_kind(struct reading *r, enum sensor_kind *out)
{
    static const char EXPECTED[] = "\"radar\", \"infrared\" or \"tracker\"";
    const char *text = "";
    TRY(read_text(r, "kind", EXPECTED, &text));
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(text, KINDS[i].name) == 0) {
            *out = (enum sensor_kind)i;
            return OK;
        }
    }
    fault_at_key(r, "kind");
    fault_expected(r->fault, "%s", EXPECTED);
    return fault_found(r->fault, "\"%.60s\"", text);
}

static result read_sensor(struct reading *r, const struct sensor *declared, uint32_t declared_count,
                          struct observation_line *out)
{
    struct sensor s;
    memset(&s, 0, sizeof s);
    TRY(read_kind(r, &s.kind));
    char what[64];
    (void)snprintf(what, sizeof what, "a sensor line of kind \"%s\"", KINDS[s.kind].name);
    TRY(check_keys(r, what, SENSOR_TEXTS, KINDS[s.kind].declares));
    TRY(read_id(r, "id", &s.id));
    if (find_declared(declared, declared_count, s.id) != NULL) {
        fault_at_key(r, "id");
        fault_expected(r->fault, "a sensor that is not declared yet");
        (void)!fault_found(r->fault, "\"%s\" for the second time", s.id.text);
        return ERR_STATE;
    }
    TRY(read_numbers(r, KINDS[s.kind].declares, &s));
    if (sensor_check(&s) != OK) {
        fault_at_key(r, "kind");
        fault_expected(r->fault, "a possible sensor");
        return fault_found(r->fault, "values that do not go together");
    }
    memset(out, 0, sizeof *out);
    out->type = OBSERVATION_LINE_SENSOR;
    out->sensor = s;
    return OK;
}

static result read_time(struct reading *r, struct instant *out)
{
    static const char EXPECTED[] = "UTC from 1972 to 2200 as \"2023-07-12T01:02:03.250Z\"";
    const char *text = "";
    TRY(read_text(r, "time", EXPECTED, &text));
    if (utc_parse(text, strlen(text), out) != OK) {
        fault_at_key(r, "time");
        fault_expected(r->fault, "%s", EXPECTED);
        return fault_found(r->fault, "\"%.60s\"", text);
    }
    return OK;
}

/* A vector of which only the length is bounded. */
static result check_length(struct reading *r, const char *key, const double *v, double low,
                           double high)
{
    const double length = vector_length(v);
    if (length >= low && length <= high) {
        return OK;
    }
    fault_at_key(r, key);
    fault_expected(r->fault, "a vector of length %g to %g", low, high);
    return fault_found(r->fault, "length %.10g", length);
}

/* What a sensor reports must have a noise. */
static result refuse_unstated(struct reading *r, const struct sensor *sensor, const char *key,
                              const char *sigma)
{
    fault_at_key(r, key);
    fault_expected(r->fault, "none: sensor \"%s\" has no %s", sensor->id.text, sigma);
    return found_value(r, json_object_get(r->object, key));
}

static result check_plot(struct reading *r, const struct sensor *sensor, struct radar_plot *plot)
{
    plot->has_range_rate = json_object_get(r->object, "range_rate_mps") != NULL;
    plot->without_elevation = json_object_get(r->object, "el_deg") == NULL;
    if (plot->polar.azimuth_rad >= 2.0 * PI) {
        plot->polar.azimuth_rad = 0.0;
    }
    if (plot->has_range_rate && sensor->sigma_range_rate_mps == 0.0) {
        return refuse_unstated(r, sensor, "range_rate_mps", "sigma_range_rate_mps");
    }
    if (!plot->without_elevation && sensor->sigma_elevation_rad == 0.0) {
        return refuse_unstated(r, sensor, "el_deg", "sigma_el_deg");
    }
    return OK;
}

static result check_sight(struct reading *r, struct infrared_sight *sight)
{
    const double p[3] = {sight->platform.x_m, sight->platform.y_m, sight->platform.z_m};
    TRY(check_length(r, "position_ecef_m", p, 6.3e6, 1e8));
    TRY(check_length(r, "los_ecef", sight->los.axis, 0.99, 1.01));
    const double length = vector_length(sight->los.axis);
    for (int i = 0; i < 3; i++) {
        sight->los.axis[i] /= length;
    }
    return OK;
}

static result check_track(struct reading *r, const struct ready_track *track)
{
    const double p[3] = {track->position.x_m, track->position.y_m, track->position.z_m};
    const double v[3] = {track->velocity.x_mps, track->velocity.y_mps, track->velocity.z_mps};
    TRY(check_length(r, "position_ecef_m", p, 6.3e6, 1e8));
    return check_length(r, "velocity_ecef_mps", v, 0.0, 2e4);
}

static result check_observation(struct reading *r, const struct sensor *sensor,
                                struct observation *o)
{
    /* Of a ready track only the covariance is left to be wrong, of the others nothing known. */
    static const char *const LEFT[][2] = {
        [SENSOR_RADAR] = {"type", "a possible observation"},
        [SENSOR_INFRARED] = {"type", "a possible observation"},
        [SENSOR_TRACKER] = {"covariance",
                            "the lower triangle, by rows, of a positive definite matrix"}};
    if (o->kind == SENSOR_RADAR) {
        TRY(check_plot(r, sensor, &o->radar));
    } else if (o->kind == SENSOR_INFRARED) {
        TRY(check_sight(r, &o->infrared));
    } else {
        TRY(check_track(r, &o->track));
    }
    if (observation_check(o) == OK) {
        return OK;
    }
    fault_at_key(r, LEFT[o->kind][0]);
    fault_expected(r->fault, "%s", LEFT[o->kind][1]);
    return fault_found(r->fault, "one that is not");
}

static result read_observation(struct reading *r, enum sensor_kind kind,
                               const struct sensor *declared, uint32_t declared_count,
                               struct observation_line *out)
{
    struct observation o;
    memset(&o, 0, sizeof o);
    o.kind = kind;
    char what[64];
    (void)snprintf(what, sizeof what, "a line of type \"%s\"", KINDS[kind].type);
    TRY(check_keys(r, what, OBSERVATION_TEXTS, KINDS[kind].delivers));
    TRY(read_id(r, "sensor", &o.sensor));
    const struct sensor *sensor = find_declared(declared, declared_count, o.sensor);
    if (sensor == NULL || sensor->kind != kind) {
        fault_at_key(r, "sensor");
        fault_expected(r->fault, "a sensor of kind \"%s\" declared by a line before this one",
                       KINDS[kind].name);
        if (sensor == NULL) {
            (void)!fault_found(r->fault, "\"%s\", not declared", o.sensor.text);
            return ERR_NOT_FOUND;
        }
        return fault_found(r->fault, "\"%s\" of kind \"%s\"", o.sensor.text,
                           KINDS[sensor->kind].name);
    }
    TRY(read_time(r, &o.validity));
    o.receipt = o.validity;
    TRY(read_numbers(r, KINDS[kind].delivers, &o));
    TRY(check_observation(r, sensor, &o));
    memset(out, 0, sizeof *out);
    out->type = OBSERVATION_LINE_OBSERVATION;
    out->observation = o;
    return OK;
}

static result read_object(struct reading *r, const struct sensor *declared, uint32_t declared_count,
                          struct observation_line *out)
{
    static const char EXPECTED[] = "\"sensor\", \"radar\", \"infrared\" or \"track\"";
    if (!json_is_object(r->object)) {
        fault_at(r->fault, 0, "line");
        fault_expected(r->fault, "one JSON object");
        return found_value(r, r->object);
    }
    const char *type = "";
    TRY(read_text(r, "type", EXPECTED, &type));
    if (strcmp(type, "sensor") == 0) {
        return read_sensor(r, declared, declared_count, out);
    }
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (strcmp(type, KINDS[kind].type) == 0) {
            return read_observation(r, (enum sensor_kind)kind, declared, declared_count, out);
        }
    }
    fault_at_key(r, "type");
    fault_expected(r->fault, "%s", EXPECTED);
    return fault_found(r->fault, "\"%.60s\"", type);
}

/* What an input says must not steer the terminal on which the message is shown. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) {
            *text = '?';
        }
    }
}

static result refuse_json(const json_error_t *error, struct fault *fault)
{
    const enum json_error_code code = json_error_code(error);
    ENSURE(code != json_error_out_of_memory, ERR_FULL);
    const size_t offset = error->position > 0 ? (size_t)error->position : 0;
    fault_at(fault, offset, "JSON");
    fault_expected(fault, "%s",
                   code == json_error_duplicate_key ? "every key once"
                                                    : "one whole JSON object (RFC 8259)");
    (void)!fault_found(fault, "%s", error->text);
    make_printable(fault->found);
    return ERR_FORMAT;
}

result observation_line_read(struct bytes line, const struct sensor *declared,
                             uint32_t declared_count, struct observation_line *out,
                             struct fault *fault)
{
    if (line.size > OBSERVATION_LINE_BYTES_MAX) {
        fault_at(fault, OBSERVATION_LINE_BYTES_MAX, "line");
        fault_expected(fault, "at most %d bytes", OBSERVATION_LINE_BYTES_MAX);
        return fault_found(fault, "%zu", line.size);
    }
    json_error_t error;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
    json_t *object = json_loadb((const char *)line.data, line.size, flags, &error);
    if (object == NULL) {
        return refuse_json(&error, fault);
    }
    struct reading r = {line, object, fault};
    const result read = read_object(&r, declared, declared_count, out);
    json_decref(object);
    if (read != OK) {
        make_printable(fault->where);
        make_printable(fault->found);
    }
    return read;
}

/* Appends the keys in the order of the table; what is optional and 0 is left out. */
static result put_numbers(json_t *object, const struct number_key *keys, const void *from)
{
    for (; keys->name != NULL; keys++) {
        double numbers[ELEMENTS_MAX];
        memcpy(numbers, (const uint8_t *)from + keys->offset, keys->count * sizeof numbers[0]);
        if (keys->optional && numbers[0] == 0.0) {
            continue;
        }
        json_t *array = keys->count > 1 ? json_array() : NULL;
        json_t *number = NULL;
        for (size_t i = 0; i < keys->count; i++) {
            number = json_real(numbers[i] / keys->scale);
            if (!is_number_within(number, keys)) {
                json_decref(number);
                json_decref(array);
                return ERR_RANGE;
            }
            (void)(array == NULL ? 0 : json_array_append_new(array, number));
        }
        (void)json_object_set_new(object, keys->name, array == NULL ? number : array);
    }
    return OK;
}

/* Takes the object, into which the numbers went as `put` says. */
static result dump(json_t *object, result put, size_t key_count,
                   char out[OBSERVATION_LINE_TEXT_SIZE])
{
    char text[OBSERVATION_LINE_TEXT_SIZE];
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(DIGITS);
    const bool is_whole = json_object_size(object) >= key_count;
    const size_t size = is_whole ? json_dumpb(object, text, sizeof text, flags) : 0;
    json_decref(object);
    TRY(put);
    ENSURE(size > 0 && size < sizeof text, ERR_FULL);
    memcpy(out, text, size);
    out[size] = '\0';
    return OK;
}

static size_t count_required(const struct number_key *keys)
{
    size_t count = 0;
    for (; keys->name != NULL; keys++) {
        count += keys->optional ? 0 : 1;
    }
    return count;
}

result observation_line_write_sensor(const struct sensor *sensor,
                                     char out[OBSERVATION_LINE_TEXT_SIZE])
{
    TRY(sensor_check(sensor));
    const struct kind *kind = &KINDS[sensor->kind];
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "type", "sensor", "id", sensor->id.text, "kind", kind->name);
    const result put = put_numbers(object, kind->declares, sensor);
    return dump(object, put, 3 + count_required(kind->declares), out);
}

/* Azimuths of a line are never negative; an elevation and a range rate of 0 are one. */
static result put_observation(json_t *object, const struct observation *observation)
{
    struct observation o = *observation;
    if (o.kind == SENSOR_RADAR) {
        o.radar.polar.azimuth_rad += o.radar.polar.azimuth_rad < 0.0 ? 2.0 * PI : 0.0;
        o.radar.polar.elevation_rad = 0.0;
        o.radar.range_rate_mps = 0.0;
    }
    TRY(put_numbers(object, KINDS[o.kind].delivers, &o));
    const struct radar_plot *plot = &observation->radar;
    if (o.kind == SENSOR_RADAR && !plot->without_elevation) {
        const double el_deg = plot->polar.elevation_rad / RAD_PER_DEG;
        (void)json_object_set_new(object, "el_deg", json_real(el_deg));
    }
    if (o.kind == SENSOR_RADAR && plot->has_range_rate) {
        (void)json_object_set_new(object, "range_rate_mps", json_real(plot->range_rate_mps));
    }
    return OK;
}

result observation_line_write(const struct observation *observation,
                              char out[OBSERVATION_LINE_TEXT_SIZE])
{
    TRY(observation_check(observation));
    const struct kind *kind = &KINDS[observation->kind];
    char time[UTC_TEXT_SIZE];
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "type", kind->type, "sensor", observation->sensor.text, "time",
                  utc_format(observation->validity, 9, time));
    const result put = put_observation(object, observation);
    return dump(object, put, 3 + count_required(kind->delivers), out);
}
