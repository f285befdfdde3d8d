#include "node/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int close_for(int fd, int why)
{
    (void)close(fd);
    errno = why;
    return -1;
}

int regular_file_open(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &about) != 0) {
        return close_for(fd, errno);
    }
    return S_ISREG(about.st_mode) ? fd : close_for(fd, EINVAL);
}

FILE *regular_file_stream(const char *path)
{
    const int fd = regular_file_open(path);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "rb");
    if (fd >= 0 && stream == NULL) {
        (void)close_for(fd, errno);
    }
    return stream;
}
