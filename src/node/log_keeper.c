#include "node/log_keeper.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "node/log_keeper_state.h"
#include "node/log_store.h"
#include "node/log_trust.h"

#define LATER_S (LOG_KEEPER_PERIOD_S / 2)
#define NO_SECOND INT64_MIN

struct log_keeper *log_keeper_new(const struct log_keeper_shell *shell)
{
    struct log_keeper *k = calloc(1, sizeof *k);
    if (k != NULL) {
        k->shell = *shell;
        k->second = NO_SECOND;
        k->ended = NO_SECOND;
    }
    return k;
}

void log_keeper_free(struct log_keeper *k)
{
    free(k);
}

uint64_t log_keeper_size(const struct log_keeper *k)
{
    return k->whole.next;
}

struct log_keeper_count log_keeper_count(const struct log_keeper *k, uint32_t partner)
{
    assert(partner < k->partner_count);
    return k->peers[partner].count;
}

/* What we knew of a partner's log, and it of ours, when the last process ended. */
static result go_on_with(struct log_keeper *k, struct log_peer *peer, const char *code,
                         struct journal *journal)
{
    struct note_head head;
    struct bytes body;
    struct bytes note;
    peer->count.forks = log_store_has_fork(journal, code) ? 1 : 0;
    if (log_store_note(journal, "cosigned", code, &note, &head, &body) &&
        head.size <= k->whole.next) {
        TRY(log_store_span(journal, 0, head.size, &peer->confirmed.before));
        TRY(log_store_span(journal, head.size, k->whole.next, &peer->confirmed.since));
        peer->count.cosigned = head.size;
    }
    if (log_store_note(journal, "seen", code, &note, &head, &body) && note.size <= NOTE_BYTES_MAX) {
        peer->latest.head = head;
        peer->latest.note_size = (uint32_t)note.size;
        memcpy(peer->latest.note, note.data, note.size);
        log_seen_add(&peer->seen, &head, note);
        peer->count.size = head.size;
        if (log_trust_verify(&k->keys->list, INSTANT_UNSET,
                             (struct bytes){peer->latest.note, note.size}, k->name, NOTE_COSIGNER,
                             &note) == OK) {
            memcpy(peer->line_bytes, note.data, note.size);
            peer->line = (struct bytes){peer->line_bytes, note.size};
            peer->line_size = head.size;
        }
    }
    return OK;
}

result log_keeper_begin(struct log_keeper *k, const struct keys *keys,
                        const struct key_trust *partners, uint32_t partner_count,
                        struct journal *journal, bool go_on)
{
    assert(partner_count <= LIMIT_PARTNERS);
    k->keys = keys;
    k->partner_count = partner_count;
    note_name(keys->list.domain, keys->list.nation, k->name);
    log_span_init(&k->whole, 0);
    if (go_on) {
        uint64_t size = 0;
        TRY(log_store_size(journal, &size, &k->ended));
        TRY(log_store_span(journal, 0, size, &k->whole));
    }
    for (uint32_t i = 0; i < partner_count; i++) {
        const struct key_list *list = &partners[i].list;
        k->partners[i] = *list;
        note_name(list->domain, list->nation, k->peers[i].name);
        k->peers[i].count.cosigned_at = INSTANT_UNSET;
        if (go_on) {
            TRY(go_on_with(k, &k->peers[i], list->nation.code, journal));
        }
    }
    if (k->second <= k->ended) {
        k->decision_count = 0;
    }
    return OK;
}

void log_keeper_trust(struct log_keeper *k, uint32_t partner, const struct key_list *list)
{
    assert(partner < k->partner_count);
    k->partners[partner] = *list;
}

void log_keeper_fact(struct log_keeper *k, const char *what, const char *code, struct bytes value)
{
    char key[JOURNAL_KEY_SIZE];
    (void)snprintf(key, sizeof key, "%s%s%s", what, code[0] != '\0' ? " " : "", code);
    k->shell.fact(k->shell.context, key, value);
}

static void number_fact(struct log_keeper *k, const char *what, uint64_t number, struct bytes value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    log_keeper_fact(k, what, text, value);
}

static void append(struct log_keeper *k, const struct digest *leaf,
                   struct digest made[MERKLE_PROOF_MAX], uint32_t *made_count)
{
    *made_count = log_span_append(&k->whole, leaf, made);
    for (uint32_t i = 0; i < SENT_KEPT; i++) {
        if (k->sent[i].body_size > 0) {
            (void)log_span_append(&k->sent[i].base.since, leaf, NULL);
        }
    }
    for (uint32_t i = 0; i < k->partner_count; i++) {
        if (k->peers[i].confirmed.before.next > 0) {
            (void)log_span_append(&k->peers[i].confirmed.since, leaf, NULL);
        }
    }
}

