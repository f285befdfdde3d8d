#include "formats/display_part.h"

#include "base/elementary.h"
#include "geo/ellipsoid.h"

static void take(struct display_place *out, const char *what, struct instant time,
                 struct geo_geodetic point)
{
    *out = (struct display_place){.what = what, .time = time, .point = point};
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
    if (part == PART_OBJECT) {
        if (ellipsoid_from_ecef(e->track->position, &p) != OK) {
            return false;
        }
        take(out, "object", e->track->time, p);
        return true;
    }
    if (part == PART_LAUNCH ? !a->launch.determined : a->impact.why != WHY_NONE) {
        return false;
    }
    if (part == PART_LAUNCH) {
        take(out, "launch", a->launch.time, a->launch.point);
        add_area(out, &a->launch_ellipse_95);
    } else {
        take(out, "impact", a->impact.time, a->impact.point);
        add_area(out, &a->impact.ellipse_95);
    }
    return true;
}

const char *display_mark(enum domain domain)
{
    return domain == DOMAIN_LIVE ? "" : domain == DOMAIN_EXERCISE ? "EXERCISE " : "TEST ";
}

void display_course(struct geo_geodetic p, struct geo_velocity v, double *speed_mps,
                    double *course_deg)
{
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
