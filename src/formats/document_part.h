/* The readers behind document_read. Not for other rooms. */
#ifndef WATCHFIRE_FORMATS_DOCUMENT_PART_H
#define WATCHFIRE_FORMATS_DOCUMENT_PART_H

#include "formats/document.h"

/* XML whose outermost element is `root` in the namespace `space` ("" = none). */
MUST_USE result document_xml(struct bytes in, const char *root, const char *space, struct text *out,
                             struct fault *fault);
MUST_USE result document_tak(struct bytes in, struct text *out, struct fault *fault);
/* A CCSDS message that begins with `version` ("CCSDS_OEM_VERS"); `is_oem` lets states in. */
MUST_USE result document_kvn(struct bytes in, const char *version, bool is_oem, struct text *out,
                             struct fault *fault);
/* `is_czml`: an array whose first packet is the document; else a FeatureCollection. */
MUST_USE result document_json(struct bytes in, bool is_czml, struct text *out, struct fault *fault);

#endif
