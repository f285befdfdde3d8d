#include "node/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "node/regular_file.h"

/* Where the events of libyaml go while the tree grows. */
struct builder {
    struct yaml_tree *tree;
    uint32_t open[YAML_DEPTH_MAX]; /* the maps and lists around */
    uint32_t last[YAML_DEPTH_MAX]; /* the last child of each */
    uint32_t depth;
    bool document_done;
    char *key; /* read, its value not yet; owned */
    uint32_t key_line;
    uint32_t key_column;
};

/* What a file says must not steer the terminal that shows the message. */
static void clean(char *message)
{
    for (char *at = message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
}

void yaml_tree_fail(struct yaml_tree *tree, uint32_t line, uint32_t column, const char *format, ...)
{
    if (tree->failed) {
        return;
    }
    tree->failed = true;
    const int head = line > 0 ? snprintf(tree->message, sizeof tree->message,
                                         "%s:%u:%u: ", tree->name, line, column)
                              : snprintf(tree->message, sizeof tree->message, "%s: ", tree->name);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(tree->message + head, sizeof tree->message - (size_t)head, format, arguments);
    va_end(arguments);
    clean(tree->message);
}

static uint32_t mark_line(yaml_mark_t mark)
{
    return (uint32_t)mark.line + 1;
}

static uint32_t mark_column(yaml_mark_t mark)
{
    return (uint32_t)mark.column + 1;
}

static struct yaml_node *open_node(struct builder *b)
{
    return b->depth == 0 ? NULL : &b->tree->nodes[b->open[b->depth - 1]];
}

static result grow(struct yaml_tree *tree)
{
    if (tree->node_count < tree->node_capacity) {
        return OK;
    }
    ENSURE(tree->node_count < YAML_NODES_MAX, ERR_FULL);
    const uint32_t capacity = tree->node_capacity == 0 ? 256 : 2 * tree->node_capacity;
    struct yaml_node *nodes = realloc(tree->nodes, capacity * sizeof *nodes);
    ENSURE(nodes != NULL, ERR_FULL);
    tree->nodes = nodes;
    tree->node_capacity = capacity;
    return OK;
}

/* Appends a node to the innermost open one; it takes over the key that is waiting. */
static result add_node(struct builder *b, enum yaml_kind kind, yaml_mark_t mark, uint32_t *out)
{
    struct yaml_tree *tree = b->tree;
    if (grow(tree) != OK) {
        yaml_tree_fail(tree, mark_line(mark), mark_column(mark),
                       "found more values than are read; expected at most %d", YAML_NODES_MAX);
        return ERR_FULL;
    }
    const uint32_t index = tree->node_count;
    tree->nodes[index] = (struct yaml_node){.kind = kind,
                                            .line = mark_line(mark),
                                            .column = mark_column(mark),
                                            .key = b->key,
                                            .key_line = b->key_line,
                                            .key_column = b->key_column};
    b->key = NULL;
    tree->node_count++;
    if (b->depth > 0) {
        const uint32_t parent = b->open[b->depth - 1];
        const uint32_t last = b->last[b->depth - 1];
        tree->nodes[index].parent = parent;
        tree->nodes[parent].child_count++;
        if (last == 0) {
            tree->nodes[parent].first_child = index;
        } else {
            tree->nodes[last].next = index;
        }
        b->last[b->depth - 1] = index;
    }
    *out = index;
    return OK;
}

/* A map needs a scalar where a key is due. */
static bool key_is_due(struct builder *b)
{
    const struct yaml_node *open = open_node(b);
    return open != NULL && open->kind == YAML_MAP && b->key == NULL;
}

static result refuse_decoration(struct builder *b, yaml_mark_t mark, const yaml_char_t *anchor,
                                const yaml_char_t *tag)
{
    if (anchor != NULL) {
        yaml_tree_fail(b->tree, mark_line(mark), mark_column(mark),
                       "found the anchor \"&%.40s\"; expected a value written out in full",
                       (const char *)anchor);
        return ERR_FORMAT;
    }
    if (tag != NULL) {
        yaml_tree_fail(b->tree, mark_line(mark), mark_column(mark),
                       "found the tag \"%.40s\"; expected a value without a tag",
                       (const char *)tag);
        return ERR_FORMAT;
    }
    return OK;
}

static result take_key(struct builder *b, const yaml_event_t *event)
{
    const uint32_t line = mark_line(event->start_mark);
    const uint32_t column = mark_column(event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    if (event->data.scalar.length == 0) {
        yaml_tree_fail(b->tree, line, column, "found an empty key; expected a name");
        return ERR_FORMAT;
    }
    for (uint32_t i = open_node(b)->first_child; i != 0; i = b->tree->nodes[i].next) {
        if (strcmp(b->tree->nodes[i].key, text) == 0) {
            yaml_tree_fail(b->tree, line, column,
                           "found the key \"%.60s\" twice, first in line %u; expected it once",
                           text, b->tree->nodes[i].key_line);
            return ERR_FORMAT;
        }
    }
    b->key = strdup(text);
    ENSURE(b->key != NULL, ERR_FULL);
    b->key_line = line;
    b->key_column = column;
    return OK;
}

static result take_scalar(struct builder *b, const yaml_event_t *event)
{
    TRY(refuse_decoration(b, event->start_mark, event->data.scalar.anchor, event->data.scalar.tag));
    const char *text = (const char *)event->data.scalar.value;
    if (memchr(text, '\0', event->data.scalar.length) != NULL) {
        yaml_tree_fail(b->tree, mark_line(event->start_mark), mark_column(event->start_mark),
                       "found a NUL character; expected text");
        return ERR_FORMAT;
    }
    if (key_is_due(b)) {
        return take_key(b, event);
    }
    uint32_t index = 0;
    TRY(add_node(b, YAML_SCALAR, event->start_mark, &index));
    b->tree->nodes[index].text = strdup(text);
    /* not a finding (analyzer-malloc-leak): the tree owns it */
    return b->tree->nodes[index].text == NULL ? ERR_FULL : OK;
}

static result take_start(struct builder *b, enum yaml_kind kind, const yaml_event_t *event)
{
    const bool map = kind == YAML_MAP;
    TRY(refuse_decoration(b, event->start_mark,
                          map ? event->data.mapping_start.anchor
                              : event->data.sequence_start.anchor,
                          map ? event->data.mapping_start.tag : event->data.sequence_start.tag));
    const uint32_t line = mark_line(event->start_mark);
    const uint32_t column = mark_column(event->start_mark);
    if (key_is_due(b)) {
        yaml_tree_fail(b->tree, line, column, "found a %s as a key; expected a name",
                       map ? "map" : "list");
        return ERR_FORMAT;
    }
    if (b->depth == YAML_DEPTH_MAX) {
        yaml_tree_fail(b->tree, line, column,
                       "found maps and lists nested deeper than is read; expected at most %d deep",
                       YAML_DEPTH_MAX);
        return ERR_FULL;
    }
    uint32_t index = 0;
    TRY(add_node(b, kind, event->start_mark, &index));
    b->open[b->depth] = index;
    b->last[b->depth] = 0;
    b->depth++;
    return OK;
}

static result take_document(struct builder *b, const yaml_event_t *event)
{
    const uint32_t line = mark_line(event->start_mark);
    const uint32_t column = mark_column(event->start_mark);
    if (b->document_done) {
        yaml_tree_fail(b->tree, line, column,
                       "found a second document; expected one document in the file");
        return ERR_FORMAT;
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end) {
        yaml_tree_fail(b->tree, line, column,
                       "found a %% directive; expected a document without one");
        return ERR_FORMAT;
    }
    return OK;
}

static result take_event(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return take_document(b, event);
    case YAML_DOCUMENT_END_EVENT:
        b->document_done = true;
        return OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event);
    case YAML_MAPPING_START_EVENT:
        return take_start(b, YAML_MAP, event);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(b, YAML_LIST, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        b->depth--;
        return OK;
    case YAML_ALIAS_EVENT:
        yaml_tree_fail(b->tree, mark_line(event->start_mark), mark_column(event->start_mark),
                       "found the alias \"*%.40s\"; expected a value written out in full",
                       (const char *)event->data.alias.anchor);
        return ERR_FORMAT;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
        break;
    }
    return OK;
}

static void fail_syntax(struct yaml_tree *tree, const yaml_parser_t *parser)
{
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    if (parser->error == YAML_READER_ERROR) {
        yaml_tree_fail(tree, 0, 0, "found at byte %zu: %s; expected UTF-8 text",
                       parser->problem_offset, problem);
        return;
    }
    yaml_tree_fail(tree, mark_line(parser->problem_mark), mark_column(parser->problem_mark),
                   "found what is not YAML (%s%s%s); expected a key, a value or the end",
                   parser->context != NULL ? parser->context : "",
                   parser->context != NULL ? ", " : "", problem);
}

static result build(struct builder *b, yaml_parser_t *parser)
{
    bool over = false;
    while (!over) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            fail_syntax(b->tree, parser);
            return ERR_FORMAT;
        }
        over = event.type == YAML_STREAM_END_EVENT;
        const result status = take_event(b, &event);
        yaml_event_delete(&event);
        TRY(status);
    }
    if (b->tree->node_count < 2) {
        yaml_tree_fail(b->tree, 1, 1, "found an empty file; expected a map of keys and values");
        return ERR_FORMAT;
    }
    return OK;
}

