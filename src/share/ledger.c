#include "share/ledger.h"

#include <assert.h>
#include <string.h>

static struct ledger_entry *slot(struct ledger *l, uint64_t sequence)
{
    return &l->entries[sequence % LEDGER_ENTRIES_MAX];
}

static void begin(struct ledger *l, struct nation_id to, const struct frame_epoch *epoch,
                  const struct digest_key *key, const struct frame_position *base)
{
    l->to = to;
    l->epoch = *epoch;
    l->base = *base;
    l->oldest = base->sequence + 1;
    l->last = base->sequence;
    l->acknowledged = base->sequence;
    l->before_oldest = base->head;
    l->arena_used_to = 0;
    l->on_the_way = 0;
    uint8_t counter[8];
    const struct digest salt =
        digest_keyed(key, "ledger salt", digest_number(epoch->counter, counter),
                     (struct bytes){epoch->nonce, sizeof epoch->nonce});
    memcpy(l->salt, salt.bytes, sizeof l->salt);
}

void ledger_init(struct ledger *l, struct nation_id to, const struct frame_epoch *epoch,
                 const struct digest_key *key)
{
    static const struct frame_position nowhere;
    l->dropped = 0;
    l->withdrawn = 0;
    begin(l, to, epoch, key, &nowhere);
}

struct digest ledger_chain(const uint8_t salt[FRAME_SALT_BYTES], const struct digest *before,
                           uint64_t sequence, struct bytes record)
{
    uint8_t number[8];
    digest_number(sequence, number);
    struct digest_key ledger_key = {{0}};
    memcpy(ledger_key.bytes, salt, FRAME_SALT_BYTES);
    const struct digest entry_salt = digest_keyed(
        &ledger_key, "salt", (struct bytes){number, sizeof number}, (struct bytes){NULL, 0});
    struct digest_key entry_key;
    memcpy(entry_key.bytes, entry_salt.bytes, sizeof entry_key.bytes);
    uint8_t place[DIGEST_BYTES + 8];
    memcpy(place, before->bytes, DIGEST_BYTES);
    memcpy(place + DIGEST_BYTES, number, sizeof number);
    return digest_keyed(&entry_key, "head", (struct bytes){place, sizeof place}, record);
}

static void leave_the_way(struct ledger *l, struct ledger_entry *e)
{
    assert(!e->on_the_way || l->on_the_way >= e->size);
    l->on_the_way -= e->on_the_way ? e->size : 0;
    e->on_the_way = false;
}

static void drop_oldest(struct ledger *l)
{
    assert(l->oldest <= l->last);
    struct ledger_entry *e = slot(l, l->oldest);
    leave_the_way(l, e);
    l->before_oldest = e->head;
    if (!e->acknowledged) {
        l->dropped++;
    }
    l->oldest++;
}

static bool overlaps(const struct ledger_entry *e, uint32_t from, uint32_t size)
{
    return e->offset < from + size && from < e->offset + e->size;
}

/* Of what is acknowledged only the newest stay. */
static void drop_old(struct ledger *l)
{
    while (l->acknowledged >= l->oldest && l->acknowledged + 1 - l->oldest > LEDGER_KEPT) {
        drop_oldest(l);
    }
}

/* Makes room for a record and says where: records lie in a ring, never broken at its end. */
static uint32_t make_room(struct ledger *l, uint32_t size)
{
    uint32_t at = l->arena_used_to;
    if (at + size > LEDGER_ARENA_BYTES) {
        /* What lies between here and the end goes first: it is older than what lies at the
         * start. The newest lies before it, so that something is always left. */
        while (slot(l, l->oldest)->offset >= at) {
            drop_oldest(l);
        }
        at = 0;
    }
    while (l->oldest <= l->last && overlaps(slot(l, l->oldest), at, size)) {
        drop_oldest(l);
    }
    if (l->last + 1 - l->oldest == LEDGER_ENTRIES_MAX) {
        drop_oldest(l);
    }
    l->arena_used_to = at + size;
    return at;
}

bool ledger_head_at(const struct ledger *l, uint64_t sequence, struct digest *out)
{
    if (sequence + 1 == l->oldest) {
        *out = l->before_oldest;
        return true;
    }
    const struct ledger_entry *e = ledger_entry_at(l, sequence);
    if (e == NULL) {
        return false;
    }
    *out = e->head;
    return true;
}

