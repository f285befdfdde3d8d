#include "cli/bench_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "cli/quantile.h"
#include "engine/event.h"
#include "journal/journal_sqlite.h"
#include "link/link_memory.h"
#include "node/input.h"
#include "node/keys.h"
#include "node/policy_file.h"
#include "node/seal.h"
#include "share/release.h"
#include "share/session.h"

#define POLICY "data/policies/KOR.yaml"
#define FLOOR_LOOPS 1000
#define FLOOR_BYTES 512 /* as long as a record may be */
#define SECONDS 20      /* of the link's time, not of the wall's */
#define STEPS 8         /* a second, each with a commit at both ends */
#define STEP_RECORDS 64
#define RECORDS (SECONDS * STEPS * STEP_RECORDS)
#define SETTLE_S 20
#define MESSAGE_SIZE 1024

struct end {
    struct nation_id nation;
    struct session session;
    struct seal seal;
    struct keys keys;
    struct journal *journal;
    uint64_t position;
    uint64_t delivered;
    double busy_s;
};

struct bench {
    const char *dir;
    bool is_json;
    struct instant now;
    struct link_memory *link;
    struct end ends[2];
    struct released_record *released;
    struct session_delivery delivery;
    uint8_t plain[FRAME_BYTES_MAX];
    uint8_t sealed[SEAL_FRAME_BYTES_MAX];
    uint8_t opened[SEAL_FRAME_BYTES_MAX];
    uint8_t input[INPUT_BYTES_MAX];
    double values[FLOOR_LOOPS];
    double sum_us[3]; /* of the floor: p50, p99, max */
};

static const char HELP[] =
    "watchfire bench exchange [--dir DIR] [--json]\n"
    "What one partner's link carries with everything on, in one process and on one processor: the\n"
    "owner's end (ledger, batch, sign, seal) and the partner's (open, verify, decode, journal,\n"
    "commit, acknowledge), each with a journal on the disk; the carrier is memory. Time on the\n"
    "link is simulated and runs as fast as the processor goes; so this is what a processor can\n"
    "do, not what the 256 KiB that may be on the way let through in a second.\n"
    "Beside it the floor, measured in the same run: bare loops of what cannot be left out.\n"
    "\n"
    "  --dir DIR   where journals are written and removed again (default: this folder)\n"
    "  --json      one JSON object\n";

static double clock_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const char *text, const char *more)
{
    (void)fprintf(stderr, "watchfire bench exchange: %s%s\n", text, more);
    return 2;
}

/* The floor. */

static void tell_floor(struct bench *b, const char *name)
{
    const double p50 = 1e6 * quantile(b->values, FLOOR_LOOPS, 0.5);
    const double p99 = 1e6 * quantile(b->values, FLOOR_LOOPS, 0.99);
    const double most = 1e6 * quantile(b->values, FLOOR_LOOPS, 1.0);
    b->sum_us[0] += p50;
    b->sum_us[1] += p99;
    b->sum_us[2] += most;
    (void)printf(b->is_json ? "\"%s_us\":[%.1f,%.1f,%.1f]," : "  %-8s %10.1f %10.1f %10.1f us\n",
                 name, p50, p99, most);
}

static bool floor_disk(struct bench *b, const char *name)
{
    char path[512];
    uint8_t data[FLOOR_BYTES] = {0};
    (void)snprintf(path, sizeof path, "%.400s/bench-floor", b->dir);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    bool good = fd >= 0;
    for (int i = 0; good && i < FLOOR_LOOPS; i++) {
        const double begin = clock_s();
        good = write(fd, data, sizeof data) == (ssize_t)sizeof data && fdatasync(fd) == 0;
        b->values[i] = clock_s() - begin;
    }
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    if (good) {
        tell_floor(b, name);
    }
    return good;
}

