#include "assess/mixture.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/pair.h"
#include "geo/ellipsoid.h"

enum { SAMPLES_PER_PART = FOOTPRINT_BALLISTIC_MAX / MIXTURE_PARTS, LINES = 6 };

#define HELD_TOLERANCE 3e-4
#define TIME_TOLERANCE 1e-5
/* Places farther from the Earth's axis than this are computed by a series. */
#define SERIES_RADIUS_MIN_M 2000e3
#define ROOT 0.86602540378443865 /* sqrt(3) / 2 */
#define TWO_PER_ROOT_PI 1.1283791670955126

static const double NODE_AT[MIXTURE_NODES] = {-0.8611363115940526, -0.3399810435848563,
                                              0.3399810435848563, 0.8611363115940526};

bool mixture_is_outer(int node)
{
    return node == 0 || node == MIXTURE_NODES - 1;
}

double mixture_node_at(const struct mixture *m, int node)
{
    return 0.5 * (m->low + m->high) + 0.5 * (m->high - m->low) * NODE_AT[node];
}

/* The middle of a part, as a share of the interval from -1 to 1. */
static double part_middle(int part)
{
    return (2.0 * part + 1.0) / MIXTURE_PARTS - 1.0;
}

double mixture_point_at(const struct mixture *m, int point)
{
    return m->low + (m->high - m->low) * point / (MIXTURE_POINTS - 1);
}

void mixture_weigh(struct mixture *m)
{
    double sum = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const double *d = m->density + 2 * k;
        m->parts[k].weight = d[0] + 4.0 * d[1] + d[2];
        sum += m->parts[k].weight;
    }
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        m->parts[k].weight /= sum;
    }
}

/* Lagrange's polynomials of the nodes at u (-1 to 1). */
static void lagrange(double u, double weight[MIXTURE_NODES])
{
    /* The products of a node's distances from the others. */
    static const double PRODUCT[MIXTURE_NODES] = {-1.07808864673568, 0.4256349410184522,
                                                  -0.4256349410184522, 1.07808864673568};
    const double o[MIXTURE_NODES] = {u - NODE_AT[0], u - NODE_AT[1], u - NODE_AT[2],
                                     u - NODE_AT[3]};
    weight[0] = o[1] * o[2] * o[3] * (1.0 / PRODUCT[0]);
    weight[1] = o[0] * o[2] * o[3] * (1.0 / PRODUCT[1]);
    weight[2] = o[0] * o[1] * o[3] * (1.0 / PRODUCT[2]);
    weight[3] = o[0] * o[1] * o[2] * (1.0 / PRODUCT[3]);
}

/* The means at u by the polynomial with the nodes' values and slopes (Hermite). */
static void interpolate_mean(const struct mixture *m, double u, double mean[MIXTURE_DIM])
{
    /* Of Lagrange's polynomials, the slopes at their own nodes. */
    static const double OWN_SLOPE[MIXTURE_NODES] = {-3.332000236352282, -0.3844143922232078,
                                                    0.3844143922232077, 3.332000236352282};
    const double half = 0.5 * (m->high - m->low);
    double weight[MIXTURE_NODES];
    lagrange(u, weight);
    for (int i = 0; i < MIXTURE_DIM; i++) {
        mean[i] = 0.0;
    }
    for (int k = 0; k < MIXTURE_NODES; k++) {
        const double square = weight[k] * weight[k];
        const double of_value = (1.0 - 2.0 * OWN_SLOPE[k] * (u - NODE_AT[k])) * square;
        const double of_slope = (u - NODE_AT[k]) * square * half;
        for (int i = 0; i < MIXTURE_DIM; i++) {
            mean[i] += of_value * m->nodes[k].mean[i] + of_slope * m->nodes[k].slope[i];
        }
    }
}

