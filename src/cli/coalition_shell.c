/* What a node of a coalition is given: its carrier, which writes down what it sends, and its
 * screen. */
#include "cli/coalition_state.h"

#include "share/frame.h"

/* A disk that is slow keeps frames back for twice as long as it takes. */
#define SAID_BEFORE_S 6.0

static const char *code_of(const struct member *m)
{
    return coalition_code(m->coalition, m->nation);
}

static void mix(uint64_t *digest, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        *digest = (*digest ^ data[i]) * UINT64_C(1099511628211);
    }
}

static void listen(struct member *m, uint32_t partner, enum frame_lane lane, struct bytes sealed)
{
    struct coalition_eavesdropper *ears = m->coalition->options.ears;
    if (ears == NULL || m->nation != ears->owner || m->partner_nation[partner] != ears->partner ||
        ears->count == COALITION_SENT_MAX) {
        return;
    }
    struct coalition_sent *s = &ears->sent[ears->count];
    *s = (struct coalition_sent){.time = m->coalition->now,
                                 .size = (uint32_t)sealed.size,
                                 .type = sealed.data[SEAL_TYPE_AT],
                                 .lane = (uint8_t)lane};
    if (s->type != FRAME_CHECKPOINT) {
        s->hash = UINT64_C(14695981039346656037);
        mix(&s->hash, sealed.data, sealed.size);
    }
    ears->count++;
}

/* What its partner's version has not must not be said to it, once its hello was heard and what was
 * written before that has gone. */
static void judge_version(struct member *m, uint32_t partner, struct bytes sealed)
{
    struct coalition *c = m->coalition;
    const enum frame_type type = (enum frame_type)sealed.data[SEAL_TYPE_AT];
    const size_t before = SEAL_HEADER_BYTES + KEYS_SIGNATURE_BYTES;
    struct frame frame;
    if (!instant_is_set(m->earlier_since[partner]) ||
        instant_since_s(c->now, m->earlier_since[partner]) < SAID_BEFORE_S) {
        return;
    }
    const struct bytes plain = {sealed.data + before, sealed.size - before};
    if (type == FRAME_CHECKPOINT || (type == FRAME_HELLO && frame_decode(plain, &frame) == OK &&
                                     frame_hello_has_list(&frame.hello))) {
        coalition_find(c, COALITION_VERSIONS, "%s sends %s, which speaks version 1, a %s%s",
                       code_of(m), coalition_code(c, m->partner_nation[partner]),
                       frame_type_text(type), type == FRAME_HELLO ? " with a key list" : "");
    }
}

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    struct member *m = context;
    struct coalition *c = m->coalition;
    (void)now;
    if (m->counts_sends && m->sends_left == 0) {
        return; /* the process is dead by now */
    }
    m->sends_left -= m->counts_sends ? 1 : 0;
    listen(m, partner, lane, sealed);
    judge_version(m, partner, sealed);
    mix(&c->counts->digest, (const uint8_t *)&c->now.tai_ns, sizeof c->now.tai_ns);
    mix(&c->counts->digest, sealed.data, sealed.size);
    coalition_tell(c, "%s sends %s a %s of %zu bytes%s", code_of(m),
                   coalition_code(c, m->partner_nation[partner]),
                   frame_type_text((enum frame_type)sealed.data[SEAL_TYPE_AT]), sealed.size,
                   lane == LANE_REPAIR ? " on the repair lane" : "");
    trouble_record(&c->tape, m->nation, m->partner_nation[partner], sealed);
    /* A carrier that is full loses the frame. */
    (void)!link_memory_send(c->link, m->nation, m->partner_nation[partner], (uint32_t)lane, sealed,
                            c->now);
}

static void show(void *context, const struct engine *engine, const struct effect *effect)
{
    struct member *m = context;
    struct coalition *c = m->coalition;
    switch (effect->kind) {
    case EFFECT_RELEASED:
        coalition_note_release(m, engine, effect);
        break;
    case EFFECT_RELAYED:
        coalition_note_relayed(m, engine, effect);
        break;
    case EFFECT_TAKEN:
        coalition_note_taken(m, engine, effect);
        break;
    case EFFECT_NOTICED:
        c->counts->notices++;
        coalition_tell(c, "%s notices %s", code_of(m), effect->name.text);
        break;
    case EFFECT_WARNING:
        c->counts->warnings++;
        coalition_tell(c, "%s warns of %s: %s", code_of(m), effect->name.text,
                       warning_state_text(effect->warning));
        coalition_note_warning(m, effect);
        break;
    case EFFECT_LINK:
        coalition_tell(c, "%s: link with %s is %s", code_of(m), effect->partner.code,
                       effect->on ? "up" : "down");
        break;
    default:
        break;
    }
}

struct performer_shell member_shell(struct member *m)
{
    return (struct performer_shell){.context = m,
                                    .carry = carry,
                                    .show = show,
                                    .journal = &m->journal.open,
                                    .signed_here = &m->coalition->signed_here};
}
