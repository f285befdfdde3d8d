#include "formats/display_part.h"

#include "base/elementary.h"
#include "geo/ellipsoid.h"

static bool take(struct display_place *out, const char *what, struct instant time,
                 struct geo_geodetic point)
{
    *out = (struct display_place){.what = what, .time = time, .point = point};
    return true;
}

static void add_area(struct display_place *out, const struct geo_ellipse *area)
{
    out->area = *area;
    out->has_area = area->semi_major_m > 0.0;
    out->has_outline = out->has_area && outline_around(out->point, area, &out->outline) == OK;
}

bool display_place_of(const struct display_event *e, enum display_part part,
                      struct display_place *out)
{
    const struct assessment *a = e->assessment;
    struct geo_geodetic p;
    switch (part) {
    case PART_OBJECT:
        return ellipsoid_from_ecef(e->track->position, &p) == OK &&
               take(out, "object", e->track->time, p);
    case PART_LAUNCH:
        if (!a->launch.determined) {
            return false;
        }
        (void)take(out, "launch", a->launch.time, a->launch.point);
        add_area(out, &a->launch_ellipse_95);
        return true;
    case PART_IMPACT:
        break;
    }
    if (a->impact.why != WHY_NONE) {
        return false;
    }
    (void)take(out, "impact", a->impact.time, a->impact.point);
    add_area(out, &a->impact.ellipse_95);
    return true;
}

const char *display_mark(enum domain domain)
{
    return domain == DOMAIN_LIVE ? "" : domain == DOMAIN_EXERCISE ? "EXERCISE " : "TEST ";
}

void display_course(const struct track *t, double *speed_mps, double *course_deg)
{
    struct geo_geodetic p = {0};
    *speed_mps = 0.0;
    *course_deg = 0.0;
    if (ellipsoid_from_ecef(t->position, &p) != OK) {
        return;
    }
    const struct geo_velocity v = t->velocity;
    const double sin_lat = elementary_sin(p.lat_rad);
    const double cos_lat = elementary_cos(p.lat_rad);
    const double sin_lon = elementary_sin(p.lon_rad);
    const double cos_lon = elementary_cos(p.lon_rad);
    const double east_mps = -sin_lon * v.x_mps + cos_lon * v.y_mps;
    const double north_mps = -sin_lat * (cos_lon * v.x_mps + sin_lon * v.y_mps) + cos_lat * v.z_mps;
    const double turn_deg = elementary_atan2(east_mps, north_mps) * DEG_PER_RAD;
    *speed_mps = sqrt(east_mps * east_mps + north_mps * north_mps);
    *course_deg = turn_deg < 0.0 ? turn_deg + 360.0 : turn_deg;
}
