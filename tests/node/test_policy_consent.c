/* A policy with its officers' signatures: one narrows, two widen, and nothing but this policy after
 * that one is signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "node/policy_consent.h"
#include "node/policy_file.h"

#define HEAD \
    "owner: JPN\ndefault: withhold\nlabel: {classification: SECRET, releasable to: [USA]}\n"
#define NOTICES "rules:\n  - {rule: all, release: notices, to: [USA], up to: SECRET, delay: 5 s}\n"
#define SOONER "rules:\n  - {rule: all, release: notices, to: [USA], up to: SECRET}\n"

enum { OFFICERS = 3 };

static uint8_t secret[OFFICERS][64];
static struct policy_officers officers;
static struct policy in_force;
static char path[64];
static char signatures[80];

static struct policy parse(const char *text)
{
    struct policy policy;
    char message[YAML_MESSAGE_SIZE];
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    if (policy_file_parse("p", bytes, &policy, message) != OK) {
        fail_msg("%s", message);
    }
    return policy;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Writes the policy, and the line of each of these officers as a signature of `signed_text` after
 * the one in force in that domain. */
static void put_signed(const char *text, const char *signed_text, const char *domain,
                       const int *who, int count)
{
    const struct policy policy = parse(signed_text);
    const struct digest predecessor = policy_digest(&in_force);
    uint8_t bytes[POLICY_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    char lines[OFFICERS * POLICY_CONSENT_LINE_SIZE];
    size_t used = 0;
    lines[0] = '\0';
    assert_int_equal(policy_signed_bytes(&policy, domain, &predecessor, &w), OK);
    for (int i = 0; i < count; i++) {
        struct event_officer officer;
        memcpy(officer.key, secret[who[i]] + 32, sizeof officer.key);
        crypto_sign_detached(officer.signature, NULL, w.data, w.size, secret[who[i]]);
        policy_consent_line(&officer, lines + used);
        used += strlen(lines + used);
    }
    put(path, text);
    put(signatures, lines);
}

static void expect(result expected, const char *word)
{
    struct policy_consent consent = {.officer_count = 77};
    char message[YAML_MESSAGE_SIZE] = "";
    static struct policy next;
    assert_int_equal(policy_file_read(path, &next, message), OK);
    assert_int_equal(
        policy_consent_read(path, &next, DOMAIN_EXERCISE, &in_force, &officers, &consent, message),
        expected);
    if (expected == OK) {
        assert_true(consent.officer_count <= 2);
        return;
    }
    assert_int_equal(consent.officer_count, 77);
    if (strstr(message, word) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", message, word);
    }
}

static const int all[] = {0, 1, 2};
static const int twice[] = {1, 1};

static void one_narrows_and_two_widen(void **state)
{
    (void)state;
    const char *narrow = "number: 4\n" HEAD "rules: []\n";
    const char *wide = "number: 4\n" HEAD SOONER;
    put_signed(narrow, narrow, "exercise", all, 1);
    expect(OK, "");
    put_signed(wide, wide, "exercise", all, 1);
    expect(ERR_DENIED, "widens what partners get; expected the signatures of 2 officers, found 1");
    put_signed(wide, wide, "exercise", all, 2);
    expect(OK, "");
    put_signed(wide, wide, "exercise", twice, 2);
    expect(ERR_SIGNATURE, "signatures:2: the same officer signed before");
}

static void nothing_else_is_signed(void **state)
{
    (void)state;
    const char *wide = "number: 4\n" HEAD SOONER;
    const char *narrow = "number: 4\n" HEAD "rules: []\n";
    put_signed(wide, narrow, "exercise", all, 2);
    expect(ERR_SIGNATURE, "not of this policy");
    put_signed(wide, wide, "live", all, 2);
    expect(ERR_SIGNATURE, "not of this policy");
    /* After another policy than the one in force. */
    put_signed(wide, wide, "exercise", all, 2);
    in_force.number--;
    expect(ERR_SIGNATURE, "not after the one in force");
    in_force.number++;
    const int stranger[] = {2};
    put_signed(narrow, narrow, "exercise", stranger, 1);
    expect(ERR_SIGNATURE, "not of a release officer");
    const char *same = "number: 3\n" HEAD NOTICES;
    put_signed(same, same, "exercise", all, 2);
    expect(ERR_STATE, "number 3; expected more than 3");
    in_force.owner = (struct nation_id){"USA"};
    expect(ERR_STATE, "a policy of JPN; expected one of USA");
    in_force.owner = (struct nation_id){"JPN"};
}

static void files_that_are_not_plain_are_refused(void **state)
{
    (void)state;
    const char *narrow = "number: 4\n" HEAD "rules: []\n";
    put_signed(narrow, narrow, "exercise", all, 0);
    expect(ERR_DENIED, "found 0");
    put(signatures, "deadbeef\n");
    expect(ERR_FORMAT, "signatures:1: expected a key of 64");
    static const size_t slips[] = {0, 63, 64, 65, 192}; /* of 64 digits, a blank and 128 digits */
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        char line[195];
        memset(line, 'a', sizeof line);
        memcpy(line + 193, "\n", 2);
        line[64] = ' ';
        line[slips[i]] = 'x';
        put(signatures, line);
        expect(ERR_FORMAT, "signatures:1: expected a key of 64 and a signature of 128 hexadecimal");
    }
    assert_int_equal(remove(signatures), 0);
    expect(ERR_IO, "needs the signature of an officer");
    /* A pipe that nobody writes to would hold a node for ever. */
    assert_int_equal(mkfifo(signatures, 0600), 0);
    expect(ERR_FORMAT, "expected a file");
    assert_int_equal(remove(signatures), 0);
}

