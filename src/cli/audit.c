#include "cli/audit.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/checkpoint_folder.h"
#include "cli/journal_file.h"
#include "cli/json_out.h"
#include "node/audit.h"

#define STATUS_SOUND 0
#define STATUS_FOUND 1
#define STATUS_BAD 2

static const char HELP[] =
    "usage: watchfire audit JOURNAL [--partner-checkpoints DIR] [--write-checkpoints DIR] "
    "[--json]\n"
    "\n"
    "Reads and hashes everything in JOURNAL again: each input, what it caused, each fact about "
    "the\n"
    "run. A byte that was changed, left out, put in or moved is found and its place is told. The\n"
    "signature of every stored frame is verified with the keys that the journal names. So are the\n"
    "transparency log's leaves, the checkpoints over them, and what partners cosigned.\n"
    "\n"
    "  --partner-checkpoints DIR\n"
    "           files *.note, the checkpoints of this nation's log that partners saw: that they "
    "are\n"
    "           of the log in this journal. One of another history, or of a longer one, is found.\n"
    "  --write-checkpoints DIR\n"
    "           writes the newest checkpoint of each partner's log that this journal holds, for\n"
    "           that partner's auditor\n"
    "  --json   one JSON object\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 in order, 1 something is not as it was written, 2 wrong use, or a file that "
    "is\n"
    "no journal.\n";

struct options {
    const char *path;
    const char *read_folder;
    const char *write_folder;
    bool is_json;
    bool wants_help;
};

static int complain(const char *what, const char *text, const char *more)
{
    (void)fprintf(stderr, "watchfire audit: %s: %s%s\n", what, text, more);
    return STATUS_BAD;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){0};
    for (int i = 1; i < argc; i++) {
        const bool is_read = strcmp(argv[i], "--partner-checkpoints") == 0;
        if (is_read || strcmp(argv[i], "--write-checkpoints") == 0) {
            if (i + 1 == argc) {
                (void)complain(argv[i], "expected a folder after it", "");
                return false;
            }
            *(is_read ? &o->read_folder : &o->write_folder) = argv[i + 1];
            i++;
        } else if (strcmp(argv[i], "--json") == 0) {
            o->is_json = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            o->wants_help = true;
        } else if (argv[i][0] == '-' || o->path != NULL) {
            (void)complain(
                argv[i],
                "expected JOURNAL, --partner-checkpoints, --write-checkpoints, --json or "
                "--help; see --help",
                "");
            return false;
        } else {
            o->path = argv[i];
        }
    }
    if (o->path == NULL && !o->wants_help) {
        (void)complain("no journal", "expected the file of a journal; see --help", "");
        return false;
    }
    return true;
}

static void hex_of(const uint8_t chain[JOURNAL_CHAIN_BYTES], char out[2 * JOURNAL_CHAIN_BYTES + 1])
{
    (void)sodium_bin2hex(out, 2 * JOURNAL_CHAIN_BYTES + 1, chain, JOURNAL_CHAIN_BYTES);
}

static const char *time_text(struct instant t, char out[UTC_TEXT_SIZE])
{
    return instant_is_set(t) ? utc_format(t, 3, out) : "never";
}

static void print_finding(const struct audit_finding *f)
{
    char time[UTC_TEXT_SIZE];
    (void)printf("  %s", f->table);
    if (f->position != UINT64_MAX) {
        (void)printf(" %" PRIu64, f->position);
    }
    if (instant_is_set(f->time)) {
        (void)printf(" (%s)", utc_format(f->time, 3, time));
    }
    (void)printf(": %s\n", f->text);
}

/* "JPN", "JPN and USA", "JPN, KOR and USA". */
static void print_pruned(const struct retention_reason *why)
{
    char until[UTC_TEXT_SIZE];
    const struct instant old = instant_plus(why->now, (struct duration){-why->keep.ns});
    (void)printf("Inputs 1 to %" PRIu64 " were dropped: older than %.0f days (before %s), in a "
                 "snapshot at %" PRIu64,
                 why->to, duration_s(why->keep) / 86400.0, utc_format(old, 0, until),
                 why->snapshot);
    for (uint32_t i = 0; i < why->partner_count; i++) {
        (void)printf("%s%s",
                     i == 0                        ? ", and all released by then acknowledged by "
                     : i + 1 == why->partner_count ? " and "
                                                   : ", ",
                     why->partners[i].code);
    }
    (void)printf(". Facts and signatures stay.\n");
}

