/* Any bytes as a signed policy: what is read has exactly that encoding, is in order, and changes
 * nothing when it follows itself. */
#include "fuzz.h"

#include <string.h>

#include "share/policy_compare.h"

static struct policy_comparison comparison;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy policy;
    uint8_t again[POLICY_BYTES_MAX];
    struct byte_writer w = {again, sizeof again, 0};
    uint32_t rule = 0;
    const uint32_t before = policy.number;
    if (policy_decode((struct bytes){data, size}, &policy) != OK) {
        FUZZ_CHECK(policy.number == before);
        return 0;
    }
    FUZZ_CHECK(policy_check(&policy, &rule) == OK && rule == POLICY_RULES_MAX);
    FUZZ_CHECK(policy_encode(&policy, &w) == OK);
    FUZZ_CHECK(w.size == size && memcmp(again, data, size) == 0);
    policy_compare(&policy, &policy, &comparison);
    FUZZ_CHECK(!comparison.widens && !comparison.narrows && comparison.count == 0);
    return 0;
}
