#include "cli/journal_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/keys.h"
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

/* A short text that the journal keeps. */
static bool text_of(struct journal *j, const char *key, char *out, size_t out_size)
{
    struct bytes value;
    if (journal_get_meta(j, key, &value) != OK || value.size == 0 || value.size >= out_size) {
        return false;
    }
    memcpy(out, value.data, value.size);
    out[value.size] = '\0';
    return true;
}

bool journal_file_key(struct journal *j, struct digest_key *out)
{
    char seed_text[24];
    char nation_text[8];
    struct nation_id nation;
    if (!text_of(j, "seed", seed_text, sizeof seed_text) ||
        !text_of(j, "nation", nation_text, sizeof nation_text) ||
        !nation_id_parse(nation_text, &nation) || keys_start() != OK) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    const unsigned long long seed = strtoull(seed_text, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    struct keys keys;
    keys_derive(seed, nation, &keys);
    *out = run_key(&keys.master);
    return true;
}
