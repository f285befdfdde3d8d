/* A group: inputs that become durable together, the facts that the transparency log keeps with
 * them, and the frames that wait until they are. It lies in memory until a commit. */
#ifndef WATCHFIRE_NODE_GROUP_H
#define WATCHFIRE_NODE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "journal/journal.h"
#include "share/frame.h"

#define GROUP_BYTES_MAX (32u * 1024u * 1024u)
#define GROUP_OUTBOX_BYTES_MAX (32u * 1024u * 1024u)
#define GROUP_FRAMES_MAX 16384

/* A frame that waits for the commit: plain at first, then sealed in its place. */
struct group_frame {
    uint32_t partner;
    enum frame_lane lane;
    uint32_t offset; /* in the outbox */
    uint32_t size;   /* 0 = it could not be sealed */
};

/* All zero = empty. */
struct group {
    uint64_t last; /* position of the newest input; 0 = none */
    bool news;     /* something but commits is among them */
    size_t size;
    uint32_t frame_count;
    uint32_t sealed_count; /* of them, the first ones */
    uint32_t outbox_size;
    struct group_frame frames[GROUP_FRAMES_MAX];
    uint8_t bytes[GROUP_BYTES_MAX];
    uint8_t outbox[GROUP_OUTBOX_BYTES_MAX];
};

/* Whether one more input fits, with what the log may keep of it, and `reserve` bytes are left. */
bool group_has_room(const struct group *g, size_t reserve);

/* There must be room. Copied; `last` and `news` are the caller's. */
void group_add_input(struct group *g, const struct journal_group *input);
void group_add_fact(struct group *g, const char *key, struct bytes value);

/* Without room it is as if the carrier had lost it: the session sends it again. */
void group_add_frame(struct group *g, uint32_t partner, enum frame_lane lane, struct bytes plain);

/* Appends inputs and facts, and commits; nothing if the journal has them already. Errors as of the
 * journal. */
MUST_USE result group_write(const struct group *g, struct journal *journal);

void group_clear(struct group *g);
void group_drop_frames(struct group *g);

#endif
