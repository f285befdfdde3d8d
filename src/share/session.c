#include "share/session.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "share/session_state.h"

void session_init(struct session *s, struct nation_id self, struct nation_id partner,
                  const struct digest_key *key)
{
    assert(nation_id_is_set(self) && nation_id_is_set(partner));
    assert(!nation_id_equal(self, partner));
    memset(s, 0, offsetof(struct session, ledger) + offsetof(struct ledger, entries));
    s->self = self;
    s->partner = partner;
    s->key = *key;
    s->newest = CODEC_SCHEMA_MAX;
    s->hello_sent = INSTANT_UNSET;
    s->last_heard = INSTANT_UNSET;
    s->gap_sent = INSTANT_UNSET;
    s->ack_at = INSTANT_UNSET;
    s->heartbeat_slot = INSTANT_UNSET;
    s->look_at = INSTANT_LAST;
    s->live_next = 1;
    s->repair_next = 1;
}

void session_speak(struct session *s, uint32_t newest)
{
    assert(newest >= CODEC_SCHEMA_MIN && newest <= CODEC_SCHEMA_MAX);
    assert(s->boot.epoch.counter == 0);
    s->newest = newest;
}

result session_boot(struct session *s, const struct session_boot *boot, struct instant now)
{
    ENSURE(boot->epoch.counter > s->boot.epoch.counter, ERR_STATE);
    if (s->ledger.epoch.counter == 0) {
        ledger_init(&s->ledger, s->partner, &boot->epoch, &s->key);
    }
    /* The partner may have forgotten, with what it holds against us, what it had behind a hole. */
    s->counters.acknowledged -= ledger_rewind(&s->ledger, s->ledger.acknowledged);
    s->boot = *boot;
    s->hello_number = 0;
    s->hello_sent = INSTANT_UNSET;
    s->hello_due = true;
    s->heard_us = false;
    s->was_heard = false;
    s->superseded = (struct frame_epoch){0};
    s->usurped = false;
    s->open = false;
    s->last_heard = INSTANT_UNSET;
    s->ack_at = INSTANT_UNSET;
    s->ack_again = true;
    session_state_ack(s, now);
    s->heartbeat_slot = session_state_slot(now, SESSION_HEARTBEAT_NS, 0);
    s->look_at = now;
    s->gap_sent = INSTANT_UNSET;
    window_init(&s->window, now);
    s->keys_confirmed = 0;
    s->schema = 0;
    /* A process that starts has read its inputs back from the journal: all of them are durable. */
    s->durable = s->here;
    s->pending_count = 0;
    return OK;
}

uint64_t session_append(struct session *s, const struct released_record *record, struct instant now)
{
    assert(s->boot.epoch.counter > 0);
    assert(instant_is_set(now));
    s->counters.appended++;
    return ledger_append(&s->ledger, record);
}

uint32_t session_recheck(struct session *s, const struct policy *policy, uint32_t may_have,
                         struct instant now)
{
    const uint32_t count = ledger_recheck(&s->ledger, policy, may_have);
    assert(instant_is_set(now));
    if (count > 0) {
        session_state_repair_from(s, s->ledger.acknowledged + 1);
    }
    return count;
}

uint32_t session_withdraw_relayed(struct session *s, struct nation_id owner, struct instant now)
{
    const uint32_t count = ledger_withdraw_relayed(&s->ledger, owner);
    assert(instant_is_set(now));
    if (count > 0) {
        session_state_repair_from(s, s->ledger.acknowledged + 1);
    }
    return count;
}

void session_refused(struct session *s, enum session_refusal why, struct instant now)
{
    assert(instant_is_set(now));
    assert(why > REFUSED_NONE && why < SESSION_REFUSAL_COUNT);
    session_state_refuse(s, why);
    s->counters.histories += why == REFUSED_EQUIVOCATION ? 1 : 0;
}

static void keep_keys(struct session_keys *keys, uint64_t number, struct bytes signed_list)
{
    assert(number > 0);
    assert(signed_list.size > 0 && signed_list.size <= sizeof keys->bytes);
    memset(keys, 0, sizeof *keys);
    keys->number = number;
    keys->size = (uint32_t)signed_list.size;
    memcpy(keys->bytes, signed_list.data, signed_list.size);
}

void session_take_keys(struct session *s, uint64_t number, struct bytes signed_list)
{
    keep_keys(&s->keys, number, signed_list);
    s->hello_due = true;
}

void session_take_partner_keys(struct session *s, uint64_t number, struct bytes signed_list)
{
    keep_keys(&s->partner_keys, number, signed_list);
    s->hello_due = true;
}

void session_committed(struct session *s, uint64_t position, struct instant now)
{
    assert(instant_is_set(now));
    s->committed_to = position;
}

void session_link_made(struct session *s, struct instant now)
{
    s->hello_due = true;
    session_state_afresh(s, now);
}

struct frame_position session_state_stream(const struct session *s)
{
    struct frame_position p = {.epoch = s->ledger.epoch, .sequence = s->ledger.last};
    const bool known = ledger_head_at(&s->ledger, s->ledger.last, &p.head);
    assert(known);
    return p;
}

bool session_is_up(const struct session *s, struct instant now)
{
    return instant_is_set(s->last_heard) && instant_since(now, s->last_heard).ns <= SESSION_UP_NS;
}

uint64_t session_missing(const struct session *s)
{
    return sequence_set_missing(&s->here, s->partner_last);
}

const char *session_refusal_text(enum session_refusal why)
{
    static const char *const texts[SESSION_REFUSAL_COUNT] = {
        [REFUSED_NONE] = "taken",
        [REFUSED_FORMAT] = "not a frame",
        [REFUSED_ROUTE] = "wrong sender, receiver or domain",
        [REFUSED_NO_KEY] = "sealed for an unknown process start",
        [REFUSED_SEAL] = "the seal does not open",
        [REFUSED_REPLAY] = "a repeated frame",
        [REFUSED_SIGNATURE] = "the signature does not verify",
        [REFUSED_CANONICAL] = "not in canonical form",
        [REFUSED_VERSION] = "no version in common",
        [REFUSED_OLD_EPOCH] = "from an earlier process start",
        [REFUSED_STATE] = "not expected now",
        [REFUSED_SCATTERED] = "too many holes before it",
        [REFUSED_BUSY] = "too much waits for the journal",
        [REFUSED_HISTORY] = "contradicts what was sent before",
        [REFUSED_RECORD] = "an invalid record",
        [REFUSED_SUPERSEDED] = "has heard a later start of this nation",
        [REFUSED_KEYS] = "a key list that is not in order",
        [REFUSED_EQUIVOCATION] = "two key lists with one number"};
    return (unsigned)why < SESSION_REFUSAL_COUNT ? texts[why] : "unknown";
}
