#include "cli/sim.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/seeds.h"
#include "cli/sim_story.h"

#define JOBS_MAX 64
#define STORIES_MAX 3 /* that are made short; of further failures a line each */
#define FAILURES_MAX 1000
#define PROGRESS_S 10.0

struct options {
    struct seeds seeds;
    bool has_seeds;
    bool is_one; /* --seed */
    double duration_s;
    bool is_json;
    bool trace;
    uint64_t keep;
    int jobs;
};

struct sim {
    struct options options;
    struct sim_worker workers[JOBS_MAX];
    struct coalition_counts sum;
    unsigned long next; /* seed */
    unsigned long ended;
    uint32_t failure_count;
    struct sim_outcome *failures; /* FAILURES_MAX */
    double started_s;
    double told_s;
};

static const char HELP[] =
    "watchfire sim --seeds A..B [--minutes M] [--json]\n"
    "watchfire sim --seed N [--minutes M] [--keep LIST] [--trace]\n"
    "Runs coalitions of real nodes in one process, on simulated time, with everything that can go\n"
    "wrong drawn from the seed: the network, the disks, crashes. Says which seed breaks what must\n"
    "hold, and tells the shortest story of it. docs/simulator.md has the invariants.\n"
    "\n"
    "  --seeds A..B   the seeds to run, such as 1..100\n"
    "  --seed N       this one only\n"
    "  --minutes M    simulated time of each, 3 to 60; the default is 5. The last 75 s are\n"
    "                 without faults\n"
    "  --keep LIST    of the faults that the seed draws only these, by the numbers in a story:\n"
    "                 2,5 or none\n"
    "  --trace        print every happening of that one seed; the same twice\n"
    "  --jobs N       so many processes; the default is one for each processor\n"
    "  --json         one JSON object\n"
    "\n"
    "Exit status: 0 all held, 1 a seed failed, 2 wrong use.\n"
    "Example: watchfire sim --seeds 1..20 --minutes 5\n";

static double wall_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int wrong_use(const char *what, const char *given, const char *expected)
{
    (void)fprintf(stderr, "watchfire sim: %s%s%s: %s; see --help\n", what, given != NULL ? " " : "",
                  given != NULL ? given : "", expected);
    return 2;
}

static bool read_number(const char *text, unsigned long *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
        return false;
    }
    *out = value;
    return true;
}

static bool read_minutes(const char *text, double *duration_s)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    const double seconds = 60.0 * value;
    if (end == text || *end != '\0' ||
        !(seconds >= TRIAL_DURATION_S_MIN && seconds <= TRIAL_DURATION_S_MAX)) {
        return false;
    }
    *duration_s = seconds;
    return true;
}

static bool read_keep(const char *text, uint64_t *out)
{
    uint64_t keep = 0;
    if (strcmp(text, "none") == 0) {
        *out = 0;
        return true;
    }
    for (const char *at = text;; at++) {
        char *end = NULL;
        const unsigned long number = strtoul(at, &end, 10);
        if (end == at || number >= TRIAL_FAULTS_MAX || (*end != ',' && *end != '\0')) {
            return false;
        }
        keep |= UINT64_C(1) << number;
        at = end;
        if (*at == '\0') {
            *out = keep;
            return true;
        }
    }
}

static int check_options(int argc, char **argv, const struct options *o)
{
    if (optind < argc) {
        return wrong_use("argument", argv[optind], "expected options only");
    }
    if (!o->has_seeds) {
        return wrong_use("no seeds", NULL, "expected --seeds A..B or --seed N");
    }
    if (!o->is_one && (o->trace || o->keep != COALITION_ALL_FAULTS)) {
        return wrong_use("--trace and --keep", NULL, "expected with --seed N");
    }
    return -1;
}

