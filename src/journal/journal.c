#include "journal/journal.h"

#include <string.h>

result journal_append(struct journal *j, uint64_t position, struct instant time, struct bytes input,
                      const uint8_t digest[JOURNAL_DIGEST_BYTES])
{
    ENSURE(position == j->last + 1, ERR_STATE);
    ENSURE(input.size <= JOURNAL_INPUT_BYTES_MAX, ERR_RANGE);
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    struct journal_group group = {.position = position, .time = time, .input = input};
    memcpy(group.effects_digest, digest, JOURNAL_DIGEST_BYTES);
    TRY(j->functions->append(j, &group));
    j->last = position;
    return OK;
}

result journal_commit(struct journal *j)
{
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    TRY(j->functions->commit(j));
    j->committed = j->last;
    return OK;
}

result journal_read(struct journal *j, uint64_t position, struct journal_group *out)
{
    ENSURE(position >= 1 && position <= j->last, ERR_NOT_FOUND);
    return j->functions->read(j, position, out);
}

static bool key_is_valid(const char *key)
{
    const size_t size = strnlen(key, 64);
    return size >= 1 && size <= 63;
}

result journal_set_meta(struct journal *j, const char *key, struct bytes value)
{
    ENSURE(key_is_valid(key) && value.size <= JOURNAL_META_BYTES_MAX, ERR_RANGE);
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    return j->functions->set_meta(j, key, value);
}

result journal_get_meta(struct journal *j, const char *key, struct bytes *out)
{
    ENSURE(key_is_valid(key), ERR_RANGE);
    return j->functions->get_meta(j, key, out);
}

void journal_close(struct journal *j)
{
    if (j != NULL) {
        j->functions->close(j);
    }
}

enum journal_fault journal_last_fault(const struct journal *j)
{
    return j->fault;
}

const char *journal_fault_text(enum journal_fault fault)
{
    switch (fault) {
    case JOURNAL_FAULT_NONE:
        return "no fault";
    case JOURNAL_FAULT_MISSING:
        return "there is no journal";
    case JOURNAL_FAULT_EXISTS:
        return "there is a journal already";
    case JOURNAL_FAULT_NOT_JOURNAL:
        return "the file is not a journal";
    case JOURNAL_FAULT_VERSION:
        return "the journal is of another version";
    case JOURNAL_FAULT_LOCKED:
        return "the journal is in use by another process";
    case JOURNAL_FAULT_FULL:
        return "there is no room left on the disk";
    case JOURNAL_FAULT_READ_ONLY:
        return "the journal may not be written";
    case JOURNAL_FAULT_CORRUPT:
        return "the journal is damaged";
    case JOURNAL_FAULT_DISK:
        break;
    }
    return "the disk or the operating system failed";
}
