#include "node/sensor_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "formats/observation_line.h"
#include "node/regular_file.h"

struct reading {
    const char *path;
    uint32_t line;
    char *message;
};

static result refuse(const struct reading *r, result why, const char *text)
{
    (void)snprintf(r->message, SENSOR_FILE_MESSAGE_SIZE, "%.300s:%u: %s", r->path, r->line, text);
    return why;
}

static result take_line(const struct reading *r, const char *text, struct sensor *out,
                        uint32_t *count)
{
    const size_t size = strlen(text);
    if (strspn(text, " \t\r\n") == size) {
        return OK;
    }
    if (size > 0 && text[size - 1] != '\n' && size >= OBSERVATION_LINE_TEXT_SIZE - 1) {
        return refuse(r, ERR_FORMAT, "expected a line of at most 2,000 bytes");
    }
    struct observation_line line;
    struct fault fault;
    const struct bytes bytes = {(const uint8_t *)text, size};
    const result read = observation_line_read(bytes, out, *count, &line, &fault);
    if (read == ERR_FULL) {
        return refuse(r, ERR_FULL, "there is no memory to read it");
    }
    if (read != OK) {
        char why[FAULT_TEXT_SIZE];
        return refuse(r, ERR_FORMAT, fault_text(&fault, why));
    }
    if (line.type != OBSERVATION_LINE_SENSOR) {
        return refuse(r, ERR_FORMAT, "expected lines of sensors only, found an observation");
    }
    if (*count == LIMIT_SENSORS) {
        char why[80];
        (void)snprintf(why, sizeof why, "expected at most %d sensors, found another",
                       LIMIT_SENSORS);
        return refuse(r, ERR_FULL, why);
    }
    out[*count] = line.sensor;
    (*count)++;
    return OK;
}

result sensor_file_read(const char *path, struct sensor out[LIMIT_SENSORS], uint32_t *count,
                        char message[SENSOR_FILE_MESSAGE_SIZE])
{
    struct reading r = {.path = path, .message = message};
    FILE *stream = regular_file_stream(path);
    char text[OBSERVATION_LINE_TEXT_SIZE];
    result status = OK;
    *count = 0;
    while (stream != NULL && status == OK && fgets(text, sizeof text, stream) != NULL) {
        r.line++;
        status = take_line(&r, text, out, count);
    }
    if (stream == NULL || ferror(stream) != 0) {
        (void)snprintf(message, SENSOR_FILE_MESSAGE_SIZE,
                       "%.300s: %s; expected a file of sensor lines", path, strerror(errno));
        status = ERR_IO;
    }
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return status;
}
