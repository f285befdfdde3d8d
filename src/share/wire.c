#include "share/wire.h"

#include <assert.h>
#include <pb_decode.h>
#include <pb_encode.h>

result wire_encode(const pb_msgdesc_t *fields, const void *message, struct byte_writer *out)
{
    assert(out->size <= out->capacity);
    pb_ostream_t stream = pb_ostream_from_buffer(out->data + out->size, out->capacity - out->size);
    ENSURE(pb_encode(&stream, fields, message), ERR_FULL);
    out->size += stream.bytes_written;
    return OK;
}

result wire_decode(const pb_msgdesc_t *fields, struct bytes in, void *message)
{
    pb_istream_t stream = pb_istream_from_buffer(in.data, in.size);
    ENSURE(pb_decode(&stream, fields, message), ERR_FORMAT);
    return OK;
}
