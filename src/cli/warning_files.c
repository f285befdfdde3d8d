#include "cli/warning_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/public_chain.h"
#include "node/small_file.h"

#define PATH_SIZE 700

struct warning_files {
    char folder[512];
    uint32_t count;
    char trouble[WARNING_FILES_MESSAGE_SIZE]; /* the first; empty = none */
    struct event_id events[LIMIT_NATIONS][LIMIT_EVENTS];
    struct public_chain chains[LIMIT_NATIONS][LIMIT_EVENTS];
    char text[CAP_SIZE_MAX];
};

static result make_folder(const char *path, char message[WARNING_FILES_MESSAGE_SIZE])
{
    struct stat about;
    if (mkdir(path, 0777) == 0) {
        return OK;
    }
    if (errno == EEXIST && stat(path, &about) == 0) {
        errno = ENOTDIR;
        if (S_ISDIR(about.st_mode)) {
            return OK;
        }
    }
    (void)snprintf(message, WARNING_FILES_MESSAGE_SIZE, "%.300s: %s", path, strerror(errno));
    return ERR_IO;
}

result warning_files_open(const char *folder, struct warning_files **out,
                          char message[WARNING_FILES_MESSAGE_SIZE])
{
    struct warning_files *files = calloc(1, sizeof *files);
    (void)snprintf(message, WARNING_FILES_MESSAGE_SIZE, "out of memory");
    ENSURE(files != NULL, ERR_IO);
    const int size = snprintf(files->folder, sizeof files->folder, "%s", folder);
    (void)snprintf(message, WARNING_FILES_MESSAGE_SIZE, "the folder's name is too long");
    const bool fits = size > 0 && (size_t)size < sizeof files->folder;
    const result made = fits ? make_folder(folder, message) : ERR_IO;
    if (made != OK) {
        free(files);
        return made;
    }
    *out = files;
    return OK;
}

void warning_files_close(struct warning_files *files)
{
    free(files);
}

/* The event's own chain, or the one of an event that is long over. */
static struct public_chain *chain_of(struct warning_files *f, uint32_t nation, struct event_id id)
{
    const uint32_t slot = (uint32_t)(id.value % LIMIT_EVENTS);
    if (f->events[nation][slot].value != id.value) {
        f->events[nation][slot] = id;
        f->chains[nation][slot].count = 0;
    }
    return &f->chains[nation][slot];
}

static result write(struct warning_files *f, const struct public_message *m,
                    const struct public_chain *chain, char message[WARNING_FILES_MESSAGE_SIZE])
{
    char path[PATH_SIZE];
    char id[PUBLIC_ID_SIZE];
    char sender[CAP_SENDER_SIZE];
    size_t size = 0;
    (void)snprintf(sender, sizeof sender, "watchfire.%s", m->told.nation.code);
    (void)snprintf(path, sizeof path, "%s/%s", f->folder, m->told.nation.code);
    TRY(make_folder(path, message));
    (void)snprintf(message, WARNING_FILES_MESSAGE_SIZE, "a warning is too long for CAP");
    TRY(public_chain_write(chain, m, sender, f->text, sizeof f->text, &size));
    (void)snprintf(path, sizeof path, "%s/%s/%s.xml", f->folder, m->told.nation.code,
                   public_warning_id(&m->told, id));
    return small_file_write(path, 0666, (struct bytes){(const uint8_t *)f->text, size}, message,
                            WARNING_FILES_MESSAGE_SIZE);
}

void warning_files_effect(struct warning_files *f, uint32_t nation, const struct engine *engine,
                          const struct effect *effect)
{
    struct public_message message;
    if (effect->kind != EFFECT_WARNING || !public_message_make(engine, effect->event, &message)) {
        return;
    }
    struct public_chain *chain = chain_of(f, nation, effect->event);
    char trouble[WARNING_FILES_MESSAGE_SIZE] = "";
    if (write(f, &message, chain, trouble) == OK) {
        f->count++;
    } else if (f->trouble[0] == '\0') {
        memcpy(f->trouble, trouble, sizeof f->trouble);
    }
    public_chain_told(chain, &message);
}

result warning_files_finish(const struct warning_files *f, uint32_t *count,
                            char message[WARNING_FILES_MESSAGE_SIZE])
{
    *count = f->count;
    memcpy(message, f->trouble, sizeof f->trouble);
    return f->trouble[0] == '\0' ? OK : ERR_IO;
}
