#include "node/yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "node/yaml_number.h"

#define EXPECTED_SIZE 512
#define KEY_SIZE 64 /* longer keys are nobody's slip */
#define SHOWN 60    /* bytes of a value that a message quotes */

static const struct yaml_node *node_of(struct yaml value)
{
    return &value.tree->nodes[value.node];
}

static struct yaml nothing(struct yaml_tree *tree)
{
    return (struct yaml){tree, 0};
}

struct yaml yaml_root(struct yaml_tree *tree)
{
    assert(tree->node_count >= 2);
    tree->nodes[1].used = true;
    return (struct yaml){tree, 1};
}

/* "key: " of the nearest value with a key, or "" at the root. */
static const char *name_of(struct yaml value)
{
    uint32_t at = value.node;
    while (at != 0 && value.tree->nodes[at].key == NULL) {
        at = value.tree->nodes[at].parent;
    }
    return at == 0 ? NULL : value.tree->nodes[at].key;
}

/* What stands there, for a message: a quoted text, or a word for a map or a list. Cut between
 * characters, never within one. */
static const char *shown(const struct yaml_node *node, char out[SHOWN + 8])
{
    if (node->kind != YAML_SCALAR) {
        return node->kind == YAML_MAP ? "a map of keys" : "a list";
    }
    if (node->text[0] == '\0') {
        return "nothing";
    }
    size_t size = strlen(node->text);
    const bool cut = size > SHOWN;
    size = cut ? SHOWN : size;
    while (cut && size > 0 && ((unsigned char)node->text[size] & 0xc0) == 0x80) {
        size--;
    }
    (void)snprintf(out, SHOWN + 8, "\"%.*s%s\"", (int)size, node->text, cut ? "..." : "");
    return out;
}

static void refuse(struct yaml value, const char *why, const char *expected)
{
    if (value.node == 0) {
        return;
    }
    char quoted[SHOWN + 8];
    const struct yaml_node *node = node_of(value);
    const char *name = name_of(value);
    yaml_tree_fail(value.tree, node->line, node->column, "%.60s%sfound %s%s; expected %s",
                   name == NULL ? "" : name, name == NULL ? "" : ": ", shown(node, quoted), why,
                   expected);
}

void yaml_refuse(struct yaml value, const char *expected)
{
    refuse(value, "", expected);
}

void yaml_refuse_key(struct yaml value, const char *found, const char *expected)
{
    if (value.node == 0) {
        return;
    }
    const struct yaml_node *node = node_of(value);
    const bool keyed = node->key != NULL;
    yaml_tree_fail(value.tree, keyed ? node->key_line : node->line,
                   keyed ? node->key_column : node->column, "%.60s%sfound %s; expected %s",
                   keyed ? node->key : "", keyed ? ": " : "", found, expected);
}

static bool is_kind(struct yaml value, enum yaml_kind kind, const char *expected)
{
    if (value.node == 0) {
        return false;
    }
    if (node_of(value)->kind != kind) {
        yaml_refuse(value, expected);
        return false;
    }
    return true;
}

/* Remembers that the reader knows this key, for the message about one that it does not. Without
 * memory for that the message is shorter, nothing else. */
static void remember(struct yaml map, const char *key)
{
    struct yaml_tree *tree = map.tree;
    if (tree->asked_count == tree->asked_capacity) {
        const uint32_t capacity = tree->asked_capacity == 0 ? 256 : 2 * tree->asked_capacity;
        struct yaml_asked *asked = realloc(tree->asked, capacity * sizeof *asked);
        if (asked == NULL) {
            return;
        }
        tree->asked = asked;
        tree->asked_capacity = capacity;
    }
    tree->asked[tree->asked_count] = (struct yaml_asked){map.node, key};
    tree->asked_count++;
}

struct yaml yaml_may(struct yaml map, const char *key)
{
    if (!is_kind(map, YAML_MAP, "a map of keys and values")) {
        return nothing(map.tree);
    }
    remember(map, key);
    for (uint32_t i = node_of(map)->first_child; i != 0; i = map.tree->nodes[i].next) {
        if (strcmp(map.tree->nodes[i].key, key) == 0) {
            map.tree->nodes[i].used = true;
            return (struct yaml){map.tree, i};
        }
    }
    return nothing(map.tree);
}

struct yaml yaml_need(struct yaml map, const char *key)
{
    const struct yaml value = yaml_may(map, key);
    if (value.node == 0 && map.node != 0 && !map.tree->failed) {
        const struct yaml_node *node = node_of(map);
        yaml_tree_fail(
            map.tree, node->line, node->column, "found no key \"%s\" here; expected one%s%.60s",
            key, name_of(map) == NULL ? "" : " in ", name_of(map) == NULL ? "" : name_of(map));
        map.tree->missing_in = map.node;
        map.tree->missing_key = key;
    }
    return value;
}