/* Nothing but lines of officers may stand in the file, not even what a text cannot show. */
static void bytes_behind_a_signature_are_refused(void **state)
{
    (void)state;
    static const char *const behind[] = {"\n", "\0\n", "\0x\n",
                                         "\0"}; /* in place of the line feed */
    static const size_t sizes[] = {1, 2, 3, 1};
    static char text[8000];
    const char *narrow = "number: 4\n" HEAD "rules: []\n";
    for (size_t i = 0; i < 4; i++) {
        put_signed(narrow, narrow, "exercise", all, 1);
        FILE *f = fopen(signatures, "r+");
        assert_non_null(f);
        assert_int_equal(fseek(f, -1, SEEK_END), 0);
        assert_int_equal(fwrite(behind[i], 1, sizes[i], f), sizes[i]);
        assert_int_equal(fclose(f), 0);
        expect(i == 0 ? OK : ERR_FORMAT, i == 0 ? "" : "signatures: it has a byte of zero");
    }
    memset(text, 'a', sizeof text - 1);
    put(signatures, text);
    expect(ERR_FORMAT, "longer than such a file can be");
}

static int setup(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    for (int i = 0; i < OFFICERS; i++) {
        uint8_t seed[32];
        uint8_t key[32];
        memset(seed, 40 + i, sizeof seed);
        assert_int_equal(crypto_sign_seed_keypair(key, secret[i], seed), 0);
        memcpy(officers.keys[i], key, sizeof key);
    }
    officers.count = 2; /* the third is none */
    in_force = parse("number: 3\n" HEAD NOTICES);
    static char folder[] = "/tmp/watchfire-policy-XXXXXX";
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/p.yaml", folder);
    (void)snprintf(signatures, sizeof signatures, "%s.signatures", path);
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    (void)remove(path);
    (void)remove(signatures);
    return rmdir(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_narrows_and_two_widen),
        cmocka_unit_test(nothing_else_is_signed),
        cmocka_unit_test(files_that_are_not_plain_are_refused),
        cmocka_unit_test(bytes_behind_a_signature_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
