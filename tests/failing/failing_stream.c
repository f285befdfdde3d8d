#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "failing.h"

static int error(void)
{
    errno = EIO;
    return EOF;
}

/* As after a disk that failed: the stream remembers it (ferror). */
static int failed(FILE *stream)
{
    stream->_flags |= 0x20; /* glibc's _IO_ERR_SEEN, which has no name outside of it */
    return error();
}

FAILING(FILE *, fopen64, (error(), (FILE *)NULL), (const char *path, const char *mode),
        (path, mode))
FAILING(char *, fgets, (failed(stream), (char *)NULL), (char *out, int size, FILE *stream),
        (out, size, stream))
FAILING(size_t, fread, (failed(stream), (size_t)0),
        (void *out, size_t size, size_t count, FILE *stream), (out, size, count, stream))
FAILING(int, getc, failed(stream), (FILE * stream), (stream))
FAILING(int, fseek, error(), (FILE * stream, long at, int from), (stream, at, from))
FAILING(DIR *, opendir, (error(), (DIR *)NULL), (const char *path), (path))

/* It is closed all the same. */
int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);
int __wrap_fclose(FILE *stream)
{
    const int closed = __real_fclose(stream);
    return failing_now() ? error() : closed;
}
