/* Where is this point? Three searches over constant tables.
 *
 * Which area: a grid cell names the few areas that can be there; for each, a ray from the point
 * towards the east is counted against the area's borders, a piece of at most 16 segments at a time.
 * A piece wholly to the north, south or west counts nothing; one wholly to the east counts by its
 * ends alone; only a piece whose box holds the point is walked. Neighbours share the stored line,
 * and an end point belongs to the segment above it, so no point lies in two areas or between two.
 *
 * How far: in a plane that is true to scale on the middle parallel between the point and each
 * vertex (sine and cosine of half the difference by their series, so no call per vertex). Boxes
 * give lower bounds, and what cannot beat the best so far is skipped. The distance reported is
 * then that of the geodesic to the point found.
 *
 * Which city: the largest dot product with the ellipsoid normals of all cities. */
#include "warn/gazetteer.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "geo/ellipsoid.h"
#include "geo/geodesic.h"
#include "warn/phrase.h"
#include "warn/places_table.h"

#define TURN (360 * PLACES_PER_DEG)
#define HALF_TURN (180 * PLACES_PER_DEG)
#define QUARTER_TURN (90 * PLACES_PER_DEG)
#define RAD_PER_UNIT (RAD_PER_DEG / PLACES_PER_DEG)
#define AT_CITY_M 5000.0
#define NEAR_CITY_M 500000.0

static struct places_point nearest_unit(double lat_rad, double lon_rad)
{
    const double lat = elementary_floor(lat_rad / RAD_PER_UNIT + 0.5);
    const double lon = elementary_floor(lon_rad / RAD_PER_UNIT + 0.5);
    assert(fabs(lat) <= QUARTER_TURN);
    assert(fabs(lon) <= HALF_TURN);
    const int32_t lon_unit = (int32_t)lon;
    return (struct places_point){lon_unit == HALF_TURN ? -HALF_TURN : lon_unit, (int32_t)lat};
}

/* False unless the two are a latitude and a finite longitude. */
static bool fix(double lat_rad, double lon_rad, struct places_point *out)
{
    if (!(fabs(lat_rad) <= PI / 2.0) || !elementary_is_finite(lon_rad)) {
        return false;
    }
    const double wrapped_rad = elementary_wrap_pi(lon_rad);
    if (!(fabs(wrapped_rad) <= PI)) {
        return false;
    }
    *out = nearest_unit(lat_rad, wrapped_rad);
    return true;
}

static struct geo_geodetic to_geodetic(struct places_point p)
{
    return (struct geo_geodetic){p.lat * RAD_PER_UNIT, p.lon * RAD_PER_UNIT, 0.0};
}

static const struct places_area *area_at(int area)
{
    assert(area >= 0);
    assert(area < places_area_count);
    return &places_areas[area];
}

static const struct places_piece *piece_at(const struct places_area *area, uint32_t i)
{
    return &places_pieces[places_area_pieces[area->first + i]];
}

/* Whether a ray from p towards the east crosses the segment. */
static bool is_segment_crossed(struct places_point a, struct places_point b, struct places_point p)
{
    if ((a.lat <= p.lat) == (b.lat <= p.lat)) {
        return false;
    }
    const int64_t side = ((int64_t)b.lon - a.lon) * ((int64_t)p.lat - a.lat) -
                         ((int64_t)p.lon - a.lon) * ((int64_t)b.lat - a.lat);
    return b.lat > a.lat ? side > 0 : side < 0;
}

/* Whether that ray crosses the piece an odd number of times. */
static bool is_piece_crossed(const struct places_piece *piece, struct places_point p)
{
    if (p.lat < piece->box.south || p.lat >= piece->box.north || p.lon > piece->box.east) {
        return false;
    }
    const struct places_point *points = &places_points[piece->first];
    if (p.lon < piece->box.west) {
        return (points[0].lat <= p.lat) != (points[piece->count - 1].lat <= p.lat);
    }
    bool odd = false;
    for (unsigned i = 1; i < piece->count; i++) {
        odd ^= is_segment_crossed(points[i - 1], points[i], p);
    }
    return odd;
}

static bool contains(const struct places_area *area, struct places_point p)
{
    if (p.lon < area->box.west || p.lon > area->box.east || p.lat < area->box.south ||
        p.lat > area->box.north) {
        return false;
    }
    bool odd = false;
    for (uint32_t i = 0; i < area->count; i++) {
        odd ^= is_piece_crossed(piece_at(area, i), p);
    }
    return odd;
}

