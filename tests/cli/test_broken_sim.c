/* `watchfire sim` when something is broken: a program that judges others must see it, tell the
 * shortest story of it, and end with status 1. What breaks is one function, which the linker takes
 * (--wrap); each is broken alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/coalition.h"
#include "cli/coalition_twin.h"
#include "cli/sim_story.h"
#include "commands.h"
#include "house.h"
#include "node/performer.h"
#include "node/rerun.h"
#include "share/frame.h"
#include "sim/inspect.h"
#include "sim/trial.h"
#include "sim/witness.h"

#define ONE "sim --seed 3 --minutes 3 --trace"

/* The one function that is broken. */
static enum {
    NOTHING,
    LABELS,
    EVIDENCE,
    DOUBT,
    LIMITS,
    WARNINGS,
    OPENING,
    TICKS,
    REPLAYS,
    HELD,
    TAKEN,
    ACKNOWLEDGED,
    DYING,
    TWINS,
    FORKS,
    SHARED_MEMORY,
    FILES
} broken;
static enum rerun_verdict verdict = RERUN_DIFFERS;
/* In what the second of twin runs differs. */
static enum { ALIKE, SHORTER, LONGER, TIME, SIZE, TYPE, LANE, HASH, NOT_RUN } difference;
static pid_t test;

static const char *judged(int which, const char *found)
{
    return (int)broken == which ? "is \"broken\"" : found;
}

const char *__real_inspect_labels(const struct engine *e, const struct view *v, const char **event);
const char *__wrap_inspect_labels(const struct engine *e, const struct view *v, const char **event);
const char *__wrap_inspect_labels(const struct engine *e, const struct view *v, const char **event)
{
    return judged(LABELS, __real_inspect_labels(e, v, event));
}

const char *__real_inspect_evidence(const struct view *v, const char **event);
const char *__wrap_inspect_evidence(const struct view *v, const char **event);
const char *__wrap_inspect_evidence(const struct view *v, const char **event)
{
    return judged(EVIDENCE, __real_inspect_evidence(v, event));
}

const char *__real_inspect_doubt(const struct engine *e, const char **event, uint64_t *count);
const char *__wrap_inspect_doubt(const struct engine *e, const char **event, uint64_t *count);
const char *__wrap_inspect_doubt(const struct engine *e, const char **event, uint64_t *count)
{
    return judged(DOUBT, __real_inspect_doubt(e, event, count));
}

const char *__real_inspect_limits(const struct engine *e, const struct view *v);
const char *__wrap_inspect_limits(const struct engine *e, const struct view *v);
const char *__wrap_inspect_limits(const struct engine *e, const struct view *v)
{
    return judged(LIMITS, __real_inspect_limits(e, v));
}

const char *__real_inspect_warnings(const struct view *v, const char **event);
const char *__wrap_inspect_warnings(const struct view *v, const char **event);
const char *__wrap_inspect_warnings(const struct view *v, const char **event)
{
    return judged(WARNINGS, __real_inspect_warnings(v, event));
}

#define WITNESS(name, which, parameters, arguments)                              \
    void __real_##name parameters;                                               \
    void __wrap_##name parameters;                                               \
    void __wrap_##name parameters                                                \
    {                                                                            \
        __real_##name arguments;                                                 \
        if (broken == (which)) {                                                 \
            *out = (struct witness_finding){.found = true, .what = "is broken"}; \
        }                                                                        \
    }

WITNESS(witness_held, HELD,
        (struct witness_pair * p, uint64_t epoch, uint64_t sequence, struct bytes record,
         uint64_t position, struct witness_finding *out),
        (p, epoch, sequence, record, position, out))
WITNESS(witness_taken, TAKEN,
        (struct witness_pair * p, uint64_t sequence, uint64_t position,
         struct witness_finding *out),
        (p, sequence, position, out))
