#include "engine/caution.h"

#include <string.h>

#include "engine/emit.h"

#define NO_THREAT_HOLD_S 15.0

/* An event that proved to be another one follows that one's warning; while that one has nothing to
 * say yet, its own stays as it is until its time runs out. */
static enum warn_gone gone(const struct engine_event *events, const struct engine_event *event)
{
    if (!event->withdrawn || event->same_as.value == 0) {
        return event->withdrawn ? GONE_FALSE : event->recalled ? GONE_RECALLED : GONE_NOT;
    }
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        if (events[i].id.value == event->same_as.value) {
            const struct warning *other = &events[i].warning;
            return warning_in_force(other->state) ? GONE_ELSEWHERE
                   : other->serial > 0            ? GONE_HARMLESS
                                                  : GONE_NOT;
        }
    }
    return GONE_HARMLESS;
}

void caution_decide(struct engine *engine, const struct engine_event *events,
                    struct engine_event *event, struct effects *effects)
{
    const struct warn_input input = {
        .assessment = event->has_common ? &event->assessment : NULL,
        .risk = event->has_common ? &event->risk : NULL,
        .gone = gone(events, event),
    };
    const bool harmless = event->risk.impact_probability < engine->thresholds.wide_probability &&
                          event->risk.overflight_probability < engine->thresholds.wide_probability;
    if (event->warning.serial == 0 && harmless && !event->withdrawn && event->has_common &&
        event->common.ballistic &&
        instant_since_s(engine->now, event->common.end_of_thrust) < NO_THREAT_HOLD_S) {
        return;
    }
    const bool was_in_force = warning_in_force(event->warning.state);
    struct warning message;
    if (warn_decide(&event->warn, engine->now, &input, &engine->thresholds, &message)) {
        event->warning = message;
        if (!was_in_force) {
            memset(event->approved_by, 0, sizeof event->approved_by);
        }
        struct effect *e = emit(effects, EFFECT_WARNING, event);
        e->warning = message.state;
    }
}
