#include "base/instant.h"

#include <assert.h>

struct duration duration_from_s(double seconds)
{
    const double ns = seconds * 1e9;
    if (ns >= 9.2233720368547e18) {
        return (struct duration){INT64_MAX};
    }
    if (ns <= -9.2233720368547e18) {
        return (struct duration){-INT64_MAX};
    }
    return (struct duration){(int64_t)(ns < 0.0 ? ns - 0.5 : ns + 0.5)};
}

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum) && sum != INT64_MIN) {
        return sum;
    }
    return b > 0 ? INT64_MAX : -INT64_MAX;
}

struct duration instant_since(struct instant later, struct instant earlier)
{
    assert(instant_is_set(later));
    assert(instant_is_set(earlier));
    return (struct duration){add_saturated(later.tai_ns, -earlier.tai_ns)};
}

struct instant instant_plus(struct instant t, struct duration d)
{
    assert(instant_is_set(t));
    return (struct instant){add_saturated(t.tai_ns, d.ns)};
}

struct instant instant_grid_at_or_after(struct instant t, struct duration step)
{
    assert(instant_is_set(t));
    assert(step.ns > 0);
    const int64_t past = t.tai_ns % step.ns;
    if (past == 0) {
        return t;
    }
    return (struct instant){add_saturated(t.tai_ns, past > 0 ? step.ns - past : -past)};
}
