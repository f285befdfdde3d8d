#include "node/outlet_consent.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define CONSENTS_MAX 16

size_t outlet_consent_text(enum outlet_consent_kind kind, const struct node_file *file,
                           const char *chain, char out[OUTLET_CONSENT_TEXT_SIZE])
{
    const int size =
        snprintf(out, OUTLET_CONSENT_TEXT_SIZE, "watchfire/1/%s/warning %s\n%s\n%s\n",
                 domain_text(file->domain), kind == OUTLET_CONSENT_RELEASE ? "release" : "cancel",
                 file->nation.code, chain);
    return size > 0 && size < OUTLET_CONSENT_TEXT_SIZE ? (size_t)size : 0;
}

void outlet_consent_name(enum outlet_consent_kind kind, const char *chain,
                         char out[PUBLIC_ID_SIZE + 8])
{
    (void)snprintf(out, PUBLIC_ID_SIZE + 8, "%s%s", kind == OUTLET_CONSENT_CANCEL ? "cancel " : "",
                   chain);
}

static uint32_t signatures(struct outlet_store *store, enum outlet_consent_kind kind,
                           const struct node_file *file, const char *chain,
                           const struct policy_officers *officers)
{
    struct outlet_consent found[CONSENTS_MAX];
    char text[OUTLET_CONSENT_TEXT_SIZE];
    char name[PUBLIC_ID_SIZE + 8];
    uint32_t count = 0;
    uint32_t good = 0;
    outlet_consent_name(kind, chain, name);
    if (outlet_store_consents(store, name, CONSENTS_MAX, found, &count) != OK || count == 0) {
        return 0;
    }
    const size_t size = outlet_consent_text(kind, file, chain, text);
    for (uint32_t k = 0; k < officers->count; k++) {
        for (uint32_t i = 0; i < count; i++) {
            if (memcmp(found[i].key, officers->keys[k], KEY_BYTES) == 0 &&
                crypto_sign_verify_detached(found[i].signature, (const uint8_t *)text, size,
                                            found[i].key) == 0) {
                good++;
                break;
            }
        }
    }
    return good;
}

uint32_t outlet_consent_count(struct outlet_store *store, enum outlet_consent_kind kind,
                              const struct node_file *file, const char *chain,
                              const struct policy_officers *officers)
{
    const uint32_t signed_by = signatures(store, kind, file, chain, officers);
    uint32_t approved_by = 0;
    if (kind != OUTLET_CONSENT_RELEASE ||
        outlet_store_approvals(store, chain, &approved_by) != OK) {
        approved_by = 0;
    }
    return signed_by > approved_by ? signed_by : approved_by;
}
