/* Numbers with units as people write them: "10 km", "1.5 deg", "3 %". */
#ifndef WATCHFIRE_NODE_YAML_NUMBER_H
#define WATCHFIRE_NODE_YAML_NUMBER_H

#include <stddef.h>

#include "base/result.h"
#include "node/yaml.h"

#define YAML_NUMBER_TEXT 48

/* Reads a whole text: sign, digits, decimals, exponent; at most one space; a unit of the dimension.
 *
 *   why_out   where it fails, a phrase for the message, static storage
 *
 * ERR_FORMAT for anything else ("nan", "inf", hexadecimal, a comma), ERR_RANGE for more than a
 * double holds; out is then unchanged. */
MUST_USE result yaml_number_parse(const char *text, enum yaml_dimension dimension, double *out,
                                  const char **why_out);

/* A plain decimal number at the front of `text`; what follows it in *rest. */
MUST_USE result yaml_number_plain(const char *text, double *out, const char **rest);

/* "a length such as \"250 m\" or \"10 km\"". */
const char *yaml_number_example(enum yaml_dimension dimension);

/* An SI value in a unit that reads well: 10000 -> "10 km". Returns out. */
const char *yaml_number_format(double value, enum yaml_dimension dimension,
                               char out[YAML_NUMBER_TEXT]);

#endif