WITNESS(witness_acknowledged, ACKNOWLEDGED,
        (struct witness_pair * p, uint64_t sequence, uint64_t position,
         struct witness_finding *out),
        (p, sequence, position, out))
/* Two frames, as heard from a run that nobody flies. */
static result be_heard(struct coalition_eavesdropper *e)
{
    struct coalition_sent *s = &e->sent[0];
    const bool is_other = e->is_hidden;
    memset(e->sent, 0, 2 * sizeof e->sent[0]);
    e->count = !is_other ? 2 : difference == SHORTER ? 1 : difference == LONGER ? 3 : 2;
    s->time.tai_ns = is_other && difference == TIME ? 1 : 0;
    s->size = is_other && difference == SIZE ? 1 : 0;
    s->type = is_other && difference == TYPE ? FRAME_GAP : FRAME_BATCH;
    s->lane = is_other && difference == LANE ? LANE_REPAIR : LANE_LIVE;
    s->hash = is_other && difference == HASH ? 1 : 0;
    return is_other && difference == NOT_RUN ? ERR_IO : OK;
}

result __real_coalition_run(const struct coalition_options *options,
                            struct coalition_counts *counts, struct coalition_finding *finding);
result __wrap_coalition_run(const struct coalition_options *options,
                            struct coalition_counts *counts, struct coalition_finding *finding);
result __wrap_coalition_run(const struct coalition_options *options,
                            struct coalition_counts *counts, struct coalition_finding *finding)
{
    return broken == TWINS ? be_heard(options->ears)
                           : __real_coalition_run(options, counts, finding);
}

result __real_performer_open(const struct engine_config *config,
                             const struct performer_shell *shell, struct performer **out);
result __wrap_performer_open(const struct engine_config *config,
                             const struct performer_shell *shell, struct performer **out);
result __wrap_performer_open(const struct engine_config *config,
                             const struct performer_shell *shell, struct performer **out)
{
    return broken == OPENING ? ERR_FULL : __real_performer_open(config, shell, out);
}

result __real_performer_tick(struct performer *p, struct instant now);
result __wrap_performer_tick(struct performer *p, struct instant now);
result __wrap_performer_tick(struct performer *p, struct instant now)
{
    if (broken == DYING) {
        (void)fprintf(stderr, "an assertion failed\n");
        abort();
    }
    return broken == TICKS ? ERR_RANGE : __real_performer_tick(p, now);
}

result __real_rerun(struct journal *j, const struct rerun_request *request,
                    struct rerun_report *out);
result __wrap_rerun(struct journal *j, const struct rerun_request *request,
                    struct rerun_report *out);
result __wrap_rerun(struct journal *j, const struct rerun_request *request,
                    struct rerun_report *out)
{
    const result done = __real_rerun(j, request, out);
    out->verdict = broken == REPLAYS ? verdict : out->verdict;
    return done;
}

/* What the command asks of the system; the test itself gets it. */
#define DENIED(which) (broken == (which) && getpid() != test)

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    return DENIED(FORKS) ? -1 : __real_fork();
}

void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return DENIED(SHARED_MEMORY) ? (void *)-1
                                 : __real_mmap64(at, size, protection, flags, fd, offset);
}

FILE *__real_tmpfile64(void);
FILE *__wrap_tmpfile64(void);
FILE *__wrap_tmpfile64(void)
{
    return DENIED(FILES) ? NULL : __real_tmpfile64();
}

static void expect(int what, const char *line, int status, const char *said)
{
    broken = what;
    const int found = commands_run(line);
    broken = NOTHING;
    if (found != status ||
        (strstr(commands_out(), said) == NULL && strstr(commands_err(), said) == NULL)) {
        fail_msg("%d: watchfire %s: exit status %d; it printed:\n%s\nand said: %s", what, line,
                 found, commands_out(), commands_err());
    }
}

