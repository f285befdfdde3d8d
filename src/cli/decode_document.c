#include "cli/decode_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decode.h"
#include "cli/json_out.h"
#include "formats/document.h"

#define STATUS_OK 0
#define STATUS_BAD 2
/* The lines repeat where things stand, so they are longer than the document. */
#define LINES_FACTOR 24
#define LINES_MIN ((size_t)64 * 1024)
#define LINES_MAX ((size_t)1024 * 1024 * 1024)

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "watchfire decode: %s: %s\n", what, why);
    return STATUS_BAD;
}

static int kind_named(const char *name)
{
    for (int i = 0; i < DOCUMENT_COUNT; i++) {
        if (strcmp(name, document_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

bool decode_document_is_meant(int argc, char **argv)
{
    return argc > 1 && kind_named(argv[1]) >= 0;
}

/* Each line "place = value" as a pair. */
static int print_json(char *lines)
{
    json_t *list = json_array();
    for (char *line = lines; *line != '\0';) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\0' ? end : end + 1;
        char *equals = strstr(line, " = ");
        *end = '\0';
        if (equals != NULL && equals < end) {
            *equals = '\0';
            (void)json_array_append_new(list, json_pack("[s,s]", line, equals + 3));
        }
        line = next;
    }
    return json_out(list, JSON_COMPACT, "decode", STATUS_OK);
}

static int decode(enum document_kind kind, const char *path, struct bytes data, bool is_json)
{
    size_t room = LINES_MIN + data.size * LINES_FACTOR;
    room = room < LINES_MAX ? room : LINES_MAX;
    char *lines = malloc(room);
    char message[FAULT_TEXT_SIZE];
    struct fault fault = {0};
    if (lines == NULL) {
        return complain(path, "there is no memory");
    }
    struct text out = text_over(lines, room);
    const result read = document_read(kind, data, &out, &fault);
    int status = STATUS_OK;
    if (read == OK && is_json) {
        status = print_json(lines);
    } else if (read == OK) {
        (void)fputs(lines, stdout);
    }
    free(lines);
    if (read == ERR_FORMAT) {
        return complain(path, fault_text(&fault, message));
    }
    return read == OK ? status : complain(path, result_text(read));
}

int decode_document(int argc, char **argv)
{
    const int kind = kind_named(argv[1]);
    const char *path = NULL;
    bool is_json = false;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            is_json = true;
        } else if (argv[i][0] == '-' || path != NULL) {
            return complain(argv[i], "expected one FILE or --json; see --help");
        } else {
            path = argv[i];
        }
    }
    if (path == NULL) {
        return complain(argv[1], "no file given: expected FILE; see --help");
    }
    uint8_t *data = NULL;
    size_t size = 0;
    const char *trouble = decode_read_file(path, &data, &size);
    const int status = trouble != NULL ? complain(path, trouble)
                                       : decode((enum document_kind)kind, path,
                                                (struct bytes){data, size}, is_json);
    free(data);
    return status;
}
