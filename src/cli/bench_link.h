/* Two ends of one partner's link, each a process: ledger, session, signature, seal and a journal on
 * the disk, joined by a local socket. What a link carries with everything on. */
#ifndef WATCHFIRE_CLI_BENCH_LINK_H
#define WATCHFIRE_CLI_BENCH_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "node/keys.h"
#include "share/release.h"

/* What is measured. */
struct bench_link {
    uint64_t records;      /* released */
    uint64_t delivered;    /* at the partner */
    uint64_t acknowledged; /* at the owner */
    double took_s;         /* from the first record to the last acknowledgement */
    double owner_busy_s;   /* of processor time */
    double partner_busy_s;
    double bytes_per_record; /* on the carrier */
    uint32_t window_bytes;   /* that were allowed on the way at the end */
    int processors;          /* on which the two ran: 1 or 2 */
};

/* Passes so many records, the given ones again and again.
 *
 *   dir    where journals are written and removed again
 *   keys   of the owner and of the partner
 *
 * Each end has a processor of its own if this process may use two. ERR_IO if a journal, a socket or
 * a process fails. */
MUST_USE result bench_link_run(const char *dir, const struct keys keys[2],
                               const struct released_record *released, uint32_t released_count,
                               uint64_t records, struct bench_link *out);

#endif
