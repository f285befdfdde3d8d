#include "cli/decode_plots.h"

#include <stdio.h>

#include "formats/asterix_category.h"
#include "formats/asterix_plot.h"
#include "formats/observation_line.h"

#define TARGET_REPORTS 48

result decode_plots_open(const char *path, struct instant date, struct decode_plots *out,
                         char message[OBSERVATION_FILE_MESSAGE_SIZE])
{
    struct decode_plots p = {.date = date};
    TRY(observation_file_read(path, &p.declared, message));
    if (p.declared.row_count > 0) {
        (void)snprintf(message, OBSERVATION_FILE_MESSAGE_SIZE,
                       "%.300s: expected lines of sensors only, found an observation", path);
        observation_file_free(&p.declared);
        return ERR_FORMAT;
    }
    for (uint32_t i = 0; i < p.declared.sensor_count; i++) {
        char line[OBSERVATION_LINE_TEXT_SIZE];
        TRY(observation_line_write_sensor(&p.declared.sensors[i], line));
        puts(line);
    }
    *out = p;
    return OK;
}

static const struct sensor *find(const struct decode_plots *p, struct sensor_id id)
{
    for (uint32_t i = 0; i < p->declared.sensor_count; i++) {
        const struct sensor *s = &p->declared.sensors[i];
        if (s->kind == SENSOR_RADAR && sensor_id_equal(s->id, id)) {
            return s;
        }
    }
    return NULL;
}

static bool is_double(const struct decode_plots *p, const struct observation *o)
{
    for (uint32_t i = 0; i < DECODE_PLOTS_LATEST; i++) {
        const struct observation *old = &p->latest[i];
        if (sensor_id_equal(old->sensor, o->sensor) && instant_equal(old->validity, o->validity) &&
            old->radar.polar.range_m == o->radar.polar.range_m &&
            old->radar.polar.azimuth_rad == o->radar.polar.azimuth_rad) {
            return true;
        }
    }
    return false;
}

result decode_plots_print(struct decode_plots *p, const struct asterix_record *record,
                          struct instant captured)
{
    if (record->category->number != TARGET_REPORTS) {
        return OK;
    }
    const struct sensor *sensor = find(p, asterix_plot_sensor(record));
    const struct instant near = instant_is_set(captured) ? captured : p->date;
    struct observation o;
    if (sensor == NULL) {
        p->undeclared++;
    } else if (!instant_is_set(near)) {
        p->undated++;
    } else if (asterix_plot(record, sensor, near, &o) != OK) {
        p->others++;
    } else if (is_double(p, &o)) {
        p->doubles++;
    } else {
        p->latest[p->next] = o;
        p->next = (p->next + 1) % DECODE_PLOTS_LATEST;
        char line[OBSERVATION_LINE_TEXT_SIZE];
        TRY(observation_line_write(&o, line));
        puts(line);
        p->written++;
    }
    return OK;
}

static void note(const char *path, size_t count, const char *what)
{
    if (count > 0) {
        (void)fprintf(stderr, "watchfire decode: %s: passed over: %zu target reports %s\n", path,
                      count, what);
    }
}

void decode_plots_note(const struct decode_plots *p, const char *path)
{
    note(path, p->undeclared,
         "of radars that are not declared (as \"SAC-SIC\", such as \"25-201\")");
    note(path, p->undated, "whose day is not known: a file without times of capture needs --date");
    note(path, p->doubles, "that came twice");
    note(path, p->others, "that are no plots: no place, no time, simulated or for tests");
}
