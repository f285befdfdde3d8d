#include "node/log_keeper.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "node/log_seen.h"
#include "node/log_store.h"
#include "node/log_trust.h"
#include "share/frame.h"

#define SENT_KEPT 4 /* checkpoints of ours that a cosignature may still come for */
#define LATER_S (LOG_KEEPER_PERIOD_S / 2)
#define NO_SECOND INT64_MIN

/* What is needed to prove that the log only grew since it had before.next leaves. */
struct base {
    struct log_span before;
    struct log_span since;
};

struct proof {
    uint64_t from;
    uint32_t count;
    struct digest hashes[MERKLE_PROOF_MAX];
};

struct sent {
    struct base base;
    uint32_t proof_count; /* from everything that a partner may have cosigned by then */
    struct proof proofs[SENT_KEPT + LIMIT_PARTNERS];
    uint32_t body_size; /* 0 = unused */
    uint32_t note_size;
    bool cosigned;
    uint8_t note[NOTE_BYTES_MAX];
};

struct peer {
    char name[NOTE_NAME_SIZE];
    struct base confirmed; /* before.next 0 = it has cosigned nothing */
    struct log_seen_ring seen;
    uint64_t line_size; /* of its log, what our cosignature below is of */
    struct bytes line;  /* in `line_bytes` */
    uint8_t line_bytes[NOTE_LINE_BYTES];
    struct log_seen latest; /* with our cosignature */
    uint64_t claim_size; /* it says that it cosigned ours at that size, which is to be looked up */
    struct instant claimed;
    uint32_t claim_line_size;
    uint8_t claim_line[NOTE_LINE_BYTES];
    struct log_keeper_count count;
};

