#include "node/log_trust.h"

result log_trust_verify(const struct key_list *list, struct instant when, struct bytes note,
                        const char *name, enum note_key role, struct bytes *line)
{
    result verified = ERR_NOT_FOUND;
    for (uint32_t i = 0; i < list->count && verified != OK; i++) {
        const struct key_entry *key = &list->keys[i];
        const bool counts = instant_is_set(when)
                                ? key_entry_counts(key, KEY_CHECKPOINT, when)
                                : key->use == KEY_CHECKPOINT && !instant_is_set(key->revoked);
        if (counts) {
            verified = note_verify(note, name, role, key->key, line, NULL);
        }
    }
    return verified;
}
