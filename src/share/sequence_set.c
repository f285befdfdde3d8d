#include "share/sequence_set.h"

#include <assert.h>
#include <string.h>

void sequence_set_init(struct sequence_set *s, const struct frame_position *position)
{
    memset(s, 0, sizeof *s);
    s->position = *position;
}

bool sequence_set_has(const struct sequence_set *s, uint64_t sequence)
{
    if (sequence <= s->position.sequence) {
        return true;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (sequence >= s->ranges[i].first && sequence <= s->ranges[i].last) {
            return true;
        }
    }
    return false;
}

uint64_t sequence_set_last(const struct sequence_set *s)
{
    return s->count > 0 ? s->ranges[s->count - 1].last : s->position.sequence;
}

uint64_t sequence_set_missing(const struct sequence_set *s, uint64_t last)
{
    if (last <= s->position.sequence) {
        return 0;
    }
    uint64_t missing = last - s->position.sequence;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct sequence_range *r = &s->ranges[i];
        if (r->first <= last) {
            missing -= (r->last < last ? r->last : last) - r->first + 1;
        }
    }
    return missing;
}

static void remove_at(struct sequence_set *s, uint32_t at)
{
    assert(at < s->count);
    s->count--;
    memmove(&s->ranges[at], &s->ranges[at + 1], (s->count - at) * sizeof s->ranges[0]);
}

/* The position swallows the first range if it has come up to it. */
static void absorb(struct sequence_set *s)
{
    while (s->count > 0 && s->ranges[0].first == s->position.sequence + 1) {
        s->position.sequence = s->ranges[0].last;
        s->position.head = s->ranges[0].after;
        remove_at(s, 0);
    }
}

/* Whether the run fits what stands before and after it: at == number of ranges wholly before. */
static bool fits(const struct sequence_set *s, const struct sequence_range *run, uint32_t at)
{
    const struct sequence_range *left = at > 0 ? &s->ranges[at - 1] : NULL;
    const struct sequence_range *right = at < s->count ? &s->ranges[at] : NULL;
    const uint64_t left_last = left != NULL ? left->last : s->position.sequence;
    const struct digest *left_head = left != NULL ? &left->after : &s->position.head;
    if (run->first == left_last + 1 && !digest_equal(&run->before, left_head)) {
        return false;
    }
    return right == NULL || run->last + 1 != right->first ||
           digest_equal(&run->after, &right->before);
}

result sequence_set_add(struct sequence_set *s, const struct sequence_range *run)
{
    assert(run->first <= run->last);
    assert(run->first > s->position.sequence);
    uint32_t at = 0;
    while (at < s->count && s->ranges[at].first < run->first) {
        at++;
    }
    ENSURE(fits(s, run, at), ERR_SIGNATURE);
    const bool joins_left = at > 0 && s->ranges[at - 1].last + 1 == run->first;
    const bool joins_right = at < s->count && run->last + 1 == s->ranges[at].first;
    if (joins_left) {
        s->ranges[at - 1].last = joins_right ? s->ranges[at].last : run->last;
        s->ranges[at - 1].after = joins_right ? s->ranges[at].after : run->after;
        if (joins_right) {
            remove_at(s, at);
        }
    } else if (joins_right) {
        s->ranges[at].first = run->first;
        s->ranges[at].before = run->before;
    } else if (at == 0 && run->first == s->position.sequence + 1) {
        s->position.sequence = run->last;
        s->position.head = run->after;
    } else {
        ENSURE(s->count < SEQUENCE_SET_RANGES_MAX, ERR_FULL);
        memmove(&s->ranges[at + 1], &s->ranges[at], (s->count - at) * sizeof s->ranges[0]);
        s->ranges[at] = *run;
        s->count++;
    }
    absorb(s);
    return OK;
}

static bool differs(const struct digest *ours, const struct digest *theirs, struct digest *known)
{
    if (digest_equal(ours, theirs)) {
        return false;
    }
    *known = *ours;
    return true;
}

bool sequence_set_contradicts(const struct sequence_set *s, uint64_t sequence,
                              const struct digest *head, struct digest *known)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct sequence_range *r = &s->ranges[i];
        if ((r->last == sequence && differs(&r->after, head, known)) ||
            (r->first == sequence + 1 && differs(&r->before, head, known))) {
            return true;
        }
    }
    return s->position.sequence == sequence && differs(&s->position.head, head, known);
}

result sequence_set_skip(struct sequence_set *s, uint64_t last, const struct digest *after,
                         uint64_t *skipped)
{
    struct digest known;
    ENSURE(!sequence_set_contradicts(s, last, after, &known), ERR_SIGNATURE);
    if (last <= s->position.sequence) {
        *skipped = 0;
        return OK;
    }
    *skipped = sequence_set_missing(s, last);
    while (s->count > 0 && s->ranges[0].last <= last) {
        remove_at(s, 0);
    }
    if (s->count > 0 && s->ranges[0].first <= last) {
        s->position.sequence = s->ranges[0].last;
        s->position.head = s->ranges[0].after;
        remove_at(s, 0);
    } else {
        s->position.sequence = last;
        s->position.head = *after;
    }
    absorb(s);
    return OK;
}

void sequence_set_cut(struct sequence_set *s, uint64_t last)
{
    while (s->count > 0 && s->ranges[s->count - 1].first > last) {
        s->count--;
    }
}
