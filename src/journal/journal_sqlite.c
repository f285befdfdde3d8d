/* SQLite in WAL mode, synchronous=FULL: a commit returns after the log was flushed to the disk.
 *
 * A transaction is opened by the first append after a commit. The write-ahead log is folded into
 * the database by SQLite itself every thousand pages. The lock is held as long as the journal is
 * open. */
#include "journal/journal_sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x57464a31 /* "WFJ1" */

enum statement {
    APPEND,
    READ,
    ADD_FACT,
    GET_FACT,
    SET_HEAD,
    DROP,
    FIND_TIME,
    BEGIN,
    COMMIT,
    STATEMENT_COUNT
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [APPEND] = "INSERT INTO journal_group(position, time_tai_ns, input, effects, chain) "
               "VALUES (?1, ?2, ?3, ?4, ?5)",
    [READ] = "SELECT time_tai_ns, input, effects, chain FROM journal_group WHERE position = ?1",
    [ADD_FACT] = "INSERT INTO fact(number, position, key, value, chain) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)",
    [GET_FACT] = "SELECT number, position, key, value, chain FROM fact "
                 "WHERE key = ?1 AND position <= ?2 ORDER BY number DESC LIMIT 1",
    [SET_HEAD] = "INSERT INTO head(one, position, facts, group_chain, fact_chain) "
                 "VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT(one) DO UPDATE SET "
                 "position = excluded.position, facts = excluded.facts, "
                 "group_chain = excluded.group_chain, fact_chain = excluded.fact_chain",
    [DROP] = "DELETE FROM journal_group WHERE position <= ?1",
    [FIND_TIME] = "SELECT ifnull(max(position), 0) FROM journal_group "
                  "WHERE position <= ?1 AND time_tai_ns < ?2",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT"};

struct journal_sqlite {
    struct journal open; /* first: the pointer that others hold points to it */
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    enum statement reading; /* whose row is being looked at; STATEMENT_COUNT if none is */
    bool in_transaction;
};

static struct journal_sqlite *inside(struct journal *j)
{
    return (struct journal_sqlite *)j;
}

static enum journal_fault fault_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return JOURNAL_FAULT_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return JOURNAL_FAULT_LOCKED;
    case SQLITE_NOTADB:
        return JOURNAL_FAULT_NOT_JOURNAL;
    case SQLITE_CORRUPT:
        return JOURNAL_FAULT_CORRUPT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return JOURNAL_FAULT_READ_ONLY;
    default:
        return JOURNAL_FAULT_DISK;
    }
}

static result fail(struct journal_sqlite *m, int code)
{
    m->open.fault = fault_of(code);
    return ERR_IO;
}

/* Ends the look at a row: the views handed out before are gone. */
static void end_reading(struct journal_sqlite *m)
{
    if (m->reading != STATEMENT_COUNT) {
        sqlite3_reset(m->statements[m->reading]);
        m->reading = STATEMENT_COUNT;
    }
}

/* Runs a statement that returns no rows; `bound` is what binding its values gave. */
static result run(struct journal_sqlite *m, enum statement which, int bound)
{
    sqlite3_stmt *statement = m->statements[which];
    const int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE ? OK : fail(m, code);
}

static result begin_if_needed(struct journal_sqlite *m)
{
    end_reading(m);
    if (!m->in_transaction) {
        TRY(run(m, BEGIN, SQLITE_OK));
        m->in_transaction = true;
    }
    return OK;
}

/* Results of binding may be joined by |: all but SQLITE_OK have a bit. */
static int bind_blob(sqlite3_stmt *statement, int at, struct bytes value)
{
    static const uint8_t nothing = 0;
    return sqlite3_bind_blob64(statement, at, value.size > 0 ? value.data : &nothing, value.size,
                               SQLITE_STATIC);
}

static int bind_chain(sqlite3_stmt *statement, int at, const uint8_t chain[JOURNAL_CHAIN_BYTES])
{
    return bind_blob(statement, at, (struct bytes){chain, JOURNAL_CHAIN_BYTES});
}

