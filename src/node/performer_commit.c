/* The performer's commits and snapshots: how a group of inputs becomes durable, and what waited for
 * it leaves. */
#include <assert.h>
#include <string.h>

#include "node/performer_state.h"

bool performer_has_room(const struct performer *p, size_t reserve)
{
    const size_t room = sizeof(struct entry) + INPUT_BYTES_MAX + EFFECTS_DIGEST_BYTES_MAX + reserve;
    return p->filling->size + room <= GROUP_BYTES_MAX;
}

static void send_waiting(struct performer *p, const struct group *g, struct instant now)
{
    for (uint32_t i = 0; i < g->waiting_count; i++) {
        const struct waiting *w = &g->waiting[i];
        const struct bytes plain = {g->outbox + w->offset, w->size};
        struct byte_writer out = {p->sealed, sizeof p->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        if (seal_close(&p->seals[w->partner], plain, w->lane, now, &out, signature) == OK) {
            p->shell.carry(p->shell.context, w->partner, w->lane, byte_writer_written(&out), now);
        }
    }
}

void performer_keep(struct performer *p, struct duration keep)
{
    p->keep = keep;
}

/* Before which time inputs may go; unset while they may not. */
static struct instant drop_time(const struct performer *p)
{
    if (p->keep.ns <= 0 || p->restorable == 0 || !instant_is_set(p->engine.now)) {
        return INSTANT_UNSET;
    }
    for (uint32_t i = 0; i < p->engine.config.partner_count; i++) {
        const struct ledger *l = &p->engine.sessions[i].ledger;
        if (l->acknowledged < l->last) {
            return INSTANT_UNSET;
        }
    }
    return instant_plus(p->engine.now, (struct duration){-p->keep.ns});
}

bool performer_commit_begin(struct performer *p)
{
    if (p->is_committing || p->filling->last == 0) {
        return false;
    }
    log_keeper_look_up(p->keeper, p->shell.journal);
    p->drop_before = drop_time(p);
    struct group *g = p->filling;
    p->filling = p->committing;
    p->committing = g;
    p->is_committing = true;
    return true;
}

static result drop_old(struct performer *p)
{
    uint64_t dropped = 0;
    if (!instant_is_set(p->drop_before)) {
        return OK;
    }
    TRY(journal_drop(p->shell.journal, p->drop_before, p->restorable, DROP_MAX, &dropped));
    return dropped > 0 ? journal_commit(p->shell.journal) : OK;
}

/* The snapshot that was taken before this commit is now of something durable. */
static result note_chain(struct performer *p)
{
    struct journal_group group;
    if (p->snapshot == NULL || p->snapshot_has_chain || snapshot_position(p->snapshot) == 0) {
        return OK;
    }
    TRY(journal_read(p->shell.journal, snapshot_position(p->snapshot), &group));
    snapshot_set_chain(p->snapshot, group.chain);
    p->snapshot_has_chain = true;
    return OK;
}

result performer_snapshot_take(struct performer *p)
{
    assert(!p->is_committing);
    if (p->snapshot == NULL) {
        p->snapshot = snapshot_new();
    }
    ENSURE(p->snapshot != NULL, ERR_FULL);
    if (p->snapshot_written) {
        p->restorable = snapshot_position(p->snapshot);
    }
    p->snapshot_written = false;
    p->snapshot_has_chain = false;
    return snapshot_take(p->snapshot, &p->engine);
}

bool performer_snapshot_is_ready(const struct performer *p)
{
    return !p->is_committing && p->snapshot_has_chain;
}

result performer_snapshot_write(struct performer *p, const char *journal_path)
{
    const result written = snapshot_write(p->snapshot, journal_path);
    p->snapshot_written = written == OK;
    return written;
}

result performer_commit_work(struct performer *p)
{
    const struct group *g = p->committing;
    struct journal *journal = p->shell.journal;
    /* A commit that seemed to fail may have come through: all of it or nothing. */
    const bool done = journal->last >= g->last;
    for (size_t at = 0; at < g->size && !done;) {
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
    if (!done) {
        TRY(journal_commit(journal));
    }
    TRY(drop_old(p));
    return note_chain(p);
}

result performer_commit_end(struct performer *p, struct instant now)
{
    assert(p->is_committing);
    struct group *g = p->committing;
    const bool news = g->news;
    const uint64_t position = g->last;
    p->durable = position > p->durable ? position : p->durable;
    send_waiting(p, g, now);
    g->last = 0;
    g->news = false;
    g->size = 0;
    g->waiting_count = 0;
    g->outbox_size = 0;
    p->is_committing = false;
    if (!news) {
        return OK;
    }
    const struct event event = {.kind = EVENT_COMMITTED, .time = now, .position = position};
    return performer_feed(p, &event, NULL);
}

void performer_commit_failed(struct performer *p)
{
    /* What waited would be stale by the time that the disk works again; the sessions repeat it. */
    p->committing->waiting_count = 0;
    p->committing->outbox_size = 0;
}

result performer_commit(struct performer *p, struct instant now)
{
    if (!p->is_committing && !performer_commit_begin(p)) {
        return OK;
    }
    TRY(performer_commit_work(p));
    return performer_commit_end(p, now);
}

void performer_set_journal(struct performer *p, struct journal *journal)
{
    p->shell.journal = journal;
}

uint64_t performer_uncommitted(const struct performer *p)
{
    return p->position - p->durable;
}

bool performer_has_news(const struct performer *p)
{
    return p->filling->news || p->filling->waiting_count > 0;
}

bool performer_is_full(const struct performer *p)
{
    return !performer_has_room(p, GROUP_BYTES_RESERVE);
}
