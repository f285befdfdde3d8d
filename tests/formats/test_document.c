/* The readers of documents, at their edges: what each refuses, with which words, and what it still
 * reads. */
#include "formats/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "short_memory.h"

#define XML_LONGEST (64u * 1024 * 1024)
#define SIXTEEN "1234567890123456"
#define EIGHTY SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define SEVENTY_EIGHT SIXTEEN SIXTEEN SIXTEEN SIXTEEN "12345678901234"
#define EIGHT_DEEP(inside) "<a><a><a><a><a><a><a><a>" inside "</a></a></a></a></a></a></a></a>"
#define KML(inside) "<kml xmlns='http://www.opengis.net/kml/2.2'>" inside "</kml>"
#define KVN_HEAD(kind)                                                 \
    "CCSDS_" kind "_VERS = 1.0\nCREATION_DATE = 2019-12-18T12:00:00\n" \
    "ORIGINATOR = WATCHFIRE\n"
#define OEM(inside) KVN_HEAD("OEM") "META_START\nCENTER_NAME = EARTH\nMETA_STOP\n" inside
#define TIME "2019-12-18T12:00:00.331"

static char lines[32 * 1024];

/* One reading: what comes out, or what is refused and with which words. */
struct reading {
    const char *text;
    const char *told;     /* the lines; NULL = refused */
    const char *where;    /* of what is refused */
    const char *expected; /* how that begins */
    const char *found;
};

static result read_bytes(enum document_kind kind, struct bytes in, struct fault *fault)
{
    struct text out = text_over(lines, sizeof lines);
    *fault = (struct fault){0};
    return document_read(kind, in, &out, fault);
}

static result read_text(enum document_kind kind, const char *text, struct fault *fault)
{
    return read_bytes(kind, (struct bytes){(const uint8_t *)text, strlen(text)}, fault);
}

static void assert_begins(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0) {
        fail_msg("expected \"%s\" in front of \"%s\"", beginning, text);
    }
}

static void read_each(enum document_kind kind, const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct reading *r = &readings[i];
        struct fault fault;
        const result outcome = read_text(kind, r->text, &fault);
        if (r->told != NULL) {
            if (outcome != OK) {
                char message[FAULT_TEXT_SIZE];
                fail_msg("%s: %s", r->text, fault_text(&fault, message));
            }
            assert_string_equal(lines, r->told);
        } else {
            if (outcome != ERR_FORMAT) {
                fail_msg("read, but should not be: %s", r->text);
            }
            assert_string_equal(fault.where, r->where);
            assert_begins(fault.expected, r->expected);
            assert_begins(fault.found, r->found);
        }
    }
}
#define READ_EACH(kind, readings) read_each(kind, readings, sizeof readings / sizeof readings[0])

static void a_key_may_begin_as_a_comment_does(void **state)
{
    static const struct reading OEMS[] = {
        {OEM("META_START\nCOMMENT\nCOMMENT A = 2\nCOMMENTARY = 1\nMETA_STOP\n"),
         "CCSDS_OEM_VERS = 1.0\nCREATION_DATE = 2019-12-18T12:00:00\nORIGINATOR = WATCHFIRE\n"
         "segment[0].CENTER_NAME = EARTH\nsegment[1].COMMENTARY = 1\n",
         NULL, NULL, NULL},
    };
    (void)state;
    READ_EACH(DOCUMENT_OEM, OEMS);
}

