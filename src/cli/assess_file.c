#include "cli/assess_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/assess_report.h"
#include "cli/observation_file.h"
#include "engine/engine.h"
#include "formats/display.h"

#define STATUS_OK 0
#define STATUS_USE 2
#define TICK_NS (NS_PER_S / 2)
/* Nothing is still flying after so long without an observation. */
#define GAP_S_MAX 7200.0
#define EVENTS_MAX 4096
#define EVERY_S_MAX 1e6

static const char HELP[] =
    "usage: watchfire assess FILE [--json] [--every SECONDS]\n"
    "       watchfire assess FILE --as FORMAT\n"
    "\n"
    "Reads observations of one nation's sensors and says what was launched: from where, what it\n"
    "is, where and when it comes down, each with its uncertainty. Undetermined is an answer.\n"
    "\n"
    "  FILE             observation lines, one JSON object a line (docs/observations.md);\n"
    "                   - is standard input. Times may be late by up to 30 s\n"
    "  --json           one JSON object instead of text\n"
    "  --every SECONDS  such an object on a line of its own each so many seconds of data time,\n"
    "                   and one at the end; implies --json\n"
    "  --as FORMAT      the end as a document for other displays: cot (Cursor on Target), tak "
    "(the\n"
    "                   same as the TAK protocol's stream, binary), czml, geojson, kml, oem "
    "(CCSDS,\n"
    "                   the tracks) or rdm (CCSDS, one event's re-entry). It is marked TEST, for\n"
    "                   observation lines do not say whether they are of a real launch\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 assessed, also where nothing was launched; 2 wrong use or bad input (file,\n"
    "line and expectation on standard error; nothing is assessed then).\n";

typedef result display_form(const struct display *d, char *out, size_t capacity, size_t *size);

static const struct {
    const char *name;
    display_form *write;
} FORMS[] = {{"cot", display_cot},         {"tak", display_tak}, {"czml", display_czml},
             {"geojson", display_geojson}, {"kml", display_kml}, {"oem", display_oem},
             {"rdm", display_rdm}};
#define FORM_COUNT (sizeof FORMS / sizeof FORMS[0])
/* Holds everything of an event in any of them. */
#define FORM_EVENT_SIZE ((size_t)16 * 1024)

struct options {
    const char *path;
    bool is_json;
    bool wants_help;
    double every_s;   /* 0 = only at the end */
    display_form *as; /* NULL = as text or JSON */
};

/* One nation's engine, fed from a file. */
struct assess {
    struct options options;
    struct observation_file file;
    struct engine engine;
    struct effects effects;
    struct view view;
    struct instant next_tick;
    struct instant next_print; /* unset = only at the end */
    uint32_t event_count;
    struct view_event *events; /* each as it was when it last had a solution */
};

static int complain(const char *text)
{
    (void)fprintf(stderr, "watchfire assess: %s\n", text);
    return STATUS_USE;
}

static bool read_every(const char *text, double *out)
{
    char *end = NULL;
    const size_t size = text == NULL ? 0 : strspn(text, "0123456789.");
    if (size == 0 || text[size] != '\0') {
        return false;
    }
    const double value = strtod(text, &end);
    if (*end != '\0' || !(value >= 0.5 && value <= EVERY_S_MAX)) {
        return false;
    }
    *out = value;
    return true;
}

/* NULL if there is no such format; then it has been said. */
static display_form *form_named(const char *name)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (name != NULL && strcmp(name, FORMS[i].name) == 0) {
            return FORMS[i].write;
        }
    }
    (void)fprintf(stderr,
                  "watchfire assess: --as: given \"%s\", expected cot, tak, czml, geojson, kml, "
                  "oem or rdm\n",
                  name != NULL ? name : "");
    return NULL;
}

