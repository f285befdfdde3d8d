#include "console/view_json.h"

#include <assert.h>

#include "base/elementary.h"
#include "console/json_writer.h"

#define SIGMAS_95 1.959963984540054 /* two-sided 95 % of a normal distribution */
#define KM_PER_M 1e-3
#define ELLIPSOID_A_M 6378137.0
#define ELLIPSOID_F (1.0 / 298.257223563)

/* What every function below needs at hand. */
struct page {
    struct json_writer json;
    const struct view *view;
    const struct console_context *context;
    const struct console_places *places;
};

/* Geodetic position for display, by one step of Bowring's iteration: below 2000 km of height its
 * error is under a millimetre. The exact one belongs to geo, which the console may not import.
 * Source: Bowring (1976), Survey Review 23, 323-327. */
static struct geo_geodetic geodetic_of(struct geo_ecef p)
{
    const double e2 = ELLIPSOID_F * (2.0 - ELLIPSOID_F);
    const double b_m = ELLIPSOID_A_M * (1.0 - ELLIPSOID_F);
    const double across_m = sqrt(p.x_m * p.x_m + p.y_m * p.y_m);
    const double beta = elementary_atan2(p.z_m * ELLIPSOID_A_M, across_m * b_m);
    const double s = elementary_sin(beta);
    const double c = elementary_cos(beta);
    const double lat = elementary_atan2(p.z_m + e2 / (1.0 - e2) * b_m * s * s * s,
                                        across_m - e2 * ELLIPSOID_A_M * c * c * c);
    const double sin_lat = elementary_sin(lat);
    const double w = sqrt(1.0 - e2 * sin_lat * sin_lat);
    const double height_m = across_m * elementary_cos(lat) + p.z_m * sin_lat - ELLIPSOID_A_M * w;
    return (struct geo_geodetic){lat, elementary_atan2(p.y_m, p.x_m), height_m};
}

static void put_nation(struct json_writer *w, const char *key, struct nation_id nation)
{
    if (nation_id_is_set(nation)) {
        json_writer_text(w, key, nation.code);
    } else {
        json_writer_null(w, key);
    }
}

static void put_age(struct page *p, const char *key, struct instant then)
{
    if (instant_is_set(then)) {
        json_writer_number(&p->json, key, instant_since_s(p->view->now, then), 1);
    } else {
        json_writer_null(&p->json, key);
    }
}

static void put_degrees(struct json_writer *w, struct geo_geodetic point)
{
    json_writer_number(w, "lat_deg", point.lat_rad * DEG_PER_RAD, 4);
    json_writer_number(w, "lon_deg", point.lon_rad * DEG_PER_RAD, 4);
}

/* The names of a province: English, and those of other languages; null if it is not known. */
static void put_names(struct page *p, int32_t province)
{
    static const char *const KEYS[LANGUAGE_COUNT] = {"name", "name_ja", "name_ko"};
    struct console_area area = {.nation = {""}};
    const bool known =
        p->places->province != NULL && p->places->province(p->places->data, province, &area);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        if (known) {
            json_writer_text(&p->json, KEYS[i], area.names[i]);
        } else {
            json_writer_null(&p->json, KEYS[i]);
        }
    }
    put_nation(&p->json, "nation", area.nation);
}

/* Where a point is: in English words, and for other languages as distance and azimuth from the
 * nearest province. */
static void put_place(struct page *p, struct geo_geodetic point)
{
    struct json_writer *w = &p->json;
    char text[CONSOLE_PLACE_SIZE] = "";
    if (p->places->describe != NULL) {
        p->places->describe(p->places->data, point, text, sizeof text);
        text[sizeof text - 1] = '\0';
    }
    if (text[0] != '\0') {
        json_writer_text(w, "place", text);
    } else {
        json_writer_null(w, "place");
    }
    struct console_near near;
    if (p->places->nearest == NULL || !p->places->nearest(p->places->data, point, &near)) {
        json_writer_null(w, "near");
        return;
    }
    json_writer_object(w, "near");
    put_names(p, near.province);
    json_writer_number(w, "distance_km", near.distance_m * KM_PER_M, 0);
    json_writer_number(w, "azimuth_deg", near.azimuth_rad * DEG_PER_RAD, 0);
    json_writer_close(w);
}

