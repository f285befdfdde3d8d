#include "cli/scenario_parts.h"

#include <string.h>

#define EARTH_TURN_RAD 6.283185307179586
#define QUARTER_TURN_RAD 1.5707963267948966
#define HALF_TURN_RAD 3.141592653589793

/* "60 s" after the start, or a time in UTC. */
static double read_time(struct yaml value, const struct scenario *s)
{
    const char *text = yaml_peek(value);
    if (text == NULL || strchr(text, 'T') == NULL) {
        return yaml_number(value, YAML_TIME, 0.0, s->duration_s);
    }
    const struct instant time = yaml_instant(value);
    if (!instant_is_set(time) || !instant_is_set(s->start)) {
        return 0.0;
    }
    const double at_s = instant_since_s(time, s->start);
    if (at_s < 0.0 || at_s > s->duration_s) {
        yaml_refuse(value, "a time between the start and the end of the scenario");
        return 0.0;
    }
    return at_s;
}

static void read_stages(struct yaml list, struct flight_plan *plan)
{
    plan->stage_count = (int)yaml_list(list, 1, FLIGHT_STAGES_MAX);
    double shares = 0.0;
    struct yaml item = yaml_item(list, 0);
    for (int i = 0; i < plan->stage_count; i++, item = yaml_next(item)) {
        struct flight_stage *stage = &plan->stages[i];
        stage->share = yaml_number(yaml_need(item, "share"), YAML_SHARE, 0.01, 1.0);
        stage->burn_s = yaml_number(yaml_need(item, "burn"), YAML_TIME, 1.0, 1000.0);
        stage->exhaust_mps = yaml_number(yaml_need(item, "exhaust"), YAML_SPEED, 1e3, 6e3);
        stage->gap_s = yaml_number_or(yaml_may(item, "gap"), YAML_TIME, 0.0, 1000.0, 0.0);
        shares += stage->share;
    }
    if (shares < 1.0 - 1e-9 || shares > 1.0 + 1e-9) {
        yaml_refuse(list, "stages whose shares add up to 100 %");
    }
}

static void read_kind(struct yaml value, struct scenario_launch *launch)
{
    static const char *const kinds[] = {
        "short",        "medium", "intermediate", "intercontinental", "intercontinental-solid",
        "space-launch", NULL};
    if (yaml_given(value)) {
        launch->kind = (enum flight_kind)(FLIGHT_SHORT + yaml_choice(value, kinds));
    } else if (launch->plan.apogee_m > 0.0 && launch->plan.range_m > 0.0) {
        launch->kind = flight_kind_of(launch->plan.apogee_m, launch->plan.range_m);
    }
}

static void read_pull_up(struct yaml map, struct scenario_pull_up *out)
{
    if (!yaml_given(map)) {
        return;
    }
    out->height_m = yaml_number(yaml_need(map, "height"), YAML_LENGTH, 1e3, 100e3);
    out->acceleration_mps2 =
        yaml_number(yaml_need(map, "acceleration"), YAML_ACCELERATION, 1.0, 300.0);
    out->lasts_s = yaml_number(yaml_need(map, "lasts"), YAML_TIME, 0.5, 600.0);
}

/* What is solved for: an apogee and a range, or an orbit. */
static void read_plan(struct yaml map, struct scenario_launch *launch)
{
    struct flight_plan *plan = &launch->plan;
    const struct yaml orbit = yaml_may(map, "orbit");
    const struct yaml kind = yaml_may(map, "kind");
    if (yaml_given(orbit)) {
        plan->to_orbit = true;
        plan->apogee_m = yaml_number(orbit, YAML_LENGTH, 150e3, 2000e3);
        launch->kind = FLIGHT_SPACE_LAUNCH;
        if (yaml_given(kind)) {
            yaml_refuse(kind, "no \"kind\" beside \"orbit\"");
        }
    } else {
        plan->apogee_m = yaml_number(yaml_need(map, "apogee"), YAML_LENGTH, 5e3, 15000e3);
        plan->range_m = yaml_number(yaml_need(map, "range"), YAML_LENGTH, 20e3, 20000e3);
        read_kind(kind, launch);
        read_pull_up(yaml_may(map, "pull-up"), &launch->pull_up);
    }
    const struct yaml stages = yaml_may(map, "stages");
    if (yaml_given(stages)) {
        read_stages(stages, plan);
    } else {
        flight_stages_of_kind(launch->kind, plan);
    }
    plan->failure_s = yaml_number_or(yaml_may(map, "thrust fails at"), YAML_TIME, 1.0, 3600.0, 0.0);
}

