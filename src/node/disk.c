#include "node/disk.h"

#include <assert.h>
#include <time.h>

#include "journal/journal_sqlite.h"

/* On the pool's thread: the journal that failed takes no more, so it is opened anew. */
static result reopen(struct disk *d)
{
    journal_close(d->journal);
    d->journal = NULL;
    TRY(journal_sqlite_open(d->path, JOURNAL_OPEN, &d->journal, &d->work_fault));
    performer_set_journal(d->performer, d->journal);
    return OK;
}

static result write_group(struct disk *d)
{
    const result written = performer_commit_work(d->performer);
    if (written != OK) {
        d->work_fault = journal_last_fault(d->journal);
    }
    return written;
}

static void do_work(uv_work_t *work)
{
    struct disk *d = work->data;
    d->outcome = d->failed ? reopen(d) : OK;
    if (d->outcome == OK) {
        d->outcome = write_group(d);
    }
}

static void do_snapshot(uv_work_t *work)
{
    struct disk *d = work->data;
    d->snapshot_outcome = performer_snapshot_write(d->performer, d->path);
}

/* One that could not be written is no fault: the start takes longer. */
static void snapshot_done(uv_work_t *work, int status)
{
    struct disk *d = work->data;
    assert(status == 0);
    (void)status;
    d->is_snapshotting = false;
    d->snapshots += d->snapshot_outcome == OK ? 1 : 0;
}

/* What the loop's thread has worked so far; about what a start would have to work again. */
static uint64_t worked_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * (uint64_t)NS_PER_S + (uint64_t)t.tv_nsec;
}

static void take_snapshot_if_due(struct disk *d)
{
    const uint64_t now_ns = uv_hrtime();
    const uint64_t age_ns = now_ns - d->snapshot_ns;
    const bool is_due = age_ns >= (uint64_t)DISK_SNAPSHOT_NS ||
                        (age_ns >= (uint64_t)DISK_SNAPSHOT_NS_MIN &&
                         worked_ns() - d->worked_ns >= DISK_SNAPSHOT_WORK_NS);
    /* Not while partners wait for this commit, if another time will do. */
    const bool may_wait = age_ns < (uint64_t)DISK_SNAPSHOT_NS_MAX;
    if (d->is_snapshotting || !is_due || (may_wait && performer_will_send(d->performer))) {
        return;
    }
    d->snapshot_ns = now_ns;
    d->worked_ns = worked_ns();
    d->wants_snapshot = performer_snapshot_take(d->performer) == OK;
    d->copied_us = (uv_hrtime() - now_ns) / 1000;
}

static void write_snapshot_if_ready(struct disk *d)
{
    if (!d->wants_snapshot || d->is_snapshotting || !performer_snapshot_is_ready(d->performer)) {
        return;
    }
    d->wants_snapshot = false;
    d->is_snapshotting = true;
    d->snapshot_work.data = d;
    const int status = uv_queue_work(d->loop, &d->snapshot_work, do_snapshot, snapshot_done);
    assert(status == 0);
    (void)status;
}

static void fail(struct disk *d, bool was_failed)
{
    d->failed = true;
    d->fault = d->work_fault;
    d->failures++;
    if (!was_failed) {
        d->failed_since = d->now(d->context);
    }
    performer_commit_failed(d->performer);
}

static void start_work(struct disk *d);

static void retry(uv_timer_t *timer)
{
    start_work(timer->data);
}

static void work_done(uv_work_t *work, int status)
{
    struct disk *d = work->data;
    assert(status == 0);
    (void)status;
    const bool was_failed = d->failed;
    const enum journal_fault before = d->fault;
    d->is_working = false;
    if (d->outcome == OK) {
        d->failed = false;
        d->commits++;
        d->last_us = (uv_hrtime() - d->started_ns) / 1000;
        d->longest_us = d->last_us > d->longest_us ? d->last_us : d->longest_us;
        const result told = performer_commit_end(d->performer, d->now(d->context));
        assert(told == OK || told == ERR_FULL);
        (void)told;
        write_snapshot_if_ready(d);
    } else {
        fail(d, was_failed);
        (void)uv_timer_start(&d->retry, retry, DISK_RETRY_MS, 0);
    }
    /* Another reason is news as well. */
    d->news(d->context, was_failed && (!d->failed || d->fault == before));
}

static void start_work(struct disk *d)
{
    d->is_working = true;
    d->started_ns = uv_hrtime();
    d->work.data = d;
    const int status = uv_queue_work(d->loop, &d->work, do_work, work_done);
    assert(status == 0);
    (void)status;
}

void disk_start(struct disk *d)
{
    (void)uv_timer_init(d->loop, &d->retry);
    d->retry.data = d;
    d->snapshot_ns = uv_hrtime();
    d->worked_ns = worked_ns();
}

void disk_kick(struct disk *d)
{
    if (d->is_working || d->failed || !performer_has_news(d->performer)) {
        return;
    }
    take_snapshot_if_due(d);
    if (performer_commit_begin(d->performer)) {
        start_work(d);
        performer_seal(d->performer, d->now(d->context));
    }
}

bool disk_is_late(const struct disk *d)
{
    return d->failed || (d->is_working && uv_hrtime() - d->started_ns > (uint64_t)DISK_LATE_NS);
}

bool disk_is_busy(const struct disk *d)
{
    return d->is_working || d->is_snapshotting;
}

static result finish(struct disk *d)
{
    if (d->failed) {
        TRY(reopen(d));
        TRY(write_group(d));
        TRY(performer_commit_end(d->performer, d->now(d->context))); /* nothing waits to be sent */
    }
    const bool kept = performer_snapshot_take(d->performer) == OK;
    if (performer_commit_begin(d->performer)) {
        TRY(write_group(d));
        if (kept) {
            (void)!performer_snapshot_write(d->performer, d->path);
        }
    }
    return OK;
}

result disk_finish(struct disk *d)
{
    assert(!disk_is_busy(d));
    const result finished = finish(d);
    d->fault = finished == OK ? d->fault : d->work_fault;
    return finished;
}

void disk_close(struct disk *d)
{
    uv_close((uv_handle_t *)&d->retry, NULL);
    journal_close(d->journal);
    d->journal = NULL;
}
