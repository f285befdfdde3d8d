/* How what was fed becomes durable, and what follows from that: frames leave, snapshots are of
 * something that is there, old inputs go. */
#include <assert.h>
#include <string.h>

#include "node/performer_state.h"

void performer_seal(struct performer *p, struct instant now)
{
    struct group *g = p->committing;
    for (; g->sealed_count < g->frame_count; g->sealed_count++) {
        struct group_frame *f = &g->frames[g->sealed_count];
        const struct bytes plain = {g->outbox + f->offset, f->size};
        struct byte_writer out = {p->sealed, sizeof p->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        if (seal_close(&p->seals[f->partner], plain, f->lane, now, &out, signature) != OK) {
            out.size = 0;
        }
        assert(out.size <= f->size + SEAL_OVERHEAD_BYTES);
        memcpy(g->outbox + f->offset, p->sealed, out.size);
        f->size = (uint32_t)out.size;
    }
}

static void send_waiting(struct performer *p, struct instant now)
{
    const struct group *g = p->committing;
    performer_seal(p, now);
    for (uint32_t i = 0; i < g->frame_count && p->shell.carry != NULL; i++) {
        const struct group_frame *f = &g->frames[i];
        if (f->size > 0) {
            const struct bytes sealed = {g->outbox + f->offset, f->size};
            p->shell.carry(p->shell.context, f->partner, f->lane, sealed, now);
        }
    }
}

void performer_keep(struct performer *p, struct duration keep)
{
    retention_begin(&p->retention, keep, p->shell.journal);
}

const struct retention *performer_retention(const struct performer *p)
{
    return &p->retention;
}

bool performer_commit_begin(struct performer *p)
{
    if (p->is_committing || p->filling->last == 0) {
        return false;
    }
    log_keeper_look_up(p->keeper, p->shell.journal);
    retention_look(&p->retention, &p->engine, p->restorable);
    struct group *g = p->filling;
    p->filling = p->committing;
    p->committing = g;
    p->is_committing = true;
    return true;
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
    return snapshot_take(p->snapshot, &p->engine, p->chain);
}

bool performer_snapshot_is_ready(const struct performer *p)
{
    /* Position 0: there was no memory to take it whole. */
    const uint64_t taken = p->snapshot != NULL ? snapshot_position(p->snapshot) : 0;
    return !p->is_committing && taken > 0 && taken <= p->durable;
}

result performer_snapshot_write(struct performer *p, const char *journal_path)
{
    const result written = snapshot_write(p->snapshot, journal_path);
    p->snapshot_written = written == OK;
    return written;
}

struct snapshot *performer_snapshot_give(struct performer *p)
{
    struct snapshot *ready = p->snapshot;
    assert(performer_snapshot_is_ready(p));
    p->snapshot = NULL;
    return ready;
}

result performer_prepare(struct performer *p, const char *journal_path)
{
    TRY(performer_snapshot_take(p));
    return snapshot_write_next(p->snapshot, journal_path);
}

result performer_commit_work(struct performer *p)
{
    TRY(group_write(p->committing, p->shell.journal));
    return retention_work(&p->retention, p->shell.journal);
}

result performer_commit_end(struct performer *p, struct instant now)
{
    assert(p->is_committing);
    struct group *g = p->committing;
    const bool news = g->news;
    const uint64_t position = g->last;
    p->durable = position > p->durable ? position : p->durable;
    send_waiting(p, now);
    retention_end(&p->retention);
    group_clear(g);
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
    group_drop_frames(p->committing);
    group_drop_frames(p->filling);
}

result performer_commit(struct performer *p, struct instant now)
{
    if (!p->is_committing && !performer_commit_begin(p)) {
        return OK;
    }
    TRY(performer_commit_work(p));
    return performer_commit_end(p, now);
}
