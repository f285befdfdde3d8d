/* How a node starts: from the files that NODE.yaml names to an engine that is where it was.
 *
 * The journal's facts: "nation" and "domain" must be this node's. What another program wrote, or
 * this one with other settings (node/run.h), need not have the same effects again. */
#include "node/node_open.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "journal/journal_sqlite.h"
#include "node/node_grants.h"
#include "node/node_policy.h"
#include "node/run.h"
#include "node/sensor_file.h"

#define FROM_ANY_RUN 0
#define TOLD_INPUTS 10000

static result say(char message[NODE_MESSAGE_SIZE], result why, const char *file, const char *text)
{
    (void)snprintf(message, NODE_MESSAGE_SIZE, "%.400s: %s", file, text);
    return why;
}

static result open_keys(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    if (keys_start() != OK) {
        return say(message, ERR_IO, file->keys, "the cryptographic library does not start");
    }
    TRY(key_folder_open(file->keys, file->nation, file->domain,
                        file->passphrase[0] != '\0' ? file->passphrase : NULL, &node->folder,
                        message));
    node->keys = key_folder_keys(node->folder);
    return OK;
}

static result read_config(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    struct engine_config *config = &node->config;
    config->nation = file->nation;
    config->domain = file->domain;
    policy_none(file->nation, &config->policy);
    TRY(sensor_file_read(file->sensors, config->sensors, &config->sensor_count, message));
    node->facts.sensor_count = config->sensor_count;
    TRY(open_keys(node, message));
    config->partner_count = file->partner_count;
    for (uint32_t i = 0; i < file->partner_count; i++) {
        config->partners[i] = file->partners[i].nation;
        config->apart[i] = file->partners[i].server.port == 0;
        config->partner_keys[i] = keys_for_partner(node->keys, file->partners[i].nation);
    }
    return OK;
}

/* What the journal must say of itself; a new one is told. */
static result check_fact(struct journal *journal, const char *key, const char *expected)
{
    const struct bytes value = {(const uint8_t *)expected, strlen(expected)};
    struct bytes found;
    const result status = journal_get_meta(journal, key, &found);
    if (status == ERR_NOT_FOUND && journal->last == 0) {
        return journal_set_meta(journal, key, value);
    }
    TRY(status);
    ENSURE(found.size == value.size && memcmp(found.data, value.data, value.size) == 0, ERR_STATE);
    return OK;
}

/* Whether the journal is this nation's and of this domain. */
static bool is_ours(const struct node *node)
{
    const struct node_file *file = node->options.file;
    return check_fact(node->disk.journal, "nation", file->nation.code) == OK &&
           check_fact(node->disk.journal, "domain", domain_text(file->domain)) == OK;
}

static result open_journal(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    result opened = journal_sqlite_open(file->journal, JOURNAL_OPEN, &node->disk.journal, &fault);
    if (opened != OK && fault == JOURNAL_FAULT_MISSING) {
        opened = journal_sqlite_open(file->journal, JOURNAL_CREATE, &node->disk.journal, &fault);
    }
    if (opened != OK) {
        char text[200];
        (void)snprintf(text, sizeof text, "%s%s", journal_fault_text(fault),
                       fault == JOURNAL_FAULT_LOCKED ? "; is this node running already?" : "");
        return say(message, ERR_IO, file->journal, text);
    }
    if (!is_ours(node)) {
        return say(message, ERR_STATE, file->journal,
                   "the journal of another nation or domain; name the right one, or a new file");
    }
    return OK;
}

