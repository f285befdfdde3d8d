/* One rendered picture, shared by everyone who is still reading it; freed by the last.
 *
 * The text is a whole server-sent event: "data: ", the JSON on one line, two line ends. So a stream
 * sends it as it is, and GET /state sends the middle. It never changes once made. */
#ifndef WATCHFIRE_CONSOLE_PICTURE_H
#define WATCHFIRE_CONSOLE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct picture;

/* A copy of the JSON with one holder, the caller. NULL if there is no memory. */
struct picture *picture_make(const char *json, size_t size, uint64_t sequence);

struct picture *picture_hold(struct picture *s); /* one holder more; returns s */
void picture_drop(struct picture *s);            /* one holder less; NULL is allowed */

uint64_t picture_sequence(const struct picture *s);
struct bytes picture_event(const struct picture *s); /* lives as long as the holder holds */
struct bytes picture_json(const struct picture *s);

#endif
