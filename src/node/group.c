#include "node/group.h"

#include <assert.h>
#include <string.h>

#include "engine/effects_digest.h"
#include "node/input.h"
#include "node/seal.h"

/* What the transparency log may keep of one second. */
#define FACTS_BYTES (128u * 1024u)

/* What stands before each input, or before a fact: then `input` is its key, with its end, and
 * `effects` its value. */
struct entry {
    bool is_fact;
    uint64_t position;
    struct instant time;
    uint64_t input_size;
    uint64_t effects_size;
};

bool group_has_room(const struct group *g, size_t reserve)
{
    const size_t input = sizeof(struct entry) + INPUT_BYTES_MAX + EFFECTS_DIGEST_BYTES_MAX;
    return g->size + input + FACTS_BYTES + reserve <= GROUP_BYTES_MAX;
}

static void add(struct group *g, const struct entry *entry, struct bytes input,
                struct bytes effects)
{
    struct byte_writer w = {g->bytes, GROUP_BYTES_MAX, g->size};
    const result put = byte_writer_put(&w, (struct bytes){(const uint8_t *)entry, sizeof *entry});
    const result added = byte_writer_put(&w, input);
    const result marked = byte_writer_put(&w, effects);
    assert(put == OK && added == OK && marked == OK); /* group_has_room was asked */
    g->size = w.size;
}

void group_add_input(struct group *g, const struct journal_group *input)
{
    const struct entry entry = {.position = input->position,
                                .time = input->time,
                                .input_size = input->input.size,
                                .effects_size = input->effects.size};
    add(g, &entry, input->input, input->effects);
}

void group_add_fact(struct group *g, const char *key, struct bytes value)
{
    const struct bytes name = {(const uint8_t *)key, strlen(key) + 1};
    const struct entry entry = {
        .is_fact = true, .input_size = name.size, .effects_size = value.size};
    add(g, &entry, name, value);
}

void group_add_frame(struct group *g, uint32_t partner, enum frame_lane lane, struct bytes plain)
{
    const size_t room = plain.size + SEAL_OVERHEAD_BYTES;
    if (g->frame_count == GROUP_FRAMES_MAX || g->outbox_size + room > GROUP_OUTBOX_BYTES_MAX) {
        return;
    }
    g->frames[g->frame_count] = (struct group_frame){
        .partner = partner, .lane = lane, .offset = g->outbox_size, .size = (uint32_t)plain.size};
    memcpy(g->outbox + g->outbox_size, plain.data, plain.size);
    g->outbox_size += (uint32_t)room;
    g->frame_count++;
}

result group_write(const struct group *g, struct journal *journal)
{
    /* A commit that seemed to fail may have come through: all of it or nothing. */
    if (journal->last >= g->last) {
        return OK;
    }
    for (size_t at = 0; at < g->size;) {
        struct entry entry;
        memcpy(&entry, g->bytes + at, sizeof entry);
        at += sizeof entry;
        const struct bytes input = {g->bytes + at, (size_t)entry.input_size};
        at += input.size;
        const struct bytes effects = {g->bytes + at, (size_t)entry.effects_size};
        at += effects.size;
        TRY(entry.is_fact ? journal_set_meta(journal, (const char *)input.data, effects)
                          : journal_append(journal, entry.position, entry.time, input, effects));
    }
    return journal_commit(journal);
}

void group_drop_frames(struct group *g)
{
    g->frame_count = 0;
    g->sealed_count = 0;
    g->outbox_size = 0;
}

void group_clear(struct group *g)
{
    g->last = 0;
    g->news = false;
    g->size = 0;
    group_drop_frames(g);
}
