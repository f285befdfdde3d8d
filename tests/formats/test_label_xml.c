/* The samples are those of the reference data (see its README); the XML form is ADatP-4774's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/label_xml.h"
#include "formats/nation_number.h"

#define SPACE "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
#define HEAD                                                                               \
    "<s:originatorConfidentialityLabel xmlns:s='" SPACE "'><s:ConfidentialityInformation>" \
    "<s:PolicyIdentifier>NATO</s:PolicyIdentifier>"
#define TAIL "</s:ConfidentialityInformation></s:originatorConfidentialityLabel>"
#define SECRET "<s:Classification> SECRET\n</s:Classification>"
#define TO(type, name, values) \
    "<s:Category Type='" type "' TagName='" name "'>" values "</s:Category>"
#define VALUE(v) "<s:GenericValue>" v "</s:GenericValue>"
#define LONG                                                           \
    "                                                                " \
    "                                                                "
#define NUMBERED(inside)                                                                      \
    "<label xmlns='http://surevine.com/xmlns/spiffy'><policy id='1.3.26.1.3.1'/>" inside "</" \
    "label>"
#define TAG(type, set, lacv) "<tag type='" type "' id='1.3.26.1.4." set "' lacv='" lacv "'/>"

static const struct nation_id JPN = {"JPN"};

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* Classification, then the nations: "SECRET KOR USA". */
static const char *told(const struct label *l)
{
    static char line[128];
    (void)snprintf(line, sizeof line, "%s", classification_text(l->classification));
    for (uint32_t i = 0; i < l->releasable_count; i++) {
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), " %s",
                       l->releasable_to[i].code);
    }
    return line;
}

struct sample {
    const char *file;
    const char *told;
};

static void samples_are_read(void **state)
{
    (void)state;
    /* 1: organisations only. 3: no releasable-to. 4: 392 is Japan, 756 Switzerland, 804 Ukraine.
     * extra-1: TOP SECRET is above what may be shared, and nobody is named. */
    static const struct sample SAMPLES[] = {{"nato-4774-17-1.xml", "UNCLASSIFIED"},
                                            {"nato-4774-17-3.xml", "UNCLASSIFIED"},
                                            {"nato-4774-17-4.xml", "RESTRICTED JPN CHE UKR"},
                                            {"nato-4774-extra-1.xml", "unknown"}};
    const char *shared = getenv("WATCHFIRE_SHARED");
    if (shared == NULL) {
        print_message("WATCHFIRE_SHARED is not set: skipped\n");
        skip();
    }
    for (size_t i = 0; i < sizeof SAMPLES / sizeof SAMPLES[0]; i++) {
        char path[512];
        static uint8_t data[LABEL_XML_BYTES_MAX];
        (void)snprintf(path, sizeof path, "%s/labels-4774/%s", shared, SAMPLES[i].file);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        const size_t size = fread(data, 1, sizeof data, f);
        assert_int_equal(fclose(f), 0);
        struct label label;
        struct fault fault;
        const char *doubt = NULL;
        assert_int_equal(label_xml_read((struct bytes){data, size}, JPN, &label, &doubt, &fault),
                         OK);
        assert_string_equal(told(&label), SAMPLES[i].told);
        assert_string_equal(label.owner.code, "JPN");
        assert_false(label_permits(&label, (struct nation_id){"USA"}));
    }
}

struct reading {
    const char *xml;
    const char *told; /* NULL = an error */
    const char *found;
};