static int find(struct places_point p)
{
    const int32_t column = (p.lon + HALF_TURN) / (PLACES_CELL_DEG * PLACES_PER_DEG);
    const int32_t row = (p.lat + QUARTER_TURN) / (PLACES_CELL_DEG * PLACES_PER_DEG);
    const int32_t last_row = PLACES_CELL_ROWS - 1;
    const int32_t cell = (row < last_row ? row : last_row) * PLACES_CELL_COLUMNS + column;
    for (unsigned i = places_cell_starts[cell]; i < places_cell_starts[cell + 1]; i++) {
        if (contains(&places_areas[places_cell_areas[i]], p)) {
            return places_cell_areas[i];
        }
    }
    return GAZETTEER_NONE;
}

int gazetteer_find(double lat_rad, double lon_rad)
{
    struct places_point p;
    return fix(lat_rad, lon_rad, &p) ? find(p) : GAZETTEER_NONE;
}

int gazetteer_area_count(void)
{
    return places_area_count;
}

const char *gazetteer_name(int area)
{
    return gazetteer_name_in(area, LANGUAGE_ENGLISH);
}

const char *gazetteer_name_in(int area, enum language language)
{
    assert(language < LANGUAGE_COUNT);
    return area_at(area)->names[language];
}

const char *gazetteer_iso_code(int area)
{
    return area_at(area)->iso_code;
}

struct nation_id gazetteer_nation(int area)
{
    return area_at(area)->nation;
}

struct nation_id gazetteer_country(int area)
{
    return area_at(area)->country;
}

const char *gazetteer_country_name(int area)
{
    return gazetteer_country_name_in(area, LANGUAGE_ENGLISH);
}

const char *gazetteer_country_name_in(int area, enum language language)
{
    assert(language < LANGUAGE_COUNT);
    return area_at(area)->country_names[language];
}

bool gazetteer_is_whole_country(int area)
{
    return area_at(area)->is_whole_country;
}

struct geo_geodetic gazetteer_point(int area)
{
    return to_geodetic(area_at(area)->inner);
}

int gazetteer_city_count(void)
{
    return places_city_count;
}

struct gazetteer_city gazetteer_city(int city)
{
    assert(city >= 0);
    assert(city < places_city_count);
    const struct places_city *c = &places_cities[city];
    return (struct gazetteer_city){.name = c->name,
                                   .position = to_geodetic(c->at),
                                   .population = c->population,
                                   .area = c->area,
                                   .is_coastal = c->is_coastal,
                                   .is_capital = c->is_capital};
}

/* The plane round a point: metres for one unit of latitude, and of longitude on the equator of a
 * sphere with the ellipsoid's curvature there. */
struct plane {
    struct places_point origin;
    double sin_lat;
    double cos_lat;
    double north_m;
    double east_m;
};

static struct plane plane_at(struct places_point p)
{
    const double lat_rad = p.lat * RAD_PER_UNIT;
    const double sin_lat = elementary_sin(lat_rad);
    const double e2 = ELLIPSOID_F * (2.0 - ELLIPSOID_F);
    const double w2 = 1.0 - e2 * sin_lat * sin_lat;
    const double normal_m = ELLIPSOID_A_M / sqrt(w2);
    return (struct plane){.origin = p,
                          .sin_lat = sin_lat,
                          .cos_lat = elementary_cos(lat_rad),
                          .north_m = normal_m * (1.0 - e2) / w2 * RAD_PER_UNIT,
                          .east_m = normal_m * RAD_PER_UNIT};
}

/* Metres for one unit of longitude on the parallel half-way to one that is d_lat units off. */
static double middle_east_m(const struct plane *plane, double d_lat)
{
    const double half_rad = 0.5 * RAD_PER_UNIT * d_lat;
    const double h2 = half_rad * half_rad;
    const double cosine = 1.0 - h2 / 2.0 * (1.0 - h2 / 12.0 * (1.0 - h2 / 30.0));
    const double sine = half_rad * (1.0 - h2 / 6.0 * (1.0 - h2 / 20.0 * (1.0 - h2 / 42.0)));
    const double cos_middle = plane->cos_lat * cosine - plane->sin_lat * sine;
    return plane->east_m * (cos_middle > 0.0 ? cos_middle : 0.0);
}

