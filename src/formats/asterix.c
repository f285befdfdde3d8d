/* ASTERIX: how blocks, records and items are laid out, and how they are walked.
 *
 *   block                               record
 *    0  1  CAT, the category             FSPEC  one octet or more: bits 8 to 2 stand for seven
 *    1  2  LEN, octets of the block,            places of the category's order (UAP), bit 1 (FX)
 *          with these three                     says that another octet follows
 *    3     records, end to end           items  those that the FSPEC names, in that order
 *
 *   item        octets
 *   fixed       as many as the table says
 *   extended    one and more: bit 1 (FX) of each says whether another follows; the table says how
 *               many there can be
 *   repetitive  a count, then that many times what the table says; or octets chained by FX
 *   explicit    a length that counts itself, then what sender and receiver agreed on
 *   compound    a field specification like the FSPEC, then the parts that it names
 *
 * A record has no length of its own: where it ends follows from every bit of every FSPEC and count
 * in it, and where the block ends is the only check. So one wrong octet makes all that follows in
 * the block meaningless, and the block is the unit of trust: asterix_block_next decodes all of it
 * and throws the result away, asterix_block_record decodes it again and gives it out.
 *
 * Valid is a record whose FSPEC names only places that its category has, whose items all end
 * within the block, whose values are in their ranges and that names its data source (the
 * specifications ask for item 010 in every record). Spare bits within an item are not looked at,
 * since a later edition may give them a meaning; an item that is longer than this edition knows is
 * refused. A count of zero is taken.
 *
 * Sources: EUROCONTROL-SPEC-0149 part 1 (structure), 0149-2b (category 034), 0149-4 (048). */
#include "formats/asterix.h"

#include <assert.h>

#include "formats/asterix_category.h"

#define BLOCK_HEADER_SIZE 3
#define BITS_PER_SPECIFICATION_OCTET 7

struct walk {
    struct byte_reader in;
    size_t origin; /* offset of in's first byte in the input */
    const struct asterix_category *category;
    const struct asterix_item *item; /* where the walk is, for messages; NULL = in the FSPEC */
    struct fault *fault;
};

static size_t offset_of(const struct walk *w)
{
    return w->origin + w->in.at;
}

static void place_fault(struct walk *w, size_t offset, const char *part)
{
    const bool is_in_item = w->item != NULL;
    fault_at(w->fault, offset, "CAT %03d%s%s%s%s", w->category->number,
             is_in_item ? " item " : " record", is_in_item ? w->item->number : "",
             part[0] == '\0' ? "" : ", ", part);
}

static result take(struct walk *w, size_t size, const char *part)
{
    struct bytes unused = {0};
    if (byte_reader_take(&w->in, size, &unused) == OK) {
        return OK;
    }
    place_fault(w, offset_of(w), part);
    fault_expected(w->fault, "%zu octets", size);
    return fault_found(w->fault, "%zu before the end of the block", byte_reader_left(&w->in));
}

static result take_u8(struct walk *w, uint8_t *out, const char *part)
{
    const size_t at = w->in.at;
    TRY(take(w, 1, part));
    *out = w->in.in.data[at];
    return OK;
}

/* Reads a FSPEC, or the same thing at the start of a compound item: bit i of `places` = place i. */
static result walk_specification(struct walk *w, const struct asterix_item *table, size_t count,
                                 uint32_t *places)
{
    assert(count > 0 && count <= 32);
    uint8_t octet = 1;
    *places = 0;
    for (size_t place = 0; (octet & 1) != 0; place += BITS_PER_SPECIFICATION_OCTET) {
        const size_t offset = offset_of(w);
        if (place >= count) {
            place_fault(w, offset - 1, "field specification");
            fault_expected(w->fault, "its last octet, with bit 1 clear");
            return fault_found(w->fault, "%02x", octet);
        }
        TRY(take_u8(w, &octet, "field specification"));
        for (size_t i = 0; i < BITS_PER_SPECIFICATION_OCTET; i++) {
            if ((octet >> (7 - i) & 1) == 0) {
                continue;
            }
            if (place + i >= count || table[place + i].form == ASTERIX_SPARE) {
                place_fault(w, offset, "field specification");
                fault_expected(w->fault, "an item of edition %s", w->category->edition);
                return fault_found(w->fault, "place %zu, which has none", place + i + 1);
            }
            *places |= 1u << (place + i);
        }
    }
    return OK;
}

/* Octets chained by their lowest bit; `most` = 0: without a limit but the block's end. */
static result walk_chained(struct walk *w, size_t most)
{
    uint8_t octet = 1;
    for (size_t i = 0; (octet & 1) != 0; i++) {
        if (most != 0 && i == most) {
            place_fault(w, offset_of(w) - 1, "");
            fault_expected(w->fault, "its end after %zu octets (edition %s)", most,
                           w->category->edition);
            return fault_found(w->fault, "an extension");
        }
        TRY(take_u8(w, &octet, "extension"));
    }
    return OK;
}

static result walk_explicit(struct walk *w)
{
    const size_t offset = offset_of(w);
    uint8_t size = 0;
    TRY(take_u8(w, &size, "length"));
    if (size == 0) {
        place_fault(w, offset, "length");
        fault_expected(w->fault, "1 or more");
        return fault_found(w->fault, "0");
    }
    return take(w, size - 1u, "contents");
}

