/* A range of seeds as people write it. */
#ifndef WATCHFIRE_CLI_SEEDS_H
#define WATCHFIRE_CLI_SEEDS_H

#include <stdbool.h>

struct seeds {
    unsigned long first;
    unsigned long last;
};

#define SEEDS_EXPECTED "expected A..B, two whole numbers, such as 1..200"

/* "A..B" with A not after B; false otherwise, and out is then unchanged. */
bool seeds_read(const char *text, struct seeds *out);

#endif