static void put_ellipse(struct json_writer *w, const struct geo_ellipse *e)
{
    json_writer_object(w, "ellipse_95");
    json_writer_number(w, "semi_major_km", e->semi_major_m * KM_PER_M, 2);
    json_writer_number(w, "semi_minor_km", e->semi_minor_m * KM_PER_M, 2);
    json_writer_number(w, "azimuth_deg", e->azimuth_rad * DEG_PER_RAD, 1);
    json_writer_close(w);
}

static void put_launch(struct page *p, const struct launch_estimate *launch,
                       const struct geo_ellipse *ellipse)
{
    struct json_writer *w = &p->json;
    if (!launch->determined) {
        json_writer_null(w, "launch");
        json_writer_text(w, "launch_why", "not determined from what was seen");
        return;
    }
    json_writer_object(w, "launch");
    json_writer_time(w, "time", launch->time);
    json_writer_number(w, "time_95_s", SIGMAS_95 * launch->time_sigma_s, 1);
    put_degrees(w, launch->point);
    if (ellipse != NULL) {
        put_place(p, launch->point);
        put_ellipse(w, ellipse);
    }
    json_writer_close(w);
}

static void put_impact_members(struct page *p, const struct impact_estimate *impact,
                               bool with_place)
{
    struct json_writer *w = &p->json;
    json_writer_time(w, "time", impact->time);
    json_writer_number(w, "time_95_s", impact->time_95_s, 1);
    put_degrees(w, impact->point);
    if (with_place) {
        put_place(p, impact->point);
    }
    put_ellipse(w, &impact->ellipse_95);
}

static void put_impact(struct page *p, const struct impact_estimate *impact, bool with_place)
{
    struct json_writer *w = &p->json;
    if (impact->why != WHY_NONE) {
        json_writer_null(w, "impact");
        json_writer_text(w, "impact_why", undetermined_reason_text(impact->why));
        return;
    }
    json_writer_object(w, "impact");
    put_impact_members(p, impact, with_place);
    json_writer_close(w);
}

/* While it boosts; null otherwise, and where it is undetermined, then with the reason. */
static void put_early(struct page *p, const char *key, const char *why_key,
                      const struct impact_estimate *e)
{
    struct json_writer *w = &p->json;
    if (e->why != WHY_NONE) {
        json_writer_null(w, key);
        json_writer_text(w, why_key, undetermined_reason_text(e->why));
        return;
    }
    json_writer_object(w, key);
    json_writer_text(w, "assumption", impact_assumption_text(e->assumption));
    put_impact_members(p, e, true);
    json_writer_close(w);
}

static void put_look_ahead(struct page *p, const struct assessment *a)
{
    if (!assessment_looks_ahead(a)) {
        return;
    }
    put_early(p, "ends_now", "ends_now_why", &a->if_thrust_ends_now);
    put_early(p, "goes_on", "goes_on_why", &a->early.impact);
    json_writer_number(&p->json, "stays_up", a->early.stays_up, 3);
}

static void put_falls(struct page *p, const struct assessment *a)
{
    assert(a->fall_count <= ASSESSMENT_FALLS_MAX);
    json_writer_array(&p->json, "falls");
    for (uint32_t i = 0; i < a->fall_count; i++) {
        json_writer_object(&p->json, NULL);
        put_impact_members(p, &a->falls[i].impact, false);
        json_writer_close(&p->json);
    }
    json_writer_close(&p->json);
}

