/* Instants and durations: two types, so that the compiler tells a date from a delay.
 *
 * An instant counts int64 nanoseconds of TAI since 1970-01-01T00:00:00 TAI; the range is
 * 1677 to 2262. Both saturate instead of wrapping. "Unset" is named, and tested by name. */
#ifndef WATCHFIRE_BASE_INSTANT_H
#define WATCHFIRE_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t tai_ns;
};

struct duration {
    int64_t ns;
};

#define INSTANT_UNSET ((struct instant){INT64_MIN})
#define INSTANT_LAST ((struct instant){INT64_MAX})
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static inline bool instant_is_set(struct instant t)
{
    return t.tai_ns != INT64_MIN;
}

/* Rounded to the nearest nanosecond, halves away from zero; saturates beyond 292 years. */
struct duration duration_from_s(double seconds);

static inline double duration_s(struct duration d)
{
    return (double)d.ns / 1e9;
}

/* later - earlier, saturated; both must be set. */
struct duration instant_since(struct instant later, struct instant earlier);

/* later - earlier in seconds; both must be set. */
static inline double instant_since_s(struct instant later, struct instant earlier)
{
    return duration_s(instant_since(later, earlier));
}

/* t + d, saturated to the first and last instants that are not "unset"; t must be set. */
struct instant instant_plus(struct instant t, struct duration d);

static inline struct instant instant_plus_s(struct instant t, double seconds)
{
    return instant_plus(t, duration_from_s(seconds));
}

static inline bool instant_before(struct instant a, struct instant b)
{
    return a.tai_ns < b.tai_ns;
}

static inline bool instant_equal(struct instant a, struct instant b)
{
    return a.tai_ns == b.tai_ns;
}

/* The next instant that is a whole number of steps since 1970 TAI, at or after t. step > 0. */
struct instant instant_grid_at_or_after(struct instant t, struct duration step);

#endif
