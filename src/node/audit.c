#include "node/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/walk.h"
#include "node/input.h"
#include "node/run.h"
#include "node/seal.h"

struct audit {
    struct audit_report *report;
    struct walk *walk;
    uint32_t key_count;                   /* 0 = the journal has not said any yet */
    struct key_trust keys[LIMIT_NATIONS]; /* own first, as far as it was read */
    bool told_no_keys;
    struct audit_log *log;
    struct journal_fact fact; /* the next one, if there is one */
    enum walk_flaw fact_flaw;
    bool has_fact;
    uint64_t dropped_to; /* what a fact said whose reason is to follow; 0 = none */
    bool has_chain;
    uint8_t chain[JOURNAL_CHAIN_BYTES]; /* of the last group that was read */
    struct observation scan[LIMIT_SCAN];
};

__attribute__((format(printf, 5, 6))) static void find(struct audit *a, const char *table,
                                                       uint64_t position, struct instant time,
                                                       const char *format, ...)
{
    struct audit_report *report = a->report;
    if (report->finding_count < AUDIT_FINDINGS_MAX) {
        struct audit_finding *f = &report->findings[report->finding_count];
        *f = (struct audit_finding){.table = table, .position = position, .time = time};
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(f->text, sizeof f->text, format, arguments);
        va_end(arguments);
    }
    report->finding_count++;
}

static void take_keys(struct audit *a, const struct journal_fact *fact)
{
    if (run_keys_decode(fact->value, a->keys, &a->key_count) != OK) {
        find(a, "fact", fact->number, INSTANT_UNSET, "the keys in it make no sense");
        return;
    }
    a->report->has_self = true;
    a->report->nation = a->keys[0].list.nation;
    a->report->domain = a->keys[0].list.domain;
    audit_log_keys(a->log, a->keys, a->key_count);
}

/* A partner's list must be signed by its root, as the node found it to be. One that was given by
 * hand stands in the facts of the run, without its signature, and is then an input too. */
static bool take_partner_list(struct key_trust *trust, struct bytes signed_list)
{
    if (trust->signed_size > 0) {
        return key_trust_offer(trust, signed_list) == REFUSED_NONE;
    }
    struct key_trust fresh;
    key_trust_pin(trust->list.nation, trust->list.domain, trust->root, &fresh);
    if (!trust->pinned || key_trust_offer(&fresh, signed_list) != REFUSED_NONE ||
        fresh.list.number < trust->list.number) {
        return false;
    }
    *trust = fresh;
    return true;
}

/* A later list. */
static bool take_list(struct audit *a, struct nation_id whose, struct bytes signed_list)
{
    bool taken = true;
    for (uint32_t i = 0; i < a->key_count; i++) {
        struct key_trust *trust = &a->keys[i];
        uint8_t signature[KEY_SIGNATURE_BYTES];
        if (nation_id_equal(trust->list.nation, whose)) {
            taken = i == 0 ? key_list_decode(signed_list, &trust->list, signature) == OK
                           : take_partner_list(trust, signed_list);
        }
    }
    audit_log_keys(a->log, a->keys, a->key_count);
    return taken;
}

static void check_list(struct audit *a, const struct journal_fact *fact)
{
    struct nation_id whose;
    const bool named = nation_id_parse(fact->key + strlen(RUN_LIST_FACT " "), &whose);
    if (!named || !take_list(a, whose, fact->value)) {
        find(a, "fact", fact->number, INSTANT_UNSET, "%s: not in order, or not signed by its root",
             fact->key);
    }
}

/* Inputs were dropped up to a position, and the next fact says why that was allowed. */
static void check_dropped(struct audit *a, const struct journal_fact *fact)
{
    struct byte_reader r = byte_reader_over(fact->value);
    if (a->dropped_to > 0) {
        find(a, "fact", fact->number, INSTANT_UNSET,
             "inputs up to %llu were dropped before, and nothing says why that was allowed",
             (unsigned long long)a->dropped_to);
    }
    if (byte_reader_u64(&r, &a->dropped_to) != OK) {
        find(a, "fact", fact->number, INSTANT_UNSET, "it does not say up to where");
    }
}

static void check_pruned(struct audit *a, const struct journal_fact *fact)
{
    struct retention_reason reason;
    const char *flaw = retention_reason_read(fact->value, &reason) != OK
                           ? "why inputs were dropped makes no sense"
                           : retention_reason_flaw(&reason);
    if (flaw == NULL && reason.to != a->dropped_to) {
        flaw = "it is not of the inputs that were dropped before it";
    }
    if (flaw != NULL) {
        find(a, "fact", fact->number, INSTANT_UNSET, "%s", flaw);
    } else {
        a->report->pruned = reason;
    }
    a->dropped_to = 0;
}

static void check_fact(struct audit *a)
{
    const struct journal_fact *fact = &a->fact;
    char text[AUDIT_LOG_TEXT_SIZE];
    a->report->facts++;
    if (a->fact_flaw != WALK_SOUND) {
        find(a, "fact", fact->number, INSTANT_UNSET, "%s%s%s", fact->key,
             fact->key[0] != '\0' ? ": " : "", walk_flaw_text(a->fact_flaw));
    }
    if (!audit_log_fact(a->log, fact, a->has_chain ? a->chain : NULL, text)) {
        find(a, "fact", fact->number, INSTANT_UNSET, "%s: %s", fact->key, text);
    }
    if (strcmp(fact->key, "keys") == 0) {
        take_keys(a, fact);
    } else if (strncmp(fact->key, RUN_LIST_FACT " ", strlen(RUN_LIST_FACT " ")) == 0) {
        check_list(a, fact);
    } else if (strcmp(fact->key, "dropped") == 0) {
        check_dropped(a, fact);
    } else if (strcmp(fact->key, RETENTION_FACT) == 0) {
        check_pruned(a, fact);
    }
}

