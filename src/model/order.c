#include "model/order.h"

#include <string.h>

#include "base/utf8.h"

static const char *const KINDS[ORDER_KIND_COUNT] = {"none",    "acknowledge", "false",  "real",
                                                    "space",   "merge",       "split",  "hold",
                                                    "release", "approve",     "cancel", "warn"};
static const char *const ROLES[ROLE_COUNT] = {"watch", "release", "engineer", "observer",
                                              "control"};
/* Text of characters that are seen, and not of blanks alone. */
static bool is_reason(const char *text)
{
    bool any = false;
    while (*text != '\0') {
        const size_t length = utf8_length(text);
        const unsigned char first = (unsigned char)*text;
        const bool is_c1 = first == 0xc2 && (unsigned char)text[1] < 0xa0;
        if (length == 0 || first < 0x20 || first == 0x7f || is_c1) {
            return false;
        }
        any |= first != ' ';
        text += length;
    }
    return any;
}

static bool is_ended(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Every event-wise order names one; the others' members are for their kinds alone. */
static bool names_what_it_needs(const struct order *o)
{
    const bool holds = o->kind == ORDER_HOLD || o->kind == ORDER_RELEASE;
    const bool merges = o->kind == ORDER_MERGE;
    const bool splits = o->kind == ORDER_SPLIT;
    return (holds || o->event.value != 0) && merges == (o->into.value != 0) &&
           o->into.value != (merges ? o->event.value : 1) &&
           (nation_id_is_set(o->nation) ? holds || splits : !splits);
}

result order_check(const struct order *o)
{
    struct officer_name name;
    struct nation_id nation;
    ENSURE(o->kind > ORDER_NONE && o->kind < ORDER_KIND_COUNT, ERR_RANGE);
    ENSURE(is_ended(o->actor.text, sizeof o->actor.text), ERR_RANGE);
    ENSURE(officer_name_parse(o->actor.text, &name) == OK, ERR_RANGE);
    ENSURE(is_ended(o->reason, sizeof o->reason), ERR_RANGE);
    const bool speaks_for_itself = o->kind == ORDER_ACKNOWLEDGE || o->kind == ORDER_APPROVE;
    ENSURE(is_reason(o->reason) || (speaks_for_itself && o->reason[0] == '\0'), ERR_RANGE);
    ENSURE(!nation_id_is_set(o->nation) ||
               (o->nation.code[3] == '\0' && nation_id_parse(o->nation.code, &nation)),
           ERR_RANGE);
    ENSURE(names_what_it_needs(o), ERR_RANGE);
    return OK;
}

uint8_t order_roles(enum order_kind kind)
{
    return kind >= ORDER_HOLD ? ROLE_RELEASE : ROLE_WATCH;
}

const char *order_text(enum order_kind kind)
{
    return (unsigned)kind < ORDER_KIND_COUNT ? KINDS[kind] : KINDS[ORDER_NONE];
}

enum order_kind order_parse(const char *text)
{
    for (int i = ORDER_NONE + 1; i < ORDER_KIND_COUNT; i++) {
        if (strcmp(text, KINDS[i]) == 0) {
            return (enum order_kind)i;
        }
    }
    return ORDER_NONE;
}

const char *officer_role_text(unsigned i)
{
    return i < ROLE_COUNT ? ROLES[i] : "none";
}

uint8_t officer_role_parse(const char *text)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(text, ROLES[i]) == 0) {
            return (uint8_t)(1u << i);
        }
    }
    return 0;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

result officer_name_parse(const char *text, struct officer_name *out)
{
    size_t size = 0;
    while (is_name_character(text[size])) {
        size++;
    }
    ENSURE(size >= 1 && size < sizeof out->text && text[size] == '\0', ERR_FORMAT);
    memset(out, 0, sizeof *out);
    memcpy(out->text, text, size);
    return OK;
}