static void key_values_are_read_or_refused(void **state)
{
    static const struct reading OEMS[] = {
        {OEM(TIME " 1 -2.5 3e3 4 5 6\r\nCOMMENT a\n\n" TIME "Z 1 2 3 4 5 6 7 8 9"),
         "CCSDS_OEM_VERS = 1.0\nCREATION_DATE = 2019-12-18T12:00:00\nORIGINATOR = WATCHFIRE\n"
         "segment[0].CENTER_NAME = EARTH\nsegment[0].state = " TIME " 1 -2.5 3e3 4 5 6\n"
         "segment[0].state = " TIME "Z 1 2 3 4 5 6 7 8 9\n",
         NULL, NULL, NULL},
        {OEM("COVARIANCE_START\n1\n1 2 3 4 5 6\nCOVARIANCE_STOP\nMETA_START\nA=1  \nMETA_STOP"),
         "CCSDS_OEM_VERS = 1.0\nCREATION_DATE = 2019-12-18T12:00:00\nORIGINATOR = WATCHFIRE\n"
         "segment[0].CENTER_NAME = EARTH\nsegment[0].covariance = 1\n"
         "segment[0].covariance = 1 2 3 4 5 6\nsegment[1].A = 1\n",
         NULL, NULL, NULL},
        /* States: a time and six or nine numbers. */
        {OEM(TIME " 1 2 3 4 5"), NULL, "line 7", "a key = value, or after", TIME " 1 2"},
        {OEM(TIME " 1 2 3 4 5 x"), NULL, "line 7", "a key = value, or after", TIME " 1 2"},
        {OEM(TIME " 1 2 3 4 5 6x"), NULL, "line 7", "a key = value, or after", TIME " 1 2"},
        {OEM(TIME " 1 2 3 4 5 inf"), NULL, "line 7", "a key = value, or after", TIME " 1 2"},
        {OEM(TIME " 1 2 3 4 5 0x6"), NULL, "line 7", "a key = value, or after", TIME " 1 2"},
        {OEM("2019-12-18T25:00:00.331 1 2 3 4 5 6"), NULL, "line 7", "a key = value, or after",
         "2019-12-18T25"},
        {OEM("2019-12-18 1 2 3 4 5 6"), NULL, "line 7", "a key = value, or after", "2019-12-18 1"},
        {OEM("2019-12-18T12:00:00.3310000000000000000000 1 2 3 4 5 6"), NULL, "line 7",
         "a key = value, or after", "2019-12-18T12:00:00.331000"},
        {OEM(EIGHTY), NULL, "line 7", "a key = value, or after", EIGHTY},
        {KVN_HEAD("OEM") "META_START\n" TIME " 1 2 3 4 5 6", NULL, "line 5",
         "a key = value, or after", TIME},
        /* Covariances: one to six numbers a line. */
        {OEM("COVARIANCE_START\n1 2 3 4 5 6 7"), NULL, "line 8", "1 to 6 numbers", "1 2 3"},
        {OEM("COVARIANCE_START\nx"), NULL, "line 8", "1 to 6 numbers", "x"},
        /* Words in their order. */
        {"META_START", NULL, "line 1", "this word in its order", "META_START"},
        {OEM("META_STOP"), NULL, "line 7", "this word in its order", "META_STOP"},
        {OEM("COVARIANCE_START"), NULL, "line 7", "META_STOP or COVARIANCE_STOP", "the end"},
        {KVN_HEAD("OEM"), NULL, "line 3", "META_STOP or COVARIANCE_STOP", "the end"},
        /* The head. */
        {"", NULL, "line 0", "a version, CREATION_DATE and ORIGINATOR", "the end"},
        {"CCSDS_OEM_VERS = 3.0\n", NULL, "line 1", "a version, CREATION_DATE", "the end"},
        {"CCSDS_RDM_VERS = 1.0\n", NULL, "line 1", "CCSDS_OEM_VERS", "CCSDS_RDM_VERS"},
        {"CCSDS_OEM_VERS = 3.0\nORIGINATOR = A", NULL, "line 2", "CREATION_DATE", "ORIGINATOR"},
        {"CCSDS_OEM_VERS = 3.0\nCREATION_DATE = today", NULL, "line 2", "a time such as", "today"},
        {"CCSDS_OEM_VERS = 3.0\nCREATION_DATE = " EIGHTY EIGHTY, NULL, "line 2", "a time such as",
         EIGHTY},
        /* Lines of no key, or no value. */
        {"=3", NULL, "line 1", "KEY = value", "nothing"},
        {"  = 3", NULL, "line 1", "KEY = value", "nothing"},
        {"ccsds_oem_vers = 3.0", NULL, "line 1", "KEY = value", "ccsds_oem_vers"},
        {"CCSDS_OEM_VERS =", NULL, "line 1", "KEY = value", "CCSDS_OEM_VERS"},
        {"COMMENT " EIGHTY EIGHTY EIGHTY "123456\n" EIGHTY EIGHTY EIGHTY "123456789012345", NULL,
         "line 2", "lines of at most 254 characters", "another"},
    };
    static const struct reading RDMS[] = {
        {KVN_HEAD("RDM") "OBJECT_NAME=A B\n",
         "CCSDS_RDM_VERS = 1.0\nCREATION_DATE = 2019-12-18T12:00:00\nORIGINATOR = WATCHFIRE\n"
         "OBJECT_NAME = A B\n",
         NULL, NULL, NULL},
        {KVN_HEAD("RDM") "META_START", NULL, "line 4", "KEY = value", "META_START"},
    };
    struct fault fault;
    (void)state;
    READ_EACH(DOCUMENT_OEM, OEMS);
    READ_EACH(DOCUMENT_RDM, RDMS);
    assert_int_equal(
        read_bytes(DOCUMENT_RDM, (struct bytes){(const uint8_t *)"A\0 = 3\n", 7}, &fault),
        ERR_FORMAT);
    assert_string_equal(fault.expected, "lines of at most 254 characters, without NUL");
}

