#include "node/public_message.h"

#include <assert.h>
#include <string.h>

#include "geo/ellipsoid.h"
#include "warn/gazetteer.h"

#define SIGMAS_95 1.959963984540054 /* two-sided 95 % of a normal distribution */
#define BESIDE_MIN_M 25e3 /* a passage is drawn so wide on each side, however well it is known */

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

/* The way above the nation as predicted now, as far as it is still ahead. */
static void find_passage(const struct engine_event *event, struct public_passage *out)
{
    const struct footprint *f = &event->footprint;
    const struct warn_state *warned = &event->warn;
    if (!instant_is_set(warned->passage_from) || f->knot_count < 2) {
        return;
    }
    const double first_s = f->knots[0].after_s;
    const double last_s = footprint_end_s(f);
    const double from_s = instant_since_s(warned->passage_from, f->start);
    const double until_s = instant_since_s(warned->passage_until, f->start);
    const double begin_s = from_s > first_s ? from_s : first_s;
    const double end_s = until_s < last_s ? until_s : last_s;
    const double step_s = (end_s - begin_s) / (OUTLINE_WAY_MAX - 1);
    uint32_t knot = 0;
    for (uint32_t i = 0; step_s > 0.0 && i < OUTLINE_WAY_MAX; i++) {
        const double after_s = i + 1 < OUTLINE_WAY_MAX ? begin_s + i * step_s : end_s;
        struct geo_ecef at;
        while (knot + 2 < f->knot_count && f->knots[knot + 1].after_s <= after_s) {
            knot++;
        }
        if (footprint_position(f, after_s, &at) != OK ||
            ellipsoid_from_ecef(at, &out->points[i]) != OK) {
            out->count = 0;
            return;
        }
        const double a_m = f->knots[knot].across_sigma_m;
        const double b_m = f->knots[knot + 1].across_sigma_m;
        const double half_m = SIGMAS_95 * (a_m > b_m ? a_m : b_m);
        out->half_width_m[i] = half_m > BESIDE_MIN_M ? half_m : BESIDE_MIN_M;
        out->count = i + 1;
    }
}

/* What points into the message itself. */
static void point(struct public_message *m)
{
    m->told.event_name = m->name.text;
    m->told.warning = &m->warning;
    m->told.places = m->places;
    m->told.impact = &m->impact;
    m->told.passage = &m->passage;
}

bool public_message_make(const struct engine *engine, struct event_id id,
                         struct public_message *out)
{
    const struct engine_event *event = engine_event_of(engine, id);
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
    find_passage(event, &out->passage);
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