void scenario_parts_launch(struct yaml map, const struct scenario *s,
                           struct scenario_launch *launch)
{
    struct flight_plan *plan = &launch->plan;
    launch->recording = -1;
    yaml_text(yaml_need(map, "name"), launch->name, sizeof launch->name);
    launch->assumed = yaml_flag(yaml_may(map, "assumed"), false);
    launch->at_s = read_time(yaml_need(map, "at"), s);
    plan->site = yaml_place(yaml_need(map, "site"));
    plan->bearing_rad = yaml_number(yaml_need(map, "bearing"), YAML_ANGLE, 0.0, EARTH_TURN_RAD);
    plan->beta_kgpm2 =
        yaml_number_or(yaml_may(map, "ballistic coefficient"), YAML_BALLISTIC, 50.0, 50000.0, 0.0);
    launch->stages_fall = yaml_flag(yaml_may(map, "stages fall"), false);
    launch->debris = (uint32_t)yaml_number_or(yaml_may(map, "debris"), YAML_COUNT, 0.0,
                                              SCENARIO_DEBRIS_MAX, 0.0);
    if (!yaml_given(yaml_may(map, "recorded"))) {
        read_plan(map, launch);
    }
}

void scenario_parts_breaks(struct yaml list, struct scenario_recording *recording)
{
    if (!yaml_given(list)) {
        return;
    }
    recording->break_count = yaml_list(list, 0, SCENARIO_BREAKS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < recording->break_count; i++, item = yaml_next(item)) {
        recording->break_s[i] = yaml_number(item, YAML_TIME, 0.0, SCENARIO_DURATION_S_MAX);
        if (i > 0 && recording->break_s[i] <= recording->break_s[i - 1]) {
            yaml_refuse(item, "times in ascending order");
        }
    }
}

/* "90 %" at every range, or a list of ranges with their probabilities. */
static void read_detection(struct yaml value, struct scenario_sensor *s)
{
    s->detection_count = 1;
    if (!yaml_is_list(value)) {
        s->detection[0].probability = yaml_number_or(value, YAML_SHARE, 0.0, 1.0, 1.0);
        return;
    }
    s->detection_count = yaml_list(value, 1, SCENARIO_DETECTION_MAX);
    struct yaml item = yaml_item(value, 0);
    for (uint32_t i = 0; i < s->detection_count; i++, item = yaml_next(item)) {
        const struct yaml range = yaml_need(item, "range");
        s->detection[i].range_m = yaml_number(range, YAML_LENGTH, 0.0, 100e6);
        s->detection[i].probability =
            yaml_number(yaml_need(item, "probability"), YAML_SHARE, 0.0, 1.0);
        if (i > 0 && s->detection[i].range_m <= s->detection[i - 1].range_m) {
            yaml_refuse(range, "ranges in ascending order");
        }
    }
}

/* Where a radar or a tracker stands, and how far it sees. */
static void read_site(struct yaml map, struct sensor *sensor)
{
    sensor->place = yaml_place(yaml_need(map, "place"));
    sensor->place.height_m =
        yaml_number_or(yaml_may(map, "height"), YAML_LENGTH, -500.0, 20e3, 0.0);
    sensor->range_max_m = yaml_number(yaml_need(map, "max range"), YAML_LENGTH, 1e3, 20000e3);
    sensor->elevation_min_rad =
        yaml_number_or(yaml_may(map, "min elevation"), YAML_ANGLE, -0.1, QUARTER_TURN_RAD, 0.0);
}

