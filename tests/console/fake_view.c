#include "fake_view.h"

#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"

#define EARTH_M 6371008.8
#define RANGE_M 4600000.0
#define APOGEE_M 970000.0
#define LAUNCH_LAT_DEG 40.61
#define LAUNCH_LON_DEG 126.43
#define BEARING_DEG 79.0

struct instant fake_launch(void)
{
    struct instant t = INSTANT_UNSET;
    if (utc_parse(FAKE_LAUNCH, sizeof FAKE_LAUNCH - 1, &t) != OK) {
        return INSTANT_UNSET;
    }
    return t;
}

static struct geo_geodetic along(double fraction)
{
    const double d = fraction * RANGE_M / EARTH_M;
    const double lat = LAUNCH_LAT_DEG * RAD_PER_DEG;
    const double bearing = BEARING_DEG * RAD_PER_DEG;
    const double s = elementary_sin(lat) * elementary_cos(d) +
                     elementary_cos(lat) * elementary_sin(d) * elementary_cos(bearing);
    const double lon =
        LAUNCH_LON_DEG * RAD_PER_DEG +
        elementary_atan2(elementary_sin(bearing) * elementary_sin(d) * elementary_cos(lat),
                         elementary_cos(d) - elementary_sin(lat) * s);
    return (struct geo_geodetic){elementary_asin(s), elementary_wrap_pi(lon),
                                 4.0 * APOGEE_M * fraction * (1.0 - fraction)};
}

/* WGS 84, with its flattening, so that the console's way back is tested. */
static struct geo_ecef ecef_of(struct geo_geodetic p)
{
    const double e2 = 0.00669437999014;
    const double s = elementary_sin(p.lat_rad);
    const double n = 6378137.0 / sqrt(1.0 - e2 * s * s);
    const double across = (n + p.height_m) * elementary_cos(p.lat_rad);
    return (struct geo_ecef){across * elementary_cos(p.lon_rad), across * elementary_sin(p.lon_rad),
                             (n * (1.0 - e2) + p.height_m) * s};
}

static struct track track_at(const char *owner, double t_s, double seen_s)
{
    const double fraction = t_s / FAKE_FLIGHT_S;
    const struct geo_ecef p = ecef_of(along(fraction));
    const struct geo_ecef q = ecef_of(along(fraction + 1.0 / FAKE_FLIGHT_S));
    struct track t = {
        .id = {0xfedcba9876543210},
        .status = t_s - seen_s > 10.0 ? STATUS_LOST : STATUS_FIRM,
        .phase = t_s < 150.0    ? PHASE_BOOST
                 : t_s < 1150.0 ? PHASE_COAST
                                : PHASE_REENTRY,
        .phase_probability = 0.97,
        .time = instant_plus_s(fake_launch(), t_s),
        .position = p,
        .velocity = {q.x_m - p.x_m, q.y_m - p.y_m, q.z_m - p.z_m},
        .first_detection = instant_plus_s(fake_launch(), 40.0),
        .last_measurement = instant_plus_s(fake_launch(), seen_s),
        .end_of_thrust = t_s < 150.0 ? INSTANT_UNSET : instant_plus_s(fake_launch(), 150.0),
        .measurement_count = (uint32_t)seen_s,
    };
    for (int i = 0; i < 6; i++) {
        t.covariance[7 * i] = 250.0 * 250.0 / 3.0;
    }
    memcpy(t.owner.code, owner, 4);
    t.launch.determined = t_s > 60.0;
    t.launch.time = fake_launch();
    t.launch.time_sigma_s = 1.5;
    t.launch.point = along(0.0);
    return t;
}

static struct impact_estimate impact_at(double t_s, double scale)
{
    struct impact_estimate impact = {.why = WHY_THRUSTING};
    if (t_s < 160.0) {
        return impact;
    }
    impact.why = WHY_NONE;
    impact.time = instant_plus_s(fake_launch(), FAKE_FLIGHT_S);
    impact.time_95_s = 20.0 * scale;
    impact.point = along(1.0);
    impact.point.lat_rad += (scale - 1.0) * 0.01;
    impact.ellipse_95 = (struct geo_ellipse){120000.0 * scale, 35000.0 * scale, 1.9};
    return impact;
}

