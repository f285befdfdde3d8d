#include "sim/scenario.h"

#include <string.h>

#include "base/elementary.h"

void scenario_engine(const struct scenario_nation *nation, struct engine_config *out)
{
    memset(out, 0, sizeof *out);
    out->nation = nation->id;
    out->domain = DOMAIN_EXERCISE;
    out->policy = nation->policy;
    out->sensor_count = nation->sensor_count;
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        out->sensors[i] = nation->sensors[i].sensor;
    }
}

static bool in_range(double x, double low, double high)
{
    return elementary_is_finite(x) && x >= low && x <= high;
}

static bool ascending(const double *x, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!elementary_is_finite(x[i]) || (i > 0 && x[i] <= x[i - 1])) {
            return false;
        }
    }
    return true;
}

static result check_recording(const struct scenario_recording *r)
{
    ENSURE(r->sample_count >= 4 && r->sample_count <= SCENARIO_SAMPLES_MAX, ERR_RANGE);
    ENSURE(r->break_count <= SCENARIO_BREAKS_MAX, ERR_RANGE);
    ENSURE(ascending(r->time_s, r->sample_count), ERR_RANGE);
    ENSURE(ascending(r->break_s, r->break_count), ERR_RANGE);
    ENSURE(r->time_s[0] == 0.0, ERR_RANGE);
    for (uint32_t i = 0; i < r->sample_count; i++) {
        ENSURE(in_range(r->height_m[i], -500.0, 1e8), ERR_RANGE);
        ENSURE(in_range(r->path_m[i], 0.0, 1e8), ERR_RANGE);
    }
    ENSURE(in_range(r->end_of_thrust_s, 0.0, r->time_s[r->sample_count - 1]), ERR_RANGE);
    return OK;
}

static result check_launch(const struct scenario *s, const struct scenario_launch *launch)
{
    ENSURE(launch->name[0] != '\0', ERR_RANGE);
    ENSURE(in_range(launch->at_s, 0.0, s->duration_s), ERR_RANGE);
    ENSURE(launch->recording >= -1 && launch->recording < (int32_t)s->recording_count, ERR_RANGE);
    ENSURE(in_range(launch->plan.beta_kgpm2, 0.0, 1e6), ERR_RANGE);
    ENSURE(in_range(launch->plan.failure_s, 0.0, SCENARIO_DURATION_S_MAX), ERR_RANGE);
    const struct scenario_pull_up *p = &launch->pull_up;
    ENSURE(in_range(p->lasts_s, 0.0, 600.0), ERR_RANGE);
    ENSURE(p->lasts_s == 0.0 || (launch->recording < 0 && !launch->plan.to_orbit), ERR_RANGE);
    ENSURE(in_range(p->height_m, 0.0, 100e3), ERR_RANGE);
    ENSURE(in_range(p->acceleration_mps2, 0.0, 300.0), ERR_RANGE);
    ENSURE(launch->debris <= SCENARIO_DEBRIS_MAX, ERR_RANGE);
    return OK;
}

static result check_sensor(const struct scenario_sensor *sensor)
{
    TRY(sensor_check(&sensor->sensor));
    ENSURE(in_range(sensor->sensor.interval_s, 0.01, 3600.0), ERR_RANGE);
    ENSURE(in_range(sensor->sensor.false_alarms_per_scan, 0.0, 50.0), ERR_RANGE);
    ENSURE(in_range(sensor->first_look_s, 0.0, 3600.0), ERR_RANGE);
    ENSURE(in_range(sensor->latency_s, 0.0, 600.0), ERR_RANGE);
    ENSURE(sensor->detection_count >= 1, ERR_RANGE);
    ENSURE(sensor->detection_count <= SCENARIO_DETECTION_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < sensor->detection_count; i++) {
        ENSURE(in_range(sensor->detection[i].probability, 0.0, 1.0), ERR_RANGE);
        ENSURE(in_range(sensor->detection[i].range_m, 0.0, 1e9), ERR_RANGE);
        ENSURE(i == 0 || sensor->detection[i].range_m > sensor->detection[i - 1].range_m,
               ERR_RANGE);
    }
    if (sensor->sensor.kind == SENSOR_INFRARED) {
        ENSURE(in_range(sensor->satellite_lon_rad, -PI, PI), ERR_RANGE);
        ENSURE(in_range(sensor->cloud_top_m, 0.0, 1e5), ERR_RANGE);
        return OK;
    }
    ENSURE(in_range(sensor->sensor.range_max_m, 1e3, 1e8), ERR_RANGE);
    if (sensor->sensor.kind == SENSOR_TRACKER) {
        ENSURE(sensor->sensor.false_alarms_per_scan == 0.0, ERR_RANGE);
        ENSURE(in_range(sensor->sigma_position_m, 0.1, 1e6), ERR_RANGE);
        ENSURE(in_range(sensor->sigma_velocity_mps, 0.01, 1e4), ERR_RANGE);
    }
    return OK;
}