/* The facts that came before the group at a position. */
static void check_facts(struct audit *a, uint64_t before)
{
    while (a->has_fact && a->fact.position < before) {
        check_fact(a);
        a->has_fact = walk_fact(a->walk, &a->fact, &a->fact_flaw);
    }
}

static void check_signature(struct audit *a, const struct journal_group *group,
                            const struct event *event, const uint8_t *signature)
{
    a->report->frames++;
    for (uint32_t i = 1; i < a->key_count; i++) {
        const struct key_list *list = &a->keys[i].list;
        if (nation_id_equal(list->nation, event->partner)) {
            if (seal_verify_stored(list, a->keys[0].list.nation, event->frame, group->time,
                                   signature) == OK) {
                a->report->signatures++;
            } else {
                find(a, "group", group->position, group->time,
                     "a frame from %.3s whose signature does not verify", event->partner.code);
            }
            return;
        }
    }
    if (a->key_count > 0 || !a->told_no_keys) {
        find(a, "group", group->position, group->time,
             "a frame from %.3s, of whom the journal has no key%s", event->partner.code,
             a->key_count > 0 ? "" : ", as of nobody from here on");
    }
    a->told_no_keys |= a->key_count == 0;
}

static void check_group(struct audit *a, const struct journal_group *group, enum walk_flaw flaw)
{
    struct event event;
    const uint8_t *signature = NULL;
    char what[INPUT_TEXT_SIZE] = "not an input";
    const bool readable = flaw != WALK_KIND && flaw != WALK_UNREADABLE &&
                          input_decode(group->input, a->scan, &event, &signature) == OK;
    if (readable) {
        (void)input_text(&event, what);
    }
    if (flaw != WALK_SOUND) {
        find(a, "group", group->position, group->time, "%s: %s", what, walk_flaw_text(flaw));
        return;
    }
    a->report->bytes += group->input.size;
    a->report->last = group->time;
    if (!instant_is_set(a->report->first)) {
        a->report->first = group->time;
    }
    if (readable && event.kind == EVENT_ORDER) {
        a->report->orders[a->report->order_count++ % AUDIT_ORDERS_MAX] =
            (struct audit_order){group->position, group->time, event.order};
    }
    if (!readable || !instant_equal(event.time, group->time)) {
        find(a, "group", group->position, group->time, "it is no input of this version");
    } else if (event.kind == EVENT_FRAME) {
        check_signature(a, group, &event, signature);
    } else if (event.kind == EVENT_KEYS && !take_list(a, event.partner, event.keys)) {
        find(a, "group", group->position, group->time,
             "a key list of %.3s that is not in order, or not signed by its root",
             event.partner.code);
    }
}

static result check_all(struct audit *a)
{
    char name[JOURNAL_KEY_SIZE];
    if (walk_foreign(a->walk, name)) {
        find(a, "table", UINT64_MAX, INSTANT_UNSET, "%s is not of a journal", name);
    }
    struct journal_group group;
    enum walk_flaw flaw = WALK_SOUND;
    a->has_fact = walk_fact(a->walk, &a->fact, &a->fact_flaw);
    while (walk_group(a->walk, &group, &flaw)) {
        check_facts(a, group.position);
        a->report->groups++;
        check_group(a, &group, flaw);
        a->has_chain = true;
        memcpy(a->chain, group.chain, sizeof a->chain);
    }
    check_facts(a, UINT64_MAX);
    if (a->dropped_to > 0) {
        find(a, "log", UINT64_MAX, INSTANT_UNSET,
             "inputs up to %llu were dropped, and nothing says why that was allowed",
             (unsigned long long)a->dropped_to);
    }
    flaw = walk_end(a->walk, &a->report->head);
    if (flaw != WALK_SOUND) {
        find(a, "head", UINT64_MAX, INSTANT_UNSET, "%s", walk_flaw_text(flaw));
    }
    char text[AUDIT_LOG_TEXT_SIZE];
    while (audit_log_kept(a->log, text)) {
        find(a, "log", UINT64_MAX, INSTANT_UNSET, "%s", text);
    }
    a->report->log = *audit_log_counts(a->log);
    return OK;
}

result audit(const char *path, struct audit_checkpoint *kept, uint32_t kept_count,
             struct audit_report *out, enum journal_fault *fault)
{
    struct audit *a = calloc(1, sizeof *a);
    ENSURE(a != NULL, ERR_IO);
    memset(out, 0, sizeof *out);
    out->first = INSTANT_UNSET;
    out->last = INSTANT_UNSET;
    a->report = out;
    a->log = audit_log_new(kept, kept_count);
    if (a->log == NULL) {
        free(a);
        return ERR_IO;
    }
    result r = walk_open(path, &a->walk, fault);
    if (r == OK) {
        r = check_all(a);
    }
    for (uint32_t i = 0; i < kept_count && out->has_self; i++) {
        char name[NOTE_NAME_SIZE];
        note_name(out->domain, out->nation, name);
        out->kept += strcmp(kept[i].head.origin, name) == 0 ? 1 : 0;
        out->kept_same += kept[i].compared ? 1 : 0;
    }
    walk_close(a->walk);
    audit_log_free(a->log);
    free(a);
    return r;
}
