/* What the parts of a log keeper share: log_keeper.c makes the nation's own log and shows it,
 * log_keeper_partners.c takes what partners say of it and watches theirs. Not for others: see
 * log_keeper.h. */
#ifndef WATCHFIRE_NODE_LOG_KEEPER_STATE_H
#define WATCHFIRE_NODE_LOG_KEEPER_STATE_H

#include "node/log_keeper.h"
#include "node/log_seen.h"
#include "share/frame.h"

#define SENT_KEPT 4 /* checkpoints of ours that a cosignature may still come for */

/* What is needed to prove that the log only grew since it had before.next leaves. */
struct log_base {
    struct log_span before;
    struct log_span since;
};

struct log_proof {
    uint64_t from;
    uint32_t count;
    struct digest hashes[MERKLE_PROOF_MAX];
};

struct log_sent {
    struct log_base base;
    uint32_t proof_count; /* from everything that a partner may have cosigned by then */
    struct log_proof proofs[SENT_KEPT + LIMIT_PARTNERS];
    uint32_t body_size; /* 0 = unused */
    uint32_t note_size;
    bool cosigned;
    uint8_t note[NOTE_BYTES_MAX];
};

struct log_peer {
    char name[NOTE_NAME_SIZE];
    struct log_base confirmed; /* before.next 0 = it has cosigned nothing */
    struct log_seen_ring seen;
    struct log_seen_ring claims; /* what others showed of its log before it did itself */
    uint64_t line_size;          /* of its log, what our cosignature below is of */
    struct bytes line;           /* in `line_bytes` */
    uint8_t line_bytes[NOTE_LINE_BYTES];
    struct log_seen latest; /* with our cosignature */
    uint64_t claim_size; /* it says that it cosigned ours at that size, which is to be looked up */
    struct instant claimed;
    uint32_t claim_line_size;
    uint8_t claim_line[NOTE_LINE_BYTES];
    struct log_keeper_count count;
};

struct log_keeper {
    struct log_keeper_shell shell;
    const struct keys *keys; /* NULL = not begun: decisions are only noted */
    char name[NOTE_NAME_SIZE];
    uint32_t partner_count;
    struct key_list partners[LIMIT_PARTNERS];
    int64_t second; /* that is open */
    int64_t ended;  /* the newest that has a leaf */
    uint32_t decision_count;
    uint32_t left_out;
    uint8_t decisions[DIGEST_BYTES + LOG_DECISIONS_MAX * LOG_DECISION_BYTES]; /* after the salt */
    struct log_span whole;
    uint32_t next_sent;
    struct log_sent sent[SENT_KEPT];
    struct log_peer peers[LIMIT_PARTNERS];
    uint8_t frame[1 + FRAME_CHECKPOINT_BYTES];
};

/* Hands out a fact: its key is `kind`, or "<kind> <nation>". */
void log_keeper_fact(struct log_keeper *k, const char *kind, const char *nation,
                     struct bytes value);

#endif
