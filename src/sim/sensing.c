#include "sim/sensing.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "base/vector.h"
#include "geo/ellipsoid.h"
#include "sim/stream.h"

#define GEOSTATIONARY_RADIUS_M 42164170.0
#define FALSE_RANGE_M_MIN 1e3
#define FALSE_RANGE_RATE_MPS 3e3
#define EARTH_B_M (ELLIPSOID_A_M * (1.0 - ELLIPSOID_F))

double sensing_time_s(const struct scenario_sensor *sensor, uint64_t look)
{
    return sensor->first_look_s + (double)look * sensor->sensor.interval_s;
}

double sensing_probability(const struct scenario_sensor *sensor, double range_m)
{
    const struct scenario_detection *table = sensor->detection;
    uint32_t i = 0;
    while (i < sensor->detection_count && table[i].range_m < range_m) {
        i++;
    }
    if (i == 0) {
        return table[0].probability;
    }
    if (i == sensor->detection_count) {
        return table[i - 1].probability;
    }
    const double share =
        (range_m - table[i - 1].range_m) / (table[i].range_m - table[i - 1].range_m);
    return table[i - 1].probability + share * (table[i].probability - table[i - 1].probability);
}

static void normalise(double v[3])
{
    const double length = vector_length(v);
    assert(length > 0.0);
    for (int i = 0; i < 3; i++) {
        v[i] /= length;
    }
}

/* Two unit vectors at right angles to the unit vector u and to each other. */
static void across(const double u[3], double first[3], double second[3])
{
    const bool steep = fabs(u[2]) > 0.9;
    const double helper[3] = {steep ? 1.0 : 0.0, 0.0, steep ? 0.0 : 1.0};
    first[0] = u[1] * helper[2] - u[2] * helper[1];
    first[1] = u[2] * helper[0] - u[0] * helper[2];
    first[2] = u[0] * helper[1] - u[1] * helper[0];
    normalise(first);
    second[0] = u[1] * first[2] - u[2] * first[1];
    second[1] = u[2] * first[0] - u[0] * first[2];
    second[2] = u[0] * first[1] - u[1] * first[0];
}

static struct geo_ecef platform_of(const struct scenario_sensor *sensor)
{
    return (struct geo_ecef){GEOSTATIONARY_RADIUS_M * elementary_cos(sensor->satellite_lon_rad),
                             GEOSTATIONARY_RADIUS_M * elementary_sin(sensor->satellite_lon_rad),
                             0.0};
}

/* Whether the ellipsoid stands between the two points. Scaling the polar axis makes it a sphere and
 * leaves straight lines straight. */
static bool is_behind_earth(struct geo_ecef from, struct geo_ecef to)
{
    const double stretch = ELLIPSOID_A_M / EARTH_B_M;
    const double a[3] = {from.x_m, from.y_m, from.z_m * stretch};
    const double d[3] = {to.x_m - from.x_m, to.y_m - from.y_m, (to.z_m - from.z_m) * stretch};
    const double nearest = -vector_dot(a, d) / vector_dot(d, d);
    if (nearest <= 0.0 || nearest >= 1.0) {
        return false;
    }
    const double p[3] = {a[0] + nearest * d[0], a[1] + nearest * d[1], a[2] + nearest * d[2]};
    return vector_dot(p, p) < ELLIPSOID_A_M * ELLIPSOID_A_M;
}

/* Where the object is for a sensor on the ground; false where it cannot see it. */
static bool in_coverage(const struct sensor *sensor, struct geo_ecef position,
                        struct geo_polar *out)
{
    return ellipsoid_polar(ellipsoid_enu(sensor->place, position), out) == OK &&
           out->range_m <= sensor->range_max_m && out->elevation_rad >= sensor->elevation_min_rad;
}

static double range_rate(const struct sensor *sensor, const struct truth_state *state)
{
    const struct geo_ecef origin = ellipsoid_to_ecef(sensor->place);
    double line[3] = {state->position.x_m - origin.x_m, state->position.y_m - origin.y_m,
                      state->position.z_m - origin.z_m};
    normalise(line);
    const double v[3] = {state->velocity.x_mps, state->velocity.y_mps, state->velocity.z_mps};
    return vector_dot(line, v);
}

