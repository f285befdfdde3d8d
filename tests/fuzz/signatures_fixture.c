#include "signatures_fixture.h"

#include <sodium.h>
#include <string.h>

#include "fuzz.h"

static void key_pair(uint32_t officer, uint8_t public[32], uint8_t secret[64])
{
    uint8_t seed[32] = {1};
    seed[1] = (uint8_t)officer;
    FUZZ_CHECK(crypto_sign_seed_keypair(public, secret, seed) == 0);
}

void signatures_fixture_init(struct signatures_fixture *f)
{
    const struct nation_id kor = {"KOR"};
    uint8_t secret[64];
    memset(f, 0, sizeof *f);
    policy_none(kor, &f->in_force);
    f->in_force.label.owner = kor;
    f->in_force.label.classification = CLASSIFICATION_UNCLASSIFIED;
    f->in_force.label.releasable_count = 1;
    f->in_force.label.releasable_to[0] = (struct nation_id){"JPN"};
    f->next = f->in_force;
    f->next.number = f->in_force.number + 1;
    f->next.rule_count = 1;
    f->next.rules[0] = (struct policy_rule){.name = "all tracks",
                                            .action = POLICY_RELEASE,
                                            .kind = RECORD_TRACK,
                                            .to_count = 1,
                                            .to = {{"JPN"}},
                                            .classification_max = CLASSIFICATION_SECRET};
    f->officers.count = SIGNATURES_OFFICERS;
    for (uint32_t i = 0; i < SIGNATURES_OFFICERS; i++) {
        key_pair(i, f->officers.keys[i], secret);
    }
    const struct digest predecessor = policy_digest(&f->in_force);
    struct byte_writer w = {f->signed_text, sizeof f->signed_text, 0};
    FUZZ_CHECK(policy_signed_bytes(&f->next, domain_text(DOMAIN_TEST), &predecessor, &w) == OK);
    f->signed_size = w.size;
}

void signatures_fixture_line(const struct signatures_fixture *f, uint32_t officer,
                             char out[POLICY_CONSENT_LINE_SIZE])
{
    struct event_officer signs;
    uint8_t secret[64];
    key_pair(officer, signs.key, secret);
    FUZZ_CHECK(
        crypto_sign_detached(signs.signature, NULL, f->signed_text, f->signed_size, secret) == 0);
    policy_consent_line(&signs, out);
}
