#include "cli/coalition_state.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define INSPECT_S 10.0
#define HEAP_SLACK_BYTES (512 * 1024) /* glibc keeps small pieces at hand, up to half of that */

double coalition_now_s(const struct coalition *c)
{
    return instant_since_s(c->now, c->trial->scenario.start);
}

const char *coalition_code(const struct coalition *c, uint32_t nation)
{
    return c->trial->scenario.nations[nation].id.code;
}

void coalition_find(struct coalition *c, char invariant, const char *format, ...)
{
    if (c->finding->invariant != '\0') {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->finding->text, sizeof c->finding->text, format, arguments);
    va_end(arguments);
    c->finding->invariant = invariant;
    c->finding->at_s = coalition_now_s(c);
}

void coalition_tell(struct coalition *c, const char *format, ...)
{
    if (c->options.tell == NULL) {
        return;
    }
    char text[COALITION_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    c->options.tell(c->options.context, coalition_now_s(c), text);
}

bool coalition_is_on(const struct coalition *c, uint32_t number)
{
    const struct trial_fault *f = &c->trial->faults[number];
    const double now_s = coalition_now_s(c);
    return (c->options.faults >> number & 1u) != 0 && now_s >= f->at_s && now_s < f->until_s;
}

const struct trial_fault *coalition_fault(const struct coalition *c, uint32_t nation,
                                          enum trial_fault_kind kind)
{
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (f->kind == kind && f->nation == nation && coalition_is_on(c, i)) {
            return f;
        }
    }
    return NULL;
}

/* What is wrong with one direction of a link now. Without a fault it takes 50 ms. */
static struct link_faults faults_of(const struct coalition *c, uint32_t from, uint32_t to)
{
    struct link_faults out = {.delay_s = 0.05};
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (!trial_fault_is_of_link(f->kind) || f->nation != from || f->partner != to ||
            !coalition_is_on(c, i)) {
            continue;
        }
        switch (f->kind) {
        case TRIAL_LOSS:
            out.loss_probability = f->amount;
            break;
        case TRIAL_REPEAT:
            out.repeat_probability = f->amount;
            break;
        case TRIAL_DELAY:
            out.delay_s = f->amount;
            break;
        case TRIAL_JITTER:
            out.jitter_s = f->amount;
            break;
        case TRIAL_FLIP:
            out.flip_probability = f->amount;
            break;
        case TRIAL_CUT:
            out.cut = true;
            break;
        default:
            break;
        }
    }
    return out;
}

static result set_links(struct coalition *c)
{
    const struct scenario *s = &c->trial->scenario;
    for (uint32_t i = 0; i < s->link_count; i++) {
        const struct link_faults faults = faults_of(c, s->links[i].from, s->links[i].to);
        TRY(link_memory_set(c->link, s->links[i].from, s->links[i].to, &faults));
    }
    return OK;
}

static struct instant earlier(struct instant a, struct instant b)
{
    return instant_before(b, a) ? b : a;
}

/* When a fault begins or ends next. */
static struct instant next_change(const struct coalition *c)
{
    struct instant next = INSTANT_LAST;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const double times_s[2] = {c->trial->faults[i].at_s, c->trial->faults[i].until_s};
        for (int k = 0; k < 2; k++) {
            const struct instant t = instant_plus_s(c->trial->scenario.start, times_s[k]);
            next = instant_before(c->now, t) ? earlier(next, t) : next;
        }
    }
    return next;
}

/* Whether it is there while it is on; others are counted as they come about. */
static bool is_interval(enum trial_fault_kind kind)
{
    return trial_fault_is_of_link(kind) || kind == TRIAL_DISK_SLOW ||
           (kind >= TRIAL_CLOCK_SKEW && kind < TRIAL_OFFICER && kind != TRIAL_POLICY);
}

static void count_faults(struct coalition *c)
{
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        if ((c->options.faults >> i & 1u) != 0 && is_interval(c->trial->faults[i].kind)) {
            c->counts->faults[c->trial->faults[i].kind]++;
        }
    }
    const struct scenario *s = &c->trial->scenario;
    for (uint32_t i = 0; i < s->link_count; i++) {
        const struct link_counters *l =
            link_memory_counters(c->link, s->links[i].from, s->links[i].to);
        c->counts->frames += l->sent;
        c->counts->lost += l->lost + l->overflowed;
        c->counts->repeated += l->repeated;
        c->counts->flipped += l->flipped;
        c->counts->released += c->witness->pairs[s->links[i].from][s->links[i].to].released;
        c->counts->held += c->witness->pairs[s->links[i].from][s->links[i].to].held;
    }
    c->counts->objects = c->world.truth.object_count;
}

