#include "node/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/regular_file.h"

static result fail(result why, char *message, size_t size, const char *path, const char *what)
{
    (void)snprintf(message, size, "%s: %s", path, what);
    return why;
}

/* That nobody but its owner may use it, asked of the open file. */
static result check_secret(int fd, const char *path, char *message, size_t size)
{
    struct stat s;
    if (fstat(fd, &s) != 0) {
        return fail(ERR_IO, message, size, path, strerror(errno));
    }
    if (s.st_uid != geteuid() && s.st_uid != 0) {
        return fail(ERR_DENIED, message, size, path,
                    "belongs to another user; a secret must be the reader's own (see chown)");
    }
    if ((s.st_mode & 077) != 0) {
        (void)snprintf(message, size,
                       "%s: others may use it (mode %03o); a secret must be its owner's alone: "
                       "chmod 600 %s",
                       path, (unsigned)s.st_mode & 0777, path);
        return ERR_DENIED;
    }
    return OK;
}

static result read_all(int fd, const char *path, struct byte_writer *out, char *message,
                       size_t size)
{
    for (;;) {
        uint8_t beyond = 0;
        const size_t room = out->capacity - out->size;
        const ssize_t got =
            read(fd, room > 0 ? out->data + out->size : &beyond, room > 0 ? room : 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(ERR_IO, message, size, path, strerror(errno));
        }
        if (got == 0) {
            return OK;
        }
        if (room == 0) {
            return fail(ERR_FORMAT, message, size, path, "longer than such a file can be");
        }
        out->size += (size_t)got;
    }
}

result small_file_read(const char *path, bool secret, struct byte_writer *out, char *message,
                       size_t message_size)
{
    const int fd = regular_file_open(path);
    if (fd < 0 && errno == EINVAL) {
        return fail(ERR_FORMAT, message, message_size, path, "expected a file");
    }
    if (fd < 0) {
        return fail(ERR_IO, message, message_size, path, strerror(errno));
    }
    const size_t before = out->size;
    result outcome = secret ? check_secret(fd, path, message, message_size) : OK;
    if (outcome == OK) {
        outcome = read_all(fd, path, out, message, message_size);
    }
    (void)close(fd);
    out->size = outcome == OK ? out->size : before;
    return outcome;
}

static bool write_all(int fd, struct bytes data)
{
    size_t done = 0;
    while (done < data.size) {
        const ssize_t put = write(fd, data.data + done, data.size - done);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

static bool make(const char *path, unsigned mode, struct bytes data)
{
    /* What a crash left behind is ours to replace; nobody else's link is followed. */
    if (unlink(path) != 0 && errno != ENOENT) {
        return false;
    }
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    const bool written = write_all(fd, data) && fchmod(fd, (mode_t)mode) == 0;
    const int why = errno;
    const bool closed = close(fd) == 0;
    errno = written ? errno : why;
    return written && closed;
}

static bool sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool synced = fsync(fd) == 0;
    const int why = errno;
    (void)close(fd);
    errno = why;
    return synced;
}

result small_file_check(const char *path, char *message, size_t message_size)
{
    char copy[PATH_MAX];
    struct stat about;
    const int size = snprintf(copy, sizeof copy, "%s", path);
    if ((size_t)size >= sizeof copy) {
        return fail(ERR_IO, message, message_size, path, "the path is too long");
    }
    /* Renaming would put a file in the place of a device, too. */
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        return fail(ERR_FORMAT, message, message_size, path, "expected a file, or none yet");
    }
    if (access(dirname(copy), W_OK) != 0) {
        return fail(ERR_IO, message, message_size, path, strerror(errno));
    }
    return OK;
}

result small_file_write(const char *path, unsigned mode, struct bytes data, char *message,
                        size_t message_size)
{
    char temporary[PATH_MAX];
    TRY(small_file_check(path, message, message_size));
    const int size = snprintf(temporary, sizeof temporary, "%s.new", path);
    if ((size_t)size >= sizeof temporary) {
        return fail(ERR_IO, message, message_size, path, "the path is too long");
    }
    if (!make(temporary, mode, data) || rename(temporary, path) != 0) {
        const int why = errno;
        (void)unlink(temporary); /* which may hold a secret */
        return fail(ERR_IO, message, message_size, path, strerror(why));
    }
    return sync_folder_of(path) ? OK : fail(ERR_IO, message, message_size, path, strerror(errno));
}
