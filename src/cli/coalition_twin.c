#include "cli/coalition_twin.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t link_faults(const struct trial *t)
{
    uint64_t faults = 0;
    for (uint32_t i = 0; i < t->fault_count; i++) {
        const bool of_link = trial_fault_is_of_link(t->faults[i].kind);
        const bool of_people =
            t->faults[i].kind == TRIAL_OFFICER || t->faults[i].kind == TRIAL_GRANT;
        if (of_people || (of_link && t->faults[i].kind != TRIAL_FORGER)) {
            faults |= UINT64_C(1) << i;
        }
    }
    return faults;
}

static bool is_same(const struct coalition_sent *a, const struct coalition_sent *b)
{
    return a->time.tai_ns == b->time.tai_ns && a->size == b->size && a->type == b->type &&
           a->lane == b->lane && a->hash == b->hash;
}

static void compare(const struct trial *t, const struct coalition_eavesdropper *a,
                    const struct coalition_eavesdropper *b, struct coalition_finding *finding)
{
    uint32_t n = 0;
    while (n < a->count && n < b->count && is_same(&a->sent[n], &b->sent[n])) {
        n++;
    }
    if (n == a->count && n == b->count) {
        return;
    }
    const struct coalition_sent none = {.time = t->scenario.start};
    const struct coalition_sent *x = n < a->count ? &a->sent[n] : &none;
    const struct coalition_sent *y = n < b->count ? &b->sent[n] : &none;
    finding->invariant = COALITION_RELEASED;
    finding->at_s = instant_since_s(x->time, t->scenario.start);
    (void)snprintf(finding->text, sizeof finding->text,
                   "twin runs: %s sends %s something else without the sensor that it keeps back; "
                   "frame %u: a %s of %u bytes at %.6f s, and a %s of %u bytes at %.6f s",
                   t->scenario.nations[a->owner].id.code, t->scenario.nations[a->partner].id.code,
                   n, frame_type_text((enum frame_type)x->type), x->size, finding->at_s,
                   frame_type_text((enum frame_type)y->type), y->size,
                   instant_since_s(y->time, t->scenario.start));
}

static result run(const struct coalition_options *options, struct coalition_eavesdropper *ears,
                  bool is_hidden, struct coalition_finding *finding)
{
    struct coalition_counts counts;
    struct coalition_options twin = *options;
    twin.faults &= link_faults(options->trial);
    twin.tell = NULL;
    twin.ears = ears;
    ears->is_hidden = is_hidden;
    return coalition_run(&twin, &counts, finding);
}

result coalition_twins(const struct coalition_options *options, uint64_t *count,
                       struct coalition_finding *finding)
{
    uint32_t owner = TRIAL_NOBODY;
    uint32_t partner = TRIAL_NOBODY;
    trial_find_secret(options->trial, &owner, &partner);
    if (owner == TRIAL_NOBODY) {
        return OK;
    }
    struct coalition_eavesdropper *ears = calloc(2, sizeof *ears);
    ENSURE(ears != NULL, ERR_IO);
    result outcome = OK;
    for (int i = 0; i < 2 && outcome == OK && finding->invariant == '\0'; i++) {
        ears[i].owner = owner;
        ears[i].partner = partner;
        outcome = run(options, &ears[i], i == 1, finding);
    }
    if (outcome == OK && finding->invariant == '\0') {
        compare(options->trial, &ears[0], &ears[1], finding);
    }
    *count += 1;
    free(ears);
    return outcome;
}