static uint64_t first_order(const struct audit_report *r)
{
    return r->order_count > AUDIT_ORDERS_MAX ? r->order_count - AUDIT_ORDERS_MAX : 0;
}

/* Who ordered what, and why. */
static void print_orders(const struct audit_report *r)
{
    char time[UTC_TEXT_SIZE];
    if (r->order_count > 0) {
        (void)printf("%" PRIu64 " order%s of officers%s:\n", r->order_count,
                     r->order_count == 1 ? "" : "s", first_order(r) > 0 ? ", the latest" : "");
    }
    for (uint64_t n = first_order(r); n < r->order_count; n++) {
        const struct audit_order *o = &r->orders[n % AUDIT_ORDERS_MAX];
        (void)printf("  %" PRIu64 " (%s) %s: %s", o->position, utc_format(o->time, 3, time),
                     o->order.actor.text, order_text(o->order.kind));
        if (o->order.event.value != 0) {
            (void)printf(" of event %" PRIu64, o->order.event.value);
        }
        (void)printf("%s%s%s%s\n", o->order.nation.code[0] != '\0' ? ", " : "",
                     o->order.nation.code, o->order.reason[0] != '\0' ? ": " : "", o->order.reason);
    }
}

static void print_text(const struct audit_report *r)
{
    char first[UTC_TEXT_SIZE];
    char last[UTC_TEXT_SIZE];
    char groups[2 * JOURNAL_CHAIN_BYTES + 1];
    char facts[2 * JOURNAL_CHAIN_BYTES + 1];
    hex_of(r->head.group_chain, groups);
    hex_of(r->head.fact_chain, facts);
    if (r->has_self) {
        (void)printf("Journal of %s, %s\n", r->nation.code, domain_text(r->domain));
    }
    (void)printf("%" PRIu64 " inputs (%" PRIu64 " bytes) from %s to %s, %" PRIu64 " facts\n",
                 r->groups, r->bytes, time_text(r->first, first), time_text(r->last, last),
                 r->facts);
    (void)printf("%" PRIu64 " of %" PRIu64 " stored frames carry their sender's signature\n",
                 r->signatures, r->frames);
    (void)printf("%" PRIu64 " leaves of the transparency log with %" PRIu64 " decisions, %" PRIu64
                 " checkpoints, cosigned %" PRIu64 " times; %" PRIu64 " of partners' seen\n",
                 r->log.leaves, r->log.decisions, r->log.checkpoints, r->log.cosigned, r->log.seen);
    if (r->pruned.to > 0) {
        print_pruned(&r->pruned);
    }
    print_orders(r);
    if (r->kept > 0) {
        (void)printf("%u of %u checkpoints that partners kept are of this log\n",
                     (unsigned)r->kept_same, (unsigned)r->kept);
    }
    (void)printf("Inputs end at %" PRIu64 " with %s\nFacts end at %" PRIu64 " with %s\n",
                 r->head.position, groups, r->head.facts, facts);
    if (r->finding_count == 0) {
        (void)printf("In order: everything is as it was written.\n");
        return;
    }
    (void)printf("NOT in order, %" PRIu64 " findings:\n", r->finding_count);
    for (uint64_t i = 0; i < r->finding_count && i < AUDIT_FINDINGS_MAX; i++) {
        print_finding(&r->findings[i]);
    }
    if (r->finding_count > AUDIT_FINDINGS_MAX) {
        (void)printf("  … and %" PRIu64 " more\n", r->finding_count - AUDIT_FINDINGS_MAX);
    }
}

static json_t *finding_json(const struct audit_finding *f)
{
    char time[UTC_TEXT_SIZE];
    json_t *o = json_pack("{s:s}", "where", f->table);
    if (f->position != UINT64_MAX) {
        (void)json_object_set_new(o, "position", json_integer((json_int_t)f->position));
    }
    if (instant_is_set(f->time)) {
        (void)json_object_set_new(o, "time", json_string(utc_format(f->time, 3, time)));
    }
    (void)json_object_set_new(o, "what", json_string(f->text));
    return o;
}

static json_t *orders_json(const struct audit_report *r)
{
    char time[UTC_TEXT_SIZE];
    json_t *all = json_array();
    for (uint64_t n = first_order(r); n < r->order_count; n++) {
        const struct audit_order *o = &r->orders[n % AUDIT_ORDERS_MAX];
        (void)json_array_append_new(
            all,
            json_pack("{s:I, s:s, s:s, s:s, s:I, s:s, s:s}", "position", (json_int_t)o->position,
                      "time", utc_format(o->time, 3, time), "by", o->order.actor.text, "order",
                      order_text(o->order.kind), "event", (json_int_t)o->order.event.value,
                      "nation", o->order.nation.code, "reason", o->order.reason));
    }
    return all;
}