static const struct reading READINGS[] = {
    {HEAD SECRET TO("PERMISSIVE", "Releasable To", VALUE("KOR") VALUE(" USA ")) TAIL,
     "SECRET KOR USA", NULL},
    {HEAD SECRET TO("PERMISSIVE", "Releasable To", VALUE("USA") VALUE("USA") VALUE("NATO")) TAIL,
     "SECRET USA", NULL},
    {HEAD SECRET TAIL, "SECRET", NULL},
    {HEAD SECRET TO("PERMISSIVE", "Context", VALUE("USA")) TAIL, "SECRET", NULL},
    {HEAD SECRET TO("INFORMATIVE", "Administrative", VALUE("STAFF")) TAIL, "SECRET", NULL},
    /* Restrictions that are not understood. */
    {HEAD SECRET TO("RESTRICTIVE", "Additional Sensitivity", VALUE("CRYPTO"))
         TO("PERMISSIVE", "Releasable To", VALUE("USA")) TAIL,
     "unknown USA", NULL},
    {HEAD SECRET TO("PERMISSIVE", "Only", VALUE("USA")) TAIL, "unknown", NULL},
    {HEAD SECRET TO("RESTRICTIVE", "Releasable To", VALUE("USA")) TAIL, "unknown", NULL},
    {HEAD SECRET "<s:Caveat>eyes only</s:Caveat>" TAIL, "unknown", NULL},
    {HEAD SECRET "<x xmlns='urn:other'/>" TAIL, "unknown", NULL},
    {HEAD "<s:Classification>TOP SECRET</s:Classification>" TAIL, "unknown", NULL},
    {HEAD "<s:Classification>secret</s:Classification>" TAIL, "unknown", NULL},
    {"<s:originatorConfidentialityLabel xmlns:s='" SPACE "'><s:ConfidentialityInformation>"
     "<s:PolicyIdentifier>ACME</s:PolicyIdentifier>" SECRET TAIL,
     "unknown", NULL},
    {"<label xmlns='http://surevine.com/xmlns/spiffy'><classification lacv='4'/></label>",
     "unknown", NULL},
    {"<label xmlns='http://surevine.com/xmlns/spiffy'><policy id='1.3.26.1.3.1'/>"
     "<classification lacv='4'/><tag type='restrictive' id='1.3.26.1.4.1' lacv='2'/></label>",
     "unknown", NULL},
    /* White space of all kinds round a value is not part of it. */
    {HEAD SECRET TO("PERMISSIVE", "Releasable To", VALUE("\t&#13;\nKOR\t &#13;")) TAIL,
     "SECRET KOR", NULL},
    /* A value that is too long is not cut down to a nation, nor a classification to a known one. */
    {HEAD SECRET TO("PERMISSIVE", "Releasable To", VALUE("USA" LONG "x")) TAIL, "SECRET", NULL},
    {HEAD SECRET TO("PERMISSIVE", "Releasable To", VALUE("USA" LONG "   ")) TAIL, "SECRET USA",
     NULL},
    {HEAD "<s:Classification>SECRET" LONG "x x</s:Classification>" TAIL, "unknown", NULL},
    {HEAD SECRET "<s:OriginatorID>someone</s:OriginatorID>" TAIL, "SECRET", NULL},
    {HEAD SECRET "<s:GenericValue>USA</s:GenericValue>" TAIL, "SECRET", NULL},
    /* The numbered form: 410 is KOR, 392 JPN; "permissive" has three spellings. */
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "2", "410")
                  TAG("enumeratedPermissive", "2", "392")),
     "SECRET KOR JPN", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("PERMISSIVE", "2", "1001")), "SECRET", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("informative", "3", "7")), "SECRET", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "4", "7")), "SECRET", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "2", "0")), "unknown", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "2", "4 1")), "unknown", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "2", "4x")), "unknown", NULL},
    {NUMBERED("<classification lacv='4'/>" TAG("permissive", "2", "1234567")), "unknown", NULL},
    {NUMBERED(
         TAG("restrictive", "2", "410") "<classification lacv='4'/>" TAG("permissive", "2", "410")),
     "unknown KOR", NULL},
    {NUMBERED("<classification lacv='5'/>"), "unknown", NULL},
    {NUMBERED("<classification lacv='1'/>"), "UNCLASSIFIED", NULL},
    {NUMBERED("<classification lacv='4'/><caveat/>"), "unknown", NULL},
    {NUMBERED("<classification lacv='4'/><x xmlns='urn:other'/>"), "unknown", NULL},
    /* Errors. */
    {"<s:other xmlns:s='" SPACE "'/>", NULL, SPACE "|other"},
    {"<other xmlns='http://surevine.com/xmlns/spiffy'/>", NULL,
     "http://surevine.com/xmlns/spiffy|other"},
    {HEAD SECRET "<s:OriginatorID>urn:watchfire:nation:KO</s:OriginatorID>" TAIL, NULL,
     "urn:watchfire:nation:KO"},
    {HEAD SECRET "<s:OriginatorID>urn:watchfire:nation:kor</s:OriginatorID>" TAIL, NULL,
     "urn:watchfire:nation:kor"},
    {HEAD TAIL, NULL, "none"},
    {HEAD SECRET SECRET TAIL, NULL, "another"},
    {"<a/>", NULL, "a"},
    {"<originatorConfidentialityLabel/>", NULL, "originatorConfidentialityLabel"},
    {"<!DOCTYPE a [<!ENTITY b 'c'>]>" HEAD SECRET TAIL, NULL, "DOCTYPE a"},
    {HEAD SECRET, NULL, "no element found"},
    {"", NULL, "no element found"},
    {HEAD SECRET
     "<s:a><s:a><s:a><s:a><s:a><s:a><s:a></s:a></s:a></s:a></s:a></s:a></s:a></s:a>" TAIL,
     NULL, "one more"},
    {HEAD SECRET TO("PERMISSIVE", "Releasable To",
                    VALUE("AAA") VALUE("BBB") VALUE("CCC") VALUE("DDD") VALUE("EEE") VALUE("FFF")
                        VALUE("GGG") VALUE("HHH") VALUE("III")) TAIL,
     NULL, "III as one more"},
};

