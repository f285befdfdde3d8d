#include "cli/screen.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/text.h"
#include "node/happening.h"
#include "warn/gazetteer.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define INVERSE "\033[7m"
#define WARN "\033[1;33m"
#define PLAIN "\033[0m"

void screen_init(struct screen *s, bool live, struct instant t0)
{
    memset(s, 0, sizeof *s);
    s->live = live;
    s->t0 = t0;
    if (live) {
        /* What is wider than the terminal is cut, not wrapped: every line keeps its place. */
        (void)printf("\033[2J\033[?7l");
    }
}

/* One more line, if there is room for it. The last line stays free, or the terminal would
 * scroll. */
__attribute__((format(printf, 2, 3))) static void put(struct screen *s, const char *format, ...)
{
    va_list arguments;
    s->rows_left--;
    if (s->rows_left > 0) {
        va_start(arguments, format);
        (void)vprintf(format, arguments);
        va_end(arguments);
        (void)printf("\033[K\n");
    }
}

static int terminal_rows(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 48;
}

__attribute__((format(printf, 2, 3))) static void say(struct screen *s, const char *format, ...)
{
    char line[SCREEN_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (!s->live) {
        (void)printf("%s\n", line);
        (void)fflush(stdout);
        return;
    }
    memmove(s->log[0], s->log[1], sizeof s->log[0] * (SCREEN_LOG_LINES - 1));
    memcpy(s->log[SCREEN_LOG_LINES - 1], line, sizeof line);
}

static void place_text(struct geo_geodetic p, char out[GAZETTEER_PHRASE_SIZE + 32])
{
    char phrase[GAZETTEER_PHRASE_SIZE];
    gazetteer_describe(p, phrase, sizeof phrase);
    const double lat = p.lat_rad * DEG_PER_RAD;
    const double lon = p.lon_rad * DEG_PER_RAD;
    (void)snprintf(out, GAZETTEER_PHRASE_SIZE + 32, "%.2f%c %.2f%c (%s)", fabs(lat),
                   lat < 0.0 ? 'S' : 'N', fabs(lon), lon < 0.0 ? 'W' : 'E', phrase);
}

void screen_effect(struct screen *s, const struct engine *engine, const struct effect *effect,
                   struct instant now)
{
    char text[HAPPENING_TEXT_SIZE];
    if (happening_text(engine, effect, text)) {
        say(s, "T%+8.1f s  EXERCISE  %s  %s", instant_since_s(now, s->t0),
            engine->config.nation.code, text);
    }
}

void screen_note(struct screen *s, const char *text)
{
    (void)snprintf(s->note, sizeof s->note, "%s", text);
    if (!s->live) {
        say(s, "-- %s", text);
    }
}

/* While it boosts: where it would come down if thrust ended now, and the area if it goes on. */
static void draw_early(struct screen *s, const struct assessment *a)
{
    if (!assessment_looks_ahead(a)) {
        return;
    }
    char now[GAZETTEER_PHRASE_SIZE + 32];
    char later[GAZETTEER_PHRASE_SIZE + 96];
    const struct impact_estimate *i = &a->if_thrust_ends_now;
    const struct impact_estimate *e = &a->early.impact;
    (void)snprintf(now, sizeof now, "%s", undetermined_reason_text(i->why));
    (void)snprintf(later, sizeof later, "%s", undetermined_reason_text(e->why));
    if (i->why == WHY_NONE) {
        place_text(i->point, now);
    }
    if (e->why == WHY_NONE) {
        char place[GAZETTEER_PHRASE_SIZE + 32];
        place_text(e->point, place);
        (void)snprintf(later, sizeof later, "95 %% ±%.0f x %.0f km round %s",
                       1e-3 * e->ellipse_95.semi_major_m, 1e-3 * e->ellipse_95.semi_minor_m, place);
    }
    put(s, "    if thrust ends now: %s; if it goes on: %s", now, later);
}

static void draw_impact(struct screen *s, const struct view_event *e, struct instant now)
{
    const struct impact_estimate *impact = &e->assessment.impact;
    if (impact->why != WHY_NONE) {
        put(s, "    impact undetermined: %s", undetermined_reason_text(impact->why));
        draw_early(s, &e->assessment);
        return;
    }
    char place[GAZETTEER_PHRASE_SIZE + 32];
    place_text(impact->point, place);
    const double left_s = instant_since_s(impact->time, now);
    const long whole = lround(fabs(left_s));
    put(s, "    impact %s%02ld:%02ld ±%.0f s  %s  95 %% ±%.1f x %.1f km%s",
        left_s < 0.0 ? "-" : "in ", whole / 60, whole % 60, impact->time_95_s, place,
        1e-3 * impact->ellipse_95.semi_major_m, 1e-3 * impact->ellipse_95.semi_minor_m,
        e->assessment.below_coverage ? "  below coverage" : "");
}

static void draw_warning(struct screen *s, const struct view_event *e, struct instant now)
{
    char areas[160];
    happening_areas(&e->warning, areas, sizeof areas);
    const bool in_force = warning_in_force(e->warning.state);
    char danger[48];
    happening_danger(&e->warning, now, danger, sizeof danger);
    put(s, "    %s%s%s%s%s" PLAIN, in_force ? WARN "WARNING: " : DIM,
        warning_state_text(e->warning.state), areas[0] != '\0' ? ": " : "", areas, danger);
}

static void draw_event(struct screen *s, const struct view_event *e, struct instant now)
{
    char storage[64];
    struct text sources = text_over(storage, sizeof storage);
    double age_s = 1e9;
    for (uint32_t i = 0; i < e->solution_count; i++) {
        const struct view_solution *solution = &e->solutions[i];
        text_addf(&sources, "%s%s%s%s%s", i > 0 ? "+" : "", solution->nation.code,
                  nation_id_is_set(solution->via) ? " via " : "", solution->via.code,
                  solution->track.status == STATUS_FIRM ? "" : "(lost)");
        age_s = fmin(age_s, instant_since_s(now, solution->track.last_measurement));
    }
    put(s, "  " BOLD "%-12s" PLAIN " %-8s %-7s from %-11s measured %.0f s ago  %s", e->name.text,
        track_phase_text(e->common.phase), track_status_text(e->common.status), storage,
        age_s > 1e8 ? 0.0 : age_s, missile_class_text(assessment_class(&e->assessment)));
    if (e->assessment.launch.determined) {
        char place[GAZETTEER_PHRASE_SIZE + 32];
        place_text(e->assessment.launch.point, place);
        put(s, "    launched from %s ±%.0f km", place,
            e->assessment.launch_ellipse_95.semi_major_m / 1e3);
    }
    draw_impact(s, e, now);
    draw_warning(s, e, now);
}

static void draw_nation(struct screen *s, const struct engine *engine, struct view *v)
{
    engine_view(engine, v);
    char storage[LIMIT_PARTNERS * 64];
    struct text links = text_over(storage, sizeof storage);
    for (uint32_t i = 0; i < v->link_count; i++) {
        const struct view_link *link = &v->links[i];
        text_addf(&links, "  %s %s, %llu received", link->partner.code,
                  link->up ? "up" : WARN "DOWN" PLAIN, (unsigned long long)link->received);
    }
    put(s, INVERSE BOLD " %s " PLAIN "%s  released %llu", v->nation.code, storage,
        (unsigned long long)v->records_released);
    uint32_t open = 0;
    for (uint32_t i = 0; i < v->event_count && open < 4; i++) {
        if (!v->events[i].withdrawn && !v->events[i].over) {
            draw_event(s, &v->events[i], v->now);
            open++;
        }
    }
    if (open == 0) {
        put(s, "  nothing in flight; %u plots that may be nothing", v->track_count);
    }
}

void screen_draw(struct screen *s, const struct play *play, double speed)
{
    if (!s->live) {
        return;
    }
    const struct scenario *scenario = &play_world(play)->scenario;
    char clock[UTC_TEXT_SIZE];
    const double t_s = instant_since_s(play_now(play), s->t0);
    s->rows_left = terminal_rows() - 2;
    (void)printf("\033[H" INVERSE " EXERCISE EXERCISE EXERCISE " PLAIN BOLD " T%+.0f s " PLAIN
                 " %s  x%.0f  %s\033[K\n",
                 t_s, utc_format(play_now(play), 0, clock), speed, scenario->title);
    (void)printf(DIM "%s" PLAIN "\033[K\n", s->note);
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        draw_nation(s, play_engine(play, n), &s->views[n]);
    }
    int lines = s->rows_left - 1 < SCREEN_LOG_LINES ? s->rows_left - 1 : SCREEN_LOG_LINES;
    for (; lines > 0; lines--) {
        (void)printf(DIM "%s" PLAIN "\033[K\n", s->log[SCREEN_LOG_LINES - lines]);
    }
    (void)printf("\033[J");
    (void)fflush(stdout);
}

void screen_end(struct screen *s)
{
    if (s->live) {
        s->live = false;
        (void)printf("\033[?7h\n");
    }
}