/* Noise may carry an angle over the zenith or past north: the same direction, in its ranges. */
static struct geo_polar in_stated_ranges(struct geo_polar p)
{
    if (p.elevation_rad > PI / 2.0) {
        p.elevation_rad = PI - p.elevation_rad;
        p.azimuth_rad += PI;
    }
    p.azimuth_rad = elementary_wrap_pi(p.azimuth_rad);
    if (p.azimuth_rad < 0.0) {
        p.azimuth_rad += 2.0 * PI;
    }
    if (p.azimuth_rad >= 2.0 * PI) {
        p.azimuth_rad = 0.0;
    }
    p.range_m = p.range_m < 1.0 ? 1.0 : p.range_m;
    return p;
}

static bool see_radar(const struct scenario_sensor *s, const struct sensing_bias *bias,
                      const struct truth_state *state, struct random *r, struct observation *out)
{
    struct geo_polar polar = {0};
    if (!in_coverage(&s->sensor, state->position, &polar)) {
        return false;
    }
    const bool detected = random_uniform(r) < sensing_probability(s, polar.range_m);
    polar.range_m += bias->range_m + s->sensor.sigma_range_m * random_normal(r);
    polar.azimuth_rad += bias->azimuth_rad + s->sensor.sigma_azimuth_rad * random_normal(r);
    polar.elevation_rad += bias->elevation_rad + s->sensor.sigma_elevation_rad * random_normal(r);
    out->radar = (struct radar_plot){.polar = in_stated_ranges(polar)};
    if (s->sensor.sigma_range_rate_mps > 0.0) {
        out->radar.has_range_rate = true;
        out->radar.range_rate_mps =
            range_rate(&s->sensor, state) + s->sensor.sigma_range_rate_mps * random_normal(r);
    }
    return detected;
}

static bool see_infrared(const struct scenario_sensor *s, const struct truth_state *state,
                         struct random *r, struct observation *out)
{
    const struct geo_ecef platform = platform_of(s);
    struct geo_geodetic place;
    if (!state->burning || ellipsoid_from_ecef(state->position, &place) != OK ||
        place.height_m < s->cloud_top_m || is_behind_earth(platform, state->position)) {
        return false;
    }
    double los[3] = {state->position.x_m - platform.x_m, state->position.y_m - platform.y_m,
                     state->position.z_m - platform.z_m};
    const double range_m = vector_length(los);
    normalise(los);
    double first[3];
    double second[3];
    across(los, first, second);
    const bool detected = random_uniform(r) < sensing_probability(s, range_m);
    const double a = s->sensor.sigma_los_rad * random_normal(r);
    const double b = s->sensor.sigma_los_rad * random_normal(r);
    for (int i = 0; i < 3; i++) {
        los[i] += a * first[i] + b * second[i];
    }
    normalise(los);
    out->infrared = (struct infrared_sight){platform, {{los[0], los[1], los[2]}}};
    return detected;
}

static bool see_tracker(const struct scenario_sensor *s, const struct truth_state *state,
                        struct random *r, struct observation *out)
{
    struct geo_polar polar = {0};
    if (!in_coverage(&s->sensor, state->position, &polar)) {
        return false;
    }
    const bool detected = random_uniform(r) < sensing_probability(s, polar.range_m);
    struct ready_track track = {state->position, state->velocity, {0.0}};
    track.position.x_m += s->sigma_position_m * random_normal(r);
    track.position.y_m += s->sigma_position_m * random_normal(r);
    track.position.z_m += s->sigma_position_m * random_normal(r);
    track.velocity.x_mps += s->sigma_velocity_mps * random_normal(r);
    track.velocity.y_mps += s->sigma_velocity_mps * random_normal(r);
    track.velocity.z_mps += s->sigma_velocity_mps * random_normal(r);
    for (int row = 0; row < 6; row++) {
        const double sigma = row < 3 ? s->sigma_position_m : s->sigma_velocity_mps;
        track.covariance[row * (row + 1) / 2 + row] = sigma * sigma;
    }
    out->track = track;
    return detected;
}

static bool see(const struct scenario_sensor *s, const struct sensing_bias *bias,
                const struct truth_state *state, struct random *r, struct observation *out)
{
    switch (s->sensor.kind) {
    case SENSOR_RADAR:
        return see_radar(s, bias, state, r, out);
    case SENSOR_INFRARED:
        return see_infrared(s, state, r, out);
    case SENSOR_TRACKER:
        return see_tracker(s, state, r, out);
    }
    return false;
}

static double between(struct random *r, double low, double high)
{
    return low + (high - low) * random_uniform(r);
}

