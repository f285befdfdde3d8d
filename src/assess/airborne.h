/* Whether a track moves as only a missile does, or as an aircraft may: for what no satellite has
 * seen burn.
 *
 * What wings carry stays within limits that published flight envelopes show: below about 30 km,
 * energy height (h + v² / 2g) below 50 km (600 m/s at 17 km have 35), climbing at no more than
 * 300 m/s, and not steeper than 45 degrees for long. What exceeds one of them by two sigma is taken
 * for a missile. What keeps within all of them for longer than a fall from its height would take
 * is carried by something, and is not ballistic.
 * Source of the energy height: Rutowski (1954), J. Aeronautical Sciences 21(3), 187-195. */
#ifndef WATCHFIRE_ASSESS_AIRBORNE_H
#define WATCHFIRE_ASSESS_AIRBORNE_H

#include <stdbool.h>

#include "model/assessment.h"
#include "model/track.h"

/* Faster, or climbing faster, than anything but a missile. */
bool airborne_is_missile(const struct track *t);

/* CLASS_NOT_BALLISTIC for a firm track that has proved to be carried, else CLASS_UNDETERMINED. */
enum missile_class airborne_class(const struct track *t);

#endif
