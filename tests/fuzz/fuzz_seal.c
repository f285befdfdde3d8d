/* Any bytes as what comes from a partner: only what that partner sealed and signed is opened, once.
 *
 * JPN has heard KOR's hello and opens. KOR's own frames are among the seeds; the keys come from a
 * seed, so they are the same each time. */
#include "fuzz.h"

#include <string.h>

#include "node/seal.h"

static struct keys own;
static struct seal fresh;
static uint8_t buffer[SEAL_FRAME_BYTES_MAX];

static void begin(void)
{
    struct keys partner;
    struct key_trust trust;
    struct keys_boot boot;
    FUZZ_CHECK(keys_start() == OK);
    keys_derive(7, (struct nation_id){"JPN"}, &own);
    keys_derive(7, (struct nation_id){"KOR"}, &partner);
    key_trust_fix(&partner.list, &trust);
    keys_boot_make(&own, partner.list.nation, 1, &boot);
    seal_init(&fresh, &own, &trust, &boot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seal seal;
    const struct instant now = {1700000000 * NS_PER_S};
    if (own.list.count == 0) {
        begin();
    }
    seal = fresh;
    /* Two frames after each other, with their lengths before them: a hello and what follows it. */
    size_t at = 0;
    while (at + 2 <= size) {
        const size_t length = (size_t)data[at] << 8 | data[at + 1];
        const size_t part = length < size - at - 2 ? length : size - at - 2;
        const struct bytes sealed = {data + at + 2, part};
        struct seal_opened opened = {.refusal = REFUSED_NONE};
        seal_open(&seal, sealed, now, buffer, sizeof buffer, &opened);
        FUZZ_CHECK(opened.refusal < SESSION_REFUSAL_COUNT);
        if (opened.refusal == REFUSED_NONE) {
            FUZZ_CHECK(opened.plain.size > 0 && opened.plain.size <= FRAME_BYTES_MAX);
            FUZZ_CHECK(opened.plain.data[0] == (uint8_t)opened.type);
            FUZZ_CHECK(seal_verify_stored(&seal.partner.list, own.list.nation, opened.plain, now,
                                          opened.signature) == OK);
            if (opened.type != FRAME_HELLO) {
                seal_open(&seal, sealed, now, buffer, sizeof buffer, &opened);
                FUZZ_CHECK(opened.refusal == REFUSED_REPLAY);
            }
        }
        at += 2 + part;
    }
    return 0;
}
