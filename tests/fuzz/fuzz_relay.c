/* Any bytes as a relayed record, as a grant and as a set of them: what is read has exactly that
 * encoding, and nobody signed it. */
#include "fuzz.h"

#include <string.h>

#include "share/relay.h"

static void try_grant(struct bytes in, const struct key_list *keys)
{
    struct signed_grant grant;
    if (grant_decode(in, &grant) != OK) {
        return;
    }
    uint8_t again[GRANT_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(grant_encode(&grant, &writer) == OK);
    FUZZ_CHECK(writer.size == in.size && memcmp(again, in.data, in.size) == 0);
    FUZZ_CHECK(grant_verify(&grant, keys->domain, keys, grant.grant.from) == ERR_SIGNATURE);
}

/* A set of them, as an input of the journal brings it. */
static void try_grants(struct bytes in)
{
    static uint8_t again[GRANT_SET_MAX * (GRANT_BYTES_MAX + 1)];
    struct grant_set set;
    if (grant_set_decode(in, &set) != OK) {
        return;
    }
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(set.count <= GRANT_SET_MAX);
    FUZZ_CHECK(grant_set_encode(&set, &writer) == OK);
    FUZZ_CHECK(writer.size == in.size && (in.size == 0 || memcmp(again, in.data, in.size) == 0));
    FUZZ_CHECK(grant_set_equal(&set, &set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes in = {data, size};
    struct key_list keys = {.nation = {"KOR"}, .domain = DOMAIN_EXERCISE, .count = 1};
    keys.keys[0] = (struct key_entry){.use = KEY_SIGNING,
                                      .key = {0xd7, 0x5a, 0x98, 0x01},
                                      .from = {1},
                                      .until = INSTANT_LAST,
                                      .revoked = INSTANT_UNSET};
    struct relayed relayed;
    struct record record;
    try_grant(in, &keys);
    try_grants(in);
    if (relay_decode(in, &relayed) != OK) {
        return 0;
    }
    uint8_t again[CODEC_ENTRY_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    FUZZ_CHECK(relay_encode(&relayed, &writer) == OK);
    FUZZ_CHECK(writer.size == size && memcmp(again, data, size) == 0);
    FUZZ_CHECK(relay_is(in));
    const struct relay_parties parties = {.domain = DOMAIN_EXERCISE,
                                          .via = relayed.grant.grant.via,
                                          .to = relayed.grant.grant.to,
                                          .owner_keys = &keys,
                                          .now = relayed.grant.grant.from};
    FUZZ_CHECK(relay_open(&parties, &relayed, &record) != RELAY_YES);
    return 0;
}
