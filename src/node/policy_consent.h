/* A new release policy with its officers' signatures: read, verified and put to the performer,
 * while the node runs.
 *
 * The signatures stand beside the policy, in a file of the same name with ".signatures" behind it:
 * a line for each officer, the public key and the signature in hexadecimal, one space between. An
 * officer signs what policy_signed_bytes gives: the policy itself and the digest of the one that it
 * follows. So a signature is worth nothing for another policy, nor after another one. */
#ifndef WATCHFIRE_NODE_POLICY_CONSENT_H
#define WATCHFIRE_NODE_POLICY_CONSENT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/event.h"
#include "model/domain.h"
#include "node/yaml_tree.h"
#include "share/policy.h"

#define POLICY_CONSENT_OFFICERS_MAX 16
#define POLICY_CONSENT_LINE_SIZE 195 /* of a signature, with line feed and NUL */

/* The keys of the nation's release officers that count now. */
struct policy_officers {
    uint32_t count;
    uint8_t keys[POLICY_CONSENT_OFFICERS_MAX][32];
};

/* A policy that may replace the one in force. */
struct policy_consent {
    struct policy policy;
    struct digest predecessor;
    uint32_t officer_count; /* 1 or 2, distinct */
    struct event_officer officers[EVENT_OFFICERS_MAX];
};

/* Reads the signatures beside a policy, and decides whether they are enough for it to follow the
 * policy in force: two officers if it widens, one if not.
 *
 *   path      the policy's file, of which `policy` was read
 *   message   on error: what is wrong, where, and what to do
 *
 * ERR_IO or ERR_FORMAT for signatures that cannot be read, ERR_STATE for a number that is not
 * higher, ERR_SIGNATURE for a signature that is no officer's or not of this, ERR_DENIED if there
 * are too few; out is then unchanged. */
MUST_USE result policy_consent_read(const char *path, const struct policy *policy,
                                    enum domain domain, const struct policy *in_force,
                                    const struct policy_officers *officers,
                                    struct policy_consent *out, char message[YAML_MESSAGE_SIZE]);

/* The line of one officer, for the file of signatures. */
void policy_consent_line(const struct event_officer *officer, char out[POLICY_CONSENT_LINE_SIZE]);

#endif
