/* Frames on the way lie in a binary heap, ordered by time of arrival and then by a running
 * number. */
#include "link/link_memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

struct frame_on_way {
    struct instant arrival;
    uint64_t number;
    uint32_t from;
    uint32_t to;
    uint32_t lane;
    uint32_t size;
    uint8_t *data;
};

struct directed_link {
    struct link_faults faults;
    struct link_counters counters;
    struct random random;       /* of lanes 0 and 1 */
    struct random other_random; /* of all others */
};

struct link_memory {
    uint32_t nations;
    uint64_t next_number;
    size_t bytes_on_way;
    struct directed_link links[LINK_NATIONS_MAX][LINK_NATIONS_MAX];
    uint8_t *delivered; /* what the last delivery's view looks at */
    uint32_t count;
    struct frame_on_way heap[LINK_QUEUE_MAX];
};

result link_memory_open(uint32_t nations, uint64_t seed, struct link_memory **out)
{
    ENSURE(nations >= 1 && nations <= LINK_NATIONS_MAX, ERR_RANGE);
    struct link_memory *l = calloc(1, sizeof *l);
    ENSURE(l != NULL, ERR_IO);
    l->nations = nations;
    for (uint32_t from = 0; from < nations; from++) {
        for (uint32_t to = 0; to < nations; to++) {
            const uint32_t number = from * LINK_NATIONS_MAX + to + 1;
            random_init(&l->links[from][to].random, seed, number);
            random_init(&l->links[from][to].other_random, seed,
                        LINK_NATIONS_MAX * LINK_NATIONS_MAX + number);
        }
    }
    *out = l;
    return OK;
}

void link_memory_close(struct link_memory *l)
{
    if (l == NULL) {
        return;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        free(l->heap[i].data);
    }
    free(l->delivered);
    free(l);
}

static bool route_exists(const struct link_memory *l, uint32_t from, uint32_t to)
{
    return from < l->nations && to < l->nations && from != to;
}

static bool is_probability(double p)
{
    return p >= 0.0 && p <= 1.0;
}

result link_memory_set(struct link_memory *l, uint32_t from, uint32_t to,
                       const struct link_faults *faults)
{
    ENSURE(route_exists(l, from, to), ERR_RANGE);
    ENSURE(faults->delay_s >= 0.0 && faults->delay_s <= 3600.0, ERR_RANGE);
    ENSURE(faults->jitter_s >= 0.0 && faults->jitter_s <= 3600.0, ERR_RANGE);
    ENSURE(is_probability(faults->loss_probability), ERR_RANGE);
    ENSURE(is_probability(faults->flip_probability), ERR_RANGE);
    ENSURE(is_probability(faults->repeat_probability), ERR_RANGE);
    l->links[from][to].faults = *faults;
    return OK;
}

const struct link_counters *link_memory_counters(const struct link_memory *l, uint32_t from,
                                                 uint32_t to)
{
    return route_exists(l, from, to) ? &l->links[from][to].counters : NULL;
}

static bool arrives_before(const struct frame_on_way *a, const struct frame_on_way *b)
{
    if (instant_equal(a->arrival, b->arrival)) {
        return a->number < b->number;
    }
    return instant_before(a->arrival, b->arrival);
}

static void swap(struct frame_on_way *a, struct frame_on_way *b)
{
    const struct frame_on_way other = *a;
    *a = *b;
    *b = other;
}

