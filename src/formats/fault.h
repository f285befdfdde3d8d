/* What is wrong with an input, and where: for a person who must find the byte.
 *
 * A reader that refuses its input returns ERR_FORMAT and fills one of these; on OK it is left as it
 * was. It owns no memory and may be copied. */
#ifndef WATCHFIRE_FORMATS_FAULT_H
#define WATCHFIRE_FORMATS_FAULT_H

#include <stddef.h>

#include "base/result.h"

#define FAULT_TEXT_SIZE 320

struct fault {
    size_t offset;     /* of the byte that is wrong, counted from the start of the input */
    char where[64];    /* the place in the format's own words: "frame 3, UDP length" */
    char expected[96]; /* what should have stood there */
    char found[96];    /* what stood there */
};

/* The three parts, each as printf has it and cut to its place. `fault_found` comes last and returns
 * ERR_FORMAT, so that a reader can end with it. */
void fault_at(struct fault *fault, size_t offset, const char *where, ...)
    __attribute__((format(printf, 3, 4)));
void fault_expected(struct fault *fault, const char *expected, ...)
    __attribute__((format(printf, 2, 3)));
MUST_USE result fault_found(struct fault *fault, const char *found, ...)
    __attribute__((format(printf, 2, 3)));

/* "byte 80: frame 1, UDP length: expected 56, found 57". Returns out. */
const char *fault_text(const struct fault *fault, char out[FAULT_TEXT_SIZE]);

#endif
