/* Impact: every sample of the footprint is looked up; at sea the nation's coast is asked for its
 * distance, but only if any of its areas is near the samples at all.
 *
 * Passage: the way is walked in strides of 12 km. The likeliest way is looked up everywhere; ways
 * beside it, 0.5 to 2.5 sigma to either side, only where some area of the nation may be within
 * their reach. Each way has the share of a normal distribution; an area's probability of passage
 * is the sum of the shares of those that pass. */
#include "warn/risk.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/elementary.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "warn/gazetteer.h"

#define IMPACT_LISTED_MIN 0.0005
#define STRIDE_M 12e3
#define STRIDE_S_MIN 1.0
#define STRIDE_S_MAX 20.0
#define EARTH_RADIUS_M 6371e3
/* Ways that lie closer than this to the likeliest are not told apart from it. */
#define BESIDE_SIGMA_MIN_M 300.0

/* Odd, and the likeliest way stands in the middle. */
enum { WAYS = 11, MIDDLE_WAY = 5, STRIDES_PER_BLOCK = 16, FOUND_MAX = 96 };

#define ALL_WAYS ((1U << WAYS) - 1U)

static const double WAY_SIGMAS = 0.5;
/* The normal density at the ways' places, as shares of one. */
static const double WAY_SHARES[WAYS] = {0.0088, 0.0272, 0.0651, 0.1217, 0.1771, 0.2002,
                                        0.1771, 0.1217, 0.0651, 0.0272, 0.0088};

struct found {
    int area;
    double impact_probability;
    uint32_t ways; /* a bit for each that passes over */
    int way;       /* the likeliest of them, which tells time and height */
    struct instant time;
    double height_m;
};

struct search {
    struct nation_id nation;
    const struct footprint *footprint;
    uint32_t own_ways; /* those that pass over the nation's land */
    uint32_t found_count;
    struct found found[FOUND_MAX];
    struct risk *risk;
};

/* One place of the walk. */
struct stand {
    double after_s;
    double p[3];
    double sideways[3]; /* unit vector across the way, horizontally */
    double across_sigma_m;
    double along_sigma_s;
    double ground_speed_mps;
};

static double share_of(uint32_t ways)
{
    double sum = 0.0;
    for (int i = 0; i < WAYS; i++) {
        sum += (ways >> i & 1U) != 0 ? WAY_SHARES[i] : 0.0;
    }
    return sum < 1.0 ? sum : 1.0;
}

/* NULL if the table is full: then the area stays unlisted. */
static struct found *found_for(struct search *s, int area)
{
    for (uint32_t i = 0; i < s->found_count; i++) {
        if (s->found[i].area == area) {
            return &s->found[i];
        }
    }
    if (s->found_count == FOUND_MAX) {
        return NULL;
    }
    struct found *f = &s->found[s->found_count++];
    *f = (struct found){.area = area, .way = -1, .time = INSTANT_UNSET};
    return f;
}

static bool is_own(const struct search *s, int area)
{
    return nation_id_equal(gazetteer_nation(area), s->nation);
}

/* Whether any of the nation's areas may lie within distance_m of p. */
static bool is_own_near(const struct search *s, struct geo_geodetic p, double distance_m)
{
    for (int i = 0; i < gazetteer_area_count(); i++) {
        if (is_own(s, i) && !gazetteer_is_far(p, i, distance_m)) {
            return true;
        }
    }
    return false;
}

/* Half the diagonal of the samples' box, m, and its middle; longitudes as differences from the
 * first sample's, so that no box goes round the world. */
static double sample_reach_m(const struct footprint *f, struct geo_geodetic *middle)
{
    double lat[2] = {f->samples[0].lat_rad, f->samples[0].lat_rad};
    double lon[2] = {0.0, 0.0};
    for (uint32_t i = 1; i < f->sample_count; i++) {
        const double lat_rad = f->samples[i].lat_rad;
        const double d = elementary_wrap_pi(f->samples[i].lon_rad - f->samples[0].lon_rad);
        lat[0] = lat_rad < lat[0] ? lat_rad : lat[0];
        lat[1] = lat_rad > lat[1] ? lat_rad : lat[1];
        lon[0] = d < lon[0] ? d : lon[0];
        lon[1] = d > lon[1] ? d : lon[1];
    }
    middle->lat_rad = 0.5 * (lat[0] + lat[1]);
    middle->lon_rad = elementary_wrap_pi(f->samples[0].lon_rad + 0.5 * (lon[0] + lon[1]));
    middle->height_m = 0.0;
    return 0.51 * EARTH_RADIUS_M *
           sqrt(elementary_square(lat[1] - lat[0]) + elementary_square(lon[1] - lon[0]));
}

