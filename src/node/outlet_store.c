#include "node/outlet_store.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID "0x57464f31" /* "WFO1" */
#define BUSY_MS 2000
#define SHELTER_LIMIT "PRAGMA max_page_count = 16384" /* 64 MiB, a thousand messages */
#define OUTLET_PATH_SIZE 2048

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA application_id = " APPLICATION_ID ";"
    "CREATE TABLE IF NOT EXISTS message(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE,"
    " chain TEXT, event INTEGER, serial INTEGER, state INTEGER, prepared INTEGER, time INTEGER,"
    " expires INTEGER, name TEXT, title TEXT, used INTEGER, text BLOB);"
    "CREATE INDEX IF NOT EXISTS message_chain ON message(chain);"
    "CREATE TABLE IF NOT EXISTS outlet_order(message INTEGER, outlet TEXT, ordered INTEGER,"
    " done INTEGER, tries INTEGER, receipt TEXT, PRIMARY KEY(message, outlet));"
    "CREATE TABLE IF NOT EXISTS consent(chain TEXT, key BLOB, signature BLOB, time INTEGER,"
    " PRIMARY KEY(chain, key));"
    "CREATE TABLE IF NOT EXISTS approval(chain TEXT, officer TEXT, time INTEGER,"
    " PRIMARY KEY(chain, officer));";

/* The columns of a message, as read_told takes them. What is prepared and not used is not told. */
#define TOLD_COLUMNS "number, id, chain, event, serial, state, prepared, time, expires, name, title"
#define LATEST_OF_CHAIN \
    "number = (SELECT max(number) FROM message AS m WHERE m.chain = message.chain AND m.used = 1)"
#define ORDER_COLUMNS "message, outlet, ordered, done, tries, receipt"

/* What a shelter takes from the file, and what the file gets back. Where nothing of the file could
 * be read, numbers go on from the seconds of the clock: they do not meet those of the file. */
static const char TAKE[] = "BEGIN; INSERT INTO main.message SELECT * FROM file.message;"
                           "INSERT INTO main.outlet_order SELECT * FROM file.outlet_order;"
                           "INSERT INTO main.consent SELECT * FROM file.consent;"
                           "INSERT INTO main.approval SELECT * FROM file.approval; COMMIT";
static const char TAKE_NOTHING[] =
    "INSERT INTO sqlite_sequence(name, seq) VALUES('message', strftime('%s', 'now'))";
static const char GIVE_BACK[] =
    "BEGIN IMMEDIATE; DELETE FROM file.message WHERE used = 0 AND chain IN "
    "(SELECT chain FROM main.message);"
    "INSERT OR REPLACE INTO file.message SELECT * FROM main.message;"
    "INSERT OR REPLACE INTO file.outlet_order SELECT * FROM main.outlet_order;"
    "INSERT OR IGNORE INTO file.consent SELECT * FROM main.consent;"
    "INSERT OR IGNORE INTO file.approval SELECT * FROM main.approval; COMMIT";

struct outlet_store {
    sqlite3 *database;
    char path[OUTLET_PATH_SIZE];
    bool is_sheltered;
    bool is_adding;          /* in a transaction of several statements */
    char text[CAP_SIZE_MAX]; /* that was handed out */
};

/* NULL in `out` if there was no memory for it; otherwise to be closed whatever comes back. */
static bool open_database(const char *path, sqlite3 **out)
{
    return sqlite3_open(path, out) == SQLITE_OK &&
           sqlite3_busy_timeout(*out, BUSY_MS) == SQLITE_OK &&
           sqlite3_exec(*out, SCHEMA, NULL, NULL, NULL) == SQLITE_OK;
}

result outlet_store_open(const char *path, struct outlet_store **out,
                         char message[OUTLET_MESSAGE_SIZE])
{
    struct outlet_store *s = calloc(1, sizeof *s);
    (void)snprintf(message, OUTLET_MESSAGE_SIZE, "out of memory");
    ENSURE(s != NULL, ERR_IO);
    (void)snprintf(s->path, sizeof s->path, "%s", path);
    if (!open_database(path, &s->database)) {
        (void)snprintf(message, OUTLET_MESSAGE_SIZE, "%.300s: %.150s", path,
                       sqlite3_errmsg(s->database));
        outlet_store_close(s);
        return ERR_IO;
    }
    *out = s;
    return OK;
}