static void put_position(struct json_writer *w, const struct track *t)
{
    const struct geo_geodetic at = geodetic_of(t->position);
    put_degrees(w, at);
    json_writer_number(w, "height_km", at.height_m * KM_PER_M, 2);
    json_writer_array(w, "position_km");
    json_writer_number(w, NULL, t->position.x_m * KM_PER_M, 3);
    json_writer_number(w, NULL, t->position.y_m * KM_PER_M, 3);
    json_writer_number(w, NULL, t->position.z_m * KM_PER_M, 3);
    json_writer_close(w);
    json_writer_array(w, "velocity_kmps");
    json_writer_number(w, NULL, t->velocity.x_mps * KM_PER_M, 5);
    json_writer_number(w, NULL, t->velocity.y_mps * KM_PER_M, 5);
    json_writer_number(w, NULL, t->velocity.z_mps * KM_PER_M, 5);
    json_writer_close(w);
    const double variance_m2 = t->covariance[0] + t->covariance[7] + t->covariance[14];
    json_writer_number(w, "sigma_km", variance_m2 >= 0.0 ? sqrt(variance_m2) * KM_PER_M : NAN, 3);
}

static void put_track_members(struct page *p, const struct track *t)
{
    struct json_writer *w = &p->json;
    json_writer_id(w, "id", t->id.value);
    json_writer_text(w, "status", track_status_text(t->status));
    json_writer_text(w, "phase", track_phase_text(t->phase));
    json_writer_number(w, "phase_probability", t->phase_probability, 3);
    json_writer_time(w, "time", t->time);
    put_age(p, "age_s", t->time);
    json_writer_time(w, "first_detection", t->first_detection);
    json_writer_time(w, "last_measurement", t->last_measurement);
    put_age(p, "measured_s_ago", t->last_measurement);
    json_writer_time(w, "end_of_thrust", t->end_of_thrust);
    json_writer_count(w, "measurements", t->measurement_count);
    json_writer_bool(w, "unresolved", t->unresolved);
    put_position(w, t);
}

static void put_track(struct page *p, const char *key, const struct track *t)
{
    json_writer_object(&p->json, key);
    put_track_members(p, t);
    json_writer_close(&p->json);
}

static void put_areas(struct page *p, const char *key, const struct warning_area *areas,
                      uint32_t count)
{
    assert(count <= WARNING_AREAS_MAX);
    struct json_writer *w = &p->json;
    json_writer_array(w, key);
    for (uint32_t i = 0; i < count; i++) {
        json_writer_object(w, NULL);
        put_names(p, areas[i].province);
        json_writer_number(w, "impact_probability", areas[i].impact_probability, 4);
        json_writer_time(w, "overflight", areas[i].overflight);
        if (instant_is_set(areas[i].overflight)) {
            json_writer_number(w, "height_km", areas[i].overflight_height_m * KM_PER_M, 1);
        }
        json_writer_close(w);
    }
    json_writer_close(w);
}

static void put_warning(struct page *p, const struct view_event *e)
{
    const struct warning *warning = &e->warning;
    struct json_writer *w = &p->json;
    json_writer_object(w, "warning");
    json_writer_text(w, "state", warning_state_text(warning->state));
    json_writer_bool(w, "in_force", warning_in_force(warning->state));
    json_writer_count(w, "serial", warning->serial);
    json_writer_time(w, "time", warning->time);
    json_writer_time(w, "began", e->warned_since);
    json_writer_time(w, "expires", warning->expires);
    json_writer_time(w, "impact", warning->impact);
    put_areas(p, "areas", warning->areas, warning->area_count);
    json_writer_close(w);
}

static void put_solutions(struct page *p, const struct view_event *e)
{
    assert(e->solution_count <= LIMIT_NATIONS);
    struct json_writer *w = &p->json;
    json_writer_array(w, "solutions");
    for (uint32_t i = 0; i < e->solution_count; i++) {
        const struct view_solution *s = &e->solutions[i];
        json_writer_object(w, NULL);
        put_nation(w, "nation", s->nation);
        put_nation(w, "via", s->via);
        json_writer_time(w, "received", s->received);
        json_writer_bool(w, "contributes", s->contributes);
        put_track(p, "track", &s->track);
        put_launch(p, &s->track.launch, NULL);
        put_impact(p, &s->impact, false);
        json_writer_close(w);
    }
    json_writer_close(w);
}