static void xml_is_read_or_refused(void **state)
{
    static const struct reading KMLS[] = {
        {KML("<a b='1'> \t\r\n x y \n</a><c> </c>"), "kml/a@b = 1\nkml/a = x y\n", NULL, NULL,
         NULL},
        {KML(EIGHT_DEEP("<a><a><a><a><a><a><a>x</a></a></a></a></a></a></a>")),
         "kml/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a = x\n", NULL, NULL, NULL},
        {KML(EIGHT_DEEP("<a><a><a><a><a><a><a><b>x</b></a></a></a></a></a></a></a>")), NULL,
         "line 1, column 90", "at most 16 elements in one another",
         "http://www.opengis.net/kml/2.2|b"},
        {KML("<a" EIGHTY "/>"), NULL, "line 1, column 45", "at most 16 elements in one another",
         "http://www.opengis.net/kml/2.2|a1234"},
        {"<kml/>", NULL, "line 1, column 1", "element kml, http://www.opengis.net/kml/2.2", "kml"},
        {"<kml xmlns='http://www.opengis.net/kml/9.9'/>", NULL, "line 1, column 1", "element kml",
         "http://www.opengis.net/kml/9.9|kml"},
        {"<events xmlns='http://www.opengis.net/kml/2.2'/>", NULL, "line 1, column 1",
         "element kml", "http://www.opengis.net/kml/2.2|events"},
        {"<kml", NULL, "line 1, column 1", "XML of at most 64 MiB", "unclosed token"},
        {"", NULL, "line 1, column 1", "XML of at most 64 MiB", "no element found"},
    };
    static const struct reading COTS[] = {
        {"<event uid='1'/>", "event@uid = 1\n", NULL, NULL, NULL},
        {"<events><event uid='1'/></events>", "events/event@uid = 1\n", NULL, NULL, NULL},
        {"<other/>", NULL, "line 1, column 1", "element event, in no namespace", "other"},
    };
    (void)state;
    READ_EACH(DOCUMENT_KML, KMLS);
    READ_EACH(DOCUMENT_COT, COTS);
}

static void xml_has_its_longest_sizes(void **state)
{
    static char text[20 * 1024];
    struct fault fault;
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        const size_t size = 16383 + more;
        memcpy(text, "<event>", 7);
        memset(text + 7, 'x', size);
        memcpy(text + 7 + size, "</event>", sizeof "</event>");
        assert_int_equal(read_text(DOCUMENT_COT, text, &fault), more == 0 ? OK : ERR_FORMAT);
    }
    assert_string_equal(fault.expected, "at most 16,383 bytes of text in one place");
    assert_string_equal(fault.found, "more");
    /* Nothing of it is looked at. */
    const struct bytes longer = {(const uint8_t *)text, XML_LONGEST + 1};
    assert_int_equal(read_bytes(DOCUMENT_COT, longer, &fault), ERR_FORMAT);
    assert_string_equal(fault.expected, "XML of at most 64 MiB");
    assert_string_equal(fault.found, "more");
    assert_int_equal(fault.offset, 0);
}

#define FEATURES(inside) "{\"type\":\"FeatureCollection\",\"features\":" inside "}"
#define ARRAYS_8 "[[[[[[[["
#define ENDS_8 "]]]]]]]]"

