/* One nation's view as JSON: what GET /state gives and each event of GET /events carries.
 *
 * Degrees, kilometres, kilometres per second; times are UTC, RFC 3339; identifiers are text. What
 * is not determined is null and has its reason beside it: "launch":null,"launch_why":"…". */
#ifndef WATCHFIRE_CONSOLE_VIEW_JSON_H
#define WATCHFIRE_CONSOLE_VIEW_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "console/context.h"
#include "console/json_writer.h"
#include "engine/view.h"

/* The fullest view of LIMIT_EVENTS events, each with every nation and area, fits. */
#define VIEW_JSON_MAX (8 * 1024 * 1024)

/* Writes one object without a NUL.
 *
 *   places     either function may be NULL: names are then null
 *   sequence   number of this picture, for the reader to see what it missed
 *   out        capacity bytes, the caller's; size receives the length
 *
 * ERR_FULL if it does not fit; size is then unchanged. */
MUST_USE result view_json_write(const struct view *view, const struct console_context *context,
                                const struct console_places *places, uint64_t sequence, char *out,
                                size_t capacity, size_t *size);

/* Writes what officers ordered, the latest first: {"now":…,"orders":[{"time","order","by","event",
 * "into","nation","reason"}]}. Errors as above. */
MUST_USE result view_json_orders(const struct view *view, char *out, size_t capacity, size_t *size);

/* Adds what is wrong with the node itself: "health", an array of objects with "alarm", "what",
 * "todo", "since" and "age_s", the most urgent first; and "health_more", how many are left out. */
void view_json_health(struct json_writer *w, const struct console_context *context,
                      struct instant now);

#endif