void yaml_tree_free(struct yaml_tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count; i++) {
        /* Both were made by strdup above; the tree shows them as const to its readers. */
        free((void *)(uintptr_t)tree->nodes[i].key);
        free((void *)(uintptr_t)tree->nodes[i].text);
    }
    free(tree->nodes);
    free(tree->asked);
    tree->nodes = NULL;
    tree->asked = NULL;
    tree->node_count = tree->node_capacity = 0;
    tree->asked_count = tree->asked_capacity = 0;
}

result yaml_tree_read(struct yaml_tree *tree, const char *name, struct bytes text)
{
    *tree = (struct yaml_tree){0};
    (void)snprintf(tree->name, sizeof tree->name, "%s", name);
    if (text.size > YAML_BYTES_MAX) {
        yaml_tree_fail(tree, 0, 0, "found more than %d bytes; expected no more", YAML_BYTES_MAX);
        return ERR_FULL;
    }
    yaml_parser_t parser;
    if (grow(tree) != OK || yaml_parser_initialize(&parser) == 0) {
        yaml_tree_fail(tree, 0, 0, "there is no memory to read it");
        yaml_tree_free(tree);
        return ERR_FULL;
    }
    tree->nodes[0] = (struct yaml_node){.kind = YAML_SCALAR, .text = NULL};
    tree->node_count = 1;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    struct builder builder = {.tree = tree};
    const result status = build(&builder, &parser);
    yaml_parser_delete(&parser);
    free(builder.key);
    if (status != OK) {
        yaml_tree_fail(tree, 0, 0, "there is no memory to read it");
        yaml_tree_free(tree);
    }
    return status;
}

static result fail_file(struct yaml_tree *tree, const char *path, const char *why)
{
    *tree = (struct yaml_tree){0};
    (void)snprintf(tree->name, sizeof tree->name, "%s", path);
    yaml_tree_fail(tree, 0, 0, "%s; expected a file that can be read", why);
    return ERR_IO;
}

result yaml_tree_read_file(struct yaml_tree *tree, const char *path)
{
    FILE *file = regular_file_stream(path);
    if (file == NULL) {
        return fail_file(tree, path, "cannot be opened");
    }
    uint8_t *data = malloc(YAML_BYTES_MAX + 1);
    const size_t size = data == NULL ? 0 : fread(data, 1, YAML_BYTES_MAX + 1, file);
    const bool broken = data == NULL || ferror(file) != 0;
    (void)fclose(file);
    const result status = broken ? fail_file(tree, path, "cannot be read")
                                 : yaml_tree_read(tree, path, (struct bytes){data, size});
    free(data);
    return status;
}