uint32_t yaml_list(struct yaml list, uint32_t min, uint32_t max)
{
    char expected[EXPECTED_SIZE];
    (void)snprintf(expected, sizeof expected, "a list of %u to %u values", min, max);
    if (!is_kind(list, YAML_LIST, expected)) {
        return 0;
    }
    const uint32_t count = node_of(list)->child_count;
    if (count < min || count > max) {
        char found[64];
        (void)snprintf(found, sizeof found, "a list of %u", count);
        yaml_refuse_key(list, found, expected);
        return 0;
    }
    return count;
}

struct yaml yaml_item(struct yaml list, uint32_t i)
{
    if (list.node == 0 || node_of(list)->kind != YAML_LIST) {
        return nothing(list.tree);
    }
    uint32_t at = node_of(list)->first_child;
    while (at != 0 && i > 0) {
        at = list.tree->nodes[at].next;
        i--;
    }
    list.tree->nodes[at].used = true;
    return (struct yaml){list.tree, at};
}

struct yaml yaml_next(struct yaml item)
{
    const uint32_t at = item.node == 0 ? 0 : node_of(item)->next;
    item.tree->nodes[at].used = true;
    return (struct yaml){item.tree, at};
}

bool yaml_is_list(struct yaml value)
{
    return value.node != 0 && node_of(value)->kind == YAML_LIST;
}

const char *yaml_peek(struct yaml value)
{
    return value.node != 0 && node_of(value)->kind == YAML_SCALAR ? node_of(value)->text : NULL;
}

double yaml_number(struct yaml value, enum yaml_dimension dimension, double min, double max)
{
    const char *example = yaml_number_example(dimension);
    if (!is_kind(value, YAML_SCALAR, example)) {
        return 0.0;
    }
    double number = 0.0;
    const char *why = "";
    if (yaml_number_parse(node_of(value)->text, dimension, &number, &why) != OK) {
        refuse(value, why, example);
        return 0.0;
    }
    /* "100 %" must not fail for the rounding of 100 * 0.01. */
    const double slack = 1e-12 * (max > -min ? max : -min);
    if (!(number >= min - slack && number <= max + slack)) {
        char expected[EXPECTED_SIZE];
        char low[YAML_NUMBER_TEXT];
        char high[YAML_NUMBER_TEXT];
        (void)snprintf(expected, sizeof expected, "%s to %s",
                       yaml_number_format(min, dimension, low),
                       yaml_number_format(max, dimension, high));
        refuse(value, ", out of range", expected);
        return 0.0;
    }
    return number < min ? min : number > max ? max : number;
}

double yaml_number_or(struct yaml value, enum yaml_dimension dimension, double min, double max,
                      double otherwise)
{
    return yaml_given(value) ? yaml_number(value, dimension, min, max) : otherwise;
}

uint32_t yaml_whole(struct yaml value, uint32_t min, uint32_t max)
{
    char expected[EXPECTED_SIZE];
    (void)snprintf(expected, sizeof expected, "a whole number, %u to %u", min, max);
    if (!is_kind(value, YAML_SCALAR, expected)) {
        return 0;
    }
    uint64_t number = 0;
    const char *at = node_of(value)->text;
    while (*at >= '0' && *at <= '9' && number <= UINT32_MAX) {
        number = 10 * number + (uint64_t)(*at - '0');
        at++;
    }
    if (at == node_of(value)->text || *at != '\0' || number < min || number > max) {
        yaml_refuse(value, expected);
        return 0;
    }
    return (uint32_t)number;
}

bool yaml_flag(struct yaml value, bool otherwise)
{
    static const char *const choices[] = {"false", "true", NULL};
    return yaml_given(value) ? yaml_choice(value, choices) == 1 : otherwise;
}

static bool is_printable(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return false;
        }
    }
    return true;
}

void yaml_text(struct yaml value, char *out, size_t size)
{
    assert(size > 1);
    char expected[EXPECTED_SIZE];
    (void)snprintf(expected, sizeof expected, "one line of text, 1 to %zu bytes", size - 1);
    out[0] = '\0';
    if (!is_kind(value, YAML_SCALAR, expected)) {
        return;
    }
    const char *text = node_of(value)->text;
    const size_t length = strlen(text);
    if (length == 0 || length >= size || !is_printable(text)) {
        yaml_refuse(value, expected);
        return;
    }
    memcpy(out, text, length + 1);
}

/* "a, b or c", cut where it no longer fits. */
static void list_choices(const char *const *choices, char out[EXPECTED_SIZE])
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && size < EXPECTED_SIZE; i++) {
        const char *before = i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ";
        size += (size_t)snprintf(out + size, EXPECTED_SIZE - size, "%s%s", before, choices[i]);
    }
}

uint32_t yaml_choice(struct yaml value, const char *const *choices)
{
    char expected[EXPECTED_SIZE];
    list_choices(choices, expected);
    if (!is_kind(value, YAML_SCALAR, expected)) {
        return 0;
    }
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (strcmp(node_of(value)->text, choices[i]) == 0) {
            return i;
        }
    }
    yaml_refuse(value, expected);
    return 0;
}

