#include "formats/document.h"

#include <assert.h>

#include "formats/document_part.h"

const char *const document_names[DOCUMENT_COUNT] = {"cap", "cot", "kml",     "tak",
                                                    "oem", "rdm", "geojson", "czml"};

result document_read(enum document_kind kind, struct bytes in, struct text *out,
                     struct fault *fault)
{
    switch (kind) {
    case DOCUMENT_CAP:
        return document_xml(in, "alert", "urn:oasis:names:tc:emergency:cap:1.2", out, fault);
    case DOCUMENT_COT:
        return document_xml(in, "event", "", out, fault);
    case DOCUMENT_KML:
        return document_xml(in, "kml", "http://www.opengis.net/kml/2.2", out, fault);
    case DOCUMENT_TAK:
        return document_tak(in, out, fault);
    case DOCUMENT_OEM:
        return document_kvn(in, "CCSDS_OEM_VERS", true, out, fault);
    case DOCUMENT_RDM:
        return document_kvn(in, "CCSDS_RDM_VERS", false, out, fault);
    case DOCUMENT_GEOJSON:
        return document_json(in, false, out, fault);
    default:
        assert(kind == DOCUMENT_CZML);
        return document_json(in, true, out, fault);
    }
}