/* The own area in whose territorial sea a point at sea lies, or GAZETTEER_NONE. */
static int territorial_area(const struct search *s, struct geo_geodetic p)
{
    struct gazetteer_near near;
    if (!gazetteer_is_within(p, s->nation, GAZETTEER_TERRITORIAL_SEA_M) ||
        gazetteer_nearest_area(p, &near) != OK) {
        return GAZETTEER_NONE;
    }
    return near.place;
}

static void add_impact(struct search *s, int area, double weight)
{
    struct found *f = found_for(s, area);
    if (f != NULL) {
        f->impact_probability += weight;
    }
}

static void find_impacts(struct search *s)
{
    const struct footprint *f = s->footprint;
    if (f->sample_count == 0) {
        return;
    }
    struct geo_geodetic middle;
    const double reach_m = sample_reach_m(f, &middle);
    const bool near = is_own_near(s, middle, reach_m + GAZETTEER_TERRITORIAL_SEA_M);
    for (uint32_t i = 0; i < f->sample_count; i++) {
        const struct geo_geodetic p = {f->samples[i].lat_rad, f->samples[i].lon_rad, 0.0};
        const double weight = f->samples[i].weight;
        const int area = gazetteer_find(p.lat_rad, p.lon_rad);
        if (area != GAZETTEER_NONE) {
            s->risk->impact_probability += is_own(s, area) ? weight : 0.0;
            add_impact(s, area, weight);
            continue;
        }
        const int coast = near ? territorial_area(s, p) : GAZETTEER_NONE;
        if (coast != GAZETTEER_NONE) {
            s->risk->impact_probability += weight;
            if (is_own(s, coast)) {
                add_impact(s, coast, weight);
            }
        }
    }
}

/* False past the ends of the way. The rates come from the knot before. */
static bool stand_at(const struct footprint *f, double after_s, uint32_t *knot, struct stand *out)
{
    struct geo_ecef p;
    if (footprint_position(f, after_s, &p) != OK) {
        return false;
    }
    while (*knot + 1 < f->knot_count && f->knots[*knot + 1].after_s <= after_s) {
        (*knot)++;
    }
    const struct footprint_knot *k = &f->knots[*knot];
    const double at[3] = {p.x_m, p.y_m, p.z_m};
    const double v[3] = {k->velocity.x_mps, k->velocity.y_mps, k->velocity.z_mps};
    const double r2 = vector_dot(at, at);
    const double rise = vector_dot(at, v) / sqrt(r2);
    const double level2 = vector_dot(v, v) - rise * rise;
    out->after_s = after_s;
    memcpy(out->p, at, sizeof at);
    out->across_sigma_m = k->across_sigma_m;
    out->along_sigma_s = k->along_sigma_s;
    out->ground_speed_mps = sqrt(level2 > 0.0 ? level2 : 0.0) * EARTH_RADIUS_M / sqrt(r2);
    const double side[3] = {at[1] * v[2] - at[2] * v[1], at[2] * v[0] - at[0] * v[2],
                            at[0] * v[1] - at[1] * v[0]};
    const double length = vector_length(side);
    for (int i = 0; i < 3; i++) {
        out->sideways[i] = length > 0.0 ? side[i] / length : 0.0;
    }
    return true;
}

static void extend_passage(struct risk *r, struct instant time, double sigma_s)
{
    const struct instant from = instant_plus_s(time, -2.0 * sigma_s);
    const struct instant until = instant_plus_s(time, 2.0 * sigma_s);
    if (!instant_is_set(r->overflight_from) || instant_before(from, r->overflight_from)) {
        r->overflight_from = from;
    }
    if (!instant_is_set(r->overflight_until) || instant_before(r->overflight_until, until)) {
        r->overflight_until = until;
    }
}

/* Looks up what is under one of the ways at one stand; `ways` are those that it speaks for. Of
 * other nations' areas only the likeliest way tells. */
static void pass_over(struct search *s, const struct stand *at, int way, uint32_t ways)
{
    const double side_m = (way - MIDDLE_WAY) * WAY_SIGMAS * at->across_sigma_m;
    const struct geo_ecef p = {at->p[0] + side_m * at->sideways[0],
                               at->p[1] + side_m * at->sideways[1],
                               at->p[2] + side_m * at->sideways[2]};
    struct geo_geodetic below;
    if (ellipsoid_from_ecef(p, &below) != OK) {
        return;
    }
    const int area = gazetteer_find(below.lat_rad, below.lon_rad);
    if (area == GAZETTEER_NONE) {
        return;
    }
    const struct instant time = instant_plus_s(s->footprint->start, at->after_s);
    if (is_own(s, area)) {
        s->own_ways |= ways;
        extend_passage(s->risk, time, at->along_sigma_s);
    } else if (way != MIDDLE_WAY) {
        return;
    }
    struct found *f = found_for(s, area);
    if (f == NULL) {
        return;
    }
    f->ways |= is_own(s, area) ? ways : ALL_WAYS;
    /* The likeliest way tells when, and of that way the first stand over the area. */
    if (f->way < 0 || WAY_SHARES[way] > WAY_SHARES[f->way]) {
        f->way = way;
        f->time = time;
        f->height_m = below.height_m > 0.0 ? below.height_m : 0.0;
    }
}

