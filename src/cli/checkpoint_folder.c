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

#define FILES_MAX 4096
#define FILE_BYTES_MAX 4096

static bool is_note(const char *name)
{
    const size_t size = strlen(name);
    return size > 5 && strcmp(name + size - 5, ".note") == 0;
}

/* The text of a file in memory of its own; NULL if it cannot be read or is too long. */
static uint8_t *read_text(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *text = file != NULL ? malloc(FILE_BYTES_MAX + 1) : NULL;
    *size = text != NULL ? fread(text, 1, FILE_BYTES_MAX + 1, file) : 0;
    const bool bad = file == NULL || ferror(file) != 0 || *size > FILE_BYTES_MAX;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (bad) {
        free(text);
        text = NULL;
    }
    return text;
}

static result add(struct checkpoint_folder *f, const char *path, const char *name,
                  char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    char full[1200];
    struct bytes body;
    struct audit_checkpoint item = {.compared = false};
    (void)snprintf(full, sizeof full, "%.900s/%.255s", path, name);
    item.note.data = read_text(full, &item.note.size);
    char *copy = malloc(strlen(name) + 1);
    struct audit_checkpoint *items = realloc(f->items, (f->count + 1) * sizeof *items);
    f->items = items != NULL ? items : f->items;
    if (item.note.data == NULL || copy == NULL || items == NULL ||
        note_read(item.note, &item.head, &body) != OK) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE,
                       "%.500s: expected a signed checkpoint (docs/wire.md) of at most %d bytes",
                       full, FILE_BYTES_MAX);
        free((void *)(uintptr_t)item.note.data);
        free(copy);
        return ERR_FORMAT;
    }
    memcpy(copy, name, strlen(name) + 1);
    item.name = copy;
    items[f->count] = item;
    f->count++;
    /* not a finding (memleak): f owns the items */
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
    result r = OK;
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
        free((void *)(uintptr_t)f->items[i].name);
    }
    free(f->items);
}

static bool write_note(const char *path, const char *partner, const char *nation, struct bytes note)
{
    char full[1200];
    (void)snprintf(full, sizeof full, "%.900s/%s-seen-by-%s.note", path, partner, nation);
    FILE *file = fopen(full, "wb");
    const bool done = file != NULL && fwrite(note.data, 1, note.size, file) == note.size;
    return file != NULL && fclose(file) == 0 && done;
}

result checkpoint_folder_write(const char *path, const char *journal_path, uint32_t *written,
                               char message[CHECKPOINT_FOLDER_MESSAGE_SIZE])
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    struct run run;
    result r = journal_sqlite_open(journal_path, JOURNAL_READ, &j, &fault);
    *written = 0;
    if (r == OK && run_find(j, j->last + 1, NULL, &run) == OK) {
        (void)mkdir(path, 0777);
        for (uint32_t i = 1; i < run.key_count && r == OK; i++) {
            struct note_head head;
            struct bytes note;
            struct bytes body;
            const char *partner = run.keys[i].list.nation.code;
            if (log_store_note(j, "seen", partner, &note, &head, &body)) {
                r = write_note(path, partner, run.keys[0].list.nation.code, note) ? OK : ERR_IO;
                *written += r == OK ? 1 : 0;
            }
        }
    }
    if (r != OK) {
        (void)snprintf(message, CHECKPOINT_FOLDER_MESSAGE_SIZE, "%.400s: %s", path,
                       fault != JOURNAL_FAULT_NONE ? journal_fault_text(fault) : strerror(errno));
    }
    journal_close(j);
    return r;
}
