/* A bounded writer of one JSON text: commas by itself, text escaped, numbers finite.
 *
 * It never writes past its capacity; after the first value that does not fit it writes nothing
 * more, and json_writer_finish says ERR_FULL. A member of an object has a key; an element of an
 * array, and the outermost value, has NULL. A double that is not finite, and an instant that is
 * unset, become null. Text that is not UTF-8 is mended with U+FFFD: a parser would refuse it. */
#ifndef WATCHFIRE_CONSOLE_JSON_WRITER_H
#define WATCHFIRE_CONSOLE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"

#define JSON_DEPTH_MAX 16

struct json_writer {
    char *text; /* the caller's storage */
    size_t capacity;
    size_t size;
    bool full;
    int depth;
    char closing[JSON_DEPTH_MAX]; /* what ends each open object or array */
    bool first[JSON_DEPTH_MAX];
};

void json_writer_start(struct json_writer *w, char *text, size_t capacity);

/* The text is complete, without a NUL; its length goes to size. ERR_FULL if it did not fit. Every
 * object and array must have been closed. */
MUST_USE result json_writer_finish(const struct json_writer *w, size_t *size);

void json_writer_object(struct json_writer *w, const char *key);
void json_writer_array(struct json_writer *w, const char *key);
void json_writer_close(struct json_writer *w); /* the innermost object or array */

void json_writer_null(struct json_writer *w, const char *key);
void json_writer_bool(struct json_writer *w, const char *key, bool value);
void json_writer_count(struct json_writer *w, const char *key, uint64_t value);
void json_writer_text(struct json_writer *w, const char *key, const char *value);
/* An identifier: as text, since JavaScript's numbers end at 2^53. */
void json_writer_id(struct json_writer *w, const char *key, uint64_t value);
/* At most `decimals` (0 to 9) digits after the point. */
void json_writer_number(struct json_writer *w, const char *key, double value, int decimals);
/* UTC, RFC 3339, milliseconds. */
void json_writer_time(struct json_writer *w, const char *key, struct instant value);

#endif
