/* The files of the page, carried inside the program, each compressed with gzip; the build makes
 * asset.c from web/. */
#ifndef WATCHFIRE_CONSOLE_ASSET_H
#define WATCHFIRE_CONSOLE_ASSET_H

#include <stddef.h>

struct asset {
    const char *path; /* as requested: "/app.js"; the page itself is "/" */
    const char *type; /* for Content-Type */
    const unsigned char *data;
    size_t size;
};

#define ASSET_COUNT 5
extern const struct asset ASSETS[ASSET_COUNT];

#endif