static void end_second(struct log_keeper *k, const uint8_t chain[JOURNAL_CHAIN_BYTES])
{
    uint8_t number[8];
    uint8_t value[LOG_LEAF_BYTES + MERKLE_PROOF_MAX * DIGEST_BYTES];
    struct digest made[MERKLE_PROOF_MAX];
    uint32_t made_count = 0;
    const struct bytes second = digest_number((uint64_t)k->second, number);
    const struct digest drawn =
        digest_keyed(&k->keys->master, "log salt", second, (struct bytes){NULL, 0});
    struct digest_key salt;
    memcpy(salt.bytes, drawn.bytes, sizeof salt.bytes);
    memcpy(k->decisions, salt.bytes, DIGEST_BYTES);
    const struct bytes decisions = {k->decisions + DIGEST_BYTES,
                                    (size_t)k->decision_count * LOG_DECISION_BYTES};
    const struct digest root = log_second_root(&salt, decisions);
    log_leaf_encode((uint64_t)k->second, &root, chain, value);
    const struct digest leaf = merkle_leaf((struct bytes){value, LOG_LEAF_BYTES});
    append(k, &leaf, made, &made_count);
    memcpy(value + LOG_LEAF_BYTES, made, made_count * sizeof made[0]);
    if (k->decision_count > 0) {
        number_fact(k, "decisions", k->whole.next - 1,
                    (struct bytes){k->decisions, DIGEST_BYTES + decisions.size});
    }
    number_fact(k, "leaf", k->whole.next - 1,
                (struct bytes){value, LOG_LEAF_BYTES + made_count * sizeof made[0]});
    k->ended = k->second;
    k->decision_count = 0;
    k->left_out = 0;
}

static void prove_from(struct log_sent *s, const struct log_base *base)
{
    if (base->before.next > 0 && base->before.next < s->base.before.next) {
        struct log_proof *p = &s->proofs[s->proof_count];
        p->from = base->before.next;
        log_prove_consistency(&base->before, &base->since, p->hashes, &p->count);
        s->proof_count++;
    }
}

static void prove_from_all(struct log_keeper *k, struct log_sent *s)
{
    s->proof_count = 0;
    for (uint32_t i = 0; i < SENT_KEPT; i++) {
        if (k->sent[i].body_size > 0 && &k->sent[i] != s) {
            prove_from(s, &k->sent[i].base);
        }
    }
    for (uint32_t i = 0; i < k->partner_count; i++) {
        prove_from(s, &k->peers[i].confirmed);
    }
}

/* At every tenth leaf, whenever that is: two histories of one log then have checkpoints of the same
 * sizes, which show that they differ. None while no key of ours counts. */
static void make_checkpoint(struct log_keeper *k, struct instant now)
{
    struct log_sent *s = &k->sent[k->next_sent];
    struct byte_writer w = {s->note, sizeof s->note, 0};
    struct note_head head = {.size = k->whole.next, .root = log_span_root(&k->whole)};
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    memcpy(head.origin, k->name, sizeof head.origin);
    k->next_sent = (k->next_sent + 1) % SENT_KEPT;
    s->cosigned = false;
    s->base.before = k->whole;
    log_span_init(&s->base.since, k->whole.next);
    prove_from_all(k, s);
    const bool body = note_write_body(&head, &w) == OK;
    s->body_size = (uint32_t)w.size;
    if (keys_sign(k->keys, KEY_CHECKPOINT, now, byte_writer_written(&w), signature) != OK) {
        s->body_size = 0;
        return;
    }
    const bool line = byte_writer_u8(&w, '\n') == OK &&
                      note_write_line(k->name, NOTE_LOG, keys_signer(k->keys, KEY_CHECKPOINT, now),
                                      0, signature, &w) == OK;
    assert(body && line); /* room for it is in the sizes */
    s->note_size = (uint32_t)w.size;
    log_keeper_fact(k, "checkpoint", "", byte_writer_written(&w));
}

/* Our newest checkpoint that anyone cosigned: so others see who knows of which. */
static const struct log_sent *newest_cosigned(const struct log_keeper *k)
{
    for (uint32_t i = 1; i <= SENT_KEPT; i++) {
        const struct log_sent *s = &k->sent[(k->next_sent + SENT_KEPT - i) % SENT_KEPT];
        if (s->body_size > 0 && s->cosigned) {
            return s;
        }
    }
    return NULL;
}

