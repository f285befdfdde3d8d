/* Short speakable names for events, such as "AMBER-K417": a word, the publisher's letter, a number.
 * Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_NAME_H
#define WATCHFIRE_ENGINE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "model/record.h"

/* The name for a random number: one of 25 words, the nation's letter, 100 to 999. */
struct event_name name_make(struct nation_id nation, uint64_t random);

/* Whether two names begin with the same word. */
bool name_same_word(const struct event_name *a, const struct event_name *b);

#endif
