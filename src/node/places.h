/* The gazetteer for a console, which may not ask it itself. */
#ifndef WATCHFIRE_NODE_PLACES_H
#define WATCHFIRE_NODE_PLACES_H

#include "console/context.h"

struct console_places places_for_console(void);

#endif
