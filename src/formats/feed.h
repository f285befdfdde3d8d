/* A list of warnings to fetch: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org), newest first. */
#ifndef WATCHFIRE_FORMATS_FEED_H
#define WATCHFIRE_FORMATS_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/domain.h"
#include "model/warning.h"

/* Borrowed strings. The message itself is at cap/ID.xml beside the feed. */
struct feed_entry {
    const char *id; /* letters, digits and '-' */
    const char *title;
    enum warning_state state;
    struct instant time;
};

struct feed {
    struct nation_id nation;
    enum domain domain;
    const char *sender;
    struct instant updated; /* of a feed without entries; unset = 1970 */
    uint32_t entry_count;
    const struct feed_entry *entries; /* newest first */
};

/* Write the whole list, with a NUL behind it; ERR_FULL if it does not fit. */
MUST_USE result feed_atom(const struct feed *feed, char *out, size_t capacity, size_t *size);
MUST_USE result feed_json(const struct feed *feed, char *out, size_t capacity, size_t *size);

#endif