static void every_invariant_is_told_by_its_letter(void **state)
{
    (void)state;
    expect(LABELS, ONE, 1, "(c) ");
    expect(EVIDENCE, ONE, 1, "(d) ");
    expect(DOUBT, ONE, 1, "(d) ");
    expect(LIMITS, ONE, 1, "(i) ");
    expect(WARNINGS, ONE, 1, "(g) ");
    expect(HELD, ONE, 1, "is broken");
    expect(TAKEN, ONE, 1, "is broken");
    expect(ACKNOWLEDGED, ONE, 1, "(a) ");
    expect(TICKS, ONE, 1, "(x) ");
    expect(OPENING, ONE, 1, "(x) ");
    expect(DYING, "sim --seeds 1..1 --minutes 3 --jobs 1", 1,
           "the process ended by signal 6: an assertion failed");
}

/* What a partner hears may not depend on what is kept back from it: not by one frame, nor by its
 * time, its size, its kind, its lane or what is in it. */
static void twins_that_differ_are_told(void **state)
{
    (void)state;
    static struct trial trial;
    const struct coalition_options options = {.trial = &trial, .faults = COALITION_ALL_FAULTS};
    uint32_t owner = TRIAL_NOBODY;
    uint32_t partner = TRIAL_NOBODY;
    for (uint64_t seed = 1; owner == TRIAL_NOBODY; seed++) {
        trial_draw(seed, 300.0, &trial);
        trial_find_secret(&trial, &owner, &partner);
    }
    broken = TWINS;
    for (difference = ALIKE; difference <= NOT_RUN; difference++) {
        uint64_t count = 0;
        struct coalition_finding finding = {0};
        assert_int_equal(coalition_twins(&options, &count, &finding),
                         difference == NOT_RUN ? ERR_IO : OK);
        assert_int_equal(count, 1);
        const bool is_found = difference != ALIKE && difference != NOT_RUN;
        assert_int_equal(finding.invariant, is_found ? COALITION_RELEASED : '\0');
        assert_int_equal(strncmp(finding.text, "twin runs: ", 11) == 0, is_found);
    }
    broken = NOTHING;
}

/* What a journal can be found to be when it is played again. */
static void each_verdict_has_its_words(void **state)
{
    (void)state;
    static const struct {
        enum rerun_verdict verdict;
        const char *said;
    } VERDICTS[] = {
        {RERUN_REFUSED, "took this input then and refuses it now"},
        {RERUN_GARBLED, "what the journal holds is no input"},
        {RERUN_NO_CONFIG, "by a build whose configuration this one cannot read"},
        {RERUN_DIFFERS, "has another content"},
    };
    house_does("exercise short.yaml --fast --journal J");
    for (size_t i = 0; i < sizeof VERDICTS / sizeof VERDICTS[0]; i++) {
        verdict = VERDICTS[i].verdict;
        expect(REPLAYS, "replay J/KOR.journal", 1, VERDICTS[i].said);
        expect(REPLAYS, "replay J/KOR.journal", 1, "Not the same: first at position");
        expect(REPLAYS, "replay J/KOR.journal --json", 1, VERDICTS[i].said);
    }
    expect(REPLAYS, "report J/KOR.journal --event 1 -o page.html", 0, "page.html");
    assert_null(strstr(house_text("page.html"), "every effect that could be compared was"));
}

/* This one is judged at the end. */
static void a_journal_that_plays_otherwise_is_found(void **state)
{
    (void)state;
    expect(REPLAYS, ONE, 1, "(h) ");
}

