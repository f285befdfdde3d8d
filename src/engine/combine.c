#include "engine/combine.h"

#include <string.h>

#include "engine/emit.h"
#include "geo/ellipsoid.h"

/* Without a measurement of any nation for this long the common track is lost. */
#define LOST_S 10.0
/* And it is found again only when it is measured often: a sensor that sees it now and then would
 * make it change all the time. */
#define FOUND_S 3.0
/* What is to come down within this time does not burn any more. */
#define FALLING_S 60.0

void combine_set_status(struct engine_event *event, enum track_status status,
                        struct effects *effects)
{
    if (event->common_status != status) {
        event->common_status = status;
        struct effect *e = emit(effects, EFFECT_STATUS, event);
        e->status = status;
    }
}

static bool is_below_ground(const struct common_solution *s)
{
    struct geo_geodetic g = {0};
    const struct geo_ecef p = {s->x[0], s->x[1], s->x[2]};
    if (ellipsoid_from_ecef(p, &g) != OK) {
        return true;
    }
    const double rising = s->x[0] * s->x[3] + s->x[1] * s->x[4] + s->x[2] * s->x[5];
    return g.height_m < 0.0 && rising < 0.0;
}

static bool is_impact_known(const struct engine_event *event)
{
    return event->common.ballistic && event->assessment.impact.why == WHY_NONE &&
           instant_is_set(event->assessment.impact.time) &&
           event->assessment.impact.time.tai_ns != 0;
}

/* By the latest time at which it was to fall; where that is unknown, silence ends it. */
static bool is_down(const struct engine *engine, const struct engine_event *event)
{
    const struct impact_estimate *impact = &event->assessment.impact;
    return is_impact_known(event) &&
           instant_before(instant_plus_s(impact->time, impact->time_95_s), engine->now);
}

/* Nothing is lit any more this shortly before it comes down. */
static bool is_falling(const struct engine *engine, const struct engine_event *event)
{
    return event->has_common && is_impact_known(event) &&
           instant_since_s(event->assessment.impact.time, engine->now) < FALLING_S;
}

/* All that is known of an event here, as contributions; index_of says whose each is. */
static uint32_t gather(const struct engine *engine, struct engine_event *event,
                       struct common_contribution contributions[LIMIT_NATIONS],
                       uint32_t index_of[LIMIT_NATIONS])
{
    uint32_t count = 0;
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        struct engine_solution *s = &event->solutions[k];
        s->contributes = false;
        if (!s->present) {
            continue;
        }
        struct common_contribution *c = &contributions[count];
        memset(c, 0, sizeof *c);
        c->track = s->track;
        c->has_beta = k == 0 && s->has_ballistic;
        memcpy(c->x, s->ballistic.x, sizeof c->x);
        memcpy(c->p, s->ballistic.covariance, sizeof c->p);
        index_of[count] = k;
        count++;
    }
    return count;
}

/* Through the air every track that nobody measures any more is a guess of its own, as nobody knows
 * the drag: fused they would contradict each other. The last solution goes on alone. */
static bool is_only_predicted(const struct engine *engine, const struct engine_event *event)
{
    if (!event->has_common || event->common_status != STATUS_LOST ||
        event->common.phase != PHASE_REENTRY) {
        return false;
    }
    for (uint32_t k = 0; k <= engine->config.partner_count; k++) {
        const struct engine_solution *s = &event->solutions[k];
        if (s->present &&
            instant_before(event->common.last_measurement, s->track.last_measurement)) {
            return false;
        }
    }
    return true;
}

static void go_on_alone(const struct engine *engine, struct engine_event *event)
{
    struct common_solution next = event->common;
    const double ahead_s = instant_since_s(engine->now, event->common_time);
    if (ahead_s > 0.0 && common_predict(&next, ahead_s) == OK && !is_below_ground(&next)) {
        event->common = next;
        event->common_time = engine->now;
    }
}

/* One solution of all. Without any the last one stands where it says when it comes down; what is
 * below the ground is none, be it that the last one has come down, or that a first guess from
 * infrared alone is far off. */
void combine_update(struct engine *engine, struct engine_event *event, struct effects *effects)
{
    struct common_contribution contributions[LIMIT_NATIONS];
    uint32_t index_of[LIMIT_NATIONS];
    if (is_only_predicted(engine, event)) {
        go_on_alone(engine, event);
        if (is_down(engine, event)) {
            combine_set_status(event, STATUS_DROPPED, effects);
        }
        return;
    }
    const uint32_t count = gather(engine, event, contributions, index_of);
    struct common_solution solution;
    const bool solved =
        common_solve(contributions, count, engine->now, event->thrust_ended, &solution) == OK &&
        (solution.ballistic || !is_falling(engine, event));
    const bool flies = solved && !is_below_ground(&solution);
    if (!flies && !event->has_common) {
        return;
    }
    if (!solved && !is_impact_known(event)) {
        event->has_common = false;
        return;
    }
    if (flies) {
        event->common = solution;
        event->common_time = engine->now;
        event->has_common = true;
    }
    for (uint32_t i = 0; solved && i < count; i++) {
        event->solutions[index_of[i]].contributes = contributions[i].used;
    }
    if (event->thrust_ended != event->common.ballistic) {
        event->thrust_ended = event->common.ballistic;
        struct effect *e = emit(effects, EFFECT_THRUST, event);
        e->on = event->common.ballistic;
    }
    if (event->manoeuvres != event->common.manoeuvring) {
        event->manoeuvres = event->common.manoeuvring;
        struct effect *e = emit(effects, EFFECT_MANOEUVRE, event);
        e->on = event->manoeuvres;
    }
    if (is_down(engine, event)) {
        combine_set_status(event, STATUS_DROPPED, effects);
    } else {
        const double silent_s = instant_since_s(engine->now, event->common.last_measurement);
        const bool was_lost = event->common_status == STATUS_LOST;
        combine_set_status(
            event, silent_s > (was_lost ? FOUND_S : LOST_S) ? STATUS_LOST : STATUS_FIRM, effects);
    }
}
