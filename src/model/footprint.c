#include "model/footprint.h"

#include <assert.h>

double footprint_end_s(const struct footprint *f)
{
    return f->knot_count > 0 ? f->knots[f->knot_count - 1].after_s : 0.0;
}

/* Index of the knot that begins the span with this time in it. */
static uint32_t span_of(const struct footprint *f, double after_s)
{
    uint32_t low = 0;
    uint32_t high = f->knot_count - 1;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (f->knots[middle].after_s <= after_s) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

result footprint_position(const struct footprint *f, double after_s, struct geo_ecef *out)
{
    ENSURE(f->knot_count >= 2, ERR_RANGE);
    assert(f->knot_count <= FOOTPRINT_KNOTS_MAX);
    ENSURE(after_s >= f->knots[0].after_s && after_s <= footprint_end_s(f), ERR_RANGE);
    const struct footprint_knot *a = &f->knots[span_of(f, after_s)];
    const struct footprint_knot *b = a + 1;
    const double span_s = b->after_s - a->after_s;
    const double u = (after_s - a->after_s) / span_s;
    const double p1 = u * u * (3.0 - 2.0 * u);
    const double p0 = 1.0 - p1;
    const double v0 = u * (1.0 - u) * (1.0 - u) * span_s;
    const double v1 = -u * u * (1.0 - u) * span_s;
    out->x_m = p0 * a->position.x_m + p1 * b->position.x_m + v0 * a->velocity.x_mps +
               v1 * b->velocity.x_mps;
    out->y_m = p0 * a->position.y_m + p1 * b->position.y_m + v0 * a->velocity.y_mps +
               v1 * b->velocity.y_mps;
    out->z_m = p0 * a->position.z_m + p1 * b->position.z_m + v0 * a->velocity.z_mps +
               v1 * b->velocity.z_mps;
    return OK;
}
