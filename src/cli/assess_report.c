#include "cli/assess_report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "cli/json_out.h"
#include "warn/gazetteer.h"

#define DIGITS 10
#define PLACE_SIZE 128
#define WHY_SIZE 200

static json_t *json_time(struct instant t)
{
    char text[UTC_TEXT_SIZE];
    return instant_is_set(t) ? json_string(utc_format(t, 3, text)) : json_null();
}

static json_t *json_ellipse(const struct geo_ellipse *e)
{
    return json_pack("{s:f, s:f, s:f}", "semi_major_km", e->semi_major_m / 1e3, "semi_minor_km",
                     e->semi_minor_m / 1e3, "azimuth_deg", e->azimuth_rad * DEG_PER_RAD);
}

static json_t *json_launch(const struct assessment *a)
{
    if (!a->launch.determined) {
        return json_null();
    }
    return json_pack("{s:o, s:f, s:f, s:o}", "time", json_time(a->launch.time), "lat_deg",
                     a->launch.point.lat_rad * DEG_PER_RAD, "lon_deg",
                     a->launch.point.lon_rad * DEG_PER_RAD, "ellipse_95",
                     json_ellipse(&a->launch_ellipse_95));
}

static json_t *json_impact(const struct impact_estimate *i)
{
    if (i->why != WHY_NONE) {
        return json_null();
    }
    return json_pack("{s:o, s:f, s:f, s:f, s:o, s:s}", "time", json_time(i->time), "time_95_s",
                     i->time_95_s, "lat_deg", i->point.lat_rad * DEG_PER_RAD, "lon_deg",
                     i->point.lon_rad * DEG_PER_RAD, "ellipse_95", json_ellipse(&i->ellipse_95),
                     "assumption", impact_assumption_text(i->assumption));
}

/* As an impact; where it is undetermined the assumption, and why. */
static json_t *json_early(const struct impact_estimate *i)
{
    if (i->why == WHY_NONE) {
        return json_impact(i);
    }
    return json_pack("{s:s, s:s}", "assumption", impact_assumption_text(i->assumption), "why",
                     undetermined_reason_text(i->why));
}

/* While it boosts. */
static void add_early(json_t *object, const struct assessment *a)
{
    if (!assessment_looks_ahead(a)) {
        return;
    }
    json_t *goes_on = json_early(&a->early.impact);
    (void)json_object_set_new(goes_on, "stays_up", json_real(a->early.stays_up));
    (void)json_object_set_new(object, "if_thrust_ends_now", json_early(&a->if_thrust_ends_now));
    (void)json_object_set_new(object, "if_thrust_goes_on", goes_on);
}

/* Why launch or impact is null; false if neither is. */
static bool say_why(const struct assessment *a, char out[WHY_SIZE])
{
    const char *impact = a->impact.why != WHY_NONE ? undetermined_reason_text(a->impact.why) : NULL;
    const char *launch = !a->launch.determined ? undetermined_reason_text(WHY_NO_BOOST_SEEN) : NULL;
    (void)snprintf(out, WHY_SIZE, "%s%s%s%s%s", launch != NULL ? "launch: " : "",
                   launch != NULL ? launch : "", launch != NULL && impact != NULL ? "; " : "",
                   impact != NULL ? "impact: " : "", impact != NULL ? impact : "");
    return launch != NULL || impact != NULL;
}

static const char *place_of(const struct warning_area *area, char out[PLACE_SIZE])
{
    const int32_t p = area->province;
    if (gazetteer_is_whole_country(p)) {
        (void)snprintf(out, PLACE_SIZE, "%s", gazetteer_name(p));
    } else {
        (void)snprintf(out, PLACE_SIZE, "%s, %s", gazetteer_name(p), gazetteer_country_name(p));
    }
    return out;
}

static json_t *json_overflight(const struct view_event *e)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < e->overflight_count; i++) {
        const struct warning_area *area = &e->overflights[i];
        char place[PLACE_SIZE];
        if (instant_is_set(area->overflight)) {
            (void)json_array_append_new(list,
                                        json_pack("{s:s, s:o, s:f}", "place", place_of(area, place),
                                                  "time", json_time(area->overflight),
                                                  "altitude_km", area->overflight_height_m / 1e3));
        }
    }
    return list;
}

/* "spent stage 1" and so on. */
static const char *fall_name(uint32_t index, char out[PLACE_SIZE])
{
    (void)snprintf(out, PLACE_SIZE, "spent stage %" PRIu32, index + 1);
    return out;
}

static json_t *json_falls(const struct assessment *a)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->fall_count; i++) {
        char name[PLACE_SIZE];
        json_t *fall = json_impact(&a->falls[i].impact);
        (void)json_object_set_new(fall, "object", json_string(fall_name(i, name)));
        (void)json_array_append_new(list, fall);
    }
    return list;
}

static json_t *json_classes(const struct assessment *a)
{
    json_t *classes = json_object();
    for (int i = 0; i < CLASS_COUNT; i++) {
        (void)json_object_set_new(classes, missile_class_text((enum missile_class)i),
                                  json_real(a->class_probability[i]));
    }
    return classes;
}

