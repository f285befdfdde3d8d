#include "sequence_model.h"

#include <assert.h>
#include <string.h>

#include "share/sequence_set.h"

#define SEQUENCES 200
#define CHECK_STEPS 16 /* between looks at every sequence */

struct model {
    struct sequence_set set;
    bool here[SEQUENCES + 1];
};

/* The head after each sequence; another history has others. */
static struct digest head_of(uint64_t sequence, bool other)
{
    struct digest d = {{(uint8_t)(sequence >> 8), (uint8_t)sequence, other ? 1 : 0}};
    return d;
}

static uint64_t missing_of(const struct model *m, uint64_t last)
{
    uint64_t count = 0;
    for (uint64_t n = 1; n <= last; n++) {
        count += m->here[n] ? 0 : 1;
    }
    return count;
}

/* Ranges ascend, never touch one another or the position, and know the heads at their ends. */
static void check_form(const struct sequence_set *s)
{
    uint64_t last = s->position.sequence;
    assert(s->count <= SEQUENCE_SET_RANGES_MAX);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct sequence_range *r = &s->ranges[i];
        const struct digest before = head_of(r->first - 1, false);
        const struct digest after = head_of(r->last, false);
        assert(r->first > last + 1);
        assert(r->first <= r->last);
        assert(digest_equal(&r->before, &before));
        assert(digest_equal(&r->after, &after));
        last = r->last;
    }
    const struct digest head = head_of(s->position.sequence, false);
    assert(digest_equal(&s->position.head, &head));
    assert(sequence_set_last(s) == last);
}

static void check(const struct model *m)
{
    check_form(&m->set);
    for (uint64_t n = 1; n <= SEQUENCES; n++) {
        assert(sequence_set_has(&m->set, n) == m->here[n]);
    }
    for (uint64_t n = 0; n <= SEQUENCES; n += 7) {
        assert(sequence_set_missing(&m->set, n) == missing_of(m, n));
    }
}

/* What the set knows of the chain: the position, and both ends of each range. */
static bool knows(const struct sequence_set *s, uint64_t sequence)
{
    bool known = s->position.sequence == sequence;
    for (uint32_t i = 0; i < s->count; i++) {
        known = known || s->ranges[i].first == sequence + 1 || s->ranges[i].last == sequence;
    }
    return known;
}

static void contradict(const struct model *m, uint64_t sequence)
{
    const struct digest ours = head_of(sequence, false);
    const struct digest theirs = head_of(sequence, true);
    struct digest known = {{0}};
    assert(!sequence_set_contradicts(&m->set, sequence, &ours, &known));
    assert(sequence_set_contradicts(&m->set, sequence, &theirs, &known) ==
           knows(&m->set, sequence));
    assert(!knows(&m->set, sequence) || digest_equal(&known, &ours));
}

/* Adds a run of which nothing is here, of our history or of another. */
static void add(struct model *m, uint64_t first, uint64_t last, bool other)
{
    const struct sequence_range run = {first, last, head_of(first - 1, other),
                                       head_of(last, other)};
    for (uint64_t n = first; n <= last; n++) {
        if (m->here[n]) {
            return; /* not what add is for */
        }
    }
    const bool touches = (first == 1 && m->set.position.sequence == 0) || m->here[first - 1] ||
                         (last < SEQUENCES && m->here[last + 1]);
    const struct sequence_set before = m->set;
    const result r = sequence_set_add(&m->set, &run);
    if (other) {
        /* Alone it cannot be told from ours: then it is taken back out of the model. */
        assert(!touches || r == ERR_SIGNATURE);
        m->set = before;
        return;
    }
    assert(r == OK || (r == ERR_FULL && !touches && before.count == SEQUENCE_SET_RANGES_MAX));
    assert(r == OK || memcmp(&before, &m->set, sizeof before) == 0);
    for (uint64_t n = first; n <= last && r == OK; n++) {
        m->here[n] = true;
    }
}

static void skip(struct model *m, uint64_t last, bool other)
{
    const struct sequence_set before = m->set;
    const struct digest after = head_of(last, other);
    uint64_t skipped = UINT64_MAX;
    const result r = sequence_set_skip(&m->set, last, &after, &skipped);
    if (other) {
        assert(r == (knows(&before, last) ? ERR_SIGNATURE : OK));
        m->set = before;
        return;
    }
    assert(r == OK);
    assert(skipped == missing_of(m, last));
    assert(m->set.position.sequence >= last);
    for (uint64_t n = 1; n <= last; n++) {
        m->here[n] = true;
    }
}

void sequence_model_play(const uint8_t *steps, size_t size)
{
    struct model m = {.here = {true}};
    const struct frame_position start = {.epoch = {.counter = 1}, .head = head_of(0, false)};
    sequence_set_init(&m.set, &start);
    check(&m);
    for (size_t i = 0; i + 3 <= size; i += 3) {
        const uint64_t first = 1 + steps[i + 1] % SEQUENCES;
        const uint64_t last = first + steps[i + 2] % 8;
        const bool other = steps[i] >= 0xc0;
        if (steps[i] % 8 == 7) {
            skip(&m, first, other);
        } else {
            add(&m, first, last < SEQUENCES ? last : SEQUENCES, other);
        }
        contradict(&m, steps[i + 2] % SEQUENCES);
        check_form(&m.set);
        if (i / 3 % CHECK_STEPS == 0) {
            check(&m);
        }
    }
    check(&m);
}
