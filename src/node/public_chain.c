#include "node/public_chain.h"

#include <string.h>

result public_chain_write(const struct public_chain *chain, const struct public_message *message,
                          const char *sender, char *out, size_t capacity, size_t *size)
{
    const struct cap_alert alert = {.warning = &message->told,
                                    .sender = sender,
                                    .reference_count = chain->count,
                                    .references = chain->told};
    return cap_write(&alert, out, capacity, size);
}

void public_chain_told(struct public_chain *chain, const struct public_message *message)
{
    if (warning_has_ended(message->warning.state)) {
        chain->count = 0;
        return;
    }
    if (chain->count == CAP_REFERENCES_MAX) {
        chain->count--;
        memmove(&chain->told[0], &chain->told[1], chain->count * sizeof chain->told[0]);
    }
    struct cap_reference *r = &chain->told[chain->count];
    (void)public_warning_id(&message->told, r->id);
    r->sent = message->warning.time;
    chain->count++;
}
