#include "console/picture.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
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
    size_t id_size;
    uint8_t text[];
};

struct picture *picture_make(const char *json, size_t size, uint64_t run, uint64_t sequence)
{
    assert(memchr(json, '\n', size) == NULL);
    char id[64];
    const int id_size = snprintf(id, sizeof id, "id: %016" PRIx64 "-%" PRIu64 "\n", run, sequence);
    assert(id_size > 0 && (size_t)id_size < sizeof id);
    const size_t whole = (size_t)id_size + BEFORE_SIZE + size + AFTER_SIZE;
    struct picture *s = malloc(sizeof *s + whole);
    if (s == NULL) {
        return NULL;
    }
    s->holders = 1;
    s->sequence = sequence;
    s->size = whole;
    s->id_size = (size_t)id_size;
    uint8_t *at = s->text;
    memcpy(at, id, s->id_size);
    memcpy(at += s->id_size, BEFORE, BEFORE_SIZE);
    memcpy(at += BEFORE_SIZE, json, size);
    memcpy(at + size, AFTER, AFTER_SIZE);
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

struct bytes picture_data(const struct picture *s)
{
    return (struct bytes){s->text + s->id_size, s->size - s->id_size};
}

struct bytes picture_json(const struct picture *s)
{
    const struct bytes data = picture_data(s);
    return (struct bytes){data.data + BEFORE_SIZE, data.size - BEFORE_SIZE - AFTER_SIZE};
}

uint64_t picture_sequence_of(const char *id, uint64_t run)
{
    char wanted[24];
    const int size = snprintf(wanted, sizeof wanted, "%016" PRIx64 "-", run);
    if (strncmp(id, wanted, (size_t)size) != 0) {
        return 0;
    }
    uint64_t sequence = 0;
    for (const char *c = id + size; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || sequence > UINT64_MAX / 16) {
            return 0;
        }
        sequence = sequence * 10 + (uint64_t)(*c - '0');
    }
    return sequence;
}
