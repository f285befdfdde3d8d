/* The part of an audit that is about transparency logs: the leaves and checkpoints in the journal's
 * facts, the cosignatures of partners, and checkpoints of this log that partners kept. */
#ifndef WATCHFIRE_NODE_AUDIT_LOG_H
#define WATCHFIRE_NODE_AUDIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "engine/limits.h"
#include "journal/journal.h"
#include "node/key_trust.h"
#include "share/log.h"
#include "share/note.h"

#define AUDIT_LOG_TEXT_SIZE 200

/* A checkpoint of this log that somebody kept, with its signatures. */
struct audit_checkpoint {
    const char *name;  /* of the file, for messages; borrowed */
    struct bytes note; /* borrowed */
    struct note_head head;
    bool compared; /* with the log as it is in the journal */
};

struct audit_log_counts {
    uint64_t leaves;
    uint64_t decisions;
    uint64_t checkpoints; /* ours, signed */
    uint64_t cosigned;    /* cosignatures of ours */
    uint64_t seen;        /* partners', which we cosigned */
    uint64_t forks;       /* proofs that a partner showed two histories */
};

struct audit_log;

/* `kept` are borrowed and marked. NULL without memory. */
struct audit_log *audit_log_new(struct audit_checkpoint *kept, uint32_t kept_count);
void audit_log_free(struct audit_log *a);

/* The keys that hold from here on, own first. */
void audit_log_keys(struct audit_log *a, const struct key_trust *keys, uint32_t count);

/* A fact, in order.
 *
 *   chain  the journal's at fact->position; NULL = unknown (the input was dropped)
 *   text   what is wrong; written only if something is
 *
 * False if something is wrong. Facts of other kinds are passed over. */
bool audit_log_fact(struct audit_log *a, const struct journal_fact *fact, const uint8_t *chain,
                    char text[AUDIT_LOG_TEXT_SIZE]);

/* After the last: the next kept checkpoint with which something is wrong. False if there is none
 * left. */
bool audit_log_kept(struct audit_log *a, char text[AUDIT_LOG_TEXT_SIZE]);

const struct audit_log_counts *audit_log_counts(const struct audit_log *a);

#endif