static result start(struct coalition *c)
{
    const struct scenario *s = &c->trial->scenario;
    uint32_t launch = 0;
    TRY(world_init(&c->world, s, c->trial->seed, &launch));
    TRY(keys_start());
    TRY(link_memory_open(s->nation_count, c->trial->seed, &c->link));
    c->now = s->start;
    c->end = instant_plus_s(s->start, c->trial->duration_s);
    c->forge_next = c->now;
    c->inspect_next = c->now;
    random_init(&c->chance, c->trial->seed, 999);
    random_init(&c->lies, c->trial->seed, 998);
    for (uint32_t i = 0; i < LIMIT_NATIONS * LIMIT_SENSORS; i++) {
        c->frozen[i / LIMIT_SENSORS][i % LIMIT_SENSORS].validity = INSTANT_UNSET;
    }
    TRY(set_links(c));
    for (uint32_t n = 0; n < s->nation_count; n++) {
        TRY(member_open(c, n));
    }
    return OK;
}

static void speak_false(struct coalition *c)
{
    for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
        struct member *m = &c->members[n];
        const struct trial_fault *f = coalition_fault(c, n, TRIAL_TRAITOR);
        if (f != NULL && m->performer != NULL && !m->is_still) {
            m->is_false = true;
            traitor_speak(m, f->amount);
        }
    }
}

/* All that happens at c->now. */
static void turn(struct coalition *c)
{
    while (!instant_before(c->now, world_next_time(&c->world)) && world_next(&c->world, &c->scan)) {
        trouble_sensors(c, &c->scan);
        member_scan(&c->members[c->scan.nation], &c->scan);
    }
    struct link_delivery delivery;
    while (link_memory_next(c->link, c->now, &delivery)) {
        member_receive(&c->members[delivery.to], delivery.from, delivery.data);
    }
    if (!instant_before(c->now, c->forge_next)) {
        trouble_forge(c);
        cross_speak(c);
        speak_false(c);
        for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
            officer_turn(&c->members[n]);
            relay_turn(&c->members[n]);
        }
        c->forge_next = instant_plus_s(c->now, TROUBLE_PERIOD_S);
    }
    if (!instant_before(c->now, c->inspect_next)) {
        coalition_inspect(c);
        c->inspect_next = instant_plus_s(c->now, INSPECT_S);
    }
    for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
        member_turn(&c->members[n]);
    }
}

static result run(struct coalition *c)
{
    struct instant change = next_change(c);
    while (c->finding->invariant == '\0') {
        struct instant next = earlier(world_next_time(&c->world), link_memory_next_time(c->link));
        next = earlier(next, earlier(change, c->forge_next));
        for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
            next = earlier(next, member_next(&c->members[n]));
        }
        if (instant_before(c->end, next)) {
            break;
        }
        c->now = instant_before(c->now, next) ? next : c->now;
        c->counts->now_s = coalition_now_s(c);
        if (!instant_before(c->now, change)) {
            TRY(set_links(c));
            change = next_change(c);
            for (uint32_t n = 0; n < c->trial->scenario.nation_count; n++) {
                member_begin_faults(&c->members[n]);
            }
        }
        turn(c);
    }
    return OK;
}

static size_t heap_bytes(void)
{
    const struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

/* What ended has given back all that it had taken; what the C library keeps for itself is less. */
static void judge_heap(const struct coalition_options *options, size_t before,
                       struct coalition_finding *finding)
{
    const size_t after = heap_bytes();
    if (finding->invariant == '\0' && after > before + HEAP_SLACK_BYTES) {
        *finding = (struct coalition_finding){.invariant = COALITION_BOUNDED,
                                              .at_s = options->trial->duration_s};
        (void)snprintf(finding->text, sizeof finding->text,
                       "%zu bytes of the heap are not given back at the end", after - before);
    }
}

result coalition_run(const struct coalition_options *options, struct coalition_counts *counts,
                     struct coalition_finding *finding)
{
    const size_t heap_before = heap_bytes();
    struct coalition *c = calloc(1, sizeof *c);
    struct witness *witness = calloc(1, sizeof *witness);
    struct view *view = calloc(1, sizeof *view);
    *counts = (struct coalition_counts){.digest = UINT64_C(14695981039346656037)};
    *finding = (struct coalition_finding){.invariant = '\0'};
    result outcome = c != NULL && witness != NULL && view != NULL ? OK : ERR_IO;
    if (outcome == OK) {
        c->options = *options;
        c->trial = options->trial;
        c->counts = counts;
        c->finding = finding;
        c->witness = witness;
        c->view = view;
        outcome = start(c);
    }
    if (outcome == OK) {
        outcome = run(c);
    }
    if (outcome == OK) {
        coalition_judge(c);
        count_faults(c);
    }
    for (uint32_t n = 0; c != NULL && n < LIMIT_NATIONS; n++) {
        member_close(&c->members[n]);
    }
    if (c != NULL) {
        link_memory_close(c->link);
    }
    free(witness);
    free(view);
    free(c);
    judge_heap(options, heap_before, finding);
    return outcome;
}
