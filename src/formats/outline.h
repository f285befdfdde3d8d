/* A closed line on the ground around an ellipse: what maps and warnings draw of an area.
 *
 * The line lies wholly outside the ellipse, whether its sides are taken as straight in latitude and
 * longitude or as geodesics: what is inside the ellipse is inside the line. */
#ifndef WATCHFIRE_FORMATS_OUTLINE_H
#define WATCHFIRE_FORMATS_OUTLINE_H

#include "base/result.h"
#include "geo/ellipse.h"
#include "geo/frame.h"

#define OUTLINE_CORNERS 36
#define OUTLINE_POINTS (OUTLINE_CORNERS + 1) /* the last is the first */
/* So much wider than the ellipse, as a factor, and at least so many metres. */
#define OUTLINE_MARGIN 1.01
#define OUTLINE_MARGIN_M 50.0

struct outline {
    struct geo_geodetic points[OUTLINE_POINTS]; /* against the clock, from the north or east on */
};

/* ERR_RANGE if the line would cross the 180th meridian or come within 5 degrees of a pole, or for
 * what is no position or no ellipse of at most 2,000 km; out is then unchanged. */
MUST_USE result outline_around(struct geo_geodetic centre, const struct geo_ellipse *ellipse,
                               struct outline *out);

#endif
