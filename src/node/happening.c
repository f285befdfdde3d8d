#include "node/happening.h"

#include <math.h>
#include <stdio.h>

#include "warn/gazetteer.h"

void happening_danger(const struct warning *w, struct instant now, char *out, size_t size)
{
    out[0] = '\0';
    if (!warning_in_force(w->state)) {
        return;
    }
    struct instant first = INSTANT_UNSET;
    double impact = 0.0;
    for (uint32_t i = 0; i < w->area_count; i++) {
        const struct warning_area *a = &w->areas[i];
        impact += a->impact_probability;
        if (instant_is_set(a->overflight) &&
            (!instant_is_set(first) || instant_before(a->overflight, first))) {
            first = a->overflight;
        }
    }
    const bool falls = impact >= 0.01 && instant_is_set(w->impact);
    const struct instant when = falls ? w->impact : first;
    const double left_s = instant_is_set(when) ? instant_since_s(when, now) : -1.0;
    const char *what = falls ? "impact" : "overflight";
    if (left_s >= 0.0) {
        const long whole = lround(left_s);
        (void)snprintf(out, size, ", %s in %02ld:%02ld", what, whole / 60, whole % 60);
    } else {
        (void)snprintf(out, size, ", %s", what);
    }
}

void happening_areas(const struct warning *w, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    uint32_t shown = 0;
    while (shown < w->area_count && shown < 4 && at < size) {
        const int n = snprintf(out + at, size - at, "%s%s", shown > 0 ? ", " : "",
                               gazetteer_name(w->areas[shown].province));
        at += (size_t)n;
        shown++;
    }
    if (shown < w->area_count && at < size) {
        (void)snprintf(out + at, size - at, " and %u more", w->area_count - shown);
    }
}

static void warning_text(const struct engine *engine, const struct effect *effect, char *out,
                         size_t size)
{
    const char *name = effect->name.text;
    if (effect->warning == WARNING_NO_THREAT) {
        (void)snprintf(out, size, "%s: no threat to us", name);
        return;
    }
    char areas[160] = "";
    char danger[48] = "";
    const struct engine_event *event = engine_event_of(engine, effect->event);
    if (event != NULL) {
        happening_areas(&event->warning, areas, sizeof areas);
        happening_danger(&event->warning, engine->now, danger, sizeof danger);
    }
    (void)snprintf(out, size, "WARNING %s: %s%s%s%s", name, warning_state_text(effect->warning),
                   areas[0] != '\0' ? ": " : "", areas, danger);
}

/* "kim: AMBER-K417 is false: …", as the log and the report have it. */
static bool order_words(const struct engine *engine, uint64_t number, char *out, size_t size)
{
    static const char *const SAYS[ORDER_KIND_COUNT][2] = {
        [ORDER_ACKNOWLEDGE] = {"", " is acknowledged"},
        [ORDER_FALSE] = {"", " is false"},
        [ORDER_REAL] = {"", " is real after all"},
        [ORDER_SPACE] = {"", " is a known space launch"},
        [ORDER_MERGE] = {"", " is the same launch as "},
        [ORDER_SPLIT] = {"", " is split: another object is tracked by "},
        [ORDER_HOLD] = {"nothing more of ", " goes to "},
        [ORDER_RELEASE] = {"what is held of ", " goes again to "},
        [ORDER_APPROVE] = {"the warning about ", " may go out"},
        [ORDER_CANCEL] = {"the warning about ", " is taken back"},
        [ORDER_WARN] = {"", " may be warned of again"},
    };
    const struct engine_order *o = engine_order_at(engine, number);
    if (o == NULL) {
        return false;
    }
    const enum order_kind kind = o->order.kind;
    const bool holds = kind == ORDER_HOLD || kind == ORDER_RELEASE;
    const struct engine_event *into = engine_event_of(engine, o->order.into);
    const char *object = kind == ORDER_MERGE ? (into != NULL ? into->name.text : "another")
                         : holds && !nation_id_is_set(o->order.nation) ? "anyone"
                                                                       : o->order.nation.code;
    (void)snprintf(out, size, "ORDER of %s: %s%s%s%s%s%s", o->order.actor.text, SAYS[kind][0],
                   o->name.text[0] != '\0' ? o->name.text : "any event", SAYS[kind][1], object,
                   o->order.reason[0] != '\0' ? ": " : "", o->order.reason);
    return true;
}

static const char *status_text(enum track_status status)
{
    switch (status) {
    case STATUS_DROPPED:
        return "is down";
    case STATUS_LOST:
        return "is no longer measured by anyone we hear: track lost, still predicted";
    default:
        return "is tracked";
    }
}

bool happening_text(const struct engine *engine, const struct effect *effect,
                    char out[HAPPENING_TEXT_SIZE])
{
    const size_t size = HAPPENING_TEXT_SIZE;
    const char *name = effect->name.text;
    switch (effect->kind) {
    case EFFECT_NOTICED: {
        const bool own = nation_id_equal(effect->partner, engine->config.nation);
        (void)snprintf(out, size, "LAUNCH %s %s%s", name,
                       own ? "seen by own sensors" : "reported by ",
                       own ? "" : effect->partner.code);
        return true;
    }
    case EFFECT_NAMED:
        (void)snprintf(out, size, "now speaks of %s, the name published first", name);
        return true;
    case EFFECT_WARNING:
        warning_text(engine, effect, out, size);
        return true;
    case EFFECT_STATUS:
        (void)snprintf(out, size, "%s %s", name, status_text(effect->status));
        return true;
    case EFFECT_THRUST:
        (void)snprintf(out, size, "%s: %s", name,
                       effect->on ? "thrust has ended" : "thrust goes on: the impact is withdrawn");
        return true;
    case EFFECT_MANOEUVRE:
        (void)snprintf(out, size, "%s: %s", name,
                       effect->on ? "manoeuvring: the impact is withdrawn"
                                  : "falls ballistically again");
        return true;
    case EFFECT_WITHDRAWN:
        (void)snprintf(out, size, "%s withdrawn: it is %s%s", name,
                       effect->same_as.text[0] != '\0' ? "the same launch as " : "false",
                       effect->same_as.text);
        return true;
    case EFFECT_LINK:
        (void)snprintf(out, size, "link with %s is %s", effect->partner.code,
                       effect->on ? "up" : "DOWN");
        return true;
    case EFFECT_ORDER:
        return order_words(engine, effect->sequence, out, size);
    case EFFECT_SUPERSEDED:
        (void)snprintf(out, size, "%s has heard %s", effect->partner.code,
                       effect->on ? "ANOTHER NODE with this nation's keys: silent towards it"
                                  : "a later start of this node than it remembers: it starts "
                                    "again above that one");
        return true;
    case EFFECT_SEND:
    case EFFECT_TAKEN:
    case EFFECT_RELEASED:
    case EFFECT_RELAYED:
    case EFFECT_WITHHELD:
        break;
    }
    return false;
}
