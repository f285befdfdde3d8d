/* A YAML file as a bounded tree with marks: what the strict reader (node/yaml.h) walks over.
 *
 * Taken: one document of maps, lists and scalars in UTF-8. Refused, with line and column: more than
 * 1 MiB, deeper than YAML_DEPTH_MAX, a key twice or empty, anchors, aliases, tags, directives, a
 * second document. Source: YAML 1.2.2 for the words; libyaml for the scanning. */
#ifndef WATCHFIRE_NODE_YAML_TREE_H
#define WATCHFIRE_NODE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"

#define YAML_BYTES_MAX (1024 * 1024)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 32768
#define YAML_MESSAGE_SIZE 768

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

/* Node 0 is "nothing": what a missing key leads to. The root is node 1. */
struct yaml_node {
    enum yaml_kind kind;
    uint32_t line; /* of its first character, from 1 */
    uint32_t column;
    uint32_t parent;
    uint32_t first_child; /* 0 = none */
    uint32_t next;        /* 0 = the last of its parent's children */
    uint32_t child_count;
    const char *key; /* NULL unless its parent is a map */
    uint32_t key_line;
    uint32_t key_column;
    const char *text; /* scalars: NUL-terminated, without a NUL inside */
    bool used;        /* asked for by the reader */
};

struct yaml_asked; /* which keys the reader asked of which map */

/* Owns everything in it. The strings live as long as the tree. */
struct yaml_tree {
    char name[256]; /* the file, as messages call it */
    struct yaml_node *nodes;
    uint32_t node_count;
    uint32_t node_capacity;
    struct yaml_asked *asked;
    uint32_t asked_count;
    uint32_t asked_capacity;
    bool failed;
    uint32_t missing_in; /* the map whose missing key is the failure; 0 = it is another failure */
    const char *missing_key;
    char message[YAML_MESSAGE_SIZE]; /* the first failure: "file:line:column: …" */
};

struct yaml_asked {
    uint32_t map;
    const char *key; /* static storage */
};

/* Reads a tree. On error tree->message says what was found where and what was expected, and the
 * tree holds no memory; else yaml_tree_free() it. ERR_IO if the file cannot be read, ERR_FORMAT for
 * what it says, ERR_FULL for too large, deep or many. */
MUST_USE result yaml_tree_read(struct yaml_tree *tree, const char *name, struct bytes text);
MUST_USE result yaml_tree_read_file(struct yaml_tree *tree, const char *path);

void yaml_tree_free(struct yaml_tree *tree);

/* Keeps the message if it is the first: "name:line:column: " and the rest as printf. */
void yaml_tree_fail(struct yaml_tree *tree, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
