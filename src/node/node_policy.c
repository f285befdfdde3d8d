#include "node/node_policy.h"

#include <stdio.h>
#include <string.h>

#include "node/policy_consent.h"
#include "node/policy_file.h"

static const struct policy *in_force(const struct node *node)
{
    return &performer_engine(node->performer)->config.policy;
}

uint32_t node_policy_number(const struct node *node)
{
    return in_force(node)->number;
}

void node_policy_officers(const struct node *node, struct instant now, struct policy_officers *out)
{
    const struct key_list *list = &node->keys->list;
    out->count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (key_entry_counts(&list->keys[i], KEY_OFFICER, now) &&
            out->count < POLICY_CONSENT_OFFICERS_MAX) {
            memcpy(out->keys[out->count], list->keys[i].key, sizeof out->keys[0]);
            out->count++;
        }
    }
}

/* Whether the file's policy says what is in force already. */
static result is_known(const struct node *node, const struct policy *policy, bool *known,
                       char message[NODE_MESSAGE_SIZE])
{
    const struct digest said = policy_digest(policy);
    const struct digest there = policy_digest(in_force(node));
    *known = digest_equal(&said, &there);
    if (!*known && policy->number == in_force(node)->number) {
        (void)snprintf(message, NODE_MESSAGE_SIZE,
                       "%.400s: number %u is in force and says something else; expected a higher "
                       "number",
                       node->options.file->policy, policy->number);
        return ERR_STATE;
    }
    return OK;
}

result node_policy_load(struct node *node, bool *changed, char message[NODE_MESSAGE_SIZE])
{
    static struct policy policy;
    static struct policy_consent consent;
    const struct node_file *file = node->options.file;
    const struct instant now = node_now(node);
    bool known = false;
    *changed = false;
    TRY(policy_file_read(file->policy, &policy, message));
    TRY(is_known(node, &policy, &known, message));
    if (known) {
        return OK;
    }
    struct policy_officers officers;
    node_policy_officers(node, now, &officers);
    TRY(policy_consent_read(file->policy, &policy, file->domain, in_force(node), &officers,
                            &consent, message));
    const result taken = performer_policy(node->performer, &consent, now);
    if (taken != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE, "%.400s: %s", file->policy,
                       taken == ERR_NOT_FOUND
                           ? "a group names a sensor that is not in the sensors file"
                           : result_text(taken));
        return taken;
    }
    *changed = true;
    return OK;
}
