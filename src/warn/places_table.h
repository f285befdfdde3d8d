/* The tables that scripts/places_to_c.py makes from data/places at build time. Only gazetteer.c
 * reads them. Angles are integers of 1e-5 degree (about 1.1 m of latitude). */
#ifndef WATCHFIRE_WARN_PLACES_TABLE_H
#define WATCHFIRE_WARN_PLACES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "model/language.h"

#define PLACES_PER_DEG 100000
#define PLACES_CELL_DEG 4
#define PLACES_CELL_COLUMNS (360 / PLACES_CELL_DEG)
#define PLACES_CELL_ROWS (180 / PLACES_CELL_DEG)

/* Longitude in [-180, 180] degrees (east +), latitude (north +). */
struct places_point {
    int32_t lon;
    int32_t lat;
};

struct places_box {
    int32_t west;
    int32_t south;
    int32_t east;
    int32_t north;
};

/* `count` points from places_points[first] on: a part of a border or coast. Along
 * the 180th meridian and at the pole, where areas are cut, a line closes them on either side: no
 * point outside is nearest to it. */
struct places_piece {
    struct places_box box;
    uint32_t first;
    uint16_t count;
};

/* Its pieces are places_area_pieces[first .. first + count - 1]; a point lies inside if a ray from
 * it crosses them an odd number of times. `country` is the territory's own code ("GUM"), `nation`
 * that of the state it belongs to ("USA"). */
struct places_area {
    const char *names[LANGUAGE_COUNT];
    const char *country_names[LANGUAGE_COUNT];
    const char *iso_code;
    struct nation_id nation;
    struct nation_id country;
    struct places_point inner;
    struct places_box box;
    uint32_t first;
    uint32_t count;
    bool is_whole_country;
};

/* `direction_e9`: the ellipsoid normal at the city, Earth-fixed, times 1e9. */
struct places_city {
    const char *name;
    struct places_point at;
    int32_t direction_e9[3];
    uint32_t population;
    uint16_t area;
    bool is_coastal;
    bool is_capital;
};

extern const struct places_point places_points[];
extern const struct places_piece places_pieces[];
extern const int places_piece_count;
extern const uint16_t places_area_pieces[];
extern const struct places_area places_areas[];
extern const int places_area_count;
/* The areas of a cell, in rising order: places_cell_areas[places_cell_starts[c] ..
 * places_cell_starts[c + 1] - 1]; cells count from the south-west corner, row by row. */
extern const uint16_t places_cell_starts[];
extern const uint16_t places_cell_areas[];
extern const struct places_city places_cities[];
extern const int places_city_count;

#endif
