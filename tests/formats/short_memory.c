#include "short_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

static size_t left;
static bool once;
static size_t kept;

static void *allocate_few(size_t size)
{
    if (left == 0) {
        left = once ? SIZE_MAX : 0;
        return NULL;
    }
    left--;
    kept++;
    return malloc(size);
}

static void free_counted(void *memory)
{
    kept -= memory != NULL ? 1 : 0;
    free(memory);
}

void memory_for_few(size_t few)
{
    left = few;
    once = false;
    kept = 0;
    json_set_alloc_funcs(allocate_few, free_counted);
}

void memory_without(size_t before)
{
    memory_for_few(before);
    once = true;
}

void memory_is_back(void)
{
    json_set_alloc_funcs(malloc, free);
}

size_t memory_kept(void)
{
    return kept;
}
