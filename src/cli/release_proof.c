/* The file of a proof is one JSON object; docs/policy.md, "Proving a decision", has its fields. */
#include "cli/release_proof.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/journal_file.h"
#include "cli/release_words.h"
#include "journal/journal_sqlite.h"
#include "node/key_folder.h"
#include "node/log_proof.h"
#include "node/log_store.h"
#include "node/run.h"
#include "node/small_file.h"

#define FORMAT "watchfire decision proof 1"
#define FILE_BYTES_MAX 65536
#define MESSAGE_SIZE 700

static const char HELP[] =
    "watchfire release verify PROOF --list KEY-LIST --root FINGERPRINT [--json]\n"
    "watchfire release verify PROOF --journal JOURNAL [--json]\n"
    "Whether a nation decided what PROOF says: the decision, the way from it to the leaf of its\n"
    "second and to the root of the transparency log, and the checkpoint that the nation signed.\n"
    "PROOF comes from `watchfire release explain --journal --proof`.\n"
    "\n"
    "  --list KEY-LIST     the nation's key list, which it gives to everybody\n"
    "  --root FINGERPRINT  of the root that must have signed that list: 64 digits\n"
    "  --journal JOURNAL   or the keys that this journal names: a partner's, or of an exercise\n"
    "  --json              one object\n"
    "\n"
    "Exit status: 0 it did, 1 it is not proved, 2 wrong use or bad input.\n";

static const char *const RECORDS[] = {"nothing", "track", "notice", "warning"};

static const char *record_text(enum record_kind kind)
{
    return (unsigned)kind < RECORD_KIND_COUNT ? RECORDS[kind] : RECORDS[0];
}

static const char *hex(const uint8_t *data, size_t size, char *out, size_t out_size)
{
    return sodium_bin2hex(out, out_size, data, size);
}

/* ---- what a proof says */

static void print_text(const struct log_proof *p, const struct note_head *head)
{
    struct log_decision d;
    char time[UTC_TEXT_SIZE];
    char digest[2 * DIGEST_BYTES + 1];
    log_decision_decode(p->decision, &d);
    const bool went = d.why == RELEASE_YES;
    (void)printf("%s: a %s of %s to %s, %s: %s.\n", head->origin, record_text(d.kind),
                 d.event.text[0] != '\0' ? d.event.text : "no event", d.to.code,
                 utc_format(log_proof_time(p), 0, time), went ? "WENT" : "DID NOT GO");
    if (!went) {
        (void)printf("Reason: %s.\n", release_words_why((enum release_why)d.why));
    }
    (void)printf("Hash of the record: %s\n",
                 hex(d.record.bytes, DIGEST_BYTES, digest, sizeof digest));
    (void)printf("Leaf %llu of the transparency log, in its checkpoint of %llu leaves.\n",
                 (unsigned long long)p->number, (unsigned long long)head->size);
}

/* The same for machines; the caller owns it. */
static json_t *decision_json(const struct log_proof *p, const struct note_head *head)
{
    struct log_decision d;
    char time[UTC_TEXT_SIZE];
    char digest[2 * DIGEST_BYTES + 1];
    log_decision_decode(p->decision, &d);
    return json_pack("{ss ss ss ss ss sb ss ss sI sI}", "log", head->origin, "record",
                     record_text(d.kind), "event", d.event.text, "to", d.to.code, "time",
                     utc_format(log_proof_time(p), 0, time), "went", d.why == RELEASE_YES, "reason",
                     release_words_why((enum release_why)d.why), "hash",
                     hex(d.record.bytes, DIGEST_BYTES, digest, sizeof digest), "leaf",
                     (json_int_t)p->number, "leaves", (json_int_t)head->size);
}

/* ---- the file */

static json_t *hex_json(const uint8_t *data, size_t size)
{
    char text[2 * LOG_LEAF_BYTES + 1];
    return json_string(hex(data, size, text, sizeof text));
}

static json_t *path_json(const struct digest *path, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(list, hex_json(path[i].bytes, DIGEST_BYTES));
    }
    return list;
}