struct geo_geodetic yaml_place(struct yaml value)
{
    const char *expected = "latitude and longitude in degrees, such as \"40.611208, 126.425743\"";
    struct geo_geodetic place = {0};
    if (!is_kind(value, YAML_SCALAR, expected)) {
        return place;
    }
    double lat_deg = 0.0;
    double lon_deg = 0.0;
    const char *at = node_of(value)->text;
    bool good = yaml_number_plain(at, &lat_deg, &at) == OK && *at == ',';
    if (good) {
        at++;
        at += *at == ' ' ? 1 : 0;
        good = yaml_number_plain(at, &lon_deg, &at) == OK && *at == '\0';
    }
    good = good && lat_deg >= -90.0 && lat_deg <= 90.0 && lon_deg >= -180.0 && lon_deg <= 180.0;
    if (!good) {
        yaml_refuse(value, expected);
        return place;
    }
    const double rad_per_deg = 0.017453292519943295;
    return (struct geo_geodetic){lat_deg * rad_per_deg, lon_deg * rad_per_deg, 0.0};
}

struct instant yaml_instant(struct yaml value)
{
    const char *expected = "a time in UTC, such as \"2022-10-03T22:22:00Z\"";
    struct instant time = INSTANT_UNSET;
    if (is_kind(value, YAML_SCALAR, expected)) {
        const char *text = node_of(value)->text;
        if (utc_parse(text, strlen(text), &time) != OK) {
            yaml_refuse(value, expected);
        }
    }
    return time;
}

struct nation_id yaml_nation(struct yaml value)
{
    const char *expected = "a nation as three capital letters, such as JPN";
    struct nation_id id = {{0}};
    if (is_kind(value, YAML_SCALAR, expected) &&
        (strlen(node_of(value)->text) != 3 || !nation_id_parse(node_of(value)->text, &id))) {
        yaml_refuse(value, expected);
    }
    return id;
}

struct sensor_id yaml_sensor(struct yaml value)
{
    const char *expected = "a sensor's name, 1 to 15 letters, digits, '-', '_' or '.'";
    struct sensor_id id = {{0}};
    if (is_kind(value, YAML_SCALAR, expected) && !sensor_id_parse(node_of(value)->text, &id)) {
        yaml_refuse(value, expected);
    }
    return id;
}

static bool asked_before(const struct yaml_tree *tree, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++) {
        if (tree->asked[k].map == tree->asked[i].map &&
            strcmp(tree->asked[k].key, tree->asked[i].key) == 0) {
            return true;
        }
    }
    return false;
}

/* The keys that the reader knows in this map. */
static void list_known(const struct yaml_tree *tree, uint32_t map, char out[EXPECTED_SIZE])
{
    size_t size = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < tree->asked_count && size < EXPECTED_SIZE; i++) {
        if (tree->asked[i].map == map && !asked_before(tree, i)) {
            size += (size_t)snprintf(out + size, EXPECTED_SIZE - size, "%s%s",
                                     size == 0 ? "" : ", ", tree->asked[i].key);
        }
    }
}

/* How many letters must be put in, taken out or changed to make one word of the other. Source:
 * Levenshtein (1966), Soviet Physics Doklady 10(8). */
static size_t letters_apart(const char *a, const char *b)
{
    size_t row[KEY_SIZE];
    const size_t width = strlen(b);
    for (size_t k = 0; k <= width; k++) {
        row[k] = k;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < width; k++) {
            const size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
            const size_t moved = 1 + (row[k] < row[k + 1] ? row[k] : row[k + 1]);
            diagonal = row[k + 1];
            row[k + 1] = changed < moved ? changed : moved;
        }
    }
    return row[width];
}

/* A missing key is often a misspelt one: then the message is about what stands there. */
static void explain_missing(struct yaml_tree *tree)
{
    for (uint32_t i = tree->nodes[tree->missing_in].first_child; i != 0; i = tree->nodes[i].next) {
        const struct yaml_node *node = &tree->nodes[i];
        if (!node->used && strlen(node->key) < KEY_SIZE &&
            letters_apart(tree->missing_key, node->key) <= 2) {
            tree->failed = false;
            yaml_tree_fail(tree, node->key_line, node->key_column,
                           "found the unknown key \"%.60s\"; expected \"%s\", which is missing",
                           node->key, tree->missing_key);
            return;
        }
    }
}

result yaml_finish(struct yaml_tree *tree)
{
    if (tree->failed && tree->missing_in != 0) {
        explain_missing(tree);
    }
    for (uint32_t i = 1; i < tree->node_count && !tree->failed; i++) {
        const struct yaml_node *node = &tree->nodes[i];
        if (!node->used && node->key != NULL) {
            char known[EXPECTED_SIZE];
            list_known(tree, node->parent, known);
            yaml_tree_fail(tree, node->key_line, node->key_column,
                           "found the unknown key \"%.60s\"; expected %s", node->key,
                           known[0] == '\0' ? "no key here" : known);
        }
    }
    return tree->failed ? ERR_FORMAT : OK;
}
