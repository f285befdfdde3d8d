#include "ledger_model.h"

#include <assert.h>
#include <string.h>

#include "share/ledger.h"

#define APPENDS_MAX 140000
#define CHECK_STEPS 8 /* between looks at the entries */
#define CHECK_EACH 16 /* so many share one look at bytes and hashes; the last look is at all */

struct put {
    uint32_t size;
    bool acknowledged;
    bool withdrawn;
    bool relayed;
    bool is_secret;
    bool on_the_way;
    uint32_t sends;
    struct digest head;
};

/* Static: a ledger is larger than a stack. Only what was put in is ever read. */
static struct ledger ledger;
static struct put list[APPENDS_MAX + 1];
static uint64_t put_count;
static uint64_t dropped;
static uint64_t withdrawn;
static uint64_t acknowledged;

static const struct nation_id OWNER = {"USA"};

/* The bytes of an entry follow from its number. */
static void fill(uint8_t *out, uint64_t sequence, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(sequence * 31 + i * 7 + 1);
    }
}

static void count_dropped(uint64_t oldest_before)
{
    for (uint64_t n = oldest_before; n < ledger.oldest; n++) {
        dropped += list[n].acknowledged ? 0 : 1;
        list[n].on_the_way = false;
    }
}

static void append(uint32_t size, uint8_t traits)
{
    struct released_record record = {.to = {"JPN"}, .size = size};
    const uint64_t oldest = ledger.oldest;
    if (put_count == APPENDS_MAX) {
        return;
    }
    put_count++;
    struct put *p = &list[put_count];
    *p = (struct put){.size = size, .relayed = (traits & 1) != 0, .is_secret = (traits & 2) != 0};
    fill(record.bytes, put_count, size);
    record.basis.kind = RECORD_NOTICE;
    record.basis.classification =
        p->is_secret ? CLASSIFICATION_SECRET : CLASSIFICATION_UNCLASSIFIED;
    record.basis.owner = p->relayed ? OWNER : (struct nation_id){{0}};
    record.basis.warning_end = !p->is_secret && !p->relayed;
    assert(ledger_append(&ledger, &record) == put_count);
    assert(ledger_head_at(&ledger, put_count, &p->head));
    if (put_count % CHECK_EACH == 1) {
        const struct digest head = ledger_chain(ledger.salt, &list[put_count - 1].head, put_count,
                                                (struct bytes){record.bytes, size});
        assert(digest_equal(&head, &p->head));
    }
    count_dropped(oldest);
}

/* Everything up to here is acknowledged, or gone. */
static void advance(void)
{
    while (acknowledged < put_count && acknowledged + 1 >= ledger.oldest &&
           list[acknowledged + 1].acknowledged) {
        acknowledged++;
    }
}

static void acknowledge(uint64_t first, uint64_t last)
{
    uint32_t count = 0;
    for (uint64_t n = first; n <= last && n <= put_count; n++) {
        if (n >= ledger.oldest && n > acknowledged) {
            count += list[n].acknowledged ? 0 : 1;
            list[n].acknowledged = true;
            list[n].on_the_way = false;
        }
    }
    const uint64_t end = last < put_count ? last : put_count;
    if (first <= acknowledged + 1 && end > acknowledged) {
        acknowledged = end;
    }
    assert(ledger_acknowledge(&ledger, first, last) == count);
    advance();
}

/* To what was acknowledged once, and to nothing after it. */
static void rewind_to(uint64_t sequence)
{
    uint32_t count = 0;
    if (sequence > acknowledged) {
        return;
    }
    for (uint64_t n = sequence + 1; n <= put_count; n++) {
        count += n >= ledger.oldest && list[n].acknowledged ? 1 : 0;
        list[n].acknowledged = list[n].acknowledged && n < ledger.oldest;
        list[n].sends = n < ledger.oldest ? list[n].sends : 0;
        list[n].on_the_way = false;
    }
    acknowledged = sequence;
    assert(ledger_rewind(&ledger, sequence) == count);
}

static void mark_sent(uint64_t first, uint64_t last)
{
    if (first < ledger.oldest || last > put_count || first > last) {
        return;
    }
    for (uint64_t n = first; n <= last; n++) {
        list[n].sends += list[n].sends < UINT8_MAX ? 1 : 0;
        list[n].on_the_way = true;
    }
    ledger_mark_sent(&ledger, first, last, (struct instant){1});
}

/* It was lost, or might as well never have been sent. */
static void take_back(uint64_t n, bool unsend)
{
    if (n < ledger.oldest || n > put_count) {
        return;
    }
    if (unsend) {
        ledger_unsend(&ledger, n);
        list[n].sends = list[n].acknowledged ? list[n].sends : 0;
        list[n].on_the_way = list[n].acknowledged && list[n].on_the_way;
    } else {
        ledger_give_up(&ledger, n);
        list[n].on_the_way = false;
    }
}