static result replay(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    uint64_t since = node->disk.journal->last;
    const bool is_same = run_is_current(node->disk.journal, &node->config, node->keys, &since);
    node->facts.other_program = !is_same && since > 0;
    result replayed =
        performer_restore(node->performer, file->journal, is_same ? since : FROM_ANY_RUN);
    if (replayed == OK) {
        const uint64_t left = since - performer_engine(node->performer)->position;
        if (node->facts.other_program && left > TOLD_INPUTS) {
            node_tell(node,
                      "journal: another program or other settings wrote it: %llu inputs are worked "
                      "through first (docs/operating.md, \"Upgrade\")",
                      (unsigned long long)left);
        }
        replayed = performer_replay(node->performer, since + 1);
    }
    const struct engine *engine = performer_engine(node->performer);
    node->facts.journal_inputs = engine->position;
    node->facts.journal_end = engine->now;
    node->floor = engine->now;
    if (replayed == ERR_STATE) {
        char text[200];
        (void)snprintf(text, sizeof text,
                       "the input at position %llu does not lead to what it led to when it was "
                       "written: the journal was changed, or this machine errs; restore it from a "
                       "copy, or name a new file",
                       (unsigned long long)performer_differs_at(node->performer));
        return say(message, ERR_STATE, file->journal, text);
    }
    return replayed == OK ? OK
                          : say(message, replayed, file->journal,
                                journal_fault_text(journal_last_fault(node->disk.journal)));
}

/* The number of a process start only grows, also after a copy of an older journal was put back. */
static uint64_t next_start(const struct node *node, uint32_t partner)
{
    const struct engine *engine = performer_engine(node->performer);
    const uint64_t next = engine->sessions[partner].boot.epoch.counter + 1;
    const uint64_t second = (uint64_t)(node->started.tai_ns / NS_PER_S);
    return next > second ? next : second;
}

/* The partner's key list that was given by hand, if one was. */
static result read_list(const struct node_partner *partner, const uint8_t root[KEY_BYTES],
                        struct key_trust *trust, char message[NODE_MESSAGE_SIZE])
{
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer bytes = {storage, sizeof storage, 0};
    struct key_list list;
    if (partner->key_list[0] == '\0') {
        return OK;
    }
    TRY(key_folder_read_list(partner->key_list, root, &bytes, &list, message));
    if (key_trust_offer(trust, byte_writer_written(&bytes)) != REFUSED_NONE) {
        (void)snprintf(message, NODE_MESSAGE_SIZE,
                       "%.400s: the key list of %s in the domain %s; expected that of %s in %s",
                       partner->key_list, list.nation.code, domain_text(list.domain),
                       partner->nation.code, domain_text(trust->list.domain));
        return ERR_RANGE;
    }
    return OK;
}

static result boot(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    struct key_trust partner_keys[LIMIT_PARTNERS];
    struct keys_boot boots[LIMIT_PARTNERS];
    for (uint32_t i = 0; i < node->config.partner_count; i++) {
        uint8_t root[KEY_BYTES];
        if (!key_fingerprint_parse(file->partners[i].root, root)) {
            return say(message, ERR_FORMAT, file->partners[i].root,
                       "not the fingerprint of a root key (64 hexadecimal digits)");
        }
        key_trust_pin(file->partners[i].nation, file->domain, root, &partner_keys[i]);
        TRY(read_list(&file->partners[i], root, &partner_keys[i], message));
        keys_boot_make(node->keys, file->partners[i].nation, next_start(node, i), &boots[i]);
    }
    const result booted =
        performer_boot(node->performer, node->keys, partner_keys, boots, node->started);
    sodium_memzero(boots, sizeof boots);
    return booted == OK ? OK : say(message, booted, file->journal, result_text(booted));
}

/* The number of the newest list of ours that the journal knows; 0 = none. */
static uint64_t newest_list(const struct node *node, const struct bytes **same)
{
    static struct key_trust said[LIMIT_NATIONS];
    static struct bytes last;
    struct journal *j = node->disk.journal;
    const struct session *s = &performer_engine(node->performer)->sessions[0];
    char key[JOURNAL_KEY_SIZE];
    struct bytes value;
    uint32_t count = 0;
    uint64_t number = node->config.partner_count > 0 ? s->keys.number : 0;
    if (journal_get_meta(j, "keys", &value) == OK && run_keys_decode(value, said, &count) == OK &&
        said[0].list.number > number) {
        number = said[0].list.number;
    }
    (void)snprintf(key, sizeof key, RUN_LIST_FACT " %s", node->config.nation.code);
    *same = NULL;
    if (journal_get_meta(j, key, &last) == OK) {
        uint8_t signature[KEY_SIGNATURE_BYTES];
        struct key_list list;
        if (key_list_decode(last, &list, signature) == OK && list.number >= number) {
            number = list.number;
            *same = &last;
        }
    }
    return number;
}

