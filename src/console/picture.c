#include "console/picture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char BEFORE[] = "data: ";
static const char AFTER[] = "\n\n";
#define BEFORE_SIZE (sizeof BEFORE - 1)
#define AFTER_SIZE (sizeof AFTER - 1)

struct picture {
    unsigned holders;
    uint64_t sequence;
    size_t size; /* of the whole event */
    uint8_t text[];
};

struct picture *picture_make(const char *json, size_t size, uint64_t sequence)
{
    assert(memchr(json, '\n', size) == NULL);
    const size_t whole = BEFORE_SIZE + size + AFTER_SIZE;
    struct picture *s = malloc(sizeof *s + whole);
    if (s == NULL) {
        return NULL;
    }
    s->holders = 1;
    s->sequence = sequence;
    s->size = whole;
    memcpy(s->text, BEFORE, BEFORE_SIZE);
    memcpy(s->text + BEFORE_SIZE, json, size);
    memcpy(s->text + BEFORE_SIZE + size, AFTER, AFTER_SIZE);
    return s;
}

struct picture *picture_hold(struct picture *s)
{
    assert(s->holders > 0);
    s->holders++;
    return s;
}

void picture_drop(struct picture *s)
{
    if (s == NULL) {
        return;
    }
    assert(s->holders > 0);
    s->holders--;
    if (s->holders == 0) {
        free(s);
    }
}

uint64_t picture_sequence(const struct picture *s)
{
    return s->sequence;
}

struct bytes picture_event(const struct picture *s)
{
    return (struct bytes){s->text, s->size};
}

struct bytes picture_json(const struct picture *s)
{
    return (struct bytes){s->text + BEFORE_SIZE, s->size - BEFORE_SIZE - AFTER_SIZE};
}
