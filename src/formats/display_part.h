/* What maps draw of an event, whichever their format. Not for other rooms. */
#ifndef WATCHFIRE_FORMATS_DISPLAY_PART_H
#define WATCHFIRE_FORMATS_DISPLAY_PART_H

#include <stdbool.h>

#include "formats/display.h"
#include "formats/outline.h"

enum display_part { PART_OBJECT, PART_LAUNCH, PART_IMPACT };
#define DISPLAY_PART_COUNT 3

/* A point with its time, and where there is one its 95 % area. */
struct display_place {
    const char *what; /* "object", "launch", "impact" */
    struct instant time;
    struct geo_geodetic point;
    bool has_area;
    struct geo_ellipse area;
    bool has_outline; /* of the area: not across the 180th meridian */
    struct outline outline;
};

/* False if that part is not determined. */
bool display_place_of(const struct display_event *e, enum display_part part,
                      struct display_place *out);

/* "EXERCISE " or "TEST " in front of names where it is not live, else "". */
const char *display_mark(enum domain domain);

/* Speed over the ground, m/s, and course from true north clockwise, degrees, of v at p. */
void display_course(struct geo_geodetic p, struct geo_velocity v, double *speed_mps,
                    double *course_deg);

#endif
