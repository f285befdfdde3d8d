/* The confidentiality label of a record: who owns it, how it is classified, who else may have it.
 *
 * Vocabulary of ADatP-4774, stricter semantics: unknown or missing means deny, and a label without
 * a releasable-to list is for its owner alone. */
#ifndef WATCHFIRE_MODEL_LABEL_H
#define WATCHFIRE_MODEL_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

#define LABEL_NATIONS_MAX 8

enum classification {
    CLASSIFICATION_UNKNOWN,
    CLASSIFICATION_UNCLASSIFIED,
    CLASSIFICATION_RESTRICTED,
    CLASSIFICATION_CONFIDENTIAL,
    CLASSIFICATION_SECRET
};

struct label {
    struct nation_id owner;
    enum classification classification;
    uint32_t releasable_count; /* 0 = the owner alone */
    struct nation_id releasable_to[LABEL_NATIONS_MAX];
    uint32_t onward_count; /* whoever may have it may pass it on to these; 0 = to nobody */
    struct nation_id onward[LABEL_NATIONS_MAX];
};

/* Whether the label itself names the nation (or the nation owns it). The policy has still to
 * agree. */
bool label_permits(const struct label *label, struct nation_id nation);

/* Whether whoever may have it may pass it on to that nation. */
bool label_permits_onward(const struct label *label, struct nation_id nation);

/* The strictest label that both allow: the higher classification, the nations that both name, the
 * onward release that both grant. Unknown classification stays unknown. The owner is a's. Exactly
 * what derived data must carry. */
struct label label_join(const struct label *a, const struct label *b);

const char *classification_text(enum classification value);
/* The classification of that name; unknown for anything else. */
enum classification classification_parse(const char *name);

#endif
