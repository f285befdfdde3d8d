/* One step of either end is what a node does in one: what has come is opened, verified, put into
 * the journal and taken; the journal is committed; then what is to be sent is signed, sealed and
 * sent. Only the engine is left out, and with it the pictures. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "cli/bench_link.h"

#include <poll.h>
#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "engine/event.h"
#include "journal/journal_sqlite.h"
#include "node/input.h"
#include "node/seal.h"
#include "share/session.h"

#define AHEAD 16384     /* records that may wait in the ledger */
#define STEP_FRAMES 32  /* in one step, each way */
#define IDLE_MS 1       /* until there is something to do */
#define PATIENCE_S 20.0 /* without progress */

struct end {
    struct nation_id partner;
    struct session session;
    struct seal seal;
    struct journal *journal;
    char path[512];
    uint64_t position;
    int socket;
    bool is_over;
    uint64_t sent_bytes;
    uint32_t frame_count;
    struct {
        enum frame_lane lane;
        uint32_t size;
        uint8_t bytes[FRAME_BYTES_MAX];
    } frames[STEP_FRAMES];
    struct session_delivery delivery;
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    uint8_t opened[SEAL_FRAME_BYTES_MAX];
    uint8_t input[INPUT_BYTES_MAX];
};

/* What the partner's process tells the owner's. */
struct told {
    uint64_t delivered;
    double busy_s;
    bool is_ready;
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct instant now_of_day(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return utc_from_unix(t.tv_sec, t.tv_nsec);
}

/* Every input is signed or not, and has the digest of what it led to. */
static result keep(struct end *e, const struct event *event, const uint8_t *signature)
{
    uint8_t digest[32] = {0};
    struct byte_writer input = {e->input, sizeof e->input, 0};
    crypto_generichash_state state;
    TRY(input_encode(event, signature, &input));
    (void)crypto_generichash_init(&state, NULL, 0, sizeof digest);
    for (uint32_t i = 0; i < e->frame_count && signature == NULL; i++) {
        (void)crypto_generichash_update(&state, e->frames[i].bytes, e->frames[i].size);
    }
    (void)crypto_generichash_final(&state, digest, sizeof digest);
    e->position++;
    return journal_append(e->journal, e->position, event->time, byte_writer_written(&input),
                          (struct bytes){digest, sizeof digest});
}

/* False if nothing has come. */
static result receive_one(struct end *e, bool *any)
{
    const ssize_t size = recv(e->socket, e->sealed, sizeof e->sealed, MSG_DONTWAIT);
    const struct instant now = now_of_day();
    struct seal_opened opened;
    *any = size > 0;
    e->is_over |= size == 0;
    if (size <= 0) {
        return OK;
    }
    seal_open(&e->seal, (struct bytes){e->sealed, (size_t)size}, now, e->opened, sizeof e->opened,
              &opened);
    ENSURE(opened.refusal == REFUSED_NONE, ERR_SIGNATURE);
    const struct event event = {
        .kind = EVENT_FRAME, .time = now, .partner = e->partner, .frame = opened.plain};
    TRY(keep(e, &event, opened.signature));
    session_receive(&e->session, opened.plain, e->position, now, &e->delivery);
    return OK;
}

static void collect(struct end *e)
{
    for (e->frame_count = 0; e->frame_count < STEP_FRAMES; e->frame_count++) {
        struct byte_writer plain = {e->frames[e->frame_count].bytes, FRAME_BYTES_MAX, 0};
        if (!session_next_frame(&e->session, now_of_day(), &e->frames[e->frame_count].lane,
                                &plain)) {
            return;
        }
        e->frames[e->frame_count].size = (uint32_t)plain.size;
    }
}

static result send_all(struct end *e)
{
    for (uint32_t i = 0; i < e->frame_count; i++) {
        const struct bytes plain = {e->frames[i].bytes, e->frames[i].size};
        struct byte_writer out = {e->sealed, sizeof e->sealed, 0};
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        TRY(seal_close(&e->seal, plain, e->frames[i].lane, now_of_day(), &out, signature));
        ENSURE(send(e->socket, out.data, out.size, MSG_NOSIGNAL) == (ssize_t)out.size, ERR_IO);
        e->sent_bytes += out.size;
    }
    return OK;
}

/* Persist, then send. Waits a little if there was nothing to do. */
static result step(struct end *e)
{
    const uint64_t before = e->position;
    bool any = true;
    for (int i = 0; i < STEP_FRAMES && any; i++) {
        TRY(receive_one(e, &any));
    }
    collect(e);
    if (e->frame_count > 0) {
        const struct event tick = {.kind = EVENT_TICK, .time = now_of_day()};
        TRY(keep(e, &tick, NULL));
    }
    if (e->position == before) {
        struct pollfd fd = {.fd = e->socket, .events = POLLIN};
        (void)poll(&fd, 1, IDLE_MS);
        return OK;
    }
    TRY(journal_commit(e->journal));
    session_committed(&e->session, e->position, now_of_day());
    return send_all(e);
}

static result open_end(const char *dir, const struct keys *self, const struct keys *other,
                       int socket, struct end *e)
{
    struct key_trust trust;
    struct keys_boot boot;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    const struct digest_key key = keys_for_partner(self, other->list.nation);
    (void)snprintf(e->path, sizeof e->path, "%.400s/bench-%s-%d.journal", dir,
                   self->list.nation.code, (int)getpid());
    TRY(journal_sqlite_open(e->path, JOURNAL_CREATE, &e->journal, &fault));
    e->partner = other->list.nation;
    e->socket = socket;
    key_trust_fix(&other->list, &trust);
    keys_boot_make(self, other->list.nation, 1, &boot);
    seal_init(&e->seal, self, &trust, &boot);
    session_init(&e->session, self->list.nation, other->list.nation, &key);
    return session_boot(&e->session, &boot.open, now_of_day());
}

static void close_end(struct end *e)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    journal_close(e->journal);
    for (size_t i = 0; i < 3; i++) {
        char path[sizeof e->path + 8];
        (void)snprintf(path, sizeof path, "%s%s", e->path, suffixes[i]);
        (void)unlink(path);
    }
    free(e);
}

