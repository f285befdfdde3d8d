/* Reads a scenario from a YAML file, with the policies and recordings that it names.
 * docs/scenarios.md has the form; data/scenarios has examples. */
#ifndef WATCHFIRE_CLI_SCENARIO_FILE_H
#define WATCHFIRE_CLI_SCENARIO_FILE_H

#include "base/bytes.h"
#include "base/result.h"
#include "node/yaml_tree.h"
#include "sim/scenario.h"

/* Reads the whole scenario or nothing; files that it names are found from its own folder.
 *
 *   message   on error: file, line, column, what was found, what was expected
 *
 * ERR_IO if a file cannot be read, else ERR_FORMAT or ERR_FULL; out is then unspecified (it is
 * large: the caller owns the storage, on the heap or static). */
MUST_USE result scenario_file_read(const char *path, struct scenario *out,
                                   char message[YAML_MESSAGE_SIZE]);

/* The same for bytes that are already here, as if they stood in the file `path`. */
MUST_USE result scenario_file_parse(const char *path, struct bytes text, struct scenario *out,
                                    char message[YAML_MESSAGE_SIZE]);

#endif
