#include "model/label.h"

#include <string.h>

bool label_permits(const struct label *label, struct nation_id nation)
{
    if (!nation_id_is_set(label->owner) || !nation_id_is_set(nation) ||
        label->classification == CLASSIFICATION_UNKNOWN ||
        label->releasable_count > LABEL_NATIONS_MAX) {
        return false;
    }
    if (nation_id_equal(label->owner, nation)) {
        return true;
    }
    for (uint32_t i = 0; i < label->releasable_count; i++) {
        if (nation_id_equal(label->releasable_to[i], nation)) {
            return true;
        }
    }
    return false;
}

bool label_permits_onward(const struct label *label, struct nation_id nation)
{
    for (uint32_t i = 0; i < label->onward_count && i < LABEL_NATIONS_MAX; i++) {
        if (nation_id_equal(label->onward[i], nation)) {
            return true;
        }
    }
    return false;
}

struct label label_join(const struct label *a, const struct label *b)
{
    struct label joined = {.owner = a->owner};
    const bool known =
        a->classification != CLASSIFICATION_UNKNOWN && b->classification != CLASSIFICATION_UNKNOWN;
    const enum classification higher =
        a->classification > b->classification ? a->classification : b->classification;
    joined.classification = known ? higher : CLASSIFICATION_UNKNOWN;
    for (uint32_t i = 0; i < a->releasable_count && i < LABEL_NATIONS_MAX; i++) {
        if (label_permits(b, a->releasable_to[i])) {
            joined.releasable_to[joined.releasable_count] = a->releasable_to[i];
            joined.releasable_count++;
        }
    }
    for (uint32_t i = 0; i < a->onward_count && i < LABEL_NATIONS_MAX; i++) {
        if (label_permits_onward(b, a->onward[i])) {
            joined.onward[joined.onward_count] = a->onward[i];
            joined.onward_count++;
        }
    }
    return joined;
}

const char *classification_text(enum classification value)
{
    switch (value) {
    case CLASSIFICATION_UNCLASSIFIED:
        return "UNCLASSIFIED";
    case CLASSIFICATION_RESTRICTED:
        return "RESTRICTED";
    case CLASSIFICATION_CONFIDENTIAL:
        return "CONFIDENTIAL";
    case CLASSIFICATION_SECRET:
        return "SECRET";
    case CLASSIFICATION_UNKNOWN:
        break;
    }
    return "unknown";
}

enum classification classification_parse(const char *name)
{
    for (int i = CLASSIFICATION_UNCLASSIFIED; i <= CLASSIFICATION_SECRET; i++) {
        if (strcmp(name, classification_text((enum classification)i)) == 0) {
            return (enum classification)i;
        }
    }
    return CLASSIFICATION_UNKNOWN;
}