/* The covariance at u when ln beta is known: deviations are straight in ln beta. */
static void interpolate_covariance(const struct mixture *m, double u, double covariance[9])
{
    double at[MIXTURE_DIM * MIXTURE_DEVIATIONS];
    const double share = 0.5 + 0.5 * u / NODE_AT[MIXTURE_NODES - 1];
    const double *low = m->nodes[0].deviations;
    const double *high = m->nodes[MIXTURE_NODES - 1].deviations;
    for (int i = 0; i < MIXTURE_DIM * MIXTURE_DEVIATIONS; i++) {
        at[i] = low[i] + share * (high[i] - low[i]);
    }
    matrix_multiply_transposed(at, at, covariance, MIXTURE_DIM, MIXTURE_DEVIATIONS, MIXTURE_DIM);
}

/* What Simpson's rule gives a part's lower end, middle and upper end: shares that add up to 1. */
static void simpson(const struct mixture *m, int part, double share[3])
{
    const double *d = m->density + 2 * part;
    const double inverse = 1.0 / (d[0] + 4.0 * d[1] + d[2]);
    share[0] = d[0] * inverse;
    share[1] = 4.0 * d[1] * inverse;
    share[2] = d[2] * inverse;
}

/* `lower` and `upper` are the means at the part's ends. Where the way bends much with ln beta, the
 * mean of the part and that in its middle differ by some tens of metres. */
static void build_part(const struct mixture *m, int part, const double lower[MIXTURE_DIM],
                       const double upper[MIXTURE_DIM], struct mixture_part *out)
{
    double share[3];
    simpson(m, part, share);
    interpolate_mean(m, part_middle(part), out->mean);
    interpolate_covariance(m, part_middle(part), out->covariance);
    for (int i = 0; i < 3; i++) {
        out->mean[i] = share[0] * lower[i] + share[1] * out->mean[i] + share[2] * upper[i];
        for (int j = 0; j < 3; j++) {
            out->covariance[3 * i + j] += (upper[i] - lower[i]) * (upper[j] - lower[j]) / 12.0;
        }
    }
}

static double apogee_at(const struct mixture *m, double u)
{
    double weight[MIXTURE_NODES];
    double sum_m = 0.0;
    lagrange(u, weight);
    for (int i = 0; i < MIXTURE_NODES; i++) {
        sum_m += weight[i] * m->nodes[i].apogee_m;
    }
    return sum_m;
}

static double mean_apogee_m(const struct mixture *m)
{
    double sum_m = 0.0;
    double lower_m = apogee_at(m, -1.0);
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        double share[3];
        const double upper_m = apogee_at(m, part_middle(k) + 1.0 / MIXTURE_PARTS);
        simpson(m, k, share);
        sum_m +=
            m->parts[k].weight *
            (share[0] * lower_m + share[1] * apogee_at(m, part_middle(k)) + share[2] * upper_m);
        lower_m = upper_m;
    }
    return sum_m;
}

void mixture_build(struct mixture *m)
{
    m->apogee_m = mean_apogee_m(m);
    for (int i = 0; i < 3; i++) {
        m->mean[i] = 0.0;
    }
    double lower[MIXTURE_DIM];
    interpolate_mean(m, -1.0, lower);
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        double upper[MIXTURE_DIM];
        interpolate_mean(m, part_middle(k) + 1.0 / MIXTURE_PARTS, upper);
        build_part(m, k, lower, upper, &m->parts[k]);
        memcpy(lower, upper, sizeof lower);
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

/* The lower Cholesky factor (first, tied, second) of a 2 x 2 covariance a, b; b, c that may be
 * singular. */
static void semidefinite_factor(double a, double b, double c, double out[3])
{
    const double first = sqrt(a > 0.0 ? a : 0.0);
    const double tied = first > 0.0 ? b / first : 0.0;
    const double rest = c - tied * tied;
    out[0] = first;
    out[1] = tied;
    out[2] = sqrt(rest > 0.0 ? rest : 0.0);
}

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
        semidefinite_factor(white[0], white[2], white[3], out[k].factor);
    }
    return OK;
}