/* A key folder from an old copy: partners would refuse its list, and with it all that this node
 * says. */
static result check_list(const struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct keys *keys = node->keys;
    const struct bytes *same = NULL;
    const uint64_t used = newest_list(node, &same);
    const bool is_other =
        same != NULL && keys->list.number == used &&
        (same->size != keys->signed_size || memcmp(same->data, keys->signed_list, same->size) != 0);
    if (keys->list.number >= used && !is_other) {
        return OK;
    }
    (void)snprintf(message, NODE_MESSAGE_SIZE,
                   "%.400s: the key list in it is number %llu%s, and this node has used number "
                   "%llu: an old copy of the folder was put back, and partners would refuse it. "
                   "Put the newest key-list and online.key in their places; if they are lost, run "
                   "watchfire keys rotate until the number is above %llu",
                   node->options.file->keys, (unsigned long long)keys->list.number,
                   is_other ? " with other keys" : "", (unsigned long long)used,
                   (unsigned long long)used);
    return ERR_STATE;
}

result node_open_engine(struct node *node, const struct performer_shell *shell,
                        char message[NODE_MESSAGE_SIZE])
{
    TRY(read_config(node, message));
    TRY(open_journal(node, message));
    struct performer_shell complete = *shell;
    complete.journal = node->disk.journal;
    const result opened = performer_open(&node->config, &complete, &node->performer);
    if (opened != OK) {
        return say(message, opened, node->options.file->sensors,
                   "these sensors, this policy and these partners cannot be used together");
    }
    TRY(replay(node, message));
    TRY(check_list(node, message));
    performer_keep(node->performer, node->options.file->keep);
    node->started = node_now(node);
    TRY(boot(node, message));
    /* A node watches without a policy too; it is said. */
    bool changed = false;
    node->facts.policy_trouble[0] = '\0';
    (void)!node_policy_load(node, &changed, node->facts.policy_trouble);
    node->facts.policy_number = node_policy_number(node);
    node_grants_load(node, node->options.file);
    return OK;
}

static result prepare(struct node *node, const char *copy, uint64_t *inputs,
                      char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    TRY(read_config(node, message));
    result r = journal_sqlite_open(copy, JOURNAL_READ, &node->disk.journal, &fault);
    if (r != OK) {
        return say(message, r, copy, journal_fault_text(fault));
    }
    if (!is_ours(node)) {
        return say(message, ERR_STATE, copy, "not a journal of this nation and domain");
    }
    const struct performer_shell shell = {.journal = node->disk.journal};
    r = performer_open(&node->config, &shell, &node->performer);
    r = r == OK ? performer_restore(node->performer, file->journal, FROM_ANY_RUN) : r;
    r = r == OK ? performer_replay(node->performer, UINT64_MAX) : r;
    r = r == OK ? performer_prepare(node->performer, file->journal) : r;
    if (r != OK) {
        return say(message, r, copy, result_text(r));
    }
    *inputs = performer_engine(node->performer)->position;
    return OK;
}

result node_prepare(const struct node_options *options, const char *copy, uint64_t *inputs,
                    char message[NODE_MESSAGE_SIZE])
{
    struct node *node = calloc(1, sizeof *node);
    ENSURE(node != NULL, ERR_IO);
    node->options = *options;
    const result prepared = prepare(node, copy, inputs, message);
    performer_close(node->performer);
    journal_close(node->disk.journal);
    key_folder_close(node->folder);
    free(node);
    return prepared;
}