static void push(struct link_memory *l, const struct frame_on_way *frame)
{
    assert(l->count < LINK_QUEUE_MAX);
    uint32_t at = l->count;
    l->heap[at] = *frame;
    l->count++;
    /* not a finding (arrayIndexOutOfBoundsCond): at 0 nothing is looked at */
    while (at > 0 && arrives_before(&l->heap[at], &l->heap[(at - 1) / 2])) {
        swap(&l->heap[at], &l->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct frame_on_way pop(struct link_memory *l)
{
    const struct frame_on_way first = l->heap[0];
    l->count--;
    l->heap[0] = l->heap[l->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < l->count; child++) {
            least = arrives_before(&l->heap[child], &l->heap[least]) ? child : least;
        }
        if (least == at) {
            return first;
        }
        swap(&l->heap[at], &l->heap[least]);
        at = least;
    }
}

/* What chance does to one frame: always the same number of draws. */
struct fate {
    double jitter;
    double repeat_jitter;
    bool lost;
    bool flipped;
    bool repeated;
    uint64_t bit;
};

static struct fate draw_fate(const struct directed_link *link, struct random *random)
{
    struct fate fate;
    fate.jitter = random_uniform(random);
    fate.repeat_jitter = random_uniform(random);
    fate.lost = random_uniform(random) < link->faults.loss_probability || link->faults.cut;
    fate.flipped = random_uniform(random) < link->faults.flip_probability;
    fate.repeated = random_uniform(random) < link->faults.repeat_probability;
    fate.bit = random_u64(random);
    return fate;
}

static result put_on_way(struct link_memory *l, const struct frame_on_way *frame, struct bytes data,
                         const struct fate *fate)
{
    ENSURE(l->count < LINK_QUEUE_MAX && l->bytes_on_way + data.size <= LINK_QUEUE_BYTES_MAX,
           ERR_FULL);
    struct frame_on_way copy = *frame;
    copy.data = malloc(data.size);
    ENSURE(copy.data != NULL, ERR_FULL);
    memcpy(copy.data, data.data, data.size);
    copy.number = l->next_number;
    l->next_number++;
    if (fate->flipped) {
        const uint64_t bit = fate->bit % (8 * data.size);
        copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    l->bytes_on_way += data.size;
    push(l, &copy);
    /* not a finding (analyzer-malloc-leak): the heap owns the copy */
    return OK;
}

result link_memory_send(struct link_memory *l, uint32_t from, uint32_t to, uint32_t lane,
                        struct bytes data, struct instant now)
{
    ENSURE(route_exists(l, from, to), ERR_RANGE);
    ENSURE(data.size > 0 && data.size <= LINK_FRAME_BYTES_MAX, ERR_RANGE);
    struct directed_link *link = &l->links[from][to];
    const struct fate fate = draw_fate(link, lane < 2 ? &link->random : &link->other_random);
    link->counters.sent++;
    link->counters.bytes += data.size;
    if (fate.lost) {
        link->counters.lost++;
        return OK;
    }
    const double jitter_s = fate.jitter * link->faults.jitter_s;
    const struct frame_on_way frame = {.arrival =
                                           instant_plus_s(now, link->faults.delay_s + jitter_s),
                                       .from = from,
                                       .to = to,
                                       .lane = lane,
                                       .size = (uint32_t)data.size};
    if (put_on_way(l, &frame, data, &fate) != OK) {
        link->counters.overflowed++;
        return ERR_FULL;
    }
    link->counters.flipped += fate.flipped ? 1 : 0;
    if (fate.repeated) {
        struct frame_on_way again = frame;
        const double again_s = fate.repeat_jitter * link->faults.jitter_s;
        again.arrival = instant_plus_s(now, link->faults.delay_s + again_s);
        if (put_on_way(l, &again, data, &fate) == OK) {
            link->counters.repeated++;
        }
    }
    return OK;
}

bool link_memory_next(struct link_memory *l, struct instant until, struct link_delivery *out)
{
    if (l->count == 0 || instant_before(until, l->heap[0].arrival)) {
        return false;
    }
    const struct frame_on_way frame = pop(l);
    free(l->delivered);
    l->delivered = frame.data;
    l->bytes_on_way -= frame.size;
    l->links[frame.from][frame.to].counters.delivered++;
    *out = (struct link_delivery){.from = frame.from,
                                  .to = frame.to,
                                  .lane = frame.lane,
                                  .time = frame.arrival,
                                  .data = {frame.data, frame.size}};
    return true;
}

struct instant link_memory_next_time(const struct link_memory *l)
{
    return l->count == 0 ? INSTANT_LAST : l->heap[0].arrival;
}