static bool read_options(int argc, char **argv, struct options *out)
{
    struct options o = {NULL, false, false, 0.0, NULL};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--json") == 0) {
            o.is_json = true;
        } else if (strcmp(word, "--help") == 0) {
            o.wants_help = true;
        } else if (strcmp(word, "--every") == 0) {
            i++;
            if (!read_every(i < argc ? argv[i] : NULL, &o.every_s)) {
                (void)fprintf(stderr,
                              "watchfire assess: --every: given \"%s\", expected seconds of data "
                              "time from 0.5 to 1000000, without a unit\n",
                              i < argc ? argv[i] : "");
                return false;
            }
        } else if (strcmp(word, "--as") == 0) {
            i++;
            o.as = form_named(i < argc ? argv[i] : NULL);
            if (o.as == NULL) {
                return false;
            }
        } else if ((word[0] == '-' && word[1] != '\0') || o.path != NULL) {
            (void)fprintf(stderr,
                          "watchfire assess: \"%s\": expected one FILE, --json, --every SECONDS, "
                          "--as FORMAT or --help; see --help\n",
                          word);
            return false;
        } else {
            o.path = word;
        }
    }
    if (!o.wants_help && o.path == NULL) {
        complain("no file given: expected FILE, or - for standard input; see --help");
        return false;
    }
    if (o.as != NULL && (o.is_json || o.every_s > 0.0)) {
        complain("--as: expected without --json and --every");
        return false;
    }
    o.is_json = o.is_json || o.every_s > 0.0;
    *out = o;
    return true;
}

/* A nation of its own code (reserved for users in ISO 3166-1) without partners. */
static result start_engine(struct assess *a)
{
    static const struct nation_id NATION = {"AAA"};
    static struct engine_config config;
    config.nation = NATION;
    config.domain = DOMAIN_TEST; /* lines say of none, and nobody may take it for live */
    config.policy.owner = NATION;
    config.policy.number = 1;
    config.policy.label.owner = NATION;
    config.policy.label.classification = CLASSIFICATION_UNCLASSIFIED;
    config.sensor_count = a->file.sensor_count;
    memcpy(config.sensors, a->file.sensors, sizeof config.sensors);
    return engine_init(&a->engine, &config);
}

static struct view_event *find_event(struct assess *a, struct event_id id)
{
    for (uint32_t i = 0; i < a->event_count; i++) {
        if (a->events[i].id.value == id.value) {
            return &a->events[i];
        }
    }
    return NULL;
}

/* What ended stays as it was last known: the file has more to say than its last second. */
static void remember(struct assess *a, const struct view_event *e)
{
    struct view_event *kept = find_event(a, e->id);
    if (kept == NULL && a->event_count < EVENTS_MAX) {
        kept = &a->events[a->event_count];
        a->event_count++;
        *kept = *e;
        return;
    }
    if (kept == NULL) {
        return;
    }
    if (e->has_common && e->common.status != STATUS_DROPPED) {
        *kept = *e;
        return;
    }
    kept->common.status = STATUS_DROPPED;
    kept->withdrawn = e->withdrawn;
    kept->over = e->over;
}

static void look(struct assess *a)
{
    engine_view(&a->engine, &a->view);
    for (uint32_t i = 0; i < a->view.event_count; i++) {
        remember(a, &a->view.events[i]);
    }
}

/* An event that proved to be another's is that other. */
static uint32_t drop_withdrawn(struct assess *a)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->event_count; i++) {
        if (!a->events[i].withdrawn) {
            a->events[count] = a->events[i];
            count++;
        }
    }
    a->event_count = count;
    return count;
}

/* ERR_RANGE if the format cannot say what was found. */
static result print_as(struct assess *a)
{
    const uint32_t events = drop_withdrawn(a);
    const size_t capacity = (events + 1) * FORM_EVENT_SIZE;
    struct display_event *list = calloc(events + 1, sizeof *list);
    char *text = malloc(capacity);
    size_t size = 0;
    struct display d = {
        .nation = a->view.nation, .domain = a->view.domain, .now = a->view.now, .events = list};
    for (uint32_t i = 0; list != NULL && i < events; i++) {
        const struct view_event *e = &a->events[i];
        if (e->has_common) {
            list[d.count] = (struct display_event){e->name.text, &e->common, &e->assessment};
            d.count++;
        }
    }
    const result written =
        list != NULL && text != NULL ? a->options.as(&d, text, capacity, &size) : ERR_FULL;
    if (written == OK) {
        (void)fwrite(text, 1, size, stdout);
    }
    free(text);
    free(list);
    return written;
}

static result print(struct assess *a)
{
    if (a->options.as != NULL) {
        return print_as(a);
    }
    const struct assess_report report = {.event_count = drop_withdrawn(a),
                                         .events = a->events,
                                         .sensor_count = a->view.sensor_count,
                                         .sensors = a->view.sensors,
                                         .used = a->view.observations_used,
                                         .rejected = a->view.observations_rejected,
                                         .rejected_why = a->view.observations_rejected_why,
                                         .unassociated = a->view.observations_unassociated};
    if (a->options.is_json) {
        return assess_report_json(&report);
    }
    assess_report_print(&report);
    return OK;
}

