#include "cli/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "node/small_file.h"
#include "warn/gazetteer.h"

/* Numbers in the report are rounded: more digits than anyone measured would only be noise. */
static json_t *rounded(double value, double unit)
{
    return json_real(floor(value / unit + 0.5) * unit);
}

static json_t *seconds_or_null(double value_s)
{
    return value_s < 0.0 ? json_null() : rounded(value_s, 0.001);
}

static json_t *json_time(struct instant t)
{
    char text[UTC_TEXT_SIZE];
    return json_string(utc_format(t, 3, text));
}

static json_t *json_place(struct instant t, struct geo_geodetic p)
{
    return json_pack("{s:o,s:o,s:o}", "time", json_time(t), "lat_deg",
                     rounded(p.lat_rad * DEG_PER_RAD, 1e-5), "lon_deg",
                     rounded(p.lon_rad * DEG_PER_RAD, 1e-5));
}

static json_t *json_truth(const struct truth_summary *t)
{
    json_t *impact = t->in_orbit ? json_null() : json_place(t->impact_time, t->impact_point);
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "launch", json_place(t->launch_time, t->launch_point),
                     "impact", impact, "apogee_km", rounded(t->apogee_m / 1e3, 0.1), "range_km",
                     t->in_orbit ? json_null() : rounded(t->range_m / 1e3, 0.1), "end_of_thrust_s",
                     rounded(t->end_of_thrust_s, 0.1));
}

/* The state in which the last message left the people, or that none was needed. */
static const char *outcome_text(enum warning_state state)
{
    return state == WARNING_NONE ? "undetermined" : warning_state_text(state);
}

static json_t *json_cell(const struct score_cell *cell)
{
    json_t *at = json_array();
    for (int k = 0; k < SCORE_TIMES; k++) {
        const struct score_at *a = &cell->at[k];
        (void)json_array_append_new(
            at,
            json_pack("{s:s,s:o,s:o,s:o}", "when", score_when[k], "t_s", seconds_or_null(a->t_s),
                      "impact_error_km", a->determined ? rounded(a->error_km, 0.001) : json_null(),
                      "impact_95_area_km2",
                      a->determined ? rounded(a->area_km2, 0.001) : json_null()));
    }
    return json_pack("{s:o,s:o,s:o,s:s,s:o,s:o}", "first_detection_s",
                     seconds_or_null(cell->first_detection_s), "first_notice_s",
                     seconds_or_null(cell->first_notice_s), "first_warning_s",
                     seconds_or_null(cell->first_warning_s), "outcome", outcome_text(cell->outcome),
                     "track_held_s", rounded(cell->track_held_s, 1.0), "at", at);
}

static json_t *json_launch(const struct report *r, uint32_t launch)
{
    const struct world *world = play_world(r->play);
    const struct truth_summary truth = world_truth_summary(world, launch);
    json_t *nations = json_object();
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        json_t *both = json_pack("{s:o,s:o}", "alone", json_cell(&r->alone->cells[n][launch]),
                                 "shared", json_cell(&r->shared->cells[n][launch]));
        (void)json_object_set_new(nations, world->scenario.nations[n].id.code, both);
    }
    return json_pack("{s:s,s:o,s:o}", "name", world->scenario.launches[launch].name, "truth",
                     json_truth(&truth), "nations", nations);
}

/* Of what was released; what a resumed run delivers may have been released before. */
static uint64_t lost_records(const struct score *s)
{
    return s->released > s->delivered ? s->released - s->delivered : 0;
}

static json_t *json_records(const struct report *r)
{
    const uint32_t nations = play_world(r->play)->scenario.nation_count;
    uint64_t refused[SESSION_REFUSAL_COUNT] = {0};
    for (uint32_t n = 0; n < nations; n++) {
        const struct engine *engine = play_engine(r->play, n);
        for (uint32_t i = 0; i < engine->config.partner_count; i++) {
            for (int why = 1; why < SESSION_REFUSAL_COUNT; why++) {
                refused[why] += engine->sessions[i].counters.refused[why];
            }
        }
    }
    json_t *reasons = json_object();
    for (int why = 1; why < SESSION_REFUSAL_COUNT; why++) {
        if (refused[why] > 0) {
            (void)json_object_set_new(reasons, session_refusal_text((enum session_refusal)why),
                                      json_integer((json_int_t)refused[why]));
        }
    }
    const struct score *s = r->shared;
    return json_pack("{s:I,s:I,s:I,s:I,s:o}", "released", (json_int_t)s->released, "withheld",
                     (json_int_t)s->withheld, "delivered", (json_int_t)s->delivered, "lost",
                     (json_int_t)lost_records(s), "refused", reasons);
}

