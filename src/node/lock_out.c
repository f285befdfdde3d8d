#include "node/lock_out.h"

#include <string.h>

static bool is_over(const struct lock_out_name *n, int64_t now_s)
{
    return !n->used || now_s - n->last_s >= LOCK_OUT_FORGET_S;
}

static const struct lock_out_name *find(const struct lock_out *l, const struct officer_name *name,
                                        int64_t now_s)
{
    for (int i = 0; i < LOCK_OUT_NAMES; i++) {
        const struct lock_out_name *n = &l->names[i];
        if (!is_over(n, now_s) && strcmp(n->name.text, name->text) == 0) {
            return n;
        }
    }
    return NULL;
}

uint32_t lock_out_wait_s(const struct lock_out *l, const struct officer_name *name, int64_t now_s)
{
    const struct lock_out_name *n = find(l, name, now_s);
    if (n == NULL || n->wrong < LOCK_OUT_FREE) {
        return 0;
    }
    int64_t locked_s = LOCK_OUT_S_MIN;
    for (uint32_t i = LOCK_OUT_FREE; i < n->wrong && locked_s < LOCK_OUT_S_MAX; i++) {
        locked_s *= 2;
    }
    locked_s = locked_s < LOCK_OUT_S_MAX ? locked_s : LOCK_OUT_S_MAX;
    const int64_t left_s = n->last_s + locked_s - now_s;
    return left_s > 0 ? (uint32_t)left_s : 0;
}

/* A free place; else that of the name which nobody has and which was wrong the longest ago. There
 * are more places than officers. */
static struct lock_out_name *find_place(struct lock_out *l, int64_t now_s)
{
    struct lock_out_name *oldest = NULL;
    for (int i = 0; i < LOCK_OUT_NAMES; i++) {
        struct lock_out_name *n = &l->names[i];
        if (is_over(n, now_s)) {
            return n;
        }
        if (!n->is_known && (oldest == NULL || n->last_s < oldest->last_s)) {
            oldest = n;
        }
    }
    return oldest;
}

void lock_out_wrong(struct lock_out *l, const struct officer_name *name, bool is_known,
                    int64_t now_s)
{
    /* The cast drops const of what is ours to change. */
    struct lock_out_name *n = (struct lock_out_name *)(uintptr_t)find(l, name, now_s);
    if (n == NULL) {
        n = find_place(l, now_s);
        if (n == NULL) {
            return; /* every place is an officer's that once was: this one was none */
        }
        *n = (struct lock_out_name){.name = *name, .used = true};
    }
    n->is_known = is_known;
    n->wrong += n->wrong < UINT32_MAX ? 1 : 0;
    n->last_s = now_s;
}

void lock_out_good(struct lock_out *l, const struct officer_name *name)
{
    for (int i = 0; i < LOCK_OUT_NAMES; i++) {
        if (l->names[i].used && strcmp(l->names[i].name.text, name->text) == 0) {
            l->names[i].used = false;
        }
    }
}