void outlet_store_close(struct outlet_store *s)
{
    if (s != NULL) {
        (void)sqlite3_close(s->database);
        free(s);
    }
}

/* Lets go of the file, which may not have been done the last time. */
static void detach(sqlite3 *memory)
{
    if (sqlite3_get_autocommit(memory) == 0) {
        (void)sqlite3_exec(memory, "ROLLBACK", NULL, NULL, NULL);
    }
    (void)sqlite3_exec(memory, "DETACH file", NULL, NULL, NULL);
}

/* Runs a text in memory with the file beside it as "file"; whether all of it was done. */
static bool run_beside_file(sqlite3 *memory, const char *path, const char *text)
{
    sqlite3_stmt *attach = NULL;
    detach(memory);
    bool done = sqlite3_prepare_v2(memory, "ATTACH ?1 AS file", -1, &attach, NULL) == SQLITE_OK &&
                sqlite3_bind_text(attach, 1, path, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                sqlite3_step(attach) == SQLITE_DONE;
    (void)sqlite3_finalize(attach);
    done = done && sqlite3_exec(memory, text, NULL, NULL, NULL) == SQLITE_OK;
    detach(memory);
    return done;
}

result outlet_store_shelter(struct outlet_store *s)
{
    sqlite3 *memory = NULL;
    ENSURE(!s->is_sheltered, ERR_STATE);
    bool ready = open_database(":memory:", &memory) &&
                 sqlite3_exec(memory, SHELTER_LIMIT, NULL, NULL, NULL) == SQLITE_OK;
    ready = ready && (run_beside_file(memory, s->path, TAKE) ||
                      sqlite3_exec(memory, TAKE_NOTHING, NULL, NULL, NULL) == SQLITE_OK);
    if (!ready) {
        (void)sqlite3_close(memory);
        return ERR_IO;
    }
    (void)sqlite3_close(s->database);
    s->database = memory;
    s->is_sheltered = true;
    return OK;
}

result outlet_store_return(struct outlet_store *s)
{
    sqlite3 *file = NULL;
    ENSURE(s->is_sheltered, ERR_STATE);
    /* Whoever has the file now is not waited for: this is tried again. */
    const bool done = sqlite3_busy_timeout(s->database, 0) == SQLITE_OK &&
                      run_beside_file(s->database, s->path, GIVE_BACK) &&
                      open_database(s->path, &file);
    if (!done) {
        (void)sqlite3_close(file);
        return ERR_IO;
    }
    (void)sqlite3_close(s->database);
    s->database = file;
    s->is_sheltered = false;
    return OK;
}

bool outlet_store_is_sheltered(const struct outlet_store *s)
{
    return s->is_sheltered;
}

/* Binds one argument of each letter: i int64_t, t text, b bytes (a pointer to a struct bytes). */
static bool bind_all(sqlite3_stmt *statement, const char *kinds, va_list arguments)
{
    int bound = SQLITE_OK;
    for (int i = 0; kinds[i] != '\0' && bound == SQLITE_OK; i++) {
        if (kinds[i] == 'i') {
            bound = sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
        } else if (kinds[i] == 't') {
            bound = sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1,
                                      SQLITE_TRANSIENT);
        } else {
            const struct bytes *b = va_arg(arguments, const struct bytes *);
            bound = sqlite3_bind_blob64(statement, i + 1, b->data, b->size, SQLITE_TRANSIENT);
        }
    }
    return bound == SQLITE_OK;
}