static result walk_repetitive(struct walk *w, const struct asterix_item *item)
{
    uint8_t repetitions = 0;
    TRY(take_u8(w, &repetitions, "count"));
    return take(w, (size_t)repetitions * item->size, "repetitions");
}

/* Steps over one item that holds no others. */
static result walk_simple(struct walk *w, const struct asterix_item *item)
{
    switch (item->form) {
    case ASTERIX_FIXED:
        return take(w, item->size, item == w->item ? "" : item->number);
    case ASTERIX_EXTENDED:
        return walk_chained(w, item->size);
    case ASTERIX_REPETITIVE:
        return walk_repetitive(w, item);
    case ASTERIX_REPETITIVE_FX:
        return walk_chained(w, 0);
    default:
        assert(item->form == ASTERIX_EXPLICIT);
        return walk_explicit(w);
    }
}

static result walk_compound(struct walk *w, const struct asterix_item *item)
{
    uint32_t places = 0;
    TRY(walk_specification(w, item->parts, item->part_count, &places));
    for (size_t i = 0; i < item->part_count; i++) {
        if ((places >> i & 1) != 0) {
            TRY(walk_simple(w, &item->parts[i]));
        }
    }
    return OK;
}

static result walk_item(struct walk *w, struct asterix_record *out)
{
    const struct asterix_item *item = w->item;
    const size_t start = w->in.at;
    if (item->form == ASTERIX_COMPOUND) {
        TRY(walk_compound(w, item));
    } else {
        TRY(walk_simple(w, item));
    }
    const struct bytes octets = {w->in.in.data + start, w->in.at - start};
    if (item->decode != NULL && item->decode(octets, out) != OK) {
        place_fault(w, w->origin + start, "");
        fault_expected(w->fault, "%s", item->range);
        return fault_found(w->fault, "a value beyond it");
    }
    return OK;
}

static result walk_record(struct walk *w, struct asterix_record *out)
{
    const struct asterix_category *category = w->category;
    const size_t start = w->in.at;
    struct asterix_record made = {.category = category, .offset = offset_of(w)};
    w->item = NULL;
    TRY(walk_specification(w, category->items, category->item_count, &made.items));
    /* The data source, item 010, has the first place in every category's order. */
    if ((made.items & 1u) == 0) {
        place_fault(w, made.offset, "");
        fault_expected(w->fault, "item 010, the data source, in every record");
        return fault_found(w->fault, "none");
    }
    for (size_t i = 0; i < category->item_count; i++) {
        if ((made.items >> i & 1) != 0) {
            w->item = &category->items[i];
            TRY(walk_item(w, &made));
        }
    }
    made.size = w->in.at - start;
    *out = made;
    return OK;
}

/* Reads CAT and LEN and cuts the block out. */
static result cut_block(struct byte_reader *in, size_t origin, struct asterix_block *out,
                        struct fault *fault)
{
    const size_t left = byte_reader_left(in);
    const size_t offset = origin + in->at;
    if (left < BLOCK_HEADER_SIZE) {
        fault_at(fault, offset, "ASTERIX block header");
        fault_expected(fault, "%d octets", BLOCK_HEADER_SIZE);
        return fault_found(fault, "%zu", left);
    }
    const uint8_t category = byte_reader_known(in, 1).data[0];
    const uint16_t size = byte_reader_known_u16(in);
    if (size <= BLOCK_HEADER_SIZE || size > left) {
        fault_at(fault, offset + 1, "CAT %03d block, length", category);
        fault_expected(fault, "%d to the %zu octets left", BLOCK_HEADER_SIZE + 1, left);
        return fault_found(fault, "%u", (unsigned)size);
    }
    const struct bytes records = byte_reader_known(in, size - (size_t)BLOCK_HEADER_SIZE);
    *out = (struct asterix_block){.category_number = category,
                                  .category = asterix_category_find(category),
                                  .offset = offset,
                                  .size = size,
                                  .in = byte_reader_over(records),
                                  .records_offset = offset + BLOCK_HEADER_SIZE};
    return OK;
}

static result verify_records(struct asterix_block *block, struct fault *fault)
{
    struct walk w = {block->in, block->records_offset, block->category, NULL, fault};
    while (byte_reader_left(&w.in) > 0) {
        struct asterix_record unused = {0};
        TRY(walk_record(&w, &unused));
        block->record_count++;
    }
    return OK;
}

result asterix_block_next(struct byte_reader *in, size_t origin, struct asterix_block *out,
                          struct fault *fault)
{
    struct byte_reader ahead = *in;
    struct asterix_block made = {0};
    TRY(cut_block(&ahead, origin, &made, fault));
    if (made.category != NULL) {
        TRY(verify_records(&made, fault));
    }
    *in = ahead;
    *out = made;
    return OK;
}

bool asterix_block_record(struct asterix_block *block, struct asterix_record *out)
{
    if (block->category == NULL || byte_reader_left(&block->in) == 0) {
        return false;
    }
    struct fault unused = {0};
    struct walk w = {block->in, block->records_offset, block->category, NULL, &unused};
    const result read = walk_record(&w, out);
    assert(read == OK); /* asterix_block_next has read it before */
    block->in = w.in;
    return true;
}
