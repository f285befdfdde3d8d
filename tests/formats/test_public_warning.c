#include "formats/public_warning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "formats/glossary.h"
#include "formats/xml_writer.h"
#include "warned.h"

typedef void put_text(const struct public_warning *w, enum language language, struct text *out);

static const char *told(put_text *put, const struct public_warning *w, enum language language)
{
    static char text[PUBLIC_DESCRIPTION_SIZE];
    struct text t = text_over(text, sizeof text);
    put(w, language, &t);
    assert_false(t.full);
    return text;
}

static void assert_says(put_text *put, const struct public_warning *w, enum language language,
                        const char *expected)
{
    const char *text = told(put, w, language);
    if (strstr(text, expected) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", expected, text);
    }
}

static void the_glossary_is_the_agreed_one(void **state)
{
    static const char *const AGREED[GLOSSARY_TERM_COUNT][LANGUAGE_COUNT] = {
        {"possible ballistic missile", "弾道ミサイルの可能性のあるもの", "탄도미사일 추정 발사체"},
        {"apogee", "最高高度", "최고고도"},
        {"range", "飛翔距離", "비행거리"},
        {"overflight", "上空通過", "상공 통과"},
        {"lofted", "ロフテッド軌道", "고각 발사"},
        {"track lost", "失探", "항적 소실"},
        {"cancelled", "取消", "취소"},
        {"all clear", "解除", "해제"},
        {"exercise", "訓練", "훈련"},
        {"test", "試験", "시험"},
    };
    (void)state;
    for (int term = 0; term < GLOSSARY_TERM_COUNT; term++) {
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            assert_string_equal(glossary_text((enum glossary_term)term, (enum language)language),
                                AGREED[term][language]);
        }
    }
}

static void reason_place_time_and_action_are_told(void **state)
{
    struct warned w;
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    w.told.domain = DOMAIN_LIVE;
    assert_string_equal(told(public_headline, &w.told, LANGUAGE_ENGLISH),
                        "Possible ballistic missile: take shelter now. Aomori, Hokkaidō");
    assert_string_equal(told(public_headline, &w.told, LANGUAGE_JAPANESE),
                        "弾道ミサイルの可能性のあるもの：直ちに避難。青森県、北海道");
    assert_string_equal(told(public_headline, &w.told, LANGUAGE_KOREAN),
                        "탄도미사일 추정 발사체: 즉시 대피. 아오모리 현, 홋카이도");
    assert_string_equal(
        told(public_description, &w.told, LANGUAGE_ENGLISH),
        "What may be a ballistic missile was launched from North Korea at about 07:22 JST. \n"
        "Aomori: passes overhead at about 07:28 JST.\n"
        "Hokkaidō: may come down here from about 07:30 JST on.\n"
        "In force until 07:37 JST, unless another message changes that.");
    assert_says(public_description, &w.told, LANGUAGE_JAPANESE,
                "07:22 JST頃、弾道ミサイルの可能性のあるものが発射されました");
    assert_says(public_description, &w.told, LANGUAGE_KOREAN,
                "아오모리 현: 07:28 JST경 상공을 통과");
    assert_says(public_instruction, &w.told, LANGUAGE_ENGLISH, "sturdy building or underground");
    assert_says(public_instruction, &w.told, LANGUAGE_JAPANESE, "頑丈な建物の中、又は地下");
    assert_says(public_instruction, &w.told, LANGUAGE_KOREAN, "튼튼한 건물 안이나 지하로 대피");
}

/* What is played or tried out says so in front of every text. */
static void every_text_carries_its_domain(void **state)
{
    static const char *const MARKS[2][LANGUAGE_COUNT] = {{"EXERCISE: ", "【訓練】", "[훈련] "},
                                                         {"TEST: ", "【試験】", "[시험] "}};
    put_text *const texts[] = {public_headline, public_description, public_instruction};
    struct warned w;
    (void)state;
    for (int s = WARNING_INITIAL; s < WARNING_STATE_COUNT; s++) {
        for (int l = 0; l < LANGUAGE_COUNT; l++) {
            for (int k = 0; k < 3; k++) {
                warned_make(&w, (enum warning_state)s);
                for (int d = 0; d < 2; d++) {
                    w.told.domain = d == 0 ? DOMAIN_EXERCISE : DOMAIN_TEST;
                    const char *text = told(texts[k], &w.told, (enum language)l);
                    assert_int_equal(strncmp(text, MARKS[d][l], strlen(MARKS[d][l])), 0);
                }
                w.told.domain = DOMAIN_LIVE;
                assert_null(strstr(told(texts[k], &w.told, (enum language)l), MARKS[0][l]));
            }
        }
    }
}