static void json_is_read_or_refused(void **state)
{
    static const struct reading GEOJSONS[] = {
        {FEATURES("[{\"a\":true,\"b\":false,\"c\":null,\"d\":7,\"e\":0.5,\"f\":[1,2.5]},[]]"),
         "type = FeatureCollection\nfeatures[0].a = true\nfeatures[0].b = false\n"
         "features[0].c = null\nfeatures[0].d = 7\nfeatures[0].e = 0.5\nfeatures[0].f = 1 2.5\n",
         NULL, NULL, NULL},
        /* What is too deep, or whose path is too long, is not told, but that there is more. */
        {FEATURES(ARRAYS_8 ARRAYS_8 "\"deep\"" ENDS_8 ENDS_8),
         "type = FeatureCollection\nfeatures[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]... = "
         "(deeper than is told)\n",
         NULL, NULL, NULL},
        {FEATURES("[{\"" EIGHTY "\":{\"" EIGHTY "\":{\"" SEVENTY_EIGHT
                  "\":{\"a\":[[\"x\"]],\"long\":2,\"b\":1}}},"
                  "\"z\":3}]"),
         "type = FeatureCollection\nfeatures[0]." EIGHTY "." EIGHTY "." SEVENTY_EIGHT
         ".a... = (deeper than is told)\n"
         "features[0]." EIGHTY "." EIGHTY "." SEVENTY_EIGHT ".b = 1\n"
         "features[0]." EIGHTY "." EIGHTY "." SEVENTY_EIGHT "... = (deeper than is told)\n"
         "features[0].z = 3\n",
         NULL, NULL, NULL},
        {"", NULL, "line 1, column 0", "JSON", "'[' or '{' expected near end of file"},
        {"{\"a\":1,\"a\":1}", NULL, "line 1, column 10", "JSON", "duplicate object key"},
        {"{}", NULL, "the whole", "an object of type FeatureCollection", "other JSON"},
        {"{\"type\":\"FeatureCollection\"}", NULL, "the whole", "an object of type", "other JSON"},
    };
    static const struct reading CZMLS[] = {
        {"[{\"id\":\"document\",\"version\":\"1.0\"}]", "[0].id = document\n[0].version = 1.0\n",
         NULL, NULL, NULL},
        {"[{\"id\":\"document\"}]", NULL, "the whole", "an array whose first packet", "other JSON"},
        {"[{\"id\":\"other\",\"version\":\"1.0\"}]", NULL, "the whole", "an array whose first",
         "other JSON"},
    };
    (void)state;
    READ_EACH(DOCUMENT_GEOJSON, GEOJSONS);
    READ_EACH(DOCUMENT_CZML, CZMLS);
}

struct octets {
    size_t size;
    const char *data;
    const char *told;     /* NULL = refused */
    size_t offset;        /* of what is refused */
    const char *expected; /* how that begins */
};
#define OCTETS(text) sizeof(text) - 1, text

