#include "engine/notice.h"

#include <string.h>

#include "engine/associate.h"
#include "engine/emit.h"
#include "engine/slots.h"

/* A notice whose track has not come after this long stands for an event of its own. */
#define NOTICE_WAIT_S 2.0

/* The live event that this partner's notice alone opened, or NULL. */
static struct engine_event *find_noticed(struct engine *engine, uint32_t partner,
                                         const struct event_name *name)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        struct engine_event *event = &engine->events[i];
        if (event->id.value != 0 && !instant_is_set(event->over_since) &&
            nation_id_equal(event->noticed_from, engine->config.partners[partner]) &&
            memcmp(&event->name, name, sizeof *name) == 0) {
            return event;
        }
    }
    return NULL;
}

/* A partner says that there was none. What others see of it stays; what nobody else sees ends. */
static void take_back(struct engine *engine, uint32_t partner, const struct record *record,
                      struct effects *effects)
{
    const struct picture p = picture_own(engine);
    struct engine_event *event = associate_known(&p, partner + 1, record->notice.track);
    event = event != NULL ? event : associate_called(&p, partner + 1, &record->event);
    event = event != NULL ? event : find_noticed(engine, partner, &record->event);
    if (event == NULL || event->withdrawn) {
        return;
    }
    event->solutions[partner + 1].present = false;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        if (event->solutions[k].present) {
            return;
        }
    }
    event->withdrawn = true;
    (void)emit(effects, EFFECT_WITHDRAWN, event);
}

void notice_take(struct engine *engine, uint32_t partner, const struct record *record,
                 struct effects *effects)
{
    struct engine_notice *place = &engine->notices[partner][0];
    for (uint32_t i = 0; i < ENGINE_NOTICES; i++) {
        struct engine_notice *n = &engine->notices[partner][i];
        if (!n->waiting || (place->waiting && instant_before(n->received, place->received))) {
            place = n;
        }
    }
    if (record->notice.withdrawn) {
        take_back(engine, partner, record, effects);
    }
    *place = (struct engine_notice){.waiting = !record->notice.withdrawn,
                                    .partner = partner,
                                    .received = engine->now,
                                    .name = record->event,
                                    .made = record->made,
                                    .track = record->notice.track};
}

/* A notice whose track came needs nothing more; one without becomes an event that is only
 * noticed. */
void notice_settle(const struct picture *p, struct effects *effects)
{
    struct engine *engine = p->engine;
    for (uint32_t i = 0; i < LIMIT_PARTNERS * ENGINE_NOTICES; i++) {
        struct engine_notice *n = &engine->notices[i / ENGINE_NOTICES][i % ENGINE_NOTICES];
        if (!n->waiting) {
            continue;
        }
        if (associate_known(p, n->partner + 1, n->track) != NULL ||
            associate_called(p, n->partner + 1, &n->name) != NULL) {
            n->waiting = false;
        } else if (instant_since_s(engine->now, n->received) > NOTICE_WAIT_S) {
            n->waiting = false;
            struct engine_event *event =
                slots_open(p, engine->config.partners[n->partner], &n->name, n->made, effects);
            if (event == NULL) {
                continue;
            }
        }
    }
}
