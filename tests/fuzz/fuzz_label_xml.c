#include "fuzz.h"

#include <string.h>

#include "formats/label_xml.h"

static const struct nation_id OWNER = {"JPN"};

/* A label that is read can be written, unless it denies everything, and is then read the same; a
 * refusal says where and why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct label label = {0};
    struct fault fault = {0};
    const char *doubt = NULL;
    const result read = label_xml_read((struct bytes){data, size}, OWNER, &label, &doubt, &fault);
    FUZZ_CHECK(read == OK || read == ERR_FORMAT);
    if (read != OK) {
        FUZZ_CHECK(fault.offset <= size);
        FUZZ_CHECK(fault.where[0] != '\0' && fault.expected[0] != '\0' && fault.found[0] != '\0');
        return 0;
    }
    uint8_t written[LABEL_XML_WRITTEN_MAX];
    struct byte_writer w = {written, sizeof written, 0};
    FUZZ_CHECK((doubt != NULL) == (label.classification == CLASSIFICATION_UNKNOWN));
    const result wrote = label_xml_write(&label, (struct instant){1}, &w);
    FUZZ_CHECK(wrote == OK || label.classification == CLASSIFICATION_UNKNOWN);
    if (wrote == OK) {
        struct label again = {0};
        FUZZ_CHECK(label_xml_read(byte_writer_written(&w), OWNER, &again, &doubt, &fault) == OK);
        FUZZ_CHECK(memcmp(&label, &again, sizeof label) == 0);
    }
    return 0;
}