static void pass_over_all(struct search *s, const struct stand *at, bool near)
{
    if (!near || at->across_sigma_m < BESIDE_SIGMA_MIN_M) {
        pass_over(s, at, MIDDLE_WAY, ALL_WAYS);
        return;
    }
    for (int way = 0; way < WAYS; way++) {
        pass_over(s, at, way, 1U << way);
    }
}

static double stride_s(const struct stand *at)
{
    const double s = STRIDE_M / (at->ground_speed_mps + 1.0);
    return s < STRIDE_S_MIN ? STRIDE_S_MIN : s > STRIDE_S_MAX ? STRIDE_S_MAX : s;
}

static void find_passages(struct search *s, struct instant now)
{
    const struct footprint *f = s->footprint;
    if (f->knot_count < 2) {
        return;
    }
    const double since_s = instant_since_s(now, f->start);
    double after_s = since_s > f->knots[0].after_s ? since_s : f->knots[0].after_s;
    uint32_t knot = 0;
    struct stand at;
    bool near = true;
    for (int stride = 0; stand_at(f, after_s, &knot, &at); stride++) {
        if (stride % STRIDES_PER_BLOCK == 0) {
            const double reach_m = 2.5 * at.across_sigma_m + 1.5 * STRIDES_PER_BLOCK * STRIDE_M;
            struct geo_geodetic below;
            near =
                ellipsoid_from_ecef((struct geo_ecef){at.p[0], at.p[1], at.p[2]}, &below) != OK ||
                is_own_near(s, below, reach_m);
        }
        pass_over_all(s, &at, near);
        after_s += stride_s(&at);
    }
    s->risk->overflight_probability = share_of(s->own_ways);
}

/* Whether a stands before b in the lists. */
static bool is_before(const struct risk_area *a, const struct risk_area *b)
{
    if (a->area.impact_probability != b->area.impact_probability) {
        return a->area.impact_probability > b->area.impact_probability;
    }
    if (a->overflight_probability != b->overflight_probability) {
        return a->overflight_probability > b->overflight_probability;
    }
    return instant_before(a->area.overflight, b->area.overflight);
}

/* Inserts in order; a full list loses its last. */
static void insert(struct risk_area *list, uint32_t *count, const struct risk_area *added)
{
    uint32_t at = *count;
    while (at > 0 && is_before(added, &list[at - 1])) {
        at--;
    }
    if (at == WARNING_AREAS_MAX) {
        return;
    }
    const uint32_t last = *count < WARNING_AREAS_MAX ? *count : WARNING_AREAS_MAX - 1;
    memmove(&list[at + 1], &list[at], (last - at) * sizeof *list);
    list[at] = *added;
    *count = last + 1;
}

static void list_found(const struct search *s, struct risk *out)
{
    for (uint32_t i = 0; i < s->found_count; i++) {
        const struct found *f = &s->found[i];
        if (f->impact_probability < IMPACT_LISTED_MIN && f->ways == 0) {
            continue;
        }
        const struct risk_area a = {{f->area,
                                     f->impact_probability < 1.0 ? f->impact_probability : 1.0,
                                     f->time, f->height_m},
                                    share_of(f->ways)};
        insert(out->all, &out->all_count, &a);
        if (is_own(s, f->area)) {
            insert(out->areas, &out->area_count, &a);
        }
    }
}

void risk_find(struct nation_id nation, const struct footprint *f, struct instant now,
               struct risk *out)
{
    assert(f->sample_count <= FOOTPRINT_SAMPLES_MAX);
    assert(f->knot_count <= FOOTPRINT_KNOTS_MAX);
    struct search s;
    memset(out, 0, sizeof *out);
    memset(&s, 0, sizeof s);
    out->nation = nation;
    out->overflight_from = INSTANT_UNSET;
    out->overflight_until = INSTANT_UNSET;
    s.nation = nation;
    s.footprint = f;
    s.risk = out;
    find_impacts(&s);
    find_passages(&s, now);
    if (out->impact_probability > 1.0) {
        out->impact_probability = 1.0;
    }
    list_found(&s, out);
}
