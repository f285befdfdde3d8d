#include "track/gate.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "physics/missile.h"

enum { DIM = ESTIMATE_DIM };

/* An object may leave the straight way by this much. */
#define ACCELERATION_MPS2 300.0
/* Without elevation, whatever is so far away and above the horizon, over its distance. */
#define FLAT_REACH 1.6
#define SPEED_MPS_MAX 8e3 /* for what a wrong clock moves */

/* The widest gate of all, in standard deviations. */
static double sigmas(void)
{
    return sqrt(gaussian_gate(6) * MISSILE_BOOST_GATE_FACTOR);
}

static double noise_of(double sigma, double bias_sigma)
{
    return sqrt(sigma * sigma + bias_sigma * bias_sigma);
}

static void place_radar(const struct measure_site *site, const struct observation *o,
                        struct gate_plot *out)
{
    const struct sensor *s = &site->sensor;
    struct geo_polar flat = o->radar.polar;
    flat.elevation_rad = 0.0;
    const struct geo_polar *p = measure_is_flat(site, o) ? &flat : &o->radar.polar;
    const double level_m = p->range_m * elementary_cos(p->elevation_rad);
    const double enu[3] = {level_m * elementary_sin(p->azimuth_rad),
                           level_m * elementary_cos(p->azimuth_rad),
                           p->range_m * elementary_sin(p->elevation_rad)};
    double at[3] = {site->position.x_m, site->position.y_m, site->position.z_m};
    for (int i = 0; i < 3; i++) {
        at[i] += enu[0] * site->axes[i] + enu[1] * site->axes[3 + i] + enu[2] * site->axes[6 + i];
    }
    out->at = (struct geo_ecef){at[0], at[1], at[2]};
    const double range_m = noise_of(s->sigma_range_m, s->bias_sigma_range_m);
    const double azimuth = noise_of(s->sigma_azimuth_rad, s->bias_sigma_azimuth_rad);
    const double elevation = noise_of(s->sigma_elevation_rad, s->bias_sigma_elevation_rad);
    out->key = p->range_m;
    if (measure_is_flat(site, o)) {
        out->reach = FLAT_REACH * p->range_m;
        return;
    }
    out->reach =
        sigmas() * sqrt(range_m * range_m + elementary_square(p->range_m) *
                                                (azimuth * azimuth + elevation * elevation));
}

static void place(const struct measure_site *site, const struct observation *o,
                  struct gate_plot *out)
{
    if (o->kind == SENSOR_RADAR) {
        place_radar(site, o, out);
    } else if (o->kind == SENSOR_INFRARED) {
        const double *los = o->infrared.los.axis;
        out->at = (struct geo_ecef){los[0], los[1], los[2]};
        out->key = los[2];
        out->reach = sigmas() * site->sensor.sigma_los_rad * sqrt(2.0);
    } else {
        const double *c = o->track.covariance;
        out->at = o->track.position;
        out->key = out->at.x_m;
        out->reach = sigmas() * sqrt(c[0] + c[2] + c[5]);
    }
}

/* Merges the sorted runs [from, middle) and [middle, to). */
static void merge(const struct gate_plot *in, uint32_t from, uint32_t middle, uint32_t to,
                  struct gate_plot *out)
{
    uint32_t left = from;
    uint32_t right = middle;
    for (uint32_t i = from; i < to; i++) {
        const bool takes_left = right >= to || (left < middle && in[left].key <= in[right].key);
        out[i] = takes_left ? in[left] : in[right];
        left += takes_left ? 1 : 0;
        right += takes_left ? 0 : 1;
    }
}

static void sort(struct gate_plot *plots, uint32_t count)
{
    struct gate_plot room[GATE_PLOTS_MAX];
    for (uint32_t run = 1; run < count; run *= 2) {
        for (uint32_t from = 0; from < count; from += 2 * run) {
            const uint32_t middle = from + run < count ? from + run : count;
            const uint32_t to = from + 2 * run < count ? from + 2 * run : count;
            merge(plots, from, middle, to, room);
        }
        memcpy(plots, room, sizeof room[0] * count);
    }
}

void gate_init(struct gate *gate, const struct measure_site *site, const struct observation *plots,
               uint32_t count, const bool *skipped)
{
    assert(count <= GATE_PLOTS_MAX);
    gate->count = 0;
    gate->key_reach = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        if (!skipped[i]) {
            struct gate_plot *p = &gate->plots[gate->count];
            place(site, &plots[i], p);
            p->plot = (uint16_t)i;
            gate->count++;
            const double reach = plots[i].kind == SENSOR_RADAR
                                     ? sigmas() * noise_of(site->sensor.sigma_range_m,
                                                           site->sensor.bias_sigma_range_m)
                                     : p->reach;
            gate->key_reach = reach > gate->key_reach ? reach : gate->key_reach;
        }
    }
    sort(gate->plots, gate->count);
}

/* Where a track is about at a time, and how far from there it may be. */
struct rough {
    double at[3];
    double reach_m;
};

static double trace(const struct estimate *e, int from)
{
    return e->p[from * (DIM + 1)] + e->p[(from + 1) * (DIM + 1)] + e->p[(from + 2) * (DIM + 1)];
}

