#include "fuzz.h"

#include <string.h>

#include "formats/asterix.h"
#include "formats/asterix_text.h"

static void check_record(const struct asterix_record *r)
{
    char text[ASTERIX_TEXT_SIZE];
    char *json = NULL;
    FUZZ_CHECK((r->items & 1) != 0);
    FUZZ_CHECK(r->time_of_day_s >= 0.0 && r->time_of_day_s < 86400.0);
    FUZZ_CHECK(r->azimuth_deg >= 0.0 && r->azimuth_deg < 360.0);
    FUZZ_CHECK(r->source_lat_deg >= -90.0 && r->source_lat_deg <= 90.0);
    FUZZ_CHECK(strlen(r->identification) < sizeof r->identification);
    FUZZ_CHECK(strlen(asterix_text(r, text)) < ASTERIX_TEXT_SIZE - 1);
    if (asterix_json(r, INSTANT_UNSET, &json) == OK) {
        FUZZ_CHECK(json[0] == '{');
        free(json);
    }
}

/* The records of a block fill it exactly, and there are as many as it says. */
static void check_block(struct asterix_block block)
{
    struct asterix_record r = {0};
    size_t behind = block.offset + 3;
    size_t count = 0;
    while (asterix_block_record(&block, &r)) {
        FUZZ_CHECK(r.offset == behind);
        check_record(&r);
        behind += r.size;
        count++;
    }
    FUZZ_CHECK(count == block.record_count);
    FUZZ_CHECK(block.category == NULL || behind == block.offset + block.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct byte_reader in = byte_reader_over((struct bytes){data, size});
    while (byte_reader_left(&in) > 0) {
        const size_t before = in.at;
        struct asterix_block block = {0};
        struct fault fault = {0};
        const result read = asterix_block_next(&in, 0, &block, &fault);
        if (read != OK) {
            FUZZ_CHECK(read == ERR_FORMAT && in.at == before);
            FUZZ_CHECK(fault.offset >= before && fault.offset <= size);
            FUZZ_CHECK(fault.where[0] != '\0' && fault.expected[0] != '\0');
            return 0;
        }
        FUZZ_CHECK(in.at == before + block.size);
        check_block(block);
    }
    return 0;
}
