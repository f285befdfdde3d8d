#define _GNU_SOURCE /* MAP_ANONYMOUS, nftw */
#include "commands.h"

#include <execinfo.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../failing/failing.h"

#define WORDS_MAX 32
#define WAYS_MAX 2000
#define DEPTH 12
#define FILES_MAX 64
#define SAID_MAX ((size_t)256 * 1024)
#define PATIENCE_S 60

int watchfire_main(int argc, char **argv); /* main() of src/cli/main.c, by another name */

/* What the command's process tells. */
struct told {
    bool struck;
    unsigned ways;
    uint32_t calls[WAYS_MAX]; /* the first call of each way */
    uint64_t hashes[WAYS_MAX];
};

struct file {
    char path[200];
    mode_t mode;
    struct timespec changed;
    uint8_t *data;
    size_t size;
};

struct files {
    unsigned count;
    struct file items[FILES_MAX];
};

/* In memory where there is such a folder: the disk is not what is tested. */
static char folder[] = "/dev/shm/watchfire_commands_XXXXXX";
static const char IN_TMP[] = "/tmp/watchfire_commands_XXXXXX";
static char said[2][64] = {"/tmp/watchfire_out_XXXXXX", "/tmp/watchfire_err_XXXXXX"};
static char texts[2][SAID_MAX];
static const char *out_to = said[0];
static struct told *told;
static struct files *found; /* while nftw walks */

const char *commands_begin(void)
{
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(told, MAP_FAILED);
    if (access("/dev/shm", W_OK) != 0) {
        memcpy(folder, IN_TMP, sizeof IN_TMP);
    }
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 2; i++) {
        const int fd = mkstemp(said[i]);
        assert_true(fd >= 0);
        (void)close(fd);
    }
    return folder;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s;
    (void)type;
    (void)at;
    return remove(path);
}

void commands_end(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)unlink(said[0]);
    (void)unlink(said[1]);
    (void)munmap(told, sizeof *told);
}

/* In the command's process. */

static void note_way(uint32_t call)
{
    void *frames[DEPTH];
    const int depth = backtrace(frames, DEPTH);
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int i = 0; i < depth; i++) {
        hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * UINT64_C(1099511628211);
    }
    for (unsigned i = 0; i < told->ways; i++) {
        if (told->hashes[i] == hash) {
            return;
        }
    }
    if (told->ways < WAYS_MAX) {
        told->hashes[told->ways] = hash;
        told->calls[told->ways] = call;
        told->ways++;
    }
}

static void redirect(const char *path, int to)
{
    const int fd = open(path, O_RDWR | O_TRUNC);
    if (fd < 0 || dup2(fd, to) < 0) {
        _exit(99);
    }
    (void)close(fd);
}

static _Noreturn void be_command(char *text, uint32_t call)
{
    static char name[] = "watchfire";
    char *words[WORDS_MAX] = {name};
    char *rest = NULL;
    int count = 1;
    for (char *word = strtok_r(text, " ", &rest); word != NULL && count < WORDS_MAX - 1;
         word = strtok_r(NULL, " ", &rest)) {
        words[count] = word;
        count++;
    }
    void *frames[1];
    (void)backtrace(frames, 1); /* which loads a library the first time */
    (void)setsid();             /* no terminal to ask on */
    (void)alarm(PATIENCE_S);
    redirect("/dev/null", STDIN_FILENO);
    redirect(out_to, STDOUT_FILENO);
    redirect(said[1], STDERR_FILENO);
    if (chdir(folder) != 0) {
        _exit(99);
    }
    if (call == 0) {
        failing_watch(note_way);
    } else {
        failing_begin(call, false);
    }
    const int status = watchfire_main(count, words);
    told->struck = failing_end();
    failing_watch(NULL);
    exit(status);
}

/* In the test's. */

static void read_said(int which)
{
    FILE *file = fopen(said[which], "rb");
    assert_non_null(file);
    const size_t size = fread(texts[which], 1, SAID_MAX - 1, file);
    texts[which][size] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* With the call failing that has this number; 0 = none, and the ways are noted. */
static int run(const char *line, uint32_t call)
{
    char text[1024];
    int status = 0;
    assert_in_range(snprintf(text, sizeof text, "%s", line), 1, sizeof text - 1);
    told->struck = false;
    told->ways = call == 0 ? 0 : told->ways;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        be_command(text, call);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    read_said(0);
    read_said(1);
    if (!WIFEXITED(status)) {
        fail_msg("watchfire %s: call %u fails: ended by signal %d: %s", line, call,
                 WTERMSIG(status), texts[1]);
    }
    return WEXITSTATUS(status);
}

int commands_run(const char *line)
{
    return run(line, 0);
}

int commands_run_full(const char *line)
{
    out_to = "/dev/full";
    const int status = run(line, 0);
    out_to = said[0];
    return status;
}

const char *commands_out(void)
{
    return texts[0];
}

const char *commands_err(void)
{
    return texts[1];
}

void commands_check(const struct commands_answer *answers, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const struct commands_answer *a = &answers[i];
        const int status = commands_run(a->line);
        const bool is_said = strstr(commands_err(), a->said) != NULL ||
                             (status != 2 && strstr(commands_out(), a->said) != NULL);
        if (status != a->status || !is_said) {
            wrong++;
            print_error("watchfire %s: exit status %d, expected %d with \"%s\"; it printed:\n%s\n"
                        "and said: %s",
                        a->line, status, a->status, a->said, commands_out(), commands_err());
        }
    }
    assert_int_equal(wrong, 0);
}

/* The folder before, after it went well, and after a call failed. */

