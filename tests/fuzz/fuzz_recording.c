/* Any file as a recorded flight: what is read are samples in order of time and within bounds, and
 * whoever flies it is somewhere at any time of it; what is refused says where. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "cli/recording_file.h"
#include "fuzz_file.h"
#include "sim/recording.h"

#define UNTIL_S 500.0
#define LOOKS 8

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

static void fly(const struct scenario_recording *samples)
{
    static struct recording flight;
    const struct geo_geodetic site = {0.7, 2.2, 100.0};
    const double last_s = samples->time_s[samples->sample_count - 1];
    recording_init(&flight, samples, site, 1.5);
    for (int i = 0; i <= LOOKS; i++) {
        struct motion_state state;
        const result flown = recording_state(&flight, last_s * i / LOOKS, &state);
        FUZZ_CHECK(flown == OK || flown == ERR_NUMERIC);
        for (int k = 0; flown == OK && k < 6; k++) {
            FUZZ_CHECK(isfinite(state.x[k]));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scenario_recording samples;
    char message[YAML_MESSAGE_SIZE] = "";
    memset(&samples, 0, sizeof samples);
    const char *path = fuzz_file(data, size);
    const result read = recording_file_read(path, UNTIL_S, &samples, message);
    if (read != OK) {
        FUZZ_CHECK(read == ERR_FORMAT || read == ERR_FULL);
        FUZZ_CHECK(memcmp(message, path, strlen(path)) == 0 && is_printable(message));
        return 0;
    }
    FUZZ_CHECK(samples.sample_count >= 5 && samples.sample_count <= SCENARIO_SAMPLES_MAX);
    FUZZ_CHECK(samples.time_s[0] == 0.0);
    for (uint32_t i = 0; i < samples.sample_count; i++) {
        FUZZ_CHECK(i == 0 || samples.time_s[i] > samples.time_s[i - 1]);
        FUZZ_CHECK(samples.time_s[i] <= UNTIL_S);
        FUZZ_CHECK(samples.height_m[i] >= -500.0 && samples.height_m[i] <= 1e8);
        FUZZ_CHECK(samples.path_m[i] >= 0.0 && samples.path_m[i] <= 1e8);
    }
    fly(&samples);
    return 0;
}
