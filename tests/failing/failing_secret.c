#include <sodium.h>

#include "failing.h"

FAILING(void *, sodium_malloc, NULL, (size_t size), (size))