static void put_class(struct json_writer *w, const struct assessment *a)
{
    const enum missile_class value = assessment_class(a);
    json_writer_object(w, "class");
    json_writer_text(w, "name", missile_class_text(value));
    json_writer_number(w, "probability", a->class_probability[value], 3);
    json_writer_close(w);
}

/* The common solution, or nulls with the reason. */
static void put_common(struct page *p, const struct view_event *e)
{
    struct json_writer *w = &p->json;
    const struct assessment *a = &e->assessment;
    if (!e->has_common) {
        const char *why = undetermined_reason_text(WHY_NO_TRACK);
        static const char *const MEMBERS[][2] = {
            {"track", "track_why"}, {"launch", "launch_why"}, {"impact", "impact_why"}};
        for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
            json_writer_null(w, MEMBERS[i][0]);
            json_writer_text(w, MEMBERS[i][1], why);
        }
        json_writer_null(w, "class");
        json_writer_null(w, "apogee_km");
        json_writer_null(w, "range_km");
        return;
    }
    put_track(p, "track", &e->common);
    put_launch(p, &a->launch, &a->launch_ellipse_95);
    put_impact(p, &a->impact, true);
    put_look_ahead(p, a);
    put_falls(p, a);
    if (a->below_coverage) {
        json_writer_text(w, "coverage", assessment_coverage_text(a));
    }
    put_class(w, a);
    json_writer_number(w, "apogee_km", a->apogee_m > 0.0 ? a->apogee_m * KM_PER_M : NAN, 1);
    json_writer_number(w, "range_km", a->range_m > 0.0 ? a->range_m * KM_PER_M : NAN, 1);
}

/* What officers made of it; texts are empty and lists short where they have not. */
static void put_judgement(struct json_writer *w, const struct view_event *e)
{
    json_writer_bool(w, "withdrawn", e->withdrawn);
    json_writer_bool(w, "by_order", e->by_order);
    json_writer_text(w, "same_as", e->same_as.text);
    json_writer_bool(w, "known_space", e->known_space);
    json_writer_bool(w, "recalled", e->recalled);
    json_writer_array(w, "approved_by");
    for (uint32_t i = 0; i < e->approval_count; i++) {
        json_writer_text(w, NULL, e->approved_by[i].text);
    }
    json_writer_close(w);
    json_writer_time(w, "acknowledged", e->acknowledged);
    json_writer_text(w, "acknowledged_by", e->acknowledged_by.text);
    json_writer_array(w, "held");
    for (uint32_t i = 0; i < e->held_count; i++) {
        json_writer_text(w, NULL, e->held[i].code);
    }
    json_writer_close(w);
}

/* The launch window that it is in; null for most. */
static void put_announced(struct page *p, const struct view_event *e)
{
    const struct console_places *places = p->places;
    const char *name = places->announced != NULL && e->has_common
                           ? places->announced(places->windows, &e->assessment.launch)
                           : NULL;
    if (name != NULL) {
        json_writer_text(&p->json, "announced", name);
    } else {
        json_writer_null(&p->json, "announced");
    }
}

static void put_outlet(struct json_writer *w, const struct console_outlet *o)
{
    json_writer_object(w, NULL);
    json_writer_text(w, "name", o->name);
    json_writer_count(w, "needs", o->needs);
    json_writer_bool(w, "ordered", o->ordered);
    json_writer_time(w, "taken", o->done);
    json_writer_count(w, "tries", o->tries);
    json_writer_text(w, "receipt", o->receipt);
    json_writer_close(w);
}