static bool write_file(const char *path, const struct log_proof *p, char message[MESSAGE_SIZE])
{
    json_t *o =
        json_pack("{ss so so sI sI so so sI so ss#}", "format", FORMAT, "decision",
                  hex_json(p->decision, sizeof p->decision), "blinding",
                  hex_json(p->blind.bytes, DIGEST_BYTES), "place", (json_int_t)p->place, "places",
                  (json_int_t)p->places, "second", path_json(p->second, p->second_count), "leaf",
                  hex_json(p->leaf, sizeof p->leaf), "number", (json_int_t)p->number, "log",
                  path_json(p->log, p->log_count), "checkpoint", p->note, (int)p->note_size);
    char *text = json_dumps(o, JSON_INDENT(1));
    json_decref(o);
    if (text == NULL) {
        (void)snprintf(message, MESSAGE_SIZE, "out of memory");
        return false;
    }
    const size_t size = strlen(text);
    text[size] = '\n'; /* in place of its NUL */
    const struct bytes bytes = {(const uint8_t *)text, size + 1};
    const bool written = small_file_write(path, 0644, bytes, message, MESSAGE_SIZE) == OK;
    free(text);
    return written;
}

static bool read_hex(const json_t *value, uint8_t *out, size_t size)
{
    const char *text = json_string_value(value);
    return text != NULL && strlen(text) == 2 * size &&
           sodium_hex2bin(out, size, text, 2 * size, NULL, NULL, NULL) == 0;
}

static bool read_path(const json_t *list, struct digest path[MERKLE_PROOF_MAX], uint32_t *count)
{
    *count = (uint32_t)json_array_size(list);
    bool sound = json_is_array(list) && json_array_size(list) <= MERKLE_PROOF_MAX;
    for (uint32_t i = 0; sound && i < *count; i++) {
        sound = read_hex(json_array_get(list, i), path[i].bytes, DIGEST_BYTES);
    }
    return sound;
}

static bool read_number(const json_t *value, uint64_t *out)
{
    *out = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* The first field that is not in order, or NULL. */
static const char *read_fields(const json_t *o, struct log_proof *p)
{
    const char *format = json_string_value(json_object_get(o, "format"));
    const json_t *note = json_object_get(o, "checkpoint");
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        return "format";
    }
    if (!read_hex(json_object_get(o, "decision"), p->decision, sizeof p->decision)) {
        return "decision";
    }
    if (!read_hex(json_object_get(o, "blinding"), p->blind.bytes, DIGEST_BYTES)) {
        return "blinding";
    }
    if (!read_number(json_object_get(o, "place"), &p->place) ||
        !read_number(json_object_get(o, "places"), &p->places)) {
        return "place";
    }
    if (!read_path(json_object_get(o, "second"), p->second, &p->second_count)) {
        return "second";
    }
    if (!read_hex(json_object_get(o, "leaf"), p->leaf, sizeof p->leaf)) {
        return "leaf";
    }
    if (!read_number(json_object_get(o, "number"), &p->number)) {
        return "number";
    }
    if (!read_path(json_object_get(o, "log"), p->log, &p->log_count)) {
        return "log";
    }
    if (!json_is_string(note) || json_string_length(note) > sizeof p->note) {
        return "checkpoint";
    }
    p->note_size = (uint32_t)json_string_length(note);
    memcpy(p->note, json_string_value(note), p->note_size);
    return NULL;
}

