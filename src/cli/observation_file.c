#include "cli/observation_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "formats/observation_line.h"

#define ROWS_FIRST 1024

/* The file while it is being read. */
struct reading {
    const char *path;
    char *message;
    uint32_t line;
    uint32_t capacity;
    struct instant latest;
    struct observation_file file;
};

static result fail(struct reading *r, result why, const char *text)
{
    (void)snprintf(r->message, OBSERVATION_FILE_MESSAGE_SIZE, "%.300s:%u: %s", r->path, r->line,
                   text);
    return why;
}

static result add_sensor(struct reading *r, const struct sensor *sensor)
{
    if (r->file.sensor_count == LIMIT_SENSORS) {
        char text[80];
        (void)snprintf(text, sizeof text, "expected at most %d sensors, found another",
                       LIMIT_SENSORS);
        return fail(r, ERR_FULL, text);
    }
    r->file.sensors[r->file.sensor_count] = *sensor;
    r->file.sensor_count++;
    return OK;
}

static result make_room(struct reading *r)
{
    if (r->file.row_count < r->capacity) {
        return OK;
    }
    if (r->capacity >= OBSERVATION_FILE_ROWS_MAX) {
        char text[80];
        (void)snprintf(text, sizeof text, "expected at most %d observations, found another",
                       OBSERVATION_FILE_ROWS_MAX);
        return fail(r, ERR_FULL, text);
    }
    uint32_t capacity = r->capacity == 0 ? ROWS_FIRST : 2 * r->capacity;
    capacity = capacity > OBSERVATION_FILE_ROWS_MAX ? OBSERVATION_FILE_ROWS_MAX : capacity;
    struct observation_row *grown = realloc(r->file.rows, capacity * sizeof *grown);
    if (grown == NULL) {
        return fail(r, ERR_FULL, "there is no memory for more observations");
    }
    r->file.rows = grown;
    r->capacity = capacity;
    return OK;
}

static result add_observation(struct reading *r, const struct observation *o)
{
    if (instant_is_set(r->latest) &&
        instant_since_s(r->latest, o->validity) > OBSERVATION_FILE_LATE_S) {
        char text[200];
        char found[UTC_TEXT_SIZE];
        char latest[UTC_TEXT_SIZE];
        (void)snprintf(text, sizeof text,
                       "\"time\": expected no more than %d s before %s of a line before, found %s",
                       OBSERVATION_FILE_LATE_S, utc_format(r->latest, 3, latest),
                       utc_format(o->validity, 3, found));
        return fail(r, ERR_FORMAT, text);
    }
    TRY(make_room(r));
    r->file.rows[r->file.row_count] = (struct observation_row){*o, r->line};
    r->file.row_count++;
    if (!instant_is_set(r->latest) || instant_before(r->latest, o->validity)) {
        r->latest = o->validity;
    }
    return OK;
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r') {
            return false;
        }
    }
    return true;
}

static result take_line(struct reading *r, struct bytes text)
{
    if (is_blank(text)) {
        return OK;
    }
    struct observation_line line;
    struct fault fault;
    const result read =
        observation_line_read(text, r->file.sensors, r->file.sensor_count, &line, &fault);
    if (read != OK && read != ERR_FULL) {
        char why[FAULT_TEXT_SIZE];
        return fail(r, ERR_FORMAT, fault_text(&fault, why));
    }
    if (read != OK) {
        return fail(r, read, "there is no memory to read it");
    }
    return line.type == OBSERVATION_LINE_SENSOR ? add_sensor(r, &line.sensor)
                                                : add_observation(r, &line.observation);
}

/* A line without its line feed into `text`; one byte more than is allowed is enough to refuse it.
 * False at the end of the file. */
static bool next_line(FILE *stream, uint8_t text[OBSERVATION_LINE_BYTES_MAX + 1], size_t *size)
{
    int c = feof(stream) || ferror(stream) ? EOF : getc(stream);
    if (c == EOF) {
        return false;
    }
    *size = 0;
    while (c != EOF && c != '\n' && *size <= OBSERVATION_LINE_BYTES_MAX) {
        text[*size] = (uint8_t)c;
        (*size)++;
        c = *size <= OBSERVATION_LINE_BYTES_MAX ? getc(stream) : EOF;
    }
    return true;
}

static result read_stream(struct reading *r, FILE *stream)
{
    static uint8_t text[OBSERVATION_LINE_BYTES_MAX + 1];
    size_t size = 0;
    while (next_line(stream, text, &size)) {
        r->line++;
        TRY(take_line(r, (struct bytes){text, size}));
    }
    if (ferror(stream) != 0) {
        (void)snprintf(r->message, OBSERVATION_FILE_MESSAGE_SIZE,
                       "%.300s: %s after line %u; expected a file of observation lines", r->path,
                       strerror(errno), r->line);
        return ERR_IO;
    }
    return OK;
}

static int by_time(const void *a, const void *b)
{
    const struct observation_row *x = a;
    const struct observation_row *y = b;
    const int64_t x_ns = x->observation.validity.tai_ns;
    const int64_t y_ns = y->observation.validity.tai_ns;
    if (x_ns != y_ns) {
        return x_ns < y_ns ? -1 : 1;
    }
    const int sensors = strcmp(x->observation.sensor.text, y->observation.sensor.text);
    if (sensors != 0) {
        return sensors;
    }
    return x->line < y->line ? -1 : 1;
}

result observation_file_read(const char *path, struct observation_file *out,
                             char message[OBSERVATION_FILE_MESSAGE_SIZE])
{
    const bool is_input = strcmp(path, "-") == 0;
    FILE *stream = is_input ? stdin : fopen(path, "rb");
    if (stream == NULL) {
        (void)snprintf(message, OBSERVATION_FILE_MESSAGE_SIZE,
                       "%.300s: %s; expected a file of observation lines", path, strerror(errno));
        return ERR_IO;
    }
    struct reading r = {
        .path = is_input ? "standard input" : path, .message = message, .latest = INSTANT_UNSET};
    const result read = read_stream(&r, stream);
    if (!is_input) {
        (void)fclose(stream);
    }
    if (read != OK) {
        observation_file_free(&r.file);
        return read;
    }
    if (r.file.row_count > 0) {
        qsort(r.file.rows, r.file.row_count, sizeof *r.file.rows, by_time);
    }
    *out = r.file;
    return OK;
}

void observation_file_free(struct observation_file *file)
{
    free(file->rows);
    file->rows = NULL;
    file->row_count = 0;
}
