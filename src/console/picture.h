/* One rendered picture, shared by everyone who is still reading it; freed by the last.
 *
 * The text is a whole server-sent event: "id: RUN-SEQUENCE", a line end, "data: ", the JSON on one
 * line, two line ends. So a stream sends it as it is, or without its first line where it is of the
 * past, and GET /state sends the middle. It never changes once made. */
#ifndef WATCHFIRE_CONSOLE_PICTURE_H
#define WATCHFIRE_CONSOLE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct picture;

/* A copy of the JSON with one holder, the caller. NULL if there is no memory. `run` tells this
 * process from the ones before it, whose sequences mean nothing now. */
struct picture *picture_make(const char *json, size_t size, uint64_t run, uint64_t sequence);

struct picture *picture_hold(struct picture *s); /* one holder more; returns s */
void picture_drop(struct picture *s);            /* one holder less; NULL is allowed */

uint64_t picture_sequence(const struct picture *s);
struct bytes picture_event(const struct picture *s); /* lives as long as the holder holds */
struct bytes picture_json(const struct picture *s);
struct bytes picture_data(const struct picture *s); /* the event without its id */

/* The sequence that an id of this run names; 0 if it is of another run, or no id at all. */
uint64_t picture_sequence_of(const char *id, uint64_t run);

#endif