static uint8_t *read_whole(const char *path, size_t size)
{
    uint8_t *data = malloc(size + 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(data);
    assert_non_null(file);
    assert_int_equal(fread(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return data;
}

static int take_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)at;
    if (type != FTW_F) {
        return 0;
    }
    assert_true(found->count < FILES_MAX);
    struct file *f = &found->items[found->count];
    found->count++;
    (void)snprintf(f->path, sizeof f->path, "%s", path);
    f->mode = s->st_mode & 07777;
    f->changed = s->st_mtim;
    f->size = (size_t)s->st_size;
    f->data = read_whole(path, f->size);
    return 0;
}

static void take(struct files *into)
{
    into->count = 0;
    found = into;
    assert_int_equal(nftw(folder, take_one, 8, FTW_PHYS), 0);
}

static void drop(struct files *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        free(f->items[i].data);
    }
    f->count = 0;
}

static const struct file *find(const struct files *f, const char *path)
{
    for (unsigned i = 0; i < f->count; i++) {
        if (strcmp(f->items[i].path, path) == 0) {
            return &f->items[i];
        }
    }
    return NULL;
}

static bool is_same(const struct file *a, const struct file *b)
{
    return a != NULL && b != NULL && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static int remove_if_new(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s;
    if (type == FTW_F) {
        return find(found, path) == NULL ? remove(path) : 0;
    }
    if (type == FTW_DP && at->level > 0) {
        (void)rmdir(path); /* which goes only if nothing is in it */
    }
    return 0;
}

static void put_back(struct files *before, const struct files *now)
{
    found = before;
    assert_int_equal(nftw(folder, remove_if_new, 8, FTW_DEPTH | FTW_PHYS), 0);
    for (unsigned i = 0; i < before->count; i++) {
        const struct file *f = &before->items[i];
        if (is_same(f, find(now, f->path))) {
            continue;
        }
        FILE *file = fopen(f->path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(f->data, 1, f->size, file), f->size);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(f->path, f->mode), 0);
    }
}

/* Keys, names and times are others each time: digits, capitals and small letters up to f count
 * alike. */
static void mask(const char *text, char *out)
{
    char last = '\0';
    for (; *text != '\0'; text++) {
        const bool varies = strchr("0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZ", *text) != NULL;
        const char c = varies ? '#' : *text;
        if (c != '#' || last != '#') {
            *out = c;
            out++;
        }
        last = c;
    }
    *out = '\0';
}

static bool is_alike(const char *a, const char *b)
{
    static char masked[2][SAID_MAX];
    mask(a, masked[0]);
    mask(b, masked[1]);
    return strcmp(masked[0], masked[1]) == 0;
}

/* Whether two good runs may give the same file: of equal size, if what is in it is drawn. */
static bool fits(const struct file *now, const struct file *good, bool is_drawn)
{
    return is_same(now, good) ||
           (is_drawn && now != NULL && good != NULL && now->size == good->size);
}

struct expectation {
    const char *line;
    const char *partial;
    int status;
    char *out;
    struct files before;
    struct files after;
    bool is_drawn; /* it makes other files each time */
};

static void check_files(const struct expectation *e, const struct files *now, uint32_t call)
{
    for (unsigned i = 0; i < now->count; i++) {
        const struct file *f = &now->items[i];
        const char *name = f->path + strlen(folder) + 1;
        const bool may = e->partial != NULL && strncmp(name, e->partial, strlen(e->partial)) == 0;
        if (!may && !is_same(f, find(&e->before, f->path)) &&
            !fits(f, find(&e->after, f->path), e->is_drawn)) {
            fail_msg("watchfire %s: call %u fails: %s is neither the old nor the new one; it said: "
                     "%s",
                     e->line, call, name, texts[1]);
        }
    }
    for (unsigned i = 0; i < e->before.count; i++) {
        const char *path = e->before.items[i].path;
        if (find(now, path) == NULL && find(&e->after, path) != NULL) {
            fail_msg("watchfire %s: call %u fails: %s is gone", e->line, call, path);
        }
    }
}

static void check(const struct expectation *e, int status, const struct files *now, uint32_t call)
{
    const bool does_the_same = status == e->status && is_alike(texts[0], e->out);
    const bool is_said = texts[1][0] != '\0' || strcmp(texts[0], e->out) != 0;
    if (!does_the_same && (status == 0 || !is_said)) {
        fail_msg("watchfire %s: call %u fails: exit status %d, it printed:\n%s\nand said: %s",
                 e->line, call, status, texts[0], texts[1]);
    }
    check_files(e, now, call);
}

unsigned commands_fail(const char *line, const char *partial)
{
    static struct files now;
    static struct files again;
    static uint32_t calls[WAYS_MAX];
    struct expectation e = {.line = line, .partial = partial};
    take(&e.before);
    (void)run(line, UINT32_MAX); /* as it goes when nothing fails, twice */
    take(&again);
    put_back(&e.before, &again);
    e.status = run(line, 0);
    if (e.status > 1) {
        fail_msg("watchfire %s: %s", line, texts[1]);
    }
    e.out = strdup(texts[0]);
    assert_non_null(e.out);
    take(&e.after);
    for (unsigned i = 0; i < e.after.count; i++) {
        e.is_drawn |= !is_same(&e.after.items[i], find(&again, e.after.items[i].path));
    }
    put_back(&e.before, &e.after);
    drop(&again);
    const unsigned ways = told->ways;
    assert_in_range(ways, 1, WAYS_MAX - 1);
    memcpy(calls, told->calls, sizeof calls);
    for (unsigned i = 0; i < ways; i++) {
        const int status = run(line, calls[i]);
        take(&now);
        check(&e, status, &now, calls[i]);
        put_back(&e.before, &now);
        drop(&now);
    }
    free(e.out);
    drop(&e.before);
    drop(&e.after);
    return ways;
}
