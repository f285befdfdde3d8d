#include "warn/warn.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"

/* A threat is over below half of what raised it: no warning flickers on its threshold. */
#define OVER_SHARE 0.5
/* A narrowed warning goes wide again when its area has grown to this many times the limit. */
#define WIDEN_FACTOR 1.5
/* News: times that moved by more than this; probabilities that changed by so much. */
#define TIME_NEWS_S 30.0
#define PROBABILITY_NEWS_FACTOR 2.0
#define PROBABILITY_NEWS 0.02
/* Twice the half width of the 95 % interval: nothing comes down later. */
#define LATEST_95 2.0

/* What the inputs say about now. */
struct view {
    bool known; /* impact determined, or certainly none */
    bool over;  /* on the ground, in orbit */
    bool lost;
    bool manoeuvring; /* where it may come down is all that is known */
    double impact_probability;
    double threat;                /* the greater of impact and passage */
    double area_m2;               /* of 95 % of impacts; 0 = undetermined */
    struct instant impact_latest; /* unset = none */
};

struct warn_thresholds warn_thresholds_default(void)
{
    return (struct warn_thresholds){.wide_probability = 0.01,
                                    .narrow_probability = 0.10,
                                    .narrow_area_m2 = 2000e6,
                                    .update_min = {10 * NS_PER_S},
                                    .margin = {60 * NS_PER_S},
                                    .lost_hold = {300 * NS_PER_S}};
}

void warn_state_init(struct warn_state *s, struct event_id event)
{
    memset(s, 0, sizeof *s);
    s->last.event = event;
    s->last.state = WARNING_NONE;
    s->last.time = INSTANT_UNSET;
    s->last.expires = INSTANT_UNSET;
    s->last.impact = INSTANT_UNSET;
    s->danger_until = INSTANT_UNSET;
    s->passage_from = INSTANT_UNSET;
    s->passage_until = INSTANT_UNSET;
}

static struct view view_of(const struct warn_input *in)
{
    struct view v = {.impact_latest = INSTANT_UNSET};
    if (in->assessment == NULL || in->risk == NULL) {
        return v;
    }
    const struct impact_estimate *impact = &in->assessment->impact;
    const enum track_status status = in->assessment->status;
    v.lost = status == STATUS_LOST;
    v.over = status == STATUS_DROPPED;
    /* What is over (on the ground, in orbit) has no news; the time of its last danger stands. */
    v.manoeuvring = impact->why == WHY_MANOEUVRE;
    v.known = (impact->why == WHY_NONE || impact->why == WHY_ORBIT || v.manoeuvring) &&
              status != STATUS_DROPPED;
    if (!v.known) {
        return v;
    }
    v.impact_probability = in->risk->impact_probability;
    v.threat = in->risk->overflight_probability;
    v.threat = v.impact_probability > v.threat ? v.impact_probability : v.threat;
    if (v.manoeuvring) {
        v.impact_latest = in->assessment->down_by;
    }
    if (impact->why == WHY_NONE) {
        v.area_m2 = ellipse_area_m2(&impact->ellipse_95);
        v.impact_latest = instant_plus_s(impact->time, LATEST_95 * impact->time_95_s);
    }
    return v;
}

/* Doubt spreads the probability over so much ground that little is left for each area: then no area
 * is taken off the list, and no danger moves nearer. */
static bool is_diluted(const struct view *v)
{
    return v->lost || v->manoeuvring;
}

static struct instant later(struct instant a, struct instant b)
{
    if (!instant_is_set(a) || !instant_is_set(b)) {
        return instant_is_set(a) ? a : b;
    }
    return instant_before(a, b) ? b : a;
}

/* The passage, while it is ahead, as predicted now; once it has begun it stays in memory, since
 * the risk only looks ahead. */
static void remember_passage(struct warn_state *s, struct instant now, const struct risk *r,
                             const struct warn_thresholds *t)
{
    const bool begun = instant_is_set(s->passage_from) && !instant_before(now, s->passage_from);
    if (r->overflight_probability >= OVER_SHARE * t->wide_probability) {
        s->passage_from = begun ? s->passage_from : r->overflight_from;
        s->passage_until = r->overflight_until;
    } else if (!begun) {
        s->passage_from = INSTANT_UNSET;
        s->passage_until = INSTANT_UNSET;
    }
}

/* The latest danger: an impact here, or a passage. While the track is lost it only moves away,
 * since doubt dilutes probabilities. */
static void remember_danger(struct warn_state *s, struct instant now, const struct view *v,
                            const struct warn_input *in, const struct warn_thresholds *t)
{
    if (!v->known) {
        return;
    }
    remember_passage(s, now, in->risk, t);
    struct instant until = s->passage_until;
    if (v->impact_probability >= OVER_SHARE * t->wide_probability) {
        /* not a finding (analyzer-use-of-uninitialized-value): warn_state_init set it */
        until = later(until, v->impact_latest);
    }
    s->danger_until = is_diluted(v) ? later(s->danger_until, until) : until;
}