/* One option's value. -1 to go on, else the exit status. */
static int read_value(int option, struct options *o)
{
    unsigned long number = 0;
    switch (option) {
    case 's':
        o->has_seeds = seeds_read(optarg, &o->seeds);
        return o->has_seeds ? -1 : wrong_use("--seeds", optarg, SEEDS_EXPECTED);
    case 'n':
        o->is_one = o->has_seeds = read_number(optarg, &number);
        o->seeds = (struct seeds){number, number};
        return o->is_one ? -1 : wrong_use("--seed", optarg, "expected a whole number from 0");
    case 'm':
        return read_minutes(optarg, &o->duration_s)
                   ? -1
                   : wrong_use("--minutes", optarg, "expected a number from 3 to 60");
    case 'k':
        return read_keep(optarg, &o->keep)
                   ? -1
                   : wrong_use("--keep", optarg, "expected numbers below 64, such as 2,5, or none");
    case 'j':
        if (!read_number(optarg, &number) || number < 1 || number > JOBS_MAX) {
            return wrong_use("--jobs", optarg, "expected a whole number from 1 to 64");
        }
        o->jobs = (int)number;
        return -1;
    default:
        return -1;
    }
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {
        {"seeds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'n'},
        {"minutes", required_argument, NULL, 'm'},
        {"keep", required_argument, NULL, 'k'},
        {"jobs", required_argument, NULL, 'j'},
        {"json", no_argument, NULL, 'J'},
        {"trace", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *o = (struct options){.duration_s = 300.0, .keep = COALITION_ALL_FAULTS};
    o->jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : (int)processors;
    opterr = 0;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(HELP, stdout);
            return 0;
        }
        if (option == 'J' || option == 't') {
            o->is_json |= option == 'J';
            o->trace |= option == 't';
            continue;
        }
        if (option == '?') {
            return wrong_use("option", argv[optind - 1],
                             "expected one of those in --help, with its value");
        }
        const int status = read_value(option, o);
        if (status >= 0) {
            return status;
        }
    }
    return check_options(argc, argv, o);
}

static void add_counts(struct coalition_counts *sum, const struct coalition_counts *one)
{
    for (int i = 0; i < TRIAL_FAULT_KINDS; i++) {
        sum->faults[i] += one->faults[i];
    }
    for (int i = 0; i < SESSION_REFUSAL_COUNT; i++) {
        sum->refused[i] += one->refused[i];
    }
    for (int i = 0; i < ORDER_KIND_COUNT; i++) {
        sum->orders[i] += one->orders[i];
    }
    sum->crashes += one->crashes;
    sum->restored += one->restored;
    sum->replayed += one->replayed;
    sum->frames += one->frames;
    sum->lost += one->lost;
    sum->repeated += one->repeated;
    sum->flipped += one->flipped;
    sum->forged += one->forged;
    sum->crossed += one->crossed;
    sum->lies += one->lies;
    sum->rebased += one->rebased;
    sum->damaged += one->damaged;
    sum->released += one->released;
    sum->held += one->held;
    sum->observations += one->observations;
    sum->objects += one->objects;
    sum->releases_judged += one->releases_judged;
    sum->pictures_judged += one->pictures_judged;
    sum->pictures_full += one->pictures_full;
    sum->warnings_judged += one->warnings_judged;
    sum->doubts_judged += one->doubts_judged;
    sum->reruns += one->reruns;
    sum->rerun_inputs += one->rerun_inputs;
    sum->leaves += one->leaves;
    sum->twins += one->twins;
    sum->passed_on += one->passed_on;
    sum->taken_so += one->taken_so;
    sum->notices += one->notices;
    sum->warnings += one->warnings;
    sum->now_s += one->now_s;
    sum->digest ^= one->digest;
}

static void tell_progress(struct sim *s)
{
    const double now_s = wall_s();
    const unsigned long count = s->options.seeds.last - s->options.seeds.first + 1;
    if (now_s - s->told_s < PROGRESS_S || s->ended == count) {
        return;
    }
    s->told_s = now_s;
    (void)fprintf(stderr, "sim: %lu of %lu seeds, %u failed, %.0f s\n", s->ended, count,
                  s->failure_count, now_s - s->started_s);
}

static result take_outcome(struct sim *s, struct sim_worker *w, int status)
{
    sim_worker_ended(w, status);
    s->ended++;
    ENSURE(w->outcome->failure == OK, w->outcome->failure);
    add_counts(&s->sum, &w->outcome->counts);
    const struct coalition_finding *f = &w->outcome->finding;
    if (f->invariant != '\0' && s->failure_count < FAILURES_MAX) {
        s->failures[s->failure_count] = *w->outcome;
        s->failure_count++;
        (void)fprintf(stderr, "sim: seed %llu fails at %.2f s: (%c) %s\n",
                      (unsigned long long)w->outcome->seed, f->at_s, f->invariant, f->text);
    }
    tell_progress(s);
    return OK;
}

/* One child has ended. */
static result wait_for_one(struct sim *s)
{
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    ENSURE(pid > 0, ERR_IO);
    for (int i = 0; i < s->options.jobs; i++) {
        if (s->workers[i].pid == pid) {
            return take_outcome(s, &s->workers[i], status);
        }
    }
    return OK;
}

static result run_all(struct sim *s)
{
    const unsigned long count = s->options.seeds.last - s->options.seeds.first + 1;
    unsigned long begun = 0;
    while (s->ended < count) {
        for (int i = 0; i < s->options.jobs && begun < count; i++) {
            if (s->workers[i].pid == 0) {
                TRY(sim_worker_start(&s->workers[i], s->options.seeds.first + begun,
                                     s->options.duration_s, s->options.keep));
                begun++;
            }
        }
        TRY(wait_for_one(s));
    }
    return OK;
}

static void print_counts(const struct sim *s)
{
    const struct coalition_counts *n = &s->sum;
    (void)printf("%.1f simulated hours: %llu objects, %llu observations; %llu notices, %llu "
                 "messages of warning.\n",
                 n->now_s / 3600.0, (unsigned long long)n->objects,
                 (unsigned long long)n->observations, (unsigned long long)n->notices,
                 (unsigned long long)n->warnings);
    (void)printf("%llu records released, %llu held by partners; %llu frames sent, %llu lost, %llu "
                 "repeated, %llu damaged.\n",
                 (unsigned long long)n->released, (unsigned long long)n->held,
                 (unsigned long long)n->frames, (unsigned long long)n->lost,
                 (unsigned long long)n->repeated, (unsigned long long)n->flipped);
    (void)printf(
        "%llu crashes, %llu starts from a snapshot, %llu inputs replayed. Faults survived:",
        (unsigned long long)n->crashes, (unsigned long long)n->restored,
        (unsigned long long)n->replayed);
    for (int i = 0; i < TRIAL_FAULT_KINDS; i++) {
        (void)printf("%s %s %llu", i > 0 ? "," : "", trial_fault_text((enum trial_fault_kind)i),
                     (unsigned long long)n->faults[i]);
    }
    (void)printf(
        ".\nJudged: %llu releases, %llu pictures after healing, %llu ends of warnings, %llu "
        "common solutions, %llu twin runs, %llu journals of %llu inputs played again, %llu seconds "
        "of logs; %llu ledgers "
        "begun anew, %llu damaged journals refused, %llu forged "
        "frames, %llu of another domain, %llu false ones with a nation's own keys.\nRefused:",
        (unsigned long long)n->releases_judged, (unsigned long long)n->pictures_judged,
        (unsigned long long)n->warnings_judged, (unsigned long long)n->doubts_judged,
        (unsigned long long)n->twins, (unsigned long long)n->reruns,
        (unsigned long long)n->rerun_inputs, (unsigned long long)n->leaves,
        (unsigned long long)n->rebased, (unsigned long long)n->damaged,
        (unsigned long long)n->forged, (unsigned long long)n->crossed, (unsigned long long)n->lies);
    bool any = false;
    for (int i = 1; i < SESSION_REFUSAL_COUNT; i++) {
        if (n->refused[i] > 0) {
            (void)printf("%s %s %llu", any ? "," : "",
                         session_refusal_text((enum session_refusal)i),
                         (unsigned long long)n->refused[i]);
            any = true;
        }
    }
    (void)printf("%s.\n", any ? "" : " nothing");
}

static void print_result(const struct sim *s)
{
    const unsigned long count = s->options.seeds.last - s->options.seeds.first + 1;
    const double took_s = wall_s() - s->started_s;
    for (uint32_t i = 0; i < s->failure_count; i++) {
        if (i < STORIES_MAX) {
            sim_story_print(&s->failures[i], s->options.duration_s, stdout);
        } else {
            (void)printf("Seed %llu fails at %.2f s: (%c) %s\n",
                         (unsigned long long)s->failures[i].seed, s->failures[i].finding.at_s,
                         s->failures[i].finding.invariant, s->failures[i].finding.text);
        }
    }
    print_counts(s);
    (void)printf("%lu seeds held, %u failed. %.0f s, %.0f seeds an hour.\n",
                 count - s->failure_count, s->failure_count, took_s,
                 3600.0 * (double)count / took_s);
}

static void print_json(const struct sim *s)
{
    const struct coalition_counts *n = &s->sum;
    (void)printf("{\"seeds\":[%lu,%lu],\"simulated_hours\":%.3f,\"wall_s\":%.1f,\"failed\":[",
                 s->options.seeds.first, s->options.seeds.last, n->now_s / 3600.0,
                 wall_s() - s->started_s);
    for (uint32_t i = 0; i < s->failure_count; i++) {
        (void)printf("%s", i > 0 ? "," : "");
        sim_story_json(&s->failures[i], s->options.duration_s, stdout);
    }
    (void)printf(
        "],\"objects\":%llu,\"observations\":%llu,\"released\":%llu,\"held\":%llu,"
        "\"frames\":%llu,\"lost\":%llu,\"repeated\":%llu,\"damaged\":%llu,"
        "\"crashes\":%llu,\"restored\":%llu,\"replayed\":%llu,\"notices\":%llu,\"warnings\":%llu,"
        "\"releases_judged\":%llu,\"pictures_judged\":%llu,\"pictures_full\":%llu,"
        "\"warnings_judged\":%llu,"
        "\"doubts_judged\":%llu,\"reruns\":%llu,\"rerun_inputs\":%llu,\"crossed\":%llu,"
        "\"twins\":%llu,\"passed_on\":%llu,\"passed_on_and_taken\":%llu,\"ledgers_begun_anew\":%"
        "llu,\"journals_refused\":%llu,"
        "\"forged\":%llu,\"lies\":%llu,\"digest\":\"%016llx\",\"faults\":{",
        (unsigned long long)n->objects, (unsigned long long)n->observations,
        (unsigned long long)n->released, (unsigned long long)n->held, (unsigned long long)n->frames,
        (unsigned long long)n->lost, (unsigned long long)n->repeated,
        (unsigned long long)n->flipped, (unsigned long long)n->crashes,
        (unsigned long long)n->restored, (unsigned long long)n->replayed,
        (unsigned long long)n->notices, (unsigned long long)n->warnings,
        (unsigned long long)n->releases_judged, (unsigned long long)n->pictures_judged,
        (unsigned long long)n->pictures_full, (unsigned long long)n->warnings_judged,
        (unsigned long long)n->doubts_judged, (unsigned long long)n->reruns,
        (unsigned long long)n->rerun_inputs, (unsigned long long)n->crossed,
        (unsigned long long)n->twins, (unsigned long long)n->passed_on,
        (unsigned long long)n->taken_so, (unsigned long long)n->rebased,
        (unsigned long long)n->damaged, (unsigned long long)n->forged, (unsigned long long)n->lies,
        (unsigned long long)n->digest);
    for (int i = 0; i < TRIAL_FAULT_KINDS; i++) {
        (void)printf("%s\"%s\":%llu", i > 0 ? "," : "", trial_fault_text((enum trial_fault_kind)i),
                     (unsigned long long)n->faults[i]);
    }
    (void)printf("},\"orders\":{");
    for (int i = ORDER_NONE + 1; i < ORDER_KIND_COUNT; i++) {
        (void)printf("%s\"%s\":%llu", i > ORDER_NONE + 1 ? "," : "", order_text((enum order_kind)i),
                     (unsigned long long)n->orders[i]);
    }
    (void)printf("},\"refused\":{");
    bool any = false;
    for (int i = 1; i < SESSION_REFUSAL_COUNT; i++) {
        if (n->refused[i] > 0) {
            (void)printf("%s\"%s\":%llu", any ? "," : "",
                         session_refusal_text((enum session_refusal)i),
                         (unsigned long long)n->refused[i]);
            any = true;
        }
    }
    (void)printf("}}\n");
}

static void print_happening(void *context, double t_s, const char *text)
{
    (void)context;
    (void)printf("%10.6f  %s\n", t_s, text);
}

/* In this process, with everything told. */
static int trace(const struct options *o)
{
    struct trial *trial = malloc(sizeof *trial);
    struct coalition_counts counts;
    struct coalition_finding finding;
    if (trial == NULL) {
        return wrong_use("memory", NULL, "there is none");
    }
    trial_draw(o->seeds.first, o->duration_s, trial);
    const struct coalition_options options = {
        .trial = trial, .faults = o->keep, .tell = print_happening};
    const result outcome = coalition_run(&options, &counts, &finding);
    free(trial);
    if (outcome != OK) {
        (void)fprintf(stderr, "watchfire sim: the trial cannot be run: %s\n", result_text(outcome));
        return 2;
    }
    if (finding.invariant != '\0') {
        (void)printf("%10.6f  (%c) %s\n", finding.at_s, finding.invariant, finding.text);
    }
    (void)printf("digest %016llx\n", (unsigned long long)counts.digest);
    return finding.invariant == '\0' ? 0 : 1;
}

static result make_stories(struct sim *s)
{
    for (uint32_t i = 0; i < s->failure_count && i < STORIES_MAX; i++) {
        TRY(sim_story_shorten(&s->workers[0], s->options.duration_s, &s->failures[i]));
    }
    return OK;
}

/* Children are ended in the order in which they fail; by seed they are easier to compare. */
static void sort_failures(struct sim *s)
{
    for (uint32_t i = 1; i < s->failure_count; i++) {
        const struct sim_outcome one = s->failures[i];
        uint32_t at = i;
        for (; at > 0 && s->failures[at - 1].seed > one.seed; at--) {
            s->failures[at] = s->failures[at - 1];
        }
        s->failures[at] = one;
    }
}

static int run(struct sim *s)
{
    result outcome = OK;
    s->started_s = wall_s();
    s->told_s = s->started_s;
    for (int i = 0; i < s->options.jobs && outcome == OK; i++) {
        outcome = sim_worker_open(&s->workers[i]);
    }
    outcome = outcome == OK ? run_all(s) : outcome;
    sort_failures(s);
    outcome = outcome == OK ? make_stories(s) : outcome;
    for (int i = 0; i < s->options.jobs; i++) {
        sim_worker_close(&s->workers[i]);
    }
    if (outcome != OK) {
        (void)fprintf(stderr, "watchfire sim: a trial cannot be run: %s\n", result_text(outcome));
        return 2;
    }
    if (s->options.is_json) {
        print_json(s);
    } else {
        print_result(s);
    }
    return s->failure_count > 0 ? 1 : 0;
}

int cli_sim(int argc, char **argv)
{
    struct sim *s = calloc(1, sizeof *s);
    struct sim_outcome *failures = calloc(FAILURES_MAX, sizeof *failures);
    int status = s == NULL || failures == NULL ? wrong_use("memory", NULL, "there is none")
                                               : read_options(argc, argv, &s->options);
    if (status < 0) {
        s->failures = failures;
        status = s->options.trace ? trace(&s->options) : run(s);
    }
    free(failures);
    free(s);
    return status;
}
