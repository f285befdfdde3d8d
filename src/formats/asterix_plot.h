/* ASTERIX target reports (category 048) as plots of a radar that its nation declared. */
#ifndef WATCHFIRE_FORMATS_ASTERIX_PLOT_H
#define WATCHFIRE_FORMATS_ASTERIX_PLOT_H

#include "base/instant.h"
#include "base/result.h"
#include "formats/asterix.h"
#include "model/observation.h"
#include "model/sensor.h"

/* The name under which a radar must be declared: its system area and identification codes (SAC and
 * SIC) in decimal, "25-201". */
struct sensor_id asterix_plot_sensor(const struct asterix_record *record);

/* A target report as a plot.
 *
 *   sensor   the radar, of kind SENSOR_RADAR
 *   near     any moment within 12 hours of the report, which carries only the time of day
 *   out      range, azimuth from the radar's north, and elevation if a 3D radar measured a height
 *            (I048/110, mean sea level taken for the ellipsoid) and the sensor is declared with a
 *            deviation of its elevation; receipt = validity
 *
 * The flight level (I048/090) is not used: it is what the aircraft says of itself, by its own
 * pressure gauge. ERR_NOT_FOUND if the record is not a plot: another category, no measured place or
 * no time, simulated, a test or a field monitor, or impossible. */
MUST_USE result asterix_plot(const struct asterix_record *record, const struct sensor *sensor,
                             struct instant near, struct observation *out);

#endif
