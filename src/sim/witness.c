#include "sim/witness.h"

#include <assert.h>

/* FNV-1a, 64 bit (Fowler, Noll and Vo). */
static uint64_t hash_of(struct bytes b)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < b.size; i++) {
        hash = (hash ^ b.data[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void find(struct witness_finding *out, const char *what, uint64_t sequence,
                 uint64_t owner_says, uint64_t partner_says)
{
    if (!out->found) {
        *out = (struct witness_finding){true, what, sequence, owner_says, partner_says};
    }
}

void witness_released(struct witness_pair *p, uint64_t epoch, uint64_t sequence,
                      struct bytes record, uint64_t position, struct instant now)
{
    assert(sequence >= 1 && sequence < WITNESS_SEQUENCES_MAX);
    struct witness_entry *e = &p->entries[sequence];
    if (e->released_epoch != epoch && e->held_epoch != epoch) {
        e->taken_position = 0; /* another ledger's record of that number */
    }
    e->released_epoch = epoch;
    e->released_hash = hash_of(record);
    e->released_position = position;
    e->released_at = now;
    e->is_gone = false;
    p->last = sequence;
    p->released++;
}

bool witness_was_released(const struct witness_pair *p, uint64_t epoch, uint64_t sequence,
                          struct bytes record)
{
    if (sequence == 0 || sequence >= WITNESS_SEQUENCES_MAX) {
        return false;
    }
    const struct witness_entry *e = &p->entries[sequence];
    const uint64_t hash = hash_of(record);
    return (e->released_epoch == epoch && e->released_hash == hash) ||
           (e->forgotten_epoch == epoch && e->forgotten_hash == hash);
}

void witness_owner_restarts(struct witness_pair *p, uint64_t position)
{
    while (p->last > 0 && p->entries[p->last].released_epoch > 0 &&
           p->entries[p->last].released_position > position) {
        struct witness_entry *e = &p->entries[p->last];
        e->forgotten_epoch = e->released_epoch;
        e->forgotten_hash = e->released_hash;
        e->released_epoch = 0;
        p->last--;
        p->released--;
    }
}

void witness_held(struct witness_pair *p, uint64_t epoch, uint64_t sequence, struct bytes record,
                  uint64_t position, struct witness_finding *out)
{
    assert(sequence >= 1 && sequence < WITNESS_SEQUENCES_MAX);
    struct witness_entry *e = &p->entries[sequence];
    const uint64_t hash = hash_of(record);
    const bool was_released = e->forgotten_epoch == epoch && e->forgotten_hash == hash;
    if (!was_released && (e->released_epoch != epoch || e->released_hash != hash)) {
        find(out, "holds a record that was never released to it (hashes)", sequence,
             e->released_epoch == epoch ? e->released_hash : 0, hash);
    }
    /* An owner whose disk forgot gives a number again; the partner refuses that, and says so. */
    if (e->forgotten_epoch != epoch && e->held_epoch == epoch && e->held_hash != hash) {
        find(out, "holds two records of one number (hashes)", sequence, e->held_hash, hash);
    }
    if (e->held_epoch == epoch && e->held_hash == hash) {
        return; /* again: it has been there since the first time */
    }
    p->held += e->held_epoch == epoch ? 0 : 1;
    e->held_epoch = epoch;
    e->held_hash = hash;
    e->held_position = position;
}

void witness_goes_on(struct witness_pair *p, uint64_t epoch, uint64_t sequence, struct bytes record,
                     uint64_t position, struct instant now)
{
    const uint64_t hash = hash_of(record);
    uint32_t at = 0;
    while (at < p->owed_count && p->owed[at] != hash) {
        at++;
    }
    if (at < p->owed_count) {
        p->owed_count--;
        p->owed[at] = p->owed[p->owed_count];
    }
    witness_released(p, epoch, sequence, record, position, now);
}

void witness_went_on(struct witness_pair *p, struct witness_finding *out)
{
    if (p->owed_count > 0) {
        find(out, "was not at the partner and is not in the ledger begun anew (how many; hash)",
             p->last, p->owed_count, p->owed[0]);
    }
    p->owed_count = 0;
}

void witness_forgets_ahead(struct witness_pair *p)
{
    uint64_t n = p->acknowledged + 1;
    while (n < WITNESS_SEQUENCES_MAX && p->entries[n].taken_position > 0) {
        n++;
    }
    for (; n < WITNESS_SEQUENCES_MAX; n++) {
        p->entries[n].taken_position = 0;
    }
}

void witness_taken(struct witness_pair *p, uint64_t sequence, uint64_t position,
                   struct witness_finding *out)
{
    assert(sequence >= 1 && sequence < WITNESS_SEQUENCES_MAX);
    struct witness_entry *e = &p->entries[sequence];
    if (e->taken_position > 0) {
        find(out, "was taken twice (position of the first and the second input)", sequence,
             e->taken_position, position);
    }
    e->taken_position = position;
}

void witness_partner_restarts(struct witness_pair *p, uint64_t position)
{
    for (uint64_t n = 1; n < WITNESS_SEQUENCES_MAX; n++) {
        struct witness_entry *e = &p->entries[n];
        e->taken_position = e->taken_position > position ? 0 : e->taken_position;
        e->held_epoch = e->held_position > position ? 0 : e->held_epoch;
    }
}

void witness_gone(struct witness_pair *p, uint64_t first, uint64_t last)
{
    for (uint64_t n = first; n <= last && n < WITNESS_SEQUENCES_MAX; n++) {
        p->entries[n].is_gone = true;
    }
}

static bool is_there(const struct witness_entry *e, uint64_t position)
{
    return e->is_gone || (e->held_epoch == e->released_epoch && e->held_hash == e->released_hash &&
                          e->taken_position > 0 && e->taken_position <= position);
}

void witness_begins_anew(struct witness_pair *p, uint64_t base)
{
    assert(base < WITNESS_SEQUENCES_MAX);
    p->owed_count = 0;
    for (uint64_t n = 1; n <= p->last; n++) {
        struct witness_entry *e = &p->entries[n];
        if (e->released_epoch > 0 && n > p->acknowledged && !is_there(e, UINT64_MAX)) {
            p->owed[p->owed_count] = e->released_hash;
            p->owed_count++;
        }
        e->is_gone = true;
    }
    p->last = base;
    p->acknowledged = base;
}

void witness_acknowledged(struct witness_pair *p, uint64_t sequence, uint64_t position,
                          struct witness_finding *out)
{
    assert(sequence < WITNESS_SEQUENCES_MAX);
    for (uint64_t n = p->acknowledged + 1; n <= sequence; n++) {
        const struct witness_entry *e = &p->entries[n];
        if (e->released_epoch > 0 && !is_there(e, position)) {
            find(out, "was acknowledged and is not on the partner's disk (epochs)", n,
                 e->released_epoch, e->held_epoch);
        }
    }
    p->acknowledged = sequence;
}

void witness_delivered(const struct witness_pair *p, struct instant before,
                       struct witness_finding *out)
{
    for (uint64_t n = 1; n <= p->last; n++) {
        const struct witness_entry *e = &p->entries[n];
        if (e->released_epoch > 0 && instant_before(e->released_at, before) &&
            !is_there(e, UINT64_MAX)) {
            find(out, "was released and is not at the partner after healing (epochs)", n,
                 e->released_epoch, e->held_epoch);
        }
    }
}
