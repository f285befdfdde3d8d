#include "octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    assert_non_null(at);
    return (int)((at - digits) % 16);
}

struct bytes octets_from_hex(const char *hex)
{
    uint8_t *long_enough = malloc(strlen(hex) / 2 + 1);
    size_t size = 0;
    assert_non_null(long_enough);
    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        long_enough[size++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        hex += 2;
    }
    const struct bytes exact = octets_copy((struct bytes){long_enough, size}, size);
    free(long_enough);
    return exact;
}

struct bytes octets_copy(struct bytes from, size_t size)
{
    assert_true(size <= from.size);
    uint8_t *data = malloc(size == 0 ? 1 : size);
    assert_non_null(data);
    memcpy(data, from.data, size);
    return (struct bytes){data, size};
}

struct bytes octets_from_shared(const char *path)
{
    const char *root = getenv("WATCHFIRE_SHARED");
    char full[1024];
    if (root == NULL) {
        print_message("skipped: WATCHFIRE_SHARED is not set (%s)\n", path);
        skip();
        return (struct bytes){NULL, 0};
    }
    snprintf(full, sizeof full, "%s/%s", root, path);
    FILE *stream = fopen(full, "rb");
    if (stream == NULL) {
        print_message("skipped: %s is missing\n", full);
        skip();
        return (struct bytes){NULL, 0};
    }
    const size_t capacity = 4u << 20;
    char *data = malloc(capacity);
    assert_non_null(data);
    const size_t size = fread(data, 1, capacity - 1, stream);
    assert_true(feof(stream));
    fclose(stream);
    data[size] = '\0';
    return (struct bytes){(uint8_t *)data, size};
}