/* The difference of two longitudes, brought into half a turn either way. */
static int32_t turn_to(int32_t from, int32_t to)
{
    const int32_t d = to - from;
    return d >= HALF_TURN ? d - TURN : d < -HALF_TURN ? d + TURN : d;
}

/* How far a longitude is from a range of them, the shorter way round; 0 inside. */
static int32_t lon_gap(int32_t lon, const struct places_box *box)
{
    if (lon >= box->west && lon <= box->east) {
        return 0;
    }
    const int32_t west = (lon < box->west ? 0 : TURN) + box->west - lon;
    const int32_t east = (lon > box->east ? 0 : TURN) + lon - box->east;
    return west < east ? west : east;
}

/* A distance, squared, that nothing in the box undercuts. */
static double box_bound_m2(const struct plane *plane, const struct places_box *box)
{
    const int32_t lat = plane->origin.lat;
    const int32_t d_lat = lat < box->south   ? box->south - lat
                          : lat > box->north ? lat - box->north
                                             : 0;
    const double to_south_m = middle_east_m(plane, (double)box->south - lat);
    const double to_north_m = middle_east_m(plane, (double)box->north - lat);
    const double east_m =
        lon_gap(plane->origin.lon, box) * (to_south_m < to_north_m ? to_south_m : to_north_m);
    return elementary_square(d_lat * plane->north_m) + elementary_square(east_m);
}

/* The nearest point found so far; a search starts from how far it should look. */
struct closest {
    double distance_m2;
    double lat_rad;
    double lon_rad;
};

static void try_segment(const double a_m[2], const double b_m[2], struct places_point a,
                        struct places_point b, struct closest *best)
{
    const double dx_m = b_m[0] - a_m[0];
    const double dy_m = b_m[1] - a_m[1];
    const double length_m2 = dx_m * dx_m + dy_m * dy_m;
    const double along_m2 = -(a_m[0] * dx_m + a_m[1] * dy_m);
    const double t = along_m2 <= 0.0 ? 0.0 : along_m2 >= length_m2 ? 1.0 : along_m2 / length_m2;
    const double distance_m2 =
        elementary_square(a_m[0] + t * dx_m) + elementary_square(a_m[1] + t * dy_m);
    if (distance_m2 < best->distance_m2) {
        *best = (struct closest){distance_m2, (a.lat + t * (b.lat - a.lat)) * RAD_PER_UNIT,
                                 (a.lon + t * (b.lon - a.lon)) * RAD_PER_UNIT};
    }
}

static void search_piece(const struct plane *plane, const struct places_piece *piece,
                         struct closest *best)
{
    const struct places_point *points = &places_points[piece->first];
    /* One turn for the whole piece, so that no segment is torn apart opposite the origin. */
    const int32_t d_lon = turn_to(plane->origin.lon, points[0].lon);
    double last_m[2] = {0.0, 0.0};
    for (unsigned i = 0; i < piece->count; i++) {
        const double d_lat = (double)points[i].lat - plane->origin.lat;
        const double lon = (double)d_lon + points[i].lon - points[0].lon;
        const double here_m[2] = {lon * middle_east_m(plane, d_lat), d_lat * plane->north_m};
        if (i > 0) {
            try_segment(last_m, here_m, points[i - 1], points[i], best);
        }
        memcpy(last_m, here_m, sizeof last_m);
    }
}

static void search_area(const struct plane *plane, const struct places_area *area,
                        struct closest *best)
{
    if (box_bound_m2(plane, &area->box) >= best->distance_m2) {
        return;
    }
    for (uint32_t i = 0; i < area->count; i++) {
        const struct places_piece *piece = piece_at(area, i);
        if (box_bound_m2(plane, &piece->box) < best->distance_m2) {
            search_piece(plane, piece, best);
        }
    }
}

/* A distance that nothing in the box undercuts, however far: on a sphere with the smallest radius
 * of curvature of the ellipsoid, the larger of those to the box's nearest parallel and meridian
 * (beyond a quarter turn a meridian is nearest at its pole). */