/* How wrong a sensor may constantly be: what its nation is told, and what its truth is drawn
 * from. */
static void read_bias(struct yaml map, struct sensor *sensor)
{
    const struct yaml bias = yaml_may(map, "bias");
    if (!yaml_given(bias)) {
        return;
    }
    sensor->clock_sigma_s = yaml_number_or(yaml_may(bias, "clock"), YAML_TIME, 0.0, 10.0, 0.0);
    if (sensor->kind != SENSOR_RADAR) {
        return;
    }
    sensor->bias_sigma_range_m =
        yaml_number_or(yaml_may(bias, "range"), YAML_LENGTH, 0.0, 10e3, 0.0);
    sensor->bias_sigma_azimuth_rad =
        yaml_number_or(yaml_may(bias, "azimuth"), YAML_ANGLE, 0.0, 0.5, 0.0);
    sensor->bias_sigma_elevation_rad =
        yaml_number_or(yaml_may(bias, "elevation"), YAML_ANGLE, 0.0, 0.5, 0.0);
}

static void read_radar(struct yaml map, struct sensor *sensor)
{
    read_site(map, sensor);
    const struct yaml noise = yaml_need(map, "noise");
    sensor->sigma_range_m = yaml_number(yaml_need(noise, "range"), YAML_LENGTH, 0.1, 10e3);
    sensor->sigma_azimuth_rad = yaml_number(yaml_need(noise, "azimuth"), YAML_ANGLE, 1e-6, 0.5);
    sensor->sigma_elevation_rad = yaml_number(yaml_need(noise, "elevation"), YAML_ANGLE, 1e-6, 0.5);
    sensor->sigma_range_rate_mps =
        yaml_number_or(yaml_may(noise, "range rate"), YAML_SPEED, 0.01, 1e3, 0.0);
    const struct yaml resolution = yaml_may(map, "resolution");
    if (yaml_given(resolution)) {
        sensor->resolution_range_m =
            yaml_number(yaml_need(resolution, "range"), YAML_LENGTH, 0.1, 10e3);
        sensor->resolution_rad = yaml_number(yaml_need(resolution, "angle"), YAML_ANGLE, 1e-6, 0.5);
    }
}

static void read_infrared(struct yaml map, struct scenario_sensor *s)
{
    s->satellite_lon_rad =
        yaml_number(yaml_need(map, "satellite"), YAML_ANGLE, -HALF_TURN_RAD, HALF_TURN_RAD);
    s->cloud_top_m = yaml_number_or(yaml_may(map, "cloud top"), YAML_LENGTH, 0.0, 50e3, 10e3);
    s->sensor.sigma_los_rad =
        yaml_number(yaml_need(yaml_need(map, "noise"), "sight"), YAML_ANGLE, 1e-7, 0.01);
}

static void read_tracker(struct yaml map, struct scenario_sensor *s)
{
    read_site(map, &s->sensor);
    const struct yaml noise = yaml_need(map, "noise");
    s->sigma_position_m = yaml_number(yaml_need(noise, "position"), YAML_LENGTH, 0.1, 100e3);
    s->sigma_velocity_mps = yaml_number(yaml_need(noise, "velocity"), YAML_SPEED, 0.01, 1e3);
}

