#include "node/node_console.h"

#include <stdio.h>
#include <string.h>

#include "node/places.h"
#include "node/small_file.h"

#define PICTURES_A_SECOND 10

static bool check(void *context, uint64_t ticket, const char *name, const char *password,
                  struct console_verdict *at_once)
{
    struct node *node = context;
    return officers_check(node->officers, ticket, name, password, at_once);
}

static void checked(void *context, uint64_t ticket, const struct console_verdict *verdict)
{
    struct node *node = context;
    console_checked(node->console, ticket, verdict);
    /* What woke has to be served before the loop waits again. */
    (void)uv_timer_start(&node->console_timer, node_console_due, 0, 0);
}

static void changed(void *context, const struct officer_name *name)
{
    struct node *node = context;
    console_sign_out(node->console, name);
}

/* The page shows at once what it did. */
static result order(void *context, const struct order *order)
{
    struct node *node = context;
    node->is_ordering = true;
    const result done = performer_order(node->performer, order, node_now(node));
    node->is_ordering = false;
    node->published = done == OK ? INSTANT_UNSET : node->published;
    return done;
}

static result open_officers(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct officers_options options = {.path = node->options.file->officers,
                                             .loop = &node->loop,
                                             .checked = checked,
                                             .changed = changed,
                                             .context = node};
    char text[YAML_MESSAGE_SIZE] = "";
    const result opened = officers_open(&options, &node->officers, text);
    if (opened != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE, "%s", text);
        return opened;
    }
    const struct status_door_options door = {.loop = &node->loop,
                                             .journal = node->options.file->journal,
                                             .text = node_status_text,
                                             .context = node};
    const result listens = status_door_open(&door, &node->status_door);
    if (listens != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE, "%.400s.status: %s", node->options.file->journal,
                       listens == ERR_RANGE
                           ? "longer than a socket's path may be; expected a journal whose path "
                             "has at most 100 bytes"
                           : "the socket for \"watchfire status\" cannot be made there");
    }
    return listens;
}

static size_t document(void *context, const char *path, char *out, size_t size, const char **type)
{
    struct node *node = context;
    return node->outlets != NULL ? outlets_document(node->outlets, path, out, size, type) : 0;
}

/* A text with its NUL, or NULL for no file. */
static result read_text(const char *path, bool secret, char *out, size_t size, const char **text,
                        char message[NODE_MESSAGE_SIZE])
{
    struct byte_writer w = {(uint8_t *)out, size - 1, 0};
    *text = NULL;
    if (path[0] == '\0') {
        return OK;
    }
    TRY(small_file_read(path, secret, &w, message, NODE_MESSAGE_SIZE));
    out[w.size] = '\0';
    *text = out;
    return OK;
}

static const char *announced(const void *windows, const struct launch_estimate *launch)
{
    return window_list_find(windows, launch);
}

/* A list that cannot be read leaves the one before: nothing depends on it but a word. */
static void read_windows(struct node *node)
{
    char message[YAML_MESSAGE_SIZE] = "";
    const char *path = node->options.file->windows;
    if (path[0] != '\0' && window_file_read(path, &node->windows, message) != OK) {
        node_tell(node, "LAUNCH WINDOWS: %.500s; they stay as they were", message);
    }
}

result node_console_open(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    static const struct console_officers NONE = {.context = NULL};
    struct console_officers *officers = &node->console_officers;
    *officers = NONE;
    officers->context = node;
    officers->check = check;
    officers->order = order;
    struct console_options options = {
        .nation = file->nation,
        .domain = file->domain,
        .address = file->console.host,
        .name = file->console_name[0] != '\0' ? file->console_name : NULL,
        .officers = file->officers[0] != '\0' ? officers : NULL,
        .port = file->console.port,
        .per_second_max = PICTURES_A_SECOND,
        .places = places_for_console(),
        .status = node_status_text,
        .status_context = node,
        .document = document,
    };
    read_windows(node);
    options.places.announced = announced;
    options.places.windows = &node->windows;
    TRY(read_text(file->console_certificate, false, node->console_certificate,
                  sizeof node->console_certificate, &options.certificate, message));
    TRY(read_text(file->console_private_key, true, node->console_private_key,
                  sizeof node->console_private_key, &options.private_key, message));
    if (options.officers != NULL) {
        TRY(open_officers(node, message));
    }
    if (console_open(&options, &node->console) != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE,
                       "the console cannot listen on %s:%u; expected an address of this machine%s",
                       file->console.host, (unsigned)file->console.port,
                       options.certificate != NULL
                           ? ", a port that no one else has, and a certificate with its key"
                           : " and a port that no one else has");
        return ERR_IO;
    }
    node->context.start = INSTANT_UNSET;
    node->context.speed = 1.0;
    (void)snprintf(node->context.title, sizeof node->context.title, "The watch of %s",
                   file->nation.code);
    return OK;
}

void node_console_reload(struct node *node)
{
    char message[YAML_MESSAGE_SIZE] = "";
    read_windows(node);
    if (node->officers == NULL) {
        return;
    }
    if (officers_reload(node->officers, message) != OK) {
        node_tell(node, "OFFICERS: %.400s; who may sign in stays as it was", message);
    } else {
        node_tell(node, "officers: %u may sign in", (unsigned)officers_count(node->officers));
    }
}

void node_console_close(struct node *node)
{
    console_close(node->console);
    officers_close(node->officers);
    status_door_free(node->status_door);
}
