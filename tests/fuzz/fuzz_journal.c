/* Pages of a journal's file, changed: each five bytes of the input put one byte (the last) at an
 * offset (the first four, modulo the file's size). A journal that opens tells what it holds, or
 * that it is damaged; it never tells more than it says that it has. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal_sqlite.h"

#define FILE_BYTES_MAX (1u << 17)
#define GROUPS 40
#define CHANGE_BYTES 5

static uint8_t whole[FILE_BYTES_MAX];
static size_t whole_size;
static int file = -1;
static char path[] = "/tmp/watchfire-fuzz-XXXXXX";

static void forget(void)
{
    static const char *const ENDS[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        char name[sizeof path + 16];
        (void)snprintf(name, sizeof name, "%s%s", path, ENDS[i]);
        (void)unlink(name);
    }
}

/* A journal as it lies on the disk. */
static void make(void)
{
    static const uint8_t input[300] = {1, 2, 3};
    struct journal *j = NULL;
    file = mkstemp(path);
    FUZZ_CHECK(file >= 0 && atexit(forget) == 0);
    FUZZ_CHECK(journal_sqlite_open(path, JOURNAL_CREATE, &j, NULL) == OK);
    FUZZ_CHECK(journal_set_meta(j, "nation", (struct bytes){input, 3}) == OK);
    for (uint64_t n = 1; n <= GROUPS; n++) {
        FUZZ_CHECK(journal_append(j, n, (struct instant){(int64_t)n},
                                  (struct bytes){input, sizeof input},
                                  (struct bytes){input, 32}) == OK);
    }
    FUZZ_CHECK(journal_commit(j) == OK);
    journal_close(j);
    const ssize_t got = pread(file, whole, sizeof whole, 0);
    FUZZ_CHECK(got > 0 && (size_t)got < sizeof whole);
    whole_size = (size_t)got;
}

static void read_all(struct journal *j)
{
    struct journal_group group;
    struct bytes value;
    FUZZ_CHECK(j->first >= 1);
    for (uint64_t n = j->first; n <= j->last && n - j->first < 2 * (uint64_t)GROUPS; n++) {
        if (journal_read(j, n, &group) == OK) {
            FUZZ_CHECK(group.position == n);
            FUZZ_CHECK(group.input.size <= JOURNAL_INPUT_BYTES_MAX);
            FUZZ_CHECK(group.effects.size <= JOURNAL_EFFECTS_BYTES_MAX);
        }
    }
    FUZZ_CHECK(journal_read(j, j->last + 1, &group) != OK);
    if (journal_get_meta(j, "nation", &value) == OK) {
        FUZZ_CHECK(value.size <= JOURNAL_META_BYTES_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t changed[FILE_BYTES_MAX];
    if (file < 0) {
        make();
    }
    memcpy(changed, whole, whole_size);
    for (size_t i = 0; i + CHANGE_BYTES <= size; i += CHANGE_BYTES) {
        const uint32_t at = (uint32_t)data[i] << 24 | (uint32_t)data[i + 1] << 16 |
                            (uint32_t)data[i + 2] << 8 | data[i + 3];
        changed[at % whole_size] = data[i + 4];
    }
    FUZZ_CHECK(pwrite(file, changed, whole_size, 0) == (ssize_t)whole_size);
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (journal_sqlite_open(path, JOURNAL_READ, &j, &fault) != OK) {
        FUZZ_CHECK(fault != JOURNAL_FAULT_NONE);
        return 0;
    }
    read_all(j);
    journal_close(j);
    return 0;
}
