/* Two officers, a policy in force and one that may follow it: what the fuzzer of signature files
 * and its seeds have in common. */
#ifndef WATCHFIRE_TESTS_FUZZ_SIGNATURES_FIXTURE_H
#define WATCHFIRE_TESTS_FUZZ_SIGNATURES_FIXTURE_H

#include "node/policy_consent.h"

#define SIGNATURES_OFFICERS 2

struct signatures_fixture {
    struct policy in_force;
    struct policy next; /* widens: it takes two */
    struct policy_officers officers;
    size_t signed_size;
    uint8_t signed_text[POLICY_BYTES_MAX + 256];
};

void signatures_fixture_init(struct signatures_fixture *f);

/* That officer's line in the file. */
void signatures_fixture_line(const struct signatures_fixture *f, uint32_t officer,
                             char out[POLICY_CONSENT_LINE_SIZE]);

#endif
