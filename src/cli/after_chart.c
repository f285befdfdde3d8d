#include "cli/after_chart.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "formats/outline.h"
#include "warn/gazetteer.h"

#define WIDTH 900.0
#define HEIGHT 520.0
#define PROFILE_HEIGHT 260.0
#define MARGIN 44.0
/* What lies around the flight is shown, too. */
#define AROUND 0.25
#define AROUND_DEG_MIN 3.0
#define STEPS_MAX 12

/* Plate carrée, true to scale on the middle parallel; longitudes from `west_deg` on, so that a
 * flight over the 180th meridian stays whole. */
struct map {
    struct xml_writer *x;
    double west_deg, east_deg, south_deg, north_deg;
    double scale; /* units of the drawing for a degree of latitude */
    double squeeze;
};

static double lon_in(const struct map *m, double lon_rad)
{
    const double lon_deg = lon_rad * DEG_PER_RAD;
    return lon_deg < m->west_deg - 90.0 ? lon_deg + 360.0 : lon_deg;
}

static void widen(struct map *m, struct geo_geodetic p)
{
    const double lat_deg = p.lat_rad * DEG_PER_RAD;
    const double lon_deg = lon_in(m, p.lon_rad);
    m->west_deg = fmin(m->west_deg, lon_deg);
    m->east_deg = fmax(m->east_deg, lon_deg);
    m->south_deg = fmin(m->south_deg, lat_deg);
    m->north_deg = fmax(m->north_deg, lat_deg);
}

static struct map map_of(struct xml_writer *x, const struct after_action *a)
{
    struct map m = {.x = x};
    const struct geo_geodetic first = a->samples[0].point;
    m.west_deg = m.east_deg = first.lon_rad * DEG_PER_RAD;
    m.south_deg = m.north_deg = first.lat_rad * DEG_PER_RAD;
    for (uint32_t i = 1; i < a->sample_count; i++) {
        widen(&m, a->samples[i].point);
    }
    if (a->has_launch) {
        widen(&m, a->launch.point);
    }
    if (a->assessment.impact.why == WHY_NONE) {
        widen(&m, a->assessment.impact.point);
    }
    const double wide_deg = AROUND * (m.east_deg - m.west_deg) + AROUND_DEG_MIN;
    const double high_deg = AROUND * (m.north_deg - m.south_deg) + AROUND_DEG_MIN;
    m.west_deg -= wide_deg;
    m.east_deg += wide_deg;
    m.south_deg = fmax(m.south_deg - high_deg, -85.0);
    m.north_deg = fmin(m.north_deg + high_deg, 85.0);
    m.squeeze = cos(0.5 * (m.south_deg + m.north_deg) * RAD_PER_DEG);
    m.scale =
        fmin(WIDTH / (m.squeeze * (m.east_deg - m.west_deg)), HEIGHT / (m.north_deg - m.south_deg));
    return m;
}

/* "12.3,45.6" in the drawing; a blank stands before all but the first. */
static void add_point(const struct map *m, struct text *t, struct geo_geodetic p)
{
    text_addf(t, "%s%.1f,%.1f", t->size > 0 ? " " : "",
              (lon_in(m, p.lon_rad) - m->west_deg) * m->squeeze * m->scale,
              (m->north_deg - p.lat_rad * DEG_PER_RAD) * m->scale);
}

static void put_points(struct xml_writer *x, const char *element, const char *class,
                       const char *points)
{
    xml_open(x, element);
    xml_attribute(x, "class", class);
    xml_attribute(x, "points", points);
    xml_close(x);
}

static void put_border(void *context, const struct geo_geodetic *points, uint32_t count)
{
    const struct map *m = context;
    char text[GAZETTEER_LINE_POINTS * 20];
    struct text t = text_over(text, sizeof text);
    for (uint32_t i = 0; i < count; i++) {
        add_point(m, &t, points[i]);
    }
    put_points(m->x, "polyline", "land", text);
}

/* Pieces of the way, each of one status. */
static void put_way(const struct map *m, const struct after_action *a)
{
    char text[64 * 20];
    struct text t = text_over(text, sizeof text);
    uint32_t in_piece = 0;
    for (uint32_t i = 0; i < a->sample_count; i++) {
        const struct after_sample *s = &a->samples[i];
        add_point(m, &t, s->point);
        in_piece++;
        const bool is_last = i + 1 == a->sample_count;
        if (is_last || in_piece == 60 || a->samples[i + 1].status != s->status) {
            put_points(m->x, "polyline", s->status == STATUS_FIRM ? "way" : "way lost", text);
            t = text_over(text, sizeof text);
            add_point(m, &t, s->point);
            in_piece = 1;
        }
    }
}

static void put_place(const struct map *m, const char *name, struct geo_geodetic p,
                      const struct geo_ellipse *area)
{
    struct outline o;
    char text[OUTLINE_POINTS * 20];
    struct text t = text_over(text, sizeof text);
    if (outline_around(p, area, &o) == OK) {
        for (uint32_t i = 0; i < o.count; i++) {
            add_point(m, &t, o.points[i]);
        }
        put_points(m->x, "polygon", "area", text);
    }
    xml_open(m->x, "text");
    xml_attributef(m->x, "x", "%.1f",
                   (lon_in(m, p.lon_rad) - m->west_deg) * m->squeeze * m->scale + 6.0);
    xml_attributef(m->x, "y", "%.1f", (m->north_deg - p.lat_rad * DEG_PER_RAD) * m->scale - 6.0);
    xml_text(m->x, name);
    xml_close(m->x);
}

