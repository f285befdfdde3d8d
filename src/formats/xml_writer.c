#include "formats/xml_writer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define VALUE_SIZE 1024

void xml_start(struct xml_writer *w, char *text, size_t capacity)
{
    memset(w, 0, sizeof *w);
    w->out = text_over(text, capacity);
    text_add(&w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

/* What an opening tag that still waits for attributes needs before anything else. */
static void end_tag(struct xml_writer *w)
{
    if (w->in_tag) {
        text_add(&w->out, ">");
        w->in_tag = false;
    }
}

/* XML 1.0, 2.2, without U+FFFE and U+FFFF; of the control characters only tab and line feed, since
 * readers make line feeds of carriage returns. */
static bool is_allowed(const char *character, size_t length)
{
    const unsigned char c = (unsigned char)character[0];
    const bool is_control = length == 1 && (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n'));
    const bool is_nothing =
        length == 3 && memcmp(character, "\xef\xbf", 2) == 0 && (unsigned char)character[2] >= 0xbe;
    return length > 0 && !is_control && !is_nothing;
}

static const char *escape_of(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;"; /* in an attribute a reader would make a blank of it, and of the next */
    case '\n':
        return "&#10;";
    default:
        return NULL;
    }
}

static void put_escaped(struct xml_writer *w, const char *text, bool is_attribute)
{
    while (*text != '\0' && !w->out.full) {
        const size_t length = utf8_length(text);
        const bool is_white = *text == '\t' || *text == '\n';
        const char *escape = !is_white || is_attribute ? escape_of(*text) : NULL;
        char character[5] = "";
        if (!is_allowed(text, length)) {
            text_add(&w->out, UTF8_REPLACEMENT);
        } else if (escape != NULL) {
            text_add(&w->out, escape);
        } else {
            memcpy(character, text, length);
            text_add(&w->out, character);
        }
        text += length > 0 ? length : 1;
    }
}

static void begin_line(struct xml_writer *w)
{
    text_addf(&w->out, "\n%*s", 2 * w->depth, "");
}

void xml_open(struct xml_writer *w, const char *name)
{
    assert(w->depth < XML_DEPTH_MAX);
    end_tag(w);
    if (w->depth > 0) {
        begin_line(w);
    }
    text_addf(&w->out, "<%s", name);
    w->open[w->depth] = name;
    w->depth++;
    w->in_tag = true;
    w->inline_text = false;
}

void xml_attribute(struct xml_writer *w, const char *name, const char *value)
{
    assert(w->in_tag);
    text_addf(&w->out, " %s=\"", name);
    put_escaped(w, value, true);
    text_add(&w->out, "\"");
}

__attribute__((format(printf, 3, 0))) static void
format_value(struct xml_writer *w, char value[VALUE_SIZE], const char *format, va_list arguments)
{
    const int size = vsnprintf(value, VALUE_SIZE, format, arguments);
    w->out.full = w->out.full || (size_t)size >= VALUE_SIZE; /* negative: no text at all */
}

void xml_attributef(struct xml_writer *w, const char *name, const char *format, ...)
{
    char value[VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_value(w, value, format, arguments);
    va_end(arguments);
    xml_attribute(w, name, value);
}

void xml_text(struct xml_writer *w, const char *text)
{
    assert(w->depth > 0);
    end_tag(w);
    put_escaped(w, text, false);
    w->inline_text = true;
}

void xml_close(struct xml_writer *w)
{
    assert(w->depth > 0);
    w->depth--;
    if (w->in_tag) {
        text_add(&w->out, "/>");
        w->in_tag = false;
    } else {
        if (!w->inline_text) {
            begin_line(w);
        }
        text_addf(&w->out, "</%s>", w->open[w->depth]);
    }
    w->inline_text = false;
    if (w->depth == 0) {
        text_add(&w->out, "\n");
    }
}

void xml_element(struct xml_writer *w, const char *name, const char *text)
{
    xml_open(w, name);
    xml_text(w, text);
    xml_close(w);
}

void xml_elementf(struct xml_writer *w, const char *name, const char *format, ...)
{
    char value[VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_value(w, value, format, arguments);
    va_end(arguments);
    xml_element(w, name, value);
}

result xml_finish(const struct xml_writer *w, size_t *size)
{
    assert(w->depth == 0);
    return text_finish(&w->out, size);
}
