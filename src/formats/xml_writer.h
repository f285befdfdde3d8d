/* A bounded writer of one XML 1.0 document: tags closed by themselves, everything escaped.
 *
 * Text that is not UTF-8, or that XML does not allow (control characters), is mended with U+FFFD.
 * After the first thing that does not fit nothing more is written, and xml_finish says ERR_FULL.
 * Names of elements and attributes are the program's own and not looked at; they must live until
 * the element is closed. */
#ifndef WATCHFIRE_FORMATS_XML_WRITER_H
#define WATCHFIRE_FORMATS_XML_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "formats/text.h"

#define XML_DEPTH_MAX 16

struct xml_writer {
    struct text out;
    int depth;
    bool in_tag; /* the innermost element's opening tag may still get attributes */
    bool inline_text;
    const char *open[XML_DEPTH_MAX];
};

/* Starts with the XML declaration; capacity >= 1. */
void xml_start(struct xml_writer *w, char *text, size_t capacity);

void xml_open(struct xml_writer *w, const char *name);
/* Of the element that was opened last, before anything is put into it. */
void xml_attribute(struct xml_writer *w, const char *name, const char *value);
void xml_attributef(struct xml_writer *w, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void xml_text(struct xml_writer *w, const char *text);
void xml_close(struct xml_writer *w);

/* An element with nothing but text in it. */
void xml_element(struct xml_writer *w, const char *name, const char *text);
void xml_elementf(struct xml_writer *w, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The document is complete and ends with a NUL; its length goes to *size. ERR_FULL if it did not
 * fit. Every element must have been closed. */
MUST_USE result xml_finish(const struct xml_writer *w, size_t *size);

#endif
