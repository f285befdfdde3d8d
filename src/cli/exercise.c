#include "cli/exercise.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/pages.h"
#include "cli/play.h"
#include "cli/report.h"
#include "cli/scenario_file.h"
#include "cli/score.h"
#include "cli/screen.h"
#include "cli/sensors_only.h"
#include "cli/warning_files.h"
#include "node/small_file.h"

#define DEFAULT_SCENARIO "data/scenarios/2022-10-04-irbm-over-japan.yaml"
#define DEFAULT_SEED 4711
#define SHOW_SPEED 10.0
#define SHOW_AFTER_THRUST_S 60.0
#define SHOW_REST_S 60.0 /* wall time for what comes after */
#define FRAME_MS 100
#define BEHIND_S_MAX 0.25 /* real time made up for at once; a machine too slow for more runs late */

struct options {
    const char *file;
    double speed; /* 0 = as fast as it goes */
    bool paced;   /* --speed was given */
    bool fast;
    bool show;
    uint64_t seed;
    const char *report;
    const char *journal;
    bool resume;
    bool sensors_only;
    char **nodes; /* with sensors_only: a NODE.yaml for each nation */
    uint32_t node_count;
    const char *write_sensors;
    const char *warnings;
    const char *officers; /* who plays at the pages; NULL = everybody looks on */
    const char *live;     /* NODE.yaml of a live node */
};

struct exercise {
    struct options options;
    struct scenario scenario;
    struct score shared_score;
    struct score alone_score;
    struct screen screen;
    struct play *play;
    struct pages *pages;
    struct control *control; /* NULL = nobody steers */
    struct warning_files *warnings;
    struct instant t0;
    struct instant next_second;
    struct instant end;
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void print_help(void)
{
    (void)printf(
        "watchfire exercise [FILE] [options]\n"
        "Plays a scenario: nations with their own sensors detect launches, share what their "
        "release\n"
        "policies allow, and warn. At the end a table says what sharing gained each of them.\n"
        "Sensor figures are notional; flights come from public reports.\n\n"
        "  FILE            the scenario (default: %s)\n"
        "  --show          10 x real time until a minute after the end of thrust, then fast "
        "forward\n"
        "  --speed N       N x real time (default 1)\n"
        "  --fast          as fast as it goes, without pages\n"
        "  --seed N        noise and faults of this number (default %d)\n"
        "  --report OUT    also write the result as JSON\n"
        "  --warnings DIR  write what each nation tells its people as CAP messages to "
        "DIR/JPN/ID.xml\n"
        "                  and so on\n"
        "  --journal DIR   keep each nation's journal in DIR (each step then waits for the disk)\n"
        "  --resume        go on with an exercise that was stopped (needs --journal)\n"
        "  --officers FILE the people of this file (watchfire officers) sign in at the pages and "
        "play;\n"
        "                  one in the role control pauses, goes on, jumps and launches\n"
        "  --live NODE.yaml  a live node on this machine: an event there suspends the exercise\n\n"
        "For nodes that run by themselves (watchfire node):\n"
        "  --sensors-only  FILE is followed by the nations' NODE.yaml files; only the sensors are\n"
        "                  played, in real time, the first launch 10 s from now; what they see\n"
        "                  goes to where each node listens\n"
        "  --write-sensors DIR   writes DIR/KOR/sensors.ndjson and so on, and plays nothing\n\n"
        "Exit status: 0 played to the end, 2 wrong use or bad input, 130 stopped by Ctrl-C.\n"
        "Examples: watchfire exercise --fast --report out.json\n"
        "          watchfire exercise data/scenarios/2023-07-12-solid-icbm.yaml --speed 20\n",
        DEFAULT_SCENARIO, DEFAULT_SEED);
}

static int wrong_use(const char *what, const char *given, const char *expected)
{
    (void)fprintf(stderr, "watchfire exercise: %s%s%s: expected %s; see --help\n", what,
                  given != NULL ? " " : "", given != NULL ? given : "", expected);
    return 2;
}

static bool read_seed(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

static bool read_speed(const char *text, double *out)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0.0) || value > 1e6) {
        return false;
    }
    *out = value;
    return true;
}

