/* One ASTERIX record as a line: for people, or as a JSON object for machines. */
#ifndef WATCHFIRE_FORMATS_ASTERIX_TEXT_H
#define WATCHFIRE_FORMATS_ASTERIX_TEXT_H

#include "base/instant.h"
#include "formats/asterix.h"

#define ASTERIX_TEXT_SIZE 512

/* A line for a person, without a line feed. Returns out. */
const char *asterix_text(const struct asterix_record *r, char out[ASTERIX_TEXT_SIZE]);

/* A JSON object on one line, without a line feed. What the record does not carry has no member.
 *
 *   captured   when the capture file says it came, or INSTANT_UNSET
 *   out        the caller frees it with free()
 *
 * ERR_FULL if there is no memory; out is then unchanged. */
MUST_USE result asterix_json(const struct asterix_record *r, struct instant captured, char **out);

#endif
