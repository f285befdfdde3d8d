/* What the parts of a node share. Not for others: see node.h. */
#ifndef WATCHFIRE_NODE_NODE_STATE_H
#define WATCHFIRE_NODE_NODE_STATE_H

#include <uv.h>

#include "console/console.h"
#include "node/disk.h"
#include "node/ingest.h"
#include "node/key_folder.h"
#include "node/node.h"
#include "node/node_clock.h"
#include "node/node_health.h"
#include "node/officers.h"
#include "node/outlets.h"
#include "node/partners.h"
#include "node/performer.h"
#include "node/sockets.h"
#include "node/status_door.h"
#include "node/window_file.h"

#define NODE_PEM_SIZE (32 * 1024)
#define NODE_ORDERED_MAX 16

struct node_ordered {
    struct event_id event;
    uint64_t position; /* of the order in the journal */
};

struct node {
    struct node_options options;
    struct node_facts facts;
    struct engine_config config;
    struct key_folder *folder;
    const struct keys *keys; /* of the folder */
    struct node_clock clock;
    struct instant floor; /* the node's time is never before this */
    struct performer *performer;
    struct ingest *ingest;
    struct sockets *sockets;
    struct partners *partners;
    struct console *console;
    struct officers *officers; /* NULL = nobody signs in */
    struct console_officers console_officers;
    struct status_door *status_door;
    struct window_list windows;
    char console_certificate[NODE_PEM_SIZE]; /* for as long as the console */
    char console_private_key[NODE_PEM_SIZE];
    struct outlets *outlets; /* NULL = warnings go to nobody by themselves */
    bool is_ordering;        /* an officer's order is being worked through */
    uint32_t ordered_count;  /* events whose warnings one changed that is not durable yet */
    struct node_ordered ordered[NODE_ORDERED_MAX];
    struct disk disk;
    struct node_health health;
    struct instant started;
    struct instant published; /* the picture, last */
    uint64_t scans;           /* fed so far */
    uint64_t frames;          /* of partners, fed so far */
    uint64_t busiest_us;      /* the longest turn */
    bool has_loop;
    bool stopping;
    result failure; /* why the node stopped by itself */
    uv_loop_t loop;
    uv_signal_t signals[3];
    int tick_fd; /* a timer of the kernel: the loop's own know whole milliseconds */
    uv_poll_t tick;
    uv_timer_t console_timer;
    uv_poll_t console_poll;
    uv_check_t turn;
    uv_idle_t busy; /* active while there is more to do than one turn does */
    struct console_context context;
    struct view view;
    struct observation scan[LIMIT_SCAN];
};

/* Serves the console; struct node is the timer's data. */
void node_console_due(uv_timer_t *timer);

/* The node's time; tells when the system's clock was set. */
struct instant node_now(struct node *node);

void node_tell(struct node *node, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The status of a struct node as JSON; returns its length, 0 if it does not fit. */
size_t node_status_text(void *node, char *out, size_t size);

#endif
