/* Reads the list of announced launch windows that NODE.yaml names (`launch windows:`):
 *
 *   windows:
 *     - name: Sohae, satellite
 *       from: 2026-11-24T00:00:00Z
 *       until: 2026-11-24T06:00:00Z
 *       centre: 39.66, 124.70        # or corners, as of an area in a policy
 *       radius: 30 km
 *
 * What falls in one is marked with its name on the page, and is warned of like any other. */
#ifndef WATCHFIRE_NODE_WINDOW_FILE_H
#define WATCHFIRE_NODE_WINDOW_FILE_H

#include "base/instant.h"
#include "base/result.h"
#include "model/track.h"
#include "node/yaml_tree.h"
#include "share/policy.h"

#define WINDOWS_MAX 64

struct launch_window {
    struct instant from;
    struct instant until;
    struct policy_area area; /* with the window's name */
};

struct window_list {
    uint32_t count;
    struct launch_window windows[WINDOWS_MAX];
};

/* Reads the whole file or nothing.
 *
 *   message   on error: file, line, column, what was found, what was expected
 *
 * ERR_IO, ERR_FORMAT or ERR_FULL; out is then unchanged. */
MUST_USE result window_file_read(const char *path, struct window_list *out,
                                 char message[YAML_MESSAGE_SIZE]);

/* The name of the window that a launch was in, by its time and, with 99 %, by its place; NULL if it
 * is in none, or nobody can tell yet. Lives as long as the list is not read again. */
const char *window_list_find(const struct window_list *list, const struct launch_estimate *launch);

#endif