static void floor_signature(struct bench *b)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t message[FLOOR_BYTES] = {0};
    uint8_t signature[crypto_sign_BYTES];
    double verify_s[FLOOR_LOOPS];
    crypto_sign_keypair(public, secret);
    bool good = true;
    for (int i = 0; i < FLOOR_LOOPS; i++) {
        message[i % FLOOR_BYTES]++;
        const double begin = clock_s();
        (void)crypto_sign_detached(signature, NULL, message, sizeof message, secret);
        const double middle = clock_s();
        good &= crypto_sign_verify_detached(signature, message, sizeof message, public) == 0;
        b->values[i] = middle - begin;
        verify_s[i] = clock_s() - middle;
    }
    tell_floor(b, "sign");
    memcpy(b->values, verify_s, sizeof b->values);
    tell_floor(b, good ? "verify" : "verify failed");
}

/* Two ends and a link. */

static struct record make_record(struct instant time, struct nation_id owner, uint32_t number)
{
    struct record record = {.kind = RECORD_TRACK, .made = time, .event = {"AMBER-K100"}};
    record.label = (struct label){.owner = owner,
                                  .classification = CLASSIFICATION_SECRET,
                                  .releasable_count = 2,
                                  .releasable_to = {{.code = "JPN"}, {.code = "USA"}}};
    record.track = (struct track){.id = {number % 32 + 1},
                                  .owner = owner,
                                  .status = STATUS_FIRM,
                                  .phase = PHASE_COAST,
                                  .phase_probability = 0.97,
                                  .time = time,
                                  .first_detection = instant_plus_s(time, -60.25),
                                  .last_measurement = instant_plus_s(time, -0.25),
                                  .span_from = instant_plus_s(time, -30.25),
                                  .end_of_thrust = instant_plus_s(time, -31.5),
                                  .position = {4.1e6, 4.0e6, 3.6e6},
                                  .velocity = {1000.0, -3000.0 - (double)number, 2000.0},
                                  .measurement_count = 60};
    for (int i = 0; i < 6; i++) {
        record.track.covariance[i * 7] = i < 3 ? 1e4 * (i + 1) : 25.0;
    }
    return record;
}

static bool make_released(struct bench *b, double *release_us)
{
    struct policy policy;
    char message[YAML_MESSAGE_SIZE] = "";
    if (policy_file_read(POLICY, &policy, message) != OK) {
        (void)fail(message, "; run it in the folder of the sources");
        return false;
    }
    const struct nation_id partner = b->ends[1].nation;
    const struct digest_key key = keys_for_partner(&b->ends[0].keys, partner);
    const double begin = clock_s();
    for (uint32_t i = 0; i < RECORDS; i++) {
        const struct instant time = instant_plus_s(b->now, (double)(i / (STEPS * STEP_RECORDS)));
        const struct record record = make_record(time, b->ends[0].nation, i);
        const struct release_request request = {
            .policy = &policy, .to = partner, .key = &key, .now = time};
        struct release_decision decision;
        if (release_apply(&request, &record, &b->released[i], &decision) != OK) {
            (void)fail("a record is not released by " POLICY, "");
            return false;
        }
    }
    *release_us = 1e6 * (clock_s() - begin) / RECORDS;
    return true;
}

static void journal_path(const struct bench *b, int which, const char *suffix, char out[512])
{
    (void)snprintf(out, 512, "%.400s/bench-%s.journal%s", b->dir, b->ends[which].nation.code,
                   suffix);
}

static void remove_journals(struct bench *b)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (int e = 0; e < 2; e++) {
        journal_close(b->ends[e].journal);
        for (size_t i = 0; i < 3; i++) {
            char path[512];
            journal_path(b, e, suffixes[i], path);
            (void)unlink(path);
        }
    }
}

static result open_end(struct bench *b, int which)
{
    struct end *e = &b->ends[which];
    const struct end *other = &b->ends[1 - which];
    struct key_trust trust;
    struct keys_boot boot;
    char path[512];
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    const struct digest_key key = keys_for_partner(&e->keys, other->nation);
    journal_path(b, which, "", path);
    TRY(journal_sqlite_open(path, JOURNAL_CREATE, &e->journal, &fault));
    key_trust_fix(&other->keys.list, &trust);
    keys_boot_make(&e->keys, other->nation, 1, &boot);
    seal_init(&e->seal, &e->keys, &trust, &boot);
    session_init(&e->session, e->nation, other->nation, &key);
    return session_boot(&e->session, &boot.open, b->now);
}