/* The exponential of x <= 0 to 1e-7 of itself, below -700 as at -700: four times as fast as
 * pair_exp. x = n ln 2 + r; Taylor's polynomial for r, and n as the exponent of a double. */
static inline pair quick_exp(pair x)
{
    const pair limited = pair_greater(x, pair_same(-700.0));
    /* Adding 1.5 * 2^52 rounds to a whole number, which stands in the lowest bits. */
    const double magic = 6755399441055744.0;
    const pair shifted = limited * 1.4426950408889634 + magic;
    const pair r = limited - (shifted - magic) * 0.69314718055994531;
    const pair sum =
        1.0 + r * (1.0 + r * (1.0 / 2 +
                              r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720))))));
    /* not a finding (analyzer-shift-count-overflow): both lanes have 64 bits */
    const pair_bits power = ((pair_bits)shifted + 1023) << 52;
    return sum * (pair)power;
}

/* Error function to 2e-7, and its slope. Source: Abramowitz and Stegun (1964), 7.1.26. */
static inline pair quick_erf(pair x, pair *slope)
{
    const pair size = pair_abs(x);
    const pair t = 1.0 / (1.0 + 0.3275911 * size);
    const pair sum =
        t * (0.254829592 +
             t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    const pair power = quick_exp(-size * size);
    *slope = TWO_PER_ROOT_PI * power;
    return pair_with_sign(1.0 - sum * power, x);
}

/* All lines of all parts: through a part's mean, in its own sigmas. The point at t is mean + t *
 * direction; between t = 0 and t lies exp(0) - exp(-t² / 2) of the mass on that side. */
struct lines {
    double per_a[MIXTURE_PARTS * LINES];  /* 1 / direction squared */
    double middle[MIXTURE_PARTS * LINES]; /* t where the line is nearest to 0 */
    double near2[MIXTURE_PARTS * LINES];  /* its distance from 0 there, squared */
    double weight[MIXTURE_PARTS * LINES]; /* of one side */
};

static void spread_lines(const struct whitened w[MIXTURE_PARTS], struct lines *out)
{
    /* Cosines and sines of whole multiples of 30 degrees. */
    static const double UNIT[LINES][2] = {{1.0, 0.0}, {ROOT, 0.5},  {0.5, ROOT},
                                          {0.0, 1.0}, {-0.5, ROOT}, {-ROOT, 0.5}};
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const double *mean = w[k].mean;
        for (int i = 0; i < LINES; i++) {
            const int at = LINES * k + i;
            const double d[2] = {w[k].factor[0] * UNIT[i][0],
                                 w[k].factor[1] * UNIT[i][0] + w[k].factor[2] * UNIT[i][1]};
            const double a = d[0] * d[0] + d[1] * d[1];
            const double b = mean[0] * d[0] + mean[1] * d[1];
            /* A part without any width has all its mass at its mean. */
            out->per_a[at] = 1.0 / (a > 1e-24 ? a : 1e-24);
            out->middle[at] = -b * out->per_a[at];
            out->near2[at] = mean[0] * mean[0] + mean[1] * mean[1] - b * b * out->per_a[at];
            out->weight[at] = w[k].weight / (2 * LINES);
        }
    }
}

