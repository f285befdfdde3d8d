/* One lane of link_nats: a thread that keeps a connection to the server, and two queues that it
 * shares with the caller. Everything that touches the connection happens in that thread. */
#ifndef WATCHFIRE_LINK_NATS_LANE_H
#define WATCHFIRE_LINK_NATS_LANE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/result.h"
#include "link/frame_queue.h"
#include "link/link_nats.h"
#include "link/nats_dial.h"

#define NATS_LANE_SUBJECT_MAX 64

struct nats_lane {
    struct nats_peer peer;
    char subject_out[NATS_LANE_SUBJECT_MAX];
    char subject_in[NATS_LANE_SUBJECT_MAX];
    bool drops_oldest; /* when there is no room to send; the newest otherwise */
    void (*notify)(void *context);
    void *context;

    pthread_t thread;
    int wake_fd;          /* an eventfd: there is something to send, or the lane closes */
    pthread_mutex_t lock; /* of all that follows */
    struct frame_queue out;
    struct frame_queue in;
    struct link_nats_status status;
    int socket; /* of the connection, a descriptor of our own; -1 = none */
    bool closing;
};

/* Starts the thread of a lane whose first six members are set, all others zero. ERR_IO if
 * that is not possible. */
MUST_USE result nats_lane_open(struct nats_lane *lane);
/* Tells the thread to end, without waiting for it. */
void nats_lane_end(struct nats_lane *lane);
/* The same, and waits. */
void nats_lane_close(struct nats_lane *lane);

/* As link_nats_send. */
MUST_USE result nats_lane_send(struct nats_lane *lane, struct bytes data);

#endif
