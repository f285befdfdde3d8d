#include "node/snapshot.h"

#include <assert.h>
#include <fcntl.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/effects_digest.h"
#include "engine/extent.h"
#include "node/build.h"
#include "node/regular_file.h"

#define PAGE_BYTES 4096u
#define PATH_BYTES 1200
#define HASH_BYTES 32

struct header {
    char magic[8];
    uint8_t build[BUILD_IDENTITY_BYTES];
    uint64_t position;
    uint8_t chain[JOURNAL_CHAIN_BYTES];
    uint64_t engine_bytes;
};
_Static_assert(sizeof(struct header) == 88, "the header has no padding");

struct page {
    uint32_t number;
    uint8_t bytes[PAGE_BYTES];
};

struct snapshot {
    struct header header;
    struct page *pages;
    size_t count;
    size_t capacity;
};

struct snapshot *snapshot_new(void)
{
    return calloc(1, sizeof(struct snapshot));
}

void snapshot_free(struct snapshot *s)
{
    if (s != NULL) {
        free(s->pages);
        free(s);
    }
}

uint64_t snapshot_position(const struct snapshot *s)
{
    return s->header.position;
}

static struct page *add_page(struct snapshot *s)
{
    if (s->count == s->capacity) {
        const size_t more = s->capacity == 0 ? 4096 : 2 * s->capacity;
        struct page *pages = realloc(s->pages, more * sizeof *pages);
        if (pages == NULL) {
            return NULL;
        }
        s->pages = pages;
        s->capacity = more;
    }
    s->count++;
    return &s->pages[s->count - 1];
}

/* The page of a number: the last one, since the extents ascend, or a fresh one of zeros. */
static struct page *page_of(struct snapshot *s, uint32_t number)
{
    if (s->count > 0 && s->pages[s->count - 1].number == number) {
        return &s->pages[s->count - 1];
    }
    struct page *p = add_page(s);
    if (p != NULL) {
        p->number = number;
        memset(p->bytes, 0, sizeof p->bytes);
    }
    return p;
}

/* Keeps the bytes of an extent, and nothing of the pages around it. */
static result keep(struct snapshot *s, const struct engine *engine,
                   const struct engine_extent *extent)
{
    const uint8_t *bytes = (const uint8_t *)engine;
    const size_t end = extent->from + extent->size;
    for (size_t at = extent->from; at < end;) {
        const size_t next = (at / PAGE_BYTES + 1) * PAGE_BYTES;
        const size_t size = (next < end ? next : end) - at;
        struct page *p = page_of(s, (uint32_t)(at / PAGE_BYTES));
        ENSURE(p != NULL, ERR_FULL);
        memcpy(p->bytes + at % PAGE_BYTES, bytes + at, size);
        at += size;
    }
    return OK;
}

static result keep_all(struct snapshot *s, const struct engine *engine)
{
    struct engine_extent extents[ENGINE_EXTENTS_MAX];
    const uint32_t count = engine_extents(engine, extents);
    for (uint32_t i = 0; i < count; i++) {
        assert(i == 0 || extents[i - 1].from + extents[i - 1].size <= extents[i].from);
        TRY(keep(s, engine, &extents[i]));
    }
    return OK;
}

/* Zeroes a range of the engine in what was kept of it. */
static void wipe(struct snapshot *s, size_t from, size_t size)
{
    for (size_t i = 0; i < s->count; i++) {
        const size_t at = (size_t)s->pages[i].number * PAGE_BYTES;
        const size_t begin = from > at ? from : at;
        const size_t end = from + size < at + PAGE_BYTES ? from + size : at + PAGE_BYTES;
        if (begin < end) {
            sodium_memzero(s->pages[i].bytes + (begin - at), end - begin);
        }
    }
}

static void wipe_secrets(struct snapshot *s)
{
    wipe(s, offsetof(struct engine, config) + offsetof(struct engine_config, partner_keys),
         sizeof(((struct engine_config *)NULL)->partner_keys));
    for (size_t i = 0; i < LIMIT_PARTNERS; i++) {
        wipe(s,
             offsetof(struct engine, sessions) + i * sizeof(struct session) +
                 offsetof(struct session, key),
             sizeof(struct digest_key));
    }
}

