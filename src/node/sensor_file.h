/* The file in which a nation declares its own sensors: observation lines of type "sensor"
 * (formats/observation_line.h), one a line, blank lines between them. */
#ifndef WATCHFIRE_NODE_SENSOR_FILE_H
#define WATCHFIRE_NODE_SENSOR_FILE_H

#include <stdint.h>

#include "base/result.h"
#include "engine/limits.h"
#include "model/sensor.h"

#define SENSOR_FILE_MESSAGE_SIZE 768

/* Reads all of a file or nothing.
 *
 *   out       room for LIMIT_SENSORS
 *   message   on error: file, line, byte, what was expected, what was found
 *
 * ERR_IO if it cannot be read, ERR_FULL beyond LIMIT_SENSORS or memory, else ERR_FORMAT; out and
 * count are then unspecified. */
MUST_USE result sensor_file_read(const char *path, struct sensor out[LIMIT_SENSORS],
                                 uint32_t *count, char message[SENSOR_FILE_MESSAGE_SIZE]);

#endif