/* A statement with its arguments; the caller finalizes it. NULL if that cannot be. */
static sqlite3_stmt *ask(struct outlet_store *s, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list arguments;
    if (!s->is_adding && sqlite3_get_autocommit(s->database) == 0) {
        /* One that could not even be rolled back: nothing that comes after belongs to it. */
        (void)sqlite3_exec(s->database, "ROLLBACK", NULL, NULL, NULL);
    }
    va_start(arguments, kinds);
    const bool ready = sqlite3_prepare_v2(s->database, sql, -1, &statement, NULL) == SQLITE_OK &&
                       bind_all(statement, kinds, arguments);
    va_end(arguments);
    if (!ready) {
        (void)sqlite3_finalize(statement);
        statement = NULL;
    }
    return statement;
}

/* Takes one row or none; ERR_NOT_FOUND for none. */
static result step(sqlite3_stmt *statement)
{
    const int stepped = statement != NULL ? sqlite3_step(statement) : SQLITE_ERROR;
    return stepped == SQLITE_ROW ? OK : stepped == SQLITE_DONE ? ERR_NOT_FOUND : ERR_IO;
}

/* Runs a statement that gives no rows, and ends it. */
static result run(sqlite3_stmt *statement)
{
    const result stepped = step(statement);
    (void)sqlite3_finalize(statement);
    return stepped == ERR_NOT_FOUND ? OK : ERR_IO;
}

/* False if there was no memory to hand it out: no column of ours is NULL. */
static bool read_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
    return text != NULL;
}

/* False as read_text. */
static bool read_told(sqlite3_stmt *row, void *place)
{
    struct told *out = place;
    memset(out, 0, sizeof *out);
    out->number = sqlite3_column_int64(row, 0);
    out->event = (uint64_t)sqlite3_column_int64(row, 3);
    out->serial = (uint32_t)sqlite3_column_int64(row, 4);
    const int64_t state = sqlite3_column_int64(row, 5);
    out->state = (uint64_t)state < WARNING_STATE_COUNT ? (enum warning_state)state : WARNING_NONE;
    out->prepared = (enum public_prepared)sqlite3_column_int64(row, 6);
    out->time.tai_ns = sqlite3_column_int64(row, 7);
    out->expires.tai_ns = sqlite3_column_int64(row, 8);
    return read_text(row, 1, out->id, sizeof out->id) &&
           read_text(row, 2, out->chain, sizeof out->chain) &&
           read_text(row, 9, out->name, sizeof out->name) &&
           read_text(row, 10, out->title, sizeof out->title);
}

/* The one row of a statement, and ends it; ERR_NOT_FOUND if there is none. */
static result one_told(sqlite3_stmt *row, struct told *out)
{
    result read = step(row);
    if (read == OK && !read_told(row, out)) {
        read = ERR_IO;
    }
    (void)sqlite3_finalize(row);
    return read;
}

/* All rows of a statement, which has a LIMIT of `room`, with `read` into places of `size` bytes
 * from `out` on, and ends it. */
static result read_all(sqlite3_stmt *statement, bool (*read)(sqlite3_stmt *row, void *place),
                       size_t size, uint32_t room, void *out, uint32_t *count)
{
    uint32_t found = 0;
    result stepped = OK;
    while ((stepped = step(statement)) == OK) {
        assert(found < room);
        if (!read(statement, (char *)out + found * size)) {
            stepped = ERR_IO;
            break;
        }
        found++;
    }
    (void)sqlite3_finalize(statement);
    ENSURE(stepped != ERR_IO, ERR_IO);
    *count = found;
    return OK;
}

static bool read_reference(sqlite3_stmt *row, void *place)
{
    struct cap_reference *out = place;
    out->sent.tai_ns = sqlite3_column_int64(row, 1);
    return read_text(row, 0, out->id, sizeof out->id);
}