static result tick(struct assess *a, struct instant t)
{
    const struct event event = {.kind = EVENT_TICK, .time = t};
    TRY(engine_step(&a->engine, &event, &a->effects));
    const bool is_whole = t.tai_ns % NS_PER_S == 0;
    if (is_whole) {
        look(a);
    }
    if (instant_is_set(a->next_print) && !instant_before(t, a->next_print)) {
        if (!is_whole) {
            look(a);
        }
        TRY(print(a));
        while (!instant_before(t, a->next_print)) {
            a->next_print = instant_plus_s(a->next_print, a->options.every_s);
        }
    }
    return OK;
}

/* Ticks up to but not at t. What lies far beyond the last observation is left out. */
static result pass_time(struct assess *a, struct instant t)
{
    const struct duration step = {TICK_NS};
    const struct instant far = instant_plus_s(a->next_tick, GAP_S_MAX);
    while (instant_before(a->next_tick, t) && instant_before(a->next_tick, far)) {
        TRY(tick(a, a->next_tick));
        a->next_tick = instant_plus(a->next_tick, step);
    }
    if (instant_before(a->next_tick, t)) {
        a->next_tick = instant_grid_at_or_after(t, step);
    }
    return OK;
}

/* The observations from row `from` that are one scan; returns how many. */
static uint32_t gather(const struct observation_file *file, uint32_t from,
                       struct observation scan[LIMIT_SCAN])
{
    const struct observation *first = &file->rows[from].observation;
    uint32_t count = 0;
    while (count < LIMIT_SCAN && from + count < file->row_count) {
        const struct observation *o = &file->rows[from + count].observation;
        if (!sensor_id_equal(o->sensor, first->sensor) ||
            !instant_equal(o->validity, first->validity)) {
            break;
        }
        scan[count] = *o;
        count++;
    }
    return count;
}

static result feed(struct assess *a)
{
    static struct observation scan[LIMIT_SCAN];
    const struct duration step = {TICK_NS};
    const struct instant first = a->file.rows[0].observation.validity;
    struct instant last = first;
    a->next_tick = instant_grid_at_or_after(first, step);
    if (a->options.every_s > 0.0) {
        a->next_print = instant_plus_s(first, a->options.every_s);
    }
    for (uint32_t row = 0; row < a->file.row_count;) {
        last = a->file.rows[row].observation.validity;
        TRY(pass_time(a, last));
        const uint32_t count = gather(&a->file, row, scan);
        const struct event event = {
            .kind = EVENT_SCAN, .time = last, .scan_count = count, .scan = scan};
        TRY(engine_step(&a->engine, &event, &a->effects));
        row += count;
    }
    /* A whole second more, in which the picture is worked out. */
    return pass_time(a, instant_plus(last, (struct duration){NS_PER_S + TICK_NS}));
}

static int run(struct assess *a)
{
    char message[OBSERVATION_FILE_MESSAGE_SIZE] = "";
    if (observation_file_read(a->options.path, &a->file, message) != OK) {
        return complain(message);
    }
    const result started = start_engine(a);
    if (started != OK) {
        (void)snprintf(message, sizeof message, "%.300s: its sensors cannot be used: %s",
                       a->options.path, result_text(started));
        return complain(message);
    }
    const result fed = a->file.row_count > 0 ? feed(a) : OK;
    if (fed == OK) {
        look(a);
    }
    const result printed = fed == OK ? print(a) : fed;
    if (printed == ERR_RANGE && a->options.as != NULL) {
        return complain("--as rdm: expected one event whose impact is determined; see --json");
    }
    return printed == OK ? STATUS_OK : complain(result_text(printed));
}

int cli_assess(int argc, char **argv)
{
    struct assess *a = calloc(1, sizeof *a);
    struct view_event *events = calloc(EVENTS_MAX, sizeof *events);
    int status = STATUS_USE;
    if (a == NULL || events == NULL) {
        status = complain("there is no memory");
    } else if (read_options(argc, argv, &a->options)) {
        a->events = events;
        a->next_print = INSTANT_UNSET;
        if (a->options.wants_help) {
            (void)fputs(HELP, stdout);
            status = STATUS_OK;
        } else {
            status = run(a);
        }
        observation_file_free(&a->file);
    }
    free(events);
    free(a);
    return status;
}
