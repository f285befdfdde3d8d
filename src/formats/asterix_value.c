#include "formats/asterix_value.h"

#include <assert.h>
#include <string.h>

/* `size` octets from `at` on, most significant first. */
static uint32_t whole(struct bytes octets, size_t at, size_t size)
{
    assert(at + size <= octets.size && size <= 4);
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | octets.data[at + i];
    }
    return value;
}

/* The lowest `bits` bits of value, in two's complement. */
static int32_t with_sign(uint32_t value, unsigned bits)
{
    assert(bits > 0 && bits < 32);
    const int32_t half = (int32_t)(1u << (bits - 1));
    const int32_t low = (int32_t)(value & ((1u << bits) - 1u));
    return low >= half ? low - 2 * half : low;
}

static bool has_bit(uint8_t octet, unsigned bit)
{
    return (octet >> (bit - 1) & 1) != 0;
}

result asterix_value_data_source(struct bytes octets, struct asterix_record *out)
{
    out->system_area = octets.data[0];
    out->system_identification = octets.data[1];
    return OK;
}

/* I034/030, I048/140: 1/128 s since midnight UTC. */
result asterix_value_time_of_day(struct bytes octets, struct asterix_record *out)
{
    const double time_s = whole(octets, 0, 3) / 128.0;
    ENSURE(time_s < 86400.0, ERR_RANGE);
    out->time_of_day_s = time_s;
    out->fields |= ASTERIX_TIME_OF_DAY;
    return OK;
}

result asterix_value_message_type(struct bytes octets, struct asterix_record *out)
{
    out->message_type = octets.data[0];
    out->fields |= ASTERIX_MESSAGE_TYPE;
    return OK;
}

result asterix_value_sector(struct bytes octets, struct asterix_record *out)
{
    out->sector_number = octets.data[0];
    out->fields |= ASTERIX_SECTOR;
    return OK;
}

/* I034/041: 1/128 s. */
result asterix_value_rotation(struct bytes octets, struct asterix_record *out)
{
    out->rotation_period_s = whole(octets, 0, 2) / 128.0;
    out->fields |= ASTERIX_ROTATION;
    return OK;
}

/* I034/120: height in metres, 16 bits; latitude and longitude in 180/2^23 degree, 24 bits. */
result asterix_value_source_position(struct bytes octets, struct asterix_record *out)
{
    const double lat_deg = with_sign(whole(octets, 2, 3), 24) * 180.0 / 8388608.0;
    const double lon_deg = with_sign(whole(octets, 5, 3), 24) * 180.0 / 8388608.0;
    ENSURE(lat_deg >= -90.0 && lat_deg <= 90.0, ERR_RANGE);
    out->source_height_m = with_sign(whole(octets, 0, 2), 16);
    out->source_lat_deg = lat_deg;
    out->source_lon_deg = lon_deg;
    out->fields |= ASTERIX_SOURCE_POSITION;
    return OK;
}

/* I048/020: TYP in bits 8 to 6, SIM bit 5, RAB bit 2; TST is bit 8 of the first extension. */
result asterix_value_descriptor(struct bytes octets, struct asterix_record *out)
{
    out->detection = (uint8_t)(octets.data[0] >> 5);
    out->is_simulated = has_bit(octets.data[0], 5);
    out->is_field_monitor = has_bit(octets.data[0], 2);
    out->is_test = octets.size > 1 && has_bit(octets.data[1], 8);
    out->fields |= ASTERIX_DESCRIPTOR;
    return OK;
}

/* I048/040: 1/256 NM and 360/2^16 degree. */
result asterix_value_polar(struct bytes octets, struct asterix_record *out)
{
    out->range_nm = whole(octets, 0, 2) / 256.0;
    out->azimuth_deg = whole(octets, 2, 2) * 360.0 / 65536.0;
    out->fields |= ASTERIX_POLAR;
    return OK;
}

/* Bits V and G of I048/070 and I048/090. */
static struct asterix_quality quality(uint8_t octet)
{
    return (struct asterix_quality){has_bit(octet, 8), has_bit(octet, 7)};
}