static double reach_of(const struct estimate *e, double dt_s)
{
    return sqrt(trace(e, 0)) + dt_s * sqrt(trace(e, 3));
}

static struct rough rough_of(const struct filter *f, const struct measure_site *site,
                             struct instant t)
{
    const double ahead_s = instant_since_s(t, f->time);
    const double dt_s = fabs(ahead_s) + sigmas() * site->bias_sigma[MEASURE_BIAS_CLOCK];
    const struct estimate *e = f->mode == FILTER_BALLISTIC ? &f->coast : &f->boost;
    struct rough out = {.reach_m = sigmas() * reach_of(e, dt_s)};
    for (int i = 0; i < 3; i++) {
        out.at[i] = e->x[i] + e->x[3 + i] * ahead_s;
    }
    if (f->mode == FILTER_DRIFTING) {
        const double speed2 = e->x[3] * e->x[3] + e->x[4] * e->x[4] + e->x[5] * e->x[5];
        out.reach_m += sigmas() * sqrt((4000.0 + speed2 / 150.0) * dt_s) * dt_s;
    } else {
        const double *other = f->mode == FILTER_BALLISTIC ? f->boost.x : f->coast.x;
        double apart2 = 0.0;
        for (int i = 0; i < 3; i++) {
            apart2 += elementary_square(e->x[i] - other[i] + (e->x[3 + i] - other[3 + i]) * dt_s);
        }
        const double both = reach_of(&f->boost, dt_s) + reach_of(&f->coast, dt_s);
        out.reach_m = sigmas() * both + sqrt(apart2);
    }
    out.reach_m += 0.5 * ACCELERATION_MPS2 * dt_s * dt_s +
                   sigmas() * site->bias_sigma[MEASURE_BIAS_CLOCK] * SPEED_MPS_MAX;
    return out;
}

/* A place as a line of sight from where the look was made: everything of a unit length. */
static void see_from(struct rough *r, const struct geo_ecef *platform)
{
    const double from[3] = {platform->x_m, platform->y_m, platform->z_m};
    double distance2 = 0.0;
    for (int i = 0; i < 3; i++) {
        r->at[i] -= from[i];
        distance2 += r->at[i] * r->at[i];
    }
    const double distance_m = sqrt(distance2) > 1.0 ? sqrt(distance2) : 1.0;
    for (int i = 0; i < 3; i++) {
        r->at[i] /= distance_m;
    }
    r->reach_m *= 1.5 / distance_m;
}

static double key_of(const struct rough *r, const struct measure_site *site)
{
    switch (site->sensor.kind) {
    case SENSOR_RADAR:
        return sqrt(elementary_square(r->at[0] - site->position.x_m) +
                    elementary_square(r->at[1] - site->position.y_m) +
                    elementary_square(r->at[2] - site->position.z_m));
    case SENSOR_INFRARED:
        return r->at[2];
    case SENSOR_TRACKER:
        break;
    }
    return r->at[0];
}

static uint32_t first_from(const struct gate *gate, double key)
{
    uint32_t low = 0;
    uint32_t high = gate->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (gate->plots[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Puts a plot in its place among the nearest ones. */
static uint32_t insert(uint16_t near[GATE_NEAR_MAX], double far[GATE_NEAR_MAX], uint32_t count,
                       uint16_t plot, double distance)
{
    uint32_t at = count;
    if (count == GATE_NEAR_MAX) {
        if (distance >= far[GATE_NEAR_MAX - 1]) {
            return count;
        }
        at = GATE_NEAR_MAX - 1;
    }
    while (at > 0 && far[at - 1] > distance) {
        far[at] = far[at - 1];
        near[at] = near[at - 1];
        at--;
    }
    far[at] = distance;
    near[at] = plot;
    return count < GATE_NEAR_MAX ? count + 1 : count;
}

uint32_t gate_near(const struct gate *gate, const struct measure_site *site,
                   const struct filter *filter, const struct observation *look,
                   uint16_t near[GATE_NEAR_MAX])
{
    struct rough rough = rough_of(filter, site, look->validity);
    double far[GATE_NEAR_MAX];
    uint32_t count = 0;
    if (look->kind == SENSOR_INFRARED) {
        see_from(&rough, &look->infrared.platform);
    }
    const double key = key_of(&rough, site);
    const double key_reach = rough.reach_m + gate->key_reach;
    for (uint32_t i = first_from(gate, key - key_reach); i < gate->count; i++) {
        const struct gate_plot *p = &gate->plots[i];
        if (p->key > key + key_reach) {
            break;
        }
        const double apart2 = elementary_square(p->at.x_m - rough.at[0]) +
                              elementary_square(p->at.y_m - rough.at[1]) +
                              elementary_square(p->at.z_m - rough.at[2]);
        const double reach2 = elementary_square(p->reach + rough.reach_m);
        if (apart2 <= reach2) {
            const double off = (p->key - key) / key_reach;
            count = insert(near, far, count, p->plot, off * off + apart2 / reach2);
        }
    }
    return count;
}
