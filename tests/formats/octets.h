/* Bytes for tests: written in hex, or read from the shared reference data. */
#ifndef WATCHFIRE_TESTS_FORMATS_OCTETS_H
#define WATCHFIRE_TESTS_FORMATS_OCTETS_H

#include "base/bytes.h"

/* Bytes from hex digits, blanks ignored; fails the test on anything else. free() the data: it has
 * exactly the size, so that the address sanitizer sees a read behind its end. */
struct bytes octets_from_hex(const char *hex);

/* A copy of the first `size` bytes, for the same purpose. */
struct bytes octets_copy(struct bytes from, size_t size);

/* A file of the reference data (a path below WATCHFIRE_SHARED). Without that variable or that file
 * the test is skipped, and says so. free() the data, which a NUL follows. */
struct bytes octets_from_shared(const char *path);

#endif
