/* Observation lines: what sensors report, one JSON object a line (NDJSON). docs/observations.md has
 * the form with examples; `assess` reads it from a file, a node from a socket.
 *
 * A line declares a sensor (its noise, and a radar's place) or carries one observation of a sensor
 * that was declared before. Lines are in degrees; what comes out is in radians. The reader is
 * strict: an unknown key, a key given twice, a wrong type, a value out of range or a sensor that is
 * not declared is refused in words. JSON by RFC 8259, time by RFC 3339. */
#ifndef WATCHFIRE_FORMATS_OBSERVATION_LINE_H
#define WATCHFIRE_FORMATS_OBSERVATION_LINE_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/fault.h"
#include "model/observation.h"
#include "model/sensor.h"

/* No longer line is read. */
#define OBSERVATION_LINE_BYTES_MAX 65536
/* Every line that is written has fewer bytes, its NUL included. */
#define OBSERVATION_LINE_TEXT_SIZE 2048

enum observation_line_type { OBSERVATION_LINE_SENSOR, OBSERVATION_LINE_OBSERVATION };

struct observation_line {
    enum observation_line_type type;
    union {
        struct sensor sensor;           /* what a line does not say is 0 */
        struct observation observation; /* receipt = validity: a line does not say when it came */
    };
};

/* Reads one line, with or without its end.
 *
 *   declared   the sensors of the lines before, `declared_count` of them
 *   out        azimuths in [0, 2 pi), directions of unit length
 *   fault      its offset is that of the key that is wrong, from the start of the line
 *
 * With `fault` filled: ERR_NOT_FOUND for an observation of a sensor that is not declared, ERR_STATE
 * for a sensor that is declared already, else ERR_FORMAT; out is then unchanged. ERR_FULL if there
 * is no memory. */
MUST_USE result observation_line_read(struct bytes line, const struct sensor *declared,
                                      uint32_t declared_count, struct observation_line *out,
                                      struct fault *fault);

/* Each writes one line with a NUL and without a line feed. Reading it gives the same value again,
 * but for what lines do not carry (a sensor's coverage and interval) and the last bit of an angle.
 * ERR_RANGE for what is not a possible sensor or observation; ERR_FULL if there is no memory. out
 * is then unchanged. */
MUST_USE result observation_line_write_sensor(const struct sensor *sensor,
                                              char out[OBSERVATION_LINE_TEXT_SIZE]);
MUST_USE result observation_line_write(const struct observation *observation,
                                       char out[OBSERVATION_LINE_TEXT_SIZE]);

#endif
