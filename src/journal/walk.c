#include "journal/walk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal_sqlite.h"

struct walk {
    sqlite3 *database;
    sqlite3_stmt *facts;
    sqlite3_stmt *groups;
    char key[JOURNAL_KEY_SIZE];
    struct journal_head seen; /* the last row of each that was read */
    bool ended;               /* a row could not be read: nothing follows */
};

const char *walk_flaw_text(enum walk_flaw flaw)
{
    switch (flaw) {
    case WALK_SOUND:
        return "as it was written";
    case WALK_KIND:
        return "a column does not hold what the journal writes there";
    case WALK_MISSING:
        return "what came before it is missing";
    case WALK_CHANGED:
        return "it was changed, moved or put in: its content does not give its hash";
    case WALK_UNREADABLE:
        return "the database cannot be read from here on";
    case WALK_NO_HEAD:
        return "the row that says where the journal ends is missing or not one";
    case WALK_END:
        break;
    }
    return "the journal does not end where it says that it ends";
}

static result prepare(struct walk *w, const char *text, sqlite3_stmt **out)
{
    return sqlite3_prepare_v2(w->database, text, -1, out, NULL) == SQLITE_OK ? OK : ERR_FORMAT;
}

/* False if there was no memory to hand it out. */
static bool take(sqlite3_stmt *row, int at, struct bytes *out)
{
    const uint8_t *data = sqlite3_column_blob(row, at);
    *out = (struct bytes){data, (size_t)sqlite3_column_bytes(row, at)};
    return data != NULL || out->size == 0;
}

/* Groups may have been dropped: the newest fact of it says how the chain stood there. That it is
 * true is seen when the facts are walked. */
static void begin_after_dropped(struct walk *w)
{
    sqlite3_stmt *row = NULL;
    struct bytes value = {0};
    if (prepare(w, "SELECT value FROM fact WHERE key = 'dropped' ORDER BY number DESC LIMIT 1",
                &row) == OK &&
        sqlite3_step(row) == SQLITE_ROW && take(row, 0, &value) &&
        value.size == 8 + JOURNAL_CHAIN_BYTES) {
        struct byte_reader r = byte_reader_over(value);
        w->seen.position = byte_reader_known_u64(&r);
        memcpy(w->seen.group_chain, value.data + 8, JOURNAL_CHAIN_BYTES);
    }
    sqlite3_finalize(row);
}

result walk_open(const char *path, struct walk **out, enum journal_fault *fault)
{
    /* The ordinary way in tells what is not a journal; what is merely damaged goes on here. */
    struct journal *journal = NULL;
    const result opened = journal_sqlite_open(path, JOURNAL_READ, &journal, fault);
    journal_close(opened == OK ? journal : NULL);
    if (opened != OK && *fault != JOURNAL_FAULT_CORRUPT) {
        return opened;
    }
    struct walk *w = calloc(1, sizeof *w);
    ENSURE(w != NULL, ERR_IO);
    const int code =
        sqlite3_open_v2(path, &w->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK ||
        prepare(w, "SELECT number, position, key, value, chain FROM fact ORDER BY number",
                &w->facts) != OK ||
        prepare(w,
                "SELECT position, time_tai_ns, input, effects, chain FROM journal_group "
                "ORDER BY position",
                &w->groups) != OK) {
        walk_close(w);
        *fault = JOURNAL_FAULT_CORRUPT;
        return ERR_IO;
    }
    begin_after_dropped(w);
    *out = w;
    return OK;
}

void walk_close(struct walk *w)
{
    if (w != NULL) {
        sqlite3_finalize(w->facts);
        sqlite3_finalize(w->groups);
        sqlite3_close(w->database);
        free(w);
    }
}

/* SQLite keeps any kind of value in any column: what is not of its kind was not written by us. */
static bool kinds_are(sqlite3_stmt *row, const int *kinds)
{
    for (int i = 0; i < 5; i++) {
        if (sqlite3_column_type(row, i) != kinds[i]) {
            return false;
        }
    }
    return sqlite3_column_bytes(row, 4) == JOURNAL_CHAIN_BYTES;
}

static bool take_chain(sqlite3_stmt *row, int at, uint8_t out[JOURNAL_CHAIN_BYTES])
{
    struct bytes chain;
    const bool taken = take(row, at, &chain);
    if (taken) {
        memcpy(out, chain.data, JOURNAL_CHAIN_BYTES);
    }
    return taken;
}

static bool unreadable(struct walk *w, enum walk_flaw *flaw)
{
    *flaw = WALK_UNREADABLE;
    w->ended = true;
    return true;
}

static bool next_row(struct walk *w, sqlite3_stmt *row, enum walk_flaw *flaw)
{
    *flaw = WALK_SOUND;
    if (w->ended) {
        return false;
    }
    const int code = sqlite3_step(row);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return unreadable(w, flaw);
    }
    return code == SQLITE_ROW;
}