result outlet_store_chain(struct outlet_store *s, uint64_t event, struct told *latest,
                          uint32_t *count, struct cap_reference references[CAP_REFERENCES_MAX])
{
    struct told found;
    sqlite3_stmt *row = ask(s,
                            "SELECT " TOLD_COLUMNS " FROM message WHERE event = ?1 AND used = 1 "
                            "ORDER BY number DESC LIMIT 1",
                            "i", (int64_t)event);
    const result read = one_told(row, &found);
    TRY(read);
    *count = 0;
    if (!warning_in_force(found.state)) {
        *latest = found;
        return OK;
    }
    sqlite3_stmt *rows = ask(s,
                             "SELECT id, time FROM (SELECT number, id, time FROM message WHERE "
                             "chain = ?1 AND used = 1 ORDER BY number DESC LIMIT ?2) "
                             "ORDER BY number",
                             "ti", found.chain, (int64_t)CAP_REFERENCES_MAX);
    TRY(read_all(rows, read_reference, sizeof references[0], CAP_REFERENCES_MAX, references,
                 count));
    *latest = found;
    return OK;
}

static result insert(struct outlet_store *s, struct told *m, struct bytes text)
{
    TRY(run(ask(s,
                "INSERT INTO message(id, chain, event, serial, state, prepared, time, expires, "
                "name, title, used, text) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
                "ttiiiiiittib", m->id, m->chain, (int64_t)m->event, (int64_t)m->serial,
                (int64_t)m->state, (int64_t)m->prepared, m->time.tai_ns, m->expires.tai_ns, m->name,
                m->title, (int64_t)(m->prepared == PREPARED_NOT ? 1 : 0), &text)));
    m->number = sqlite3_last_insert_rowid(s->database);
    return OK;
}

static result add_in_transaction(struct outlet_store *s, struct told *message, struct bytes text,
                                 uint32_t end_count, struct told *ends, const struct bytes *texts)
{
    TRY(run(ask(s, "DELETE FROM message WHERE chain = ?1 AND used = 0", "t", message->chain)));
    TRY(insert(s, message, text));
    for (uint32_t i = 0; i < end_count; i++) {
        TRY(insert(s, &ends[i], texts[i]));
    }
    return run(ask(s, "COMMIT", ""));
}

result outlet_store_add(struct outlet_store *s, struct told *message, struct bytes text,
                        uint32_t end_count, struct told *ends, const struct bytes *end_texts)
{
    TRY(run(ask(s, "BEGIN IMMEDIATE", "")));
    s->is_adding = true;
    const result added = add_in_transaction(s, message, text, end_count, ends, end_texts);
    if (added != OK) {
        (void)!run(ask(s, "ROLLBACK", ""));
    }
    s->is_adding = false;
    return added;
}

result outlet_store_use(struct outlet_store *s, const char *chain, enum public_prepared end,
                        struct told *out)
{
    sqlite3_stmt *row = ask(
        s, "SELECT " TOLD_COLUMNS " FROM message WHERE chain = ?1 AND prepared = ?2 AND used = 0",
        "ti", chain, (int64_t)end);
    struct told found;
    const result read = one_told(row, &found);
    TRY(read);
    /* It takes its place in the row of messages now, so that it is the chain's last. */
    TRY(run(ask(s,
                "UPDATE message SET used = 1, expires = ?2, number = "
                "(SELECT max(number) + 1 FROM message) WHERE number = ?1",
                "ii", found.number, INSTANT_UNSET.tai_ns)));
    row = ask(s, "SELECT " TOLD_COLUMNS " FROM message WHERE id = ?1", "t", found.id);
    TRY(one_told(row, &found));
    *out = found;
    return OK;
}

result outlet_store_in_force(struct outlet_store *s, struct instant since, uint32_t room,
                             struct told *out, uint32_t *count)
{
    const int64_t ended_ns = instant_is_set(since) ? since.tai_ns : INT64_MAX;
    return read_all(ask(s,
                        "SELECT " TOLD_COLUMNS " FROM message WHERE used = 1 AND " LATEST_OF_CHAIN
                        " AND (state BETWEEN ?1 AND ?2 OR time >= ?3) ORDER BY number LIMIT ?4",
                        "iiii", (int64_t)WARNING_INITIAL, (int64_t)WARNING_LOST_TRACK, ended_ns,
                        (int64_t)room),
                    read_told, sizeof *out, room, out, count);
}

