#include "fuzz.h"

#include <string.h>

#include "base/elementary.h"
#include "formats/observation_line.h"

/* What is read can be written, and reading that gives the same again. */
static void check_again(const struct observation_line *line, const struct sensor *declared,
                        uint32_t count)
{
    char text[OBSERVATION_LINE_TEXT_SIZE];
    struct observation_line again;
    struct fault fault;
    const bool is_sensor = line->type == OBSERVATION_LINE_SENSOR;
    const result written = is_sensor ? observation_line_write_sensor(&line->sensor, text)
                                     : observation_line_write(&line->observation, text);
    if (written != OK) {
        /* An angle at the very edge can be a bit beyond it when it is turned back into degrees. */
        FUZZ_CHECK(written == ERR_RANGE);
        return;
    }
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    FUZZ_CHECK(observation_line_read(bytes, declared, count, &again, &fault) == OK);
    FUZZ_CHECK(again.type == line->type);
    if (is_sensor) {
        FUZZ_CHECK(sensor_id_equal(again.sensor.id, line->sensor.id));
        return;
    }
    const struct observation *o = &line->observation;
    FUZZ_CHECK(instant_equal(again.observation.validity, o->validity));
    if (o->kind == SENSOR_RADAR) {
        FUZZ_CHECK(again.observation.radar.polar.range_m == o->radar.polar.range_m);
        FUZZ_CHECK(o->radar.polar.azimuth_rad >= 0.0 && o->radar.polar.azimuth_rad < 2.0 * PI);
    }
}

/* A file of lines, as `assess` reads it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sensor declared[4];
    uint32_t count = 0;
    for (size_t at = 0; at < size;) {
        const uint8_t *feed = memchr(data + at, '\n', size - at);
        const size_t end = feed != NULL ? (size_t)(feed - data) : size;
        struct observation_line line;
        struct fault fault = {0};
        const struct bytes text = {data + at, end - at};
        const result read = observation_line_read(text, declared, count, &line, &fault);
        if (read == OK && line.type == OBSERVATION_LINE_SENSOR) {
            FUZZ_CHECK(sensor_check(&line.sensor) == OK);
            check_again(&line, declared, count);
            if (count < 4) {
                declared[count] = line.sensor;
                count++;
            }
        } else if (read == OK) {
            FUZZ_CHECK(observation_check(&line.observation) == OK);
            check_again(&line, declared, count);
        } else {
            FUZZ_CHECK(read != ERR_FULL && fault.offset <= text.size);
            FUZZ_CHECK(fault.where[0] != '\0' && fault.expected[0] != '\0');
        }
        at = end + 1;
    }
    return 0;
}