static void ends_say_why(void **state)
{
    struct warned w;
    (void)state;
    warned_make(&w, WARNING_CANCEL);
    w.told.domain = DOMAIN_LIVE;
    assert_says(public_headline, &w.told, LANGUAGE_JAPANESE, "取消");
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "no danger to these areas");
    assert_says(public_instruction, &w.told, LANGUAGE_ENGLISH, "You may leave the shelter");
    w.warning.was_false = true;
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "false alarm");
    assert_says(public_description, &w.told, LANGUAGE_KOREAN, "오경보");
    warned_make(&w, WARNING_ALL_CLEAR);
    assert_says(public_headline, &w.told, LANGUAGE_KOREAN, "해제");
    warned_make(&w, WARNING_HANDED_OVER);
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "takes the place of this one");
    assert_says(public_instruction, &w.told, LANGUAGE_ENGLISH, "Take shelter");
    warned_make(&w, WARNING_EXPIRED);
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "has run out");
    warned_make(&w, WARNING_LOST_TRACK);
    assert_says(public_headline, &w.told, LANGUAGE_JAPANESE, "失探");
    assert_says(public_headline, &w.told, LANGUAGE_KOREAN, "항적 소실");
}

static void what_is_not_known_is_not_told(void **state)
{
    struct warned w;
    (void)state;
    warned_make(&w, WARNING_UPDATE);
    w.told.launched = INSTANT_UNSET;
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "was detected");
    warned_make(&w, WARNING_UPDATE);
    w.told.from[LANGUAGE_ENGLISH] = NULL;
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "was detected");
    w.warning.impact = INSTANT_UNSET;
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "may come down here at any time");
    w.warning.time = instant_plus_s(w.warning.areas[0].overflight, 5.0);
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "passed overhead at about 07:28");
    w.told.nation = (struct nation_id){"USA"};
    assert_says(public_description, &w.told, LANGUAGE_ENGLISH, "22:28 UTC");
}

static void assert_onset(const struct warning *w, const struct instant *expected)
{
    assert_int_equal(public_warning_onset(w).tai_ns, expected->tai_ns);
}

/* Of an area that is passed over and may be hit, the first of the two; of all areas the first. */
static void the_first_arrival_is_the_onset(void **state)
{
    struct warned w;
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    struct warning_area *areas = w.warning.areas;
    const struct instant late = instant_plus_s(w.warning.impact, 30.0);
    const struct instant soon = instant_plus_s(w.warning.impact, -30.0);
    const struct instant never = INSTANT_UNSET;
    assert_onset(&w.warning, &areas[0].overflight);
    areas[0].overflight = late;
    assert_onset(&w.warning, &w.warning.impact);
    areas[1].overflight = late;
    assert_onset(&w.warning, &w.warning.impact);
    areas[1].overflight = soon;
    assert_onset(&w.warning, &soon);
    areas[0].overflight = areas[1].overflight = never;
    w.warning.impact = never;
    assert_onset(&w.warning, &never);
}

static void identifiers_are_unique(void **state)
{
    struct warned w;
    char id[PUBLIC_ID_SIZE];
    (void)state;
    warned_make(&w, WARNING_INITIAL);
    assert_string_equal(public_warning_id(&w.told, id), "JPN-exercise-20221003T222512Z-2-3");
    w.told.prepared = PREPARED_ALL_CLEAR;
    assert_string_equal(public_warning_id(&w.told, id),
                        "JPN-exercise-20221003T222512Z-2-3-all-clear");
    w.told.nation = (struct nation_id){"KOR"};
    w.told.domain = DOMAIN_LIVE;
    w.told.prepared = PREPARED_NOT;
    w.warning.event.value = UINT64_MAX;
    w.warning.serial = UINT32_MAX;
    assert_string_equal(public_warning_id(&w.told, id),
                        "KOR-live-20221003T222512Z-18446744073709551615-4294967295");
}

/* However many areas, the texts fit their places: with the longest names of 60 bytes. */
static void texts_fit(void **state)
{
    static const char LONG[] = "123456789.123456789.123456789.123456789.123456789.123456789.";
    struct warned w;
    (void)state;
    warned_make(&w, WARNING_NARROWED);
    w.warning.area_count = WARNING_AREAS_MAX;
    for (int i = 0; i < WARNING_AREAS_MAX; i++) {
        w.places[i] = (struct public_place){{LONG, LONG, LONG}, "XX-XXX"};
        w.warning.areas[i] = w.warning.areas[i % 2];
    }
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        const char *headline = told(public_headline, &w.told, (enum language)l);
        assert_true(strlen(headline) < PUBLIC_HEADLINE_SIZE);
        assert_non_null(strstr(headline, "16"));
        (void)told(public_description, &w.told, (enum language)l);
        assert_true(strlen(told(public_instruction, &w.told, (enum language)l)) <
                    PUBLIC_INSTRUCTION_SIZE);
    }
}