static void read_sensor(struct yaml map, struct scenario_sensor *s)
{
    static const char *const kinds[] = {"radar", "infrared", "tracker", NULL};
    struct sensor *sensor = &s->sensor;
    sensor->id = yaml_sensor(yaml_need(map, "name"));
    sensor->kind = (enum sensor_kind)(SENSOR_RADAR + yaml_choice(yaml_need(map, "kind"), kinds));
    sensor->interval_s = yaml_number(yaml_need(map, "interval"), YAML_TIME, 0.05, 3600.0);
    s->first_look_s = yaml_number_or(yaml_may(map, "first look"), YAML_TIME, 0.0, 3600.0, 0.0);
    s->latency_s = yaml_number_or(yaml_may(map, "latency"), YAML_TIME, 0.0, 600.0, 0.2);
    read_detection(yaml_may(map, "detection"), s);
    if (sensor->kind == SENSOR_TRACKER) {
        read_tracker(map, s);
        return;
    }
    read_bias(map, sensor);
    sensor->false_alarms_per_scan =
        yaml_number_or(yaml_may(map, "false alarms"), YAML_COUNT, 0.0, 50.0, 0.0);
    if (sensor->kind == SENSOR_RADAR) {
        read_radar(map, sensor);
    } else {
        read_infrared(map, s);
    }
}

void scenario_parts_sensors(struct yaml list, struct scenario_nation *nation)
{
    const uint32_t count = yaml_list(list, 0, LIMIT_SENSORS);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        read_sensor(item, &nation->sensors[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (sensor_id_equal(nation->sensors[k].sensor.id, nation->sensors[i].sensor.id)) {
                yaml_refuse(yaml_may(item, "name"), "a name that no other sensor here has");
            }
        }
        nation->sensor_count++;
    }
}

/* The index of a nation of the scenario; 0 after an error. */
static uint32_t read_nation(struct yaml value, const struct scenario *s)
{
    const uint32_t index = scenario_nation_index(s, yaml_nation(value));
    if (index == s->nation_count) {
        yaml_refuse(value, "a nation of this scenario");
        return 0;
    }
    return index;
}

static void add_link(struct yaml map, struct scenario *s, struct scenario_link link)
{
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].from == link.from && s->links[i].to == link.to) {
            yaml_refuse(map, "each link once");
            return;
        }
    }
    if (link.from == link.to || s->link_count == SCENARIO_LINKS_MAX) {
        yaml_refuse(map, "a link between two nations");
        return;
    }
    s->links[s->link_count] = link;
    s->link_count++;
}

static void read_link(struct yaml map, struct scenario *s)
{
    struct scenario_link link = {0};
    const struct yaml between = yaml_may(map, "between");
    link.delay_s = yaml_number(yaml_need(map, "delay"), YAML_TIME, 0.0, 600.0);
    link.jitter_s = yaml_number_or(yaml_may(map, "jitter"), YAML_TIME, 0.0, 600.0, 0.0);
    link.loss = yaml_number_or(yaml_may(map, "loss"), YAML_SHARE, 0.0, 1.0, 0.0);
    link.bit_flip = yaml_number_or(yaml_may(map, "bit flips"), YAML_SHARE, 0.0, 1.0, 0.0);
    if (yaml_given(between)) {
        (void)yaml_list(between, 2, 2);
        link.from = read_nation(yaml_item(between, 0), s);
        link.to = read_nation(yaml_item(between, 1), s);
        add_link(map, s, link);
        const struct scenario_link back = {link.to,       link.from, link.delay_s,
                                           link.jitter_s, link.loss, link.bit_flip};
        add_link(map, s, back);
        return;
    }
    link.from = read_nation(yaml_need(map, "from"), s);
    link.to = read_nation(yaml_need(map, "to"), s);
    add_link(map, s, link);
}

void scenario_parts_links(struct yaml list, struct scenario *s)
{
    if (!yaml_given(list)) {
        return;
    }
    const uint32_t count = yaml_list(list, 0, SCENARIO_LINKS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        read_link(item, s);
    }
}

/* The index of a sensor of that nation; SCENARIO_SENSOR_ALL after an error. */
static int32_t read_sensor_name(struct yaml value, const struct scenario_nation *nation)
{
    const struct sensor_id id = yaml_sensor(value);
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        if (sensor_id_equal(nation->sensors[i].sensor.id, id)) {
            return (int32_t)i;
        }
    }
    yaml_refuse(value, "a sensor of that nation");
    return SCENARIO_SENSOR_ALL;
}

