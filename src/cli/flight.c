#include "cli/flight.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "cli/json_out.h"
#include "geo/ellipsoid.h"
#include "physics/flight.h"

#define STATUS_OK 0
#define STATUS_NO 1
#define STATUS_USE 2
#define BETA_KGPM2 3000.0
#define DIGITS 10

static const char HELP[] =
    "usage: watchfire flight --from LAT,LON --bearing DEG --apogee-km A --range-km R\n"
    "                        [--kind KIND] [--json]\n"
    "\n"
    "Flies a missile so that it meets a published apogee and range, and says how long that takes,\n"
    "where the thrust ends and where it comes down. Boost by notional stages of the kind, coast "
    "on\n"
    "the turning, oblate Earth, re-entry with drag (ballistic coefficient 3000 kg/m2, assumed).\n"
    "\n"
    "  --from LAT,LON   the launch site, degrees, north and east positive: 39.2,125.7\n"
    "  --bearing DEG    where the impact lies, seen from the site: degrees from true north,\n"
    "                   clockwise, 0 to 360\n"
    "  --apogee-km A    greatest height, 5 to 15000\n"
    "  --range-km R     over the ground, site to impact, 20 to 20000\n"
    "  --kind KIND      short, medium, intermediate, intercontinental, intercontinental-solid or\n"
    "                   space-launch; without it by the range that the same energy could reach at\n"
    "                   most (up to 1000, 3000, 5500 km, more), liquid fuel\n"
    "  --json           one JSON object instead of the table\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 solved, 1 no flight of that kind meets the figures, 2 wrong use.\n";

static const char *const KINDS[] = {
    [FLIGHT_SHORT] = "short",
    [FLIGHT_MEDIUM] = "medium",
    [FLIGHT_INTERMEDIATE] = "intermediate",
    [FLIGHT_INTERCONTINENTAL] = "intercontinental",
    [FLIGHT_INTERCONTINENTAL_SOLID] = "intercontinental-solid",
    [FLIGHT_SPACE_LAUNCH] = "space-launch",
};
#define KIND_COUNT ((int)(sizeof KINDS / sizeof KINDS[0]))

enum { FROM, BEARING, APOGEE, RANGE, KIND, OPTION_COUNT };

struct option {
    const char *name;
    const char *expected;
    bool is_required;
};

static const struct option OPTIONS[OPTION_COUNT] = {
    [FROM] = {"--from", "latitude,longitude in degrees, -90 to 90 and -180 to 180, as 39.2,125.7",
              true},
    [BEARING] = {"--bearing", "degrees from true north, 0 to 360", true},
    [APOGEE] = {"--apogee-km", "kilometres from 5 to 15000, without a unit", true},
    [RANGE] = {"--range-km", "kilometres from 20 to 20000, without a unit", true},
    [KIND] = {"--kind",
              "short, medium, intermediate, intercontinental, intercontinental-solid or "
              "space-launch",
              false},
};

/* The command line, word by word; a value is NULL if its option is not there. */
struct words {
    const char *values[OPTION_COUNT];
    bool is_json;
    bool wants_help;
};

struct answer {
    struct flight flight;
    struct flight_summary summary;
    struct geo_geodetic burnout;
    double burnout_speed_mps;
    enum flight_kind kind;
};

static bool complain(const struct option *option, const char *given)
{
    if (given == NULL) {
        fprintf(stderr, "watchfire flight: %s is missing; expected %s\n", option->name,
                option->expected);
    } else {
        fprintf(stderr, "watchfire flight: %s: given \"%s\", expected %s\n", option->name, given,
                option->expected);
    }
    return false;
}

