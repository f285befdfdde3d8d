/* One nation's node: an event loop that takes what sensors and partners send, feeds the engine
 * through the performer, commits on another thread, and shows the picture on the console.
 *
 * One thread does everything but commits and the carrier's own work. Nothing from outside ends the
 * node: what is wrong is refused, counted and told. */
#ifndef WATCHFIRE_NODE_NODE_H
#define WATCHFIRE_NODE_NODE_H

#include <stdint.h>

#include "base/instant.h"
#include "base/result.h"
#include "node/node_file.h"

#define NODE_MESSAGE_SIZE 1024

struct node;

struct node_options {
    const struct node_file *file; /* borrowed, outlives the node */
    /* Told what a watch officer or an administrator wants to know: a line without its end. */
    void (*tell)(void *context, const char *text);
    void *context;
};

/* What a start found, for people. */
struct node_facts {
    uint32_t policy_number;                 /* in force; 0 = none, nothing goes to partners */
    char policy_trouble[NODE_MESSAGE_SIZE]; /* why the policy file is not in force; empty = it is */
    uint32_t sensor_count;
    uint64_t journal_inputs;    /* replayed; 0 = a new journal */
    struct instant journal_end; /* the time of the last; unset = none */
    bool other_program;         /* the journal was written by another program or other settings */
};

/* Opens everything: policy, sensors, keys, journal (replayed into the engine), sockets, console.
 *
 *   message   on error: what is wrong, where, and what to do
 *
 * The caller closes what it got, on error too. */
MUST_USE result node_open(const struct node_options *options, struct node **out,
                          char message[NODE_MESSAGE_SIZE]);

const struct node_facts *node_facts(const struct node *node);

/* By which the node passes on now. Lives as long as the node. */
const struct grant_set *node_grants(const struct node *node);

/* Runs until SIGTERM or SIGINT, then makes durable what was fed. ERR_IO, with `message`, if that
 * could not be done. */
MUST_USE result node_run(struct node *node, char message[NODE_MESSAGE_SIZE]);

/* Before an upgrade, while the program that is to be replaced runs on: works through a copy of its
 * journal and keeps the result beside the journal itself, so that the start of this program, or
 * with these settings, has only what came after the copy to work through.
 *
 *   copy     of the journal, taken at any time
 *   inputs   how many were worked through
 *
 * Errors, with `message`, as of node_open. */
MUST_USE result node_prepare(const struct node_options *options, const char *copy, uint64_t *inputs,
                             char message[NODE_MESSAGE_SIZE]);

void node_close(struct node *node); /* NULL is allowed */

#endif
