/* How warnings reach people: each message goes to the outlets of NODE.yaml that may have it, and
 * every end of a warning goes to every outlet that had any of it, in the same turn of the loop.
 *
 * An outlet is the node's feeds, or an HTTPS address. Release is *automatic*, or needs the consent
 * of one or two release officers to the warning (to its chain, not to each message); an end needs
 * nobody's. Beside each warning in force its ends stand ready in the store: a warning whose engine
 * never ends it (its inputs were lost, the node was down) expires by itself, and an officer may
 * cancel it by hand, each by the prepared text.
 *
 * Only in the loop's thread. */
#ifndef WATCHFIRE_NODE_OUTLETS_H
#define WATCHFIRE_NODE_OUTLETS_H

#include <uv.h>

#include "console/context.h"
#include "node/node_file.h"
#include "node/outlet_store.h"
#include "node/policy_consent.h"
#include "node/public_message.h"

struct outlets;

struct outlets_options {
    const struct node_file *file; /* borrowed; has at least one outlet */
    uv_loop_t *loop;
    /* The keys that count now for release officers. */
    void (*officers)(void *context, struct instant now, struct policy_officers *out);
    /* A line for the watch officer. */
    void (*tell)(void *context, const char *text);
    struct instant (*now)(void *context);
    void *context;
};

/* Opens the store beside the journal ("JOURNAL.outlets") and goes on with what was ordered.
 * ERR_IO, with the reason in `message`. */
MUST_USE result outlets_open(const struct outlets_options *options, struct outlets **out,
                             char message[OUTLET_MESSAGE_SIZE]);

/* After a replay: warnings that changed without anyone having been told are told now. */
void outlets_resume(struct outlets *o, const struct engine *engine, struct instant now);

/* The engine said something about an event's warning. */
void outlets_tell(struct outlets *o, const struct engine *engine, struct event_id event,
                  struct instant now);
void outlets_tell_message(struct outlets *o, const struct public_message *message,
                          struct instant now);

/* Looks at consents, at what has run out, and at what is to be tried again. To be called at least
 * every second. Consent at the page counts as soon as the journal has it, or with `trust_all` (the
 * disk has failed) at once. */
void outlets_turn(struct outlets *o, const struct engine *engine, bool trust_all,
                  struct instant now);

/* What became of each event's latest warning, as of the last turn. */
void outlets_show(const struct outlets *o, struct console_context *out);

/* Whether the store is in memory, because its file cannot be written: a watch officer must know. */
bool outlets_are_sheltered(const struct outlets *o);

/* "/feed.atom", "/feed.json", "/cap/ID.xml": what the feeds have. Its length, at most `size`, and
 * its media type; 0 = there is no such thing. */
size_t outlets_document(struct outlets *o, const char *path, char *out, size_t size,
                        const char **type);

/* As outlet_push_close and _free. */
void outlets_close(struct outlets *o);
void outlets_free(struct outlets *o);

/* The file of a node's store. */
void outlets_store_path(const struct node_file *file, char out[NODE_PATH_SIZE + 16]);

#endif