/* When a warning ends without any news. */
static struct instant end_of(const struct warn_state *s, bool lost, const struct warn_thresholds *t)
{
    if (!instant_is_set(s->danger_until)) {
        return INSTANT_UNSET;
    }
    return instant_plus(s->danger_until, lost ? t->lost_hold : t->margin);
}

static bool is_narrow(const struct warn_state *s, const struct view *v,
                      const struct warn_thresholds *t)
{
    const bool already = s->last.state == WARNING_NARROWED;
    const double limit_m2 = already ? WIDEN_FACTOR * t->narrow_area_m2 : t->narrow_area_m2;
    const double share = already ? OVER_SHARE : 1.0;
    return v->area_m2 > 0.0 && v->area_m2 <= limit_m2 && v->threat >= share * t->narrow_probability;
}

static const struct warning_area *area_in(const struct warning *w, int32_t province)
{
    for (uint32_t i = 0; i < w->area_count; i++) {
        if (w->areas[i].province == province) {
            return &w->areas[i];
        }
    }
    return NULL;
}

/* The areas that pass a threshold, by impact or by passage. */
static void take_areas(const struct risk *r, double probability_min, struct warning *w)
{
    w->area_count = 0;
    for (uint32_t i = 0; i < r->area_count; i++) {
        const struct risk_area *a = &r->areas[i];
        if (a->area.impact_probability >= probability_min ||
            a->overflight_probability >= probability_min) {
            w->areas[w->area_count++] = a->area;
        }
    }
}

static bool is_passed(const struct warning_area *a, struct instant now)
{
    return instant_is_set(a->overflight) && !instant_before(now, a->overflight);
}

/* A passage that has begun keeps the time at which it was told to begin. */
static void keep_passages(const struct warning *last, struct warning *w)
{
    for (uint32_t i = 0; i < w->area_count; i++) {
        const struct warning_area *was = area_in(last, w->areas[i].province);
        if (was != NULL && is_passed(was, w->time)) {
            w->areas[i].overflight = was->overflight;
            w->areas[i].overflight_height_m = was->overflight_height_m;
        }
    }
}

/* While the track is lost no area leaves the list: doubt dilutes the probability of each. */
static void keep_areas(const struct warning *last, struct warning *w)
{
    for (uint32_t i = 0; i < last->area_count && w->area_count < WARNING_AREAS_MAX; i++) {
        if (area_in(w, last->areas[i].province) == NULL) {
            w->areas[w->area_count++] = last->areas[i];
        }
    }
}

/* The message of this state, as it would be now. */
static struct warning compose(const struct warn_state *s, enum warning_state state,
                              struct instant now, const struct view *v, const struct warn_input *in,
                              const struct warn_thresholds *t)
{
    struct warning w = s->last;
    w.state = state;
    w.serial++;
    w.time = now;
    w.was_false = state == WARNING_CANCEL && in->gone == GONE_FALSE;
    if (!warning_in_force(state)) {
        w.expires = INSTANT_UNSET;
        w.area_count = state == WARNING_NO_THREAT ? 0 : w.area_count;
        return w;
    }
    w.expires = end_of(s, state == WARNING_LOST_TRACK || v->manoeuvring, t);
    if (v->known) {
        const bool narrow = state == WARNING_NARROWED;
        take_areas(in->risk, narrow ? t->narrow_probability : t->wide_probability, &w);
        keep_passages(&s->last, &w);
        if (state == WARNING_LOST_TRACK || v->manoeuvring) {
            keep_areas(&s->last, &w);
        }
        if (!v->manoeuvring) {
            w.impact = in->assessment->impact.why == WHY_NONE ? in->assessment->impact.time
                                                              : INSTANT_UNSET;
        }
    }
    return w;
}

static bool is_moved(struct instant a, struct instant b)
{
    if (!instant_is_set(a) || !instant_is_set(b)) {
        return instant_is_set(a) != instant_is_set(b);
    }
    return fabs(instant_since_s(a, b)) > TIME_NEWS_S;
}

static bool is_probability_news(double was, double is)
{
    const double low = was < is ? was : is;
    const double high = was < is ? is : was;
    return high - low > PROBABILITY_NEWS && high > PROBABILITY_NEWS_FACTOR * low;
}

static bool is_later(struct instant was, struct instant is)
{
    return instant_is_set(is) && (!instant_is_set(was) || instant_since_s(is, was) > TIME_NEWS_S);
}

/* Whether `next` tells people something that `last` did not. That it may end sooner is no news
 * until it ends. A passage that has begun changes and
 * disappears by itself, as the way ahead grows shorter. */