/* What stands behind the options, and what does not go together. */
static int check_options(int argc, char **argv, struct options *o)
{
    if (optind < argc) {
        o->file = argv[optind];
        optind++;
    }
    if (o->sensors_only) {
        o->nodes = argv + optind;
        o->node_count = (uint32_t)(argc - optind);
        optind = argc;
    }
    if (optind < argc) {
        return wrong_use("argument", argv[optind], "one scenario file");
    }
    if (o->sensors_only && o->node_count == 0) {
        return wrong_use("--sensors-only", NULL, "FILE and then a NODE.yaml for each nation");
    }
    if (o->sensors_only && (o->paced || o->fast || o->show || o->journal != NULL)) {
        return wrong_use("--sensors-only", NULL,
                         "no --speed, --fast, --show or --journal: nodes live in real time");
    }
    if (o->resume && o->journal == NULL) {
        return wrong_use("--resume", NULL, "--journal DIR, the folder with the journals");
    }
    if ((o->show ? 1 : 0) + (o->fast ? 1 : 0) + (o->paced ? 1 : 0) > 1) {
        return wrong_use("speed", NULL, "one of --show, --speed and --fast");
    }
    if (o->officers != NULL && (o->fast || o->resume || o->sensors_only)) {
        return wrong_use("--officers", NULL,
                         "no --fast, --resume or --sensors-only: what people order is no part of "
                         "the scenario");
    }
    if (o->live != NULL && o->officers == NULL) {
        return wrong_use("--live", NULL, "--officers FILE: somebody has to go on after it");
    }
    o->speed = o->fast ? 0.0 : o->speed;
    return -1;
}

/* Where the value of an option goes that is a text. */
static const char **text_option(struct options *o, int option)
{
    return option == 'r'   ? &o->report
           : option == 'j' ? &o->journal
           : option == 'w' ? &o->write_sensors
           : option == 'a' ? &o->warnings
           : option == 'p' ? &o->officers
                           : &o->live;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {
        {"show", no_argument, NULL, 's'},
        {"speed", required_argument, NULL, 'x'},
        {"fast", no_argument, NULL, 'f'},
        {"seed", required_argument, NULL, 'n'},
        {"report", required_argument, NULL, 'r'},
        {"journal", required_argument, NULL, 'j'},
        {"resume", no_argument, NULL, 'c'},
        {"sensors-only", no_argument, NULL, 'o'},
        {"write-sensors", required_argument, NULL, 'w'},
        {"warnings", required_argument, NULL, 'a'},
        {"officers", required_argument, NULL, 'p'},
        {"live", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    *o = (struct options){.file = DEFAULT_SCENARIO, .speed = 1.0, .seed = DEFAULT_SEED};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        switch (option) {
        case 's':
            o->show = true;
            break;
        case 'x':
            o->paced = true;
            if (!read_speed(optarg, &o->speed)) {
                return wrong_use("--speed", optarg, "a number above 0, such as 10");
            }
            break;
        case 'f':
            o->fast = true;
            break;
        case 'n':
            if (!read_seed(optarg, &o->seed)) {
                return wrong_use("--seed", optarg, "a whole number from 0");
            }
            break;
        case 'c':
            o->resume = true;
            break;
        case 'o':
            o->sensors_only = true;
            break;
        case 'r':
        case 'j':
        case 'w':
        case 'a':
        case 'p':
        case 'l':
            *text_option(o, option) = optarg;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return wrong_use("option", argv[optind - 1], "one of those in --help, with its value");
        }
    }
    return check_options(argc, argv, o);
}

static void show(void *context, uint32_t nation, const struct engine *engine,
                 const struct effect *effect, struct instant now)
{
    struct exercise *e = context;
    score_effect(&e->shared_score, nation, engine, effect, now);
    screen_effect(&e->screen, engine, effect, now);
    if (e->warnings != NULL) {
        warning_files_effect(e->warnings, nation, engine, effect);
    }
}

static void show_alone(void *context, uint32_t nation, const struct engine *engine,
                       const struct effect *effect, struct instant now)
{
    struct exercise *e = context;
    score_effect(&e->alone_score, nation, engine, effect, now);
}

static int report_failure(const char *message)
{
    (void)fprintf(stderr, "watchfire exercise: %s\n", message);
    return 2;
}

static int option_failure(const char *option, const char *message)
{
    (void)fprintf(stderr, "watchfire exercise: %s: %s\n", option, message);
    return 2;
}

static double wall_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Plays to t, keeping score at every whole second on the way. */
static result advance(struct play *play, struct score *score, struct instant *next_second,
                      struct instant t, char message[PLAY_MESSAGE_SIZE])
{
    while (!instant_before(t, *next_second) && !stopped) {
        TRY(play_until(play, *next_second, message));
        score_second(score, play);
        *next_second = instant_plus(*next_second, (struct duration){NS_PER_S});
    }
    return stopped ? OK : play_until(play, t, message);
}

/* T+0: the first launch, or the start where nothing is launched. */
static struct instant find_t0(const struct world *world)
{
    struct instant t0 = world->scenario.start;
    for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
        const struct instant launch = world_truth_summary(world, l).launch_time;
        if (l == 0 || instant_before(launch, t0)) {
            t0 = launch;
        }
    }
    return t0;
}

