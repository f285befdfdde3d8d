/* The two forms, as far as they are understood:
 *
 *   originatorConfidentialityLabel            label
 *     ConfidentialityInformation                policy        id
 *       PolicyIdentifier                        classification lacv
 *       PrivacyMark                             tag           type, id, lacv
 *       Classification
 *       Category   Type, TagName
 *         GenericValue
 *     OriginatorID, CreationDateTime, …
 *
 * Sources: ADatP-4774 edition A version 1, 2.4 and annex A (schema of the left form); the numbers
 * of the right form are those of the NATO security policy 1.3.26.1.3.1 as published with
 * ADatP-4774.1. */
#include "formats/label_xml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "formats/nation_number.h"

#define LABEL_SPACE "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
#define NUMBER_SPACE "http://surevine.com/xmlns/spiffy"
#define OWNER_PREFIX "urn:watchfire:nation:"
#define NATO_POLICY "1.3.26.1.3.1"
#define TAGS_RELEASABLE "1.3.26.1.4.2"
#define TAGS_CONTEXT "1.3.26.1.4.4"
#define TEXT_SIZE 128
#define DEPTH_MAX 8

enum form { FORM_NONE, FORM_NAMED, FORM_NUMBERED };
enum category { CATEGORY_NONE, CATEGORY_RELEASABLE, CATEGORY_IGNORED, CATEGORY_UNKNOWN };

struct reader {
    XML_Parser parser;
    struct fault *fault;
    bool failed;
    bool denied;   /* a restriction is not understood */
    bool governed; /* by the policy whose words are understood */
    bool classified;
    enum form form;
    enum category category;
    uint32_t depth;
    struct label label;
    bool overflowed;
    size_t text_size;
    char text[TEXT_SIZE];
};

static void __attribute__((format(printf, 3, 4)))
fail(struct reader *r, const char *expected, const char *found, ...)
{
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, found);
    (void)vsnprintf(text, sizeof text, found, arguments);
    va_end(arguments);
    const XML_Index at = XML_GetCurrentByteIndex(r->parser);
    fault_at(r->fault, at < 0 ? 0 : (size_t)at, "label, line %lu",
             (unsigned long)XML_GetCurrentLineNumber(r->parser));
    fault_expected(r->fault, "%s", expected);
    r->failed = fault_found(r->fault, "%s", text) != OK;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0) {
            return attributes[i + 1];
        }
    }
    return "";
}

/* Up to six digits; 0 for anything else, which is the number of nothing. */
static uint32_t number_of(const char *text)
{
    uint32_t value = 0;
    const size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || size > 6) {
            return 0;
        }
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return value;
}

static void add_nation(struct reader *r, struct nation_id nation)
{
    struct label *l = &r->label;
    for (uint32_t i = 0; i < l->releasable_count; i++) {
        if (nation_id_equal(l->releasable_to[i], nation)) {
            return;
        }
    }
    if (l->releasable_count == LABEL_NATIONS_MAX) {
        fail(r, "at most 8 nations", "%s as one more", nation.code);
        return;
    }
    l->releasable_to[l->releasable_count] = nation;
    l->releasable_count++;
}

static void classify(struct reader *r, enum classification value)
{
    if (r->classified) {
        fail(r, "one classification", "another");
        return;
    }
    r->classified = true;
    r->label.classification = value;
}

static enum category category_of(const char *type, const char *tags, const char *releasable,
                                 const char *context)
{
    const bool permits = strcmp(type, "PERMISSIVE") == 0 || strcmp(type, "permissive") == 0 ||
                         strcmp(type, "enumeratedPermissive") == 0;
    if (permits && strcmp(tags, releasable) == 0) {
        return CATEGORY_RELEASABLE;
    }
    const bool informs = strcmp(type, "INFORMATIVE") == 0 || strcmp(type, "informative") == 0;
    return informs || (permits && strcmp(tags, context) == 0) ? CATEGORY_IGNORED : CATEGORY_UNKNOWN;
}

static void start_numbered(struct reader *r, const char *name, const XML_Char **attributes)
{
    const uint32_t lacv = number_of(attribute(attributes, "lacv"));
    if (strcmp(name, "policy") == 0) {
        r->governed = strcmp(attribute(attributes, "id"), NATO_POLICY) == 0;
    } else if (strcmp(name, "classification") == 0) {
        const bool known = lacv <= CLASSIFICATION_SECRET;
        classify(r, known ? (enum classification)lacv : CLASSIFICATION_UNKNOWN);
    } else if (strcmp(name, "tag") == 0) {
        const enum category category =
            category_of(attribute(attributes, "type"), attribute(attributes, "id"), TAGS_RELEASABLE,
                        TAGS_CONTEXT);
        struct nation_id nation;
        r->denied = r->denied || category == CATEGORY_UNKNOWN || lacv == 0;
        if (category == CATEGORY_RELEASABLE && nation_number_code(lacv, &nation)) {
            add_nation(r, nation);
        }
    } else {
        r->denied = true;
    }
}

