/* CCSDS messages in key-value notation (502.0-B-3 chapter 7, 508.1-B-1 chapter 4): one key = value
 * a line; the first is the version, then CREATION_DATE and ORIGINATOR come before anything else
 * but comments. In an OEM each segment is META_START … META_STOP, then lines of a time and 6 or 9
 * numbers, and covariances between COVARIANCE_START and COVARIANCE_STOP, 1 to 6 numbers a line. */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "formats/document_part.h"

#define LINE_MAX 254 /* 502.0-B-3, 7.3.3 */

enum place { IN_HEAD, IN_META, IN_DATA, IN_COVARIANCE };

struct kvn {
    const char *version;
    bool is_oem;
    enum place place;
    int given; /* keys of the head */
    unsigned line;
    unsigned segments;
    size_t offset;
    struct text *out;
    struct fault *fault;
};

static result refuse(struct kvn *k, const char *expected, const char *found)
{
    fault_at(k->fault, k->offset, "line %u", k->line);
    fault_expected(k->fault, "%s", expected);
    return fault_found(k->fault, "%.90s", found[0] != '\0' ? found : "nothing");
}

/* "2019-12-18T12:00:00.331" with or without a Z. */
static bool is_time(const char *text)
{
    char zulu[64];
    const size_t size = strlen(text);
    struct instant t;
    if (size < 19 || size > 40) {
        return false;
    }
    memcpy(zulu, text, size + 1);
    if (zulu[size - 1] != 'Z') {
        zulu[size] = 'Z';
        zulu[size + 1] = '\0';
    }
    return utc_parse(zulu, strlen(zulu), &t) == OK;
}

/* How many numbers stand in the text; -1 if something else does. */
static int count_numbers(const char *text)
{
    int count = 0;
    for (;;) {
        text += strspn(text, " ");
        if (*text == '\0') {
            return count;
        }
        char *end = NULL;
        (void)strtod(text, &end);
        /* strtod would also take infinities and other bases. */
        if ((*end != ' ' && *end != '\0') ||
            strspn(text, "+-.0123456789eE") != (size_t)(end - text)) {
            return -1;
        }
        text = end;
        count++;
    }
}

static result take_state(struct kvn *k, char *line)
{
    char time[64] = "";
    const size_t size = strcspn(line, " ");
    if (size < sizeof time) {
        memcpy(time, line, size);
        time[size] = '\0';
    }
    const int count = is_time(time) ? count_numbers(line + size) : -1;
    if (k->place != IN_DATA || (count != 6 && count != 9)) {
        return refuse(k, "a key = value, or after META_STOP a time and 6 or 9 numbers", line);
    }
    text_addf(k->out, "segment[%u].state = %s\n", k->segments - 1, line);
    return OK;
}

static result take_bracket(struct kvn *k, const char *line, bool *taken)
{
    static const struct {
        const char *word;
        enum place from, to;
    } WORDS[] = {{"META_START", IN_HEAD, IN_META},
                 {"META_START", IN_DATA, IN_META},
                 {"META_STOP", IN_META, IN_DATA},
                 {"COVARIANCE_START", IN_DATA, IN_COVARIANCE},
                 {"COVARIANCE_STOP", IN_COVARIANCE, IN_DATA}};
    *taken = false;
    bool is_word = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0] && k->is_oem; i++) {
        if (strcmp(line, WORDS[i].word) == 0) {
            is_word = true;
            if (k->place == WORDS[i].from && k->given >= 3) {
                *taken = true;
                k->place = WORDS[i].to;
                k->segments += k->place == IN_META ? 1 : 0;
                return OK;
            }
        }
    }
    return is_word ? refuse(k, "this word in its order", line) : OK;
}

/* The head's first three keys stand in this order. */
static result check_head(struct kvn *k, const char *key, const char *value)
{
    const char *const keys[] = {k->version, "CREATION_DATE", "ORIGINATOR"};
    if (k->given < 3 && strcmp(key, keys[k->given]) != 0) {
        return refuse(k, keys[k->given], key);
    }
    if (k->given == 1 && !is_time(value)) {
        return refuse(k, "a time such as 2019-12-18T12:00:00.331", value);
    }
    k->given++;
    return OK;
}

static result take_pair(struct kvn *k, char *line, char *equals)
{
    char *value = equals + 1 + strspn(equals + 1, " ");
    while (equals > line && equals[-1] == ' ') {
        equals--;
    }
    *equals = '\0';
    if (equals == line || strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(line) ||
        *value == '\0') {
        return refuse(k, "KEY = value, the key in capital letters", line);
    }
    if (k->place == IN_HEAD) {
        TRY(check_head(k, line, value));
    }
    if (k->place != IN_HEAD) {
        text_addf(k->out, "segment[%u].", k->segments - 1);
    }
    text_addf(k->out, "%s = %s\n", line, value);
    return OK;
}

/* COMMENTARY = 1 is another key. */
static bool is_comment(const char *line)
{
    return strncmp(line, "COMMENT", 7) == 0 && (line[7] == '\0' || line[7] == ' ');
}

static result take_line(struct kvn *k, char *line)
{
    bool taken = false;
    if (line[0] == '\0' || is_comment(line)) {
        return OK;
    }
    TRY(take_bracket(k, line, &taken));
    char *equals = strchr(line, '=');
    if (taken) {
        return OK;
    }
    if (equals != NULL) {
        return take_pair(k, line, equals);
    }
    if (k->place == IN_COVARIANCE) {
        const int count = count_numbers(line);
        if (count < 1 || count > 6) {
            return refuse(k, "1 to 6 numbers of a covariance", line);
        }
        text_addf(k->out, "segment[%u].covariance = %s\n", k->segments - 1, line);
        return OK;
    }
    return k->is_oem ? take_state(k, line) : refuse(k, "KEY = value", line);
}

static result finish(struct kvn *k)
{
    if (k->given < 3) {
        return refuse(k, "a version, CREATION_DATE and ORIGINATOR", "the end");
    }
    if (k->is_oem && k->place != IN_DATA) {
        return refuse(k, "META_STOP or COVARIANCE_STOP, and data after it", "the end");
    }
    return k->out->full ? ERR_FULL : OK;
}

result document_kvn(struct bytes in, const char *version, bool is_oem, struct text *out,
                    struct fault *fault)
{
    struct kvn k = {
        .version = version, .is_oem = is_oem, .place = IN_HEAD, .out = out, .fault = fault};
    size_t at = 0;
    while (at < in.size) {
        char line[LINE_MAX + 2];
        const uint8_t *begin = in.data + at;
        const uint8_t *feed = memchr(begin, '\n', in.size - at);
        size_t size = feed != NULL ? (size_t)(feed - begin) : in.size - at;
        k.offset = at;
        k.line++;
        at += size + 1;
        while (size > 0 && (begin[size - 1] == '\r' || begin[size - 1] == ' ')) {
            size--;
        }
        if (size > LINE_MAX || memchr(begin, '\0', size) != NULL) {
            return refuse(&k, "lines of at most 254 characters, without NUL", "another");
        }
        memcpy(line, begin, size);
        line[size] = '\0';
        TRY(take_line(&k, line));
    }
    return finish(&k);
}
