/* Files opened for reading so that nothing in their place can hold the node: a pipe or a device is
 * no file, and is not waited for. Every file that the node reads while it runs is opened here. */
#ifndef WATCHFIRE_NODE_REGULAR_FILE_H
#define WATCHFIRE_NODE_REGULAR_FILE_H

#include <stdio.h>

/* A descriptor, which the caller closes; -1 with the reason in errno, EINVAL if it is no regular
 * file. */
int regular_file_open(const char *path);

/* The same as a stream; NULL with the reason in errno. */
FILE *regular_file_stream(const char *path);

#endif