/* A row's number and hash against those before it, which it then takes the place of. */
static enum walk_flaw link_up(uint64_t number, const uint8_t computed[JOURNAL_CHAIN_BYTES],
                              const uint8_t stored[JOURNAL_CHAIN_BYTES], uint64_t *last,
                              uint8_t chain[JOURNAL_CHAIN_BYTES])
{
    const uint64_t next = *last + 1;
    const bool same = memcmp(computed, stored, JOURNAL_CHAIN_BYTES) == 0;
    *last = number;
    memcpy(chain, stored, JOURNAL_CHAIN_BYTES);
    if (number != next) {
        return number > next ? WALK_MISSING : WALK_CHANGED;
    }
    return same ? WALK_SOUND : WALK_CHANGED;
}

bool walk_fact(struct walk *w, struct journal_fact *out, enum walk_flaw *flaw)
{
    static const int kinds[] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_TEXT, SQLITE_BLOB,
                                SQLITE_BLOB};
    memset(out, 0, sizeof *out);
    out->number = w->seen.facts + 1;
    out->key = "";
    if (!next_row(w, w->facts, flaw)) {
        return false;
    }
    if (*flaw != WALK_SOUND) {
        return true;
    }
    out->number = (uint64_t)sqlite3_column_int64(w->facts, 0);
    if (!kinds_are(w->facts, kinds) || sqlite3_column_bytes(w->facts, 2) >= JOURNAL_KEY_SIZE) {
        *flaw = WALK_KIND;
        w->seen.facts = out->number;
        return true;
    }
    const unsigned char *key = sqlite3_column_text(w->facts, 2);
    if (key == NULL || !take(w->facts, 3, &out->value) || !take_chain(w->facts, 4, out->chain)) {
        return unreadable(w, flaw);
    }
    memcpy(w->key, key, (size_t)sqlite3_column_bytes(w->facts, 2) + 1);
    out->key = w->key;
    out->position = (uint64_t)sqlite3_column_int64(w->facts, 1);
    uint8_t computed[JOURNAL_CHAIN_BYTES];
    journal_chain_fact(out, w->seen.fact_chain, computed);
    *flaw = link_up(out->number, computed, out->chain, &w->seen.facts, w->seen.fact_chain);
    return true;
}

bool walk_group(struct walk *w, struct journal_group *out, enum walk_flaw *flaw)
{
    static const int kinds[] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_BLOB, SQLITE_BLOB,
                                SQLITE_BLOB};
    memset(out, 0, sizeof *out);
    out->position = w->seen.position + 1;
    out->time = INSTANT_UNSET;
    if (!next_row(w, w->groups, flaw)) {
        return false;
    }
    if (*flaw != WALK_SOUND) {
        return true;
    }
    out->position = (uint64_t)sqlite3_column_int64(w->groups, 0);
    if (!kinds_are(w->groups, kinds)) {
        *flaw = WALK_KIND;
        w->seen.position = out->position;
        return true;
    }
    out->time = (struct instant){sqlite3_column_int64(w->groups, 1)};
    if (!take(w->groups, 2, &out->input) || !take(w->groups, 3, &out->effects) ||
        !take_chain(w->groups, 4, out->chain)) {
        return unreadable(w, flaw);
    }
    uint8_t computed[JOURNAL_CHAIN_BYTES];
    journal_chain_group(out, w->seen.group_chain, computed);
    *flaw = link_up(out->position, computed, out->chain, &w->seen.position, w->seen.group_chain);
    return true;
}

enum walk_flaw walk_end(struct walk *w, struct journal_head *head)
{
    static const int kinds[] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_BLOB,
                                SQLITE_BLOB};
    sqlite3_stmt *row = NULL;
    enum walk_flaw flaw = WALK_NO_HEAD;
    if (prepare(w, "SELECT one, position, facts, group_chain, fact_chain FROM head", &row) == OK &&
        sqlite3_step(row) == SQLITE_ROW && kinds_are(row, kinds) &&
        sqlite3_column_bytes(row, 3) == JOURNAL_CHAIN_BYTES &&
        take_chain(row, 3, head->group_chain) && take_chain(row, 4, head->fact_chain)) {
        head->position = (uint64_t)sqlite3_column_int64(row, 1);
        head->facts = (uint64_t)sqlite3_column_int64(row, 2);
        const bool alone = sqlite3_step(row) == SQLITE_DONE;
        flaw = !alone                                        ? WALK_NO_HEAD
               : memcmp(head, &w->seen, sizeof w->seen) == 0 ? WALK_SOUND
                                                             : WALK_END;
    }
    sqlite3_finalize(row);
    return flaw;
}

bool walk_foreign(struct walk *w, char name[JOURNAL_KEY_SIZE])
{
    sqlite3_stmt *row = NULL;
    bool found = false;
    if (prepare(w,
                "SELECT name FROM sqlite_schema WHERE name NOT IN "
                "('journal_group', 'fact', 'fact_key', 'head')",
                &row) == OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(row, 0);
        const size_t size = text == NULL ? 0 : strnlen((const char *)text, JOURNAL_KEY_SIZE - 1);
        memcpy(name, text == NULL ? (const unsigned char *)"" : text, size);
        name[size] = '\0';
        found = true;
    }
    sqlite3_finalize(row);
    return found;
}
