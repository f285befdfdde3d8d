/* Hands bytes to a reader that wants a path: as a file in memory, which nobody else may read. */
#ifndef WATCHFIRE_TESTS_FUZZ_FUZZ_FILE_H
#define WATCHFIRE_TESTS_FUZZ_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The path is the same each time; the file holds what came last. Static storage. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
