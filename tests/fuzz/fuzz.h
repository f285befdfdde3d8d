/* What every fuzz target gives: one function that takes any bytes and comes back.
 *
 * It must not crash, hang or keep memory; it checks what must hold whatever the bytes are, and
 * aborts if it does not. libFuzzer calls it, and so does driver.c. Always returns 0. */
#ifndef WATCHFIRE_TESTS_FUZZ_FUZZ_H
#define WATCHFIRE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert that no build switches off. */
#define FUZZ_CHECK(condition) \
    do {                      \
        if (!(condition)) {   \
            abort();          \
        }                     \
    } while (0)

#endif