result outlet_store_latest(struct outlet_store *s, const char *outlet, uint32_t room,
                           struct told *out, uint32_t *count)
{
    sqlite3_stmt *rows =
        outlet == NULL
            ? ask(s,
                  "SELECT " TOLD_COLUMNS
                  " FROM message WHERE used = 1 ORDER BY number DESC LIMIT ?1",
                  "i", (int64_t)room)
            : ask(s,
                  "SELECT " TOLD_COLUMNS " FROM message WHERE used = 1 AND EXISTS (SELECT 1 FROM "
                  "outlet_order AS o WHERE o.message = message.number AND o.outlet = ?1) "
                  "ORDER BY number DESC LIMIT ?2",
                  "ti", outlet, (int64_t)room);
    return read_all(rows, read_told, sizeof *out, room, out, count);
}

/* Whether a statement gives a row; ends it. */
static result has_row(sqlite3_stmt *statement, bool *out)
{
    const result found = step(statement);
    (void)sqlite3_finalize(statement);
    ENSURE(found != ERR_IO, ERR_IO);
    *out = found == OK;
    return OK;
}

result outlet_store_has(struct outlet_store *s, const char *id, bool *out)
{
    return has_row(ask(s, "SELECT 1 FROM message WHERE id = ?1 AND used = 1", "t", id), out);
}

result outlet_store_message(struct outlet_store *s, int64_t number, struct told *out)
{
    struct told found;
    TRY(one_told(
        ask(s, "SELECT " TOLD_COLUMNS " FROM message WHERE number = ?1 AND used = 1", "i", number),
        &found));
    *out = found;
    return OK;
}

result outlet_store_text(struct outlet_store *s, const char *id, const char *outlet,
                         struct bytes *out)
{
    /* A copy: a row that is looked at would keep an old state of the file before the eyes. */
    sqlite3_stmt *row = ask(s,
                            "SELECT text FROM message WHERE used = 1 AND id = ?1 AND (?2 = '' OR "
                            "EXISTS (SELECT 1 FROM outlet_order AS o WHERE "
                            "o.message = message.number AND o.outlet = ?2))",
                            "tt", id, outlet != NULL ? outlet : "");
    result read = step(row);
    const void *text = read == OK ? sqlite3_column_blob(row, 0) : NULL;
    const size_t size = read == OK ? (size_t)sqlite3_column_bytes(row, 0) : 0;
    if (text != NULL && size <= sizeof s->text) {
        memcpy(s->text, text, size);
        *out = (struct bytes){(const uint8_t *)s->text, size};
    } else {
        read = read == OK ? ERR_IO : read;
    }
    (void)sqlite3_finalize(row);
    return read;
}

result outlet_store_order(struct outlet_store *s, int64_t message, const char *outlet,
                          struct instant now)
{
    return run(ask(
        s, "INSERT OR IGNORE INTO outlet_order(" ORDER_COLUMNS ") VALUES (?1, ?2, ?3, ?4, 0, '')",
        "itii", message, outlet, now.tai_ns, INSTANT_UNSET.tai_ns));
}

result outlet_store_tried(struct outlet_store *s, const struct outlet_order *o)
{
    return run(ask(s,
                   "UPDATE outlet_order SET done = ?3, tries = ?4, receipt = ?5 "
                   "WHERE message = ?1 AND outlet = ?2",
                   "itiit", o->message, o->outlet, o->done.tai_ns, (int64_t)o->tries, o->receipt));
}

static bool read_order(sqlite3_stmt *row, void *place)
{
    struct outlet_order *o = place;
    memset(o, 0, sizeof *o);
    o->message = sqlite3_column_int64(row, 0);
    o->ordered.tai_ns = sqlite3_column_int64(row, 2);
    o->done.tai_ns = sqlite3_column_int64(row, 3);
    o->tries = (uint32_t)sqlite3_column_int64(row, 4);
    return read_text(row, 1, o->outlet, sizeof o->outlet) &&
           read_text(row, 5, o->receipt, sizeof o->receipt);
}