static result send_all(struct bench *b, uint32_t which)
{
    struct end *e = &b->ends[which];
    enum frame_lane lane = LANE_LIVE;
    struct byte_writer plain = {b->plain, sizeof b->plain, 0};
    while (session_next_frame(&e->session, b->now, &lane, &plain)) {
        uint8_t signature[KEYS_SIGNATURE_BYTES];
        struct byte_writer sealed = {b->sealed, sizeof b->sealed, 0};
        if (seal_close(&e->seal, byte_writer_written(&plain), lane, b->now, &sealed, signature) ==
            OK) {
            TRY(link_memory_send(b->link, which, 1 - which, (uint32_t)lane,
                                 byte_writer_written(&sealed), b->now));
        }
        plain.size = 0;
    }
    return OK;
}

static result receive(struct bench *b, const struct link_delivery *d)
{
    static const uint8_t no_effects[32] = {0};
    struct end *e = &b->ends[d->to];
    struct seal_opened opened;
    struct byte_writer input = {b->input, sizeof b->input, 0};
    seal_open(&e->seal, d->data, b->now, b->opened, sizeof b->opened, &opened);
    ENSURE(opened.refusal == REFUSED_NONE, ERR_SIGNATURE);
    const struct event event = {.kind = EVENT_FRAME,
                                .time = b->now,
                                .partner = b->ends[d->from].nation,
                                .frame = opened.plain};
    TRY(input_encode(&event, opened.signature, &input));
    e->position++;
    TRY(journal_append(e->journal, e->position, b->now, byte_writer_written(&input),
                       (struct bytes){no_effects, sizeof no_effects}));
    session_receive(&e->session, opened.plain, e->position, b->now, &b->delivery);
    e->delivered += b->delivery.count;
    return OK;
}

/* What one end does in a step; its time is its own. */
static result step(struct bench *b, uint32_t which)
{
    struct end *e = &b->ends[which];
    struct link_delivery d;
    const double begin = clock_s();
    TRY(send_all(b, which));
    e->busy_s += clock_s() - begin;
    while (link_memory_next(b->link, b->now, &d)) {
        struct end *to = &b->ends[d.to];
        const double start = clock_s();
        TRY(receive(b, &d));
        to->busy_s += clock_s() - start;
    }
    for (int i = 0; i < 2; i++) {
        struct end *one = &b->ends[i];
        const double start = clock_s();
        TRY(journal_commit(one->journal));
        session_committed(&one->session, one->position, b->now);
        one->busy_s += clock_s() - start;
    }
    return OK;
}

static result pass(struct bench *b, uint32_t first, uint32_t count)
{
    struct end *owner = &b->ends[0];
    const double begin = clock_s();
    for (uint32_t i = 0; i < count; i++) {
        (void)session_append(&owner->session, &b->released[first + i], b->now);
    }
    owner->busy_s += clock_s() - begin;
    TRY(step(b, 0));
    TRY(step(b, 1));
    b->now = instant_plus_s(b->now, 1.0 / STEPS);
    return OK;
}

static result measure(struct bench *b, double *took_s, double *latest_s)
{
    for (int i = 0; i < 2 * STEPS; i++) { /* the hellos */
        TRY(pass(b, 0, 0));
    }
    b->ends[0].busy_s = 0.0;
    b->ends[1].busy_s = 0.0;
    const double begin = clock_s();
    uint32_t step_number = 0;
    for (; step_number < SECONDS * STEPS; step_number++) {
        TRY(pass(b, step_number * STEP_RECORDS, STEP_RECORDS));
    }
    for (; step_number < (SECONDS + SETTLE_S) * STEPS &&
           b->ends[0].session.ledger.acknowledged < RECORDS;
         step_number++) {
        TRY(pass(b, 0, 0));
    }
    *took_s = clock_s() - begin;
    *latest_s = (double)step_number / STEPS - SECONDS;
    return OK;
}

