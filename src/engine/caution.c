#include "engine/caution.h"

#include <string.h>

#include "engine/emit.h"
#include "engine/slots.h"

#define NO_THREAT_HOLD_S 15.0

/* An event that proved to be another one follows that one's warning; while that one has nothing to
 * say yet, or an officer took its warning back, its own stays as it is until its time runs out:
 * that two are one is not known well enough to call off what nobody took back. */
static enum warn_gone gone(struct engine_event *events, const struct engine_event *event)
{
    if (event->recalled) {
        return GONE_RECALLED;
    }
    if (!event->withdrawn || event->same_as.value == 0) {
        return event->withdrawn ? GONE_FALSE : GONE_NOT;
    }
    const struct engine_event *other = slots_find(events, event->same_as);
    if (other == NULL) {
        return GONE_HARMLESS;
    }
    return warning_in_force(other->warning.state)          ? GONE_ELSEWHERE
           : other->warning.serial > 0 && !other->recalled ? GONE_HARMLESS
                                                           : GONE_NOT;
}

struct officer_name *caution_approval(struct engine_event *event, const struct officer_name *who)
{
    for (uint32_t i = 0; i < LIMIT_APPROVALS; i++) {
        struct officer_name *by = &event->approved_by[i];
        if (by->text[0] == '\0') {
            return by;
        }
        if (memcmp(by, who, sizeof *by) == 0) {
            return NULL;
        }
    }
    return NULL;
}

/* Consent follows the launch to the warning that goes on, so that who was told of this one hears of
 * that one. */
static void hand_over_consents(struct engine *engine, const struct engine_event *event,
                               struct engine_event *to)
{
    for (uint32_t i = 0; to != NULL && i < LIMIT_APPROVALS; i++) {
        const struct officer_name *who = &event->approved_by[i];
        struct officer_name *by = who->text[0] != '\0' ? caution_approval(to, who) : NULL;
        if (by != NULL) {
            *by = *who;
            to->approved_at = engine->position;
        }
    }
}

static void note(struct engine *engine, struct engine_event *events, struct engine_event *event,
                 const struct warning *message)
{
    const bool was_in_force = warning_in_force(event->warning.state);
    event->warning = *message;
    if (message->state == WARNING_HANDED_OVER) {
        hand_over_consents(engine, event, slots_find(events, event->same_as));
    }
    if (!was_in_force || !warning_in_force(message->state)) {
        memset(event->approved_by, 0, sizeof event->approved_by);
    }
    if (!was_in_force) {
        event->warned_since = message->time;
        event->warned_from = message->serial;
    }
}

void caution_decide(struct engine *engine, struct engine_event *events, struct engine_event *event,
                    struct effects *effects)
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
    struct warning message;
    if (warn_decide(&event->warn, engine->now, &input, &engine->thresholds, &message)) {
        note(engine, events, event, &message);
        struct effect *e = emit(effects, EFFECT_WARNING, event);
        e->warning = message.state;
    }
}