result outlet_store_open_orders(struct outlet_store *s, uint32_t room, struct outlet_order *out,
                                uint32_t *count)
{
    return read_all(ask(s,
                        "SELECT " ORDER_COLUMNS " FROM outlet_order WHERE done = ?1 "
                        "ORDER BY message LIMIT ?2",
                        "ii", INSTANT_UNSET.tai_ns, (int64_t)room),
                    read_order, sizeof *out, room, out, count);
}

result outlet_store_orders(struct outlet_store *s, int64_t message, uint32_t room,
                           struct outlet_order *out, uint32_t *count)
{
    return read_all(ask(s,
                        "SELECT " ORDER_COLUMNS " FROM outlet_order WHERE message = ?1 "
                        "ORDER BY outlet LIMIT ?2",
                        "ii", message, (int64_t)room),
                    read_order, sizeof *out, room, out, count);
}

result outlet_store_has_chain(struct outlet_store *s, const char *chain, const char *outlet,
                              bool *out)
{
    return has_row(ask(s,
                       "SELECT 1 FROM outlet_order AS o JOIN message AS m ON m.number = o.message "
                       "WHERE m.chain = ?1 AND o.outlet = ?2 LIMIT 1",
                       "tt", chain, outlet),
                   out);
}

result outlet_store_is_superseded(struct outlet_store *s, const struct outlet_order *order,
                                  const char *chain, bool *out)
{
    return has_row(ask(s,
                       "SELECT 1 FROM outlet_order AS o JOIN message AS m ON m.number = o.message "
                       "WHERE m.chain = ?1 AND o.outlet = ?2 AND m.number > ?3 LIMIT 1",
                       "tti", chain, order->outlet, order->message),
                   out);
}

result outlet_store_consent(struct outlet_store *s, const char *chain,
                            const struct outlet_consent *c, struct instant now)
{
    const struct bytes key = {c->key, sizeof c->key};
    const struct bytes signature = {c->signature, sizeof c->signature};
    return run(ask(s,
                   "INSERT OR REPLACE INTO consent(chain, key, signature, time) "
                   "VALUES (?1, ?2, ?3, ?4)",
                   "tbbi", chain, &key, &signature, now.tai_ns));
}

/* Bytes of exactly that size; false if there are others. */
static bool read_bytes(sqlite3_stmt *row, int column, uint8_t *out, size_t size)
{
    const void *data = sqlite3_column_blob(row, column);
    if (data == NULL || (size_t)sqlite3_column_bytes(row, column) != size) {
        return false;
    }
    memcpy(out, data, size);
    return true;
}

result outlet_store_consents(struct outlet_store *s, const char *chain, uint32_t room,
                             struct outlet_consent *out, uint32_t *count)
{
    sqlite3_stmt *rows =
        ask(s, "SELECT key, signature FROM consent WHERE chain = ?1 ORDER BY time LIMIT ?2", "ti",
            chain, (int64_t)room);
    uint32_t found = 0;
    result stepped = OK;
    while ((stepped = step(rows)) == OK) {
        assert(found < room);
        found += read_bytes(rows, 0, out[found].key, KEY_BYTES) &&
                         read_bytes(rows, 1, out[found].signature, KEY_SIGNATURE_BYTES)
                     ? 1
                     : 0;
    }
    (void)sqlite3_finalize(rows);
    ENSURE(stepped != ERR_IO, ERR_IO);
    *count = found;
    return OK;
}

result outlet_store_approve(struct outlet_store *s, const char *chain,
                            const struct officer_name *officer, struct instant now)
{
    return run(ask(s, "INSERT OR IGNORE INTO approval(chain, officer, time) VALUES (?1, ?2, ?3)",
                   "tti", chain, officer->text, now.tai_ns));
}

result outlet_store_approvals(struct outlet_store *s, const char *chain, uint32_t *count)
{
    sqlite3_stmt *row = ask(s, "SELECT count(*) FROM approval WHERE chain = ?1", "t", chain);
    const result read = step(row);
    const int64_t found = read == OK ? sqlite3_column_int64(row, 0) : 0;
    (void)sqlite3_finalize(row);
    ENSURE(read == OK, ERR_IO);
    *count = (uint32_t)found;
    return OK;
}
