/* Places of the own screen: which province or country is at a point, what is near it, and a phrase
 * for people. Names never go on the wire; each nation shows its own gazetteer.
 *
 * An *area* is a province near the theatre (prefecture, state, oblast) and a whole country
 * elsewhere, numbered from 0; GAZETTEER_NONE is the open sea. Every point lies in at most one area.
 * The tables are constant and built in (data/places: Natural Earth and GeoNames); nothing is read
 * or allocated at run time, and every name returned lives as long as the program. Coasts are
 * thinned (0.3 km in Japan and Korea, 8 km far away), so a point this near a coast can fall on its
 * other side. Angles in rad, distances in m on the ellipsoid, heights ignored, azimuths from true
 * north clockwise. */
#ifndef WATCHFIRE_WARN_GAZETTEER_H
#define WATCHFIRE_WARN_GAZETTEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/result.h"
#include "geo/frame.h"
#include "model/language.h"

#define GAZETTEER_NONE (-1)
/* Holds every phrase of gazetteer_describe. */
#define GAZETTEER_PHRASE_SIZE 160
/* The breadth of the territorial sea: 12 nautical miles (UNCLOS 1982, article 3). */
#define GAZETTEER_TERRITORIAL_SEA_M 22224.0

int gazetteer_area_count(void);

/* The area at a point. GAZETTEER_NONE at sea, and for a latitude beyond the poles or a value that
 * is not finite. Any finite longitude is taken, brought into one turn. */
int gazetteer_find(double lat_rad, double lon_rad);

/* "Aomori"; for a whole country its name, "Mongolia". */
const char *gazetteer_name(int area);

/* The same in a language, "青森県"; the English name where the source has none. */
const char *gazetteer_name_in(int area, enum language language);

/* Its code of ISO 3166-2, "JP-02", or for a whole country of ISO 3166-1, "MN"; "" if it is not
 * known. */
const char *gazetteer_iso_code(int area);

/* The state that the area belongs to: USA for Alaska and for Guam. */
struct nation_id gazetteer_nation(int area);

/* The territory's own code of ISO 3166-1: USA for Alaska, GUM for Guam. */
struct nation_id gazetteer_country(int area);

/* "Japan", "Guam". */
const char *gazetteer_country_name(int area);

const char *gazetteer_country_name_in(int area, enum language language);

/* Whether the area is all of its country, so that its name is the country's. */
bool gazetteer_is_whole_country(int area);

/* A point well inside the area's main part; height 0. */
struct geo_geodetic gazetteer_point(int area);

/* Whether all of the area lies farther than `distance_m` from p, by its bounding box: cheap, never
 * true by mistake, for sorting out areas before a dearer test. False if p is not a position. */
bool gazetteer_is_far(struct geo_geodetic p, int area, double distance_m);

struct gazetteer_city {
    const char *name;
    struct geo_geodetic position;
    uint32_t population; /* 0 = not known */
    int area;
    bool is_coastal; /* within 25 km of the sea */
    bool is_capital;
};

int gazetteer_city_count(void);

/* Cities in order of population, largest first. */
struct gazetteer_city gazetteer_city(int city);

/* How a point lies to a place: `place` is the number of an area or a city. */
struct gazetteer_near {
    int place;
    double distance_m;
    double azimuth_rad; /* from the place (an area: its nearest point) to the point, [0, 2 pi) */
};

/* The city nearest to p; with `coastal` only among those by the sea.
 * ERR_RANGE for a latitude beyond the poles or a value that is not finite. */
MUST_USE result gazetteer_nearest_city(struct geo_geodetic p, bool coastal,
                                       struct gazetteer_near *out);

/* The area nearest to p; distance and azimuth are 0 inside. Errors as above. */
MUST_USE result gazetteer_nearest_area(struct geo_geodetic p, struct gazetteer_near *out);

/* Distance from p to an area, 0 inside. Errors as above. Exact to 0.1 % below 500 km (for the
 * nearest point is sought in a local plane), to a few per cent beyond 3,000 km. */
MUST_USE result gazetteer_distance(struct geo_geodetic p, int area, double *distance_m);

/* Whether p lies on land of `nation` or within distance_m (at most 500 km) of it: with
 * GAZETTEER_TERRITORIAL_SEA_M its territory and territorial sea, borders between states aside.
 * False if p is not a position. */
bool gazetteer_is_within(struct geo_geodetic p, struct nation_id nation, double distance_m);

/* Hands out the coasts and borders that may lie in a box (degrees, west < east), a few points at a
 * time, for someone who draws them. */
#define GAZETTEER_LINE_POINTS 17
void gazetteer_lines(double west_deg, double south_deg, double east_deg, double north_deg,
                     void (*line)(void *context, const struct geo_geodetic *points, uint32_t count),
                     void *context);

/* One phrase for people, cut if it does not fit; size >= 1:
 *   on land   "Hirosaki, Aomori, JPN" within 5 km of the city, "Aomori, JPN (12 km S of Hirosaki)"
 *   at sea    "412 km E of Miyako, Iwate, JPN"; where a coast is nearer than half the way to a
 *             coastal city "61 km S of Alaska, USA"
 * "no position" if p is not one. */
void gazetteer_describe(struct geo_geodetic p, char *out, size_t size);

#endif