static void start_named(struct reader *r, const char *name, const XML_Char **attributes)
{
    static const char *const KNOWN[] = {"ConfidentialityInformation",
                                        "PolicyIdentifier",
                                        "PrivacyMark",
                                        "Classification",
                                        "GenericValue",
                                        "OriginatorID",
                                        "CreationDateTime"};
    if (strcmp(name, "Category") == 0) {
        r->category = category_of(attribute(attributes, "Type"), attribute(attributes, "TagName"),
                                  "Releasable To", "Context");
        r->denied = r->denied || r->category == CATEGORY_UNKNOWN;
        return;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        known = known || strcmp(name, KNOWN[i]) == 0;
    }
    r->denied = r->denied || !known;
}

static void XMLCALL start(void *context, const XML_Char *full, const XML_Char **attributes)
{
    struct reader *r = context;
    const char *bar = strchr(full, '|');
    const char *name = bar == NULL ? full : bar + 1;
    const bool named = strncmp(full, LABEL_SPACE "|", sizeof LABEL_SPACE) == 0;
    const bool numbered = strncmp(full, NUMBER_SPACE "|", sizeof NUMBER_SPACE) == 0;
    r->depth++;
    r->text_size = 0;
    r->overflowed = false;
    if (r->depth > DEPTH_MAX) {
        fail(r, "at most 8 elements inside each other", "one more");
    } else if (r->depth == 1) {
        r->form = named && strcmp(name, "originatorConfidentialityLabel") == 0 ? FORM_NAMED
                  : numbered && strcmp(name, "label") == 0                     ? FORM_NUMBERED
                                                                               : FORM_NONE;
        if (r->form == FORM_NONE) {
            fail(r, "an originatorConfidentialityLabel of " LABEL_SPACE, "%s", full);
        }
    } else if (r->form == FORM_NAMED && named) {
        start_named(r, name, attributes);
    } else if (r->form == FORM_NUMBERED && numbered) {
        start_numbered(r, name, attributes);
    } else {
        r->denied = true;
    }
}

static void take_value(struct reader *r)
{
    struct nation_id nation;
    /* What is not three letters is an organisation. */
    if (r->category == CATEGORY_RELEASABLE && nation_id_parse(r->text, &nation)) {
        add_nation(r, nation);
    }
}

static void XMLCALL end(void *context, const XML_Char *full)
{
    struct reader *r = context;
    const char *bar = strchr(full, '|');
    const char *name = bar == NULL ? full : bar + 1;
    while (r->text_size > 0 && is_blank(r->text[r->text_size - 1])) {
        r->text_size--;
    }
    r->text[r->text_size] = '\0';
    r->depth--;
    if (r->form == FORM_NAMED && strcmp(name, "Classification") == 0) {
        classify(r, r->overflowed ? CLASSIFICATION_UNKNOWN : classification_parse(r->text));
    } else if (r->form == FORM_NAMED && strcmp(name, "PolicyIdentifier") == 0) {
        r->governed = strcmp(r->text, "NATO") == 0;
    } else if (r->form == FORM_NAMED && strcmp(name, "GenericValue") == 0 && !r->overflowed) {
        take_value(r);
    } else if (r->form == FORM_NAMED && strcmp(name, "Category") == 0) {
        r->category = CATEGORY_NONE;
    } else if (r->form == FORM_NAMED && strcmp(name, "OriginatorID") == 0 &&
               strncmp(r->text, OWNER_PREFIX, sizeof OWNER_PREFIX - 1) == 0 &&
               !nation_id_parse(r->text + sizeof OWNER_PREFIX - 1, &r->label.owner)) {
        fail(r, OWNER_PREFIX " and three capital letters", "%s", r->text);
    }
    r->text_size = 0;
}

/* Text without the white space around it. */
static void XMLCALL text(void *context, const XML_Char *data, int size)
{
    struct reader *r = context;
    for (int i = 0; i < size; i++) {
        const bool blank = is_blank(data[i]);
        if (blank && r->text_size == 0) {
            continue;
        }
        if (r->text_size == TEXT_SIZE - 1) {
            r->overflowed = r->overflowed || !blank;
            continue;
        }
        r->text[r->text_size] = data[i];
        r->text_size++;
    }
}

