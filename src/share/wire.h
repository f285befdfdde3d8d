/* Messages of the generated schema, to and from bytes. Inside share only. */
#ifndef WATCHFIRE_SHARE_WIRE_H
#define WATCHFIRE_SHARE_WIRE_H

#include <pb.h>

#include "base/bytes.h"
#include "base/result.h"

/* Appends the encoding. ERR_FULL if it does not fit. */
MUST_USE result wire_encode(const pb_msgdesc_t *fields, const void *message,
                            struct byte_writer *out);

/* Fills a message from all of `in`. ERR_FORMAT if it does not follow the schema or its bounds;
 * message is then unspecified. */
MUST_USE result wire_decode(const pb_msgdesc_t *fields, struct bytes in, void *message);

/* -0 becomes +0: one encoding for one value. */
static inline double wire_number(double x)
{
    return x + 0.0;
}

#endif