static void false_radar(const struct sensor *sensor, struct random *r, struct observation *out)
{
    struct geo_polar polar = {0};
    polar.range_m = between(r, FALSE_RANGE_M_MIN, sensor->range_max_m);
    polar.azimuth_rad = between(r, 0.0, 2.0 * PI);
    polar.elevation_rad = between(r, sensor->elevation_min_rad, PI / 2.0);
    out->radar = (struct radar_plot){.polar = in_stated_ranges(polar)};
    if (sensor->sigma_range_rate_mps > 0.0) {
        out->radar.has_range_rate = true;
        out->radar.range_rate_mps = between(r, -FALSE_RANGE_RATE_MPS, FALSE_RANGE_RATE_MPS);
    }
}

/* Uniform over the solid angle of the Earth's disc. */
static void false_infrared(const struct scenario_sensor *s, struct random *r,
                           struct observation *out)
{
    const struct geo_ecef platform = platform_of(s);
    double down[3] = {-platform.x_m, -platform.y_m, -platform.z_m};
    normalise(down);
    double first[3];
    double second[3];
    across(down, first, second);
    const double sine_max = ELLIPSOID_A_M / GEOSTATIONARY_RADIUS_M;
    const double cosine = between(r, sqrt(1.0 - sine_max * sine_max), 1.0);
    const double sine = sqrt(1.0 - cosine * cosine);
    const double turn = between(r, 0.0, 2.0 * PI);
    out->infrared = (struct infrared_sight){.platform = platform};
    for (int i = 0; i < 3; i++) {
        out->infrared.los.axis[i] = cosine * down[i] + sine * elementary_cos(turn) * first[i] +
                                    sine * elementary_sin(turn) * second[i];
    }
}

/* The look that is being made: what its random streams are named by. */
struct look {
    const struct world *world;
    const struct scenario_sensor *sensor;
    struct sensing_bias bias;
    uint64_t name; /* of this look, in the sense of sim/stream.h */
    struct world_scan *scan;
};

static struct random stream_of(const struct look *look, const char *what, const char *which)
{
    struct random r;
    random_init(&r, look->world->seed, stream_text(stream_text(look->name, what), which));
    return r;
}

static void append(struct look *look, const struct observation *o, int32_t origin)
{
    struct world_scan *scan = look->scan;
    if (scan->observation_count < LIMIT_SCAN) {
        scan->observations[scan->observation_count] = *o;
        scan->origins[scan->observation_count] = origin;
        scan->observation_count++;
    }
}

static struct observation blank(const struct look *look)
{
    return (struct observation){.sensor = look->scan->id,
                                .kind = look->sensor->sensor.kind,
                                .validity = look->scan->validity,
                                .receipt = look->scan->receipt};
}

/* Objects draw from streams named by their launch; pieces by their number beside. */
static struct random stream_of_object(const struct look *look, uint32_t object)
{
    const struct truth_object *o = &look->world->truth.objects[object];
    const uint32_t launch = o->parent < 0 ? object : (uint32_t)o->parent;
    struct random r = stream_of(look, "launch", look->world->scenario.launches[launch].name);
    if (o->parent >= 0) {
        const uint64_t name = stream_text(stream_text(look->name, "piece"),
                                          look->world->scenario.launches[launch].name);
        random_init(&r, look->world->seed, stream_number(name, object));
    }
    return r;
}

/* Whether a radar cannot tell this plot from one that the scan holds: the stronger echo wins. */
static bool is_hidden(const struct look *look, const struct observation *o)
{
    const struct sensor *s = &look->sensor->sensor;
    if (s->kind != SENSOR_RADAR || s->resolution_range_m <= 0.0) {
        return false;
    }
    for (uint32_t i = 0; i < look->scan->observation_count; i++) {
        const struct geo_polar *a = &look->scan->observations[i].radar.polar;
        const struct geo_polar *b = &o->radar.polar;
        const double across =
            elementary_wrap_pi(a->azimuth_rad - b->azimuth_rad) * elementary_cos(b->elevation_rad);
        if (fabs(a->range_m - b->range_m) < s->resolution_range_m &&
            fabs(across) < s->resolution_rad &&
            fabs(a->elevation_rad - b->elevation_rad) < s->resolution_rad) {
            return true;
        }
    }
    return false;
}

static void add_objects(struct look *look, struct instant now)
{
    const struct truth *truth = &look->world->truth;
    for (uint32_t i = 0; i < truth->object_count; i++) {
        struct truth_state state;
        struct observation o = blank(look);
        struct random r = stream_of_object(look, i);
        if (truth_state_at(truth, i, now, &state) &&
            see(look->sensor, &look->bias, &state, &r, &o) && !is_hidden(look, &o)) {
            append(look, &o, (int32_t)i);
        }
    }
}