/* When the show has nothing more to explain: a minute after the last end of thrust. */
static struct instant show_until(const struct world *world)
{
    struct instant last = world->scenario.start;
    for (uint32_t l = 0; l < world->scenario.launch_count; l++) {
        const struct truth_summary truth = world_truth_summary(world, l);
        const struct instant end =
            instant_plus_s(truth.launch_time, truth.end_of_thrust_s + SHOW_AFTER_THRUST_S);
        if (instant_before(last, end)) {
            last = end;
        }
    }
    return last;
}

static double speed_now(struct exercise *e, struct instant slow_until, bool *announced)
{
    if (e->control != NULL) {
        return control_speed(e->control);
    }
    if (!e->options.show) {
        return e->options.speed;
    }
    if (instant_before(play_now(e->play), slow_until)) {
        return SHOW_SPEED;
    }
    const double rest_s = instant_since_s(e->end, slow_until);
    const double speed = fmax(2.0 * SHOW_SPEED, rest_s / SHOW_REST_S);
    if (!*announced) {
        *announced = true;
        char text[100];
        (void)snprintf(text, sizeof text,
                       "Thrust ended a minute ago: fast forward from here, %.0f x real time",
                       speed);
        screen_note(&e->screen, text);
    }
    return speed;
}

static int play_paced(struct exercise *e, char message[PLAY_MESSAGE_SIZE])
{
    const struct instant slow_until = show_until(play_world(e->play));
    bool announced = false;
    double before_s = wall_s();
    struct instant target = play_now(e->play);
    while (!stopped && instant_before(play_now(e->play), e->end)) {
        const double speed = speed_now(e, slow_until, &announced);
        const double now_s = wall_s();
        const double passed_s = fmin(now_s - before_s, BEHIND_S_MAX);
        target = e->control == NULL ? instant_plus_s(target, passed_s * speed)
                                    : control_target(e->control, target, passed_s);
        e->end = e->control == NULL ? e->end : control_end(e->control);
        before_s = now_s;
        if (instant_before(e->end, target)) {
            target = e->end;
        }
        if (advance(e->play, &e->shared_score, &e->next_second, target, message) != OK) {
            screen_end(&e->screen);
            return report_failure(message);
        }
        screen_draw(&e->screen, e->play, speed);
        pages_show(e->pages, e->play, e->t0, speed, announced ? "fast forward" : "", false);
        pages_serve(e->pages, FRAME_MS);
    }
    return 0;
}

static int play_fast(struct exercise *e, char message[PLAY_MESSAGE_SIZE])
{
    if (advance(e->play, &e->shared_score, &e->next_second, e->end, message) != OK) {
        return report_failure(message);
    }
    return 0;
}

/* The same seed and noise with all links cut. */
static int play_alone(struct exercise *e, char message[PLAY_MESSAGE_SIZE])
{
    const struct play_options options = {.scenario = &e->scenario,
                                         .seed = e->options.seed,
                                         .alone = true,
                                         .context = e,
                                         .show = show_alone};
    struct play *play = NULL;
    if (play_open(&options, &play, message) != OK) {
        return report_failure(message);
    }
    struct instant next_second = e->scenario.start;
    score_init(&e->alone_score, play_world(play));
    const result outcome = advance(play, &e->alone_score, &next_second, e->end, message);
    play_close(play);
    return outcome == OK ? 0 : report_failure(message);
}

static void keep_pages(struct exercise *e)
{
    if (e->options.speed == 0.0 || isatty(STDOUT_FILENO) == 0 || stopped) {
        return;
    }
    (void)printf("\nThe pages stay up until you press Ctrl-C:%s\n", pages_addresses(e->pages));
    (void)fflush(stdout);
    pages_show(e->pages, e->play, e->t0, 0.0, "The exercise is over.", true);
    while (!stopped) {
        pages_serve(e->pages, 500);
    }
}

static int finish_warnings(const struct exercise *e)
{
    char message[WARNING_FILES_MESSAGE_SIZE];
    uint32_t count = 0;
    if (e->warnings == NULL) {
        return 0;
    }
    if (warning_files_finish(e->warnings, &count, message) != OK) {
        return option_failure("--warnings", message);
    }
    (void)printf("\n%u warning message%s in %s.\n", count, count == 1 ? "" : "s",
                 e->options.warnings);
    return 0;
}

