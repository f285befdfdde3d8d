#include <sqlite3.h>

#include "failing.h"
#include "failing_sqlite.h"

int failing_sqlite_code = SQLITE_IOERR;

FAILING(int, sqlite3_exec, failing_sqlite_code,
        (sqlite3 * d, const char *sql, int (*each)(void *, int, char **, char **), void *context,
         char **error),
        (d, sql, each, context, error))
FAILING(int, sqlite3_prepare_v2, SQLITE_NOMEM,
        (sqlite3 * d, const char *sql, int size, sqlite3_stmt **out, const char **tail),
        (d, sql, size, out, tail))
FAILING(int, sqlite3_step, failing_sqlite_code, (sqlite3_stmt * s), (s))
FAILING(int, sqlite3_bind_int64, SQLITE_NOMEM, (sqlite3_stmt * s, int at, sqlite3_int64 value),
        (s, at, value))
FAILING(int, sqlite3_bind_blob, SQLITE_NOMEM,
        (sqlite3_stmt * s, int at, const void *data, int size, void (*done)(void *)),
        (s, at, data, size, done))
FAILING(int, sqlite3_bind_blob64, SQLITE_NOMEM,
        (sqlite3_stmt * s, int at, const void *data, sqlite3_uint64 size, void (*done)(void *)),
        (s, at, data, size, done))
FAILING(int, sqlite3_bind_text, SQLITE_NOMEM,
        (sqlite3_stmt * s, int at, const char *text, int size, void (*done)(void *)),
        (s, at, text, size, done))
FAILING(const unsigned char *, sqlite3_column_text, 0, (sqlite3_stmt * s, int at), (s, at))
FAILING(const void *, sqlite3_column_blob, 0, (sqlite3_stmt * s, int at), (s, at))
FAILING(int, sqlite3_prepare_v3, SQLITE_NOMEM,
        (sqlite3 * d, const char *sql, int size, unsigned flags, sqlite3_stmt **out,
         const char **tail),
        (d, sql, size, flags, out, tail))
FAILING(int, sqlite3_open_v2, SQLITE_NOMEM,
        (const char *path, sqlite3 **out, int flags, const char *vfs), (path, out, flags, vfs))