result snapshot_take(struct snapshot *s, const struct engine *engine,
                     const uint8_t chain[JOURNAL_CHAIN_BYTES])
{
    s->count = 0;
    s->header = (struct header){.magic = "WFSNAP0", .engine_bytes = sizeof *engine};
    s->header.magic[7] = '1';
    memcpy(s->header.build, BUILD_IDENTITY, BUILD_IDENTITY_BYTES);
    memcpy(s->header.chain, chain, JOURNAL_CHAIN_BYTES);
    TRY(keep_all(s, engine));
    wipe_secrets(s);
    s->header.position = engine->position;
    return OK;
}

static void path_of(const char *journal_path, const char *ending, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%.1100s.snapshot-%s", journal_path, ending);
}

static bool write_all(int file, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        const ssize_t wrote = write(file, at, size);
        if (wrote <= 0) {
            return false;
        }
        at += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

static bool write_file(const struct snapshot *s, const char *path)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return false;
    }
    uint8_t hash[HASH_BYTES];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)&s->header, sizeof s->header);
    crypto_generichash_update(&state, (const uint8_t *)s->pages, s->count * sizeof s->pages[0]);
    crypto_generichash_final(&state, hash, sizeof hash);
    bool done = write_all(file, &s->header, sizeof s->header) &&
                write_all(file, s->pages, s->count * sizeof s->pages[0]) &&
                write_all(file, hash, sizeof hash) && fsync(file) == 0;
    done = close(file) == 0 && done;
    return done;
}

/* Only what can be told without reading all of it: 0 = there is none of this build. */
static uint64_t position_in(const char *path)
{
    struct header h;
    FILE *file = regular_file_stream(path);
    const bool read = file != NULL && fread(&h, sizeof h, 1, file) == 1;
    if (file != NULL) {
        (void)fclose(file);
    }
    return read && memcmp(h.magic, "WFSNAP01", 8) == 0 &&
                   memcmp(h.build, BUILD_IDENTITY, BUILD_IDENTITY_BYTES) == 0
               ? h.position
               : 0;
}

static result write_as(const struct snapshot *s, const char *fresh, const char *path)
{
    if (!write_file(s, fresh) || rename(fresh, path) != 0) {
        (void)unlink(fresh);
        return ERR_IO;
    }
    return OK;
}

result snapshot_write(struct snapshot *s, const char *journal_path)
{
    char path[2][PATH_BYTES];
    char fresh[PATH_BYTES];
    path_of(journal_path, "0", path[0]);
    path_of(journal_path, "1", path[1]);
    path_of(journal_path, "new", fresh);
    const int older = position_in(path[0]) <= position_in(path[1]) ? 0 : 1;
    return write_as(s, fresh, path[older]);
}

result snapshot_write_next(struct snapshot *s, const char *journal_path)
{
    char path[PATH_BYTES];
    char fresh[PATH_BYTES];
    path_of(journal_path, "next", path);
    path_of(journal_path, "next-new", fresh);
    return write_as(s, fresh, path);
}

/* The whole file; NULL if it is not there, too short, or not what was written. Free it. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = regular_file_stream(path);
    if (file == NULL) {
        return NULL;
    }
    struct stat about;
    uint8_t *bytes = NULL;
    const bool sized = fstat(fileno(file), &about) == 0 &&
                       about.st_size >= (off_t)(sizeof(struct header) + HASH_BYTES) &&
                       (uint64_t)about.st_size <= 2 * sizeof(struct engine);
    if (sized) {
        *size = (size_t)about.st_size;
        bytes = malloc(*size);
    }
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
        free(bytes);
        bytes = NULL;
    }
    (void)fclose(file);
    uint8_t hash[HASH_BYTES];
    if (bytes != NULL) {
        crypto_generichash(hash, sizeof hash, bytes, *size - HASH_BYTES, NULL, 0);
        if (memcmp(hash, bytes + *size - HASH_BYTES, HASH_BYTES) != 0) {
            free(bytes);
            bytes = NULL;
        }
    }
    return bytes;
}

static bool has_decisions(struct bytes effects)
{
    for (uint32_t i = 0; i < effects_digest_count(effects); i++) {
        const int kind = effects_digest_kind(effects, i);
        if (kind == EFFECT_RELEASED || kind == EFFECT_RELAYED || kind == EFFECT_WITHHELD) {
            return true;
        }
    }
    return false;
}

/* What was decided in a second goes into the transparency log when the next one begins, and until
 * then is in no snapshot: only a replay of that second knows it. */
static bool cuts_open_second(const struct header *h, struct journal *j)
{
    struct journal_group group;
    if (journal_read(j, j->last, &group) != OK) {
        return false;
    }
    const int64_t open = group.time.tai_ns / NS_PER_S;
    for (uint64_t n = h->position; n >= j->first && n >= 1; n--) {
        if (journal_read(j, n, &group) != OK || group.time.tai_ns / NS_PER_S != open) {
            return false;
        }
        if (has_decisions(group.effects)) {
            return true;
        }
    }
    return false;
}

