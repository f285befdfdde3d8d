#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/small_file.h"

#define PATHS 64

char folder_name[32];

int folder_make(void **state)
{
    (void)state;
    (void)snprintf(folder_name, sizeof folder_name, "%s", "/tmp/watchfire_test_XXXXXX");
    return mkdtemp(folder_name) != NULL ? 0 : -1;
}

int folder_remove(void **state)
{
    char command[80];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder_name);
    return system(command);
}

const char *folder_path(const char *name)
{
    static char paths[PATHS][128];
    static int next;
    char *path = paths[next++ % PATHS];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder_name, name);
    return path;
}

const char *folder_write(const char *name, const char *text)
{
    char message[512];
    const char *path = folder_path(name);
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_int_equal(small_file_write(path, 0600, bytes, message, sizeof message), OK);
    return path;
}
