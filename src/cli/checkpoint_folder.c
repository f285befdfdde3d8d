#include "cli/checkpoint_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/journal_sqlite.h"
#include "node/log_store.h"
#include "node/run.h"
#include "node/small_file.h"

#define FILES_MAX 4096
#define FILE_BYTES_MAX 4096

static bool is_note(const char *name)
{
    const size_t size = strlen(name);
    return size > 5 && strcmp(name + size - 5, ".note") == 0;
}

static result add(struct checkpoint_folder *f, const char *path, const char *name,
                  char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    char full[1200];
    uint8_t storage[FILE_BYTES_MAX];
    struct byte_writer text = {storage, sizeof storage, 0};
    struct bytes body;
    struct audit_checkpoint *item = &f->items[f->count];
    (void)snprintf(full, sizeof full, "%.900s/%.255s", path, name);
    TRY(small_file_read(full, false, &text, message, CHECKPOINT_FOLDER_MESSAGE_SIZE));
    /* Both in one piece of memory: the name behind the text. */
    uint8_t *kept = malloc(text.size + strlen(name) + 1);
    if (kept == NULL) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE, "%.500s: there is no memory", full);
        return ERR_IO;
    }
    memcpy(kept, storage, text.size);
    memcpy(kept + text.size, name, strlen(name) + 1);
    *item = (struct audit_checkpoint){.note = {kept, text.size},
                                      .name = (const char *)kept + text.size};
    f->count++;
    if (note_read(item->note, &item->head, &body) != OK) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE,
                       "%.500s: expected a signed checkpoint (docs/wire.md)", full);
        return ERR_FORMAT;
    }
    return OK;
}

result checkpoint_folder_read(const char *path, struct checkpoint_folder *out,
                              char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    *out = (struct checkpoint_folder){.count = 0};
    DIR *folder = opendir(path);
    if (folder == NULL) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE, "%.400s: %s", path,
                       strerror(errno));
        return ERR_IO;
    }
    out->items = calloc(FILES_MAX, sizeof *out->items);
    (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE, "%.400s: there is no memory", path);
    result r = out->items != NULL ? OK : ERR_IO;
    for (const struct dirent *e = readdir(folder); r == OK && e != NULL && out->count < FILES_MAX;
         e = readdir(folder)) {
        if (is_note(e->d_name)) {
            r = add(out, path, e->d_name, message);
        }
    }
    (void)closedir(folder);
    if (r == OK && out->count == 0) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE,
                       "%.400s: expected files that end in .note, found none", path);
        return ERR_FORMAT;
    }
    return r;
}

void checkpoint_folder_free(struct checkpoint_folder *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        free((void *)(uintptr_t)f->items[i].note.data);
    }
    free(f->items);
}

/* How a partner's log stood when it was seen last; nothing if it never was. */
static result write_note(struct journal *j, const char *path, const char *partner,
                         const char *nation, uint32_t *written,
                         char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    char full[1200];
    struct note_head head;
    struct bytes note;
    struct bytes body;
    if (!log_store_note(j, "seen", partner, &note, &head, &body)) {
        return OK;
    }
    (void)snprintf(full, sizeof full, "%.900s/%s-seen-by-%s.note", path, partner, nation);
    (*written)++;
    return small_file_write(full, 0644, note, message, CHECKPOINT_FOLDER_MESSAGE_SIZE);
}

result checkpoint_folder_write(const char *path, const char *journal_path, uint32_t *written,
                               char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    struct run run;
    *written = 0;
    if (journal_sqlite_open(journal_path, JOURNAL_READ, &j, &fault) != OK) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE, "%.400s: %s", journal_path,
                       journal_fault_text(fault));
        return ERR_IO;
    }
    result r = run_find(j, j->last + 1, NULL, &run);
    (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE,
                   "%.400s: it does not say of whom it is a journal", journal_path);
    (void)mkdir(path, 0777); /* what is wrong with it shows when a file is written */
    for (uint32_t i = 1; r == OK && i < run.key_count; i++) {
        r = write_note(j, path, run.keys[i].list.nation.code, run.keys[0].list.nation.code, written,
                       message);
    }
    journal_close(j);
    return r;
}
