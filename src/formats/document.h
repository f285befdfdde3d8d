/* Reads the documents that warnings and displays are made of, and tells their contents by lines,
 * "place = value", for people and for comparison: CAP, Cursor on Target and KML (XML), the TAK
 * protocol's stream, CCSDS OEM and RDM (KVN), GeoJSON and CZML.
 *
 * Each refuses what is not of its format at the first thing that is wrong: ERR_FORMAT with `fault`
 * filled. ERR_FULL if the lines do not fit. Nothing from outside makes it allocate more than a few
 * times the input. */
#ifndef WATCHFIRE_FORMATS_DOCUMENT_H
#define WATCHFIRE_FORMATS_DOCUMENT_H

#include "base/bytes.h"
#include "base/result.h"
#include "formats/fault.h"
#include "formats/text.h"

enum document_kind {
    DOCUMENT_CAP,
    DOCUMENT_COT,
    DOCUMENT_KML,
    DOCUMENT_TAK,
    DOCUMENT_OEM,
    DOCUMENT_RDM,
    DOCUMENT_GEOJSON,
    DOCUMENT_CZML
};
#define DOCUMENT_COUNT (DOCUMENT_CZML + 1)

/* "cap", "cot", "kml", "tak", "oem", "rdm", "geojson", "czml". */
extern const char *const document_names[DOCUMENT_COUNT];

MUST_USE result document_read(enum document_kind kind, struct bytes in, struct text *out,
                              struct fault *fault);

#endif
