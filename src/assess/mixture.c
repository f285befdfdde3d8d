#include "assess/mixture.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "geo/ellipsoid.h"

enum { SAMPLES_PER_PART = FOOTPRINT_SAMPLES_MAX / MIXTURE_PARTS, RAYS = 12 };

#define HELD_TOLERANCE 3e-4
/* Places farther from the Earth's axis than this are computed by a series. */
#define SERIES_RADIUS_MIN_M 2000e3

static const double GAUSS_AT[MIXTURE_NODES] = {-0.9324695142031521, -0.6612093864662645,
                                               -0.2386191860831969, 0.2386191860831969,
                                               0.6612093864662645,  0.9324695142031521};

double mixture_node_at(const struct mixture *m, int node)
{
    return 0.5 * (m->low + m->high) + 0.5 * (m->high - m->low) * GAUSS_AT[node];
}

/* The middle of a part, as a share of the interval from -1 to 1. */
static double part_middle(int part)
{
    return (2.0 * part + 1.0) / MIXTURE_PARTS - 1.0;
}

double mixture_part_at(const struct mixture *m, int part)
{
    return 0.5 * (m->low + m->high) + 0.5 * (m->high - m->low) * part_middle(part);
}

/* The means at u (-1 to 1) by the polynomial through the nodes (Lagrange). */
static void interpolate_mean(const struct mixture *m, double u, double mean[3])
{
    mean[0] = 0.0;
    mean[1] = 0.0;
    mean[2] = 0.0;
    for (int k = 0; k < MIXTURE_NODES; k++) {
        double above = 1.0;
        double below = 1.0;
        for (int j = 0; j < MIXTURE_NODES; j++) {
            if (j != k) {
                above *= u - GAUSS_AT[j];
                below *= GAUSS_AT[k] - GAUSS_AT[j];
            }
        }
        for (int i = 0; i < 3; i++) {
            mean[i] += above / below * m->nodes[k].mean[i];
        }
    }
}

/* The covariance at u: straight between neighbours, since a polynomial might leave none. */
static void interpolate_covariance(const struct mixture *m, double u, double covariance[9])
{
    int k = 0;
    while (k < MIXTURE_NODES - 2 && u > GAUSS_AT[k + 1]) {
        k++;
    }
    double share = (u - GAUSS_AT[k]) / (GAUSS_AT[k + 1] - GAUSS_AT[k]);
    share = share < 0.0 ? 0.0 : share;
    share = share > 1.0 ? 1.0 : share;
    for (int i = 0; i < 9; i++) {
        covariance[i] =
            (1.0 - share) * m->nodes[k].covariance[i] + share * m->nodes[k + 1].covariance[i];
    }
}

static void build_part(const struct mixture *m, int part, struct mixture_part *out)
{
    const double middle = part_middle(part);
    double lower[3];
    double upper[3];
    interpolate_mean(m, middle, out->mean);
    interpolate_mean(m, middle - 1.0 / MIXTURE_PARTS, lower);
    interpolate_mean(m, middle + 1.0 / MIXTURE_PARTS, upper);
    interpolate_covariance(m, middle, out->covariance);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            out->covariance[3 * i + j] += (upper[i] - lower[i]) * (upper[j] - lower[j]) / 12.0;
        }
    }
}

void mixture_build(struct mixture *m)
{
    for (int i = 0; i < 3; i++) {
        m->mean[i] = 0.0;
    }
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        build_part(m, k, &m->parts[k]);
        for (int i = 0; i < 3; i++) {
            m->mean[i] += m->parts[k].weight * m->parts[k].mean[i];
        }
    }
    for (int i = 0; i < 4; i++) {
        m->covariance_m2[i] = 0.0;
    }
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        struct mixture_part *p = &m->parts[k];
        for (int i = 0; i < 3; i++) {
            p->mean[i] -= m->mean[i];
        }
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                m->covariance_m2[2 * i + j] +=
                    p->weight * (p->covariance[3 * i + j] + p->mean[i] * p->mean[j]);
            }
        }
    }
}

/* A part in coordinates in which the mixture's covariance is the identity: mean and the lower
 * Cholesky factor. */
struct whitened {
    double weight;
    double mean[2];
    double factor[3];
};

