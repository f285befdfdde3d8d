#include "node/policy_consent.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/small_file.h"
#include "share/policy_compare.h"

#define KEY_DIGITS 64
#define SIGNATURE_DIGITS 128

static result refuse(char message[YAML_MESSAGE_SIZE], result error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static result refuse(char message[YAML_MESSAGE_SIZE], result error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, YAML_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return error;
}

static bool is_officer(const struct policy_officers *officers, const uint8_t key[32])
{
    for (uint32_t i = 0; i < officers->count; i++) {
        if (memcmp(officers->keys[i], key, 32) == 0) {
            return true;
        }
    }
    return false;
}

static bool parse_line(const char *line, struct event_officer *out)
{
    return strlen(line) == KEY_DIGITS + 1 + SIGNATURE_DIGITS && line[KEY_DIGITS] == ' ' &&
           sodium_hex2bin(out->key, sizeof out->key, line, KEY_DIGITS, NULL, NULL, NULL) == 0 &&
           sodium_hex2bin(out->signature, sizeof out->signature, line + KEY_DIGITS + 1,
                          SIGNATURE_DIGITS, NULL, NULL, NULL) == 0;
}

/* One line of the file: an officer who has not signed yet, and signed exactly this. */
static result take_line(const char *name, uint32_t number, const char *line, struct bytes signed_of,
                        const struct policy_officers *officers, struct policy_consent *consent,
                        char message[YAML_MESSAGE_SIZE])
{
    struct event_officer officer;
    if (!parse_line(line, &officer)) {
        return refuse(message, ERR_FORMAT,
                      "%s:%u: expected a key of %d and a signature of %d hexadecimal digits, one "
                      "space between; sign the policy again",
                      name, number, KEY_DIGITS, SIGNATURE_DIGITS);
    }
    if (!is_officer(officers, officer.key)) {
        return refuse(message, ERR_SIGNATURE,
                      "%s:%u: the key is not of a release officer in the nation's key list", name,
                      number);
    }
    if (crypto_sign_verify_detached(officer.signature, signed_of.data, signed_of.size,
                                    officer.key) != 0) {
        return refuse(message, ERR_SIGNATURE,
                      "%s:%u: the signature is not of this policy, or not after the one in force; "
                      "sign it again",
                      name, number);
    }
    for (uint32_t i = 0; i < consent->officer_count; i++) {
        if (memcmp(consent->officers[i].key, officer.key, sizeof officer.key) == 0) {
            return refuse(message, ERR_SIGNATURE, "%s:%u: the same officer signed before", name,
                          number);
        }
    }
    if (consent->officer_count < EVENT_OFFICERS_MAX) {
        consent->officers[consent->officer_count] = officer;
        consent->officer_count++;
    }
    return OK;
}

static result read_signatures(const char *name, struct byte_writer *out,
                              char message[YAML_MESSAGE_SIZE])
{
    char why[YAML_MESSAGE_SIZE - 64];
    const result read = small_file_read(name, false, out, why, sizeof why);
    if (read != OK) {
        return refuse(message, read, "%s; a policy needs the signature of an officer", why);
    }
    if (memchr(out->data, '\0', out->size) != NULL) {
        return refuse(message, ERR_FORMAT, "%s: it has a byte of zero; sign the policy again",
                      name);
    }
    return OK;
}

static result take_signatures(const char *path, struct bytes signed_of,
                              const struct policy_officers *officers,
                              struct policy_consent *consent, char message[YAML_MESSAGE_SIZE])
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s.signatures", path) >= (int)sizeof name) {
        return refuse(message, ERR_IO, "%.200s…: the path is too long", path);
    }
    char text[POLICY_CONSENT_OFFICERS_MAX * POLICY_CONSENT_LINE_SIZE];
    struct byte_writer file = {(uint8_t *)text, sizeof text - 1, 0};
    TRY(read_signatures(name, &file, message));
    text[file.size] = '\0';
    uint32_t number = 1;
    for (char *line = text; line < text + file.size; number++) {
        const size_t size = strcspn(line, "\n");
        line[size] = '\0';
        TRY(take_line(name, number, line, signed_of, officers, consent, message));
        line += size + 1;
    }
    return OK;
}

/* Whether a policy of these officers may follow. */
static result decide(const char *path, const struct policy *in_force,
                     const struct policy_consent *consent, char message[YAML_MESSAGE_SIZE])
{
    static struct policy_comparison comparison;
    policy_compare(in_force, &consent->policy, &comparison);
    const uint32_t needed = policy_officers(&comparison);
    if (consent->officer_count >= needed) {
        return OK;
    }
    return refuse(message, ERR_DENIED,
                  "%s: %s policy %u %s; expected the signatures of %u officers, found %u", path,
                  consent->policy.owner.code, consent->policy.number,
                  comparison.widens ? "widens what partners get" : "changes what partners get",
                  needed, consent->officer_count);
}

result policy_consent_read(const char *path, const struct policy *policy, enum domain domain,
                           const struct policy *in_force, const struct policy_officers *officers,
                           struct policy_consent *out, char message[YAML_MESSAGE_SIZE])
{
    struct policy_consent consent;
    memset(&consent, 0, sizeof consent);
    consent.policy = *policy;
    if (!nation_id_equal(policy->owner, in_force->owner)) {
        return refuse(message, ERR_STATE, "%s: a policy of %s; expected one of %s", path,
                      policy->owner.code, in_force->owner.code);
    }
    if (policy->number <= in_force->number) {
        return refuse(message, ERR_STATE,
                      "%s: number %u; expected more than %u, the number of the policy in force",
                      path, policy->number, in_force->number);
    }
    uint8_t storage[POLICY_BYTES_MAX + 256];
    struct byte_writer w = {storage, sizeof storage, 0};
    consent.predecessor = policy_digest(in_force);
    if (policy_signed_bytes(policy, domain_text(domain), &consent.predecessor, &w) != OK) {
        return refuse(message, ERR_FULL, "%s: the policy is too long", path);
    }
    TRY(take_signatures(path, byte_writer_written(&w), officers, &consent, message));
    TRY(decide(path, in_force, &consent, message));
    *out = consent;
    return OK;
}

void policy_consent_line(const struct event_officer *officer, char out[POLICY_CONSENT_LINE_SIZE])
{
    char key[KEY_DIGITS + 1];
    char signature[SIGNATURE_DIGITS + 1];
    sodium_bin2hex(key, sizeof key, officer->key, sizeof officer->key);
    sodium_bin2hex(signature, sizeof signature, officer->signature, sizeof officer->signature);
    (void)snprintf(out, POLICY_CONSENT_LINE_SIZE, "%s %s\n", key, signature);
}
