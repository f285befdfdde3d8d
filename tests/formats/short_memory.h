/* Memory that runs out, for whatever jansson allocates. */
#ifndef WATCHFIRE_TESTS_FORMATS_SHORT_MEMORY_H
#define WATCHFIRE_TESTS_FORMATS_SHORT_MEMORY_H

#include <stddef.h>

/* From now on jansson gets `few` allocations and no more, until memory_is_back. */
void memory_for_few(size_t few);

/* The same, but only the allocation after the first `before` fails, and the next ones do not. */
void memory_without(size_t before);

void memory_is_back(void);

/* How many allocations since the last of these calls were not freed. */
size_t memory_kept(void);

#endif
