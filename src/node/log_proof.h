/* The proof that a nation decided something: one decision out of the journal, the way from it to
 * the leaf of its second, from there to the root of the transparency log, and the checkpoint that
 * the nation signed over that root. Whoever has the nation's public keys can check it without the
 * journal, and learns nothing of other decisions (share/log.h). */
#ifndef WATCHFIRE_NODE_LOG_PROOF_H
#define WATCHFIRE_NODE_LOG_PROOF_H

#include "journal/journal.h"
#include "share/key_list.h"
#include "share/log.h"
#include "share/note.h"

struct log_proof {
    uint8_t decision[LOG_DECISION_BYTES];
    struct digest blind; /* makes the decision a leaf of its second */
    uint64_t place;      /* of that leaf, from 1 */
    uint64_t places;     /* the leaves of that second, leaf 0 among them: not proved, since trees of
                          * other sizes may have this very path */
    uint32_t second_count;
    struct digest second[MERKLE_PROOF_MAX];
    uint8_t leaf[LOG_LEAF_BYTES];
    uint64_t number; /* of the leaf in the log, from 0 */
    uint32_t log_count;
    struct digest log[MERKLE_PROOF_MAX];
    uint32_t note_size;
    uint8_t note[NOTE_BYTES_MAX]; /* the checkpoint */
};

/* The proof of decision `index` (from 0) of leaf `number`, by the newest checkpoint in the journal.
 *
 * ERR_NOT_FOUND if there is no such decision, ERR_STATE if no checkpoint holds that leaf yet (one
 * follows within ten seconds), ERR_IO for a journal that is not in order. */
MUST_USE result log_proof_make(struct journal *j, uint64_t number, uint32_t index,
                               struct log_proof *out);

/* NULL if all of it holds by one of the nation's checkpoint keys; else what does not, in static
 * storage. */
const char *log_proof_fault(const struct log_proof *p, const struct key_list *keys);

/* When it was decided: the second of the leaf. */
struct instant log_proof_time(const struct log_proof *p);

#endif