static void three_stories_and_a_line_for_each_other(void **state)
{
    (void)state;
    expect(LIMITS, "sim --seeds 1..5 --minutes 3 --jobs 2", 1, "0 seeds held, 5 failed.");
    const char *last = strstr(commands_out(), "Seed 5 fails at 0.00 s: (i) ");
    assert_non_null(last);
    for (int seed = 1; seed <= 3; seed++) {
        char again[100];
        (void)snprintf(again, sizeof again, "sim --seed %d --minutes 3 --keep none --trace", seed);
        const char *story = strstr(commands_out(), again);
        assert_true(story != NULL && story < last);
    }
    expect(LIMITS, "sim --seeds 1..2 --minutes 3 --jobs 2 --json", 1,
           "\"invariant\":\"i\",\"at_s\":0.000,\"text\":");
    assert_non_null(strstr(commands_out(), "is \\\"broken\\\"\",\"keep\":\"none\",\"faults\":[]}"));
}

static void without_what_it_needs_it_says_so(void **state)
{
    (void)state;
    static const int NEEDS[] = {FORKS, SHARED_MEMORY, FILES};
    for (size_t i = 0; i < sizeof NEEDS / sizeof NEEDS[0]; i++) {
        expect(NEEDS[i], "sim --seeds 1..2 --minutes 3 --jobs 1", 2, "a trial cannot be run");
    }
    broken = LIMITS;
    (void)commands_fail("sim --seeds 1..1 --minutes 3 --jobs 1 --json", NULL);
    broken = NOTHING;
}

static void what_is_wrong_use(void **state)
{
    (void)state;
    static const char *const LINES[][2] = {
        {"sim --seed x", "--seed x"},
        {"sim --seed 1x", "--seed 1x"},
        {"sim --seed 99999999999999999999", "--seed 99999999999999999999"},
        {"sim --seed 1 --minutes x", "--minutes x"},
        {"sim --seed 1 --minutes 3x", "--minutes 3x"},
        {"sim --seed 1 --minutes 61", "--minutes 61"},
        {"sim --seed 1 --keep x", "--keep x"},
        {"sim --seed 1 --keep 1;2", "--keep 1;2"},
        {"sim --seed 1 --keep 1,2,", "--keep 1,2,"},
        {"sim --seed 1 --jobs x", "--jobs x"},
        {"sim --seed 1 --jobs 65", "--jobs 65"},
        {"sim --seeds 1..2 --keep 1,2", "expected with --seed N"},
    };
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        expect(NOTHING, LINES[i][0], 2, LINES[i][1]);
    }
}

/* Every kind of fault has its words: with what amount, between whom, from when to when. */
static void stories_name_every_fault(void **state)
{
    (void)state;
    static struct trial trial;
    bool told[TRIAL_FAULT_KINDS] = {false};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        char *text = NULL;
        size_t size = 0;
        struct sim_outcome o = {.seed = seed, .faults = UINT64_MAX};
        o.finding.invariant = 'a';
        (void)snprintf(o.finding.text, sizeof o.finding.text, "a \\ and a \"");
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        sim_story_print(&o, 300.0, out);
        sim_story_json(&o, 300.0, out);
        assert_int_equal(fclose(out), 0);
        trial_draw(seed, 300.0, &trial);
        for (uint32_t i = 0; i < trial.fault_count; i++) {
            told[trial.faults[i].kind] = true;
            assert_non_null(strstr(text, trial_fault_text(trial.faults[i].kind)));
        }
        assert_non_null(strstr(text, "\"text\":\"a \\\\ and a \\\"\""));
        free(text);
    }
    for (int kind = 0; kind < TRIAL_FAULT_KINDS; kind++) {
        assert_true(told[kind]);
    }
}

static int begin(void **state)
{
    test = getpid();
    return house_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_invariant_is_told_by_its_letter),
        cmocka_unit_test(twins_that_differ_are_told),
        cmocka_unit_test(each_verdict_has_its_words),
        cmocka_unit_test(a_journal_that_plays_otherwise_is_found),
        cmocka_unit_test(three_stories_and_a_line_for_each_other),
        cmocka_unit_test(without_what_it_needs_it_says_so),
        cmocka_unit_test(what_is_wrong_use),
        cmocka_unit_test(stories_name_every_fault),
    };
    return cmocka_run_group_tests(tests, begin, house_end);
}