/* Protocol Buffers, Encoding: a tag is number << 3 | type. What is not known is passed over. */
static void tak_is_read_or_refused(void **state)
{
    static const struct octets STREAMS[] = {
        {OCTETS(""), "", 0, NULL},
        {OCTETS("\xbf\x04\x12\x02\x30\x07"), "event[0].sendTime = 7\n", 0, NULL},
        {OCTETS("\xbf\x05\x12\x03\x30\xac\x02"), "event[0].sendTime = 300\n", 0, NULL},
        {OCTETS("\xbf\x0b\x12\x09\x51\x00\x00\x00\x00\x00\x00\xf0\x3f"), "event[0].lat = 1\n", 0,
         NULL},
        {OCTETS("\xbf\x04\x10\x01\x08\x01\xbf\x05\x12\x03\x0a\x01y"), "event[1].type = y\n", 0,
         NULL},
        /* contact (2) and track (7) of a detail (15); a field 3 in it, and 2 and 15 as numbers. */
        {OCTETS("\xbf\x09\x12\x07\x7a\x05\x12\x03\x12\x01y"), "event[0].contact.callsign = y\n", 0,
         NULL},
        {OCTETS("\xbf\x0f\x12\x0d\x7a\x0b\x3a\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"),
         "event[0].track.speed = 1\n", 0, NULL},
        {OCTETS("\xbf\x0a\x12\x08\x7a\x04\x1a\x00\x10\x01\x78\x01"), "", 0, NULL},
        {OCTETS("\xbf\x07\x12\x05\x0d\x00\x00\x00\x00"), "", 0, NULL},
        {OCTETS("x"), NULL, 0, "0xbf, the beginning of a message"},
        {OCTETS("\xbf"), NULL, 1, "a varint of at most 10 bytes"},
        {OCTETS("\xbf\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), NULL, 11, "a varint"},
        {OCTETS("\xbf\x05\x12"), NULL, 2, "as many bytes as the length says"},
        {OCTETS("\xbf\x03\x12\x02\x30"), NULL, 4, "as many bytes as the length says"},
        {OCTETS("\xbf\x01\x80"), NULL, 3, "a varint"},
        {OCTETS("\xbf\x01\x12"), NULL, 3, "a varint"},
        {OCTETS("\xbf\x03\x12\x01\x80"), NULL, 5, "a varint"},
        {OCTETS("\xbf\x01\x13"), NULL, 3, "a field of wire type 0, 1, 2 or 5"},
        {OCTETS("\xbf\x05\x12\x03\x7a\x01\x80"), NULL, 7, "a varint"},
        {OCTETS("\xbf\x07\x12\x05\x7a\x03\x12\x01\x80"), NULL, 9, "a varint"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof STREAMS / sizeof STREAMS[0]; i++) {
        const struct octets *s = &STREAMS[i];
        struct fault fault;
        const result outcome =
            read_bytes(DOCUMENT_TAK, (struct bytes){(const uint8_t *)s->data, s->size}, &fault);
        assert_int_equal(outcome, s->told != NULL ? OK : ERR_FORMAT);
        if (s->told != NULL) {
            assert_string_equal(lines, s->told);
        } else {
            assert_int_equal(fault.offset, s->offset);
            assert_begins(fault.expected, s->expected);
        }
    }
}

/* Lines that do not fit are left out, and that is said. */
static void what_does_not_fit_is_said(void **state)
{
    static const struct {
        enum document_kind kind;
        const char *text;
    } WHOLE[] = {{DOCUMENT_CAP, "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>x</alert>"},
                 {DOCUMENT_COT, "<event>x</event>"},
                 {DOCUMENT_KML, KML("x")},
                 {DOCUMENT_TAK, "\xbf\x05\x12\x03\x0a\x01y"},
                 {DOCUMENT_OEM, OEM("")},
                 {DOCUMENT_RDM, KVN_HEAD("RDM")},
                 {DOCUMENT_GEOJSON, FEATURES("[]")},
                 {DOCUMENT_CZML, "[{\"id\":\"document\",\"version\":\"1.0\"}]"}};
    (void)state;
    assert_int_equal(sizeof WHOLE / sizeof WHOLE[0], DOCUMENT_COUNT);
    for (size_t i = 0; i < sizeof WHOLE / sizeof WHOLE[0]; i++) {
        const struct bytes in = {(const uint8_t *)WHOLE[i].text, strlen(WHOLE[i].text)};
        char few[8];
        struct fault fault;
        struct text out = text_over(few, sizeof few);
        assert_int_equal(read_bytes(WHOLE[i].kind, in, &fault), OK);
        assert_true(strlen(lines) >= sizeof few);
        assert_int_equal(document_read(WHOLE[i].kind, in, &out, &fault), ERR_FULL);
    }
}

/* Without memory JSON is refused, and what is read is read whole. */
static void memory_that_runs_out(void **state)
{
    static const char JSON[] = "[{\"id\":\"document\",\"version\":\"1.0\"}]";
    size_t refused = 0;
    (void)state;
    for (size_t i = 0; i < 80; i++) {
        struct fault fault;
        (i % 2 == 0 ? memory_for_few : memory_without)(i / 2);
        const result outcome = read_text(DOCUMENT_CZML, JSON, &fault);
        memory_is_back();
        assert_int_equal(memory_kept(), 0);
        assert_true(outcome == OK || outcome == ERR_FORMAT);
        if (outcome == OK) {
            assert_string_equal(lines, "[0].id = document\n[0].version = 1.0\n");
        } else {
            assert_string_equal(fault.expected, "JSON");
            assert_true(fault.found[0] != '\0');
            refused++;
        }
    }
    assert_true(refused > 6 && refused < 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_values_are_read_or_refused),
        cmocka_unit_test(a_key_may_begin_as_a_comment_does),
        cmocka_unit_test(xml_is_read_or_refused),
        cmocka_unit_test(xml_has_its_longest_sizes),
        cmocka_unit_test(json_is_read_or_refused),
        cmocka_unit_test(tak_is_read_or_refused),
        cmocka_unit_test(what_does_not_fit_is_said),
        cmocka_unit_test(memory_that_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
