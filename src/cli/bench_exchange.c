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
#include "cli/bench_link.h"
#include "cli/quantile.h"
#include "node/keys.h"
#include "node/policy_file.h"
#include "share/release.h"

#define POLICY "data/policies/KOR.yaml"
#define FLOOR_LOOPS 1000
#define FLOOR_BYTES 512 /* as long as a record may be */
#define RELEASED 4096   /* records that are made, and passed again and again */
#define RECORDS 262144
#define TRACKS 32

struct bench {
    const char *dir;
    bool is_json;
    bool is_floor; /* and nothing else */
    struct instant now;
    struct keys keys[2]; /* of the owner and the partner */
    struct released_record released[RELEASED];
    double values[FLOOR_LOOPS];
    double sums[FLOOR_LOOPS]; /* of the floor: one turn of each loop, s */
};

static const char HELP[] =
    "watchfire bench exchange [--dir DIR] [--floor] [--json]\n"
    "What one partner's link carries with everything on, between two processes: the owner's end\n"
    "(ledger, session, sign, seal) and the partner's (open, verify, decode, session), each with a\n"
    "journal on the disk in front of what it sends. Records leave as soon as they may: what may "
    "be\n"
    "on the way, and when acknowledgements leave, is as between two nodes. The carrier is a local\n"
    "socket. Each end runs on a processor of its own if there are two; for both on one, start it\n"
    "with taskset -c 0.\n"
    "Beside it the floor, measured in the same run: bare loops of what cannot be left out.\n"
    "\n"
    "  --dir DIR   where journals are written and removed again (default: this folder)\n"
    "  --floor     the floor alone; with --json every sum of one turn of each loop, too\n"
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
    for (int i = 0; i < FLOOR_LOOPS; i++) {
        b->sums[i] += b->values[i];
    }
    const double p50 = 1e6 * quantile(b->values, FLOOR_LOOPS, 0.5);
    const double p99 = 1e6 * quantile(b->values, FLOOR_LOOPS, 0.99);
    const double most = 1e6 * quantile(b->values, FLOOR_LOOPS, 1.0);
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

static struct record make_record(struct instant time, struct nation_id owner, uint32_t number)
{
    struct record record = {.kind = RECORD_TRACK, .made = time, .event = {"AMBER-K100"}};
    record.label = (struct label){.owner = owner,
                                  .classification = CLASSIFICATION_SECRET,
                                  .releasable_count = 2,
                                  .releasable_to = {{.code = "JPN"}, {.code = "USA"}}};
    record.track = (struct track){.id = {number % TRACKS + 1},
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
    const struct nation_id partner = b->keys[1].list.nation;
    const struct digest_key key = keys_for_partner(&b->keys[0], partner);
    const double begin = clock_s();
    for (uint32_t i = 0; i < RELEASED; i++) {
        const uint32_t second = i / TRACKS;
        const struct instant time = instant_plus_s(b->now, second);
        const struct record record = make_record(time, b->keys[0].list.nation, i);
        const struct release_request request = {
            .policy = &policy, .to = partner, .key = &key, .now = time};
        struct release_decision decision;
        if (release_apply(&request, &record, &b->released[i], &decision) != OK) {
            (void)fail("a record is not released by " POLICY, "");
            return false;
        }
    }
    *release_us = 1e6 * (clock_s() - begin) / RELEASED;
    return true;
}

static int report(const struct bench *b, const struct bench_link *l, double release_us)
{
    const double records = (double)l->records;
    const bool all = l->acknowledged == l->records && l->delivered == l->records;
    (void)printf(
        b->is_json
            ? "\"records\":%llu,\"arrived\":%llu,\"acknowledged\":%llu,\"processors\":%d,"
              "\"records_per_s\":%.0f,\"owner_us\":%.2f,\"partner_us\":%.2f,\"release_us\":%.2f,"
              "\"bytes_per_record\":%.0f,\"window_bytes\":%u}\n"
            : "\n%llu records, %llu arrived, %llu acknowledged; two processes on %d processor(s)\n"
              "%.0f records/s, from the first record to the last acknowledgement\n"
              "  owner's end   %8.2f us of processor time a record\n"
              "  partner's end %8.2f us\n"
              "  release       %8.2f us, before that and not in it (policy, outer bound)\n"
              "  %.0f bytes a record on the carrier; in the end %u bytes might be on the way\n",
        (unsigned long long)l->records, (unsigned long long)l->delivered,
        (unsigned long long)l->acknowledged, l->processors, records / l->took_s,
        1e6 * l->owner_busy_s / records, 1e6 * l->partner_busy_s / records, release_us,
        l->bytes_per_record, l->window_bytes);
    return all ? 0 : 1;
}

static void tell_sums(struct bench *b)
{
    if (b->is_floor && b->is_json) {
        (void)printf("\"sums_us\":[");
        for (int i = 0; i < FLOOR_LOOPS; i++) {
            (void)printf("%s%.1f", i > 0 ? "," : "", 1e6 * b->sums[i]);
        }
        (void)printf("]}\n");
        return;
    }
    (void)printf(b->is_json ? "\"floor_us\":[%.1f,%.1f,%.1f],"
                            : "  sum      %10.1f %10.1f %10.1f us, without a carrier\n",
                 1e6 * quantile(b->sums, FLOOR_LOOPS, 0.5),
                 1e6 * quantile(b->sums, FLOOR_LOOPS, 0.99),
                 1e6 * quantile(b->sums, FLOOR_LOOPS, 1.0));
}

static int run(struct bench *b)
{
    double release_us = 0.0;
    struct bench_link link;
    (void)printf(b->is_json ? "{" : "floor           p50        p99        max\n");
    if (!floor_disk(b, "write")) {
        return fail("--dir: cannot be written: ", strerror(errno));
    }
    floor_signature(b);
    if (!floor_disk(b, "again")) {
        return fail("--dir: cannot be written: ", strerror(errno));
    }
    tell_sums(b);
    if (b->is_floor) {
        return 0;
    }
    (void)fflush(stdout); /* before there are two processes */
    if (!make_released(b, &release_us)) {
        return 2;
    }
    if (bench_link_run(b->dir, b->keys, b->released, RELEASED, RECORDS, &link) != OK) {
        return fail("a journal in --dir, or the link, failed", "");
    }
    return report(b, &link, release_us);
}

int bench_exchange(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);
    int status = b != NULL && keys_start() == OK ? 0 : fail("no memory", "");
    bool asked = false;
    for (int i = 1; status == 0 && i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            b->is_json = true;
        } else if (strcmp(argv[i], "--floor") == 0) {
            b->is_floor = true;
        } else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            b->dir = argv[++i];
        } else if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(HELP, stdout);
            asked = true;
        } else {
            status = fail(argv[i], ": expected --dir DIR, --floor or --json; see --help");
        }
    }
    if (status == 0 && !asked) {
        static const char start[] = "2026-01-01T00:00:00Z";
        b->dir = b->dir != NULL ? b->dir : ".";
        status = utc_parse(start, sizeof start - 1, &b->now) == OK ? 0 : 2;
        keys_derive(1, (struct nation_id){.code = "KOR"}, &b->keys[0]);
        keys_derive(1, (struct nation_id){.code = "JPN"}, &b->keys[1]);
        status = status == 0 ? run(b) : status;
    }
    free(b);
    return status;
}