static void open_svg(struct xml_writer *x, double width, double height, const char *title)
{
    xml_open(x, "svg");
    xml_attributef(x, "viewBox", "0 0 %.0f %.0f", width, height);
    xml_attribute(x, "role", "img");
    xml_attribute(x, "aria-label", title);
}

void after_chart_map(struct xml_writer *x, const struct after_action *a)
{
    if (a->sample_count < 2) {
        return;
    }
    struct map m = map_of(x, a);
    open_svg(x, (m.east_deg - m.west_deg) * m.squeeze * m.scale,
             (m.north_deg - m.south_deg) * m.scale, "map of the flight");
    gazetteer_lines(m.west_deg, m.south_deg, fmin(m.east_deg, 180.0), m.north_deg, put_border, &m);
    if (m.east_deg > 180.0) {
        gazetteer_lines(-180.0, m.south_deg, m.east_deg - 360.0, m.north_deg, put_border, &m);
    }
    put_way(&m, a);
    if (a->has_launch) {
        put_place(&m, "launch", a->launch.point, &a->launch_ellipse_95);
    }
    if (a->assessment.impact.why == WHY_NONE) {
        put_place(&m, "impact", a->assessment.impact.point, &a->assessment.impact.ellipse_95);
    }
    xml_close(x);
}

struct profile {
    double seconds;
    double height_m;
    struct instant from;
};

static void add_profile_point(const struct profile *p, const struct after_sample *s, struct text *t)
{
    const double at_s = instant_since_s(s->time, p->from);
    const double high = s->point.height_m > 0.0 ? s->point.height_m / p->height_m : 0.0;
    text_addf(t, "%s%.1f,%.1f", t->size > 0 ? " " : "",
              MARGIN + (WIDTH - 2.0 * MARGIN) * at_s / p->seconds,
              PROFILE_HEIGHT - MARGIN - (PROFILE_HEIGHT - 2.0 * MARGIN) * high);
}

/* A round step that gives at most STEPS_MAX lines. */
static double step_for(double span)
{
    double step = 1.0;
    for (int i = 0; span / step > STEPS_MAX && i < 40; i++) {
        step *= i % 3 == 1 ? 2.5 : 2.0;
    }
    return step;
}

static void put_label(struct xml_writer *x, double left, double top, double value)
{
    char text[32];
    struct text t = text_over(text, sizeof text);
    text_addf(&t, "%.0f", value);
    xml_open(x, "text");
    xml_attributef(x, "x", "%.1f", left);
    xml_attributef(x, "y", "%.1f", top);
    xml_text(x, text);
    xml_close(x);
}

static void put_rule(struct xml_writer *x, double x1, double y1, double x2, double y2)
{
    xml_open(x, "line");
    xml_attribute(x, "class", "rule");
    xml_attributef(x, "x1", "%.1f", x1);
    xml_attributef(x, "y1", "%.1f", y1);
    xml_attributef(x, "x2", "%.1f", x2);
    xml_attributef(x, "y2", "%.1f", y2);
    xml_close(x);
}

static void put_grid(struct xml_writer *x, const struct profile *p)
{
    const double minutes = p->seconds / 60.0;
    const double high_km = p->height_m / 1e3;
    const double wide = WIDTH - 2.0 * MARGIN;
    const double tall = PROFILE_HEIGHT - 2.0 * MARGIN;
    for (double at = 0.0; at <= minutes; at += step_for(minutes)) {
        const double left = MARGIN + wide * at / minutes;
        put_rule(x, left, MARGIN, left, MARGIN + tall);
        put_label(x, left - 4.0, PROFILE_HEIGHT - MARGIN + 16.0, at);
    }
    for (double at = 0.0; at <= high_km; at += step_for(high_km)) {
        const double top = MARGIN + tall * (1.0 - at / high_km);
        put_rule(x, MARGIN, top, WIDTH - MARGIN, top);
        put_label(x, 6.0, top + 4.0, at);
    }
}

void after_chart_profile(struct xml_writer *x, const struct after_action *a)
{
    if (a->sample_count < 2) {
        return;
    }
    struct profile p = {.height_m = 1e3, .from = a->samples[0].time};
    p.from = a->has_launch ? a->launch.time : p.from;
    p.seconds = fmax(instant_since_s(a->samples[a->sample_count - 1].time, p.from), 1.0);
    for (uint32_t i = 0; i < a->sample_count; i++) {
        p.height_m = fmax(p.height_m, a->samples[i].point.height_m);
    }
    open_svg(x, WIDTH, PROFILE_HEIGHT, "height over time");
    put_grid(x, &p);
    for (uint32_t i = 0; i + 1 < a->sample_count; i++) {
        char text[64];
        struct text t = text_over(text, sizeof text);
        add_profile_point(&p, &a->samples[i], &t);
        add_profile_point(&p, &a->samples[i + 1], &t);
        put_points(x, "polyline", a->samples[i].status == STATUS_FIRM ? "way" : "way lost", text);
    }
    xml_close(x);
}
