/* Confidentiality labels as XML, in and out: ADatP-4774 edition A, and the older form of the same
 * vocabulary that names everything by number (a `label` of tags with a lacv each).
 *
 * What is read is never looser than what was written, and often stricter:
 *
 *   classification            UNCLASSIFIED to SECRET; any other is unknown, and denies
 *   "Releasable To"           the nations it names (ISO 3166-1); organisations are passed over, so
 *                             that nobody gets a record for being a member of one
 *   no "Releasable To"        the owner alone, whatever else is permitted
 *   "Context", informative    permit nothing by themselves
 *   any other category,       a restriction that is not understood: the classification is unknown,
 *   element or policy         and denies
 *
 * Document types, and with them entities, are refused. */
#ifndef WATCHFIRE_FORMATS_LABEL_XML_H
#define WATCHFIRE_FORMATS_LABEL_XML_H

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "formats/fault.h"
#include "model/label.h"

#define LABEL_XML_BYTES_MAX 65536
/* No label that label_xml_write makes is longer. */
#define LABEL_XML_WRITTEN_MAX 1536

/* Reads one label.
 *
 *   owner   whose record it is, if the label does not say so itself in the way that
 *           label_xml_write does
 *   doubt   why its classification is unknown, in static storage; NULL if it is known
 *   fault   on error: where, what was expected, what was found
 *
 * ERR_FORMAT for anything but one whole label; out is then unchanged. ERR_FULL without memory. */
MUST_USE result label_xml_read(struct bytes xml, struct nation_id owner, struct label *out,
                               const char **doubt, struct fault *fault);

/* Appends the label as an originator confidentiality label of ADatP-4774.
 *
 *   made   the time that the standard asks for
 *
 * ERR_RANGE for a label without owner or classification, ERR_FULL if it does not fit. */
MUST_USE result label_xml_write(const struct label *label, struct instant made,
                                struct byte_writer *out);

#endif
