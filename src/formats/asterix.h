/* Reads ASTERIX, the format in which radars report: data blocks, and the records in them.
 *
 * Decoded: category 034 (service messages of one radar, edition 1.29) and 048 (its target reports,
 * edition 1.31). Blocks of other categories are told apart and can be passed over.
 *
 * A block is taken whole or not at all: asterix_block_next decodes every record in it before it
 * says OK, so that nothing of a block that is wrong anywhere is ever released.
 *
 * Nothing here allocates or owns memory: a block is a view into the input, a record a plain copy.
 * Units are those of the format and of its readers: NM, degrees, knots, flight levels. */
#ifndef WATCHFIRE_FORMATS_ASTERIX_H
#define WATCHFIRE_FORMATS_ASTERIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "formats/fault.h"

/* The most items a record can have in the categories decoded here. */
#define ASTERIX_ITEM_COUNT_MAX 28
#define ASTERIX_IDENTIFICATION_SIZE 9

struct asterix_category;

/* What a record carries beside its source; each bit answers for the members named. */
enum asterix_field {
    ASTERIX_TIME_OF_DAY = 1 << 0,     /* time_of_day_s */
    ASTERIX_POLAR = 1 << 1,           /* range_nm, azimuth_deg */
    ASTERIX_CARTESIAN = 1 << 2,       /* x_nm, y_nm */
    ASTERIX_FLIGHT_LEVEL = 1 << 3,    /* flight_level, flight_level_quality */
    ASTERIX_MODE_3A = 1 << 4,         /* mode_3a, mode_3a_quality, mode_3a_is_old */
    ASTERIX_TRACK_NUMBER = 1 << 5,    /* track_number */
    ASTERIX_VELOCITY = 1 << 6,        /* ground_speed_kt, heading_deg */
    ASTERIX_ADDRESS = 1 << 7,         /* aircraft_address */
    ASTERIX_IDENTIFICATION = 1 << 8,  /* identification */
    ASTERIX_DESCRIPTOR = 1 << 9,      /* detection, is_simulated, is_test, is_field_monitor */
    ASTERIX_HEIGHT = 1 << 10,         /* height_ft */
    ASTERIX_TRACK_STATUS = 1 << 11,   /* track_is_tentative, track_has_ended */
    ASTERIX_MESSAGE_TYPE = 1 << 12,   /* message_type */
    ASTERIX_SECTOR = 1 << 13,         /* sector_number */
    ASTERIX_ROTATION = 1 << 14,       /* rotation_period_s */
    ASTERIX_SOURCE_POSITION = 1 << 15 /* source_height_m, source_lat_deg, source_lon_deg */
};

/* What the radar says of a reply from a transponder. */
struct asterix_quality {
    bool is_not_validated;
    bool is_garbled;
};

struct asterix_record {
    const struct asterix_category *category;
    size_t offset;       /* of its first byte in the input */
    size_t size;         /* bytes, with its field specification */
    uint32_t items;      /* bit i = the item at place i of the category's standard order is there */
    uint32_t fields;     /* enum asterix_field; what is not named there is zero and means nothing */
    uint8_t system_area; /* SAC and SIC: always there */
    uint8_t system_identification;

    double time_of_day_s; /* since midnight UTC, below 86400 */

    double range_nm;    /* slant range from the radar */
    double azimuth_deg; /* clockwise from the radar's north, 0 to 360 */
    double x_nm, y_nm;  /* of the radar's tracker, east and north of the radar */
    double flight_level;
    struct asterix_quality flight_level_quality;
    double height_ft;    /* above mean sea level, by a 3D radar */
    uint16_t mode_3a;    /* 12 bits, written as four octal digits */
    bool mode_3a_is_old; /* not received in this scan */
    struct asterix_quality mode_3a_quality;
    uint16_t track_number; /* 12 bits */
    bool track_is_tentative;
    bool track_has_ended;
    double ground_speed_kt;
    double heading_deg;        /* clockwise from true north */
    uint32_t aircraft_address; /* 24 bits, ICAO */
    char identification
        [ASTERIX_IDENTIFICATION_SIZE]; /* no blanks at the end; '?' = no such letter */
    uint8_t detection;                 /* TYP of I048/020, 0 to 7 */
    bool is_simulated;
    bool is_test;
    bool is_field_monitor; /* a fixed transponder that the radar checks itself with */

    uint8_t message_type;  /* I034/000 */
    uint8_t sector_number; /* azimuth in 1/256 of a circle */
    double rotation_period_s;
    double source_height_m; /* above the WGS 84 ellipsoid */
    double source_lat_deg, source_lon_deg;
};

/* A block that has been verified, and how far its records have been handed out. */
struct asterix_block {
    uint8_t category_number;
    const struct asterix_category *category; /* NULL = not decoded here: it has no records */
    size_t offset;                           /* of its first byte in the input */
    size_t size;
    size_t record_count;
    struct byte_reader in;
    size_t records_offset;
};

/* Takes the next block and verifies all of it.
 *
 *   in       stands at the block; moves behind it on OK
 *   origin   offset of in's first byte in the input, for messages
 *
 * ERR_FORMAT with `fault` filled if the block or any record in it is malformed: a length that does
 * not fit, an item that the category does not have, a value outside its range, a record that does
 * not end where the block does, or no data source. `in` and `out` are then unchanged. */
MUST_USE result asterix_block_next(struct byte_reader *in, size_t origin, struct asterix_block *out,
                                   struct fault *fault);

/* The next record of a verified block; false, and out unchanged, after the last one. */
bool asterix_block_record(struct asterix_block *block, struct asterix_record *out);

static inline bool asterix_record_has(const struct asterix_record *r, enum asterix_field field)
{
    return (r->fields & (uint32_t)field) != 0;
}

#endif