static result whiten(const struct mixture *m, struct whitened out[MIXTURE_PARTS])
{
    double l[4];
    TRY(matrix_cholesky(m->covariance_m2, l, 2));
    const double inverse[4] = {1.0 / l[0], 0.0, -l[2] / (l[0] * l[3]), 1.0 / l[3]};
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const struct mixture_part *b = &m->parts[k];
        const double own[4] = {b->covariance[0], b->covariance[1], b->covariance[3],
                               b->covariance[4]};
        double white[4];
        out[k].weight = b->weight;
        matrix_multiply(inverse, b->mean, out[k].mean, 2, 2, 1);
        matrix_transform(inverse, own, white, 2, 2);
        const double first = sqrt(white[0] > 0.0 ? white[0] : 0.0);
        const double tied = first > 0.0 ? white[2] / first : 0.0;
        const double rest = white[3] - tied * tied;
        out[k].factor[0] = first;
        out[k].factor[1] = tied;
        out[k].factor[2] = sqrt(rest > 0.0 ? rest : 0.0);
    }
    return OK;
}

/* Mass of one normal along one ray from its mean, inside the circle of this radius round 0. On the
 * ray at distance r (in its own sigmas) the point is mean + r d; outside r the mass is
 * exp(-r² / 2). */
static double ray_mass(const double mean[2], const double d[2], double radius)
{
    const double a = d[0] * d[0] + d[1] * d[1];
    const double b = mean[0] * d[0] + mean[1] * d[1];
    const double c = mean[0] * mean[0] + mean[1] * mean[1] - radius * radius;
    const double root2 = b * b - a * c;
    if (a <= 0.0) {
        return c <= 0.0 ? 1.0 : 0.0;
    }
    if (root2 <= 0.0) {
        return 0.0;
    }
    const double enter = (-b - sqrt(root2)) / a;
    const double leave = (-b + sqrt(root2)) / a;
    if (leave <= 0.0) {
        return 0.0;
    }
    const double before = enter > 0.0 ? elementary_exp(-0.5 * enter * enter) : 1.0;
    return before - elementary_exp(-0.5 * leave * leave);
}

static double mass_inside(const struct whitened w[MIXTURE_PARTS], double rays[RAYS][2],
                          double radius)
{
    double sum = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        double mass = 0.0;
        for (int i = 0; i < RAYS; i++) {
            const double d[2] = {w[k].factor[0] * rays[i][0],
                                 w[k].factor[1] * rays[i][0] + w[k].factor[2] * rays[i][1]};
            mass += ray_mass(w[k].mean, d, radius);
        }
        sum += w[k].weight * mass / RAYS;
    }
    return sum;
}

result mixture_scale(const struct mixture *m, double held, double *scale)
{
    struct whitened w[MIXTURE_PARTS];
    double rays[RAYS][2];
    TRY(whiten(m, w));
    for (int i = 0; i < RAYS; i++) {
        const double angle_rad = 2.0 * PI * i / RAYS;
        rays[i][0] = elementary_cos(angle_rad);
        rays[i][1] = elementary_sin(angle_rad);
    }
    /* A normal distribution would need the scale of chi-square; the mixture needs one near it. If
     * not, Chebyshev: a unit covariance in two dimensions leaves at most 2 / r² outside. */
    double low = 2.0;
    double high = 3.0;
    double below = mass_inside(w, rays, low) - held;
    double above = mass_inside(w, rays, high) - held;
    if (below > 0.0 || above < 0.0) {
        low = below > 0.0 ? 0.5 : high;
        high = below > 0.0 ? 2.0 : sqrt(2.0 / (1.0 - held));
        below = mass_inside(w, rays, low) - held;
        above = mass_inside(w, rays, high) - held;
    }
    /* False position, the end that stays counting half. */
    double at = high;
    for (int i = 0; i < 20 && below < 0.0 && above > 0.0; i++) {
        at = high - above * (high - low) / (above - below);
        const double mass = mass_inside(w, rays, at) - held;
        if (fabs(mass) < HELD_TOLERANCE) {
            break;
        }
        if (mass < 0.0) {
            low = at;
            below = mass;
            above *= 0.5;
        } else {
            high = at;
            above = mass;
            below *= 0.5;
        }
    }
    *scale = at;
    return OK;
}

/* How much of the mixture lies within `half_s` of the mean time; sigma is times root of two. */
static double time_mass(const struct mixture *m, const double sigma[MIXTURE_PARTS], double half_s)
{
    double mass = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const double off_s = m->parts[k].mean[2];
        mass += 0.5 * m->parts[k].weight *
                (elementary_erf((half_s - off_s) / sigma[k]) +
                 elementary_erf((half_s + off_s) / sigma[k]));
    }
    return mass;
}

double mixture_time_s(const struct mixture *m, double held)
{
    enum { HALVINGS = 11 };
    double sigma[MIXTURE_PARTS];
    double high = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const double variance = m->parts[k].covariance[8];
        sigma[k] = sqrt(variance > 1e-12 ? variance : 1e-12) * sqrt(2.0);
        const double far_s = fabs(m->parts[k].mean[2]) + 3.0 * sigma[k];
        high = far_s > high ? far_s : high;
    }
    double low = 0.0;
    for (int i = 0; i < HALVINGS; i++) {
        const double half_s = 0.5 * (low + high);
        if (time_mass(m, sigma, half_s) < held) {
            low = half_s;
        } else {
            high = half_s;
        }
    }
    return high;
}

