#include "cli/recording_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "node/yaml_number.h"

#define HEADER "time_s,altitude_km,downrange_km"
#define LINE_SIZE 256

/* Three plain numbers with a comma between them and nothing else. */
static bool read_line(const char *line, double out[3])
{
    const char *at = line;
    for (int i = 0; i < 3; i++) {
        if (yaml_number_plain(at, &out[i], &at) != OK || *at != (i < 2 ? ',' : '\0')) {
            return false;
        }
        at++;
    }
    return true;
}

static bool is_possible(const struct scenario_recording *r, const double sample[3])
{
    const bool later =
        r->sample_count == 0 ? sample[0] == 0.0 : sample[0] > r->time_s[r->sample_count - 1];
    return later && sample[1] >= -0.5 && sample[1] <= 1e5 && sample[2] >= 0.0 && sample[2] <= 1e5;
}

/* What stands there goes to a terminal, so without what would move its cursor. */
static result fail(const char *path, uint32_t line, const char *text,
                   char message[YAML_MESSAGE_SIZE])
{
    char found[61] = "";
    for (size_t i = 0; i + 1 < sizeof found && text[i] != '\0'; i++) {
        const bool moves = (unsigned char)text[i] < ' ' || text[i] == 0x7f;
        found[i] = moves ? '?' : text[i];
    }
    (void)snprintf(message, YAML_MESSAGE_SIZE,
                   "%s:%u:1: found \"%s\"; expected \"" HEADER
                   "\" and then lines such as \"1.0,0.1,0.0\", times ascending from 0",
                   path, line, found);
    return ERR_FORMAT;
}

static result take_line(const char *path, uint32_t line, const char *text, double until_s,
                        struct scenario_recording *out, char message[YAML_MESSAGE_SIZE])
{
    double sample[3];
    if (!read_line(text, sample) || !is_possible(out, sample)) {
        return fail(path, line, text, message);
    }
    if (sample[0] > until_s) {
        return OK;
    }
    if (out->sample_count == SCENARIO_SAMPLES_MAX) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s:%u:1: found more lines; expected at most %d",
                       path, line, SCENARIO_SAMPLES_MAX);
        return ERR_FULL;
    }
    out->time_s[out->sample_count] = sample[0];
    out->height_m[out->sample_count] = 1e3 * sample[1];
    out->path_m[out->sample_count] = 1e3 * sample[2];
    out->sample_count++;
    return OK;
}

static result read_lines(FILE *file, const char *path, double until_s,
                         struct scenario_recording *out, char message[YAML_MESSAGE_SIZE])
{
    char text[LINE_SIZE];
    bool headed = false;
    for (uint32_t line = 1; fgets(text, sizeof text, file) != NULL; line++) {
        const size_t size = strcspn(text, "\r\n");
        const bool whole = text[size] != '\0' || feof(file) != 0;
        text[size] = '\0';
        if (!whole) {
            return fail(path, line, text, message);
        }
        if (text[0] == '#') {
            continue;
        }
        if (!headed) {
            headed = strcmp(text, HEADER) == 0;
            if (!headed) {
                return fail(path, line, text, message);
            }
            continue;
        }
        TRY(take_line(path, line, text, until_s, out, message));
    }
    if (out->sample_count < 5) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s: found %u samples; expected at least 5",
                       path, out->sample_count);
        return ERR_FORMAT;
    }
    return OK;
}

result recording_file_read(const char *path, double until_s, struct scenario_recording *out,
                           char message[YAML_MESSAGE_SIZE])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)snprintf(message, YAML_MESSAGE_SIZE,
                       "%s: cannot be opened; expected a file that can be read", path);
        return ERR_IO;
    }
    out->sample_count = 0;
    result status = read_lines(file, path, until_s, out, message);
    if (ferror(file) != 0) {
        (void)snprintf(message, YAML_MESSAGE_SIZE,
                       "%s: cannot be read; expected a file that can be read", path);
        status = ERR_IO;
    }
    (void)fclose(file);
    return status;
}