/* Whether the journal goes through the place at which it was taken. */
static bool is_of(const struct header *h, struct journal *j, uint64_t since)
{
    struct journal_group group;
    return h->engine_bytes == sizeof(struct engine) && h->position >= since && h->position >= 1 &&
           journal_read(j, h->position, &group) == OK &&
           memcmp(group.chain, h->chain, JOURNAL_CHAIN_BYTES) == 0 && !cuts_open_second(h, j);
}

static bool fill(struct bytes pages, struct engine *engine)
{
    if (pages.size % sizeof(struct page) != 0) {
        return false;
    }
    for (size_t at = 0; at < pages.size; at += sizeof(struct page)) {
        uint32_t number = 0;
        memcpy(&number, pages.data + at, sizeof number);
        const size_t to = (size_t)number * PAGE_BYTES;
        if (to >= sizeof *engine) {
            return false;
        }
        const size_t left = sizeof *engine - to;
        memcpy((uint8_t *)engine + to, pages.data + at + offsetof(struct page, bytes),
               left < PAGE_BYTES ? left : PAGE_BYTES);
    }
    return true;
}

static bool same_settings(const struct engine_config *a, const struct engine_config *b)
{
    return nation_id_equal(a->nation, b->nation) && a->domain == b->domain &&
           a->sensor_count == b->sensor_count &&
           memcmp(a->sensors, b->sensors, a->sensor_count * sizeof a->sensors[0]) == 0 &&
           a->speaks == b->speaks && a->partner_count == b->partner_count &&
           memcmp(a->partners, b->partners, a->partner_count * sizeof a->partners[0]) == 0 &&
           memcmp(a->apart, b->apart, a->partner_count * sizeof a->apart[0]) == 0;
}

/* From pages as a file or the memory of a snapshot has them. */
static result restore(const struct header *header, struct bytes pages, struct journal *j,
                      uint64_t since, const struct engine_config *config, struct engine *engine)
{
    ENSURE(is_of(header, j, since), ERR_NOT_FOUND);
    if (!fill(pages, engine) || !same_settings(&engine->config, config)) {
        return engine_init(engine, config) == OK ? ERR_NOT_FOUND : ERR_STATE;
    }
    /* The rest of the settings is in it, with the policy that an input brought. */
    memcpy(engine->config.partner_keys, config->partner_keys, sizeof config->partner_keys);
    for (uint32_t i = 0; i < config->partner_count; i++) {
        engine->sessions[i].key = config->partner_keys[i];
    }
    return OK;
}

result snapshot_restore(const struct snapshot *s, struct journal *j, uint64_t since,
                        const struct engine_config *config, struct engine *engine)
{
    const struct bytes pages = {(const uint8_t *)s->pages, s->count * sizeof s->pages[0]};
    return restore(&s->header, pages, j, since, config, engine);
}

static result load(const char *path, struct journal *j, uint64_t since,
                   const struct engine_config *config, struct engine *engine)
{
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    ENSURE(bytes != NULL, ERR_NOT_FOUND);
    struct header header;
    memcpy(&header, bytes, sizeof header);
    const struct bytes pages = {bytes + sizeof header, size - sizeof header - HASH_BYTES};
    const result restored = restore(&header, pages, j, since, config, engine);
    free(bytes);
    return restored;
}

result snapshot_load(const char *journal_path, struct journal *j, uint64_t since,
                     const struct engine_config *config, struct engine *engine)
{
    static const char *const ENDINGS[] = {"0", "1", "next"};
    enum { COUNT = sizeof ENDINGS / sizeof ENDINGS[0] };
    char path[COUNT][PATH_BYTES];
    uint64_t position[COUNT];
    for (int i = 0; i < COUNT; i++) {
        path_of(journal_path, ENDINGS[i], path[i]);
        position[i] = position_in(path[i]);
    }
    for (int tried = 0; tried < COUNT; tried++) {
        int newest = 0;
        for (int i = 1; i < COUNT; i++) {
            newest = position[i] > position[newest] ? i : newest;
        }
        const result loaded =
            position[newest] == 0 ? ERR_NOT_FOUND : load(path[newest], j, since, config, engine);
        if (loaded != ERR_NOT_FOUND) {
            return loaded;
        }
        position[newest] = 0;
    }
    return ERR_NOT_FOUND;
}