static result append(struct journal *j, const struct journal_group *group)
{
    struct journal_sqlite *m = inside(j);
    TRY(begin_if_needed(m));
    sqlite3_stmt *statement = m->statements[APPEND];
    const int bound = sqlite3_bind_int64(statement, 1, (sqlite3_int64)group->position) |
                      sqlite3_bind_int64(statement, 2, group->time.tai_ns) |
                      bind_blob(statement, 3, group->input) |
                      bind_blob(statement, 4, group->effects) |
                      bind_chain(statement, 5, group->chain);
    return run(m, APPEND, bound);
}

static result commit(struct journal *j)
{
    struct journal_sqlite *m = inside(j);
    end_reading(m);
    if (!m->in_transaction) {
        return OK;
    }
    sqlite3_stmt *head = m->statements[SET_HEAD];
    const int bound = sqlite3_bind_int64(head, 1, (sqlite3_int64)j->head.position) |
                      sqlite3_bind_int64(head, 2, (sqlite3_int64)j->head.facts) |
                      bind_chain(head, 3, j->head.group_chain) |
                      bind_chain(head, 4, j->head.fact_chain);
    TRY(run(m, SET_HEAD, bound));
    TRY(run(m, COMMIT, SQLITE_OK));
    m->in_transaction = false;
    return OK;
}

/* False if there was no memory to hand it out. */
static bool take(sqlite3_stmt *statement, int at, struct bytes *out)
{
    const uint8_t *data = sqlite3_column_blob(statement, at);
    *out = (struct bytes){data, (size_t)sqlite3_column_bytes(statement, at)};
    return data != NULL || out->size == 0;
}

static bool take_chain(sqlite3_stmt *statement, int at, uint8_t out[JOURNAL_CHAIN_BYTES])
{
    struct bytes chain;
    if (!take(statement, at, &chain) || chain.size != JOURNAL_CHAIN_BYTES) {
        return false;
    }
    memcpy(out, chain.data, JOURNAL_CHAIN_BYTES);
    return true;
}

static result read_group(struct journal *j, uint64_t position, struct journal_group *out)
{
    struct journal_sqlite *m = inside(j);
    end_reading(m);
    sqlite3_stmt *statement = m->statements[READ];
    const int bound = sqlite3_bind_int64(statement, 1, (sqlite3_int64)position);
    const int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    m->reading = READ;
    if (code != SQLITE_ROW) {
        return fail(m, code == SQLITE_DONE ? SQLITE_CORRUPT : code);
    }
    struct journal_group group = {.position = position,
                                  .time = {sqlite3_column_int64(statement, 0)}};
    if (!take(statement, 1, &group.input) || !take(statement, 2, &group.effects) ||
        !take_chain(statement, 3, group.chain)) {
        return fail(m, SQLITE_CORRUPT);
    }
    *out = group;
    return OK;
}

static result add_fact(struct journal *j, const struct journal_fact *fact)
{
    struct journal_sqlite *m = inside(j);
    TRY(begin_if_needed(m));
    sqlite3_stmt *statement = m->statements[ADD_FACT];
    const int bound = sqlite3_bind_int64(statement, 1, (sqlite3_int64)fact->number) |
                      sqlite3_bind_int64(statement, 2, (sqlite3_int64)fact->position) |
                      sqlite3_bind_text(statement, 3, fact->key, -1, SQLITE_STATIC) |
                      bind_blob(statement, 4, fact->value) | bind_chain(statement, 5, fact->chain);
    return run(m, ADD_FACT, bound);
}

static result get_fact(struct journal *j, const char *key, uint64_t position,
                       struct journal_fact *out)
{
    struct journal_sqlite *m = inside(j);
    end_reading(m);
    sqlite3_stmt *statement = m->statements[GET_FACT];
    const int bound = sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT) |
                      sqlite3_bind_int64(statement, 2, (sqlite3_int64)position);
    const int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    m->reading = GET_FACT;
    ENSURE(code != SQLITE_DONE, ERR_NOT_FOUND);
    if (code != SQLITE_ROW) {
        return fail(m, code);
    }
    struct journal_fact fact = {.number = (uint64_t)sqlite3_column_int64(statement, 0),
                                .position = (uint64_t)sqlite3_column_int64(statement, 1),
                                .key = (const char *)sqlite3_column_text(statement, 2)};
    if (fact.key == NULL || !take(statement, 3, &fact.value) ||
        !take_chain(statement, 4, fact.chain)) {
        return fail(m, SQLITE_CORRUPT);
    }
    *out = fact;
    return OK;
}