static int report(struct bench *b, double took_s, double latest_s, double release_us)
{
    const struct end *e = b->ends;
    const uint64_t acknowledged = e[0].session.ledger.acknowledged;
    const bool all = acknowledged == RECORDS && e[1].delivered == RECORDS;
    const double wire = (double)link_memory_counters(b->link, 0, 1)->bytes / RECORDS;
    (void)printf(
        b->is_json
            ? "\"records\":%d,\"arrived\":%llu,\"acknowledged\":%llu,\"settled_s\":%.1f,"
              "\"records_per_s\":%.0f,\"owner_us\":%.2f,\"partner_us\":%.2f,\"release_us\":%.2f,"
              "\"bytes_per_record\":%.0f}\n"
            : "\n%d records, %llu arrived, %llu acknowledged, the last %.1f s of the link's time "
              "later\n%.0f records/s on one processor, both ends together\n"
              "  owner's end   %8.2f us a record\n  partner's end %8.2f us a record\n"
              "  release       %8.2f us a record, before that (policy, outer bound)\n"
              "  %.0f bytes a record on the carrier\n",
        RECORDS, (unsigned long long)e[1].delivered, (unsigned long long)acknowledged, latest_s,
        RECORDS / took_s, 1e6 * e[0].busy_s / RECORDS, 1e6 * e[1].busy_s / RECORDS, release_us,
        wire);
    return all ? 0 : 1;
}

static int run(struct bench *b)
{
    double release_us = 0.0;
    double took_s = 0.0;
    double latest_s = 0.0;
    (void)printf(b->is_json ? "{" : "floor           p50        p99        max\n");
    if (!floor_disk(b, "write")) {
        return fail("--dir: cannot be written: ", strerror(errno));
    }
    floor_signature(b);
    if (!floor_disk(b, "again")) {
        return fail("--dir: cannot be written: ", strerror(errno));
    }
    (void)printf(b->is_json ? "\"floor_us\":[%.1f,%.1f,%.1f],"
                            : "  sum      %10.1f %10.1f %10.1f us, without a carrier\n",
                 b->sum_us[0], b->sum_us[1], b->sum_us[2]);
    if (!make_released(b, &release_us)) {
        return 2;
    }
    remove_journals(b);
    const bool good = link_memory_open(2, 1, &b->link) == OK && open_end(b, 0) == OK &&
                      open_end(b, 1) == OK && measure(b, &took_s, &latest_s) == OK;
    const int status = good ? report(b, took_s, latest_s, release_us)
                            : fail("a journal in --dir, or the link, failed", "");
    remove_journals(b);
    link_memory_close(b->link);
    return status;
}

int bench_exchange(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);
    struct released_record *released = calloc(RECORDS, sizeof *released);
    int status = b != NULL && released != NULL && keys_start() == OK ? 0 : fail("no memory", "");
    bool asked = false;
    for (int i = 1; status == 0 && i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            b->is_json = true;
        } else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            b->dir = argv[++i];
        } else if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(HELP, stdout);
            asked = true;
        } else {
            status = fail(argv[i], ": expected --dir DIR or --json; see --help");
        }
    }
    if (status == 0 && !asked) {
        static const char start[] = "2026-01-01T00:00:00Z";
        b->dir = b->dir != NULL ? b->dir : ".";
        b->released = released;
        status = utc_parse(start, sizeof start - 1, &b->now) == OK ? 0 : 2;
        b->ends[0].nation = (struct nation_id){.code = "KOR"};
        b->ends[1].nation = (struct nation_id){.code = "JPN"};
        keys_derive(1, b->ends[0].nation, &b->ends[0].keys);
        keys_derive(1, b->ends[1].nation, &b->ends[1].keys);
        status = status == 0 ? run(b) : status;
    }
    free(released);
    free(b);
    return status;
}
