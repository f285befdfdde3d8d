/* A long watch in a short time: a node's engine and journal, fed with observations as fast as they
 * go, on simulated time. What it leaves behind is the journal of a node that watched so long and
 * was killed ten seconds after its last snapshot.
 *
 *   day NODE.yaml HOURS OBSERVATIONS_A_SECOND
 *
 * Time begins where the journal ends, or now. The observations are plots of nothing, anywhere in
 * the volume of the radars in turn; partners are not there. A node commits when the disk is free,
 * this one once a second. Prints a line of JSON each simulated hour, and at the end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/random.h"
#include "node/node_open.h"

#define SCANS_A_SECOND 8
#define TAIL_S 10
#define HOUR_S 3600

static void tell(void *context, const char *text)
{
    (void)context;
    (void)fprintf(stderr, "%s\n", text);
}

static void stop(const char *what, result why)
{
    (void)fprintf(stderr, "day: %s: %s\n", what, result_text(why));
    exit(1);
}

static void must(const char *what, result r)
{
    if (r != OK) {
        stop(what, r);
    }
}

static uint32_t look(struct node *node, struct random *r, uint32_t number, uint32_t count,
                     struct instant now)
{
    const struct sensor *sensor = &node->config.sensors[number % node->config.sensor_count];
    for (uint32_t i = 0; i < count; i++) {
        struct observation *o = &node->scan[i];
        memset(o, 0, sizeof *o);
        o->sensor = sensor->id;
        o->kind = SENSOR_RADAR;
        o->validity = now;
        o->receipt = now;
        o->radar.polar = (struct geo_polar){.range_m = 100e3 + 1400e3 * random_uniform(r),
                                            .azimuth_rad = 6.283 * random_uniform(r),
                                            .elevation_rad = 0.035 + 1.36 * random_uniform(r)};
    }
    must("a scan", performer_scan(node->performer, node->scan, count, now));
    return count;
}

/* Ticks that are due up to `now`, each at its time. */
static void tick_until(struct node *node, struct instant now)
{
    for (;;) {
        const struct instant next = performer_next_time(node->performer);
        if (instant_is_set(next) && instant_before(now, next)) {
            return;
        }
        const struct instant when = instant_is_set(next) ? next : now;
        must("a tick", performer_tick_in_parts(node->performer, when));
    }
}

static double process_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void report(const struct node *node, int seconds, uint64_t observations)
{
    struct stat about;
    const char *path = node->options.file->journal;
    const long long bytes = stat(path, &about) == 0 ? (long long)about.st_size : -1;
    printf("{\"simulated_s\":%d,\"observations\":%" PRIu64 ",\"inputs\":%" PRIu64
           ",\"journal_bytes\":%lld,\"processor_s\":%.1f}\n",
           seconds, observations, performer_engine(node->performer)->position, bytes, process_s());
    (void)fflush(stdout);
}

static void watch(struct node *node, int seconds, uint32_t rate)
{
    struct random r;
    uint64_t observations = 0;
    struct instant now = node->started;
    random_init(&r, 1, 1);
    for (int s = 1; s <= seconds; s++) {
        for (uint32_t i = 0; i < SCANS_A_SECOND; i++) {
            now = instant_plus(now, (struct duration){NS_PER_S / SCANS_A_SECOND});
            tick_until(node, now);
            observations += look(node, &r, i, rate / SCANS_A_SECOND, now);
        }
        const bool keeps = s == seconds - TAIL_S;
        must("a copy", keeps ? performer_snapshot_take(node->performer) : OK);
        must("a commit", performer_commit(node->performer, now));
        must("a snapshot",
             keeps ? performer_snapshot_write(node->performer, node->options.file->journal) : OK);
        if (s % HOUR_S == 0 || s == seconds) {
            report(node, s, observations);
        }
    }
}

int main(int argc, char **argv)
{
    static struct node_file file;
    static struct node node;
    char message[NODE_MESSAGE_SIZE] = "";
    if (argc != 4) {
        (void)fprintf(stderr, "usage: day NODE.yaml HOURS OBSERVATIONS_A_SECOND\n");
        return 2;
    }
    const int seconds = (int)(strtod(argv[2], NULL) * HOUR_S);
    const uint32_t rate = (uint32_t)strtoul(argv[3], NULL, 10);
    if (seconds <= TAIL_S || rate / SCANS_A_SECOND > LIMIT_SCAN ||
        node_file_read(argv[1], &file, message) != OK) {
        (void)fprintf(stderr, "day: %s\n", message[0] != '\0' ? message : "too short, or too many");
        return 2;
    }
    node.options = (struct node_options){.file = &file, .tell = tell};
    node.floor = INSTANT_UNSET;
    const struct performer_shell shell = {.context = &node};
    if (node_open_engine(&node, &shell, message) != OK) {
        (void)fprintf(stderr, "day: %s\n", message);
        return 2;
    }
    watch(&node, seconds, rate);
    performer_close(node.performer);
    journal_close(node.disk.journal);
    key_folder_close(node.folder);
    return 0;
}
