/* Reads a recorded flight: lines of "time in s, altitude in km, downrange in km", after the header
 * line "time_s,altitude_km,downrange_km". Lines that start with '#' are comments. */
#ifndef WATCHFIRE_CLI_RECORDING_FILE_H
#define WATCHFIRE_CLI_RECORDING_FILE_H

#include "base/result.h"
#include "node/yaml_tree.h"
#include "sim/scenario.h"

/* Fills in the samples up to until_s; the rest of *out is left alone.
 *
 *   message   on error: file, line, what was found, what was expected
 *
 * ERR_IO if the file cannot be read, ERR_FULL for more than SCENARIO_SAMPLES_MAX lines, else
 * ERR_FORMAT; out is then unspecified. */
MUST_USE result recording_file_read(const char *path, double until_s,
                                    struct scenario_recording *out,
                                    char message[YAML_MESSAGE_SIZE]);

#endif