static bool is_news(const struct warning *last, const struct warning *next)
{
    if (!instant_before(next->time, last->expires) || is_moved(last->impact, next->impact) ||
        is_later(last->expires, next->expires)) {
        return true;
    }
    for (uint32_t i = 0; i < next->area_count; i++) {
        const struct warning_area *is = &next->areas[i];
        const struct warning_area *was = area_in(last, is->province);
        if (was == NULL || is_moved(was->overflight, is->overflight) ||
            is_probability_news(was->impact_probability, is->impact_probability)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < last->area_count; i++) {
        const struct warning_area *was = &last->areas[i];
        if (area_in(next, was->province) == NULL && !is_passed(was, next->time)) {
            return true;
        }
    }
    return false;
}

/* What a warning that is not in force may become. */
static enum warning_state decide_idle(const struct warn_state *s, struct instant now,
                                      const struct view *v, const struct warn_input *in,
                                      const struct warn_thresholds *t)
{
    const enum warning_state state = s->last.state;
    const bool for_good = warning_has_ended(state) && state != WARNING_CANCEL;
    if (for_good || in->gone != GONE_NOT || !v->known) {
        return state;
    }
    if (v->threat >= t->wide_probability) {
        const struct instant end = end_of(s, is_diluted(v), t);
        return instant_is_set(end) && instant_before(now, end) ? WARNING_INITIAL : state;
    }
    return state == WARNING_NONE && !is_diluted(v) ? WARNING_NO_THREAT : state;
}

/* What a warning in force becomes; the same state may still bring news. */
static enum warning_state decide_in_force(const struct warn_state *s, struct instant now,
                                          const struct view *v, const struct warn_input *in,
                                          const struct warn_thresholds *t)
{
    if (in->gone != GONE_NOT) {
        return in->gone == GONE_ELSEWHERE ? WARNING_HANDED_OVER : WARNING_CANCEL;
    }
    const bool lost = v->lost || s->last.state == WARNING_LOST_TRACK;
    const struct instant end = end_of(s, v->known ? is_diluted(v) : lost, t);
    const bool ended =
        instant_is_set(end) ? !instant_before(now, end) : !instant_before(now, s->last.expires);
    if (ended) {
        return v->known || v->over ? WARNING_ALL_CLEAR : WARNING_EXPIRED;
    }
    if (v->lost) {
        return WARNING_LOST_TRACK;
    }
    if (!v->known) {
        return s->last.state;
    }
    if (v->manoeuvring) {
        return v->threat >= t->wide_probability ? WARNING_UPDATE : s->last.state;
    }
    if (v->threat < OVER_SHARE * t->wide_probability) {
        /* A passage that has begun needs its end and its margin; what lay ahead was not one. */
        const bool begun = instant_is_set(s->passage_from) && !instant_before(now, s->passage_from);
        return begun ? s->last.state : WARNING_CANCEL;
    }
    if (is_narrow(s, v, t)) {
        return WARNING_NARROWED;
    }
    return s->last.state == WARNING_INITIAL ? WARNING_INITIAL : WARNING_UPDATE;
}

/* Whether it may wait for the end of `update_min`. */
static bool may_wait(enum warning_state from, enum warning_state to)
{
    return from != WARNING_NONE && from != WARNING_NO_THREAT && from != WARNING_CANCEL &&
           (to == from || (!warning_has_ended(to) && to != WARNING_LOST_TRACK));
}

/* News in the same state: the first warning becomes an update, others stay what they are. */
static enum warning_state state_for_news(enum warning_state state)
{
    return state == WARNING_INITIAL ? WARNING_UPDATE : state;
}

bool warn_decide(struct warn_state *s, struct instant now, const struct warn_input *in,
                 const struct warn_thresholds *thresholds, struct warning *out)
{
    assert(instant_is_set(now));
    const enum warning_state from = s->last.state;
    const struct view v = view_of(in);
    remember_danger(s, now, &v, in, thresholds);
    const enum warning_state to = warning_in_force(from)
                                      ? decide_in_force(s, now, &v, in, thresholds)
                                      : decide_idle(s, now, &v, in, thresholds);
    const bool over = v.threat < OVER_SHARE * thresholds->wide_probability;
    if (to == from && (!warning_in_force(from) || !v.known || over)) {
        return false;
    }
    struct warning next = compose(s, to, now, &v, in, thresholds);
    if (to == from && !is_news(&s->last, &next)) {
        return false;
    }
    if (may_wait(from, to) &&
        instant_before(now, instant_plus(s->last.time, thresholds->update_min))) {
        return false;
    }
    next.state = to == from ? state_for_news(to) : to;
    assert(!warning_in_force(next.state) || instant_is_set(next.expires));
    s->last = next;
    *out = next;
    return true;
}
