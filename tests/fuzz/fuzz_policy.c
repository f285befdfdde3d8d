#include "fuzz.h"

#include <string.h>

#include "node/policy_file.h"

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
        FUZZ_CHECK(policy.rules[i].classification_max != CLASSIFICATION_UNKNOWN);
        FUZZ_CHECK(policy.rules[i].name[0] != '\0');
    }
    return 0;
}
