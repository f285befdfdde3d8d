/* Datagrams of sensors, one after the other: the first byte of each says how long it is (in steps
 * of four bytes) and whether it holds lines or ASTERIX. Whatever they are, the queue stays within
 * its bound, a scan is of one sensor and one instant near now, and nothing is lost uncounted. */
#include "fuzz.h"

#include <malloc.h>
#include <string.h>

#include "node/ingest.h"

static const struct sensor sensors[] = {{.id = {"K1"},
                                         .kind = SENSOR_RADAR,
                                         .place = {0.654, 2.216, 100.0},
                                         .sigma_range_m = 20.0,
                                         .sigma_azimuth_rad = 1e-3,
                                         .sigma_elevation_rad = 1e-3},
                                        {.id = {"25-201"},
                                         .kind = SENSOR_RADAR,
                                         .place = {0.78, 0.28, 300.0},
                                         .sigma_range_m = 70.0,
                                         .sigma_azimuth_rad = 1e-3,
                                         .sigma_elevation_rad = 4e-3}};
#define SENSORS 2
static const struct instant now = {1689123760000000000}; /* 2023-07-12, about 01:02 */
static uint32_t told;

static void tell(void *context, const char *text)
{
    (void)context;
    FUZZ_CHECK(strlen(text) < INGEST_TEXT_SIZE && strchr(text, '\n') == NULL);
    told++;
}

static uint32_t take_all(struct ingest *in)
{
    static struct observation scan[LIMIT_SCAN];
    uint32_t taken = 0;
    for (uint32_t count = ingest_take(in, scan); count > 0; count = ingest_take(in, scan)) {
        FUZZ_CHECK(count <= LIMIT_SCAN);
        for (uint32_t i = 0; i < count; i++) {
            const double ahead_s = instant_since_s(scan[i].validity, now);
            FUZZ_CHECK(sensor_id_equal(scan[i].sensor, scan[0].sensor));
            FUZZ_CHECK(instant_equal(scan[i].validity, scan[0].validity));
            FUZZ_CHECK(ahead_s <= INGEST_FUTURE_S && ahead_s >= -INGEST_OLD_S);
            FUZZ_CHECK(observation_check(&scan[i]) == OK);
        }
        taken += count;
    }
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ingest_options options = {
        .sensors = sensors, .sensor_count = SENSORS, .tell = tell};
    struct ingest *in = NULL;
    /* Fresh pages are zero already; what the allocator keeps it would clear each time. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 16);
    FUZZ_CHECK(ingest_open(&options, &in) == OK);
    told = 0;
    while (size > 0) {
        const size_t wanted = 4 * (size_t)(data[0] >> 1);
        const struct bytes datagram = {data + 1, wanted < size - 1 ? wanted : size - 1};
        if ((data[0] & 1) != 0) {
            ingest_asterix(in, "udp", datagram, now);
        } else {
            ingest_lines(in, "udp", datagram, now);
        }
        data += 1 + datagram.size;
        size -= 1 + datagram.size;
    }
    FUZZ_CHECK(told <= INGEST_REFUSALS); /* each reason once in ten seconds */
    const uint32_t waiting = ingest_waiting(in);
    FUZZ_CHECK(waiting <= INGEST_QUEUE_MAX);
    FUZZ_CHECK(ingest_sensor(in, 0)->taken + ingest_sensor(in, 1)->taken == waiting);
    FUZZ_CHECK(take_all(in) == waiting && ingest_waiting(in) == 0);
    ingest_close(in);
    return 0;
}
