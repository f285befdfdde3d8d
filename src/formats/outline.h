/* A closed line on the ground around an ellipse, or around a band along a way: what maps and
 * warnings draw of an area.
 *
 * The line lies wholly outside what it is drawn around, whether its sides are taken as straight in
 * latitude and longitude or as geodesics. */
#ifndef WATCHFIRE_FORMATS_OUTLINE_H
#define WATCHFIRE_FORMATS_OUTLINE_H

#include <stdint.h>

#include "base/result.h"
#include "geo/ellipse.h"
#include "geo/frame.h"

#define OUTLINE_CORNERS 36
#define OUTLINE_POINTS (OUTLINE_CORNERS + 1) /* the last is the first */
#define OUTLINE_WAY_MAX (OUTLINE_CORNERS / 2)
/* So much wider than the area, as a factor, and at least so many metres. */
#define OUTLINE_MARGIN 1.01
#define OUTLINE_MARGIN_M 50.0

struct outline {
    uint32_t count;
    struct geo_geodetic points[OUTLINE_POINTS]; /* against the clock */
};

/* From the end of the major axis on. ERR_RANGE if the line would cross the 180th meridian or come
 * within 5 degrees of a pole, or for what is no position or no ellipse of at most 2,000 km; out is
 * then unchanged. */
MUST_USE result outline_around(struct geo_geodetic centre, const struct geo_ellipse *ellipse,
                               struct outline *out);

/* Around all that is within half_width_m of the way through `count` points, 2 to OUTLINE_WAY_MAX,
 * along geodesics of at most 500 km that do not turn back. From the last point on. ERR_RANGE as
 * above; out is then unchanged. */
MUST_USE result outline_along(uint32_t count, const struct geo_geodetic *way,
                              const double *half_width_m, struct outline *out);

#endif
