#include "formats/json_key.h"

#include <string.h>

size_t json_key_offset(struct bytes line, const char *key)
{
    const size_t size = strlen(key);
    for (size_t at = 0; at + size + 2 < line.size; at++) {
        if (line.data[at] != '"' || memcmp(line.data + at + 1, key, size) != 0 ||
            line.data[at + 1 + size] != '"') {
            continue;
        }
        size_t after = at + size + 2;
        while (after < line.size && (line.data[after] == ' ' || line.data[after] == '\t')) {
            after++;
        }
        if (after < line.size && line.data[after] == ':') {
            return at;
        }
    }
    return 0;
}
