/* A folder of a test's own, and small files in it. */
#ifndef WATCHFIRE_TESTS_NODE_FOLDER_H
#define WATCHFIRE_TESTS_NODE_FOLDER_H

extern char folder_name[32];

/* 0, or -1 without one: of a group of tests, for cmocka. */
int folder_make(void **state);
int folder_remove(void **state);

/* The path of a file in it; there are 64 at a time. */
const char *folder_path(const char *name);

/* Writes a file, which only its owner may read; its path. */
const char *folder_write(const char *name, const char *text);

#endif