/* How its warning went out; null where nothing was to go out. */
static void put_told(struct page *p, struct event_id event)
{
    const struct console_context *c = p->context;
    struct json_writer *w = &p->json;
    uint32_t i = c->told_count;
    assert(i <= CONSOLE_TOLD_MAX);
    while (i > 0 && c->told[i - 1].event.value != event.value) {
        i--;
    }
    if (i == 0) {
        json_writer_null(w, "told");
        return;
    }
    const struct console_told *told = &c->told[i - 1];
    json_writer_object(w, "told");
    json_writer_text(w, "state", warning_state_text(told->state));
    json_writer_time(w, "time", told->time);
    json_writer_count(w, "agreed", told->agreed);
    json_writer_array(w, "outlets");
    for (uint32_t k = 0; k < told->outlet_count; k++) {
        put_outlet(w, &told->outlets[k]);
    }
    json_writer_close(w);
    json_writer_close(w);
}

static void put_event(struct page *p, const struct view_event *e)
{
    struct json_writer *w = &p->json;
    json_writer_object(w, NULL);
    json_writer_id(w, "id", e->id.value);
    json_writer_text(w, "name", e->name.text);
    json_writer_time(w, "noticed", e->noticed);
    put_nation(w, "noticed_from", e->noticed_from);
    json_writer_bool(w, "over", e->over);
    put_judgement(w, e);
    put_announced(p, e);
    put_common(p, e);
    put_warning(p, e);
    put_told(p, e->id);
    put_areas(p, "overflights", e->overflights, e->overflight_count);
    put_solutions(p, e);
    json_writer_close(w);
}

static void put_links(struct page *p)
{
    const struct view *v = p->view;
    struct json_writer *w = &p->json;
    assert(v->link_count <= LIMIT_PARTNERS);
    json_writer_array(w, "links");
    for (uint32_t i = 0; i < v->link_count; i++) {
        const struct view_link *l = &v->links[i];
        json_writer_object(w, NULL);
        put_nation(w, "partner", l->partner);
        json_writer_bool(w, "up", l->up);
        json_writer_bool(w, "apart", l->apart);
        json_writer_bool(w, "held", l->held);
        put_nation(w, "via", l->via);
        json_writer_count(w, "relayed", l->relayed);
        json_writer_time(w, "last_heard", l->last_heard);
        put_age(p, "silent_s", l->last_heard);
        json_writer_count(w, "sent", l->sent);
        json_writer_count(w, "acknowledged", l->acknowledged);
        json_writer_count(w, "received", l->received);
        json_writer_count(w, "missing", l->missing);
        json_writer_count(w, "refused", l->refused);
        json_writer_close(w);
    }
    json_writer_close(w);
}

static void put_sensors(struct page *p)
{
    const struct view *v = p->view;
    struct json_writer *w = &p->json;
    assert(v->sensor_count <= LIMIT_SENSORS);
    json_writer_array(w, "sensors");
    for (uint32_t i = 0; i < v->sensor_count; i++) {
        json_writer_object(w, NULL);
        json_writer_text(w, "id", v->sensors[i].id.text);
        json_writer_time(w, "last_seen", v->sensors[i].last_seen);
        put_age(p, "silent_s", v->sensors[i].last_seen);
        json_writer_count(w, "observations", v->sensors[i].observations);
        const struct sensor_health *h = &v->sensors[i].health;
        json_writer_text(w, "error", sensor_error_text(h->error));
        json_writer_number(w, "error_value", h->value, 7);
        json_writer_number(w, "error_sigma", h->sigma, 7);
        json_writer_count(w, "rejected", v->sensors[i].rejected);
        json_writer_text(w, "rejected_last", observation_fault_text(v->sensors[i].rejected_last));
        json_writer_close(w);
    }
    json_writer_close(w);
}

static void put_counts(struct json_writer *w, const struct view *v)
{
    json_writer_object(w, "observations");
    json_writer_count(w, "used", v->observations_used);
    json_writer_count(w, "rejected", v->observations_rejected);
    json_writer_count(w, "unassociated", v->observations_unassociated);
    json_writer_close(w);
    json_writer_object(w, "records");
    json_writer_count(w, "released", v->records_released);
    json_writer_count(w, "withheld", v->records_withheld);
    json_writer_count(w, "refused", v->records_refused);
    json_writer_object(w, "relayed");
    json_writer_count(w, "passed_on", v->relays_passed);
    json_writer_count(w, "not_passed_on", v->relays_withheld);
    json_writer_count(w, "taken", v->relays_taken);
    json_writer_count(w, "not_taken", v->relays_refused);
    json_writer_close(w);
    json_writer_close(w);
}