/* I048/070: V, G, L, a spare bit and twelve bits that are four octal digits. */
result asterix_value_mode_3a(struct bytes octets, struct asterix_record *out)
{
    out->mode_3a = (uint16_t)(whole(octets, 0, 2) & 0x0fffu);
    out->mode_3a_quality = quality(octets.data[0]);
    out->mode_3a_is_old = has_bit(octets.data[0], 6);
    out->fields |= ASTERIX_MODE_3A;
    return OK;
}

/* I048/090: V, G and 14 bits of 1/4 flight level. The item's note 3 bounds it by ICAO Annex 10,
 * whose lowest altitude code is 1000 ft below zero: so the 14 bits are two's complement. */
result asterix_value_flight_level(struct bytes octets, struct asterix_record *out)
{
    out->flight_level = with_sign(whole(octets, 0, 2), 14) / 4.0;
    out->flight_level_quality = quality(octets.data[0]);
    out->fields |= ASTERIX_FLIGHT_LEVEL;
    return OK;
}

result asterix_value_address(struct bytes octets, struct asterix_record *out)
{
    out->aircraft_address = whole(octets, 0, 3);
    out->fields |= ASTERIX_ADDRESS;
    return OK;
}

/* A letter of ICAO Annex 10, volume IV, table 3-8. An aircraft may send codes that have no letter:
 * that is its fault and not the radar's, and must not cost the whole report. */
static char letter(uint32_t code)
{
    if (code >= 1 && code <= 26) {
        return (char)('A' + code - 1);
    }
    if (code >= 48 && code <= 57) {
        return (char)('0' + code - 48);
    }
    return code == 32 ? ' ' : '?';
}

/* I048/240: eight letters of six bits. All bits zero is what a transponder sends that has not been
 * told the identification: the same as blanks. */
result asterix_value_identification(struct bytes octets, struct asterix_record *out)
{
    char text[ASTERIX_IDENTIFICATION_SIZE] = "";
    size_t size = 0;
    const bool is_set = (whole(octets, 0, 3) | whole(octets, 3, 3)) != 0;
    for (size_t i = 0; i < 8 && is_set; i++) {
        const uint32_t three_octets = whole(octets, i / 4 * 3, 3);
        text[i] = letter(three_octets >> (18 - 6 * (i % 4)) & 0x3fu);
        size = text[i] == ' ' ? size : i + 1;
    }
    memset(out->identification, 0, sizeof out->identification);
    memcpy(out->identification, text, size);
    out->fields |= ASTERIX_IDENTIFICATION;
    return OK;
}

result asterix_value_track_number(struct bytes octets, struct asterix_record *out)
{
    out->track_number = (uint16_t)(whole(octets, 0, 2) & 0x0fffu);
    out->fields |= ASTERIX_TRACK_NUMBER;
    return OK;
}

/* I048/042: 1/128 NM, two's complement. */
result asterix_value_cartesian(struct bytes octets, struct asterix_record *out)
{
    out->x_nm = with_sign(whole(octets, 0, 2), 16) / 128.0;
    out->y_nm = with_sign(whole(octets, 2, 2), 16) / 128.0;
    out->fields |= ASTERIX_CARTESIAN;
    return OK;
}

/* I048/200: 2^-14 NM/s and 360/2^16 degree. */
result asterix_value_velocity(struct bytes octets, struct asterix_record *out)
{
    out->ground_speed_kt = whole(octets, 0, 2) * 3600.0 / 16384.0;
    out->heading_deg = whole(octets, 2, 2) * 360.0 / 65536.0;
    out->fields |= ASTERIX_VELOCITY;
    return OK;
}

/* I048/170: CNF is bit 8; TRE is bit 8 of the first extension. */
result asterix_value_track_status(struct bytes octets, struct asterix_record *out)
{
    out->track_is_tentative = has_bit(octets.data[0], 8);
    out->track_has_ended = octets.size > 1 && has_bit(octets.data[1], 8);
    out->fields |= ASTERIX_TRACK_STATUS;
    return OK;
}

/* I048/110: 14 bits of 25 ft, two's complement. */
result asterix_value_height(struct bytes octets, struct asterix_record *out)
{
    out->height_ft = with_sign(whole(octets, 0, 2), 14) * 25.0;
    out->fields |= ASTERIX_HEIGHT;
    return OK;
}
