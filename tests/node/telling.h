/* A stage for the tests of outlets: a store in a folder of its own, a feed, and an HTTPS server on
 * loopback that keeps what it got. One at a time. */
#ifndef WATCHFIRE_TESTS_NODE_TELLING_H
#define WATCHFIRE_TESTS_NODE_TELLING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/outlets.h"

#define TELLING_GOT_MAX 16
#define TELLING_OFFICERS 5 /* from the fourth on they have secrets of their own, but no keys */
#define TELLING_CHAIN "JPN-exercise-20221003T222500Z-9-1" /* of the first warning */

extern struct node_file telling_file;
extern uv_loop_t telling_loop;
extern struct instant telling_now;
extern struct outlets *telling_outlets;
extern struct engine *telling_engine;              /* only what officers agreed to is looked at */
extern char telling_last[600];                     /* what the watch officer was told last */
extern uint8_t telling_keys[TELLING_OFFICERS][32]; /* the third one's does not count */
extern uint8_t telling_secrets[TELLING_OFFICERS][64];
extern char telling_got[TELLING_GOT_MAX][2048]; /* what the server got */
extern unsigned telling_answer;                 /* its next status */

/* Of a group of tests, for cmocka. */
int telling_start(void **state);
int telling_stop(void **state);

/* A new store, a feed ("ministries") and the server ("cells"); both released as told. The server's
 * name is to be proved by that authority: "server" or "other". */
void telling_begin(enum node_release feed, enum node_release push, const char *authority);
void telling_end(void);

/* What the outlets are opened with. */
struct outlets_options telling_options(void);

/* As the node's process ends and begins. */
void telling_open(void);
void telling_close(void);

/* The engine says this of the warning about event 9, or another. */
void telling_say(enum warning_state state, uint32_t serial);
void telling_say_about(uint64_t event, enum warning_state state, uint32_t serial);

/* The outlets look at what there is to do. */
void telling_turn(void);

/* Time passes, with the loop looking four times a second. */
void telling_pass(double seconds);

/* How many messages the server has. */
uint32_t telling_server_has(void);

/* Lets the loop run until the server has so many, or a second is over; returns the seconds. */
double telling_wait_s(uint32_t count);

bool telling_feed_has(const char *text);

#endif