static void xml_escapes_and_mends(void **state)
{
    char out[512];
    size_t size = 0;
    struct xml_writer x;
    (void)state;
    xml_start(&x, out, sizeof out);
    xml_open(&x, "a");
    xml_attribute(&x, "b", "1 < 2 & \"3\"\n");
    xml_element(&x, "c", "]]> <d/> \x01\r\xff 青");
    xml_open(&x, "e");
    xml_close(&x);
    xml_close(&x);
    assert_int_equal(xml_finish(&x, &size), OK);
    assert_string_equal(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<a b=\"1 &lt; 2 &amp; &quot;3&quot;&#10;\">\n"
                             "  <c>]]&gt; &lt;d/&gt; \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd 青</c>\n"
                             "  <e/>\n"
                             "</a>\n");
    assert_int_equal(size, strlen(out));
    for (size_t capacity = 1; capacity <= size; capacity++) {
        char small[512];
        size_t unchanged = 7;
        xml_start(&x, small, capacity);
        xml_open(&x, "a");
        xml_attribute(&x, "b", "1 < 2 & \"3\"\n");
        xml_element(&x, "c", "]]> <d/> \x01\r\xff 青");
        xml_open(&x, "e");
        xml_close(&x);
        xml_close(&x);
        assert_int_equal(xml_finish(&x, &unchanged), ERR_FULL);
        assert_int_equal(unchanged, 7);
        assert_true(strlen(small) < capacity);
    }
}

/* XML 1.0, 2.2 and 2.11; U+007F is allowed and discouraged, U+FFFE is no character. */
static void xml_keeps_white_space_and_mends_controls(void **state)
{
    char out[512];
    size_t size = 0;
    struct xml_writer x;
    (void)state;
    xml_start(&x, out, sizeof out);
    xml_open(&x, "a");
    xml_attribute(&x, "b", "1\t2");
    xml_text(&x, "1\t2\n3\x7f\xef\xbf\xbe\xef\xbf\xbd\xef\xbc\x9a");
    xml_close(&x);
    assert_int_equal(xml_finish(&x, &size), OK);
    assert_string_equal(out,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<a b=\"1&#9;2\">1\t2\n3" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT
                        "：</a>\n");
}

/* 1,023 bytes go into one piece; what has no text at all (a character that the locale does not
 * know) is no text either. */
static void pieces_that_are_too_long_are_said(void **state)
{
    static const size_t LONGEST = 1023;
    char name[1100];
    char out[2048];
    (void)state;
    for (size_t length = LONGEST; length <= LONGEST + 1; length++) {
        const result expected = length == LONGEST ? OK : ERR_FULL;
        struct xml_writer x;
        size_t size = 0;
        memset(name, 'n', sizeof name);
        name[length] = '\0';
        struct text t = text_over(out, sizeof out);
        text_addf(&t, "%s", name);
        assert_int_equal(text_finish(&t, &size), expected);
        assert_int_equal(t.size, length == LONGEST ? LONGEST : 0);
        xml_start(&x, out, sizeof out);
        xml_elementf(&x, "a", "%s", name);
        assert_int_equal(xml_finish(&x, &size), expected);
        xml_start(&x, out, sizeof out);
        xml_open(&x, "a");
        xml_attributef(&x, "b", "%s", name);
        xml_close(&x);
        assert_int_equal(xml_finish(&x, &size), expected);
    }
    size_t size = 7;
    struct text t = text_over(out, sizeof out);
    text_addf(&t, "%lc", (wint_t)0x9752);
    assert_int_equal(text_finish(&t, &size), ERR_FULL);
    assert_int_equal(size, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_glossary_is_the_agreed_one),
        cmocka_unit_test(reason_place_time_and_action_are_told),
        cmocka_unit_test(every_text_carries_its_domain),
        cmocka_unit_test(ends_say_why),
        cmocka_unit_test(what_is_not_known_is_not_told),
        cmocka_unit_test(the_first_arrival_is_the_onset),
        cmocka_unit_test(identifiers_are_unique),
        cmocka_unit_test(texts_fit),
        cmocka_unit_test(xml_escapes_and_mends),
        cmocka_unit_test(xml_keeps_white_space_and_mends_controls),
        cmocka_unit_test(pieces_that_are_too_long_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
