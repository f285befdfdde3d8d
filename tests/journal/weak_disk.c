#include "weak_disk.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#define FILES_MAX 8
#define NAME_SIZE 512
#define SECTOR_BYTES 512
#define PAGES_EACH 8 /* a small log is folded in often: more of SQLite is seen in less time */

enum kind_of_call { CALL_READ, CALL_WRITE, CALL_FLUSH, CALL_CUT };

struct content {
    uint8_t *data;
    size_t size;
};

/* A write that was not flushed, or (data NULL) a cut to the size `at`. */
struct pending {
    uint8_t *data;
    size_t at;
    size_t size;
};

struct file {
    char name[NAME_SIZE]; /* empty = the slot is free */
    struct content seen;  /* what a reader gets */
    struct content safe;  /* what was flushed */
    size_t pending_count;
    struct pending *pending;
};

struct opened {
    sqlite3_file base; /* first: SQLite's pointer points to it */
    struct file *file;
    bool delete_on_close;
};

static struct file files[FILES_MAX];
static struct random chance;
static uint64_t calls;
static uint64_t planned_call;
static enum weak_fault planned;
static bool struck;
static bool is_dark; /* no power */
static bool is_held;

static void resize(struct content *c, size_t size)
{
    if (size > c->size) {
        c->data = realloc(c->data, size);
        assert(c->data != NULL);
        memset(&c->data[c->size], 0, size - c->size);
    }
    c->size = size;
}

static void apply(struct content *c, const struct pending *p, size_t size)
{
    if (p->data == NULL) {
        resize(c, p->at);
        return;
    }
    if (p->at + size > c->size) {
        resize(c, p->at + size);
    }
    if (size > 0) {
        memcpy(c->data + p->at, p->data, size);
    }
}

static void forget_pending(struct file *f)
{
    for (size_t i = 0; i < f->pending_count; i++) {
        free(f->pending[i].data);
    }
    free(f->pending);
    f->pending = NULL;
    f->pending_count = 0;
}

static void delete_file(struct file *f)
{
    forget_pending(f);
    free(f->seen.data);
    free(f->safe.data);
    memset(f, 0, sizeof *f);
}

static void flush(struct file *f)
{
    for (size_t i = 0; i < f->pending_count; i++) {
        apply(&f->safe, &f->pending[i], f->pending[i].size);
    }
    forget_pending(f);
}

static void add_pending(struct file *f, const void *data, size_t at, size_t size)
{
    f->pending = realloc(f->pending, (f->pending_count + 1) * sizeof *f->pending);
    assert(f->pending != NULL);
    struct pending *p = &f->pending[f->pending_count];
    *p = (struct pending){NULL, at, size};
    if (data != NULL) {
        p->data = malloc(size > 0 ? size : 1);
        assert(p->data != NULL);
        memcpy(p->data, data, size);
    }
    f->pending_count++;
    apply(&f->seen, p, size);
}

static size_t below(size_t count)
{
    return (size_t)(random_u64(&chance) % count);
}

static bool concerns(enum weak_fault fault, enum kind_of_call call)
{
    switch (fault) {
    case WEAK_ERROR:
    case WEAK_POWER:
        return true;
    case WEAK_FULL:
    case WEAK_SHORT:
    case WEAK_FLIP:
        return call == CALL_WRITE;
    case WEAK_LOST_FLUSH:
        return call == CALL_FLUSH;
    case WEAK_FLIP_READ:
        return call == CALL_READ;
    default:
        return false;
    }
}

/* What goes wrong with this call. */
static enum weak_fault strike(enum kind_of_call call)
{
    calls += is_held ? 0 : 1;
    if (is_held || is_dark || struck || calls < planned_call || !concerns(planned, call)) {
        return WEAK_NONE;
    }
    struck = true;
    is_dark = planned == WEAK_POWER;
    return planned;
}

static int end(sqlite3_file *base)
{
    struct opened *o = (struct opened *)base;
    if (o->delete_on_close) {
        delete_file(o->file);
    }
    return SQLITE_OK;
}

