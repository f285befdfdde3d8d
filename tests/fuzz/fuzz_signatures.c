/* Any file beside a policy that two officers must have signed: only their two lines, and nothing
 * else in the file, let it pass. */
#include "fuzz.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fuzz_file.h"
#include "signatures_fixture.h"

static struct signatures_fixture fixture;
static char folder[] = "/tmp/watchfire-fuzz-XXXXXX";
static char policy_path[64];
static char link_path[80];

static void leave(void)
{
    (void)unlink(link_path);
    (void)rmdir(folder);
}

/* The file beside the policy is the one in memory. */
static void begin(const char *in_memory)
{
    signatures_fixture_init(&fixture);
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    snprintf(policy_path, sizeof policy_path, "%s/KOR.yaml", folder);
    snprintf(link_path, sizeof link_path, "%s.signatures", policy_path);
    FUZZ_CHECK(symlink(in_memory, link_path) == 0);
    FUZZ_CHECK(atexit(leave) == 0);
}

/* Two lines of two officers, the last line feed may be missing. Digits may be large or small. */
static void check_whole(const uint8_t *data, size_t size, const struct policy_consent *consent)
{
    char whole[2 * POLICY_CONSENT_LINE_SIZE];
    size_t used = 0;
    FUZZ_CHECK(consent->officer_count == 2);
    for (int i = 0; i < 2; i++) {
        const struct event_officer *o = &consent->officers[i];
        FUZZ_CHECK(crypto_sign_verify_detached(o->signature, fixture.signed_text,
                                               fixture.signed_size, o->key) == 0);
        policy_consent_line(o, whole + used);
        used += strlen(whole + used);
    }
    FUZZ_CHECK(memcmp(consent->officers[0].key, consent->officers[1].key, 32) != 0);
    FUZZ_CHECK(size == used || size + 1 == used);
    FUZZ_CHECK(strncasecmp((const char *)data, whole, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    struct policy_consent consent = {.officer_count = 77};
    char message[YAML_MESSAGE_SIZE] = "";
    const char *in_memory = fuzz_file(data, size);
    if (!begun) {
        begin(in_memory);
        begun = true;
    }
    const result read =
        policy_consent_read(policy_path, &fixture.next, DOMAIN_TEST, &fixture.in_force,
                            &fixture.officers, &consent, message);
    if (read != OK) {
        FUZZ_CHECK(read == ERR_FORMAT || read == ERR_SIGNATURE || read == ERR_DENIED);
        FUZZ_CHECK(consent.officer_count == 77);
        FUZZ_CHECK(memcmp(message, policy_path, strlen(policy_path)) == 0);
        return 0;
    }
    check_whole(data, size, &consent);
    return 0;
}