/* Member by member onto zeros: what lay on the stack between the members of a copy would be kept,
 * and no replay would make the same again. */
static void fill_in(struct ledger_entry *e, uint32_t offset, const struct released_record *record)
{
    const struct release_basis *basis = &record->basis;
    memset(e, 0, sizeof *e);
    e->offset = offset;
    e->size = record->size;
    e->basis.owner = basis->owner;
    e->basis.kind = basis->kind;
    e->basis.classification = basis->classification;
    e->basis.warning_end = basis->warning_end;
    e->basis.terms = basis->terms;
    e->basis.made_with = basis->made_with;
    e->basis.origin.known = basis->origin.known;
    e->basis.origin.point = basis->origin.point;
    e->basis.origin.doubt_m = basis->origin.doubt_m;
    e->sent = INSTANT_UNSET;
}

uint64_t ledger_append(struct ledger *l, const struct released_record *record)
{
    assert(nation_id_equal(record->to, l->to));
    assert(record->size > 0 && record->size <= CODEC_ENTRY_BYTES_MAX);
    struct digest before;
    const bool known = ledger_head_at(l, l->last, &before);
    assert(known);
    drop_old(l);
    const uint32_t offset = make_room(l, record->size);
    memcpy(l->arena + offset, record->bytes, record->size);
    l->last++;
    struct ledger_entry *e = slot(l, l->last);
    fill_in(e, offset, record);
    e->head = ledger_chain(l->salt, &before, l->last, (struct bytes){record->bytes, record->size});
    return l->last;
}

/* Moves the entries that go on together, at the end of those kept; how many. */
static uint32_t gather(struct ledger *l, bool all, uint32_t *marked)
{
    uint64_t to = l->last + 1;
    assert(l->oldest > 0);
    *marked = 0;
    for (uint64_t n = l->last; n >= l->oldest; n--) {
        const struct ledger_entry *e = slot(l, n);
        if (e->withdrawn || (e->acknowledged && !all)) {
            continue;
        }
        if (l->last + 1 - to == LEDGER_ENTRIES_MAX / 2) {
            l->dropped += e->acknowledged ? 0 : 1;
            continue;
        }
        *marked += e->acknowledged ? 1 : 0;
        to--;
        *slot(l, to) = *e;
    }
    return (uint32_t)(l->last + 1 - to);
}

/* Gives `count` entries from `from` on the numbers from `to` on. Not more than half of all, so that
 * one of the two orders overwrites none that is still to be moved. */
static void renumber(struct ledger *l, uint64_t from, uint64_t to, uint32_t count)
{
    const uint64_t up = (to - from) % LEDGER_ENTRIES_MAX;
    assert(count <= LEDGER_ENTRIES_MAX / 2);
    for (uint32_t i = 0; i < count && up > 0; i++) {
        const uint32_t k = up <= LEDGER_ENTRIES_MAX - count ? count - 1 - i : i;
        *slot(l, to + k) = *slot(l, from + k);
    }
}

uint32_t ledger_rebase(struct ledger *l, const struct frame_epoch *epoch,
                       const struct digest_key *key, const struct frame_position *remembered,
                       bool all)
{
    uint32_t marked = 0;
    const uint32_t count = gather(l, all, &marked);
    renumber(l, l->last + 1 - count, remembered->sequence + 1, count);
    begin(l, l->to, epoch, key, remembered);
    struct digest head = remembered->head;
    for (uint32_t i = 0; i < count; i++) {
        l->last++;
        struct ledger_entry *e = slot(l, l->last);
        head = ledger_chain(l->salt, &head, l->last, (struct bytes){l->arena + e->offset, e->size});
        e->head = head;
        e->acknowledged = false;
        e->on_the_way = false;
        e->sends = 0;
        e->sent = INSTANT_UNSET;
        l->arena_used_to = e->offset + e->size;
    }
    return marked;
}

const struct ledger_entry *ledger_entry_at(const struct ledger *l, uint64_t sequence)
{
    if (sequence < l->oldest || sequence > l->last) {
        return NULL;
    }
    return &l->entries[sequence % LEDGER_ENTRIES_MAX];
}