static bool read_file(const char *path, struct log_proof *p, char message[MESSAGE_SIZE])
{
    static uint8_t storage[FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    json_error_t error;
    if (small_file_read(path, false, &file, message, MESSAGE_SIZE) != OK) {
        return false;
    }
    json_t *o = json_loadb((const char *)file.data, file.size, JSON_REJECT_DUPLICATES, &error);
    if (o == NULL) {
        (void)snprintf(message, MESSAGE_SIZE,
                       "%.400s:%d:%d: %s; expected a proof of `watchfire "
                       "release explain --proof`",
                       path, error.line, error.column, error.text);
        return false;
    }
    memset(p, 0, sizeof *p);
    const char *field = read_fields(o, p);
    json_decref(o);
    if (field != NULL) {
        (void)snprintf(message, MESSAGE_SIZE,
                       "%.400s: \"%s\" is missing or not as in a proof of `watchfire release "
                       "explain --proof`",
                       path, field);
    }
    return field == NULL;
}

/* ---- out of a journal */

/* What the question asks for, in the terms of the log. */
struct wanted {
    enum record_kind kind;
    struct nation_id to;
    struct instant from;
};

static const char *read_question(const struct release_proof_question *q, struct wanted *w)
{
    unsigned kind = RECORD_TRACK;
    while (kind < RECORD_KIND_COUNT && strcmp(q->record, RECORDS[kind]) != 0) {
        kind++;
    }
    if (kind == RECORD_KIND_COUNT) {
        return "RECORD: expected track, notice or warning beside --journal";
    }
    w->kind = (enum record_kind)kind;
    if (q->to == NULL || !nation_id_parse(q->to, &w->to)) {
        return "--to: expected three capital letters, as JPN";
    }
    w->from = INSTANT_UNSET;
    if (q->at != NULL && utc_parse(q->at, strlen(q->at), &w->from) != OK) {
        return "--at: expected a time, as 2022-10-03T22:25:00Z";
    }
    return NULL;
}

static bool is_wanted(const struct wanted *w, const char *event, const uint8_t *bytes)
{
    struct log_decision d;
    log_decision_decode(bytes, &d);
    return d.kind == w->kind && nation_id_equal(d.to, w->to) &&
           (event == NULL || strcmp(event, d.event.text) == 0);
}

/* The first decision of leaf `number` that is wanted. ERR_NOT_FOUND if there is none. */
static result find_in(struct journal *j, uint64_t number, const struct wanted *w, const char *event,
                      struct log_proof *out)
{
    char key[JOURNAL_KEY_SIZE];
    struct bytes all;
    (void)snprintf(key, sizeof key, "decisions %llu", (unsigned long long)number);
    TRY(journal_get_meta(j, key, &all));
    uint32_t index = 0;
    size_t at = DIGEST_BYTES;
    while (at + LOG_DECISION_BYTES <= all.size && !is_wanted(w, event, all.data + at)) {
        at += LOG_DECISION_BYTES;
        index++;
    }
    ENSURE(at + LOG_DECISION_BYTES <= all.size, ERR_NOT_FOUND);
    return log_proof_make(j, number, index, out);
}

static result find(struct journal *j, const struct wanted *w, const char *event,
                   struct log_proof *out)
{
    uint64_t size = 0;
    int64_t newest = 0;
    TRY(log_store_size(j, &size, &newest));
    for (uint64_t number = 0; number < size; number++) {
        struct log_proof p;
        const result found = find_in(j, number, w, event, &p);
        ENSURE(found == OK || found == ERR_NOT_FOUND, found);
        if (found == OK &&
            (!instant_is_set(w->from) || !instant_before(log_proof_time(&p), w->from))) {
            *out = p;
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

static int fail_on(const char *path, const char *what, const char *more)
{
    char message[MESSAGE_SIZE];
    (void)snprintf(message, sizeof message, "%.400s: %s%s", path, what, more);
    return release_words_fail("explain", message);
}

static int explain_found(const struct release_proof_question *q, const struct log_proof *p)
{
    struct note_head head;
    struct bytes body;
    struct log_decision d;
    char message[MESSAGE_SIZE];
    log_decision_decode(p->decision, &d);
    const int status = d.why == RELEASE_YES ? 0 : 1;
    if (note_read((struct bytes){p->note, p->note_size}, &head, &body) != OK) {
        return fail_on(q->journal, "its checkpoint is none", "; ask `watchfire audit`");
    }
    if (q->file != NULL && !write_file(q->file, p, message)) {
        return release_words_fail("explain", message);
    }
    if (q->json) {
        return release_words_print(decision_json(p, &head), status);
    }
    print_text(p, &head);
    if (q->file != NULL) {
        (void)printf("The proof is in %s: `watchfire release verify` checks it.\n", q->file);
    }
    return status;
}

int release_proof_explain(const struct release_proof_question *q)
{
    static struct log_proof proof;
    struct wanted wanted;
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    const char *wrong = read_question(q, &wanted);
    if (wrong != NULL) {
        return release_words_fail("explain", wrong);
    }
    if (keys_start() != OK) {
        return release_words_fail("explain", "the cryptographic library cannot be readied");
    }
    if (journal_sqlite_open(q->journal, JOURNAL_READ, &j, &fault) != OK) {
        return fail_on(q->journal, journal_fault_text(fault), journal_file_advice(fault));
    }
    const result found = find(j, &wanted, q->event, &proof);
    journal_close(j);
    switch (found) {
    case OK:
        return explain_found(q, &proof);
    case ERR_NOT_FOUND:
        (void)fail_on(q->journal, "no such decision is in it", "");
        return 1;
    case ERR_STATE:
        return fail_on(q->journal, "no checkpoint holds that second yet",
                       "; one follows within ten seconds");
    default:
        return fail_on(q->journal, "the transparency log in it is not in order",
                       "; ask `watchfire audit`");
    }
}

/* ---- the auditor */

/* A list that came after the process start that `trust` is of. */
static void take_later(struct journal *j, struct key_trust *trust)
{
    char key[JOURNAL_KEY_SIZE];
    struct bytes fact;
    struct key_list list;
    uint8_t signature[KEY_SIGNATURE_BYTES];
    (void)snprintf(key, sizeof key, RUN_LIST_FACT " %s", trust->list.nation.code);
    if (journal_get_meta(j, key, &fact) != OK) {
        return;
    }
    const result taken = trust->pinned ? key_list_open(fact, trust->root, &list)
                                       : key_list_decode(fact, &list, signature);
    if (taken == OK && list.number > trust->list.number) {
        trust->list = list;
    }
}

/* The newest keys that a journal names of the nation whose log `origin` is. */
static bool find_keys(struct journal *j, const char *origin, struct key_list *out)
{
    static struct key_trust keys[LIMIT_NATIONS];
    uint32_t count = 0;
    struct bytes fact;
    if (journal_get_meta(j, "keys", &fact) != OK || run_keys_decode(fact, keys, &count) != OK) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        char name[NOTE_NAME_SIZE];
        note_name(keys[i].list.domain, keys[i].list.nation, name);
        if (strcmp(name, origin) == 0) {
            take_later(j, &keys[i]);
            *out = keys[i].list;
            return true;
        }
    }
    return false;
}

static bool keys_of_journal(const char *path, const char *origin, struct key_list *out,
                            char message[MESSAGE_SIZE])
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (journal_sqlite_open(path, JOURNAL_READ, &j, &fault) != OK) {
        (void)snprintf(message, MESSAGE_SIZE, "%.400s: %s%s", path, journal_fault_text(fault),
                       journal_file_advice(fault));
        return false;
    }
    const bool found = find_keys(j, origin, out);
    if (!found) {
        (void)snprintf(message, MESSAGE_SIZE, "%.400s: names no keys of %s", path, origin);
    }
    journal_close(j);
    return found;
}

static bool keys_of_list(const char *path, const char *fingerprint, struct key_list *out,
                         char message[MESSAGE_SIZE])
{
    uint8_t root[KEY_BYTES];
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer bytes = {storage, sizeof storage, 0};
    if (!key_fingerprint_parse(fingerprint, root)) {
        (void)snprintf(message, MESSAGE_SIZE,
                       "--root: expected a fingerprint, 64 hexadecimal digits");
        return false;
    }
    return key_folder_read_list(path, root, &bytes, out, message) == OK;
}

static int verify(const struct log_proof *p, const struct note_head *head,
                  const struct key_list *keys, bool json)
{
    const char *fault = log_proof_fault(p, keys);
    const int status = fault == NULL ? 0 : 1;
    if (json) {
        json_t *o = fault == NULL ? decision_json(p, head) : json_object();
        json_object_set_new(o, "proved", json_boolean(fault == NULL));
        json_object_set_new(o, "fault", fault != NULL ? json_string(fault) : json_null());
        return release_words_print(o, status);
    }
    if (fault != NULL) {
        (void)printf("NOT PROVED: %s.\n", fault);
        return status;
    }
    print_text(p, head);
    (void)printf("Proved: %s signed it.\n", keys->nation.code);
    return status;
}

int release_verify(int argc, char **argv)
{
    static struct log_proof proof;
    const char *list = NULL;
    const char *root = NULL;
    const char *journal = NULL;
    bool json = false;
    int status = 0;
    const struct release_option options[] = {{"list", &list, NULL},
                                             {"root", &root, NULL},
                                             {"journal", &journal, NULL},
                                             {"json", NULL, &json}};
    if (!release_words_options(HELP, options, 4, argc, argv, &status)) {
        return status;
    }
    const bool by_list = list != NULL && root != NULL && journal == NULL;
    const bool by_journal = list == NULL && root == NULL && journal != NULL;
    if (optind + 1 != argc || by_list == by_journal) {
        return release_words_fail("verify", "expected PROOF, and --list KEY-LIST with --root "
                                            "FINGERPRINT, or --journal JOURNAL; see --help");
    }
    char message[MESSAGE_SIZE] = "";
    struct note_head head;
    struct bytes body;
    struct key_list keys;
    if (keys_start() != OK || !read_file(argv[optind], &proof, message)) {
        return release_words_fail("verify", message);
    }
    if (note_read((struct bytes){proof.note, proof.note_size}, &head, &body) != OK) {
        (void)snprintf(message, sizeof message, "%.400s: \"checkpoint\" is not one", argv[optind]);
        return release_words_fail("verify", message);
    }
    if (by_list ? !keys_of_list(list, root, &keys, message)
                : !keys_of_journal(journal, head.origin, &keys, message)) {
        return release_words_fail("verify", message);
    }
    return verify(&proof, &head, &keys, json);
}
