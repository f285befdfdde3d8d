/* GeoJSON and CZML by lines: what stands where, in the document's own order. */
#include <jansson.h>
#include <string.h>

#include "formats/document_part.h"

#define PATH_SIZE 256
#define DEPTH_MAX 16

static void add_value(const json_t *value, struct text *out)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        text_add(out, json_string_value(value));
        break;
    case JSON_INTEGER:
        text_addf(out, "%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        text_addf(out, "%.10g", json_real_value(value));
        break;
    case JSON_TRUE:
        text_add(out, "true");
        break;
    case JSON_FALSE:
        text_add(out, "false");
        break;
    default:
        text_add(out, "null");
    }
}

/* An array of nothing but numbers is one value. */
static bool is_numbers(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_number(json_array_get(value, i))) {
            return false;
        }
    }
    return json_array_size(value) > 0;
}

static void add_line(const char *path, const json_t *value, struct text *out)
{
    text_add(out, path);
    text_add(out, " =");
    if (!json_is_array(value)) {
        text_add(out, " ");
        add_value(value, out);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        text_add(out, " ");
        add_value(json_array_get(value, i), out);
    }
    text_add(out, "\n");
}

/* Deeper than DEPTH_MAX, and where a path is too long, nothing is told but that there is more. */
static void add_more(const char *path, size_t size, struct text *out)
{
    text_addf(out, "%.*s... = (deeper than is told)\n", (int)size, path);
}

/* jansson itself ends at a depth of 2,048. */
static void add_all(char path[PATH_SIZE], size_t size, int depth, json_t *value, struct text *out)
{
    const bool is_leaf = !json_is_object(value) && !json_is_array(value);
    if (is_leaf || is_numbers(value)) {
        add_line(path, value, out);
        return;
    }
    if (depth == DEPTH_MAX) {
        add_more(path, size, out);
        return;
    }
    bool is_told = true;
    for (void *i = json_object_iter(value); i != NULL; i = json_object_iter_next(value, i)) {
        struct text at = {path, PATH_SIZE, size, false};
        text_addf(&at, "%s%.80s", size > 0 ? "." : "", json_object_iter_key(i));
        if (!at.full) {
            add_all(path, at.size, depth + 1, json_object_iter_value(i), out);
        }
        is_told &= !at.full;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct text at = {path, PATH_SIZE, size, false};
        text_addf(&at, "[%zu]", i);
        if (!at.full) {
            add_all(path, at.size, depth + 1, json_array_get(value, i), out);
        }
        is_told &= !at.full;
    }
    path[size] = '\0';
    if (!is_told) {
        add_more(path, size, out);
    }
}

static const char *text_at(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_of_kind(json_t *root, bool is_czml)
{
    if (!is_czml) {
        return strcmp(text_at(root, "type"), "FeatureCollection") == 0 &&
               json_is_array(json_object_get(root, "features"));
    }
    json_t *first = json_array_get(root, 0);
    return strcmp(text_at(first, "id"), "document") == 0 && text_at(first, "version")[0] != '\0';
}

result document_json(struct bytes in, bool is_czml, struct text *out, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)in.data, in.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fault_at(fault, error.position > 0 ? (size_t)error.position : 0, "line %d, column %d",
                 error.line, error.column);
        fault_expected(fault, "JSON");
        return fault_found(fault, "%.90s", error.text[0] != '\0' ? error.text : "no JSON");
    }
    if (!is_of_kind(root, is_czml)) {
        json_decref(root);
        fault_at(fault, 0, "the whole");
        fault_expected(fault, "%s",
                       is_czml ? "an array whose first packet has the id \"document\" and a version"
                               : "an object of type FeatureCollection with features");
        return fault_found(fault, "other JSON");
    }
    char path[PATH_SIZE] = "";
    add_all(path, 0, 0, root, out);
    json_decref(root);
    return out->full ? ERR_FULL : OK;
}
