#include "fuzz.h"

#include <string.h>

#include "node/policy_file.h"

static bool digest_equal_of(const struct policy *a, const struct policy *b)
{
    const struct digest x = policy_digest(a);
    const struct digest y = policy_digest(b);
    return digest_equal(&x, &y);
}

/* A policy is read whole and within its bounds, or refused in words with the policy untouched. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy policy = {.number = 0};
    char message[YAML_MESSAGE_SIZE] = "";
    const result read = policy_file_parse("policy", (struct bytes){data, size}, &policy, message);
    if (read != OK) {
        FUZZ_CHECK(read == ERR_FORMAT || read == ERR_FULL);
        FUZZ_CHECK(policy.number == 0);
        FUZZ_CHECK(memcmp(message, "policy:", 7) == 0 && strlen(message) < YAML_MESSAGE_SIZE);
        return 0;
    }
    FUZZ_CHECK(policy.number > 0 && nation_id_is_set(policy.owner));
    FUZZ_CHECK(policy.label.classification != CLASSIFICATION_UNKNOWN);
    FUZZ_CHECK(policy.rule_count <= POLICY_RULES_MAX);
    for (uint32_t i = 0; i < policy.rule_count; i++) {
        FUZZ_CHECK(policy.rules[i].to_count >= 1 && policy.rules[i].to_count <= LABEL_NATIONS_MAX);
        FUZZ_CHECK(policy.rules[i].action == POLICY_WITHHOLD_SENSORS ||
                   policy.rules[i].classification_max != CLASSIFICATION_UNKNOWN);
        FUZZ_CHECK(policy.rules[i].name[0] != '\0');
    }
    /* Whatever an officer may write can be signed, and reads back as it was. */
    uint8_t storage[POLICY_BYTES_MAX];
    struct byte_writer w = {storage, sizeof storage, 0};
    struct policy again;
    FUZZ_CHECK(policy_encode(&policy, &w) == OK);
    FUZZ_CHECK(policy_decode(byte_writer_written(&w), &again) == OK);
    FUZZ_CHECK(digest_equal_of(&policy, &again));
    return 0;
}
