/* Commits a performer's groups on a thread of libuv's pool, one after the other, as soon as there
 * is something to commit.
 *
 * Every ten seconds it also keeps a snapshot of the engine, so that a start has little to replay;
 * sooner if there was so much work that a start would take long to do it again; not before a commit
 * for which partners wait, if it can be helped. It is written on another thread of the pool, and
 * does not hold up commits.
 *
 * When the disk fails, nothing is sent or acknowledged, what was fed waits, and the journal is
 * opened anew and tried again every second; inputs that it has already are not written twice. */
#ifndef WATCHFIRE_NODE_DISK_H
#define WATCHFIRE_NODE_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/instant.h"
#include "journal/journal.h"
#include "node/performer.h"

#define DISK_RETRY_MS 1000
#define DISK_LATE_NS (500 * NS_PER_MS)
#define DISK_SNAPSHOT_NS (10 * NS_PER_S)
#define DISK_SNAPSHOT_NS_MIN (2 * NS_PER_S)
#define DISK_SNAPSHOT_NS_MAX (15 * NS_PER_S) /* even if partners wait */
#define DISK_SNAPSHOT_WORK_NS (400 * NS_PER_MS)

/* Storage is the caller's; it stays where it is while the loop runs. */
struct disk {
    uv_loop_t *loop;
    struct performer *performer; /* borrowed */
    const char *path;            /* of the journal; borrowed */
    /* On the loop: a commit has ended or failed. was_failed: the one before had, for the same
     * reason if this one has. */
    void (*news)(void *context, bool was_failed);
    /* The node's time, and an error that ends the node: the engine refused a commit. */
    struct instant (*now)(void *context);
    void *context;

    struct journal *journal; /* owned; NULL while it cannot be opened */
    bool is_working;
    bool failed;
    enum journal_fault fault; /* why, when failed */
    struct instant failed_since;
    uint64_t commits;
    uint64_t failures;
    uint64_t last_us; /* how long the last commit took, and the longest since the start */
    uint64_t longest_us;
    uint64_t started_ns;
    uint64_t snapshot_ns; /* when the last snapshot was taken */
    uint64_t worked_ns;   /* the loop's work up to then */
    uint64_t snapshots;   /* written */
    uint64_t copied_us;   /* how long copying the last one held up the loop */
    bool wants_snapshot;  /* one was taken and waits for its commit */
    bool is_snapshotting;
    result snapshot_outcome;
    uv_work_t snapshot_work;
    result outcome; /* of the work, and why it failed: the work's until it is done */
    enum journal_fault work_fault;
    uv_work_t work;
    uv_timer_t retry;
};

/* The members up to `journal` are set by the caller, the rest is 0. */
void disk_start(struct disk *d);

/* Begins a commit if there is something to commit and none is under way. */
void disk_kick(struct disk *d);

/* Whether what was fed waits for the disk for longer than any commit takes that works. */
bool disk_is_late(const struct disk *d);

/* Whether one of its threads is at work. */
bool disk_is_busy(const struct disk *d);

/* The last commit of a stop, and a last snapshot: everything fed becomes durable, nothing is sent.
 * Waits. ERR_IO if the disk fails. Not while it is busy. */
MUST_USE result disk_finish(struct disk *d);

/* Closes its handle and the journal; run the loop once more. */
void disk_close(struct disk *d);

#endif
