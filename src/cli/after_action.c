#include "cli/after_action.h"

#include <stdio.h>
#include <string.h>

#include "geo/ellipsoid.h"

void after_action_init(struct after_action *a, const char *wanted)
{
    memset(a, 0, sizeof *a);
    a->wanted = wanted;
    a->noticed = INSTANT_UNSET;
}

static bool is_named(const char *wanted, const struct engine_event *e)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)e->id.value);
    return strcmp(wanted, number) == 0 || strcmp(wanted, e->name.text) == 0 ||
           strcmp(wanted, e->own_name.text) == 0;
}

static void begin(struct after_action *a, const struct engine *engine)
{
    a->found = true;
    a->nation = engine->config.nation;
    a->domain = engine->config.domain;
    a->nation_count = engine->config.partner_count + 1;
    for (uint32_t i = 0; i < a->nation_count; i++) {
        struct after_nation *n = &a->nations[i];
        n->nation = i == 0 ? engine->config.nation : engine->config.partners[i - 1];
        n->first_from = INSTANT_UNSET;
        n->last_from = INSTANT_UNSET;
        n->first_to = INSTANT_UNSET;
    }
}

static const struct engine_event *find(struct after_action *a, const struct engine *engine)
{
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *e = &engine->events[i];
        const bool same = a->found ? e->id.value == a->event.value : is_named(a->wanted, e);
        if (e->id.value != 0 && same) {
            if (!a->found) {
                begin(a, engine);
                a->event = e->id;
                a->noticed = e->noticed;
            }
            return e;
        }
    }
    return NULL;
}

static struct after_nation *nation_of(struct after_action *a, struct nation_id id)
{
    for (uint32_t i = 0; i < a->nation_count; i++) {
        if (nation_id_equal(a->nations[i].nation, id)) {
            return &a->nations[i];
        }
    }
    return NULL;
}

static void count_effect(struct after_action *a, const struct effect *e, struct instant now)
{
    struct after_nation *n = nation_of(a, e->partner);
    if (n == NULL) {
        return;
    }
    if (e->kind == EFFECT_TAKEN) {
        n->taken++;
        n->first_from = instant_is_set(n->first_from) ? n->first_from : now;
        n->last_from = now;
    } else if (e->kind == EFFECT_RELEASED) {
        n->released++;
        n->first_to = instant_is_set(n->first_to) ? n->first_to : now;
    } else if (e->kind == EFFECT_WITHHELD) {
        n->withheld[e->why]++;
    }
}

static void add_warning(struct after_action *a, const struct engine *engine)
{
    static struct public_message message;
    struct after_warning *w = &a->warnings[a->warning_count];
    if (a->warning_count == AFTER_WARNINGS_MAX ||
        !public_message_make(engine, a->event, &message)) {
        return;
    }
    struct text title = text_over(w->title, sizeof w->title);
    w->warning = message.warning;
    (void)public_warning_id(&message.told, w->id);
    public_headline(&message.told, LANGUAGE_ENGLISH, &title);
    a->warning_count++;
}

static void add_line(struct after_action *a, const struct engine *engine, const struct effect *e)
{
    char text[HAPPENING_TEXT_SIZE];
    if (!happening_text(engine, e, text)) {
        return;
    }
    if (a->line_count == AFTER_LINES_MAX) {
        a->lines_left_out++;
        return;
    }
    struct after_line *line = &a->lines[a->line_count];
    line->time = engine->now;
    memcpy(line->text, text, sizeof text);
    a->line_count++;
}

/* Whether an effect is about the launch. Records have the name that their owner uses. */
static bool is_about(const struct after_action *a, const struct effect *e)
{
    for (uint32_t i = 1; i < a->nation_count && e->kind == EFFECT_TAKEN; i++) {
        const struct after_nation *n = &a->nations[i];
        if (nation_id_equal(n->nation, e->partner) && n->name.text[0] != '\0' &&
            strcmp(n->name.text, e->name.text) == 0) {
            return true;
        }
    }
    return e->event.value == a->event.value || strcmp(e->name.text, a->name.text) == 0 ||
           strcmp(e->name.text, a->own_name.text) == 0;
}

static void add_sample(struct after_action *a, const struct engine_event *e)
{
    const struct common_solution *c = &e->common;
    const bool is_new =
        a->sample_count == 0 ||
        instant_since_s(e->common_time, a->samples[a->sample_count - 1].time) >= 1.0;
    if (!e->has_common || !is_new || a->sample_count == AFTER_SAMPLES_MAX ||
        e->common_status == STATUS_DROPPED) {
        return;
    }
    struct after_sample *s = &a->samples[a->sample_count];
    const struct geo_ecef p = {c->x[0], c->x[1], c->x[2]};
    if (ellipsoid_from_ecef(p, &s->point) == OK) {
        s->time = e->common_time;
        s->status = e->common_status;
        a->sample_count++;
    }
}

static void learn(struct after_action *a, const struct engine_event *e)
{
    struct after_nation *own = &a->nations[0];
    for (uint32_t i = 1; i < a->nation_count; i++) {
        if (e->solutions[i].present) {
            a->nations[i].name = e->solutions[i].name;
        }
    }
    a->name = e->name;
    a->own_name = e->own_name;
    if (e->solutions[0].present) {
        own->first_from = instant_is_set(own->first_from) ? own->first_from
                                                          : e->solutions[0].track.first_detection;
        own->last_from = e->solutions[0].track.last_measurement;
    }
    if (e->has_common && (e->assessment.impact.why == WHY_NONE ||
                          a->assessment.impact.why != WHY_NONE || a->sample_count == 0)) {
        a->assessment = e->assessment;
    }
    if (e->has_common && e->assessment.launch.determined) {
        a->has_launch = true;
        a->launch = e->assessment.launch;
        a->launch_ellipse_95 = e->assessment.launch_ellipse_95;
    }
    add_sample(a, e);
}

void after_action_show(void *context, const struct engine *engine, const struct effects *effects)
{
    struct after_action *a = context;
    const struct engine_event *e = find(a, engine);
    if (e == NULL) {
        return;
    }
    learn(a, e);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_SEND || !is_about(a, effect)) {
            continue;
        }
        count_effect(a, effect, engine->now);
        add_line(a, engine, effect);
        if (effect->kind == EFFECT_WARNING) {
            add_warning(a, engine);
        }
    }
}
