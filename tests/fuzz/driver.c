/* Runs a fuzz target without libFuzzer, so that ./test needs gcc alone.
 *
 *   fuzz_NAME CORPUS COUNT        every file of the folder CORPUS as it is, then COUNT mutations
 *   fuzz_NAME CORPUS COUNT ONLY   the mutation of number ONLY and nothing else, printed in hex
 *
 * Mutation n is drawn from the fixed seed and n, so the same build runs the same inputs always and
 * a crash is repeated by its number, which is printed when the process dies. Every input is handed
 * over in memory of exactly its size, where the address sanitizer sees the first byte too far. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"

#define SEED 20221004u
#define SEED_COUNT_MAX 256
#define INPUT_SIZE_MAX 16384
#define MUTATION_COUNT_MAX 8

struct input {
    uint8_t data[INPUT_SIZE_MAX];
    size_t size;
};

struct corpus {
    size_t count;
    struct input seeds[SEED_COUNT_MAX];
};

static struct corpus corpus;
static char running[64]; /* what the target is being given, for the message of a crash */

static void say_running(void)
{
    const ssize_t written = write(STDERR_FILENO, running, strlen(running));
    (void)written;
}

static void die(int signal_number)
{
    say_running();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* The sanitizers end the process without a signal; they have this hook, other builds do not. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void report_deaths(void)
{
    signal(SIGABRT, die);
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(say_running);
    } else {
        signal(SIGSEGV, die);
        signal(SIGBUS, die);
    }
}

static void run(const struct input *in)
{
    uint8_t *exact = malloc(in->size == 0 ? 1 : in->size);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, in->data, in->size);
    LLVMFuzzerTestOneInput(exact, in->size);
    free(exact);
}

static bool load_seed(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || corpus.count == SEED_COUNT_MAX) {
        return false;
    }
    struct input *seed = &corpus.seeds[corpus.count++];
    seed->size = fread(seed->data, 1, INPUT_SIZE_MAX, stream);
    const bool is_whole = fgetc(stream) == EOF;
    fclose(stream);
    return is_whole;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of names, which does not depend on the disk. */
static bool load_corpus(const char *folder)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_visible, alphasort);
    bool is_loaded = count > 0;
    for (int i = 0; i < count; i++) {
        is_loaded = load_seed(folder, entries[i]->d_name) && is_loaded;
        free(entries[i]);
    }
    free(entries);
    return is_loaded;
}

static size_t below(struct random *r, size_t limit)
{
    return limit == 0 ? 0 : (size_t)(random_u64(r) % limit);
}

static void remove_run(struct input *in, struct random *r)
{
    const size_t at = below(r, in->size);
    const size_t size = 1 + below(r, in->size - at);
    if (in->size > 0) {
        memmove(in->data + at, in->data + at + size, in->size - at - size);
        in->size -= size;
    }
}

/* Puts a copy of a part of any seed in. */
static void insert_run(struct input *in, struct random *r)
{
    const struct input *from = &corpus.seeds[below(r, corpus.count)];
    const size_t start = below(r, from->size);
    const size_t at = below(r, in->size + 1);
    size_t size = below(r, from->size - start + 1);
    size = size > INPUT_SIZE_MAX - in->size ? INPUT_SIZE_MAX - in->size : size;
    memmove(in->data + at + size, in->data + at, in->size - at);
    memcpy(in->data + at, from->data + start, size);
    in->size += size;
}

static void mutate_once(struct input *in, struct random *r)
{
    static const uint8_t EDGES[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    const size_t at = below(r, in->size);
    const size_t kind = below(r, 8);
    if (kind == 0) {
        in->size = below(r, in->size + 1);
    } else if (kind == 1) {
        remove_run(in, r);
    } else if (kind == 2) {
        insert_run(in, r);
    } else if (in->size == 0) {
        return;
    } else if (kind <= 4) {
        in->data[at] ^= (uint8_t)(1u << below(r, 8));
    } else if (kind == 5) {
        in->data[at] = EDGES[below(r, sizeof EDGES)];
    } else if (kind == 6) {
        in->data[at] = (uint8_t)(in->data[at] + below(r, 9) - 4);
    } else {
        in->data[at] = (uint8_t)random_u64(r);
    }
}

static void mutate(struct input *out, uint64_t number)
{
    struct random r;
    random_init(&r, SEED, number);
    *out = corpus.seeds[below(&r, corpus.count)];
    const size_t count = 1 + below(&r, MUTATION_COUNT_MAX);
    for (size_t i = 0; i < count; i++) {
        mutate_once(out, &r);
    }
}

static void run_mutation(uint64_t number)
{
    static struct input mutated;
    snprintf(running, sizeof running, "died in mutation %" PRIu64 "\n", number);
    mutate(&mutated, number);
    run(&mutated);
}

static void print_mutation(uint64_t number)
{
    static struct input mutated;
    mutate(&mutated, number);
    for (size_t i = 0; i < mutated.size; i++) {
        printf("%02x", mutated.data[i]);
    }
    printf("\n");
    fflush(stdout);
}

static void run_all(uint64_t count)
{
    struct timespec start;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < corpus.count; i++) {
        snprintf(running, sizeof running, "died in seed %zu, by name\n", i);
        run(&corpus.seeds[i]);
    }
    for (uint64_t i = 0; i < count; i++) {
        run_mutation(i);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%zu seeds and %" PRIu64 " mutations in %.2f s\n", corpus.count, count, seconds);
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4 || !load_corpus(argv[1])) {
        fprintf(stderr,
                "usage: %s CORPUS COUNT [ONLY]; CORPUS is a folder of 1 to %d seeds "
                "of at most %d bytes\n",
                argv[0], SEED_COUNT_MAX, INPUT_SIZE_MAX);
        return 2;
    }
    report_deaths();
    if (argc == 4) {
        const uint64_t only = strtoull(argv[3], NULL, 10);
        print_mutation(only);
        run_mutation(only);
    } else {
        run_all(strtoull(argv[2], NULL, 10));
    }
    return 0;
}
