/* A file of observation lines (formats/observation_line.h), read whole and put in order. */
#ifndef WATCHFIRE_CLI_OBSERVATION_FILE_H
#define WATCHFIRE_CLI_OBSERVATION_FILE_H

#include <stdint.h>

#include "base/result.h"
#include "engine/limits.h"
#include "model/observation.h"
#include "model/sensor.h"

#define OBSERVATION_FILE_ROWS_MAX 1000000
/* Lines may be late by no more than this against the latest time before them. */
#define OBSERVATION_FILE_LATE_S 30
#define OBSERVATION_FILE_MESSAGE_SIZE 768

struct observation_row {
    struct observation observation;
    uint32_t line; /* from 1 */
};

struct observation_file {
    uint32_t sensor_count;
    struct sensor sensors[LIMIT_SENSORS];
    uint32_t row_count;
    struct observation_row *rows; /* by time, then sensor, then line */
};

/* Reads all of a file, or of standard input where path is "-". Blank lines are passed over.
 *
 *   out       the caller gives it to observation_file_free
 *   message   on error: file, line, byte, what was expected, what was found
 *
 * ERR_IO if it cannot be read, ERR_FULL beyond the limits or memory, else ERR_FORMAT; out is then
 * unchanged. */
MUST_USE result observation_file_read(const char *path, struct observation_file *out,
                                      char message[OBSERVATION_FILE_MESSAGE_SIZE]);

void observation_file_free(struct observation_file *file);

#endif
