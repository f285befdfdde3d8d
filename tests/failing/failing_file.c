#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "failing.h"

/* As a disk that fails; EIO is none of the reasons that anybody treats in another way. */
static int error(void)
{
    errno = EIO;
    return -1;
}

FAILING(ssize_t, read, error(), (int fd, void *data, size_t size), (fd, data, size))
FAILING(ssize_t, write, error(), (int fd, const void *data, size_t size), (fd, data, size))
FAILING(int, fchmod, error(), (int fd, mode_t mode), (fd, mode))
FAILING(int, rename, error(), (const char *from, const char *to), (from, to))
FAILING(int, mkdir, error(), (const char *path, mode_t mode), (path, mode))
FAILING(int, fstat64, error(), (int fd, struct stat *out), (fd, out))
FAILING(FILE *, fdopen, (error(), (FILE *)NULL), (int fd, const char *mode), (fd, mode))

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const int mode = va_arg(more, int); /* where none is given nobody looks at it */
    va_end(more);
    return failing_now() ? error() : __real_open64(path, flags, mode);
}

/* It is closed all the same, as on Linux. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    const int closed = __real_close(fd);
    return failing_now() ? error() : closed;
}

/* The disk's own speed is not what is tested. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return fd < 0 || failing_now() ? error() : 0;
}