static void every_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof READINGS / sizeof READINGS[0]; i++) {
        const struct reading *r = &READINGS[i];
        struct label label = {.owner = {"ZZZ"}};
        struct fault fault = {0};
        const char *doubt = NULL;
        const result outcome = label_xml_read(bytes_of(r->xml), JPN, &label, &doubt, &fault);
        if (r->told != NULL) {
            assert_int_equal(outcome, OK);
            assert_string_equal(told(&label), r->told);
            assert_int_equal(doubt != NULL, label.classification == CLASSIFICATION_UNKNOWN);
        } else {
            assert_int_equal(outcome, ERR_FORMAT);
            assert_string_equal(fault.found, r->found);
            assert_string_equal(label.owner.code, "ZZZ");
        }
    }
}

/* A label that is cut anywhere is no label. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    const char *xml = READINGS[0].xml;
    for (size_t size = 0; size < strlen(xml); size++) {
        struct label label;
        struct fault fault;
        const char *doubt = NULL;
        assert_int_equal(
            label_xml_read((struct bytes){(const uint8_t *)xml, size}, JPN, &label, &doubt, &fault),
            ERR_FORMAT);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct label full = {.owner = {"KOR"}, .classification = CLASSIFICATION_SECRET};
    for (uint32_t i = 0; i < LABEL_NATIONS_MAX; i++) {
        const char code[4] = {'A', 'B', (char)('A' + i), '\0'};
        memcpy(full.releasable_to[i].code, code, sizeof code);
    }
    for (uint32_t count = 0; count <= LABEL_NATIONS_MAX; count++) {
        struct label label = full;
        label.releasable_count = count;
        uint8_t data[LABEL_XML_WRITTEN_MAX];
        struct byte_writer w = {data, sizeof data, 0};
        assert_int_equal(label_xml_write(&label, (struct instant){1700000000000000000}, &w), OK);
        struct label back;
        struct fault fault;
        const char *doubt = NULL;
        assert_int_equal(label_xml_read(byte_writer_written(&w), JPN, &back, &doubt, &fault), OK);
        assert_string_equal(back.owner.code, "KOR");
        assert_int_equal(back.releasable_count, count);
        char first[128];
        (void)snprintf(first, sizeof first, "%s", told(&label));
        assert_string_equal(told(&back), first);
        for (size_t size = 0; size < w.size; size++) {
            struct byte_writer small = {data, size, 0};
            assert_int_equal(label_xml_write(&label, (struct instant){1700000000000000000}, &small),
                             ERR_FULL);
            assert_int_equal(small.size, 0);
        }
    }
    struct byte_writer w = {NULL, 0, 0};
    struct label unknown = {.owner = {"KOR"}};
    assert_int_equal(label_xml_write(&unknown, (struct instant){1}, &w), ERR_RANGE);
}

static void a_label_has_a_longest_size(void **state)
{
    (void)state;
    static char xml[LABEL_XML_BYTES_MAX + 1];
    struct label label;
    struct fault fault;
    memset(xml, ' ', sizeof xml);
    memcpy(xml, READINGS[0].xml, strlen(READINGS[0].xml));
    const struct bytes in = {(const uint8_t *)xml, sizeof xml};
    const char *doubt = NULL;
    assert_int_equal(label_xml_read(in, JPN, &label, &doubt, &fault), ERR_FORMAT);
    assert_string_equal(fault.where, "label");
    const struct bytes fits = {(const uint8_t *)xml, sizeof xml - 1};
    assert_int_equal(label_xml_read(fits, JPN, &label, &doubt, &fault), OK);
}

static void nations_have_numbers(void **state)
{
    (void)state;
    struct nation_id n = {"ZZZ"};
    assert_true(nation_number_code(410, &n));
    assert_string_equal(n.code, "KOR");
    assert_true(nation_number_code(840, &n));
    assert_string_equal(n.code, "USA");
    assert_true(nation_number_code(4, &n));
    assert_string_equal(n.code, "AFG");
    assert_false(nation_number_code(1001, &n));
    assert_string_equal(n.code, "AFG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read),
        cmocka_unit_test(every_reading),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_label_has_a_longest_size),
        cmocka_unit_test(nations_have_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
