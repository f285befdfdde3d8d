#include <assert.h>
#include <string.h>

#include "base/utc.h"
#include "node/log_keeper_state.h"
#include "node/log_store.h"
#include "node/log_trust.h"

/* Believes a cosignature of ours if it verifies; `base` is our log at that size. */
static bool confirm(struct log_keeper *k, uint32_t partner, struct bytes body, struct bytes line,
                    const struct log_base *base, struct instant now)
{
    struct log_peer *peer = &k->peers[partner];
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
    peer->count.cosigned_at = now;
    log_keeper_fact(k, "cosigned", k->partners[partner].nation.code, byte_writer_written(&w));
    return true;
}

static void take_cosignature(struct log_keeper *k, uint32_t partner,
                             const struct frame_checkpoint *c, struct instant now)
{
    struct log_peer *peer = &k->peers[partner];
    if (c->cosigned_size == peer->count.cosigned) {
        return;
    }
    for (uint32_t i = 0; i < SENT_KEPT; i++) {
        struct log_sent *s = &k->sent[i];
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
    struct log_peer *peer = &k->peers[partner];
    struct log_base base;
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
        log_keeper_fact(k, "fork", k->partners[partner].nation.code, byte_writer_written(&w));
    }
}

/* Our cosignature: it only grew since what we have seen of it. */
static void cosign(struct log_keeper *k, uint32_t partner, const struct note_head *head,
                   struct bytes note, struct bytes body, struct instant now)
{
    struct log_peer *peer = &k->peers[partner];
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
    log_keeper_fact(k, "seen", k->partners[partner].nation.code, byte_writer_written(&kept));
}

static void take_note(struct log_keeper *k, uint32_t partner, const struct frame_checkpoint *c,
                      struct instant now)
{
    struct log_peer *peer = &k->peers[partner];
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
    const struct log_seen *claim = log_seen_find(&peer->claims, head.size);
    if (claim != NULL && !digest_equal(&claim->head.root, &head.root)) {
        prove_fork(k, partner, claim, c->note); /* and yet it goes on: others are to see it, too */
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
 * us, or will. */
static void take_other(struct log_keeper *k, struct bytes note)
{
    struct note_head head;
    struct bytes body;
    if (note_read(note, &head, &body) != OK) {
        return;
    }
    for (uint32_t i = 0; i < k->partner_count; i++) {
        struct log_peer *peer = &k->peers[i];
        const struct log_seen *same = log_seen_find(&peer->seen, head.size);
        const struct log_seen *known =
            same != NULL ? same : log_seen_find(&peer->claims, head.size);
        if (strcmp(head.origin, peer->name) != 0 ||
            (known != NULL && digest_equal(&known->head.root, &head.root)) ||
            log_trust_verify(&k->partners[i], INSTANT_UNSET, note, peer->name, NOTE_LOG, NULL) !=
                OK) {
            continue;
        }
        if (known != NULL) {
            prove_fork(k, i, known, note);
        } else if (head.size > peer->latest.head.size) {
            log_seen_add(&peer->claims, &head, note);
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
