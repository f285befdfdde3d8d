#include "journal/journal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static void add_number(crypto_generichash_state *state, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void start_link(crypto_generichash_state *state, const char *kind,
                       const uint8_t before[JOURNAL_CHAIN_BYTES], uint64_t number)
{
    const int started = crypto_generichash_init(state, NULL, 0, JOURNAL_CHAIN_BYTES);
    assert(started == 0);
    crypto_generichash_update(state, (const uint8_t *)kind, strlen(kind));
    crypto_generichash_update(state, before, JOURNAL_CHAIN_BYTES);
    add_number(state, number);
}

void journal_chain_group(const struct journal_group *group,
                         const uint8_t before[JOURNAL_CHAIN_BYTES],
                         uint8_t out[JOURNAL_CHAIN_BYTES])
{
    crypto_generichash_state state;
    start_link(&state, "group", before, group->position);
    add_number(&state, (uint64_t)group->time.tai_ns);
    add_number(&state, group->input.size);
    crypto_generichash_update(&state, group->input.data, group->input.size);
    crypto_generichash_update(&state, group->effects.data, group->effects.size);
    crypto_generichash_final(&state, out, JOURNAL_CHAIN_BYTES);
}

void journal_chain_fact(const struct journal_fact *fact, const uint8_t before[JOURNAL_CHAIN_BYTES],
                        uint8_t out[JOURNAL_CHAIN_BYTES])
{
    crypto_generichash_state state;
    const size_t key_size = strlen(fact->key);
    start_link(&state, "fact", before, fact->number);
    add_number(&state, fact->position);
    add_number(&state, key_size);
    crypto_generichash_update(&state, (const uint8_t *)fact->key, key_size);
    crypto_generichash_update(&state, fact->value.data, fact->value.size);
    crypto_generichash_final(&state, out, JOURNAL_CHAIN_BYTES);
}

result journal_append(struct journal *j, uint64_t position, struct instant time, struct bytes input,
                      struct bytes effects)
{
    if (position > j->last + 1 && j->fault == JOURNAL_FAULT_NONE) {
        j->fault = JOURNAL_FAULT_FORGOT;
    }
    ENSURE(position == j->last + 1, ERR_STATE);
    ENSURE(input.size <= JOURNAL_INPUT_BYTES_MAX, ERR_RANGE);
    ENSURE(effects.size <= JOURNAL_EFFECTS_BYTES_MAX, ERR_RANGE);
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    struct journal_group group = {
        .position = position, .time = time, .input = input, .effects = effects};
    journal_chain_group(&group, j->head.group_chain, group.chain);
    TRY(j->functions->append(j, &group));
    memcpy(j->head.group_chain, group.chain, JOURNAL_CHAIN_BYTES);
    j->head.position = position;
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
    ENSURE(position >= j->first && position <= j->last, ERR_NOT_FOUND);
    return j->functions->read(j, position, out);
}

static bool key_is_valid(const char *key)
{
    const size_t size = strnlen(key, JOURNAL_KEY_SIZE);
    return size >= 1 && size < JOURNAL_KEY_SIZE;
}

result journal_set_meta(struct journal *j, const char *key, struct bytes value)
{
    ENSURE(key_is_valid(key) && value.size <= JOURNAL_META_BYTES_MAX, ERR_RANGE);
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    struct journal_fact fact = {
        .number = j->head.facts + 1, .position = j->last, .key = key, .value = value};
    journal_chain_fact(&fact, j->head.fact_chain, fact.chain);
    TRY(j->functions->add_fact(j, &fact));
    memcpy(j->head.fact_chain, fact.chain, JOURNAL_CHAIN_BYTES);
    j->head.facts = fact.number;
    return OK;
}

result journal_get_fact(struct journal *j, const char *key, uint64_t position,
                        struct journal_fact *out)
{
    ENSURE(key_is_valid(key) && position >= 1, ERR_RANGE);
    return j->functions->get_fact(j, key, position - 1, out);
}

result journal_get_meta(struct journal *j, const char *key, struct bytes *out)
{
    struct journal_fact fact;
    TRY(journal_get_fact(j, key, j->last + 1, &fact));
    *out = fact.value;
    return OK;
}

result journal_drop(struct journal *j, struct instant before, uint64_t up_to, uint64_t count_max,
                    uint64_t *dropped)
{
    uint64_t to = 0;
    struct journal_group last;
    *dropped = 0;
    ENSURE(j->fault == JOURNAL_FAULT_NONE, ERR_IO);
    const uint64_t at_most = j->last < up_to ? j->last : up_to;
    TRY(j->functions->find_time(
        j, before, at_most < j->first - 1 + count_max ? at_most : j->first - 1 + count_max, &to));
    if (to < j->first) {
        return OK;
    }
    uint8_t value[8 + JOURNAL_CHAIN_BYTES];
    struct byte_writer w = {value, sizeof value, 0};
    TRY(journal_read(j, to, &last));
    byte_writer_known_u64(&w, to);
    byte_writer_known(&w, (struct bytes){last.chain, JOURNAL_CHAIN_BYTES});
    TRY(journal_set_meta(j, "dropped", byte_writer_written(&w)));
    TRY(j->functions->drop(j, to));
    *dropped = to - j->first + 1;
    j->first = to + 1;
    return OK;
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
    case JOURNAL_FAULT_FORGOT:
        return "the disk lost what it had called durable; start the node again: it goes on from "
               "what is there";
    case JOURNAL_FAULT_DISK:
        break;
    }
    return "the disk or the operating system failed";
}