static int find_option(const char *word)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(word, OPTIONS[i].name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool read_words(int argc, char **argv, struct words *out)
{
    *out = (struct words){{NULL}, false, false};
    for (int i = 1; i < argc; i++) {
        const int option = find_option(argv[i]);
        if (strcmp(argv[i], "--json") == 0) {
            out->is_json = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            out->wants_help = true;
        } else if (option < 0) {
            fprintf(stderr, "watchfire flight: \"%s\" is not an option; see --help\n", argv[i]);
            return false;
        } else if (i + 1 == argc) {
            return complain(&OPTIONS[option], NULL);
        } else if (out->values[option] != NULL) {
            fprintf(stderr, "watchfire flight: %s is given twice; expected it once\n", argv[i]);
            return false;
        } else {
            out->values[option] = argv[++i];
        }
    }
    return true;
}

/* A plain decimal number up to `*end`, within bounds; no hexadecimal, infinity or NaN. */
static bool read_number(const char *text, double low, double high, const char **end, double *out)
{
    const size_t size = strspn(text, "+-.0123456789eE");
    char *stop = NULL;
    errno = 0;
    const double value = strtod(text, &stop);
    if (size == 0 || stop != text + size || errno == ERANGE) {
        return false;
    }
    if (!(value >= low && value <= high)) {
        return false;
    }
    *end = stop;
    *out = value;
    return true;
}

static bool read_whole_number(const char *text, double low, double high, double *out)
{
    const char *end = text;
    return read_number(text, low, high, &end, out) && *end == '\0';
}

static bool read_place(const char *text, struct geo_geodetic *out)
{
    double lat_deg = 0.0;
    double lon_deg = 0.0;
    const char *end = text;
    if (!read_number(text, -90.0, 90.0, &end, &lat_deg) || *end != ',') {
        return false;
    }
    if (!read_whole_number(end + 1, -180.0, 180.0, &lon_deg)) {
        return false;
    }
    *out = (struct geo_geodetic){lat_deg * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
    return true;
}

static bool read_kind(const char *text, enum flight_kind *out)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(text, KINDS[i]) == 0) {
            *out = (enum flight_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_plan(const struct words *w, struct flight_plan *plan, enum flight_kind *kind)
{
    double bearing_deg = 0.0;
    double apogee_km = 0.0;
    double range_km = 0.0;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (OPTIONS[i].is_required && w->values[i] == NULL) {
            return complain(&OPTIONS[i], NULL);
        }
    }
    *plan = (struct flight_plan){.beta_kgpm2 = BETA_KGPM2};
    if (!read_place(w->values[FROM], &plan->site)) {
        return complain(&OPTIONS[FROM], w->values[FROM]);
    }
    if (!read_whole_number(w->values[BEARING], 0.0, 360.0, &bearing_deg)) {
        return complain(&OPTIONS[BEARING], w->values[BEARING]);
    }
    if (!read_whole_number(w->values[APOGEE], 5.0, 15000.0, &apogee_km)) {
        return complain(&OPTIONS[APOGEE], w->values[APOGEE]);
    }
    if (!read_whole_number(w->values[RANGE], 20.0, 20000.0, &range_km)) {
        return complain(&OPTIONS[RANGE], w->values[RANGE]);
    }
    *kind = flight_kind_of(apogee_km * 1e3, range_km * 1e3);
    if (w->values[KIND] != NULL && !read_kind(w->values[KIND], kind)) {
        return complain(&OPTIONS[KIND], w->values[KIND]);
    }
    plan->bearing_rad = bearing_deg * RAD_PER_DEG;
    plan->apogee_m = apogee_km * 1e3;
    plan->range_m = range_km * 1e3;
    flight_stages_of_kind(*kind, plan);
    return true;
}

static result answer_of(const struct flight_plan *plan, enum flight_kind kind, struct answer *out)
{
    out->kind = kind;
    TRY(flight_solve(plan, &out->flight));
    TRY(flight_summarise(&out->flight, &out->summary));
    const double *x = out->flight.burnout.x;
    TRY(ellipsoid_from_ecef((struct geo_ecef){x[0], x[1], x[2]}, &out->burnout));
    out->burnout_speed_mps = sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]);
    return OK;
}

static int print_json(const struct answer *a)
{
    json_t *burnout = json_pack("{s:f, s:f}", "altitude_km", a->burnout.height_m / 1e3, "speed_mps",
                                a->burnout_speed_mps);
    const struct geo_geodetic p = a->summary.impact;
    json_t *impact = json_pack("{s:f, s:f}", "lat_deg", p.lat_rad * DEG_PER_RAD, "lon_deg",
                               p.lon_rad * DEG_PER_RAD);
    json_t *object =
        json_pack("{s:f, s:f, s:o, s:o}", "flight_time_s", a->summary.flight_time_s, "boost_time_s",
                  a->flight.end_of_thrust_s, "burnout", burnout, "impact", impact);
    return json_out(object, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS), "flight", STATUS_OK);
}

static int print_table(const struct answer *a)
{
    const struct flight *f = &a->flight;
    const struct flight_summary *s = &a->summary;
    printf("kind           %s, %d stage%s (notional)\n", KINDS[a->kind], f->plan.stage_count,
           f->plan.stage_count == 1 ? "" : "s");
    printf("flight time    %.1f s (%.1f min)\n", s->flight_time_s, s->flight_time_s / 60.0);
    printf("boost          %.1f s, velocity gain %.0f m/s, pitch %.1f deg, sets off to %.1f deg\n",
           f->end_of_thrust_s, f->velocity_gain_mps, f->pitch_end_rad * DEG_PER_RAD,
           f->bearing_rad * DEG_PER_RAD);
    printf("end of thrust  altitude %.1f km, speed %.0f m/s\n", a->burnout.height_m / 1e3,
           a->burnout_speed_mps);
    printf("apogee, range  %.1f km, %.1f km\n", s->apogee_m / 1e3, s->range_m / 1e3);
    printf("impact         %.4f, %.4f\n", s->impact.lat_rad * DEG_PER_RAD,
           s->impact.lon_rad * DEG_PER_RAD);
    return STATUS_OK;
}

static int complain_no_flight(const struct flight_plan *plan, enum flight_kind kind)
{
    fprintf(stderr,
            "watchfire flight: no flight of kind %s reaches an apogee of %g km and a range of %g "
            "km; try another --kind, or a manoeuvring type flew it\n",
            KINDS[kind], plan->apogee_m / 1e3, plan->range_m / 1e3);
    return STATUS_NO;
}

int cli_flight(int argc, char **argv)
{
    struct words words;
    struct flight_plan plan;
    enum flight_kind kind = FLIGHT_SHORT;
    struct answer answer;
    if (!read_words(argc, argv, &words)) {
        return STATUS_USE;
    }
    if (words.wants_help) {
        fputs(HELP, stdout);
        return STATUS_OK;
    }
    if (!read_plan(&words, &plan, &kind)) {
        return STATUS_USE;
    }
    if (answer_of(&plan, kind, &answer) != OK || answer.summary.in_orbit) {
        return complain_no_flight(&plan, kind);
    }
    return words.is_json ? print_json(&answer) : print_table(&answer);
}
