#include "node/status_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"

#define BACKLOG 8
#define FOR_ALL_BUT_ITS_USER 0177

struct visitor {
    struct status_door *door;
    bool is_here;
    uv_pipe_t pipe;
    uv_write_t write;
    char text[CONSOLE_STATUS_MAX];
};

struct status_door {
    struct status_door_options options;
    char path[STATUS_DOOR_PATH_SIZE];
    uv_pipe_t listener;
    struct visitor visitors[STATUS_DOOR_VISITORS];
};

result status_door_path(const char *journal, char out[STATUS_DOOR_PATH_SIZE])
{
    const int size = snprintf(out, STATUS_DOOR_PATH_SIZE, "%s.status", journal);
    return (size_t)size < STATUS_DOOR_PATH_SIZE ? OK : ERR_RANGE;
}

static void gone(uv_handle_t *pipe)
{
    struct visitor *v = pipe->data;
    v->is_here = false;
}

static void written(uv_write_t *write, int status)
{
    struct visitor *v = write->data;
    (void)status;
    if (!uv_is_closing((uv_handle_t *)&v->pipe)) {
        uv_close((uv_handle_t *)&v->pipe, gone);
    }
}

static void tell(struct visitor *v)
{
    struct status_door *d = v->door;
    const size_t size = d->options.text(d->options.context, v->text, sizeof v->text);
    const uv_buf_t buffer = uv_buf_init(v->text, (unsigned)size);
    if (uv_write(&v->write, (uv_stream_t *)&v->pipe, &buffer, 1, written) != 0) {
        uv_close((uv_handle_t *)&v->pipe, gone);
    }
}

/* The socket's buffer takes all of it, so a visitor who does not read is gone as soon as one who
 * does. */
static void come(uv_stream_t *listener, int status)
{
    struct status_door *d = listener->data;
    for (int i = 0; status == 0 && i < STATUS_DOOR_VISITORS; i++) {
        struct visitor *v = &d->visitors[i];
        if (v->is_here) {
            continue;
        }
        (void)uv_pipe_init(listener->loop, &v->pipe, 0);
        v->pipe.data = v;
        v->write.data = v;
        v->is_here = true;
        if (uv_accept(listener, (uv_stream_t *)&v->pipe) == 0) {
            tell(v);
        } else {
            uv_close((uv_handle_t *)&v->pipe, gone);
        }
        return;
    }
}

result status_door_open(const struct status_door_options *options, struct status_door **out)
{
    struct status_door *d = calloc(1, sizeof *d);
    ENSURE(d != NULL, ERR_IO);
    d->options = *options;
    for (int i = 0; i < STATUS_DOOR_VISITORS; i++) {
        d->visitors[i].door = d;
    }
    const result named = status_door_path(options->journal, d->path);
    if (named != OK) {
        free(d);
        return named;
    }
    *out = d;
    (void)unlink(d->path); /* of a process that was killed: the journal's lock says that it is */
    (void)uv_pipe_init(options->loop, &d->listener, 0);
    d->listener.data = d;
    const mode_t before = umask(FOR_ALL_BUT_ITS_USER);
    const int bound = uv_pipe_bind(&d->listener, d->path);
    (void)umask(before);
    ENSURE(bound == 0 && uv_listen((uv_stream_t *)&d->listener, BACKLOG, come) == 0, ERR_IO);
    return OK;
}

void status_door_free(struct status_door *door)
{
    if (door != NULL) {
        (void)unlink(door->path);
    }
    free(door);
}
