/* The tables of asterix_category.c against the specifications, item by item: the standard order,
 * the form of each item and its size, counted in bits from its elements.
 *
 * The specifications are those of zoranbosnjak/asterix-specs, a text in which indentation by four
 * blanks gives the structure; only the words that say how long something is are read here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/asterix_category.h"
#include "octets.h"

#define LINE_COUNT_MAX 4096
#define INDENT 4

struct line {
    int depth;
    const char *word; /* without the blanks in front; a NUL ends the line */
};

struct specification {
    struct bytes file;
    size_t line_count;
    struct line lines[LINE_COUNT_MAX];
};

static struct specification spec;

static void load(const char *path)
{
    spec.file = octets_from_shared(path);
    spec.line_count = 0;
    char *line = (char *)spec.file.data;
    for (char *end = strchr(line, '\n'); end != NULL; line = end + 1, end = strchr(line, '\n')) {
        const size_t blanks = strspn(line, " ");
        *end = '\0';
        if (line[blanks] == '\0') {
            continue;
        }
        assert_true(spec.line_count < LINE_COUNT_MAX);
        spec.lines[spec.line_count++] = (struct line){(int)(blanks / INDENT), line + blanks};
    }
}

/* The first line after `at` that does not lie below it. */
static size_t behind(size_t at)
{
    size_t i = at + 1;
    while (i < spec.line_count && spec.lines[i].depth > spec.lines[at].depth) {
        i++;
    }
    return i;
}

static bool begins(size_t at, const char *word)
{
    const size_t size = strlen(word);
    const char *text = spec.lines[at].word;
    return strncmp(text, word, size) == 0 && (text[size] == '\0' || text[size] == ' ');
}

static bool is_prose(size_t at)
{
    return begins(at, "definition") || begins(at, "description") || begins(at, "remark") ||
           begins(at, "table");
}

/* The number behind the first word of a line: "element 12". */
static unsigned number_in(size_t at)
{
    const char *blank = strchr(spec.lines[at].word, ' ');
    assert_non_null(blank);
    return (unsigned)strtoul(blank, NULL, 10);
}

/* Bits of the elements and spares below a line; an FX bit, written "-", is one. */
static unsigned count_bits(size_t at, unsigned *fx_count)
{
    unsigned bits = 0;
    const size_t end = behind(at);
    for (size_t i = at + 1; i < end; i++) {
        if (is_prose(i)) {
            i = behind(i) - 1;
        } else if (begins(i, "element") || begins(i, "spare")) {
            bits += number_in(i);
        } else if (begins(i, "-")) {
            bits++;
            *fx_count += 1;
        }
    }
    return bits;
}

/* The line below an item's that says what form it has. */
static size_t find_form(size_t at)
{
    for (size_t i = at + 1; i < behind(at); i = behind(i)) {
        if (!is_prose(i)) {
            return i;
        }
    }
    fail_msg("no form below %s", spec.lines[at].word);
    return 0;
}

static void compare_item(size_t at, const struct asterix_item *item);

static void compare_parts(size_t form, const struct asterix_item *item)
{
    size_t place = 0;
    for (size_t i = form + 1; i < behind(form); i = behind(i), place++) {
        assert_true(place < item->part_count);
        if (begins(i, "-")) {
            assert_int_equal(item->parts[place].form, ASTERIX_SPARE);
        } else {
            assert_true(begins(i, item->parts[place].number));
            compare_item(i, &item->parts[place]);
        }
    }
    assert_int_equal(place, item->part_count);
}

static void compare_item(size_t at, const struct asterix_item *item)
{
    const size_t form = find_form(at);
    unsigned fx_count = 0;
    unsigned bits = count_bits(form, &fx_count);
    if (begins(form, "compound")) {
        assert_int_equal(item->form, ASTERIX_COMPOUND);
        compare_parts(form, item);
    } else if (begins(form, "explicit")) {
        assert_int_equal(item->form, ASTERIX_EXPLICIT);
    } else if (begins(form, "repetitive fx")) {
        assert_int_equal(item->form, ASTERIX_REPETITIVE_FX);
        assert_int_equal(bits, 7);
    } else if (begins(form, "repetitive 1")) {
        assert_int_equal(item->form, ASTERIX_REPETITIVE);
        assert_int_equal(bits, 8 * item->size);
    } else if (begins(form, "extended")) {
        assert_int_equal(item->form, ASTERIX_EXTENDED);
        assert_int_equal(bits, 8 * item->size);
        assert_int_equal(fx_count, item->size);
    } else {
        bits += begins(form, "element") ? number_in(form) : 0;
        assert_int_equal(item->form, ASTERIX_FIXED);
        assert_int_equal(bits, 8 * item->size);
    }
}

static size_t find_line(int depth, const char *word)
{
    for (size_t i = 0; i < spec.line_count; i++) {
        if (spec.lines[i].depth == depth && begins(i, word)) {
            return i;
        }
    }
    fail_msg("%s is not in the specification", word);
    return 0;
}

/* Returns how many items were compared. */
static size_t compare_category(const struct asterix_category *category)
{
    size_t place = 0;
    const size_t uap = find_line(0, "uap");
    const size_t edition = find_line(0, "edition");
    assert_string_equal(spec.lines[edition].word + strlen("edition "), category->edition);
    for (size_t i = uap + 1; i < behind(uap); i++, place++) {
        assert_true(place < category->item_count);
        assert_true(begins(i, category->items[place].number));
        compare_item(find_line(1, spec.lines[i].word), &category->items[place]);
    }
    assert_int_equal(place, category->item_count);
    free((void *)spec.file.data);
    return place;
}

static void category_034(void **state)
{
    (void)state;
    load("asterix/specs/cat034-cat-1.29.ast");
    assert_int_equal(compare_category(asterix_category_find(34)), 14);
}

static void category_048(void **state)
{
    (void)state;
    load("asterix/specs/cat048-cat-1.31.ast");
    assert_int_equal(compare_category(asterix_category_find(48)), 28);
}

static void categories_without_a_table(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        const struct asterix_category *category = asterix_category_find((uint8_t)i);
        assert_int_equal(category != NULL, i == 34 || i == 48);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(category_034),
        cmocka_unit_test(category_048),
        cmocka_unit_test(categories_without_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