static double box_distance_m(struct places_point p, const struct places_box *box)
{
    const double radius_m = ELLIPSOID_A_M * (1.0 - ELLIPSOID_F) * (1.0 - ELLIPSOID_F);
    const int32_t south = box->south - p.lat;
    const int32_t north = p.lat - box->north;
    const int32_t d_lat = south > 0 ? south : north > 0 ? north : 0;
    const int32_t d_lon = lon_gap(p.lon, box);
    const double lat_rad = p.lat * RAD_PER_UNIT;
    const double to_meridian_rad =
        d_lon >= QUARTER_TURN
            ? PI / 2.0 - fabs(lat_rad)
            : elementary_asin(elementary_cos(lat_rad) * elementary_sin(d_lon * RAD_PER_UNIT));
    const double to_parallel_rad = d_lat * RAD_PER_UNIT;
    return radius_m * (to_parallel_rad > to_meridian_rad ? to_parallel_rad : to_meridian_rad);
}

bool gazetteer_is_far(struct geo_geodetic p, int area, double distance_m)
{
    struct places_point at;
    if (!fix(p.lat_rad, p.lon_rad, &at)) {
        return false;
    }
    return box_distance_m(at, &area_at(area)->box) > distance_m;
}

bool gazetteer_is_within(struct geo_geodetic p, struct nation_id nation, double distance_m)
{
    struct places_point at;
    if (!fix(p.lat_rad, p.lon_rad, &at)) {
        return false;
    }
    const int here = find(at);
    if (here != GAZETTEER_NONE && nation_id_equal(places_areas[here].nation, nation)) {
        return true;
    }
    const struct plane plane = plane_at(at);
    const double limit_m2 = distance_m > 0.0 ? elementary_square(distance_m) : 0.0;
    struct closest best = {limit_m2, 0.0, 0.0};
    for (int i = 0; i < places_area_count && best.distance_m2 >= limit_m2; i++) {
        if (nation_id_equal(places_areas[i].nation, nation)) {
            search_area(&plane, &places_areas[i], &best);
        }
    }
    return best.distance_m2 < limit_m2;
}

/* The geodesic from a place to p. */
static struct gazetteer_near relate(int place, double lat_rad, double lon_rad,
                                    struct geo_geodetic p)
{
    struct gazetteer_near near = {place, 0.0, 0.0};
    const struct geo_geodetic from = {lat_rad, lon_rad, 0.0};
    const result measured = geodesic_inverse(from, p, &near.distance_m, &near.azimuth_rad, NULL);
    assert(measured == OK);
    return near;
}

result gazetteer_distance(struct geo_geodetic p, int area, double *distance_m)
{
    struct places_point at;
    ENSURE(fix(p.lat_rad, p.lon_rad, &at), ERR_RANGE);
    if (contains(area_at(area), at)) {
        *distance_m = 0.0;
        return OK;
    }
    const struct plane plane = plane_at(at);
    struct closest best = {1e300, 0.0, 0.0};
    search_area(&plane, area_at(area), &best);
    *distance_m = relate(area, best.lat_rad, best.lon_rad, p).distance_m;
    return OK;
}

result gazetteer_nearest_area(struct geo_geodetic p, struct gazetteer_near *out)
{
    struct places_point at;
    ENSURE(fix(p.lat_rad, p.lon_rad, &at), ERR_RANGE);
    const int here = find(at);
    if (here != GAZETTEER_NONE) {
        *out = (struct gazetteer_near){here, 0.0, 0.0};
        return OK;
    }
    const struct plane plane = plane_at(at);
    struct closest best = {1e300, 0.0, 0.0};
    int nearest = GAZETTEER_NONE;
    for (int i = 0; i < places_area_count; i++) {
        const double before_m2 = best.distance_m2;
        search_area(&plane, &places_areas[i], &best);
        nearest = best.distance_m2 < before_m2 ? i : nearest;
    }
    assert(nearest != GAZETTEER_NONE);
    *out = relate(nearest, best.lat_rad, best.lon_rad, p);
    return OK;
}

result gazetteer_nearest_city(struct geo_geodetic p, bool coastal, struct gazetteer_near *out)
{
    struct places_point at;
    ENSURE(fix(p.lat_rad, p.lon_rad, &at), ERR_RANGE);
    const double cos_lat = elementary_cos(p.lat_rad);
    const double x = cos_lat * elementary_cos(p.lon_rad);
    const double y = cos_lat * elementary_sin(p.lon_rad);
    const double z = elementary_sin(p.lat_rad);
    double best = -2e9;
    int nearest = 0;
    for (int i = 0; i < places_city_count; i++) {
        const int32_t *to = places_cities[i].direction_e9;
        const double cosine_e9 = x * to[0] + y * to[1] + z * to[2];
        if (cosine_e9 > best && (places_cities[i].is_coastal || !coastal)) {
            best = cosine_e9;
            nearest = i;
        }
    }
    const struct geo_geodetic city = to_geodetic(places_cities[nearest].at);
    *out = relate(nearest, city.lat_rad, city.lon_rad, p);
    return OK;
}