static int print_json(const struct audit_report *r, int status)
{
    char first[UTC_TEXT_SIZE];
    char last[UTC_TEXT_SIZE];
    char groups[2 * JOURNAL_CHAIN_BYTES + 1];
    char facts[2 * JOURNAL_CHAIN_BYTES + 1];
    hex_of(r->head.group_chain, groups);
    hex_of(r->head.fact_chain, facts);
    json_t *findings = json_array();
    for (uint64_t i = 0; i < r->finding_count && i < AUDIT_FINDINGS_MAX; i++) {
        (void)json_array_append_new(findings, finding_json(&r->findings[i]));
    }
    json_t *o = json_pack(
        "{s:b, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:I, s:o}", "in_order",
        r->finding_count == 0, "nation", r->has_self ? r->nation.code : "", "inputs",
        (json_int_t)r->groups, "from", time_text(r->first, first), "to", time_text(r->last, last),
        "facts", (json_int_t)r->facts, "frames", (json_int_t)r->frames, "signatures",
        (json_int_t)r->signatures, "chain", groups, "fact_chain", facts, "finding_count",
        (json_int_t)r->finding_count, "findings", findings);
    (void)json_object_set_new(
        o, "log",
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "leaves", (json_int_t)r->log.leaves,
                  "decisions", (json_int_t)r->log.decisions, "checkpoints",
                  (json_int_t)r->log.checkpoints, "cosigned", (json_int_t)r->log.cosigned, "seen",
                  (json_int_t)r->log.seen, "forks", (json_int_t)r->log.forks));
    (void)json_object_set_new(o, "order_count", json_integer((json_int_t)r->order_count));
    (void)json_object_set_new(o, "orders", orders_json(r));
    (void)json_object_set_new(o, "partner_checkpoints",
                              json_pack("{s:I, s:I}", "read", (json_int_t)r->kept, "of_this_log",
                                        (json_int_t)r->kept_same));
    if (r->pruned.to > 0) {
        (void)json_object_set_new(
            o, "pruned",
            json_pack("{s:I, s:f, s:I}", "inputs_to", (json_int_t)r->pruned.to, "keep_s",
                      duration_s(r->pruned.keep), "snapshot", (json_int_t)r->pruned.snapshot));
    }
    return json_out(o, JSON_COMPACT, "audit", status);
}

static int run(const struct options *o, struct checkpoint_folder *kept, struct audit_report *report)
{
    char message[CHECKPOINT_FOLDER_MESSAGE_SIZE] = "";
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (o->read_folder != NULL && checkpoint_folder_read(o->read_folder, kept, message) != OK) {
        return complain("--partner-checkpoints", message, "");
    }
    if (audit(o->path, kept->items, kept->count, report, &fault) != OK) {
        const bool corrupt = fault == JOURNAL_FAULT_CORRUPT;
        (void)complain(o->path, journal_fault_text(fault),
                       corrupt ? "" : journal_file_advice(fault));
        return corrupt ? STATUS_FOUND : STATUS_BAD;
    }
    uint32_t written = 0;
    if (o->write_folder != NULL &&
        checkpoint_folder_write(o->write_folder, o->path, &written, message) != OK) {
        return complain("--write-checkpoints", message, "");
    }
    const int status = report->finding_count == 0 ? STATUS_SOUND : STATUS_FOUND;
    if (o->is_json) {
        return print_json(report, status);
    }
    print_text(report);
    if (o->write_folder != NULL) {
        (void)printf("%u checkpoints of partners' logs written to %s\n", (unsigned)written,
                     o->write_folder);
    }
    return status;
}

int cli_audit(int argc, char **argv)
{
    struct options o;
    if (!parse_options(argc, argv, &o)) {
        return STATUS_BAD;
    }
    if (o.wants_help) {
        (void)fputs(HELP, stdout);
        return STATUS_SOUND;
    }
    struct audit_report *report = malloc(sizeof *report);
    struct checkpoint_folder kept = {.count = 0};
    const int status = report == NULL || keys_start() != OK
                           ? complain("start", "the cryptographic library or memory is missing", "")
                           : run(&o, &kept, report);
    checkpoint_folder_free(&kept);
    free(report);
    return status;
}