static void read_ghost(struct yaml map, const struct scenario *s, struct scenario_inject *inject)
{
    struct scenario_ghost *ghost = &inject->ghost;
    const struct yaml sensor = yaml_need(map, "sensor");
    const struct scenario_nation *nation = &s->nations[inject->nation];
    inject->sensor = read_sensor_name(sensor, nation);
    if (inject->sensor != SCENARIO_SENSOR_ALL &&
        nation->sensors[inject->sensor].sensor.kind != SENSOR_TRACKER) {
        yaml_refuse(sensor, "a sensor of the kind tracker");
    }
    ghost->place = yaml_place(yaml_need(map, "place"));
    ghost->place.height_m = yaml_number(yaml_need(map, "height"), YAML_LENGTH, 1.0, 5000e3);
    ghost->speed_mps = yaml_number(yaml_need(map, "speed"), YAML_SPEED, 0.0, 10e3);
    ghost->bearing_rad = yaml_number(yaml_need(map, "bearing"), YAML_ANGLE, 0.0, EARTH_TURN_RAD);
    ghost->climb_rad = yaml_number_or(yaml_may(map, "climb"), YAML_ANGLE, -QUARTER_TURN_RAD,
                                      QUARTER_TURN_RAD, 0.0);
}

static void read_cut(struct yaml map, const struct scenario *s, struct scenario_inject *inject)
{
    const struct yaml between = yaml_may(map, "between");
    inject->both_ways = yaml_given(between);
    if (inject->both_ways) {
        (void)yaml_list(between, 2, 2);
        inject->nation = read_nation(yaml_item(between, 0), s);
        inject->partner = read_nation(yaml_item(between, 1), s);
    } else {
        inject->nation = read_nation(yaml_need(map, "from"), s);
        inject->partner = read_nation(yaml_need(map, "to"), s);
    }
    if (inject->nation == inject->partner) {
        yaml_refuse(map, "two nations");
    }
}

static void read_inject(struct yaml map, const struct scenario *s, struct scenario_inject *inject)
{
    static const char *const kinds[] = {"sensor out", "link cut", "ghost", "clock step", NULL};
    inject->kind = (enum scenario_inject_kind)(INJECT_SENSOR_OUT +
                                               yaml_choice(yaml_need(map, "inject"), kinds));
    inject->sensor = SCENARIO_SENSOR_ALL;
    inject->at_s = read_time(yaml_need(map, "at"), s);
    const struct yaml until = yaml_may(map, "until");
    inject->until_s = yaml_given(until) ? read_time(until, s) : s->duration_s;
    if (inject->until_s < inject->at_s) {
        yaml_refuse(until, "a time after \"at\"");
    }
    if (inject->kind == INJECT_LINK_CUT) {
        read_cut(map, s, inject);
        return;
    }
    inject->nation = read_nation(yaml_need(map, "nation"), s);
    if (inject->kind == INJECT_GHOST) {
        read_ghost(map, s, inject);
        return;
    }
    if (inject->kind == INJECT_CLOCK_STEP) {
        inject->step_s = yaml_number(yaml_need(map, "ahead by"), YAML_TIME, -3600.0, 3600.0);
    }
    const struct yaml sensor = yaml_may(map, "sensor");
    if (yaml_given(sensor)) {
        inject->sensor = read_sensor_name(sensor, &s->nations[inject->nation]);
    }
}

void scenario_parts_injects(struct yaml list, struct scenario *s)
{
    if (!yaml_given(list)) {
        return;
    }
    const uint32_t count = yaml_list(list, 0, SCENARIO_INJECTS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        read_inject(item, s, &s->injects[i]);
        s->inject_count++;
    }
}
