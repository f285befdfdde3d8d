/* How a running node is, by everything that it knows of itself: feeds node/health.h. */
#ifndef WATCHFIRE_NODE_NODE_HEALTH_H
#define WATCHFIRE_NODE_NODE_HEALTH_H

#include "node/health.h"
#include "node/ingest.h"
#include "share/session.h"

struct node;

/* What counters were when they were last looked at: that they grew is what is told. */
struct node_health_partner {
    uint64_t refused[SESSION_REFUSAL_COUNT];
    uint64_t rebases;
    uint64_t regressions;
    uint64_t histories;
    uint64_t shrunk;
    uint64_t unproved; /* when we cosigned its log last … */
    uint64_t cosigned; /* … and its size then */
    uint64_t attacks;  /* frames, since the line about them appeared */
    enum session_refusal latest;
};

struct node_health {
    struct health health;
    struct instant looked; /* unset = never */
    struct node_health_partner partners[LIMIT_PARTNERS];
    uint64_t input[INGEST_REFUSALS];
    uint64_t dropped;                                  /* by the system */
    struct instant certificates[2 * LIMIT_PARTNERS];   /* each partner's, then its authority's */
    const char *certificate_paths[2 * LIMIT_PARTNERS]; /* unset = could not be read */
};

/* Once, when everything is open. */
void node_health_begin(struct node *node);

/* Reads anew when the certificates of the links end: a new connection takes what lies there. */
void node_health_certificates(struct node *node);

/* Looks, if it has not for a second; tells the log what is new. */
void node_health_look(struct node *node, struct instant now);

#endif