static result drop(struct journal *j, uint64_t to)
{
    struct journal_sqlite *m = inside(j);
    TRY(begin_if_needed(m));
    return run(m, DROP, sqlite3_bind_int64(m->statements[DROP], 1, (sqlite3_int64)to));
}

/* Times never run backwards: the newest of the groups that are old enough. */
static result find_time(struct journal *j, struct instant before, uint64_t at_most, uint64_t *to)
{
    struct journal_sqlite *m = inside(j);
    end_reading(m);
    sqlite3_stmt *statement = m->statements[FIND_TIME];
    const int bound = sqlite3_bind_int64(statement, 1, (sqlite3_int64)at_most) |
                      sqlite3_bind_int64(statement, 2, before.tai_ns);
    const int code = bound == SQLITE_OK ? sqlite3_step(statement) : bound;
    m->reading = FIND_TIME;
    if (code != SQLITE_ROW) {
        return fail(m, code);
    }
    *to = (uint64_t)sqlite3_column_int64(statement, 0);
    return OK;
}

static void close_journal(struct journal *j)
{
    struct journal_sqlite *m = inside(j);
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(m->statements[i]);
    }
    sqlite3_close(m->database);
    free(m);
}

static result execute(struct journal_sqlite *m, const char *text)
{
    const int code = sqlite3_exec(m->database, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : fail(m, code);
}

static result ask(struct journal_sqlite *m, const char *question, int64_t *answer)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(m->database, question, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        *answer = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? OK : fail(m, code);
}

static result create_tables(struct journal_sqlite *m)
{
    return execute(m, "BEGIN IMMEDIATE;"
                      "CREATE TABLE journal_group(position INTEGER PRIMARY KEY,"
                      " time_tai_ns INTEGER NOT NULL, input BLOB NOT NULL,"
                      " effects BLOB NOT NULL, chain BLOB NOT NULL);"
                      "CREATE TABLE fact(number INTEGER PRIMARY KEY, position INTEGER NOT NULL,"
                      " key TEXT NOT NULL, value BLOB NOT NULL, chain BLOB NOT NULL);"
                      "CREATE INDEX fact_key ON fact(key, number);"
                      "CREATE TABLE head(one INTEGER PRIMARY KEY, position INTEGER NOT NULL,"
                      " facts INTEGER NOT NULL, group_chain BLOB NOT NULL,"
                      " fact_chain BLOB NOT NULL);"
                      "PRAGMA application_id = 1464224305;"
                      "PRAGMA user_version = 2;"
                      "COMMIT;");
}

/* Whether it is ours, and of this version. */
static result check_identity(struct journal_sqlite *m, enum journal_mode mode)
{
    int64_t tables = 0;
    int64_t application = 0;
    int64_t version = 0;
    TRY(ask(m, "SELECT count(*) FROM sqlite_schema", &tables));
    TRY(ask(m, "PRAGMA application_id", &application));
    TRY(ask(m, "PRAGMA user_version", &version));
    if (mode == JOURNAL_CREATE) {
        if (tables != 0) {
            m->open.fault = JOURNAL_FAULT_EXISTS;
            return ERR_STATE;
        }
        return create_tables(m);
    }
    if (application != APPLICATION_ID) {
        m->open.fault = JOURNAL_FAULT_NOT_JOURNAL;
        return ERR_FORMAT;
    }
    if (version != JOURNAL_VERSION) {
        m->open.fault = JOURNAL_FAULT_VERSION;
        return ERR_FORMAT;
    }
    return OK;
}

/* Where the chains end. The journal may be large: only its ends are looked at, the rest is the
 * audit's. */
static result find_last(struct journal_sqlite *m)
{
    struct journal_head head = {0};
    sqlite3_stmt *statement = NULL;
    int64_t newest[2] = {0, 0};
    int64_t oldest = 0;
    int code =
        sqlite3_prepare_v2(m->database, "SELECT position, facts, group_chain, fact_chain FROM head",
                           -1, &statement, NULL);
    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    bool sound = code == SQLITE_ROW || code == SQLITE_DONE;
    if (code == SQLITE_ROW) {
        head.position = (uint64_t)sqlite3_column_int64(statement, 0);
        head.facts = (uint64_t)sqlite3_column_int64(statement, 1);
        sound =
            take_chain(statement, 2, head.group_chain) && take_chain(statement, 3, head.fact_chain);
    }
    sqlite3_finalize(statement);
    if (!sound) {
        return fail(m, code == SQLITE_ROW ? SQLITE_CORRUPT : code);
    }
    TRY(ask(m, "SELECT ifnull(max(position), 0) FROM journal_group", &newest[0]));
    TRY(ask(m, "SELECT ifnull(max(number), 0) FROM fact", &newest[1]));
    TRY(ask(m, "SELECT ifnull(min(position), 0) FROM journal_group", &oldest));
    if ((uint64_t)newest[0] != head.position || (uint64_t)newest[1] != head.facts) {
        return fail(m, SQLITE_CORRUPT);
    }
    m->open.head = head;
    m->open.first = oldest > 0 ? (uint64_t)oldest : head.position + 1;
    m->open.last = head.position;
    m->open.committed = head.position;
    return OK;
}

static result prepare_all(struct journal_sqlite *m)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        const int code = sqlite3_prepare_v3(m->database, statement_texts[i], -1,
                                            SQLITE_PREPARE_PERSISTENT, &m->statements[i], NULL);
        if (code != SQLITE_OK) {
            return fail(m, code);
        }
    }
    return OK;
}

