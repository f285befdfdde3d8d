/* Objects that fly so close together that a sensor sees one echo of them. Inside src/track only. */
#ifndef WATCHFIRE_TRACK_GROUP_H
#define WATCHFIRE_TRACK_GROUP_H

#include "track/filter.h"
#include "track/measure.h"

/* Whether the sensor cannot resolve what two filters of about the same time stand for: they are
 * nearer to each other than its resolution in range and in angle, the doubt of where they are
 * included, and that doubt is small enough to say so. Radars only. A radar whose resolution is not
 * known resolves what its noise does. */
bool group_is_one_echo(const struct measure_site *site, const struct filter *a,
                       const struct filter *b);

#endif