static int read_some(sqlite3_file *base, void *out, int amount, sqlite3_int64 offset)
{
    const struct content *c = &((struct opened *)base)->file->seen;
    const enum weak_fault fault = strike(CALL_READ);
    const size_t at = (size_t)offset;
    const size_t wanted = (size_t)amount;
    const size_t there = at >= c->size ? 0 : c->size - at < wanted ? c->size - at : wanted;
    if (is_dark || fault == WEAK_ERROR) {
        return SQLITE_IOERR_READ;
    }
    memset(out, 0, wanted);
    if (there > 0) {
        memcpy(out, c->data + at, there);
    }
    if (fault == WEAK_FLIP_READ && there > 0) {
        ((uint8_t *)out)[below(there)] ^= (uint8_t)(1u << below(8));
    }
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_some(sqlite3_file *base, const void *data, int amount, sqlite3_int64 offset)
{
    struct file *f = ((struct opened *)base)->file;
    const bool was_dark = is_dark;
    const enum weak_fault fault = strike(CALL_WRITE);
    size_t size = (size_t)amount;
    if (was_dark || fault == WEAK_ERROR) {
        return SQLITE_IOERR_WRITE;
    }
    if (fault == WEAK_FULL) {
        return SQLITE_FULL;
    }
    size = fault == WEAK_SHORT ? below(size) : size;
    add_pending(f, data, (size_t)offset, size);
    if (fault == WEAK_FLIP) {
        const size_t at = below(size);
        const uint8_t bit = (uint8_t)(1u << below(8));
        f->pending[f->pending_count - 1].data[at] ^= bit;
        f->seen.data[(size_t)offset + at] ^= bit;
    }
    return fault == WEAK_SHORT || is_dark ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int cut(sqlite3_file *base, sqlite3_int64 size)
{
    const bool was_dark = is_dark;
    const enum weak_fault fault = strike(CALL_CUT);
    if (was_dark || fault == WEAK_ERROR) {
        return SQLITE_IOERR_TRUNCATE;
    }
    add_pending(((struct opened *)base)->file, NULL, (size_t)size, 0);
    return is_dark ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int flush_file(sqlite3_file *base, int flags)
{
    (void)flags;
    const bool was_dark = is_dark;
    const enum weak_fault fault = strike(CALL_FLUSH);
    if (was_dark || is_dark || fault == WEAK_ERROR) {
        return SQLITE_IOERR_FSYNC;
    }
    if (fault != WEAK_LOST_FLUSH) {
        flush(((struct opened *)base)->file);
    }
    return SQLITE_OK;
}

static int size_of(sqlite3_file *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct opened *)base)->file->seen.size;
    return SQLITE_OK;
}

/* One process, one connection at a time. */
static int lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int is_reserved(sqlite3_file *base, int *out)
{
    (void)base;
    *out = 0;
    return SQLITE_OK;
}

static int control(sqlite3_file *base, int what, void *argument)
{
    (void)base;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_BYTES;
}

static int traits(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as Debian's SQLite takes every disk to be */
}

/* The memory that connections of one process share: outlives none of them. */
static void *shared[4];

static int map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    (void)base;
    assert(region < 4);
    if (shared[region] == NULL && extend != 0) {
        shared[region] = calloc(1, (size_t)size);
    }
    *out = shared[region];
    return SQLITE_OK;
}

static int lock_shared(sqlite3_file *base, int offset, int count, int flags)
{
    (void)base;
    (void)offset;
    (void)count;
    (void)flags;
    return SQLITE_OK;
}

static void barrier(sqlite3_file *base)
{
    (void)base;
}

static int unmap(sqlite3_file *base, int remove)
{
    (void)base;
    (void)remove;
    for (int i = 0; i < 4; i++) {
        free(shared[i]);
        shared[i] = NULL;
    }
    return SQLITE_OK;
}

