/* Values out of the octets of one item: what the tables of asterix_category.c point at.
 *
 * Each is given an item whose form has been checked, sets its members of `out` and their bit in
 * `fields`. ERR_RANGE for a value that the specification rules out. */
#ifndef WATCHFIRE_FORMATS_ASTERIX_VALUE_H
#define WATCHFIRE_FORMATS_ASTERIX_VALUE_H

#include "formats/asterix.h"

/* Category 034 and 048. */
result asterix_value_data_source(struct bytes octets, struct asterix_record *out);
result asterix_value_time_of_day(struct bytes octets, struct asterix_record *out);

/* Category 034. */
result asterix_value_message_type(struct bytes octets, struct asterix_record *out);
result asterix_value_sector(struct bytes octets, struct asterix_record *out);
result asterix_value_rotation(struct bytes octets, struct asterix_record *out);
result asterix_value_source_position(struct bytes octets, struct asterix_record *out);

/* Category 048. */
result asterix_value_descriptor(struct bytes octets, struct asterix_record *out);
result asterix_value_polar(struct bytes octets, struct asterix_record *out);
result asterix_value_mode_3a(struct bytes octets, struct asterix_record *out);
result asterix_value_flight_level(struct bytes octets, struct asterix_record *out);
result asterix_value_address(struct bytes octets, struct asterix_record *out);
result asterix_value_identification(struct bytes octets, struct asterix_record *out);
result asterix_value_track_number(struct bytes octets, struct asterix_record *out);
result asterix_value_cartesian(struct bytes octets, struct asterix_record *out);
result asterix_value_velocity(struct bytes octets, struct asterix_record *out);
result asterix_value_track_status(struct bytes octets, struct asterix_record *out);
result asterix_value_height(struct bytes octets, struct asterix_record *out);

#endif