static json_t *json_track(const struct track *t)
{
    char id[24];
    double lower[21];
    (void)snprintf(id, sizeof id, "%" PRIu64, t->id.value);
    track_covariance_pack(t->covariance, lower);
    json_t *covariance = json_array();
    for (int i = 0; i < 21; i++) {
        (void)json_array_append_new(covariance, json_real(lower[i]));
    }
    return json_pack("{s:s, s:o, s:[fff], s:[fff], s:o, s:b}", "id", id, "time", json_time(t->time),
                     "position_ecef_m", t->position.x_m, t->position.y_m, t->position.z_m,
                     "velocity_ecef_mps", t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps,
                     "covariance", covariance, "unresolved", (int)t->unresolved);
}

static json_t *json_tracks(const struct view_event *e)
{
    json_t *tracks = json_array();
    for (uint32_t i = 0; i < e->solution_count; i++) {
        (void)json_array_append_new(tracks, json_track(&e->solutions[i].track));
    }
    return tracks;
}

static json_t *positive_or_null(double value_m)
{
    return value_m > 0.0 ? json_real(value_m / 1e3) : json_null();
}

static struct instant first_detection(const struct view_event *e)
{
    return e->solution_count > 0 ? e->solutions[0].track.first_detection : e->noticed;
}

static json_t *json_event(const struct view_event *e)
{
    const struct assessment *a = &e->assessment;
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:i, s:o}", "id", e->name.text,
        "first_detection", json_time(first_detection(e)), "launch", json_launch(a), "impact",
        json_impact(&a->impact), "overflight", json_overflight(e), "falls", json_falls(a),
        "apogee_km", positive_or_null(a->apogee_m), "range_km", positive_or_null(a->range_m),
        "class", json_classes(a), "phase", track_phase_text(e->common.phase), "status",
        track_status_text(e->common.status), "objects", (int)(e->solution_count + e->piece_count),
        "tracks", json_tracks(e));
    char why[WHY_SIZE];
    if (say_why(a, why)) {
        (void)json_object_set_new(object, "why", json_string(why));
    }
    add_early(object, a);
    return object;
}

result assess_report_json(const struct assess_report *report)
{
    json_t *events = json_array();
    for (uint32_t i = 0; i < report->event_count; i++) {
        (void)json_array_append_new(events, json_event(&report->events[i]));
    }
    json_t *why = json_object();
    for (int i = OBSERVATION_GOOD + 1; i < OBSERVATION_FAULTS; i++) {
        (void)json_object_set_new(why, observation_fault_text((enum observation_fault)i),
                                  json_integer((json_int_t)report->rejected_why[i]));
    }
    json_t *object =
        json_pack("{s:o, s:{s:I, s:I, s:I, s:o}}", "events", events, "observations", "used",
                  (json_int_t)report->used, "rejected", (json_int_t)report->rejected,
                  "unassociated", (json_int_t)report->unassociated, "rejected_why", why);
    const int printed = json_out(object, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS), "assess", 0);
    return printed == 0 ? OK : ERR_FULL;
}

static void print_point(const char *what, struct instant t, struct geo_geodetic p,
                        const struct geo_ellipse *e)
{
    char time[UTC_TEXT_SIZE];
    char place[GAZETTEER_PHRASE_SIZE];
    gazetteer_describe(p, place, sizeof place);
    (void)printf("  %-15s %s, %.4f, %.4f: %s\n"
                 "                  95 %%: %.1f by %.1f km, long axis %.0f deg\n",
                 what, utc_format(t, 1, time), p.lat_rad * DEG_PER_RAD, p.lon_rad * DEG_PER_RAD,
                 place, 2e-3 * e->semi_major_m, 2e-3 * e->semi_minor_m,
                 e->azimuth_rad * DEG_PER_RAD);
}

/* While it boosts: what would be if thrust ended now, and the wide area if it goes on. */
static void print_early(const struct assessment *a)
{
    if (!assessment_looks_ahead(a)) {
        return;
    }
    const struct impact_estimate *now = &a->if_thrust_ends_now;
    const struct impact_estimate *later = &a->early.impact;
    if (now->why == WHY_NONE) {
        print_point("if it ends now", now->time, now->point, &now->ellipse_95);
    } else {
        (void)printf("  %-15s %s\n", "if it ends now", undetermined_reason_text(now->why));
    }
    if (later->why == WHY_NONE) {
        print_point("if it goes on", later->time, later->point, &later->ellipse_95);
        (void)printf("                  95 %%: within %.0f s\n", later->time_95_s);
    } else {
        (void)printf("  %-15s %s\n", "if it goes on", undetermined_reason_text(later->why));
    }
    (void)printf("                  stays up: %.0f %%\n", 100.0 * a->early.stays_up);
}

