#include "share/region.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/geodesic.h"

/* Half of the axis of the ellipse that holds 99 %, in standard deviations: chi-squared with two
 * degrees of freedom, sqrt(-2 ln 0.01). */
#define SIGMAS_99 3.0348542587702925
/* What the map of a polygon may be wrong by, as a share of the distance. */
#define MAP_ERROR 0.01

struct region_origin region_origin(const struct launch_estimate *launch)
{
    struct region_origin o = {0};
    double values[2];
    double vectors[4];
    const double *c = launch->covariance_m2;
    const double symmetric[4] = {c[0], c[1], c[1], c[3]};
    if (!launch->determined) {
        return o;
    }
    matrix_eigen(symmetric, values, vectors, 2);
    if (!elementary_is_finite(values[1]) || !(values[0] > 0.0)) {
        return o;
    }
    o.known = true;
    o.point = launch->point;
    o.doubt_m = SIGMAS_99 * sqrt(values[1]);
    return o;
}

/* The distance of the origin of a plane from the side a-b. */
static double distance_to_side(const double a[2], const double b[2])
{
    const double d[2] = {b[0] - a[0], b[1] - a[1]};
    const double length2 = d[0] * d[0] + d[1] * d[1];
    double t = length2 > 0.0 ? -(a[0] * d[0] + a[1] * d[1]) / length2 : 0.0;
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    const double p[2] = {a[0] + t * d[0], a[1] + t * d[1]};
    return sqrt(p[0] * p[0] + p[1] * p[1]);
}

/* On a map that shows distance and direction from the launch as they are: the depth of the launch
 * in the polygon, negative outside, by which no side of it is nearer. */
static result polygon_depth(const struct policy_area *area, struct geo_geodetic launch,
                            double *depth_m)
{
    double map[POLICY_CORNERS_MAX][2];
    for (uint32_t i = 0; i < area->corner_count; i++) {
        double distance_m = 0.0;
        double azimuth_rad = 0.0;
        TRY(geodesic_inverse(launch, area->corners[i], &distance_m, &azimuth_rad, NULL));
        map[i][0] = distance_m * elementary_sin(azimuth_rad);
        map[i][1] = distance_m * elementary_cos(azimuth_rad);
    }
    bool inside = false;
    double nearest_m = -1.0;
    for (uint32_t i = 0; i < area->corner_count; i++) {
        const double *a = map[i];
        const double *b = map[(i + 1) % area->corner_count];
        const double side_m = distance_to_side(a, b);
        nearest_m = nearest_m < 0.0 || side_m < nearest_m ? side_m : nearest_m;
        /* A ray to the north crosses it. */
        if ((a[0] > 0.0) != (b[0] > 0.0) && a[1] - a[0] * (b[1] - a[1]) / (b[0] - a[0]) > 0.0) {
            inside = !inside;
        }
    }
    nearest_m *= 1.0 - MAP_ERROR;
    *depth_m = inside ? nearest_m : -nearest_m;
    return OK;
}

static result depth_in(const struct policy_area *area, struct geo_geodetic launch, double *depth_m)
{
    if (area->corner_count > 1) {
        return polygon_depth(area, launch, depth_m);
    }
    double distance_m = 0.0;
    TRY(geodesic_inverse(area->corners[0], launch, &distance_m, NULL, NULL));
    *depth_m = area->radius_m - distance_m;
    return OK;
}

/* The side by this estimate, and which side the point itself is on. */
static enum region_side judge(const struct policy_area *area, const struct region_origin *origin,
                              bool *point_inside)
{
    double depth_m = 0.0;
    *point_inside = false;
    if (!elementary_is_finite(origin->doubt_m) || depth_in(area, origin->point, &depth_m) != OK) {
        return REGION_UNSURE;
    }
    *point_inside = depth_m > 0.0;
    if (depth_m > origin->doubt_m) {
        return REGION_INSIDE;
    }
    return depth_m < -origin->doubt_m ? REGION_OUTSIDE : REGION_UNSURE;
}

enum region_side region_side_of(const struct policy_area *area, const struct region_origin *origin)
{
    bool inside = false;
    return origin->known ? judge(area, origin, &inside) : REGION_UNSURE;
}

void region_follow(const struct policy *policy, const struct region_origin *origin,
                   struct region_sides *sides)
{
    if (!origin->known) {
        return;
    }
    for (uint32_t i = 0; i < policy->area_count; i++) {
        bool inside = false;
        const enum region_side now = judge(&policy->areas[i], origin, &inside);
        uint8_t *side = &sides->of_area[i];
        if (*side == REGION_UNSURE) {
            *side = (uint8_t)now;
        } else if ((*side == REGION_INSIDE && !inside) || (*side == REGION_OUTSIDE && inside)) {
            *side = REGION_CONTRARY;
        }
    }
}

bool region_applies(const struct policy_rule *rule, const struct region_sides *sides)
{
    if (rule->areas == 0) {
        return true;
    }
    bool inside_one = false;
    bool outside_all = true;
    for (uint32_t i = 0; i < POLICY_AREAS_MAX; i++) {
        if ((rule->areas >> i & 1u) != 0) {
            inside_one |= sides->of_area[i] == REGION_INSIDE;
            outside_all &= sides->of_area[i] == REGION_OUTSIDE;
        }
    }
    return rule->action == POLICY_RELEASE ? inside_one : !outside_all;
}