static void XMLCALL refuse_document_type(void *context, const XML_Char *name,
                                         const XML_Char *system_id, const XML_Char *public_id,
                                         int has_internal_subset)
{
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    fail(context, "no document type", "DOCTYPE %s", name);
}

static result parse(struct reader *r, struct bytes xml)
{
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, start, end);
    XML_SetCharacterDataHandler(r->parser, text);
    XML_SetStartDoctypeDeclHandler(r->parser, refuse_document_type);
    const enum XML_Status status =
        XML_Parse(r->parser, (const char *)xml.data, (int)xml.size, XML_TRUE);
    if (status != XML_STATUS_OK && !r->failed) {
        fail(r, "well-formed XML", "%s", XML_ErrorString(XML_GetErrorCode(r->parser)));
    }
    if (!r->failed && !r->classified) {
        fail(r, "a classification", "none");
    }
    return r->failed ? ERR_FORMAT : OK;
}

static const char *doubt_of(const struct reader *r)
{
    if (!r->governed) {
        return "another security policy than NATO's governs it";
    }
    if (r->denied) {
        return "it has a restriction that is not understood";
    }
    return r->label.classification == CLASSIFICATION_UNKNOWN
               ? "its classification is none of UNCLASSIFIED to SECRET"
               : NULL;
}

result label_xml_read(struct bytes xml, struct nation_id owner, struct label *out,
                      const char **doubt, struct fault *fault)
{
    if (xml.size > LABEL_XML_BYTES_MAX) {
        fault_at(fault, LABEL_XML_BYTES_MAX, "label");
        fault_expected(fault, "at most %d bytes", LABEL_XML_BYTES_MAX);
        return fault_found(fault, "%zu", xml.size);
    }
    struct reader r = {.fault = fault, .label = {.owner = owner}};
    r.parser = XML_ParserCreateNS("UTF-8", '|');
    ENSURE(r.parser != NULL, ERR_FULL);
    const result outcome = parse(&r, xml);
    XML_ParserFree(r.parser);
    TRY(outcome);
    *doubt = doubt_of(&r);
    if (*doubt != NULL) {
        r.label.classification = CLASSIFICATION_UNKNOWN;
    }
    *out = r.label;
    return OK;
}

static result put(struct byte_writer *out, const char *value)
{
    return byte_writer_put(out, (struct bytes){(const uint8_t *)value, strlen(value)});
}

static result put_releasable(const struct label *label, struct byte_writer *out)
{
    if (label->releasable_count == 0) {
        return OK;
    }
    TRY(put(out, "    <slab:Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">\n"));
    for (uint32_t i = 0; i < label->releasable_count; i++) {
        TRY(put(out, "      <slab:GenericValue>"));
        TRY(put(out, label->releasable_to[i].code));
        TRY(put(out, "</slab:GenericValue>\n"));
    }
    return put(out, "    </slab:Category>\n");
}

static result write_label(const struct label *label, const char *made, struct byte_writer *out)
{
    TRY(put(out, "<slab:originatorConfidentialityLabel xmlns:slab=\"" LABEL_SPACE "\">\n"
                 "  <slab:ConfidentialityInformation>\n"
                 "    <slab:PolicyIdentifier URI=\"urn:oid:" NATO_POLICY
                 "\">NATO</slab:PolicyIdentifier>\n"
                 "    <slab:Classification>"));
    TRY(put(out, classification_text(label->classification)));
    TRY(put(out, "</slab:Classification>\n"));
    TRY(put_releasable(label, out));
    TRY(put(out, "  </slab:ConfidentialityInformation>\n"
                 "  <slab:OriginatorID IDType=\"uniformResourceIdentifier\">" OWNER_PREFIX));
    TRY(put(out, label->owner.code));
    TRY(put(out, "</slab:OriginatorID>\n  <slab:CreationDateTime>"));
    TRY(put(out, made));
    return put(out, "</slab:CreationDateTime>\n</slab:originatorConfidentialityLabel>\n");
}

result label_xml_write(const struct label *label, struct instant made, struct byte_writer *out)
{
    ENSURE(nation_id_is_set(label->owner), ERR_RANGE);
    ENSURE(label->classification != CLASSIFICATION_UNKNOWN, ERR_RANGE);
    ENSURE(label->releasable_count <= LABEL_NATIONS_MAX, ERR_RANGE);
    ENSURE(instant_is_set(made), ERR_RANGE);
    char when[UTC_TEXT_SIZE];
    struct byte_writer w = *out;
    TRY(write_label(label, utc_format(made, 0, when), &w));
    *out = w;
    return OK;
}
