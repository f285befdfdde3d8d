/* An invented flight as one nation's engine would show it, for the console's tests: from
 * 40.61 N 126.43 E over northern Japan to the Pacific, 1200 s long, with three nations' solutions.
 * The shape of the flight is a parabola over a great circle: it has to look right, not be right. */
#ifndef WATCHFIRE_TESTS_CONSOLE_FAKE_VIEW_H
#define WATCHFIRE_TESTS_CONSOLE_FAKE_VIEW_H

#include "console/context.h"
#include "engine/view.h"

#define FAKE_LAUNCH "2022-10-03T22:22:00Z"
#define FAKE_FLIGHT_S 1200.0

struct instant fake_launch(void);

/* The view at a time after launch, s; before 40 s nothing is known, at the end it is over. */
void fake_view(const char *nation, enum domain domain, double t_s, struct view *out);

/* Every array as full as it can be, every number as long. */
void fake_view_fullest(struct view *out);

void fake_context(double t_s, struct console_context *out);

/* Two named provinces (Aomori 1, Hokkaido 2), and a describing function. */
struct console_places fake_places(void);

#endif