/* "Aomori, JPN", "Guam, USA", "Mongolia". */
static void add_area(struct phrase *text, const struct places_area *area)
{
    phrase_add(text, area->names[LANGUAGE_ENGLISH]);
    if (!area->is_whole_country || !nation_id_equal(area->nation, area->country)) {
        phrase_add(text, ", ");
        phrase_add(text, area->nation.code);
    }
}

static bool touches(const struct places_box *b, const double box_deg[4])
{
    return b->west <= box_deg[2] * PLACES_PER_DEG && b->east >= box_deg[0] * PLACES_PER_DEG &&
           b->south <= box_deg[3] * PLACES_PER_DEG && b->north >= box_deg[1] * PLACES_PER_DEG;
}

void gazetteer_lines(double west_deg, double south_deg, double east_deg, double north_deg,
                     void (*line)(void *context, const struct geo_geodetic *points, uint32_t count),
                     void *context)
{
    const double box_deg[4] = {west_deg, south_deg, east_deg, north_deg};
    for (int i = 0; i < places_piece_count; i++) {
        struct geo_geodetic points[GAZETTEER_LINE_POINTS];
        const struct places_piece *piece = &places_pieces[i];
        assert(piece->count <= GAZETTEER_LINE_POINTS);
        if (!touches(&piece->box, box_deg)) {
            continue;
        }
        for (uint32_t k = 0; k < piece->count; k++) {
            points[k] = to_geodetic(places_points[piece->first + k]);
        }
        line(context, points, piece->count);
    }
}

/* "Hirosaki, Aomori, JPN"; a name that is also the area's only once. */
static void add_city(struct phrase *text, const struct places_city *city)
{
    const struct places_area *area = &places_areas[city->area];
    if (strcmp(city->name, area->names[LANGUAGE_ENGLISH]) != 0) {
        phrase_add(text, city->name);
        phrase_add(text, ", ");
    }
    add_area(text, area);
}

/* "412 km E of ". */
static void add_bearing(struct phrase *text, const struct gazetteer_near *near)
{
    phrase_add_km(text, near->distance_m);
    phrase_add(text, " ");
    phrase_add_wind(text, near->azimuth_rad);
    phrase_add(text, " of ");
}

static void describe_land(struct phrase *text, int here, const struct gazetteer_near *near)
{
    const struct places_city *city = &places_cities[near->place];
    if (near->distance_m < AT_CITY_M && city->area == here) {
        add_city(text, city);
        return;
    }
    add_area(text, &places_areas[here]);
    if (near->distance_m < NEAR_CITY_M) {
        phrase_add(text, " (");
        add_bearing(text, near);
        if (city->area == here) {
            phrase_add(text, city->name);
        } else {
            add_city(text, city);
        }
        phrase_add(text, ")");
    }
}

static void describe_sea(struct phrase *text, const struct gazetteer_near *coast,
                         const struct gazetteer_near *city)
{
    if (coast->distance_m < 0.5 * city->distance_m) {
        add_bearing(text, coast);
        add_area(text, &places_areas[coast->place]);
    } else {
        add_bearing(text, city);
        add_city(text, &places_cities[city->place]);
    }
}

void gazetteer_describe(struct geo_geodetic p, char *out, size_t size)
{
    struct phrase text = phrase_over(out, size);
    struct gazetteer_near area;
    struct gazetteer_near city;
    if (gazetteer_nearest_area(p, &area) != OK) {
        phrase_add(&text, "no position");
        return;
    }
    const int here = gazetteer_find(p.lat_rad, p.lon_rad);
    const result found = gazetteer_nearest_city(p, here == GAZETTEER_NONE, &city);
    assert(found == OK);
    if (here != GAZETTEER_NONE) {
        describe_land(&text, here, &city);
    } else {
        describe_sea(&text, &area, &city);
    }
}
