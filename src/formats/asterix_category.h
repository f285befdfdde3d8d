/* The categories as tables: which items a record may have, in which order, of which form.
 *
 * To add a category, write its table and name it in asterix_category_find. The tables hold what
 * EUROCONTROL's specifications say and nothing else; a test compares them with those, item by
 * item. Constant data. */
#ifndef WATCHFIRE_FORMATS_ASTERIX_CATEGORY_H
#define WATCHFIRE_FORMATS_ASTERIX_CATEGORY_H

#include "formats/asterix.h"

enum asterix_form {
    ASTERIX_SPARE,         /* no item has this place: it must not be there */
    ASTERIX_FIXED,         /* `size` octets */
    ASTERIX_EXTENDED,      /* 1 to `size` octets, each with FX = 1 but the last */
    ASTERIX_REPETITIVE,    /* a count octet, then that many times `size` octets */
    ASTERIX_REPETITIVE_FX, /* octets, each with FX = 1 but the last */
    ASTERIX_EXPLICIT,      /* a length octet that counts itself, then the rest */
    ASTERIX_COMPOUND       /* a field specification, then the `parts` that it names */
};

struct asterix_item {
    const char *number; /* "070"; of a part, its name; NULL = spare */
    const char *title;
    enum asterix_form form;
    uint8_t size;
    uint8_t part_count;
    const struct asterix_item *parts;
    /* Reads the item's octets into the record, or NULL if nothing is kept of it. The form has been
     * checked. ERR_RANGE if the value is not what `range` says; out is then unspecified. */
    result (*decode)(struct bytes octets, struct asterix_record *out);
    const char *range;
};

struct asterix_category {
    uint8_t number;
    uint8_t item_count;
    const char *edition;
    const struct asterix_item *items; /* in the order of the standard UAP: place 0 is FRN 1 */
};

/* NULL if the category has no table. */
const struct asterix_category *asterix_category_find(uint8_t number);

#endif
