#include "cli/scenario_file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/recording_file.h"
#include "cli/scenario_parts.h"
#include "node/policy_file.h"
#include "node/yaml.h"

/* A file that another names, found from the folder of that one; refuses a path too long to hold. */
static bool join_path(struct yaml value, const char *scenario_path, char *out, size_t size)
{
    char name[256];
    yaml_text(value, name, sizeof name);
    const char *slash = strrchr(scenario_path, '/');
    const int folder = slash == NULL || name[0] == '/' ? 0 : (int)(slash - scenario_path) + 1;
    const int length = snprintf(out, size, "%.*s%s", folder, scenario_path, name);
    if (length < 0 || (size_t)length >= size) {
        yaml_refuse(value, "a shorter path");
        return false;
    }
    return name[0] != '\0';
}

/* The message of the other file stands for itself: it names its own line. */
static void pass_on(struct yaml_tree *tree, const char *message)
{
    if (!tree->failed) {
        tree->failed = true;
        (void)snprintf(tree->message, sizeof tree->message, "%s", message);
    }
}

static void read_recording(struct yaml map, const char *path, struct scenario *s,
                           struct scenario_launch *launch)
{
    if (s->recording_count == SCENARIO_RECORDINGS_MAX) {
        yaml_refuse(map, "no more recorded launches than can be held");
        return;
    }
    struct scenario_recording *r = &s->recordings[s->recording_count];
    const struct yaml file = yaml_need(map, "file");
    const double until_s = yaml_number_or(yaml_may(map, "until"), YAML_TIME, 5.0,
                                          SCENARIO_DURATION_S_MAX, SCENARIO_DURATION_S_MAX);
    const struct yaml thrust = yaml_need(map, "end of thrust");
    r->end_of_thrust_s = yaml_number(thrust, YAML_TIME, 0.0, until_s);
    scenario_parts_breaks(yaml_may(map, "breaks"), r);
    char recording_path[512];
    char message[YAML_MESSAGE_SIZE];
    if (!join_path(file, path, recording_path, sizeof recording_path) || map.tree->failed) {
        return;
    }
    const result status = recording_file_read(recording_path, until_s, r, message);
    if (status == ERR_IO) {
        yaml_refuse(file, "the path of a recording that can be read");
    } else if (status != OK) {
        pass_on(map.tree, message);
    }
    if (status != OK) {
        return;
    }
    if (r->end_of_thrust_s > r->time_s[r->sample_count - 1]) {
        yaml_refuse(thrust, "a time within the recording");
    }
    launch->recording = (int32_t)s->recording_count;
    s->recording_count++;
}

static void read_launches(struct yaml list, const char *path, struct scenario *s)
{
    const uint32_t count = yaml_list(list, 0, SCENARIO_LAUNCHES_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        struct scenario_launch *launch = &s->launches[i];
        scenario_parts_launch(item, s, launch);
        const struct yaml recorded = yaml_may(item, "recorded");
        if (yaml_given(recorded)) {
            read_recording(recorded, path, s, launch);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(s->launches[k].name, launch->name) == 0) {
                yaml_refuse(yaml_may(item, "name"), "a name that no other launch has");
            }
        }
        s->launch_count++;
    }
}

static void read_policy(struct yaml value, const char *path, struct scenario_nation *nation)
{
    char message[YAML_MESSAGE_SIZE];
    if (!join_path(value, path, nation->policy_file, sizeof nation->policy_file) ||
        value.tree->failed) {
        return;
    }
    const result status = policy_file_read(nation->policy_file, &nation->policy, message);
    if (status == ERR_IO) {
        yaml_refuse(value, "the path of a policy file that can be read");
    } else if (status != OK) {
        pass_on(value.tree, message);
    } else if (!nation_id_equal(nation->policy.owner, nation->id)) {
        yaml_refuse(value, "a policy whose owner is this nation");
    }
}

/* The policy's groups are of this nation's sensors. */
static void match_policy(struct yaml value, const struct scenario_nation *nation)
{
    struct sensor sensors[LIMIT_SENSORS];
    char message[YAML_MESSAGE_SIZE];
    for (uint32_t i = 0; i < nation->sensor_count; i++) {
        sensors[i] = nation->sensors[i].sensor;
    }
    if (!value.tree->failed && policy_file_match(nation->policy_file, &nation->policy, sensors,
                                                 nation->sensor_count, message) != OK) {
        pass_on(value.tree, message);
    }
}

static void read_nations(struct yaml list, const char *path, struct scenario *s)
{
    const uint32_t count = yaml_list(list, 1, LIMIT_NATIONS);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        struct scenario_nation *nation = &s->nations[i];
        const struct yaml id = yaml_need(item, "nation");
        nation->id = yaml_nation(id);
        if (scenario_nation_index(s, nation->id) < s->nation_count) {
            yaml_refuse(id, "each nation once");
        }
        read_policy(yaml_need(item, "policy"), path, nation);
        scenario_parts_sensors(yaml_need(item, "sensors"), nation);
        match_policy(yaml_may(item, "policy"), nation);
        s->nation_count++;
    }
}

static void read_scenario(struct yaml map, const char *path, struct scenario *s)
{
    yaml_text(yaml_need(map, "title"), s->title, sizeof s->title);
    s->start = yaml_instant(yaml_need(map, "start"));
    s->duration_s =
        yaml_number(yaml_need(map, "duration"), YAML_TIME, 1.0, SCENARIO_DURATION_S_MAX);
    read_launches(yaml_need(map, "launches"), path, s);
    read_nations(yaml_need(map, "nations"), path, s);
    scenario_parts_links(yaml_may(map, "links"), s);
    scenario_parts_injects(yaml_may(map, "injects"), s);
}

/* "data/scenarios/2022-10-04-x.yaml" -> "2022-10-04-x"; cut where it is too long. */
static void set_slug(const char *path, struct scenario *s)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    const size_t length = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
    const size_t size = length < sizeof s->slug ? length : sizeof s->slug - 1;
    memcpy(s->slug, name, size);
    s->slug[size] = '\0';
}

static result finish(struct yaml_tree *tree, result status, const char *path, struct scenario *out,
                     char message[YAML_MESSAGE_SIZE])
{
    if (status == OK) {
        memset(out, 0, sizeof *out);
        set_slug(path, out);
        read_scenario(yaml_root(tree), path, out);
        status = yaml_finish(tree);
        if (status == OK && scenario_check(out) != OK) {
            yaml_refuse(yaml_root(tree), "values that fit together");
            status = ERR_FORMAT;
        }
        yaml_tree_free(tree);
    }
    if (status != OK) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s", tree->message);
    }
    return status;
}

result scenario_file_read(const char *path, struct scenario *out, char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read_file(&tree, path), path, out, message);
}

result scenario_file_parse(const char *path, struct bytes text, struct scenario *out,
                           char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read(&tree, path, text), path, out, message);
}