static result check_nation(const struct scenario_nation *nation)
{
    ENSURE(nation_id_is_set(nation->id), ERR_RANGE);
    ENSURE(nation->sensor_count <= LIMIT_SENSORS, ERR_RANGE);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        TRY(check_sensor(&nation->sensors[i]));
        for (uint32_t k = 0; k < i; k++) {
            ENSURE(!sensor_id_equal(nation->sensors[i].sensor.id, nation->sensors[k].sensor.id),
                   ERR_RANGE);
        }
    }
    return OK;
}

static result check_link(const struct scenario *s, const struct scenario_link *link)
{
    ENSURE(link->from < s->nation_count && link->to < s->nation_count, ERR_RANGE);
    ENSURE(link->from != link->to, ERR_RANGE);
    ENSURE(in_range(link->delay_s, 0.0, 600.0), ERR_RANGE);
    ENSURE(in_range(link->jitter_s, 0.0, 600.0), ERR_RANGE);
    ENSURE(in_range(link->loss, 0.0, 1.0), ERR_RANGE);
    ENSURE(in_range(link->bit_flip, 0.0, 1.0), ERR_RANGE);
    return OK;
}

static result check_ghost(const struct scenario *s, const struct scenario_inject *inject)
{
    ENSURE(inject->sensor != SCENARIO_SENSOR_ALL, ERR_RANGE);
    const struct scenario_sensor *sensor = &s->nations[inject->nation].sensors[inject->sensor];
    ENSURE(sensor->sensor.kind == SENSOR_TRACKER, ERR_RANGE);
    const struct scenario_ghost *ghost = &inject->ghost;
    ENSURE(in_range(ghost->place.lat_rad, -PI / 2.0, PI / 2.0), ERR_RANGE);
    ENSURE(in_range(ghost->place.lon_rad, -PI, PI), ERR_RANGE);
    ENSURE(in_range(ghost->place.height_m, 1.0, 1e7), ERR_RANGE);
    ENSURE(in_range(ghost->speed_mps, 0.0, 12e3), ERR_RANGE);
    ENSURE(in_range(ghost->bearing_rad, -2.0 * PI, 2.0 * PI), ERR_RANGE);
    ENSURE(in_range(ghost->climb_rad, -PI / 2.0, PI / 2.0), ERR_RANGE);
    return OK;
}

static result check_inject(const struct scenario *s, const struct scenario_inject *inject)
{
    ENSURE(in_range(inject->at_s, 0.0, s->duration_s), ERR_RANGE);
    ENSURE(in_range(inject->until_s, inject->at_s, s->duration_s), ERR_RANGE);
    ENSURE(inject->nation < s->nation_count, ERR_RANGE);
    ENSURE(inject->sensor >= SCENARIO_SENSOR_ALL, ERR_RANGE);
    ENSURE(inject->sensor < (int32_t)s->nations[inject->nation].sensor_count, ERR_RANGE);
    switch (inject->kind) {
    case INJECT_SENSOR_OUT:
        return OK;
    case INJECT_LINK_CUT:
        ENSURE(inject->partner < s->nation_count, ERR_RANGE);
        ENSURE(inject->partner != inject->nation, ERR_RANGE);
        return OK;
    case INJECT_GHOST:
        return check_ghost(s, inject);
    case INJECT_CLOCK_STEP:
        ENSURE(in_range(inject->step_s, -3600.0, 3600.0), ERR_RANGE);
        return OK;
    }
    return ERR_RANGE;
}