static void send_to(struct log_keeper *k, uint32_t partner, const struct log_sent *s,
                    struct instant now)
{
    const struct log_peer *peer = &k->peers[partner];
    struct frame_checkpoint c = {.time = now, .note = {s->note, s->note_size}};
    for (uint32_t i = 0; i < s->proof_count && c.from == 0; i++) {
        if (s->proofs[i].from == peer->count.cosigned) {
            c.from = s->proofs[i].from;
            c.proof_count = s->proofs[i].count;
            memcpy(c.proof, s->proofs[i].hashes, sizeof c.proof);
        }
    }
    const struct log_sent *cosigned = newest_cosigned(k);
    if (cosigned != NULL) {
        c.others[c.other_count] = (struct bytes){cosigned->note, cosigned->note_size};
        c.other_count++;
    }
    for (uint32_t i = 0; i < k->partner_count && c.other_count < FRAME_CHECKPOINT_OTHERS; i++) {
        const struct log_seen *latest = &k->peers[i].latest;
        if (i != partner && latest->head.size > 0) {
            c.others[c.other_count] = (struct bytes){latest->note, latest->note_size};
            c.other_count++;
        }
    }
    c.cosigned_size = peer->line_size;
    c.cosignature = peer->line;
    struct byte_writer w = {k->frame, sizeof k->frame, 0};
    const bool written =
        byte_writer_u8(&w, FRAME_CHECKPOINT) == OK && frame_checkpoint_encode(&c, &w) == OK;
    assert(written);
    k->shell.send(k->shell.context, partner, byte_writer_written(&w));
}

/* Of two nations the one whose code comes first sends at once, the other half a period later: so a
 * cosignature is back before the next checkpoint goes. */
static void send_where(struct log_keeper *k, bool first, struct instant now)
{
    const struct log_sent *s = &k->sent[(k->next_sent + SENT_KEPT - 1) % SENT_KEPT];
    for (uint32_t i = 0; i < k->partner_count && s->body_size > 0; i++) {
        const char *theirs = k->partners[i].nation.code;
        if ((memcmp(k->keys->list.nation.code, theirs, 3) < 0) == first) {
            send_to(k, i, s, now);
        }
    }
}

void log_keeper_advance(struct log_keeper *k, struct instant now,
                        const uint8_t chain[JOURNAL_CHAIN_BYTES])
{
    const int64_t second = now.tai_ns / NS_PER_S;
    if (second <= k->second) {
        return;
    }
    if (k->keys == NULL) {
        k->second = second; /* a replay: what it decides has its leaf, but for the last second */
        k->decision_count = 0;
        k->left_out = 0;
        return;
    }
    const int64_t before = k->second;
    if (before != NO_SECOND && before > k->ended) {
        end_second(k, chain);
        if (k->whole.next % LOG_KEEPER_PERIOD_S == 0) {
            make_checkpoint(k, now);
        }
    }
    k->second = second;
    if (before == NO_SECOND || k->whole.next == 0) {
        return;
    }
    if (before / LOG_KEEPER_PERIOD_S != second / LOG_KEEPER_PERIOD_S) {
        send_where(k, true, now);
    }
    if ((before + LATER_S) / LOG_KEEPER_PERIOD_S != (second + LATER_S) / LOG_KEEPER_PERIOD_S) {
        send_where(k, false, now);
    }
}

void log_keeper_note(struct log_keeper *k, struct instant now, const struct effects *effects)
{
    if (now.tai_ns / NS_PER_S != k->second) {
        return;
    }
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *e = &effects->items[i];
        if (e->kind != EFFECT_RELEASED && e->kind != EFFECT_RELAYED && e->kind != EFFECT_WITHHELD) {
            continue;
        }
        const bool full = k->decision_count == LOG_DECISIONS_MAX;
        k->left_out += full ? 1 : 0;
        k->decision_count += full ? 0 : 1;
        const struct log_decision d = {.to = e->partner,
                                       .kind = e->record,
                                       .why = (uint8_t)e->why,
                                       .event = e->name,
                                       .record = e->content};
        const size_t at = (size_t)(k->decision_count - 1) * LOG_DECISION_BYTES;
        log_decision_encode(&d, k->left_out, k->decisions + DIGEST_BYTES + at);
    }
}
