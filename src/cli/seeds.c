#include "cli/seeds.h"

#include <stdlib.h>
#include <string.h>

bool seeds_read(const char *text, struct seeds *out)
{
    char *end = NULL;
    struct seeds read;
    read.first = strtoul(text, &end, 10);
    if (end == text || strncmp(end, "..", 2) != 0) {
        return false;
    }
    const char *second = end + 2;
    read.last = strtoul(second, &end, 10);
    if (end == second || *end != '\0' || read.first > read.last) {
        return false;
    }
    *out = read;
    return true;
}
