#include "cli/journal_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/key_folder.h"
#include "node/node_file.h"
#include "node/run.h"

const char *journal_file_advice(enum journal_fault fault)
{
    switch (fault) {
    case JOURNAL_FAULT_LOCKED:
        return "; stop the node, or copy the file together with its -wal file and read the copy";
    case JOURNAL_FAULT_VERSION:
        return "; read it with the version of Watchfire that wrote it";
    case JOURNAL_FAULT_NOT_JOURNAL:
    case JOURNAL_FAULT_MISSING:
        return "; expected the journal of a node or of an exercise (`watchfire exercise --journal "
               "FOLDER`)";
    case JOURNAL_FAULT_CORRUPT:
        return "; `watchfire audit` says where";
    default:
        return "";
    }
}

/* A short text that the journal keeps. ERR_NOT_FOUND if it keeps none, ERR_IO. */
static result text_of(struct journal *j, const char *key, char *out, size_t out_size)
{
    struct bytes value;
    TRY(journal_get_meta(j, key, &value));
    ENSURE(value.size > 0 && value.size < out_size, ERR_NOT_FOUND);
    memcpy(out, value.data, value.size);
    out[value.size] = '\0';
    return OK;
}

/* An exercise's keys derive from its seed, which its journal names. */
static result derive_key(struct journal *j, struct digest_key *out)
{
    char seed_text[24];
    char nation_text[8];
    struct nation_id nation;
    struct keys keys;
    char *end = NULL;
    TRY(text_of(j, "seed", seed_text, sizeof seed_text));
    TRY(text_of(j, "nation", nation_text, sizeof nation_text));
    errno = 0;
    const unsigned long long seed = strtoull(seed_text, &end, 10);
    ENSURE(nation_id_parse(nation_text, &nation) && errno == 0 && *end == '\0', ERR_NOT_FOUND);
    keys_derive(seed, nation, &keys);
    *out = run_key(&keys.master);
    return OK;
}

static result node_key(const char *path, struct digest_key *out,
                       char message[JOURNAL_FILE_MESSAGE_SIZE])
{
    static struct node_file file;
    struct key_folder *folder = NULL;
    TRY(node_file_read(path, &file, message));
    TRY(key_folder_open(file.keys, file.nation, file.domain,
                        file.passphrase[0] != '\0' ? file.passphrase : NULL, &folder, message));
    *out = run_key(&key_folder_keys(folder)->master);
    key_folder_close(folder);
    return OK;
}

result journal_file_key(struct journal *j, const char *node, struct digest_key *out, bool *found,
                        char message[JOURNAL_FILE_MESSAGE_SIZE])
{
    (void)snprintf(message, JOURNAL_FILE_MESSAGE_SIZE, "the cryptographic library does not start");
    TRY(keys_start());
    if (node != NULL) {
        TRY(node_key(node, out, message));
        *found = true;
        return OK;
    }
    const result derived = derive_key(j, out);
    *found = derived == OK;
    (void)snprintf(message, JOURNAL_FILE_MESSAGE_SIZE, "the journal's facts cannot be read");
    return derived == ERR_NOT_FOUND ? OK : derived;
}
