/* A disk in memory under SQLite that fails in the way and at the call that it is told to, and that
 * can lose its power. One at a time; the same numbers give the same failures.
 *
 * What is written is seen by whoever reads, and survives a loss of power only once it was flushed.
 * Of what was not, each write by itself is there afterwards, or is not, or is torn between two
 * sectors, whatever came later: disks keep no order. Files are there from the moment at which they
 * are made until they are deleted. */
#ifndef WATCHFIRE_TESTS_JOURNAL_WEAK_DISK_H
#define WATCHFIRE_TESTS_JOURNAL_WEAK_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum weak_fault {
    WEAK_NONE,
    WEAK_ERROR,      /* the call fails and does nothing */
    WEAK_FULL,       /* no room: the write does nothing */
    WEAK_SHORT,      /* a part is written, and the call fails */
    WEAK_POWER,      /* the power fails in the middle of it */
    WEAK_LOST_FLUSH, /* says that it flushed, and did not */
    WEAK_FLIP,       /* one bit of what is written is another */
    WEAK_FLIP_READ,  /* one bit of what is read is another, that once */
    WEAK_FAULT_KINDS
};

/* Makes it the disk of every database that is opened from now on. */
void weak_disk_install(void);

/* An empty disk that works. */
void weak_disk_begin(uint64_t seed);
void weak_disk_end(void);

/* The next call from number `call` on which that fault can be of happens so. Calls count from the
 * beginning; what reads, writes, flushes or cuts a file is one. */
void weak_disk_plan(uint64_t call, enum weak_fault kind);

/* While it is held nothing goes wrong, and no call is counted: for whoever checks. */
void weak_disk_hold(bool held);

/* How many calls there were, and whether what was planned has happened. */
uint64_t weak_disk_calls(void);
bool weak_disk_struck(void);

/* The power is gone (if it was not before) and comes back. Databases must be closed. */
void weak_disk_restart(void);

const char *weak_fault_text(enum weak_fault kind);

#endif
