#include "node/public_message.h"

#include <assert.h>
#include <string.h>

#include "warn/gazetteer.h"

static const struct engine_event *find_event(const struct engine *engine, struct event_id id)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        if (engine->events[i].id.value == id.value) {
            return &engine->events[i];
        }
    }
    return NULL;
}

static void name_places(struct public_message *m)
{
    for (uint32_t i = 0; i < m->warning.area_count; i++) {
        const int area = m->warning.areas[i].province;
        for (int l = 0; l < LANGUAGE_COUNT; l++) {
            m->places[i].names[l] = gazetteer_name_in(area, (enum language)l);
        }
        m->places[i].iso_code = gazetteer_iso_code(area);
    }
}

/* The country, if it was launched from land. */
static void name_launch(const struct launch_estimate *launch, struct public_warning *told)
{
    const int area = launch->determined
                         ? gazetteer_find(launch->point.lat_rad, launch->point.lon_rad)
                         : GAZETTEER_NONE;
    if (area == GAZETTEER_NONE) {
        return;
    }
    told->launched = launch->time;
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        told->from[l] = gazetteer_country_name_in(area, (enum language)l);
    }
}

/* What points into the message itself. */
static void point(struct public_message *m)
{
    m->told.event_name = m->name.text;
    m->told.warning = &m->warning;
    m->told.places = m->places;
    m->told.impact = &m->impact;
}

bool public_message_make(const struct engine *engine, struct event_id id,
                         struct public_message *out)
{
    const struct engine_event *event = find_event(engine, id);
    if (event == NULL || !public_warning_is_one(event->warning.state)) {
        return false;
    }
    memset(out, 0, sizeof *out);
    out->warning = event->warning;
    out->impact = event->assessment.impact;
    out->impact.why = event->has_common ? out->impact.why : WHY_NO_TRACK;
    out->name = event->name;
    out->told.domain = engine->config.domain;
    out->told.nation = engine->config.nation;
    out->told.launched = INSTANT_UNSET;
    point(out);
    name_places(out);
    name_launch(&event->assessment.launch, &out->told);
    return true;
}

void public_message_prepare(const struct public_message *in_force, enum public_prepared end,
                            struct public_message *out)
{
    static const enum warning_state STATES[] = {WARNING_NONE, WARNING_CANCEL, WARNING_ALL_CLEAR,
                                                WARNING_EXPIRED};
    assert(warning_in_force(in_force->warning.state));
    assert(end != PREPARED_NOT);
    *out = *in_force;
    point(out);
    out->told.prepared = end;
    out->warning.state = STATES[end];
}
