/* The durable log: groups of inputs in order, what they caused as a digest, and facts about the
 * run.
 *
 * One interface, two implementations (journal_memory, journal_sqlite). Appended groups become
 * durable only with journal_commit; the caller decides how many groups share one commit. Positions
 * count from 1 without a hole: position n is the n-th group ever appended.
 *
 * Two chains of BLAKE2b-256 hold what was written in its place, so that an audit finds any byte
 * that was changed, left out, put in or moved. Numbers are 8 bytes, big-endian; the chains begin
 * with 32 zero bytes:
 *
 *   group n   H("group", chain before, n, time, size of the input, input, effects)
 *   fact k    H("fact", chain before, k, position, size of the key, key, value)
 *
 * Facts are never changed: a key that is set again is another fact, and the newest one counts. */
#ifndef WATCHFIRE_JOURNAL_JOURNAL_H
#define WATCHFIRE_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"

/* The form of the stored data; a journal of another one is refused. */
#define JOURNAL_VERSION 2
#define JOURNAL_INPUT_BYTES_MAX (4u * 1024u * 1024u)
#define JOURNAL_META_BYTES_MAX 65536u
#define JOURNAL_EFFECTS_BYTES_MAX 16384u
#define JOURNAL_KEY_SIZE 64 /* of a fact, with its end */
#define JOURNAL_CHAIN_BYTES 32

/* What went wrong, beyond the `result`, in words for the person who has to mend it. */
enum journal_fault {
    JOURNAL_FAULT_NONE,
    JOURNAL_FAULT_MISSING,     /* nothing there, and not asked to create one */
    JOURNAL_FAULT_EXISTS,      /* something there, and asked to create one */
    JOURNAL_FAULT_NOT_JOURNAL, /* a file, but not a journal */
    JOURNAL_FAULT_VERSION,     /* a journal of another version */
    JOURNAL_FAULT_LOCKED,      /* in use by another process */
    JOURNAL_FAULT_FULL,        /* no room on the disk */
    JOURNAL_FAULT_READ_ONLY,   /* the file or the mode forbids writing */
    JOURNAL_FAULT_CORRUPT,     /* damaged, or a group is missing */
    JOURNAL_FAULT_FORGOT,      /* opened anew, it ends before what it had called durable */
    JOURNAL_FAULT_DISK         /* any other failure of the disk or of memory */
};

struct journal_group {
    uint64_t position;
    struct instant time;  /* of the event */
    struct bytes input;   /* the event as bytes, frames with their signatures included */
    struct bytes effects; /* what it caused, as digests (engine/effects_digest.h) */
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* up to and with this group */
};

struct journal_fact {
    uint64_t number;   /* from 1, without a hole */
    uint64_t position; /* of the group that it came after: it holds for those that follow */
    const char *key;
    struct bytes value;
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* up to and with this fact */
};

/* How far both chains go. */
struct journal_head {
    uint64_t position; /* of the newest group; 0 = none */
    uint64_t facts;
    uint8_t group_chain[JOURNAL_CHAIN_BYTES];
    uint8_t fact_chain[JOURNAL_CHAIN_BYTES];
};

struct journal;

/* One set of functions for each implementation. All errors are ERR_IO (see journal_last_fault),
 * unless stated. */
struct journal_functions {
    result (*append)(struct journal *j, const struct journal_group *group);
    result (*commit)(struct journal *j);
    result (*read)(struct journal *j, uint64_t position, struct journal_group *out);
    result (*add_fact)(struct journal *j, const struct journal_fact *fact);
    result (*get_fact)(struct journal *j, const char *key, uint64_t position,
                       struct journal_fact *out);
    result (*drop)(struct journal *j, uint64_t to);
    result (*find_time)(struct journal *j, struct instant before, uint64_t at_most, uint64_t *to);
    void (*close)(struct journal *j);
};

struct journal {
    const struct journal_functions *functions;
    struct journal_head head; /* of what was appended, committed or not */
    uint64_t first;           /* position of the oldest group that was not dropped; 1 = none was */
    uint64_t last;            /* position of the newest appended group; 0 = none */
    uint64_t committed;       /* everything up to here is durable */
    enum journal_fault fault;
};

/* Appends a group at `position`, which must be last + 1 (ERR_STATE otherwise; if it is greater, the
 * journal has forgotten what came between, and takes no more groups). ERR_RANGE if the
 * input is longer than JOURNAL_INPUT_BYTES_MAX or the effects than JOURNAL_EFFECTS_BYTES_MAX.
 * Copies what it is given. */
MUST_USE result journal_append(struct journal *j, uint64_t position, struct instant time,
                               struct bytes input, struct bytes effects);

/* Makes everything appended so far durable (written and flushed to the disk). On error nothing new
 * is durable, and the journal takes no more groups: stop sharing. */
MUST_USE result journal_commit(struct journal *j);

/* Drops the oldest groups, those of events before `before`, up to position `up_to` and at most
 * `count_max` of them. Facts stay for ever; one more, "dropped", says up to where (8 bytes) and how
 * the chain stood there (32), so that what is left can be audited. Becomes durable with the next
 * commit. *dropped is how many. */
MUST_USE result journal_drop(struct journal *j, struct instant before, uint64_t up_to,
                             uint64_t count_max, uint64_t *dropped);

/* Reads one group, committed or not. The views in it live until the next call on this journal.
 * ERR_NOT_FOUND beyond the last and before the first; ERR_IO if it is missing or damaged. */
MUST_USE result journal_read(struct journal *j, uint64_t position, struct journal_group *out);

/* Facts about the run (scenario, seed, nation, configuration). Become durable with the next commit.
 * Keys are 1 to 63 characters, values at most JOURNAL_META_BYTES_MAX. */
MUST_USE result journal_set_meta(struct journal *j, const char *key, struct bytes value);

/* The newest value of a key; or the one that held for the group at `position`, which may be
 * last + 1. ERR_NOT_FOUND if it was not set by then; views live as above. */
MUST_USE result journal_get_meta(struct journal *j, const char *key, struct bytes *out);
MUST_USE result journal_get_fact(struct journal *j, const char *key, uint64_t position,
                                 struct journal_fact *out);

/* The next link of either chain, for whoever writes and whoever audits. */
void journal_chain_group(const struct journal_group *group,
                         const uint8_t before[JOURNAL_CHAIN_BYTES],
                         uint8_t out[JOURNAL_CHAIN_BYTES]);
void journal_chain_fact(const struct journal_fact *fact, const uint8_t before[JOURNAL_CHAIN_BYTES],
                        uint8_t out[JOURNAL_CHAIN_BYTES]);

/* Closes and frees; what was not committed is lost. NULL is allowed. */
void journal_close(struct journal *j);

/* Why the last call failed, as a kind and as an English phrase in static storage. */
enum journal_fault journal_last_fault(const struct journal *j);
const char *journal_fault_text(enum journal_fault fault);

#endif
