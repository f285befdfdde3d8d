/* With which code SQLite fails where a disk would (failing.h); SQLITE_IOERR unless told. */
#ifndef WATCHFIRE_TESTS_FAILING_SQLITE_H
#define WATCHFIRE_TESTS_FAILING_SQLITE_H

extern int failing_sqlite_code;

#endif
