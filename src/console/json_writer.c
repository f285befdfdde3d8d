#include "console/json_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "base/utf8.h"

#define NUMBER_LARGEST 1e15 /* beyond it a decimal fraction means nothing in a double */

static void put(struct json_writer *w, const char *text, size_t size)
{
    assert(w->size <= w->capacity);
    if (w->full || w->capacity - w->size < size) {
        w->full = true;
        return;
    }
    memcpy(w->text + w->size, text, size);
    w->size += size;
}

static void put_char(struct json_writer *w, char c)
{
    put(w, &c, 1);
}

static void put_escaped(struct json_writer *w, unsigned char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        put_char(w, '\\');
        put_char(w, (char)c);
    } else if (c < 0x20 || c == 0x7f) {
        put(w, "\\u00", 4);
        put_char(w, DIGITS[c >> 4]);
        put_char(w, DIGITS[c & 15]);
    } else {
        put_char(w, (char)c);
    }
}

static void put_quoted(struct json_writer *w, const char *text)
{
    put_char(w, '"');
    while (*text != '\0' && !w->full) {
        const size_t length = utf8_length(text);
        if (length == 0) {
            put(w, UTF8_REPLACEMENT, strlen(UTF8_REPLACEMENT));
            text++;
        } else if (length == 1) {
            put_escaped(w, (unsigned char)*text);
            text++;
        } else {
            put(w, text, length);
            text += length;
        }
    }
    put_char(w, '"');
}

/* The comma and the key that come before a value. */
static void put_prefix(struct json_writer *w, const char *key)
{
    if (w->depth == 0) {
        assert(key == NULL && w->size == 0);
        return;
    }
    const int inner = w->depth - 1;
    assert((key != NULL) == (w->closing[inner] == '}'));
    if (!w->first[inner]) {
        put_char(w, ',');
    }
    w->first[inner] = false;
    if (key != NULL) {
        put_quoted(w, key);
        put_char(w, ':');
    }
}

static void open_with(struct json_writer *w, const char *key, char opening, char closing)
{
    put_prefix(w, key);
    put_char(w, opening);
    assert(w->depth < JSON_DEPTH_MAX);
    w->closing[w->depth] = closing;
    w->first[w->depth] = true;
    w->depth++;
}

void json_writer_start(struct json_writer *w, char *text, size_t capacity)
{
    *w = (struct json_writer){.text = text, .capacity = capacity};
}

result json_writer_finish(const struct json_writer *w, size_t *size)
{
    assert(w->depth == 0);
    ENSURE(!w->full, ERR_FULL);
    *size = w->size;
    return OK;
}

void json_writer_object(struct json_writer *w, const char *key)
{
    open_with(w, key, '{', '}');
}

void json_writer_array(struct json_writer *w, const char *key)
{
    open_with(w, key, '[', ']');
}

void json_writer_close(struct json_writer *w)
{
    assert(w->depth > 0);
    w->depth--;
    put_char(w, w->closing[w->depth]);
}

void json_writer_null(struct json_writer *w, const char *key)
{
    put_prefix(w, key);
    put(w, "null", 4);
}

void json_writer_bool(struct json_writer *w, const char *key, bool value)
{
    put_prefix(w, key);
    put(w, value ? "true" : "false", value ? 4 : 5);
}

void json_writer_count(struct json_writer *w, const char *key, uint64_t value)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    put_prefix(w, key);
    put(w, digits, (size_t)length);
}

void json_writer_text(struct json_writer *w, const char *key, const char *value)
{
    put_prefix(w, key);
    put_quoted(w, value);
}

void json_writer_id(struct json_writer *w, const char *key, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    json_writer_text(w, key, digits);
}

void json_writer_number(struct json_writer *w, const char *key, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 9);
    if (!isfinite(value) || fabs(value) > NUMBER_LARGEST) {
        json_writer_null(w, key);
        return;
    }
    char digits[40];
    int length = snprintf(digits, sizeof digits, "%.*f", decimals, value);
    assert(length > 0 && (size_t)length < sizeof digits);
    while (decimals > 0 && digits[length - 1] == '0') {
        length--;
    }
    if (decimals > 0 && digits[length - 1] == '.') {
        length--;
    }
    const bool minus_zero = length == 2 && digits[0] == '-' && digits[1] == '0';
    put_prefix(w, key);
    put(w, minus_zero ? "0" : digits, minus_zero ? 1 : (size_t)length);
}

void json_writer_time(struct json_writer *w, const char *key, struct instant value)
{
    if (!instant_is_set(value) || value.tai_ns < 0) {
        json_writer_null(w, key);
        return;
    }
    char text[UTC_TEXT_SIZE];
    json_writer_text(w, key, utc_format(value, 3, text));
}
