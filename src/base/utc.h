/* UTC as people write it (RFC 3339), to and from TAI instants.
 *
 * Leap seconds are a table up to 2017-01-01 (TAI - UTC = 37 s); none has been announced since.
 * Before 1972 UTC ran at another rate: such dates are refused. */
#ifndef WATCHFIRE_BASE_UTC_H
#define WATCHFIRE_BASE_UTC_H

#include <stddef.h>

#include "base/instant.h"
#include "base/result.h"

#define UTC_TEXT_SIZE 36

/* Reads "2023-07-12T01:02:03.250Z", with up to nine decimals or none, `Z` or an offset `+09:00`.
 *
 *   text   need not end with a NUL
 *   out    the instant
 *
 * A leap second (":60") is taken only where one was inserted. ERR_FORMAT for another form,
 * ERR_RANGE for a date that does not exist or lies before 1972 or after 2200. */
MUST_USE result utc_parse(const char *text, size_t size, struct instant *out);

/* Writes t, rounded down, with `decimals` (0 to 9) digits after the second: "…T01:02:03.250Z".
 * "unset" if t is unset. Returns out. */
const char *utc_format(struct instant t, unsigned decimals, char out[UTC_TEXT_SIZE]);

/* Writes t, rounded down to the second, as the clocks `zone_min` minutes east of Greenwich show it:
 * "2022-10-04T07:29:00+09:00"; for 0 "-00:00", which says UTC and no zone (CAP 1.2, 3.3.2). An
 * inserted second shows as the one before it. "unset" if t is unset or before 1970-01-03. Returns
 * out. */
const char *utc_format_zone(struct instant t, int zone_min, char out[UTC_TEXT_SIZE]);

/* The instant that POSIX clocks count as unix_s seconds and ns nanoseconds since 1970-01-01 UTC
 * without leap seconds; an inserted second has the same count as the one before it. Dates before
 * 1972 are taken as if TAI - UTC had been 10 s. */
struct instant utc_from_unix(int64_t unix_s, int64_t ns);

/* TAI - UTC at t, s. */
int64_t utc_tai_offset_s(struct instant t);

#endif