struct log_keeper {
    struct log_keeper_shell shell;
    const struct keys *keys; /* NULL = not begun: decisions are only noted */
    char name[NOTE_NAME_SIZE];
    uint32_t partner_count;
    struct key_list partners[LIMIT_PARTNERS];
    int64_t second; /* that is open */
    int64_t ended;  /* the newest that has a leaf */
    uint32_t decision_count;
    uint32_t left_out;
    uint8_t decisions[DIGEST_BYTES + LOG_DECISIONS_MAX * LOG_DECISION_BYTES]; /* after the salt */
    struct log_span whole;
    uint32_t next_sent;
    struct sent sent[SENT_KEPT];
    struct peer peers[LIMIT_PARTNERS];
    uint8_t frame[1 + FRAME_CHECKPOINT_BYTES];
};

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
static result go_on_with(struct log_keeper *k, struct peer *peer, const char *code,
                         struct journal *journal)
{
    struct note_head head;
    struct bytes body;
    struct bytes note;
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

static void fact(struct log_keeper *k, const char *what, const char *code, struct bytes value)
{
    char key[JOURNAL_KEY_SIZE];
    (void)snprintf(key, sizeof key, "%s%s%s", what, code[0] != '\0' ? " " : "", code);
    k->shell.fact(k->shell.context, key, value);
}

static void number_fact(struct log_keeper *k, const char *what, uint64_t number, struct bytes value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    fact(k, what, text, value);
}

/* ---- our own log: leaves and checkpoints */

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

static void prove_from(struct sent *s, const struct base *base)
{
    if (base->before.next > 0 && base->before.next < s->base.before.next) {
        struct proof *p = &s->proofs[s->proof_count];
        p->from = base->before.next;
        log_prove_consistency(&base->before, &base->since, p->hashes, &p->count);
        s->proof_count++;
    }
}

static void prove_from_all(struct log_keeper *k, struct sent *s)
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

/* None while no key of ours counts. */
static void make_checkpoint(struct log_keeper *k, struct instant now)
{
    struct sent *s = &k->sent[k->next_sent];
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
    fact(k, "checkpoint", "", byte_writer_written(&w));
}

/* Our newest checkpoint that anyone cosigned: so others see who knows of which. */
static const struct sent *newest_cosigned(const struct log_keeper *k)
{
    for (uint32_t i = 1; i <= SENT_KEPT; i++) {
        const struct sent *s = &k->sent[(k->next_sent + SENT_KEPT - i) % SENT_KEPT];
        if (s->body_size > 0 && s->cosigned) {
            return s;
        }
    }
    return NULL;
}

static void send_to(struct log_keeper *k, uint32_t partner, const struct sent *s,
                    struct instant now)
{
    const struct peer *peer = &k->peers[partner];
    struct frame_checkpoint c = {.time = now, .note = {s->note, s->note_size}};
    for (uint32_t i = 0; i < s->proof_count && c.from == 0; i++) {
        if (s->proofs[i].from == peer->count.cosigned) {
            c.from = s->proofs[i].from;
            c.proof_count = s->proofs[i].count;
            memcpy(c.proof, s->proofs[i].hashes, sizeof c.proof);
        }
    }
    const struct sent *cosigned = newest_cosigned(k);
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
    const struct sent *s = &k->sent[(k->next_sent + SENT_KEPT - 1) % SENT_KEPT];
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
    }
    k->second = second;
    if (before == NO_SECOND || k->whole.next == 0) {
        return;
    }
    if (before / LOG_KEEPER_PERIOD_S != second / LOG_KEEPER_PERIOD_S) {
        make_checkpoint(k, now);
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

/* ---- partners: their cosignatures of ours, and their logs */

/* Believes a cosignature of ours if it verifies; `base` is our log at that size. */
static bool confirm(struct log_keeper *k, uint32_t partner, struct bytes body, struct bytes line,
                    const struct base *base, struct instant now)
{
    struct peer *peer = &k->peers[partner];
    uint8_t text[NOTE_BODY_BYTES + 1 + NOTE_LINE_BYTES];
    struct byte_writer w = {text, sizeof text, 0};
    if (byte_writer_put(&w, body) != OK || byte_writer_u8(&w, '\n') != OK ||
        byte_writer_put(&w, line) != OK ||
        log_trust_verify(&k->partners[partner], now, byte_writer_written(&w), peer->name,
                         NOTE_COSIGNER, NULL) != OK) {
        peer->count.malformed++;
        return false;
    }
    peer->confirmed = *base;
    peer->count.cosigned = base->before.next;
    fact(k, "cosigned", k->partners[partner].nation.code, byte_writer_written(&w));
    return true;
}

static void take_cosignature(struct log_keeper *k, uint32_t partner,
                             const struct frame_checkpoint *c, struct instant now)
{
    struct peer *peer = &k->peers[partner];
    if (c->cosigned_size == peer->count.cosigned) {
        return;
    }
    for (uint32_t i = 0; i < SENT_KEPT; i++) {
        struct sent *s = &k->sent[i];
        if (s->body_size == 0 || s->base.before.next != c->cosigned_size) {
            continue;
        }
        struct byte_writer note = {s->note, sizeof s->note, s->note_size};
        if (confirm(k, partner, (struct bytes){s->note, s->body_size}, c->cosignature, &s->base,
                    now) &&
            byte_writer_put(&note, c->cosignature) == OK) {
            s->cosigned = true;
            s->note_size = (uint32_t)note.size;
        }
        return;
    }
    peer->claim_size = c->cosigned_size;
    peer->claimed = now;
    peer->claim_line_size = (uint32_t)c->cosignature.size;
    memcpy(peer->claim_line, c->cosignature.data, c->cosignature.size);
}

/* A claim against what the journal holds. */
static void look_up(struct log_keeper *k, uint32_t partner, struct journal *journal)
{
    struct peer *peer = &k->peers[partner];
    struct base base;
    uint8_t body[NOTE_BODY_BYTES];
    struct byte_writer w = {body, sizeof body, 0};
    struct note_head head = {.size = peer->claim_size};
    if (peer->claim_size > k->whole.next ||
        log_store_span(journal, 0, head.size, &base.before) != OK ||
        log_store_span(journal, head.size, k->whole.next, &base.since) != OK) {
        return; /* not all of it is on disk yet, or it is of a log that we do not know */
    }
    memcpy(head.origin, k->name, sizeof head.origin);
    head.root = log_span_root(&base.before);
    const bool written = note_write_body(&head, &w) == OK;
    assert(written);
    (void)confirm(k, partner, byte_writer_written(&w),
                  (struct bytes){peer->claim_line, peer->claim_line_size}, &base, peer->claimed);
}

void log_keeper_look_up(struct log_keeper *k, struct journal *journal)
{
    for (uint32_t i = 0; i < k->partner_count; i++) {
        if (k->peers[i].claim_size > 0) {
            look_up(k, i, journal);
            k->peers[i].claim_size = 0;
        }
    }
}

static void prove_fork(struct log_keeper *k, uint32_t partner, const struct log_seen *one,
                       struct bytes other)
{
    uint8_t text[2 * NOTE_BYTES_MAX + 1];
    struct byte_writer w = {text, sizeof text, 0};
    const bool written = byte_writer_put(&w, (struct bytes){one->note, one->note_size}) == OK &&
                         byte_writer_u8(&w, '\n') == OK && byte_writer_put(&w, other) == OK;
    assert(written);
    k->peers[partner].count.forks++;
    if (k->peers[partner].count.forks <= 16) {
        fact(k, "fork", k->partners[partner].nation.code, byte_writer_written(&w));
    }
}

/* Our cosignature: it only grew since what we have seen of it. */
static void cosign(struct log_keeper *k, uint32_t partner, const struct note_head *head,
                   struct bytes note, struct bytes body, struct instant now)
{
    struct peer *peer = &k->peers[partner];
    const uint64_t posix_s = (uint64_t)(now.tai_ns / NS_PER_S - utc_tai_offset_s(now));
    uint8_t text[NOTE_SIGNED_BYTES];
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    struct byte_writer w = {text, sizeof text, 0};
    struct byte_writer line = {peer->line_bytes, sizeof peer->line_bytes, 0};
    if (note_cosigned_text(body, posix_s, &w) != OK) {
        peer->count.malformed++;
        return;
    }
    if (keys_sign(k->keys, KEY_CHECKPOINT, now, byte_writer_written(&w), signature) != OK) {
        return; /* no key of ours counts */
    }
    const bool written =
        note_write_line(k->name, NOTE_COSIGNER, keys_signer(k->keys, KEY_CHECKPOINT, now), posix_s,
                        signature, &line) == OK;
    assert(written);
    peer->line = byte_writer_written(&line);
    peer->line_size = head->size;
    peer->count.size = head->size;
    log_seen_add(&peer->seen, head, note);
    struct byte_writer kept = {peer->latest.note, sizeof peer->latest.note, 0};
    peer->latest.head = *head;
    const bool room =
        byte_writer_put(&kept, note) == OK && byte_writer_put(&kept, peer->line) == OK;
    peer->latest.note_size = (uint32_t)kept.size;
    (void)room; /* without room for our line the note goes on as it came */
    fact(k, "seen", k->partners[partner].nation.code, byte_writer_written(&kept));
}

static void take_note(struct log_keeper *k, uint32_t partner, const struct frame_checkpoint *c,
                      struct instant now)
{
    struct peer *peer = &k->peers[partner];
    struct note_head head;
    struct bytes body;
    if (note_read(c->note, &head, &body) != OK || head.size == 0 ||
        strcmp(head.origin, peer->name) != 0 ||
        log_trust_verify(&k->partners[partner], now, c->note, peer->name, NOTE_LOG, NULL) != OK) {
        peer->count.malformed++;
        return;
    }
    const struct log_seen *same = log_seen_find(&peer->seen, head.size);
    if (same != NULL && !digest_equal(&same->head.root, &head.root)) {
        prove_fork(k, partner, same, c->note);
        return;
    }
    if (head.size <= peer->latest.head.size) {
        peer->count.shrunk += head.size < peer->latest.head.size && same == NULL ? 1 : 0;
        return;
    }
    if (peer->latest.head.size > 0) {
        if (c->from != peer->latest.head.size) {
            peer->count.unproved++;
            return;
        }
        if (merkle_verify_consistency(c->from, head.size, c->proof, c->proof_count,
                                      &peer->latest.head.root, &head.root) != OK) {
            const struct log_seen latest = peer->latest;
            prove_fork(k, partner, &latest, c->note);
            return;
        }
    }
    cosign(k, partner, &head, c->note, body, now);
}

/* A checkpoint that one partner shows us of another's log: it must be one that the other showed
 * us. */
static void take_other(struct log_keeper *k, struct bytes note)
{
    struct note_head head;
    struct bytes body;
    if (note_read(note, &head, &body) != OK) {
        return;
    }
    for (uint32_t i = 0; i < k->partner_count; i++) {
        const struct peer *peer = &k->peers[i];
        const struct log_seen *same = log_seen_find(&peer->seen, head.size);
        if (strcmp(head.origin, peer->name) == 0 && same != NULL &&
            !digest_equal(&same->head.root, &head.root) &&
            log_trust_verify(&k->partners[i], INSTANT_UNSET, note, peer->name, NOTE_LOG, NULL) ==
                OK) {
            prove_fork(k, i, same, note);
        }
    }
}

void log_keeper_receive(struct log_keeper *k, uint32_t partner, struct bytes plain,
                        struct instant now)
{
    struct frame_checkpoint c;
    assert(k->keys != NULL && partner < k->partner_count);
    if (plain.size < 1 || plain.data[0] != FRAME_CHECKPOINT ||
        frame_checkpoint_decode((struct bytes){plain.data + 1, plain.size - 1}, &c) != OK) {
        return;
    }
    if (c.cosigned_size > 0) {
        take_cosignature(k, partner, &c, now);
    }
    if (c.note.size > 0) {
        take_note(k, partner, &c, now);
    }
    for (uint32_t i = 0; i < c.other_count; i++) {
        take_other(k, c.others[i]);
    }
}