static struct file *find(const char *name)
{
    for (int i = 0; i < FILES_MAX; i++) {
        if (strcmp(files[i].name, name) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out)
{
    static const sqlite3_io_methods METHODS = {.iVersion = 2,
                                               .xClose = end,
                                               .xRead = read_some,
                                               .xWrite = write_some,
                                               .xTruncate = cut,
                                               .xSync = flush_file,
                                               .xFileSize = size_of,
                                               .xLock = lock,
                                               .xUnlock = lock,
                                               .xCheckReservedLock = is_reserved,
                                               .xFileControl = control,
                                               .xSectorSize = sector_size,
                                               .xDeviceCharacteristics = traits,
                                               .xShmMap = map,
                                               .xShmLock = lock_shared,
                                               .xShmBarrier = barrier,
                                               .xShmUnmap = unmap};
    struct opened *o = (struct opened *)base;
    (void)vfs;
    o->base.pMethods = NULL;
    o->file = find(name != NULL ? name : "temporary");
    if (o->file == NULL && (flags & SQLITE_OPEN_CREATE) != 0 && !is_dark) {
        o->file = find("");
        assert(o->file != NULL);
        snprintf(o->file->name, NAME_SIZE, "%s", name != NULL ? name : "temporary");
    }
    if (o->file == NULL || is_dark) {
        return SQLITE_CANTOPEN;
    }
    o->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    o->base.pMethods = &METHODS;
    if (out != NULL) {
        *out = flags;
    }
    return SQLITE_OK;
}

static int remove_file(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct file *f = find(name);
    (void)vfs;
    (void)sync;
    if (is_dark) {
        return SQLITE_IOERR_DELETE;
    }
    if (f != NULL) {
        delete_file(f);
    }
    return f != NULL ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

static int is_there(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)flags;
    *out = find(name) != NULL ? 1 : 0;
    return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    snprintf(out, (size_t)size, "%s", name);
    return SQLITE_OK;
}

static int draw(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    for (int i = 0; i < size; i++) {
        out[i] = (char)random_u64(&chance);
    }
    return size;
}

static int rest(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int date(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2460000.5; /* in February 2023; nothing that is kept depends on it */
    return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    (void)size;
    (void)out;
    return 0;
}

/* And keeps few pages in memory: a transaction reads and writes before it ends. What it reads for
 * that goes well. */
static int fold_often(sqlite3 *database, const char **message, const void *routines)
{
    (void)message;
    (void)routines;
    const bool was_held = is_held;
    is_held = true;
    (void)sqlite3_exec(database, "PRAGMA cache_size = 6", NULL, NULL, NULL);
    is_held = was_held;
    return sqlite3_wal_autocheckpoint(database, PAGES_EACH);
}

void weak_disk_install(void)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
                              .szOsFile = sizeof(struct opened),
                              .mxPathname = NAME_SIZE - 1,
                              .zName = "weak disk",
                              .xOpen = open_file,
                              .xDelete = remove_file,
                              .xAccess = is_there,
                              .xFullPathname = full_name,
                              .xRandomness = draw,
                              .xSleep = rest,
                              .xCurrentTime = date,
                              .xGetLastError = last_error};
    int code = sqlite3_vfs_register(&vfs, 1);
    assert(code == SQLITE_OK);
    code = sqlite3_auto_extension((void (*)(void))fold_often);
    assert(code == SQLITE_OK);
}

void weak_disk_end(void)
{
    for (int i = 0; i < FILES_MAX; i++) {
        delete_file(&files[i]);
    }
}

void weak_disk_begin(uint64_t seed)
{
    weak_disk_end();
    random_init(&chance, seed, 77);
    calls = 0;
    struck = false;
    planned = WEAK_NONE;
    is_dark = false;
}

void weak_disk_plan(uint64_t call, enum weak_fault kind)
{
    planned_call = call;
    planned = kind;
    struck = false;
}

void weak_disk_hold(bool held)
{
    is_held = held;
}

uint64_t weak_disk_calls(void)
{
    return calls;
}

bool weak_disk_struck(void)
{
    return struck;
}

static void lose_some(struct file *f)
{
    for (size_t i = 0; i < f->pending_count; i++) {
        const struct pending *p = &f->pending[i];
        const size_t sectors = p->size / SECTOR_BYTES;
        switch (below(3)) {
        case 0:
            apply(&f->safe, p, p->size);
            break;
        case 1:
            if (sectors > 0) {
                apply(&f->safe, p, SECTOR_BYTES * below(sectors));
            }
            break;
        default:
            break;
        }
    }
    forget_pending(f);
    resize(&f->seen, 0);
    resize(&f->seen, f->safe.size);
    if (f->safe.size > 0) {
        memcpy(f->seen.data, f->safe.data, f->safe.size);
    }
}

void weak_disk_restart(void)
{
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i].name[0] != '\0') {
            lose_some(&files[i]);
        }
    }
    is_dark = false;
}

const char *weak_fault_text(enum weak_fault kind)
{
    static const char *const TEXTS[WEAK_FAULT_KINDS] = {
        "nothing",         "an error",     "no room",      "a short write",
        "a loss of power", "a lost flush", "a turned bit", "a bit that is read turned"};
    return TEXTS[kind];
}
