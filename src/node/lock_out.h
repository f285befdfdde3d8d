/* How often wrong passwords came for a name, and how long no more is looked at: five lock the name
 * for a minute, and each more doubles it, up to an hour. Names that nobody has are counted just the
 * same, so that nothing tells them from others. */
#ifndef WATCHFIRE_NODE_LOCK_OUT_H
#define WATCHFIRE_NODE_LOCK_OUT_H

#include <stdint.h>

#include "model/order.h"
#include "node/officer_file.h"

#define LOCK_OUT_FREE 5
#define LOCK_OUT_S_MIN 60
#define LOCK_OUT_S_MAX 3600
#define LOCK_OUT_FORGET_S (24 * 3600) /* without a wrong one */
#define LOCK_OUT_NAMES (2 * OFFICERS_MAX)

struct lock_out_name {
    struct officer_name name;
    bool used;
    bool is_known; /* an officer's: never given up for a name that nobody has */
    uint32_t wrong;
    int64_t last_s; /* when the last wrong one came, by a clock that never runs back */
};

struct lock_out {
    struct lock_out_name names[LOCK_OUT_NAMES];
};

/* How long the name is still locked, s; 0 = it is not. */
uint32_t lock_out_wait_s(const struct lock_out *l, const struct officer_name *name, int64_t now_s);

void lock_out_wrong(struct lock_out *l, const struct officer_name *name, bool is_known,
                    int64_t now_s);
void lock_out_good(struct lock_out *l, const struct officer_name *name);

#endif