struct bytes ledger_record_at(const struct ledger *l, uint64_t sequence)
{
    const struct ledger_entry *e = ledger_entry_at(l, sequence);
    if (e == NULL || e->withdrawn) {
        return (struct bytes){NULL, 0};
    }
    return (struct bytes){l->arena + e->offset, e->size};
}

/* Everything before the oldest kept entry is gone, and so is as good as acknowledged. */
static void advance(struct ledger *l)
{
    while (l->acknowledged < l->last) {
        const struct ledger_entry *e = ledger_entry_at(l, l->acknowledged + 1);
        if (e == NULL || !e->acknowledged) {
            return;
        }
        l->acknowledged++;
    }
}

uint32_t ledger_acknowledge(struct ledger *l, uint64_t first, uint64_t last)
{
    const uint64_t known = l->acknowledged + 1 < l->oldest ? l->oldest : l->acknowledged + 1;
    const uint64_t from = first < known ? known : first;
    const uint64_t to = last > l->last ? l->last : last;
    uint32_t count = 0;
    for (uint64_t n = from; n <= to; n++) {
        struct ledger_entry *e = slot(l, n);
        count += e->acknowledged ? 0 : 1;
        e->acknowledged = true;
        leave_the_way(l, e);
    }
    /* What was dropped cannot be marked any more, but the count goes on behind it. */
    if (first <= l->acknowledged + 1 && to > l->acknowledged) {
        l->acknowledged = to;
    }
    advance(l);
    return count;
}

uint32_t ledger_rewind(struct ledger *l, uint64_t sequence)
{
    assert(sequence <= l->last);
    l->acknowledged = sequence;
    uint32_t count = 0;
    for (uint64_t n = sequence + 1 < l->oldest ? l->oldest : sequence + 1; n <= l->last; n++) {
        struct ledger_entry *e = slot(l, n);
        count += e->acknowledged ? 1 : 0;
        leave_the_way(l, e);
        e->acknowledged = false;
        e->sends = 0;
        e->sent = INSTANT_UNSET;
    }
    return count;
}

void ledger_mark_sent(struct ledger *l, uint64_t first, uint64_t last, struct instant now)
{
    assert(first >= l->oldest && last <= l->last);
    for (uint64_t n = first; n <= last; n++) {
        struct ledger_entry *e = slot(l, n);
        l->on_the_way += e->on_the_way ? 0 : e->size;
        e->on_the_way = true;
        e->sent = now;
        if (e->sends < UINT8_MAX) {
            e->sends++;
        }
    }
}

void ledger_give_up(struct ledger *l, uint64_t sequence)
{
    assert(sequence >= l->oldest && sequence <= l->last);
    leave_the_way(l, slot(l, sequence));
}

void ledger_unsend(struct ledger *l, uint64_t sequence)
{
    assert(sequence >= l->oldest && sequence <= l->last);
    struct ledger_entry *e = slot(l, sequence);
    if (!e->acknowledged) {
        leave_the_way(l, e);
        e->sends = 0;
        e->sent = INSTANT_UNSET;
    }
}

static void withdraw(struct ledger *l, struct ledger_entry *e)
{
    leave_the_way(l, e);
    e->withdrawn = true;
    e->sent = INSTANT_UNSET;
    e->sends = 0;
    memset(l->arena + e->offset, 0, e->size);
    l->withdrawn++;
}

uint32_t ledger_recheck(struct ledger *l, const struct policy *policy, uint32_t may_have)
{
    const uint64_t before = l->withdrawn;
    for (uint64_t n = l->oldest; n <= l->last; n++) {
        struct ledger_entry *e = slot(l, n);
        if (!e->acknowledged && !e->withdrawn &&
            !release_stands(policy, l->to, may_have, &e->basis)) {
            withdraw(l, e);
        }
    }
    return (uint32_t)(l->withdrawn - before);
}

uint32_t ledger_withdraw_relayed(struct ledger *l, struct nation_id owner)
{
    assert(nation_id_is_set(owner));
    const uint64_t before = l->withdrawn;
    for (uint64_t n = l->oldest; n <= l->last; n++) {
        struct ledger_entry *e = slot(l, n);
        if (!e->acknowledged && !e->withdrawn && nation_id_equal(e->basis.owner, owner)) {
            withdraw(l, e);
        }
    }
    return (uint32_t)(l->withdrawn - before);
}