static int open_flags(enum journal_mode mode)
{
    switch (mode) {
    case JOURNAL_CREATE:
        return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case JOURNAL_OPEN:
        return SQLITE_OPEN_READWRITE;
    case JOURNAL_READ:
        break;
    }
    return SQLITE_OPEN_READONLY;
}

static result open_database(struct journal_sqlite *m, const char *path, enum journal_mode mode)
{
    const int code =
        sqlite3_open_v2(path, &m->database, open_flags(mode) | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        (void)fail(m, code);
        if ((code & 0xff) == SQLITE_CANTOPEN && mode != JOURNAL_CREATE) {
            m->open.fault = JOURNAL_FAULT_MISSING;
            return ERR_NOT_FOUND;
        }
        return ERR_IO;
    }
    sqlite3_extended_result_codes(m->database, 1);
    if (mode != JOURNAL_READ) {
        TRY(execute(m, "PRAGMA locking_mode = EXCLUSIVE"));
        TRY(check_identity(m, mode));
        TRY(execute(m, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
        TRY(execute(m, "BEGIN IMMEDIATE; COMMIT"));
    } else {
        TRY(check_identity(m, mode));
    }
    TRY(find_last(m));
    return prepare_all(m);
}

result journal_sqlite_open(const char *path, enum journal_mode mode, struct journal **out,
                           enum journal_fault *fault)
{
    static const struct journal_functions functions = {.append = append,
                                                       .commit = commit,
                                                       .read = read_group,
                                                       .add_fact = add_fact,
                                                       .get_fact = get_fact,
                                                       .drop = drop,
                                                       .find_time = find_time,
                                                       .close = close_journal};
    struct journal_sqlite *m = calloc(1, sizeof *m);
    if (m == NULL) {
        if (fault != NULL) {
            *fault = JOURNAL_FAULT_DISK;
        }
        return ERR_IO;
    }
    m->open.functions = &functions;
    m->reading = STATEMENT_COUNT;
    result r = open_database(m, path, mode);
    const enum journal_fault found = m->open.fault;
    if (fault != NULL) {
        *fault = found;
    }
    if (r != OK) {
        close_journal(&m->open);
        if (found == JOURNAL_FAULT_LOCKED) {
            r = ERR_STATE;
        }
        return found == JOURNAL_FAULT_NOT_JOURNAL ? ERR_FORMAT : r;
    }
    *out = &m->open;
    return OK;
}