static int finish(struct exercise *e, char message[PLAY_MESSAGE_SIZE])
{
    screen_end(&e->screen);
    if (stopped) {
        (void)fprintf(stderr, "watchfire exercise: stopped at T%+.0f s%s\n",
                      instant_since_s(play_now(e->play), e->t0),
                      e->options.journal != NULL ? "; --resume goes on from here" : "");
        return 130;
    }
    const int alone = play_alone(e, message);
    if (alone != 0 || stopped) {
        return stopped ? 130 : alone;
    }
    const struct report report = {.play = e->play,
                                  .seed = e->options.seed,
                                  .shared = &e->shared_score,
                                  .alone = &e->alone_score};
    report_print(&report, stdout);
    if (e->options.report != NULL &&
        report_write(&report, e->options.report, message, PLAY_MESSAGE_SIZE) != OK) {
        return option_failure("--report", message);
    }
    const int told = finish_warnings(e);
    keep_pages(e);
    return told;
}

static result open_pages(struct exercise *e, char message[PLAY_MESSAGE_SIZE])
{
    const struct options *o = &e->options;
    char text[CONTROL_MESSAGE_SIZE] = "";
    if (o->officers != NULL) {
        const result opened = control_open(o->officers, o->live, &e->control, text);
        if (opened != OK) {
            (void)snprintf(message, PLAY_MESSAGE_SIZE, "%.700s", text);
            return opened;
        }
        control_begin(e->control, e->play, e->t0, o->show ? SHOW_SPEED : o->speed);
    }
    return pages_open(&e->scenario, e->control, &e->pages, message);
}

static int run(struct exercise *e)
{
    char message[PLAY_MESSAGE_SIZE] = "";
    if (scenario_file_read(e->options.file, &e->scenario, message) != OK) {
        return report_failure(message);
    }
    if (e->options.write_sensors != NULL) {
        return sensors_only_write(&e->scenario, e->options.write_sensors);
    }
    if (e->options.sensors_only) {
        const struct sensors_only only = {.scenario = &e->scenario,
                                          .seed = e->options.seed,
                                          .files = e->options.nodes,
                                          .file_count = e->options.node_count,
                                          .stopped = &stopped};
        return sensors_only_play(&only);
    }
    /* Better to know before an hour is played than after it. */
    if (e->options.report != NULL &&
        small_file_check(e->options.report, message, sizeof message) != OK) {
        return option_failure("--report", message);
    }
    if (e->options.warnings != NULL &&
        warning_files_open(e->options.warnings, &e->warnings, message) != OK) {
        return option_failure("--warnings", message);
    }
    const struct play_options options = {.scenario = &e->scenario,
                                         .seed = e->options.seed,
                                         .journal_dir = e->options.journal,
                                         .resume = e->options.resume,
                                         .context = e,
                                         .show = show};
    e->t0 = e->scenario.start;
    screen_init(&e->screen, false, e->t0);
    if (play_open(&options, &e->play, message) != OK) {
        return report_failure(message);
    }
    const bool paced = e->options.speed > 0.0;
    e->t0 = find_t0(play_world(e->play));
    e->end = instant_plus_s(e->scenario.start, e->scenario.duration_s);
    e->next_second = e->scenario.start;
    score_init(&e->shared_score, play_world(e->play));
    if (paced && open_pages(e, message) != OK) {
        return report_failure(message);
    }
    (void)printf("EXERCISE  %s\nSensor figures are notional; the flight comes from public "
                 "reports.\n%s%s%s",
                 e->scenario.title, paced ? "Pages:" : "", paced ? pages_addresses(e->pages) : "",
                 paced ? "\n" : "");
    (void)fflush(stdout);
    screen_init(&e->screen, paced && isatty(STDOUT_FILENO) != 0, e->t0);
    if (e->screen.live) {
        char note[120];
        (void)snprintf(note, sizeof note, "Pages:%s", pages_addresses(e->pages));
        screen_note(&e->screen, note);
    }
    const int outcome = paced ? play_paced(e, message) : play_fast(e, message);
    return outcome != 0 ? outcome : finish(e, message);
}

int cli_exercise(int argc, char **argv)
{
    struct exercise *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return report_failure("out of memory");
    }
    int status = read_options(argc, argv, &e->options);
    if (status < 0) {
        /* What is printed at that moment goes on. */
        const struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
        status = run(e);
        control_close(e->control);
        pages_close(e->pages);
        play_close(e->play);
        warning_files_close(e->warnings);
    }
    free(e);
    return status;
}