static void put_event(struct view *v, double t_s)
{
    static const char *const NATIONS[] = {"JPN", "KOR", "USA"};
    static const double UNTIL_S[] = {1060.0, 420.0, 2000.0};
    struct view_event *e = &v->events[0];
    v->event_count = 1;
    e->id.value = 7;
    memcpy(e->name.text, "AMBER-1", 8);
    e->noticed = instant_plus_s(fake_launch(), 45.0);
    memcpy(e->noticed_from.code, "KOR", 4);
    e->acknowledged = INSTANT_UNSET;
    e->over = t_s >= FAKE_FLIGHT_S;
    e->has_common = true;
    e->common = track_at(v->nation.code, t_s, t_s - 0.4);
    struct assessment *a = &e->assessment;
    a->launch = e->common.launch;
    a->launch_ellipse_95 = (struct geo_ellipse){9000.0, 4000.0, 0.5};
    a->impact = impact_at(t_s, 1.0);
    a->apogee_m = t_s < 160.0 ? 0.0 : APOGEE_M;
    a->range_m = t_s < 160.0 ? 0.0 : RANGE_M;
    a->class_probability[CLASS_INTERMEDIATE_RANGE] = t_s < 160.0 ? 0.4 : 0.96;
    a->class_probability[CLASS_UNDETERMINED] = t_s < 160.0 ? 0.6 : 0.04;
    for (int i = 0; i < 3; i++) {
        struct view_solution *s = &e->solutions[i];
        const double seen_s = t_s < UNTIL_S[i] ? t_s - 0.7 : UNTIL_S[i];
        s->track = track_at(NATIONS[i], t_s, seen_s);
        s->nation = s->track.owner;
        s->received = s->track.time;
        s->contributes = s->track.status == STATUS_FIRM;
        s->impact = impact_at(t_s, 1.6 + 0.7 * i);
    }
    e->solution_count = 3;
}

static void put_warning(struct view *v, double t_s)
{
    struct view_event *e = &v->events[0];
    const struct warning_area areas[] = {{.province = 1,
                                          .impact_probability = 0.034,
                                          .overflight = instant_plus_s(fake_launch(), 330.0),
                                          .overflight_height_m = 760000.0},
                                         {.province = 2,
                                          .overflight = instant_plus_s(fake_launch(), 345.0),
                                          .overflight_height_m = 780000.0}};
    if (t_s < 160.0) {
        return;
    }
    e->overflight_count = 2;
    memcpy(e->overflights, areas, sizeof areas);
    if (strcmp(v->nation.code, "JPN") != 0) {
        e->warning.state = WARNING_NO_THREAT;
        return;
    }
    e->warning =
        (struct warning){.event = e->id,
                         .state = t_s < 200.0   ? WARNING_INITIAL
                                  : t_s < 420.0 ? WARNING_UPDATE
                                                : WARNING_ALL_CLEAR,
                         .serial = t_s < 200.0   ? 1
                                   : t_s < 420.0 ? 2
                                                 : 3,
                         .time = instant_plus_s(fake_launch(), t_s < 200.0 ? 165.0 : 200.0),
                         .expires = instant_plus_s(fake_launch(), 900.0),
                         .impact = e->assessment.impact.time,
                         .area_count = 2};
    memcpy(e->warning.areas, areas, sizeof areas);
    e->warned_since = t_s < 420.0 ? instant_plus_s(fake_launch(), 165.0) : INSTANT_UNSET;
}

static void put_around(struct view *v, double t_s)
{
    static const char *const NATIONS[] = {"JPN", "KOR", "USA"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(NATIONS[i], v->nation.code) != 0) {
            struct view_link *l = &v->links[v->link_count];
            memcpy(l->partner.code, NATIONS[i], 4);
            l->up = !(i == 1 && t_s > 500.0 && t_s < 700.0);
            l->last_heard = l->up ? v->now : instant_plus_s(fake_launch(), 500.0);
            l->sent = 200;
            l->acknowledged = 198;
            l->received = 190;
            l->missing = l->up ? 0 : 12;
            v->link_count++;
        }
    }
    for (int i = 0; i < 2; i++) {
        snprintf(v->sensors[i].id.text, sizeof v->sensors[i].id.text, "R%d", i + 1);
        v->sensors[i].last_seen = i == 0 ? v->now : INSTANT_UNSET;
        v->sensors[i].observations = 321;
    }
    v->sensor_count = 2;
    v->observations_used = 1234;
    v->observations_unassociated = 17;
    v->records_released = 321;
    v->records_withheld = 45;
    v->tracks[0] = track_at(v->nation.code, 20.0, 20.0);
    v->tracks[0].status = STATUS_TENTATIVE;
    v->track_classes[0] = CLASS_NOT_BALLISTIC;
    v->track_count = 1;
}