/* By a policy that releases nothing, or by the end of a grant. */
static void withdraw(bool by_grant)
{
    struct policy none;
    uint32_t count = 0;
    policy_none((struct nation_id){"KOR"}, &none);
    for (uint64_t n = ledger.oldest; n <= put_count; n++) {
        struct put *p = &list[n];
        const bool concerns = by_grant ? p->relayed : p->is_secret && !p->relayed;
        if (concerns && !p->acknowledged && !p->withdrawn) {
            p->withdrawn = true;
            p->sends = 0;
            p->on_the_way = false;
            count++;
        }
    }
    withdrawn += count;
    assert((by_grant ? ledger_withdraw_relayed(&ledger, OWNER)
                     : ledger_recheck(&ledger, &none, POLICY_ALL_SENSORS)) == count);
}

static void check_entry(uint64_t n, bool whole)
{
    const struct ledger_entry *e = ledger_entry_at(&ledger, n);
    const struct bytes record = ledger_record_at(&ledger, n);
    const struct put *p = &list[n];
    uint8_t bytes[CODEC_ENTRY_BYTES_MAX];
    struct digest head;
    assert(e != NULL);
    assert(e->acknowledged == p->acknowledged);
    assert(e->withdrawn == p->withdrawn);
    assert(e->sends == p->sends);
    assert(e->on_the_way == p->on_the_way);
    assert(record.size == (p->withdrawn ? 0 : p->size));
    if (!whole) {
        return;
    }
    fill(bytes, n, p->size);
    assert(p->withdrawn || memcmp(record.data, bytes, p->size) == 0);
    assert(ledger_head_at(&ledger, n, &head));
    assert(digest_equal(&head, &p->head));
}

static void check_ends(void)
{
    struct digest head;
    assert(ledger.last == put_count);
    assert(ledger.dropped == dropped);
    assert(ledger.withdrawn == withdrawn);
    assert(ledger.acknowledged == acknowledged);
    assert(ledger.last + 1 - ledger.oldest <= LEDGER_ENTRIES_MAX);
    assert(ledger_entry_at(&ledger, ledger.oldest - 1) == NULL);
    assert(ledger_entry_at(&ledger, ledger.last + 1) == NULL);
    assert(ledger_record_at(&ledger, ledger.last + 1).size == 0);
    assert(!ledger_head_at(&ledger, ledger.last + 1, &head));
    /* The head before the oldest is still known, and nothing before it. */
    assert(ledger_head_at(&ledger, ledger.oldest - 1, &head));
    assert(digest_equal(&head, &list[ledger.oldest - 1].head));
}

static void check(uint64_t which)
{
    check_ends();
    uint32_t on_the_way = 0;
    for (uint64_t n = ledger.oldest; n <= put_count; n++) {
        check_entry(n, n % CHECK_EACH == which % CHECK_EACH || which == UINT64_MAX);
        on_the_way += list[n].on_the_way ? list[n].size : 0;
    }
    assert(ledger.on_the_way == on_the_way);
}

static void begin(void)
{
    const struct digest_key key = {{3}};
    const struct frame_epoch epoch = {.counter = 1, .nonce = {7}};
    ledger_init(&ledger, (struct nation_id){"JPN"}, &epoch, &key);
    memset(&list[0], 0, sizeof list[0]);
    put_count = dropped = withdrawn = acknowledged = 0;
}

void ledger_model_play(const uint8_t *steps, size_t size)
{
    begin();
    for (size_t i = 0; i + 3 <= size; i += 3) {
        const uint8_t a = steps[i + 1];
        const uint8_t b = steps[i + 2];
        /* Near the newest, or far back. */
        const uint64_t back = (steps[i] & 0x80) != 0 ? 20u * a : a;
        const uint64_t n = put_count > back ? put_count - back : 0;
        switch (steps[i] % 8) {
        case 0:
        case 1:
        case 2:
            /* All of one size, or of many, one after the other. */
            for (uint32_t k = 0; k <= a; k++) {
                const uint32_t more = k * 397u * (steps[i] % 8);
                append(1 + (4u * b + more) % CODEC_ENTRY_BYTES_MAX, (uint8_t)(b + k));
            }
            break;
        case 3:
        case 4:
            acknowledge(n + 1, n + 1 + b);
            break;
        case 5:
            mark_sent(n + 1, n + 1 + b);
            break;
        case 6:
            withdraw(b % 2 == 0);
            break;
        default:
            if (b % 3 == 0) {
                rewind_to(n);
            } else {
                take_back(n + 1, b % 3 == 1);
            }
            break;
        }
        check_ends();
        if (i / 3 % CHECK_STEPS == 0) {
            check(i);
        }
    }
    check(UINT64_MAX);
}