/* Mass inside the circle of this radius round 0, and what it grows by with the radius. */
static double mass_inside(const struct lines *lines, double radius, double *by_radius)
{
    pair sum = {0.0, 0.0};
    pair sum_slope = {0.0, 0.0};
    for (int i = 0; i < MIXTURE_PARTS * LINES; i += 2) {
        const pair per_a = pair_load(lines->per_a + i);
        const pair weight = pair_load(lines->weight + i);
        const pair middle = pair_load(lines->middle + i);
        const pair square = (radius * radius - pair_load(lines->near2 + i)) * per_a;
        const pair half = pair_sqrt(pair_greater(square, pair_same(1e-300)));
        const pair enter = middle - half;
        const pair leave = middle + half;
        const pair at_enter = quick_exp(-0.5 * enter * enter);
        const pair at_leave = quick_exp(-0.5 * leave * leave);
        sum += weight *
               (pair_with_sign(1.0 - at_leave, leave) - pair_with_sign(1.0 - at_enter, enter));
        sum_slope +=
            weight * per_a * (pair_abs(enter) * at_enter + pair_abs(leave) * at_leave) / half;
    }
    *by_radius = (sum_slope[0] + sum_slope[1]) * radius;
    return sum[0] + sum[1];
}

/* The next place to look for what holds just enough: by Newton's method between what is known to
 * hold too little and enough. */
static double next_try(double at, double more, double slope, double *low, double *high)
{
    if (more < 0.0) {
        *low = at;
    } else {
        *high = at;
    }
    const double next = slope > 0.0 ? at - more / slope : *low;
    return next > *low && next < *high ? next : 0.5 * (*low + *high);
}

result mixture_scale(const struct mixture *m, double held, double *scale)
{
    struct whitened w[MIXTURE_PARTS];
    struct lines lines;
    TRY(whiten(m, w));
    spread_lines(w, &lines);
    /* After Chebyshev, a unit covariance in two dimensions leaves at most 2 / r² outside. The start
     * is what a normal distribution would need: chi-square with two degrees of freedom. */
    double low = 0.0;
    double high = sqrt(2.0 / (1.0 - held));
    double at = sqrt(-2.0 * elementary_log(1.0 - held));
    for (int i = 0; i < 30; i++) {
        double slope;
        const double more = mass_inside(&lines, at, &slope) - held;
        if (fabs(more) < HELD_TOLERANCE) {
            break;
        }
        at = next_try(at, more, slope, &low, &high);
    }
    *scale = at;
    return OK;
}

/* How much of the mixture lies within `half_s` of the mean time, and what it grows by with that;
 * per_sigma is 1 / sigma / root of two. */
static double time_mass(const struct mixture *m, const double per_sigma[MIXTURE_PARTS],
                        double half_s, double *by_half)
{
    double mass = 0.0;
    *by_half = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const double off_s = m->parts[k].mean[2];
        const pair ends = {half_s - off_s, half_s + off_s};
        pair slope;
        const pair inside = quick_erf(ends * per_sigma[k], &slope);
        mass += 0.5 * m->parts[k].weight * (inside[0] + inside[1]);
        *by_half += 0.5 * m->parts[k].weight * per_sigma[k] * (slope[0] + slope[1]);
    }
    return mass;
}

double mixture_time_s(const struct mixture *m, double held)
{
    double per_sigma[MIXTURE_PARTS];
    double high = 0.0;
    double variance = 0.0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const struct mixture_part *p = &m->parts[k];
        const double own = p->covariance[8] > 1e-12 ? p->covariance[8] : 1e-12;
        per_sigma[k] = 1.0 / sqrt(2.0 * own);
        const double far_s = fabs(p->mean[2]) + 4.0 * sqrt(own);
        high = far_s > high ? far_s : high;
        variance += p->weight * (own + p->mean[2] * p->mean[2]);
    }
    double low = 0.0;
    double at = 1.96 * sqrt(variance);
    for (int i = 0; i < 40; i++) {
        double slope;
        const double more = time_mass(m, per_sigma, at, &slope) - held;
        if (fabs(more) < TIME_TOLERANCE) {
            break;
        }
        at = next_try(at, more, slope, &low, &high);
    }
    return at;
}

