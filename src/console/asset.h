/* The files of web/, carried inside the program; the build makes asset.c from them. */
#ifndef WATCHFIRE_CONSOLE_ASSET_H
#define WATCHFIRE_CONSOLE_ASSET_H

#include <stddef.h>

struct asset {
    const char *path; /* as requested: "/app.js"; the page itself is "/" */
    const char *type; /* for Content-Type */
    const unsigned char *data;
    size_t size;
};

#define ASSET_COUNT 8
extern const struct asset ASSETS[ASSET_COUNT];

#endif
