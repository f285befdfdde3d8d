/* XML by lines: "info/area/polygon = …" for text, "event@uid = …" for attributes. Document types
 * are refused (they can make a reader grow), and so is nesting beyond 16 elements. */
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "formats/document_part.h"

#define DEPTH_MAX 16
#define NAME_SIZE 80
#define TEXT_SIZE 16384

struct reader {
    XML_Parser parser;
    const char *root;
    const char *space;
    struct text *out;
    struct fault *fault;
    result status;
    int depth;
    char names[DEPTH_MAX][NAME_SIZE];
    size_t size;
    char text[TEXT_SIZE];
};

static void refuse(struct reader *r, const char *expected, const char *found)
{
    if (r->status == OK) {
        const XML_Index at = XML_GetCurrentByteIndex(r->parser); /* -1: nothing was read yet */
        fault_at(r->fault, (size_t)(at + (at < 0)), "line %lu, column %lu",
                 (unsigned long)XML_GetCurrentLineNumber(r->parser),
                 (unsigned long)XML_GetCurrentColumnNumber(r->parser) + 1);
        fault_expected(r->fault, "%s", expected);
        r->status = fault_found(r->fault, "%.90s", found);
    }
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static void add_path(struct reader *r)
{
    for (int i = 0; i < r->depth; i++) {
        text_addf(r->out, "%s%s", i > 0 ? "/" : "", r->names[i]);
    }
}

/* Text without the white space around it. */
static void flush(struct reader *r)
{
    const char *begin = r->text;
    while (r->size > 0 && strchr(" \t\r\n", r->text[r->size - 1]) != NULL) {
        r->size--;
    }
    r->text[r->size] = '\0';
    begin += strspn(begin, " \t\r\n");
    if (*begin != '\0') {
        add_path(r);
        text_add(r->out, " = ");
        text_add(r->out, begin);
        text_add(r->out, "\n");
    }
    r->size = 0;
}

/* The name behind "namespace|"; of the outermost element the whole must be as expected. */
static const char *local_name(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar != NULL ? bar + 1 : name;
}

/* Several events of Cursor on Target stand in one element. */
static bool is_root(const struct reader *r, const char *name)
{
    const char *local = local_name(name);
    const size_t space = local > name ? (size_t)(local - name) - 1 : 0;
    const bool is_list = strcmp(r->root, "event") == 0 && strcmp(local, "events") == 0;
    return (is_list || strcmp(local, r->root) == 0) && space == strlen(r->space) &&
           memcmp(name, r->space, space) == 0;
}

static void begin_element(void *context, const char *name, const char **attributes)
{
    struct reader *r = context;
    flush(r);
    if (r->depth == 0 && !is_root(r, name)) {
        char expected[96];
        (void)snprintf(expected, sizeof expected, "element %s, %.60s", r->root,
                       r->space[0] != '\0' ? r->space : "in no namespace");
        refuse(r, expected, name);
        return;
    }
    if (r->depth == DEPTH_MAX || strlen(local_name(name)) >= NAME_SIZE) {
        refuse(r, "at most 16 elements in one another, names of at most 79 bytes", name);
        return;
    }
    (void)snprintf(r->names[r->depth], NAME_SIZE, "%s", local_name(name));
    r->depth++;
    for (int i = 0; attributes[i] != NULL; i += 2) {
        add_path(r);
        text_add(r->out, "@");
        text_add(r->out, local_name(attributes[i]));
        text_add(r->out, " = ");
        text_add(r->out, attributes[i + 1]);
        text_add(r->out, "\n");
    }
}

static void end_element(void *context, const char *name)
{
    struct reader *r = context;
    (void)name;
    flush(r);
    r->depth--;
}

static void take_text(void *context, const char *text, int size)
{
    struct reader *r = context;
    if (r->size + (size_t)size >= TEXT_SIZE) {
        refuse(r, "at most 16,383 bytes of text in one place", "more");
        return;
    }
    memcpy(r->text + r->size, text, (size_t)size);
    r->size += (size_t)size;
}

static void refuse_type(void *context, const char *name, const char *system, const char *public,
                        int has_subset)
{
    (void)system;
    (void)public;
    (void)has_subset;
    refuse(context, "no document type", name);
}

result document_xml(struct bytes in, const char *root, const char *space, struct text *out,
                    struct fault *fault)
{
    struct reader r = {.root = root, .space = space, .out = out, .fault = fault, .status = OK};
    r.parser = XML_ParserCreateNS("UTF-8", '|');
    ENSURE(r.parser != NULL, ERR_FULL);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(r.parser, take_text);
    XML_SetStartDoctypeDeclHandler(r.parser, refuse_type);
    const bool is_long = in.size > 64u * 1024 * 1024;
    const enum XML_Status parsed =
        is_long ? XML_STATUS_ERROR : XML_Parse(r.parser, (const char *)in.data, (int)in.size, 1);
    if (parsed != XML_STATUS_OK) {
        refuse(&r, "XML of at most 64 MiB",
               is_long ? "more" : XML_ErrorString(XML_GetErrorCode(r.parser)));
    }
    XML_ParserFree(r.parser);
    TRY(r.status);
    return out->full ? ERR_FULL : OK;
}