static json_t *json_warning(const struct report *r, const struct score_warning *w)
{
    const struct scenario *s = &play_world(r->play)->scenario;
    json_t *areas = json_array();
    for (uint32_t i = 0; i < w->warning.area_count; i++) {
        (void)json_array_append_new(areas,
                                    json_string(gazetteer_name(w->warning.areas[i].province)));
    }
    const bool launched = w->launch >= 0;
    double t_s = 0.0;
    if (launched) {
        const struct truth_summary truth =
            world_truth_summary(play_world(r->play), (uint32_t)w->launch);
        t_s = instant_since_s(w->time, truth.launch_time);
    }
    return json_pack("{s:s,s:o,s:s,s:o,s:o}", "nation", s->nations[w->nation].id.code, "launch",
                     launched ? json_string(s->launches[w->launch].name) : json_null(), "state",
                     warning_state_text(w->warning.state), "t_s",
                     launched ? rounded(t_s, 0.001) : json_null(), "areas", areas);
}

static json_t *make_report(const struct report *r)
{
    const struct world *world = play_world(r->play);
    json_t *launches = json_array();
    for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
        (void)json_array_append_new(launches, json_launch(r, l));
    }
    json_t *warnings = json_array();
    for (uint32_t i = 0; i < r->shared->warning_count; i++) {
        (void)json_array_append_new(warnings, json_warning(r, &r->shared->warnings[i]));
    }
    json_t *latency =
        json_pack("{s:o,s:o,s:o}", "p50", rounded(score_latency_ms(r->shared, 0.5), 0.01), "p99",
                  rounded(score_latency_ms(r->shared, 0.99), 0.01), "max",
                  rounded(score_latency_ms(r->shared, 1.0), 0.01));
    return json_pack("{s:s,s:I,s:s,s:o,s:o,s:o,s:o}", "scenario", world->scenario.slug, "seed",
                     (json_int_t)r->seed, "domain", "exercise", "launches", launches, "records",
                     json_records(r), "latency_ms", latency, "warnings", warnings);
}

result report_write(const struct report *report, const char *path, char *message,
                    size_t message_size)
{
    json_t *root = make_report(report);
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(root);
    (void)snprintf(message, message_size, "%s: there is no memory", path);
    ENSURE(text != NULL, ERR_IO);
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    const result written = small_file_write(path, 0644, bytes, message, message_size);
    free(text);
    return written;
}

static void print_seconds(FILE *out, double value_s)
{
    if (value_s < 0.0) {
        (void)fprintf(out, "%9s", "never");
    } else {
        (void)fprintf(out, "%7.1f s", value_s);
    }
}

static void print_row(FILE *out, const char *nation, const char *how, const struct score_cell *cell)
{
    (void)fprintf(out, "  %-4s %-7s", nation, how);
    print_seconds(out, cell->first_notice_s);
    print_seconds(out, cell->first_warning_s);
    (void)fprintf(out, "%8.0f s ", cell->track_held_s);
    for (int k = 2; k < SCORE_TIMES; k++) {
        const struct score_at *a = &cell->at[k];
        if (a->determined) {
            (void)fprintf(out, "  %7.1f km %8.*f km2", a->error_km, a->area_km2 < 10.0 ? 1 : 0,
                          a->area_km2);
        } else {
            (void)fprintf(out, "  %22s", a->t_s < 0.0 ? "-" : "undetermined");
        }
    }
    (void)fprintf(out, "  %s\n", outcome_text(cell->outcome));
}