/* The n-th of the processors that this process may use, round and round; how many there are. */
static int take_processor(int n)
{
    cpu_set_t allowed;
    cpu_set_t own;
    CPU_ZERO(&own);
    (void)sched_getaffinity(0, sizeof allowed, &allowed);
    const int count = CPU_COUNT(&allowed);
    int wanted = count > 0 ? n % count : 0;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET((size_t)i, &allowed) && wanted-- == 0) {
            CPU_SET((size_t)i, &own);
        }
    }
    (void)sched_setaffinity(0, sizeof own, &own);
    return count > 1 ? 2 : 1;
}

/* The partner's process: until the owner hangs up. */
static int be_partner(const char *dir, const struct keys keys[2], int socket, struct told *told)
{
    struct end *e = calloc(1, sizeof *e);
    result r = e == NULL ? ERR_IO : open_end(dir, &keys[1], &keys[0], socket, e);
    (void)take_processor(1);
    while (r == OK && !e->is_over) {
        r = step(e);
        told->delivered = e->session.counters.received;
        told->busy_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    if (e != NULL) {
        close_end(e);
    }
    return r == OK || (e != NULL && told->delivered > 0) ? 0 : 1;
}

static result pass_records(struct end *e, const struct released_record *released, uint32_t count,
                           uint64_t records)
{
    double last_s = seconds(CLOCK_MONOTONIC);
    uint64_t last = 0;
    const struct ledger *l = &e->session.ledger;
    while (l->acknowledged < records) {
        while (l->last < records && l->last - l->acknowledged < AHEAD) {
            (void)session_append(&e->session, &released[l->last % count], now_of_day());
        }
        TRY(step(e));
        if (l->acknowledged > last) {
            last = l->acknowledged;
            last_s = seconds(CLOCK_MONOTONIC);
        }
        ENSURE(seconds(CLOCK_MONOTONIC) - last_s < PATIENCE_S, ERR_IO);
    }
    return OK;
}

/* The hellos. */
static result meet(struct end *e)
{
    const double begin_s = seconds(CLOCK_MONOTONIC);
    while (!e->session.open || !e->session.heard_us) {
        TRY(step(e));
        ENSURE(seconds(CLOCK_MONOTONIC) - begin_s < PATIENCE_S, ERR_IO);
    }
    return OK;
}

static result be_owner(struct end *e, const struct released_record *released, uint32_t count,
                       const struct told *told, struct bench_link *out)
{
    TRY(meet(e));
    const double begin_s = seconds(CLOCK_MONOTONIC);
    const double busy_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double partner_s = told->busy_s;
    e->sent_bytes = 0;
    TRY(pass_records(e, released, count, out->records));
    out->took_s = seconds(CLOCK_MONOTONIC) - begin_s;
    out->owner_busy_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - busy_s;
    out->partner_busy_s = told->busy_s - partner_s;
    out->delivered = told->delivered;
    out->acknowledged = e->session.ledger.acknowledged;
    out->bytes_per_record = (double)e->sent_bytes / (double)out->records;
    out->window_bytes = e->session.window.bytes;
    return OK;
}

result bench_link_run(const char *dir, const struct keys keys[2],
                      const struct released_record *released, uint32_t released_count,
                      uint64_t records, struct bench_link *out)
{
    int sockets[2];
    struct told *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ENSURE(told != MAP_FAILED, ERR_IO);
    ENSURE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0, ERR_IO);
    *out = (struct bench_link){.records = records};
    const pid_t child = fork();
    ENSURE(child >= 0, ERR_IO);
    if (child == 0) {
        (void)close(sockets[0]);
        _exit(be_partner(dir, keys, sockets[1], told));
    }
    (void)close(sockets[1]);
    struct end *e = calloc(1, sizeof *e);
    ENSURE(e != NULL, ERR_IO);
    result r = open_end(dir, &keys[0], &keys[1], sockets[0], e);
    out->processors = take_processor(0);
    r = r == OK ? be_owner(e, released, released_count, told, out) : r;
    (void)close(sockets[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    close_end(e);
    (void)munmap(told, sizeof *told);
    return r == OK && status != 0 ? ERR_IO : r;
}
