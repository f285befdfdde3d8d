/* The strict reader over a YAML tree: typed, with units, first error kept with line and column.
 *
 * A reader asks for every key it knows and goes straight on; nothing fails on the way. What is
 * missing or wrong leaves the tree's first message and gives a value of 0 or "nothing".
 * yaml_finish() then refuses any key that no one asked for, and says whether all was well:
 *
 *     struct yaml map = yaml_root(&tree);
 *     plan.apogee_m = yaml_number(yaml_need(map, "apogee"), YAML_LENGTH, 5e3, 15e6);
 *     if (yaml_given(yaml_may(map, "failure"))) { … }
 *     TRY(yaml_finish(&tree));
 *
 * A value carries its unit in the text, "10 km", and the key says the dimension: a number without
 * its unit is an error, except for counts. Keys passed in are static strings. */
#ifndef WATCHFIRE_NODE_YAML_H
#define WATCHFIRE_NODE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "geo/frame.h"
#include "node/yaml_tree.h"

/* A place in the tree. Node 0 is nothing, and all that is read from it is 0, quietly. */
struct yaml {
    struct yaml_tree *tree;
    uint32_t node;
};

enum yaml_dimension {
    YAML_LENGTH,       /* m, km -> m */
    YAML_ANGLE,        /* deg, rad, mrad, urad -> rad */
    YAML_TIME,         /* d, h, min, s, ms, us -> s */
    YAML_SPEED,        /* m/s, km/s -> m/s */
    YAML_ACCELERATION, /* m/s2 */
    YAML_SHARE,        /* % -> 0 to 1 */
    YAML_BALLISTIC,    /* kg/m2 */
    YAML_COUNT         /* a number without a unit */
};

struct yaml yaml_root(struct yaml_tree *tree);

/* The value of a key of a map; nothing if the map has no such key, which is an error for `need`. */
struct yaml yaml_need(struct yaml map, const char *key);
struct yaml yaml_may(struct yaml map, const char *key);

static inline bool yaml_given(struct yaml value)
{
    return value.node != 0;
}

/* How many values a list has; an error if it is not a list or has fewer than min or more than max,
 * then 0. Nothing counts 0. */
uint32_t yaml_list(struct yaml list, uint32_t min, uint32_t max);
/* The i-th value of a list, i < yaml_list(). Slow for long lists: starts at the first. */
struct yaml yaml_item(struct yaml list, uint32_t i);
/* The value after this one in its list; nothing after the last. */
struct yaml yaml_next(struct yaml item);

/* A number with its unit, from min to max (in SI, as returned); 0 on error. */
double yaml_number(struct yaml value, enum yaml_dimension dimension, double min, double max);
/* The same, but `otherwise` for nothing. */
double yaml_number_or(struct yaml value, enum yaml_dimension dimension, double min, double max,
                      double otherwise);
uint32_t yaml_whole(struct yaml value, uint32_t min, uint32_t max);
/* Exactly "true" or "false". */
bool yaml_flag(struct yaml value, bool otherwise);
/* Text of 1 to size - 1 bytes without control characters, copied with its NUL; "" on error. */
void yaml_text(struct yaml value, char *out, size_t size);
/* The index of the text in `choices` (NULL-terminated); 0 on error. */
uint32_t yaml_choice(struct yaml value, const char *const *choices);
/* "40.611208, 126.425743": latitude and longitude in degrees, north and east +; height 0. */
struct geo_geodetic yaml_place(struct yaml value);
/* UTC as in RFC 3339; unset on error. */
struct instant yaml_instant(struct yaml value);
struct nation_id yaml_nation(struct yaml value);
struct sensor_id yaml_sensor(struct yaml value);
/* The text as it stands; NULL for nothing and for what is not text. Lives as long as the tree. */
const char *yaml_peek(struct yaml value);
bool yaml_is_list(struct yaml value);

/* Keeps "… found "value"; expected <expected>" as the tree's message if it is the first; none for
 * nothing. `yaml_refuse_key` points at the key, and says what was found in words. */
void yaml_refuse(struct yaml value, const char *expected);
void yaml_refuse_key(struct yaml value, const char *found, const char *expected);

/* ERR_FORMAT if anything was wrong, tree->message then says what; an unknown key is wrong. */
MUST_USE result yaml_finish(struct yaml_tree *tree);

#endif
