/* Short speakable names for events, such as "AMBER-K1": a word, the publisher's letter, a number.
 * Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_NAME_H
#define WATCHFIRE_ENGINE_NAME_H

#include <stdint.h>

#include "base/id.h"
#include "model/record.h"

/* The name of the nation's event number `number` (from 1): used again after 100,000 others. */
struct event_name name_make(struct nation_id nation, uint64_t number);

#endif