static void add_ghosts(struct look *look, struct instant now, double t_s)
{
    const struct scenario *scenario = &look->world->scenario;
    uint32_t object = 0;
    for (uint32_t i = 0; i < scenario->inject_count; i++) {
        const struct scenario_inject *inject = &scenario->injects[i];
        if (inject->kind != INJECT_GHOST) {
            continue;
        }
        const bool mine =
            inject->nation == look->scan->nation && inject->sensor == (int32_t)look->scan->sensor;
        struct truth_state state;
        struct observation o = blank(look);
        if (mine && t_s < inject->until_s &&
            truth_state_at(&look->world->ghosts, object, now, &state)) {
            struct random r = stream_of(look, "ghost", "");
            if (see_tracker(look->sensor, &state, &r, &o)) {
                append(look, &o, WORLD_ORIGIN_GHOST);
            }
        }
        object++;
    }
}

static void add_false_alarms(struct look *look)
{
    struct random r = stream_of(look, "false alarms", "");
    const uint32_t count = random_poisson(&r, look->sensor->sensor.false_alarms_per_scan);
    for (uint32_t i = 0; i < count; i++) {
        struct observation o = blank(look);
        if (o.kind == SENSOR_RADAR) {
            false_radar(&look->sensor->sensor, &r, &o);
        } else {
            false_infrared(look->sensor, &r, &o);
        }
        append(look, &o, WORLD_ORIGIN_FALSE_ALARM);
    }
}

/* Fisher and Yates, so that the order within a scan gives nothing away. */
static void shuffle(struct look *look)
{
    struct random r = stream_of(look, "order", "");
    struct world_scan *scan = look->scan;
    for (uint32_t i = scan->observation_count; i > 1; i--) {
        const uint32_t k = (uint32_t)(random_uniform(&r) * (double)i);
        const struct observation o = scan->observations[i - 1];
        const int32_t origin = scan->origins[i - 1];
        scan->observations[i - 1] = scan->observations[k];
        scan->origins[i - 1] = scan->origins[k];
        scan->observations[k] = o;
        scan->origins[k] = origin;
    }
}

static uint64_t name_of(const struct world *world, uint32_t nation, uint32_t sensor)
{
    const struct scenario_nation *owner = &world->scenario.nations[nation];
    return stream_text(stream_text(0, owner->id.code), owner->sensors[sensor].sensor.id.text);
}

struct sensing_bias sensing_bias_of(const struct world *world, uint32_t nation, uint32_t sensor)
{
    const struct sensor *s = &world->scenario.nations[nation].sensors[sensor].sensor;
    struct random r;
    random_init(&r, world->seed, stream_text(name_of(world, nation, sensor), "bias"));
    struct sensing_bias bias;
    bias.range_m = s->bias_sigma_range_m * random_normal(&r);
    bias.azimuth_rad = s->bias_sigma_azimuth_rad * random_normal(&r);
    bias.elevation_rad = s->bias_sigma_elevation_rad * random_normal(&r);
    bias.clock_s = s->clock_sigma_s * random_normal(&r);
    return bias;
}

void sensing_look(const struct world *world, uint32_t nation, uint32_t sensor, uint64_t look,
                  struct world_scan *out)
{
    assert(nation < world->scenario.nation_count);
    assert(sensor < world->scenario.nations[nation].sensor_count);
    const struct scenario_nation *owner = &world->scenario.nations[nation];
    const struct scenario_sensor *s = &owner->sensors[sensor];
    const double t_s = sensing_time_s(s, look);
    const struct instant now = instant_plus_s(world->scenario.start, t_s);
    const double ahead_s = scenario_clock_ahead_s(&world->scenario, nation, (int32_t)sensor, t_s);
    out->nation = nation;
    out->sensor = sensor;
    out->id = s->sensor.id;
    const struct sensing_bias bias = sensing_bias_of(world, nation, sensor);
    out->validity = instant_plus_s(now, ahead_s + bias.clock_s);
    out->receipt = instant_plus_s(now, s->latency_s);
    out->observation_count = 0;
    const uint64_t name = stream_number(name_of(world, nation, sensor), look);
    struct look current = {world, s, bias, name, out};
    add_objects(&current, now);
    add_ghosts(&current, now, t_s);
    add_false_alarms(&current);
    shuffle(&current);
}
