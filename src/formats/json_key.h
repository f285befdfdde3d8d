/* Where a key stands in a line of JSON, for messages. */
#ifndef WATCHFIRE_FORMATS_JSON_KEY_H
#define WATCHFIRE_FORMATS_JSON_KEY_H

#include <stddef.h>

#include "base/bytes.h"

/* Where `"key":` stands in the line; 0 if it is written in another way (with escapes). */
size_t json_key_offset(struct bytes line, const char *key);

#endif
