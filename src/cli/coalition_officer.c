/* Officers of a coalition, who judge wrongly and forget what they hold: the faults of people. What
 * they order is picked from the picture that their node shows at that moment. */
#include "cli/coalition_officer.h"

#include <math.h>
#include <string.h>

#include "cli/coalition_state.h"

/* How often each order is given. */
static const struct {
    enum order_kind kind;
    double share;
} CHOICE[] = {{ORDER_HOLD, 0.4},   {ORDER_FALSE, 0.19}, {ORDER_CANCEL, 0.06},
              {ORDER_MERGE, 0.12}, {ORDER_SPLIT, 0.12}, {ORDER_ACKNOWLEDGE, 0.06},
              {ORDER_SPACE, 0.05}};
#define CHOICE_COUNT (sizeof CHOICE / sizeof CHOICE[0])

/* The fault's amount is from 0 to 1; further digits of it say what else is drawn. */
static double digits(const struct trial_fault *f, double after)
{
    return fmod(f->amount * after, 1.0);
}

static bool is_about_all(const struct trial_fault *f)
{
    return digits(f, 1e3) < 0.5;
}

/* Whether it is never taken back. */
static bool is_forgotten(const struct trial_fault *f)
{
    return digits(f, 1e4) < 0.5;
}

static enum order_kind kind_of(const struct trial_fault *f)
{
    double left = f->amount;
    size_t i = 0;
    while (i + 1 < CHOICE_COUNT && left >= CHOICE[i].share) {
        left -= CHOICE[i].share;
        i++;
    }
    return CHOICE[i].kind;
}

/* One of the events in the picture, other than `but`; 0 if there is none. */
static struct event_id pick(const struct engine *engine, double which, struct event_id but)
{
    struct event_id there[LIMIT_EVENTS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct event_id id = engine->events[i].id;
        if (id.value != 0 && id.value != but.value && !engine->events[i].withdrawn) {
            there[count] = id;
            count++;
        }
    }
    return count > 0 ? there[(uint32_t)(which * (double)count)] : (struct event_id){0};
}

/* A nation whose track is in the event. */
static struct nation_id pick_nation(const struct engine *engine, const struct engine_event *event,
                                    double which)
{
    const uint32_t count = engine->config.partner_count + 1;
    const uint32_t first = (uint32_t)(which * (double)count);
    for (uint32_t n = 0; n < count; n++) {
        const uint32_t k = (first + n) % count;
        if (event->solutions[k].present) {
            return k == 0 ? engine->config.nation : engine->config.partners[k - 1];
        }
    }
    return engine->config.nation;
}

/* False while there is nothing that it could be about. */
static bool make(const struct engine *engine, const struct trial_fault *f, struct order *out)
{
    const double which = digits(f, 1e5);
    memset(out, 0, sizeof *out);
    out->kind = kind_of(f);
    out->roles = ROLE_WATCH | ROLE_RELEASE;
    memcpy(out->actor.text, "watch", sizeof "watch");
    memcpy(out->reason, "as drawn", sizeof "as drawn");
    if (out->kind == ORDER_HOLD && engine->config.partner_count > 0 && digits(f, 1e6) < 0.7) {
        out->nation = engine->config.partners[(uint32_t)(which * engine->config.partner_count)];
    }
    if (out->kind == ORDER_HOLD && is_about_all(f)) {
        return true;
    }
    out->event = pick(engine, which, (struct event_id){0});
    const struct engine_event *event = engine_event_of(engine, out->event);
    if (event != NULL && out->kind == ORDER_MERGE) {
        out->into = pick(engine, digits(f, 1e7), out->event);
    } else if (event != NULL && out->kind == ORDER_SPLIT) {
        out->nation = pick_nation(engine, event, digits(f, 1e7));
    }
    return event != NULL && (out->kind != ORDER_MERGE || out->into.value != 0) &&
           (out->kind != ORDER_CANCEL || warning_in_force(event->warning.state));
}

static void note(struct member *m, const struct order *order, const struct event_name *name)
{
    const struct engine *engine = performer_engine(m->performer);
    ordered_note(&m->ordered, order, name, engine->position, engine->now);
}

static bool give(struct member *m, const struct order *order)
{
    struct coalition *c = m->coalition;
    const struct engine_event *event =
        engine_event_of(performer_engine(m->performer), order->event);
    /* Of what only others see nobody hears from here. */
    const struct event_name name = event != NULL && event->solutions[0].present
                                       ? event->own_name
                                       : (struct event_name){.text = ""};
    /* What follows from a leave follows within the order, from a ban after it. */
    const struct ordered before = m->ordered;
    const bool is_leave =
        order->kind == ORDER_RELEASE || order->kind == ORDER_REAL || order->kind == ORDER_WARN;
    if (is_leave) {
        note(m, order, &name);
    }
    if (!member_order(m, order)) {
        m->ordered = before;
        return false;
    }
    coalition_tell(c, "%s: an officer orders %s of %s", coalition_code(c, m->nation),
                   order_text(order->kind), event != NULL ? event->name.text : "all");
    if (!is_leave) {
        note(m, order, &name);
    }
    c->counts->orders[order->kind]++;
    return true;
}

/* In a run that is compared with its twin the owner's officers see what the partner may not know,
 * and so judge no single event: what they make of it is theirs to answer for. */
static bool may_give(const struct member *m, const struct order *order)
{
    const struct coalition_eavesdropper *ears = m->coalition->options.ears;
    return ears == NULL || ears->owner != m->nation ||
           (order->kind == ORDER_HOLD && order->event.value == 0);
}

static void begin(struct member *m, uint32_t fault)
{
    struct order order;
    if ((m->fault_done >> fault & 1u) != 0 ||
        !make(performer_engine(m->performer), &m->coalition->trial->faults[fault], &order)) {
        return;
    }
    m->fault_done |= UINT64_C(1) << fault;
    if (may_give(m, &order) && give(m, &order)) {
        m->coalition->counts->faults[TRIAL_OFFICER]++;
        m->orders[fault] = order;
    }
}

static void end(struct member *m, uint32_t fault)
{
    struct order *order = &m->orders[fault];
    const enum order_kind back = order->kind == ORDER_HOLD     ? ORDER_RELEASE
                                 : order->kind == ORDER_FALSE  ? ORDER_REAL
                                 : order->kind == ORDER_CANCEL ? ORDER_WARN
                                                               : ORDER_NONE;
    order->kind = back;
    if (back != ORDER_NONE && !is_forgotten(&m->coalition->trial->faults[fault])) {
        (void)give(m, order);
    }
    order->kind = ORDER_NONE;
}

void officer_turn(struct member *m)
{
    const struct coalition *c = m->coalition;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (f->kind != TRIAL_OFFICER || f->nation != m->nation || m->performer == NULL ||
            m->is_still) {
            continue;
        }
        if (coalition_is_on(c, i)) {
            begin(m, i);
        } else if (m->orders[i].kind != ORDER_NONE) {
            end(m, i);
        }
    }
}