static result check_counts(const struct scenario *s)
{
    ENSURE(instant_is_set(s->start), ERR_RANGE);
    ENSURE(in_range(s->duration_s, 1.0, SCENARIO_DURATION_S_MAX), ERR_RANGE);
    ENSURE(s->launch_count <= SCENARIO_LAUNCHES_MAX, ERR_RANGE);
    ENSURE(s->nation_count >= 1 && s->nation_count <= LIMIT_NATIONS, ERR_RANGE);
    ENSURE(s->link_count <= SCENARIO_LINKS_MAX, ERR_RANGE);
    ENSURE(s->inject_count <= SCENARIO_INJECTS_MAX, ERR_RANGE);
    ENSURE(s->recording_count <= SCENARIO_RECORDINGS_MAX, ERR_RANGE);
    return OK;
}

result scenario_check(const struct scenario *s)
{
    TRY(check_counts(s));
    for (uint32_t i = 0; i < s->recording_count; i++) {
        TRY(check_recording(&s->recordings[i]));
    }
    for (uint32_t i = 0; i < s->launch_count; i++) {
        TRY(check_launch(s, &s->launches[i]));
    }
    for (uint32_t i = 0; i < s->nation_count; i++) {
        TRY(check_nation(&s->nations[i]));
        ENSURE(scenario_nation_index(s, s->nations[i].id) == i, ERR_RANGE);
    }
    for (uint32_t i = 0; i < s->link_count; i++) {
        TRY(check_link(s, &s->links[i]));
    }
    for (uint32_t i = 0; i < s->inject_count; i++) {
        TRY(check_inject(s, &s->injects[i]));
    }
    return OK;
}

uint32_t scenario_nation_index(const struct scenario *s, struct nation_id id)
{
    uint32_t i = 0;
    while (i < s->nation_count && !nation_id_equal(s->nations[i].id, id)) {
        i++;
    }
    return i;
}

static bool is_on(const struct scenario_inject *inject, enum scenario_inject_kind kind, double t_s)
{
    return inject->kind == kind && t_s >= inject->at_s && t_s < inject->until_s;
}

/* Whether what is done to `inject` sensor concerns this one; the node's fault is all sensors'
 * fault. */
static bool concerns(const struct scenario_inject *inject, uint32_t nation, int32_t sensor)
{
    return inject->nation == nation &&
           (inject->sensor == SCENARIO_SENSOR_ALL || inject->sensor == sensor);
}

bool scenario_sensor_is_out(const struct scenario *s, uint32_t nation, int32_t sensor, double t_s)
{
    for (uint32_t i = 0; i < s->inject_count; i++) {
        if (is_on(&s->injects[i], INJECT_SENSOR_OUT, t_s) &&
            concerns(&s->injects[i], nation, sensor)) {
            return true;
        }
    }
    return false;
}

bool scenario_link_is_cut(const struct scenario *s, uint32_t from, uint32_t to, double t_s)
{
    for (uint32_t i = 0; i < s->inject_count; i++) {
        const struct scenario_inject *inject = &s->injects[i];
        const bool forth = inject->nation == from && inject->partner == to;
        const bool back = inject->both_ways && inject->nation == to && inject->partner == from;
        if (is_on(inject, INJECT_LINK_CUT, t_s) && (forth || back)) {
            return true;
        }
    }
    return false;
}

double scenario_clock_ahead_s(const struct scenario *s, uint32_t nation, int32_t sensor, double t_s)
{
    double ahead_s = 0.0;
    for (uint32_t i = 0; i < s->inject_count; i++) {
        const struct scenario_inject *inject = &s->injects[i];
        if (is_on(inject, INJECT_CLOCK_STEP, t_s) && concerns(inject, nation, sensor)) {
            ahead_s += inject->step_s;
        }
    }
    return ahead_s;
}
