#include <sys/types.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "failing.h"

FAILING(struct MHD_Response *, MHD_create_response_from_buffer, NULL,
        (size_t size, void *data, enum MHD_ResponseMemoryMode mode), (size, data, mode))
FAILING(struct MHD_Response *, MHD_create_response_from_callback, NULL,
        (uint64_t size, size_t block, MHD_ContentReaderCallback reader, void *context,
         MHD_ContentReaderFreeCallback done),
        (size, block, reader, context, done))
FAILING(enum MHD_Result, MHD_add_response_header, MHD_NO,
        (struct MHD_Response * r, const char *name, const char *value), (r, name, value))
FAILING(enum MHD_Result, MHD_queue_response, MHD_NO,
        (struct MHD_Connection * c, unsigned status, struct MHD_Response *r), (c, status, r))
