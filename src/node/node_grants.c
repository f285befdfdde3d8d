#include "node/node_grants.h"

#include "base/utc.h"
#include "node/grant_file.h"

/* Of two for the same way the one that begins later. */
static void add(struct node *node, const struct node_file *file, const struct node_grant *from,
                const struct signed_grant *grant, struct grant_set *set)
{
    const struct grant *g = &grant->grant;
    const struct engine *engine = performer_engine(node->performer);
    const uint32_t count = engine->config.partner_count;
    char until[UTC_TEXT_SIZE];
    if (engine_partner(engine, g->owner) == count || engine_partner(engine, g->to) == count) {
        node_tell(node,
                  "GRANTS: %s:%u: %s lets us pass on to %s what %s releases; expected two partners "
                  "of this node; not used",
                  file->path, from->line, from->path, g->to.code, g->owner.code);
        return;
    }
    if (!instant_before(node_now(node), g->until)) {
        node_tell(node, "GRANTS: %s:%u: %s ended at %s; ask %s for another one", file->path,
                  from->line, from->path, utc_format(g->until, 0, until), g->owner.code);
    }
    const struct signed_grant *known = grant_set_find(set, g->owner, g->to);
    if (known == NULL) {
        set->grants[set->count++] = *grant;
    } else if (instant_before(known->grant.from, g->from)) {
        set->grants[known - set->grants] = *grant;
    }
}

void node_grants_load(struct node *node, const struct node_file *file)
{
    struct grant_set set = {.count = 0};
    for (uint32_t i = 0; i < file->grant_count; i++) {
        char message[GRANT_FILE_MESSAGE_SIZE];
        struct signed_grant grant;
        if (grant_file_read(file->grants[i].path, file->nation, &grant, message) == OK) {
            add(node, file, &file->grants[i], &grant, &set);
        } else {
            node_tell(node, "GRANTS: %s:%u: %s; not used", file->path, file->grants[i].line,
                      message);
        }
    }
    const result taken = performer_grants(node->performer, &set, node_now(node));
    if (taken != OK) {
        node_tell(node, "GRANTS: %s: %s; they stay as they were", file->path, result_text(taken));
    }
}

void node_grants_reload(struct node *node)
{
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE];
    if (node_file_read(node->options.file->path, &file, message) != OK) {
        node_tell(node, "GRANTS: %s; they stay as they were", message);
        return;
    }
    node_grants_load(node, &file);
    const uint32_t count = performer_engine(node->performer)->grants.count;
    if (count > 0 || node->options.file->grant_count > 0) {
        node_tell(node, "grants: %u in force", count);
    }
}
