#include "formats/asterix_category.h"

#include "formats/asterix_value.h"

#define COUNT(table) ((uint8_t)(sizeof(table) / sizeof(table)[0]))
#define FIXED(number, title, octets)                              \
    {                                                             \
        number, title, ASTERIX_FIXED, octets, 0, NULL, NULL, NULL \
    }
#define READ(number, title, octets, decode)                         \
    {                                                               \
        number, title, ASTERIX_FIXED, octets, 0, NULL, decode, NULL \
    }
#define EXTENDED(number, title, most, decode)                        \
    {                                                                \
        number, title, ASTERIX_EXTENDED, most, 0, NULL, decode, NULL \
    }
#define REPETITIVE(number, title, octets)                              \
    {                                                                  \
        number, title, ASTERIX_REPETITIVE, octets, 0, NULL, NULL, NULL \
    }
#define EXPLICIT(number, title)                                 \
    {                                                           \
        number, title, ASTERIX_EXPLICIT, 0, 0, NULL, NULL, NULL \
    }
#define COMPOUND(number, title, parts)                                      \
    {                                                                       \
        number, title, ASTERIX_COMPOUND, 0, COUNT(parts), parts, NULL, NULL \
    }
#define SPARE                                             \
    {                                                     \
        NULL, NULL, ASTERIX_SPARE, 0, 0, NULL, NULL, NULL \
    }

static const char TIME_RANGE[] = "a time of day below 86400 s";

/* Category 034, edition 1.29 of 2021-03-15. */

static const struct asterix_item PARTS_034_050[] = {
    FIXED("COM", "Common Part", 1),
    SPARE,
    SPARE,
    FIXED("PSR", "Status of a PSR Sensor", 1),
    FIXED("SSR", "Status of an SSR Sensor", 1),
    FIXED("MDS", "Status of a Mode S Sensor", 2),
};

static const struct asterix_item PARTS_034_060[] = {
    FIXED("COM", "Common Part", 1),
    SPARE,
    SPARE,
    FIXED("PSR", "Mode of a PSR Sensor", 1),
    FIXED("SSR", "Mode of an SSR Sensor", 1),
    FIXED("MDS", "Mode of a Mode S Sensor", 1),
};

static const struct asterix_item ITEMS_034[] = {
    READ("010", "Data Source Identifier", 2, asterix_value_data_source),
    READ("000", "Message Type", 1, asterix_value_message_type),
    {"030", "Time of Day", ASTERIX_FIXED, 3, 0, NULL, asterix_value_time_of_day, TIME_RANGE},
    READ("020", "Sector Number", 1, asterix_value_sector),
    READ("041", "Antenna Rotation Speed", 2, asterix_value_rotation),
    COMPOUND("050", "System Configuration and Status", PARTS_034_050),
    COMPOUND("060", "System Processing Mode", PARTS_034_060),
    REPETITIVE("070", "Message Count Values", 2),
    FIXED("100", "Generic Polar Window", 8),
    FIXED("110", "Data Filter", 1),
    {"120", "3D-Position of Data Source", ASTERIX_FIXED, 8, 0, NULL, asterix_value_source_position,
     "a latitude from -90 to 90 degrees"},
    FIXED("090", "Collimation Error", 2),
    EXPLICIT("RE", "Reserved Expansion Field"),
    EXPLICIT("SP", "Special Purpose Field"),
};

/* Category 048, edition 1.31 of 2022-10-03. */

static const struct asterix_item PARTS_048_120[] = {
    FIXED("CAL", "Calculated Doppler Speed", 2),
    REPETITIVE("RDS", "Raw Doppler Speed", 6),
};

static const struct asterix_item PARTS_048_130[] = {
    FIXED("SRL", "SSR Plot Runlength", 1),
    FIXED("SRR", "Number of Received Replies", 1),
    FIXED("SAM", "Amplitude of Reply", 1),
    FIXED("PRL", "Primary Plot Runlength", 1),
    FIXED("PAM", "Amplitude of Primary Plot", 1),
    FIXED("RPD", "Difference in Range, PSR and SSR", 1),
    FIXED("APD", "Difference in Azimuth, PSR and SSR", 1),
};

static const struct asterix_item ITEMS_048[] = {
    READ("010", "Data Source Identifier", 2, asterix_value_data_source),
    {"140", "Time of Day", ASTERIX_FIXED, 3, 0, NULL, asterix_value_time_of_day, TIME_RANGE},
    EXTENDED("020", "Target Report Descriptor", 3, asterix_value_descriptor),
    READ("040", "Measured Position in Polar Co-ordinates", 4, asterix_value_polar),
    READ("070", "Mode-3/A Code", 2, asterix_value_mode_3a),
    READ("090", "Flight Level", 2, asterix_value_flight_level),
    COMPOUND("130", "Radar Plot Characteristics", PARTS_048_130),
    READ("220", "Aircraft Address", 3, asterix_value_address),
    READ("240", "Aircraft Identification", 6, asterix_value_identification),
    REPETITIVE("250", "BDS Register Data", 8),
    READ("161", "Track Number", 2, asterix_value_track_number),
    READ("042", "Calculated Position in Cartesian Co-ordinates", 4, asterix_value_cartesian),
    READ("200", "Calculated Track Velocity in Polar Co-ordinates", 4, asterix_value_velocity),
    EXTENDED("170", "Track Status", 2, asterix_value_track_status),
    FIXED("210", "Track Quality", 4),
    {"030", "Warning/Error Conditions", ASTERIX_REPETITIVE_FX, 1, 0, NULL, NULL, NULL},
    FIXED("080", "Mode-3/A Code Confidence Indicator", 2),
    FIXED("100", "Mode-C Code and Confidence Indicator", 4),
    READ("110", "Height Measured by a 3D Radar", 2, asterix_value_height),
    COMPOUND("120", "Radial Doppler Speed", PARTS_048_120),
    FIXED("230", "Communications/ACAS Capability and Flight Status", 2),
    FIXED("260", "ACAS Resolution Advisory Report", 7),
    FIXED("055", "Mode-1 Code", 1),
    FIXED("050", "Mode-2 Code", 2),
    FIXED("065", "Mode-1 Code Confidence Indicator", 1),
    FIXED("060", "Mode-2 Code Confidence Indicator", 2),
    EXPLICIT("SP", "Special Purpose Field"),
    EXPLICIT("RE", "Reserved Expansion Field"),
};

static const struct asterix_category CATEGORIES[] = {
    {34, COUNT(ITEMS_034), "1.29", ITEMS_034},
    {48, COUNT(ITEMS_048), "1.31", ITEMS_048},
};

_Static_assert(COUNT(ITEMS_034) <= ASTERIX_ITEM_COUNT_MAX, "asterix_record.items has a bit each");
_Static_assert(COUNT(ITEMS_048) <= ASTERIX_ITEM_COUNT_MAX, "asterix_record.items has a bit each");

const struct asterix_category *asterix_category_find(uint8_t number)
{
    for (size_t i = 0; i < COUNT(CATEGORIES); i++) {
        if (CATEGORIES[i].number == number) {
            return &CATEGORIES[i];
        }
    }
    return NULL;
}
