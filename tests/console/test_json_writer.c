/* Text that came from anywhere becomes JSON that every parser takes: what is no UTF-8 is mended,
 * and nothing else is changed. Against jansson, which refuses what is no UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/random.h"
#include "console/json_writer.h"

/* What a reader gets of the text; it must be one. */
static void read_back(const char *text, char *out, size_t out_size)
{
    char storage[256];
    struct json_writer w;
    size_t size = 0;
    json_error_t error;
    json_writer_start(&w, storage, sizeof storage);
    json_writer_array(&w, NULL);
    json_writer_text(&w, NULL, text);
    json_writer_close(&w);
    assert_int_equal(json_writer_finish(&w, &size), OK);
    json_t *read = json_loadb(storage, size, JSON_REJECT_DUPLICATES, &error);
    if (read == NULL) {
        fail_msg("%s: %.*s", error.text, (int)size, storage);
    }
    (void)snprintf(out, out_size, "%s", json_string_value(json_array_get(read, 0)));
    json_decref(read);
}

/* Every beginning of a sequence, with the bytes that decide at the borders of what is one (Unicode
 * 15, table 3-7), and with what follows. What jansson takes by itself comes back as it was. */
static void every_sequence_is_taken_or_mended(void **state)
{
    (void)state;
    static const unsigned char NEXT[] = {0x01, 0x7f, 0x80, 0x8f, 0x90,
                                         0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    enum { COUNT = sizeof NEXT };
    unsigned long sound = 0;
    unsigned long mended = 0;
    for (unsigned lead = 1; lead < 256; lead++) {
        for (size_t i = 0; i < COUNT * COUNT * COUNT; i++) {
            const char text[] = {(char)lead,
                                 (char)NEXT[i % COUNT],
                                 (char)NEXT[i / COUNT % COUNT],
                                 (char)NEXT[i / COUNT / COUNT],
                                 'x',
                                 '\0'};
            char out[64];
            read_back(text, out, sizeof out);
            json_t *itself = json_string(text);
            if (itself != NULL) {
                assert_string_equal(out, text);
                sound++;
            } else {
                assert_non_null(strstr(out, "\xef\xbf\xbd"));
                assert_int_equal(out[strlen(out) - 1], 'x');
                mended++;
            }
            json_decref(itself);
        }
    }
    assert_true(sound > 1000 && mended > 100000);
}

static void any_text_is_read_back(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 7, 7);
    for (int i = 0; i < 20000; i++) {
        char text[24] = "";
        char out[96];
        for (size_t k = 0; k + 1 < sizeof text; k++) {
            text[k] = (char)random_u64(&r);
        }
        read_back(text, out, sizeof out);
    }
}

/* A time that is unset, or before 1970, is none. */
static void times_that_are_none(void **state)
{
    (void)state;
    static const struct instant NONE[] = {{INT64_MIN}, {-1}};
    for (size_t i = 0; i < 2; i++) {
        char storage[32];
        struct json_writer w;
        size_t size = 0;
        json_writer_start(&w, storage, sizeof storage);
        json_writer_time(&w, NULL, i == 0 ? INSTANT_UNSET : NONE[i]);
        assert_int_equal(json_writer_finish(&w, &size), OK);
        assert_int_equal(size, 4);
        assert_memory_equal(storage, "null", 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_is_taken_or_mended),
        cmocka_unit_test(any_text_is_read_back),
        cmocka_unit_test(times_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
