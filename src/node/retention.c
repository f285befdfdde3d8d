#include "node/retention.h"

#include <string.h>

#define LOOK_S 60.0
#define DROP_MAX 5000 /* inputs dropped in one commit */

static void note_oldest(struct retention_facts *f, struct journal *journal)
{
    struct journal_group group;
    const bool moved = f->first != journal->first;
    f->first = journal->first;
    if ((moved || !instant_is_set(f->oldest)) && journal->last >= journal->first) {
        f->oldest = journal_read(journal, f->first, &group) == OK ? group.time : INSTANT_UNSET;
    }
}

void retention_begin(struct retention *r, struct duration keep, struct journal *journal)
{
    memset(r, 0, sizeof *r);
    r->keep = keep;
    r->waits_for = UINT32_MAX;
    r->facts.oldest = INSTANT_UNSET;
    r->mark.time = INSTANT_UNSET;
    r->confirmed.time = INSTANT_UNSET;
    r->looked = INSTANT_UNSET;
    r->before = INSTANT_UNSET;
    note_oldest(&r->facts, journal);
    r->done = r->facts;
}

static void set_mark(struct retention *r, const struct engine *engine)
{
    r->mark.time = engine->now;
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        r->mark.epochs[i] = engine->sessions[i].ledger.epoch.counter;
        r->mark.sequences[i] = engine->sessions[i].ledger.last;
    }
}

/* The first partner that has not acknowledged what the mark says; UINT32_MAX if all have. */
static uint32_t find_debtor(const struct retention *r, const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (engine->sessions[i].ledger.acknowledged < r->mark.sequences[i]) {
            return i;
        }
    }
    return UINT32_MAX;
}

static bool is_of_another_ledger(const struct retention *r, const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        if (engine->sessions[i].ledger.epoch.counter != r->mark.epochs[i]) {
            return true;
        }
    }
    return false;
}

static void follow_marks(struct retention *r, const struct engine *engine)
{
    if (!instant_is_set(r->mark.time) || is_of_another_ledger(r, engine)) {
        set_mark(r, engine);
    }
    if (find_debtor(r, engine) == UINT32_MAX) {
        r->confirmed = r->mark;
        if (instant_since_s(engine->now, r->mark.time) >= LOOK_S) {
            set_mark(r, engine);
        }
    }
}

static void write_why(struct retention *r, const struct engine *engine)
{
    struct byte_writer w = {r->why, sizeof r->why, 0};
    byte_writer_known_u64(&w, 0); /* the position, once it is known */
    byte_writer_known_u64(&w, (uint64_t)engine->now.tai_ns);
    byte_writer_known_u64(&w, (uint64_t)r->confirmed.time.tai_ns);
    byte_writer_known_u64(&w, (uint64_t)r->keep.ns);
    byte_writer_known_u64(&w, r->up_to);
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        const char *code = engine->config.partners[i].code;
        byte_writer_known(&w, (struct bytes){(const uint8_t *)code, 4});
        byte_writer_known_u64(&w, r->confirmed.sequences[i]);
    }
    r->why_size = (uint32_t)w.size;
}

void retention_look(struct retention *r, const struct engine *engine, uint64_t restorable)
{
    r->before = INSTANT_UNSET;
    if (r->keep.ns <= 0 || !instant_is_set(engine->now)) {
        return;
    }
    follow_marks(r, engine);
    const struct instant now = engine->now;
    if (!r->more && instant_is_set(r->looked) && instant_since_s(now, r->looked) < LOOK_S) {
        return;
    }
    const struct instant old = instant_plus(now, (struct duration){-r->keep.ns});
    const bool has_old = instant_is_set(r->facts.oldest) && instant_before(r->facts.oldest, old);
    const struct instant confirmed = r->confirmed.time;
    const bool is_owed = !instant_is_set(confirmed) || !instant_before(r->facts.oldest, confirmed);
    r->looked = now;
    r->is_due = has_old && (restorable == 0 || is_owed);
    r->waits_for_snapshot = has_old && restorable == 0;
    r->waits_for = has_old && is_owed ? find_debtor(r, engine) : UINT32_MAX;
    if (has_old && !r->is_due) {
        r->before = instant_before(old, confirmed) ? old : confirmed;
        r->up_to = restorable;
        write_why(r, engine);
    }
}

result retention_work(struct retention *r, struct journal *journal)
{
    uint64_t dropped = 0;
    if (instant_is_set(r->before)) {
        TRY(journal_drop(journal, r->before, r->up_to, DROP_MAX, &dropped));
    }
    if (dropped > 0) {
        uint8_t number[8];
        struct byte_writer w = {number, sizeof number, 0};
        byte_writer_known_u64(&w, journal->first - 1);
        memcpy(r->why, number, sizeof number);
        TRY(journal_set_meta(journal, RETENTION_FACT, (struct bytes){r->why, r->why_size}));
        TRY(journal_commit(journal));
    }
    r->more = dropped == DROP_MAX;
    note_oldest(&r->done, journal);
    return OK;
}

void retention_end(struct retention *r)
{
    r->facts = r->done;
}

static result read_instant(struct byte_reader *in, int64_t *out)
{
    uint64_t bits = 0;
    TRY(byte_reader_u64(in, &bits));
    memcpy(out, &bits, sizeof bits);
    return OK;
}

result retention_reason_read(struct bytes in, struct retention_reason *out)
{
    struct byte_reader r = byte_reader_over(in);
    struct retention_reason found = {.to = 0};
    TRY(byte_reader_u64(&r, &found.to));
    TRY(read_instant(&r, &found.now.tai_ns));
    TRY(read_instant(&r, &found.acknowledged.tai_ns));
    TRY(read_instant(&r, &found.keep.ns));
    TRY(byte_reader_u64(&r, &found.snapshot));
    while (byte_reader_left(&r) > 0) {
        struct bytes code;
        uint64_t sequence = 0;
        ENSURE(found.partner_count < LIMIT_PARTNERS, ERR_FORMAT);
        TRY(byte_reader_take(&r, 4, &code));
        TRY(byte_reader_u64(&r, &sequence));
        ENSURE(code.data[3] == 0, ERR_FORMAT);
        memcpy(found.partners[found.partner_count].code, code.data, 4);
        found.partner_count++;
    }
    *out = found;
    return OK;
}

const char *retention_reason_flaw(const struct retention_reason *reason)
{
    if (reason->keep.ns < (int64_t)(RETENTION_KEEP_S_MIN * NS_PER_S)) {
        return "inputs were dropped sooner than a day after they came";
    }
    if (reason->snapshot < reason->to) {
        return "inputs were dropped that no snapshot had";
    }
    if (instant_before(reason->now, reason->acknowledged)) {
        return "inputs were dropped by an acknowledgement that came later";
    }
    return NULL;
}