static void put_context(struct json_writer *w, const struct console_context *context)
{
    json_writer_object(w, "clock");
    json_writer_text(w, "title", context->title);
    json_writer_text(w, "note", context->note);
    json_writer_time(w, "start", context->start);
    json_writer_number(w, "speed", context->speed, 3);
    json_writer_bool(w, "finished", context->finished);
    json_writer_text(w, "suspended", context->suspended);
    json_writer_close(w);
}

void view_json_health(struct json_writer *w, const struct console_context *context,
                      struct instant now)
{
    assert(context->health_count <= CONSOLE_HEALTH_MAX);
    json_writer_array(w, "health");
    for (uint32_t i = 0; i < context->health_count; i++) {
        const struct console_health *h = &context->health[i];
        json_writer_object(w, NULL);
        json_writer_bool(w, "alarm", h->is_alarm);
        json_writer_text(w, "what", h->what);
        json_writer_text(w, "todo", h->todo);
        json_writer_time(w, "since", h->from);
        json_writer_number(w, "age_s", instant_since_s(now, h->from), 0);
        json_writer_close(w);
    }
    json_writer_close(w);
    json_writer_count(w, "health_more", context->health_more);
}

result view_json_orders(const struct view *view, char *out, size_t capacity, size_t *size)
{
    struct json_writer json;
    struct json_writer *w = &json;
    json_writer_start(w, out, capacity);
    json_writer_object(w, NULL);
    json_writer_time(w, "now", view->now);
    json_writer_array(w, "orders");
    for (uint32_t i = 0; i < view->order_count; i++) {
        const struct view_order *o = &view->orders[i];
        json_writer_object(w, NULL);
        json_writer_time(w, "time", o->time);
        json_writer_text(w, "order", order_text(o->order.kind));
        json_writer_text(w, "by", o->order.actor.text);
        json_writer_id(w, "event", o->order.event.value);
        json_writer_text(w, "name", o->name.text);
        json_writer_text(w, "into", o->into.text);
        put_nation(w, "nation", o->order.nation);
        json_writer_text(w, "reason", o->order.reason);
        json_writer_close(w);
    }
    json_writer_close(w);
    json_writer_close(w);
    return json_writer_finish(w, size);
}

result view_json_write(const struct view *view, const struct console_context *context,
                       const struct console_places *places, uint64_t sequence, char *out,
                       size_t capacity, size_t *size)
{
    assert(view->event_count <= LIMIT_EVENTS);
    assert(view->track_count <= LIMIT_TRACKS);
    struct page p = {.view = view, .context = context, .places = places};
    struct json_writer *w = &p.json;
    json_writer_start(w, out, capacity);
    json_writer_object(w, NULL);
    json_writer_count(w, "sequence", sequence);
    put_nation(w, "nation", view->nation);
    json_writer_text(w, "domain", domain_text(view->domain));
    json_writer_time(w, "now", view->now);
    json_writer_bool(w, "journalled", view->journalled);
    put_context(w, context);
    view_json_health(w, context, view->now);
    json_writer_array(w, "events");
    for (uint32_t i = 0; i < view->event_count; i++) {
        put_event(&p, &view->events[i]);
    }
    json_writer_close(w);
    json_writer_array(w, "tracks");
    for (uint32_t i = 0; i < view->track_count; i++) {
        json_writer_object(w, NULL);
        put_track_members(&p, &view->tracks[i]);
        json_writer_text(w, "class", missile_class_text(view->track_classes[i]));
        json_writer_close(w);
    }
    json_writer_close(w);
    put_links(&p);
    put_sensors(&p);
    put_counts(w, view);
    json_writer_close(w);
    return json_writer_finish(w, size);
}