/* The plane that touches the ellipsoid at `origin`. */
struct plane {
    struct geo_geodetic origin;
    double axes[9];
    struct geo_ecef at;
    double east_radius_m; /* from the Earth's axis */
    double per_north_m;   /* radians of latitude */
    double bend;          /* tan(latitude) / 2 / radius across the meridian */
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
    p->per_north_m = (1.0 - e2 * sin_lat * sin_lat) / (across_m * (1.0 - e2));
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
        p->origin.lat_rad + (north_m - p->bend * east_m * east_m) * p->per_north_m,
        p->origin.lon_rad + tangent * (1.0 - tangent * tangent * (1.0 / 3.0)),
        0.0,
    };
}

struct geo_geodetic mixture_point(const struct mixture *m)
{
    struct plane plane;
    plane_init(&plane, m->reference);
    return plane_point(&plane, m->mean[0], m->mean[1]);
}

/* Points spread evenly in probability over a unit normal: radii at the middle of equal shares, r_i
 * = sqrt(-2 ln(1 - (i + 1/2) / 36)), angles apart by the golden one, pi (3 - sqrt(5)). */
static const double SPREAD[SAMPLES_PER_PART][2] = {
    {0.16724976517017798, 0},
    {-0.21512884407497171, 0.19707564355992416},
    {0.033169624039456842, -0.37795075775986947},
    {0.27518506425383588, 0.35893018632102897},
    {-0.50888139428019363, -0.090013953387745718},
    {0.48586277699346675, -0.30906612822773855},
    {-0.16383013526688028, 0.60943993715468592},
    {-0.31504932182584094, -0.60660829798156246},
    {0.68940415653260412, 0.25176929225530587},
    {-0.72356150677092235, 0.29867567166955417},
    {0.35199152428842601, -0.75218544217006067},
    {0.26256793476875451, 0.83710795088932732},
    {-0.79910910827564252, -0.46310006227909406},
    {0.94692595097372856, -0.20817901398548977},
    {-0.58395664180333284, 0.83061823188439576},
    {-0.13637812732050866, -1.0524205960603612},
    {0.84672885970002976, 0.71362397936441646},
    {-1.1529194818592148, 0.047676840217676375},
    {0.85137350612657325, -0.8472303512735061},
    {-0.057698961085136835, 1.2477932300621146},
    {-0.83177714743114095, -0.9967470120713342},
    {1.3365630510848094, 0.17983266815022142},
    {-1.1496877826887253, 0.79992281400128529},
    {0.31923643158278364, -1.4190379448929475},
    {0.75111242689185787, 1.310791336690335},
    {-1.4955417711826753, -0.47711861547528384},
    {1.4818016460471664, -0.68462994491267948},
    {-0.65595237895096858, 1.5673646756477073},
    {-0.59947454971624636, -1.6666919631624177},
    {1.6378237803999536, 0.86079427708683154},
    {-1.8744113562250742, 0.494088818017416},
    {1.1029487776824041, -1.7153387645501872},
    {0.36569221508233929, 2.1278583467302652},
    {-1.8260582445245921, -1.4142021428238876},
    {2.5125242519318562, -0.20815749842404932},
    {-1.9860409222849966, 2.1468520426525619},
};

void mixture_sample(const struct mixture *m, struct footprint *out)
{
    struct plane plane;
    plane_init(&plane, m->reference);
    out->sample_count = 0;
    for (int k = 0; k < MIXTURE_PARTS; k++) {
        const struct mixture_part *p = &m->parts[k];
        double factor[3];
        semidefinite_factor(p->covariance[0], p->covariance[1], p->covariance[4], factor);
        const double east_m = m->mean[0] + p->mean[0];
        const double north_m = m->mean[1] + p->mean[1];
        for (int i = 0; i < SAMPLES_PER_PART; i++) {
            const struct geo_geodetic point =
                plane_point_near(&plane, east_m + factor[0] * SPREAD[i][0],
                                 north_m + factor[1] * SPREAD[i][0] + factor[2] * SPREAD[i][1]);
            out->samples[out->sample_count++] = (struct footprint_sample){
                point.lat_rad, point.lon_rad, p->weight / SAMPLES_PER_PART};
        }
    }
}
