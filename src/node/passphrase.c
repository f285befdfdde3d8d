#include "node/passphrase.h"

#include <bsd/readpassphrase.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/small_file.h"

/* Room for an end of line and a NUL. */
#define BUFFER_BYTES (PASSPHRASE_BYTES_MAX + 2)

void passphrase_free(struct passphrase *passphrase)
{
    sodium_free(passphrase->text);
    *passphrase = (struct passphrase){NULL, 0};
}

/* What a file holds, without the end of its one line. */
static result trim(const char *path, struct passphrase *p, char *message, size_t message_size)
{
    if (p->size > 0 && p->text[p->size - 1] == '\n') {
        p->size--;
    }
    const bool one_line =
        memchr(p->text, '\n', p->size) == NULL && memchr(p->text, '\0', p->size) == NULL;
    if (p->size == 0 || p->size > PASSPHRASE_BYTES_MAX || !one_line) {
        (void)snprintf(message, message_size,
                       "%s: expected a passphrase in one line of 1 to %d bytes", path,
                       PASSPHRASE_BYTES_MAX);
        return ERR_FORMAT;
    }
    return OK;
}

/* systemd itself guards its folder of credentials, by an access list that a mode does not show. */
static result from_file(const char *path, bool guarded, struct passphrase *p, char *message,
                        size_t message_size)
{
    struct byte_writer w = {(uint8_t *)p->text, BUFFER_BYTES, 0};
    TRY(small_file_read(path, !guarded, &w, message, message_size));
    p->size = w.size;
    return trim(path, p, message, message_size);
}

static bool ask(const char *prompt, char *out)
{
    return readpassphrase(prompt, out, BUFFER_BYTES, RPP_ECHO_OFF | RPP_REQUIRE_TTY) != NULL;
}

static result check_again(const struct passphrase *p, const char *what, char *message,
                          size_t message_size)
{
    struct passphrase again = {sodium_malloc(BUFFER_BYTES), 0};
    if (again.text == NULL || !ask("The same again: ", again.text)) {
        passphrase_free(&again);
        (void)snprintf(message, message_size, "the terminal cannot be read");
        return ERR_IO;
    }
    const bool same = strcmp(again.text, p->text) == 0;
    passphrase_free(&again);
    if (!same) {
        (void)snprintf(message, message_size, "the two %ss differ; nothing was made", what);
        return ERR_FORMAT;
    }
    return OK;
}

static result from_terminal(const struct passphrase_source *source, struct passphrase *p,
                            char *message, size_t message_size)
{
    const char *what = source->is_password ? "password" : "passphrase";
    char prompt[128];
    (void)snprintf(prompt, sizeof prompt,
                   "%s of %s: ", source->is_password ? "Password" : "Passphrase", source->whose);
    if (!ask(prompt, p->text)) {
        (void)snprintf(message, message_size,
                       "no %s of %s: expected a file%s, or a terminal to ask on", what,
                       source->whose,
                       source->credential ? ", the systemd credential " PASSPHRASE_CREDENTIAL : "");
        return ERR_IO;
    }
    p->size = strlen(p->text);
    TRY(trim("the terminal", p, message, message_size));
    return source->twice ? check_again(p, what, message, message_size) : OK;
}

static result from_source(const struct passphrase_source *source, struct passphrase *p,
                          char *message, size_t message_size)
{
    if (source->path != NULL) {
        return from_file(source->path, false, p, message, message_size);
    }
    const char *folder = source->credential ? getenv("CREDENTIALS_DIRECTORY") : NULL;
    char path[PATH_MAX];
    if (folder != NULL) {
        const int size = snprintf(path, sizeof path, "%s/%s", folder, PASSPHRASE_CREDENTIAL);
        if ((size_t)size < sizeof path && access(path, F_OK) == 0) {
            return from_file(path, true, p, message, message_size);
        }
    }
    return from_terminal(source, p, message, message_size);
}

result passphrase_read(const struct passphrase_source *source, struct passphrase *out,
                       char *message, size_t message_size)
{
    struct passphrase p = {sodium_malloc(BUFFER_BYTES), 0};
    if (p.text == NULL) {
        (void)snprintf(message, message_size, "no memory for a passphrase");
        return ERR_IO;
    }
    const result outcome = from_source(source, &p, message, message_size);
    if (outcome != OK) {
        passphrase_free(&p);
        return outcome;
    }
    *out = p;
    return OK;
}