static void print_launch(const struct report *r, uint32_t launch, FILE *out)
{
    const struct world *world = play_world(r->play);
    const struct truth_summary truth = world_truth_summary(world, launch);
    char time[UTC_TEXT_SIZE];
    (void)fprintf(out, "\n%s: launched %s, ", world->scenario.launches[launch].name,
                  utc_format(truth.launch_time, 0, time));
    if (truth.in_orbit) {
        (void)fprintf(out, "reached orbit");
    } else {
        (void)fprintf(out, "apogee %.0f km, range %.0f km, down after %.1f min",
                      truth.apogee_m / 1e3, truth.range_m / 1e3,
                      instant_since_s(truth.impact_time, truth.launch_time) / 60.0);
    }
    (void)fprintf(out, "; thrust ended at T+%.0f s\n", truth.end_of_thrust_s);
    (void)fprintf(out, "  %-4s %-7s%9s%9s%10s   %-22s  %-22s  %-22s  %s\n", "", "", "notice",
                  "warning", "tracked", "  thrust end +30 s", "  thrust end +120 s",
                  "  half of the flight", "outcome");
    for (uint32_t n = 0; n < world->scenario.nation_count; n++) {
        const char *code = world->scenario.nations[n].id.code;
        print_row(out, code, "alone", &r->alone->cells[n][launch]);
        print_row(out, "", "shared", &r->shared->cells[n][launch]);
    }
}

/* Launches announced that were none, or were announced twice, show here. */
static void print_events(const struct report *r, FILE *out)
{
    const struct scenario *s = &play_world(r->play)->scenario;
    (void)fprintf(out, "\nEvents noticed:");
    for (uint32_t n = 0; n < s->nation_count; n++) {
        (void)fprintf(out, "  %s %llu", s->nations[n].id.code,
                      (unsigned long long)r->shared->noticed[n]);
    }
    (void)fprintf(out, "; launches: %u.", s->launch_count);
}

static void print_gain(const struct report *r, FILE *out)
{
    const struct scenario *s = &play_world(r->play)->scenario;
    (void)fprintf(out, "\nWhat sharing gained:\n");
    for (uint32_t n = 0; n < s->nation_count; n++) {
        double notice_s = 0.0;
        double held_s = 0.0;
        uint32_t only_shared = 0;
        uint32_t both = 0;
        for (uint32_t l = 0; l < s->launch_count; l++) {
            const struct score_cell *alone = &r->alone->cells[n][l];
            const struct score_cell *shared = &r->shared->cells[n][l];
            held_s += shared->track_held_s - alone->track_held_s;
            if (alone->first_notice_s >= 0.0 && shared->first_notice_s >= 0.0) {
                notice_s += alone->first_notice_s - shared->first_notice_s;
                both++;
            } else if (shared->first_notice_s >= 0.0) {
                only_shared++;
            }
        }
        (void)fprintf(out, "  %-4s", s->nations[n].id.code);
        if (both > 0) {
            (void)fprintf(out, " learnt of a launch %.1f s earlier on average;", notice_s / both);
        }
        if (only_shared > 0) {
            (void)fprintf(out, " would not have known of %u launch%s at all;", only_shared,
                          only_shared == 1 ? "" : "es");
        }
        (void)fprintf(out, " held track %.0f s longer\n", held_s);
    }
}

void report_print(const struct report *report, FILE *out)
{
    const struct scenario *s = &play_world(report->play)->scenario;
    (void)fprintf(out, "\nEXERCISE  %s  (seed %llu)\n", s->title, (unsigned long long)report->seed);
    (void)fprintf(out, "Times are seconds after launch. Impact: error of the predicted point, and "
                       "the area of its 95 %% ellipse.\n");
    for (uint32_t l = 0; l < s->launch_count; l++) {
        print_launch(report, l, out);
    }
    if (s->launch_count > 0 && s->nation_count > 1) {
        print_gain(report, out);
    } else if (s->launch_count == 0) {
        (void)fprintf(out, "\nNothing was launched; %u warning message%s.\n",
                      report->shared->warning_count, report->shared->warning_count == 1 ? "" : "s");
    }
    print_events(report, out);
    const struct score *score = report->shared;
    (void)fprintf(out,
                  "\nRecords: %llu released, %llu withheld, %llu delivered, %llu lost. "
                  "From observation to the partner's picture: median %.0f ms, 99 %% %.0f ms, "
                  "longest %.0f ms.\n",
                  (unsigned long long)score->released, (unsigned long long)score->withheld,
                  (unsigned long long)score->delivered, (unsigned long long)lost_records(score),
                  score_latency_ms(report->shared, 0.5), score_latency_ms(report->shared, 0.99),
                  score_latency_ms(report->shared, 1.0));
}
