#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "cli/sim_story.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/coalition_twin.h"

/* Runs of one seed while its story is made shorter. */
#define SHORTEN_RUNS_MAX 120
/* Twin runs cost twice as much as a run. */
#define TWINS_EVERY 3

result sim_worker_open(struct sim_worker *w)
{
    void *shared =
        mmap(NULL, sizeof *w->outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *w = (struct sim_worker){.outcome = shared == MAP_FAILED ? NULL : shared};
    w->told = tmpfile();
    if (w->outcome == NULL || w->told == NULL) {
        sim_worker_close(w);
        return ERR_IO;
    }
    return OK;
}

void sim_worker_close(struct sim_worker *w)
{
    if (w->outcome != NULL) {
        (void)munmap(w->outcome, sizeof *w->outcome);
    }
    if (w->told != NULL) {
        (void)fclose(w->told);
    }
    *w = (struct sim_worker){.pid = 0};
}

static result run(uint64_t seed, double duration_s, uint64_t faults, struct sim_outcome *o)
{
    struct trial *trial = malloc(sizeof *trial);
    ENSURE(trial != NULL, ERR_IO);
    trial_draw(seed, duration_s, trial);
    const struct coalition_options options = {.trial = trial, .faults = faults};
    result outcome = coalition_run(&options, &o->counts, &o->finding);
    if (outcome == OK && o->finding.invariant == '\0' && seed % TWINS_EVERY == 0) {
        outcome = coalition_twins(&options, &o->counts.twins, &o->finding);
    }
    free(trial);
    /* What is drawn has to be possible; the other trials go on. */
    if (outcome == ERR_NUMERIC) {
        o->finding = (struct coalition_finding){COALITION_RUNS, 0.0, "a launch cannot be flown"};
        outcome = OK;
    }
    return outcome;
}

result sim_worker_start(struct sim_worker *w, uint64_t seed, double duration_s, uint64_t faults)
{
    memset(w->outcome, 0, sizeof *w->outcome);
    w->outcome->seed = seed;
    w->outcome->faults = faults;
    ENSURE(fseek(w->told, 0, SEEK_SET) == 0, ERR_IO);
    ENSURE(ftruncate(fileno(w->told), 0) == 0, ERR_IO);
    const pid_t pid = fork();
    ENSURE(pid >= 0, ERR_IO);
    if (pid == 0) {
        (void)dup2(fileno(w->told), STDERR_FILENO);
        w->outcome->failure = run(seed, duration_s, faults, w->outcome);
        w->outcome->is_done = true;
        _exit(0);
    }
    w->pid = pid;
    return OK;
}

/* The last line that the child wrote, such as a failed assertion. */
static void last_words(const struct sim_worker *w, char out[SIM_STDERR_SIZE])
{
    const bool there = fseek(w->told, 0, SEEK_SET) == 0;
    const size_t size = there ? fread(out, 1, SIM_STDERR_SIZE - 1, w->told) : 0;
    out[size] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

void sim_worker_ended(struct sim_worker *w, int status)
{
    struct sim_outcome *o = w->outcome;
    w->pid = 0;
    if (o->is_done || o->finding.invariant != '\0') {
        return;
    }
    char words[SIM_STDERR_SIZE];
    last_words(w, words);
    o->finding.invariant = COALITION_RUNS;
    o->finding.at_s = o->counts.now_s;
    (void)snprintf(o->finding.text, sizeof o->finding.text, "the process ended by signal %d: %s",
                   WIFSIGNALED(status) ? WTERMSIG(status) : 0, words);
}

static result run_again(struct sim_worker *w, uint64_t seed, double duration_s, uint64_t faults)
{
    int status = 0;
    TRY(sim_worker_start(w, seed, duration_s, faults));
    ENSURE(waitpid(w->pid, &status, 0) == w->pid, ERR_IO);
    sim_worker_ended(w, status);
    return OK;
}

/* Leaves out runs of `size` faults, wherever the same invariant is still broken. */
static result leave_out(struct sim_worker *w, double duration_s, uint32_t size, int *runs,
                        struct sim_outcome *outcome)
{
    for (uint32_t first = 0; first < TRIAL_FAULTS_MAX && *runs < SHORTEN_RUNS_MAX; first += size) {
        const uint64_t some = size >= 64 ? UINT64_MAX : ((UINT64_C(1) << size) - 1) << first;
        if ((outcome->faults & some) == 0) {
            continue;
        }
        (*runs)++;
        TRY(run_again(w, outcome->seed, duration_s, outcome->faults & ~some));
        if (w->outcome->finding.invariant == outcome->finding.invariant) {
            *outcome = *w->outcome;
        }
    }
    return OK;
}

static uint64_t drawn_faults(const struct trial *trial)
{
    return trial->fault_count >= 64 ? UINT64_MAX : (UINT64_C(1) << trial->fault_count) - 1;
}

result sim_story_shorten(struct sim_worker *w, double duration_s, struct sim_outcome *outcome)
{
    struct trial *trial = malloc(sizeof *trial);
    ENSURE(trial != NULL, ERR_IO);
    trial_draw(outcome->seed, duration_s, trial);
    outcome->faults &= drawn_faults(trial);
    free(trial);
    int runs = 0;
    for (uint32_t size = TRIAL_FAULTS_MAX; size > 0; size /= 2) {
        TRY(leave_out(w, duration_s, size, &runs, outcome));
    }
    return OK;
}

const char *sim_faults_text(uint64_t faults, char out[SIM_FAULTS_TEXT_SIZE])
{
    size_t used = 0;
    (void)snprintf(out, SIM_FAULTS_TEXT_SIZE, "none");
    for (uint32_t i = 0; i < TRIAL_FAULTS_MAX; i++) {
        if ((faults >> i & 1u) != 0) {
            used += (size_t)snprintf(out + used, SIM_FAULTS_TEXT_SIZE - used, "%s%u",
                                     used > 0 ? "," : "", i);
        }
    }
    return out;
}

static void fault_text(const struct trial *t, const struct trial_fault *f, char *out, size_t size)
{
    const char *nation = t->scenario.nations[f->nation].id.code;
    char who[16];
    (void)snprintf(who, sizeof who, "%s%s%s", nation, trial_fault_is_of_two(f->kind) ? " > " : "",
                   trial_fault_is_of_two(f->kind) ? t->scenario.nations[f->partner].id.code : "");
    char amount[40] = "";
    if (f->kind == TRIAL_LOSS || f->kind == TRIAL_REPEAT || f->kind == TRIAL_FLIP) {
        (void)snprintf(amount, sizeof amount, " %.1f %%", 100.0 * f->amount);
    } else if (f->kind == TRIAL_DELAY || f->kind == TRIAL_JITTER || f->kind == TRIAL_DISK_SLOW) {
        (void)snprintf(amount, sizeof amount, " %.2f s", f->amount);
    } else if (f->kind == TRIAL_CRASH_IN_SENDS) {
        (void)snprintf(amount, sizeof amount, ", after %.0f", f->amount);
    }
    (void)snprintf(out, size, "%7.2f to %7.2f s  %-10s %s%s", f->at_s, f->until_s, who,
                   trial_fault_text(f->kind), amount);
}

/* The number of the fault that begins next, from `after` on; in order of time. */
static uint32_t next_fault(const struct trial *t, uint64_t faults, uint64_t told)
{
    uint32_t next = t->fault_count;
    for (uint32_t i = 0; i < t->fault_count; i++) {
        if ((faults >> i & 1u) != 0 && (told >> i & 1u) == 0 &&
            (next == t->fault_count || t->faults[i].at_s < t->faults[next].at_s)) {
            next = i;
        }
    }
    return next;
}

static void print_members(const struct trial *t, FILE *out)
{
    const struct scenario *s = &t->scenario;
    (void)fprintf(out, "  %u nations, %s:", s->nation_count,
                  t->is_hub ? "a hub" : "each linked with each");
    for (uint32_t n = 0; n < s->nation_count; n++) {
        (void)fprintf(out, " %s (%u sensors)", s->nations[n].id.code, s->nations[n].sensor_count);
    }
    (void)fprintf(out, "\n");
    for (uint32_t i = 0; i < s->launch_count; i++) {
        (void)fprintf(out, "  %7.2f s             %s, range %.0f km\n", s->launches[i].at_s,
                      s->launches[i].name, s->launches[i].plan.range_m / 1e3);
    }
}

void sim_story_print(const struct sim_outcome *o, double duration_s, FILE *out)
{
    struct trial *t = malloc(sizeof *t);
    char text[SIM_FAULTS_TEXT_SIZE];
    if (t == NULL) {
        return;
    }
    trial_draw(o->seed, duration_s, t);
    (void)fprintf(out, "Seed %llu fails.\n", (unsigned long long)o->seed);
    print_members(t, out);
    uint64_t told = 0;
    for (uint32_t i = next_fault(t, o->faults, told); i < t->fault_count;
         i = next_fault(t, o->faults, told)) {
        fault_text(t, &t->faults[i], text, sizeof text);
        (void)fprintf(out, "  %s  [%u]\n", text, i);
        told |= UINT64_C(1) << i;
    }
    (void)fprintf(out, "  %7.2f s             all faults end\n", t->heal_s);
    (void)fprintf(out, "  %7.2f s             (%c) %s\n", o->finding.at_s, o->finding.invariant,
                  o->finding.text);
    (void)fprintf(out, "  Again: watchfire sim --seed %llu --minutes %g --keep %s --trace\n",
                  (unsigned long long)o->seed, duration_s / 60.0, sim_faults_text(o->faults, text));
    free(t);
}

/* JSON's string, of text that holds printable characters. */
static void put_string(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

void sim_story_json(const struct sim_outcome *o, double duration_s, FILE *out)
{
    struct trial *t = malloc(sizeof *t);
    char text[SIM_FAULTS_TEXT_SIZE];
    if (t == NULL) {
        return;
    }
    trial_draw(o->seed, duration_s, t);
    (void)fprintf(out, "{\"seed\":%llu,\"invariant\":\"%c\",\"at_s\":%.3f,\"text\":",
                  (unsigned long long)o->seed, o->finding.invariant, o->finding.at_s);
    put_string(o->finding.text, out);
    (void)fprintf(out, ",\"keep\":\"%s\",\"faults\":[", sim_faults_text(o->faults, text));
    bool first = true;
    for (uint32_t i = 0; i < t->fault_count; i++) {
        const struct trial_fault *f = &t->faults[i];
        if ((o->faults >> i & 1u) != 0) {
            (void)fprintf(out,
                          "%s{\"number\":%u,\"kind\":\"%s\",\"nation\":\"%s\",\"at_s\":%.3f,"
                          "\"until_s\":%.3f,\"amount\":%.6g}",
                          first ? "" : ",", i, trial_fault_text(f->kind),
                          t->scenario.nations[f->nation].id.code, f->at_s, f->until_s, f->amount);
            first = false;
        }
    }
    (void)fprintf(out, "]}");
    free(t);
}