static void print_class(const struct assessment *a)
{
    (void)printf("  %-15s", "class");
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (a->class_probability[i] >= 0.005) {
            (void)printf(" %s %.0f %%", missile_class_text((enum missile_class)i),
                         100.0 * a->class_probability[i]);
        }
    }
    (void)printf("\n");
}

static void print_overflight(const struct view_event *e)
{
    for (uint32_t i = 0; i < e->overflight_count; i++) {
        const struct warning_area *area = &e->overflights[i];
        char time[UTC_TEXT_SIZE];
        char place[PLACE_SIZE];
        if (instant_is_set(area->overflight)) {
            (void)printf("  %-15s %s, %s, altitude %.0f km\n", "passes over",
                         utc_format(area->overflight, 0, time), place_of(area, place),
                         area->overflight_height_m / 1e3);
        }
    }
}

static void print_event(const struct view_event *e)
{
    const struct assessment *a = &e->assessment;
    char time[UTC_TEXT_SIZE];
    (void)printf("%s  %s, %s\n  %-15s %s\n", e->name.text, track_phase_text(e->common.phase),
                 track_status_text(e->common.status), "first detection",
                 utc_format(first_detection(e), 1, time));
    if (e->common.unresolved) {
        (void)printf("  %-15s not resolved from another object\n", "group");
    }
    if (a->launch.determined) {
        print_point("launch", a->launch.time, a->launch.point, &a->launch_ellipse_95);
    } else {
        (void)printf("  %-15s undetermined: %s\n", "launch",
                     undetermined_reason_text(WHY_NO_BOOST_SEEN));
    }
    if (a->impact.why == WHY_NONE) {
        print_point("impact", a->impact.time, a->impact.point, &a->impact.ellipse_95);
        (void)printf("                  95 %%: within %.1f s\n", a->impact.time_95_s);
        if (a->below_coverage) {
            (void)printf("                  %s\n", assessment_coverage_text(a));
        }
    } else {
        (void)printf("  %-15s undetermined: %s\n", "impact",
                     undetermined_reason_text(a->impact.why));
    }
    print_early(a);
    print_overflight(e);
    for (uint32_t i = 0; i < a->fall_count; i++) {
        const struct impact_estimate *f = &a->falls[i].impact;
        char name[PLACE_SIZE];
        print_point(fall_name(i, name), f->time, f->point, &f->ellipse_95);
    }
    if (a->apogee_m > 0.0) {
        (void)printf("  %-15s %.1f km\n", "apogee", a->apogee_m / 1e3);
    }
    if (a->range_m > 0.0) {
        (void)printf("  %-15s %.1f km\n", "range", a->range_m / 1e3);
    }
    print_class(a);
}

/* What was found to be wrong with a sensor; nothing if nothing was. */
static void print_health(const struct view_sensor *sensor)
{
    const struct sensor_health *h = &sensor->health;
    const char *what = sensor_error_text(h->error);
    if (sensor->rejected > 0) {
        (void)printf("Sensor %s: %" PRIu64 " of %" PRIu64 " observations rejected (%s).\n",
                     sensor->id.text, sensor->rejected, sensor->observations,
                     observation_fault_text(sensor->rejected_last));
    }
    switch (h->error) {
    case SENSOR_ERROR_NONE:
        return;
    case SENSOR_ERROR_UNNAMED:
        (void)printf("Sensor %s is %s: range, angles or clock.\n", sensor->id.text, what);
        return;
    case SENSOR_ERROR_RANGE:
        (void)printf("Sensor %s: %s off by %+.1f m (sigma %.1f).\n", sensor->id.text, what,
                     h->value, h->sigma);
        return;
    case SENSOR_ERROR_CLOCK:
        (void)printf("Sensor %s: %s ahead by %+.1f ms (sigma %.1f).\n", sensor->id.text, what,
                     1e3 * h->value, 1e3 * h->sigma);
        return;
    case SENSOR_ERROR_AZIMUTH:
    case SENSOR_ERROR_ELEVATION:
        (void)printf("Sensor %s: %s off by %+.4f deg (sigma %.4f).\n", sensor->id.text, what,
                     DEG_PER_RAD * h->value, DEG_PER_RAD * h->sigma);
        return;
    }
}

void assess_report_print(const struct assess_report *report)
{
    for (uint32_t i = 0; i < report->event_count; i++) {
        print_event(&report->events[i]);
        (void)printf("\n");
    }
    if (report->event_count == 0) {
        (void)printf("No event: nothing here was taken for a launch.\n");
    }
    for (uint32_t i = 0; i < report->sensor_count; i++) {
        print_health(&report->sensors[i]);
    }
    (void)printf("Observations: %" PRIu64 " used, %" PRIu64 " rejected, %" PRIu64
                 " unassociated.\n",
                 report->used, report->rejected, report->unassociated);
    for (int i = OBSERVATION_GOOD + 1; i < OBSERVATION_FAULTS; i++) {
        if (report->rejected_why[i] > 0) {
            (void)printf("Rejected: %" PRIu64 " %s.\n", report->rejected_why[i],
                         observation_fault_text((enum observation_fault)i));
        }
    }
}
