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

/* How the chain is called that began with the event's warning in force. */
static void name_chain(const struct engine *engine, const struct engine_event *event,
                       char out[PUBLIC_ID_SIZE])
{
    const struct warning first = {
        .event = event->id, .time = event->warned_since, .serial = event->warned_from};
    const struct public_warning told = {
        .domain = engine->config.domain, .nation = engine->config.nation, .warning = &first};
    (void)public_warning_id(&told, out);
}

static result note(struct outlet_store *store, const struct engine *engine,
                   const struct engine_event *event, struct instant now)
{
    char chain[PUBLIC_ID_SIZE];
    bool is_told = false;
    uint32_t agreed = 0;
    uint32_t stored = 0;
    while (agreed < LIMIT_APPROVALS && event->approved_by[agreed].text[0] != '\0') {
        agreed++;
    }
    name_chain(engine, event, chain);
    TRY(outlet_store_has(store, chain, &is_told));
    TRY(outlet_store_approvals(store, chain, &stored));
    for (uint32_t i = 0; is_told && stored < agreed && i < agreed; i++) {
        TRY(outlet_store_approve(store, chain, &event->approved_by[i], now));
    }
    return OK;
}

result outlet_consent_note(struct outlet_store *store, const struct engine *engine, bool trust_all,
                           struct instant now)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &engine->events[i];
        if (event->id.value != 0 && warning_in_force(event->warning.state) &&
            event->approved_by[0].text[0] != '\0' &&
            (trust_all || event->approved_at <= engine->journalled_to)) {
            TRY(note(store, engine, event, now));
        }
    }
    return OK;
}
