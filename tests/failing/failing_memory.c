#include <stddef.h>

#include "failing.h"

FAILING(void *, malloc, NULL, (size_t size), (size))
FAILING(void *, calloc, NULL, (size_t count, size_t size), (count, size))
FAILING(void *, realloc, NULL, (void *old, size_t size), (old, size))
FAILING(char *, strdup, NULL, (const char *text), (text))