/* The plane that touches the ellipsoid at `origin`. */
struct plane {
    struct geo_geodetic origin;
    double axes[9];
    struct geo_ecef at;
    double east_radius_m;  /* from the Earth's axis */
    double north_radius_m; /* of the meridian */
    double bend;           /* tan(latitude) / 2 / radius across the meridian */
};

static void plane_init(struct plane *p, struct geo_geodetic origin)
{
    const double e2 = ELLIPSOID_F * (2.0 - ELLIPSOID_F);
    p->origin = origin;
    p->origin.height_m = 0.0;
    p->at = ellipsoid_to_ecef(p->origin);
    ellipsoid_axes(p->origin, p->axes);
    const double cos_lat = p->axes[5]; /* the north axis' third component */
    const double sin_lat = p->axes[8];
    const double across_m = ELLIPSOID_A_M / sqrt(1.0 - e2 * sin_lat * sin_lat);
    p->east_radius_m = across_m * cos_lat;
    p->north_radius_m = across_m * (1.0 - e2) / (1.0 - e2 * sin_lat * sin_lat);
    p->bend = p->east_radius_m > 0.0 ? sin_lat / (2.0 * p->east_radius_m) : 0.0;
}

/* The place on the ellipsoid below a point of the plane. */
static struct geo_geodetic plane_point(const struct plane *p, double east_m, double north_m)
{
    const double *a = p->axes;
    const struct geo_ecef point = {
        p->at.x_m + a[0] * east_m + a[3] * north_m,
        p->at.y_m + a[1] * east_m + a[4] * north_m,
        p->at.z_m + a[2] * east_m + a[5] * north_m,
    };
    struct geo_geodetic out = p->origin;
    if (ellipsoid_from_ecef(point, &out) != OK) {
        out = p->origin;
    }
    out.height_m = 0.0;
    return out;
}

/* The same by series, a quarter of the time: off by some 30 m at 100 km. Not near the poles. */
static struct geo_geodetic plane_point_near(const struct plane *p, double east_m, double north_m)
{
    if (p->east_radius_m < SERIES_RADIUS_MIN_M) {
        return plane_point(p, east_m, north_m);
    }
    const double radius_m = p->east_radius_m - north_m * p->axes[8];
    const double tangent = east_m / radius_m;
    return (struct geo_geodetic){
        p->origin.lat_rad + (north_m - p->bend * east_m * east_m) / p->north_radius_m,
        p->origin.lon_rad + tangent * (1.0 - tangent * tangent / 3.0),
        0.0,
    };
}

struct geo_geodetic mixture_point(const struct mixture *m)
{
    struct plane plane;
    plane_init(&plane, m->reference);
    return plane_point(&plane, m->mean[0], m->mean[1]);
}

/* Points spread evenly in probability over a unit normal: radii at the middle of equal shares,
 * angles apart by the golden one. */
static void spread_unit(double unit[SAMPLES_PER_PART][2])
{
    for (int i = 0; i < SAMPLES_PER_PART; i++) {
        const double outside = 1.0 - (i + 0.5) / SAMPLES_PER_PART;
        const double radius = sqrt(-2.0 * elementary_log(outside));
        const double angle_rad = i * PI * (3.0 - sqrt(5.0));
        unit[i][0] = radius * elementary_cos(angle_rad);
        unit[i][1] = radius * elementary_sin(angle_rad);
    }
}

void mixture_sample(const struct mixture *m, struct footprint *out)
{
    double unit[SAMPLES_PER_PART][2];
    struct plane plane;
    plane_init(&plane, m->reference);
    spread_unit(unit);
    out->sample_count = 0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const struct mixture_part *p = &m->parts[k];
        const double first = sqrt(p->covariance[0] > 0.0 ? p->covariance[0] : 0.0);
        const double tied = first > 0.0 ? p->covariance[1] / first : 0.0;
        const double rest = p->covariance[4] - tied * tied;
        const double second = sqrt(rest > 0.0 ? rest : 0.0);
        const double east_m = m->mean[0] + p->mean[0];
        const double north_m = m->mean[1] + p->mean[1];
        for (int i = 0; i < SAMPLES_PER_PART; i++) {
            const struct geo_geodetic point =
                plane_point_near(&plane, east_m + first * unit[i][0],
                                 north_m + tied * unit[i][0] + second * unit[i][1]);
            out->samples[out->sample_count++] = (struct footprint_sample){
                point.lat_rad, point.lon_rad, p->weight / SAMPLES_PER_PART};
        }
    }
}