void fake_view(const char *nation, enum domain domain, double t_s, struct view *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->nation.code, nation, 4);
    out->domain = domain;
    out->journalled = true;
    out->now = instant_plus_s(fake_launch(), t_s);
    put_around(out, t_s);
    if (t_s >= 40.0) {
        put_event(out, t_s > FAKE_FLIGHT_S ? FAKE_FLIGHT_S : t_s);
        put_warning(out, t_s);
    }
}

void fake_view_fullest(struct view *out)
{
    fake_view("JPN", DOMAIN_EXERCISE, 300.0, out);
    struct view_event *e = &out->events[0];
    memset(e->name.text, 'W', sizeof e->name.text - 1);
    for (uint32_t i = 0; i < WARNING_AREAS_MAX; i++) {
        e->warning.areas[i] = e->warning.areas[0];
        e->overflights[i] = e->overflights[0];
    }
    e->warning.area_count = WARNING_AREAS_MAX;
    e->overflight_count = WARNING_AREAS_MAX;
    for (uint32_t i = 0; i < LIMIT_NATIONS; i++) {
        e->solutions[i] = e->solutions[0];
        e->solutions[i].track.id.value = UINT64_MAX - i;
    }
    e->solution_count = LIMIT_NATIONS;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        out->events[i] = *e;
        out->events[i].id.value = UINT64_MAX - i;
    }
    out->event_count = LIMIT_EVENTS;
    for (uint32_t i = 0; i < LIMIT_TRACKS; i++) {
        out->tracks[i] = e->common;
        out->track_classes[i] = CLASS_NOT_BALLISTIC;
    }
    out->track_count = LIMIT_TRACKS;
    for (uint32_t i = 0; i < LIMIT_PARTNERS; i++) {
        out->links[i] = out->links[0];
    }
    out->link_count = LIMIT_PARTNERS;
    for (uint32_t i = 0; i < LIMIT_SENSORS; i++) {
        out->sensors[i] = out->sensors[0];
    }
    out->sensor_count = LIMIT_SENSORS;
}

void fake_context(double t_s, struct console_context *out)
{
    *out = (struct console_context){.start = fake_launch(), .speed = 10.0};
    snprintf(out->title, sizeof out->title, "Missile over Japan, 2022-10-04");
    snprintf(out->note, sizeof out->note, "10 times real time");
    out->finished = t_s > FAKE_FLIGHT_S;
    out->health_count = 1;
    out->health_more = 2;
    out->health[0] = (struct console_health){.is_alarm = true,
                                             .from = instant_plus_s(fake_launch(), 100.0),
                                             .what = "JPN has shown two histories of its log",
                                             .todo = "keep a copy of this journal"};
}

static bool province(const void *data, int32_t index, struct console_area *out)
{
    (void)data;
    if (index != 1 && index != 2) {
        return false;
    }
    *out = index == 1 ? (struct console_area){{"Aomori", "青森県", "아오모리현"}, {"JPN"}}
                      : (struct console_area){{"Hokkaidō", "北海道", "홋카이도"}, {"JPN"}};
    return true;
}

static bool nearest(const void *data, struct geo_geodetic point, struct console_near *out)
{
    (void)data;
    const bool is_inside = point.lon_rad * DEG_PER_RAD < 130.0;
    *out = is_inside ? (struct console_near){1, 0.0, 0.0} : (struct console_near){2, 2.9e6, 1.6};
    return true;
}

static void describe(const void *data, struct geo_geodetic point, char *out, size_t size)
{
    (void)data;
    snprintf(out, size, "%s",
             point.lon_rad * DEG_PER_RAD < 130.0 ? "land in Jagang, North Korea"
                                                 : "sea, 2,900 km east of Iwate, Japan");
}

struct console_places fake_places(void)
{
    return (struct console_places){.province = province, .nearest = nearest, .describe = describe};
}
