#include "node/window_file.h"

#include <stdio.h>
#include <string.h>

#include "node/policy_file.h"
#include "node/yaml.h"
#include "share/region.h"

static void read_window(struct yaml map, struct launch_window *out)
{
    yaml_text(yaml_need(map, "name"), out->area.name, sizeof out->area.name);
    out->from = yaml_instant(yaml_need(map, "from"));
    const struct yaml until = yaml_need(map, "until");
    out->until = yaml_instant(until);
    policy_file_read_shape(map, &out->area);
    if (instant_is_set(out->from) && instant_is_set(out->until) &&
        !instant_before(out->from, out->until)) {
        yaml_refuse(until, "a time after \"from\"");
    }
}

result window_file_read(const char *path, struct window_list *out, char message[YAML_MESSAGE_SIZE])
{
    static struct window_list list;
    struct yaml_tree tree;
    result status = yaml_tree_read_file(&tree, path);
    if (status == OK) {
        memset(&list, 0, sizeof list);
        const struct yaml all = yaml_need(yaml_root(&tree), "windows");
        list.count = yaml_list(all, 0, WINDOWS_MAX);
        struct yaml item = yaml_item(all, 0);
        for (uint32_t i = 0; i < list.count; i++, item = yaml_next(item)) {
            read_window(item, &list.windows[i]);
        }
        status = yaml_finish(&tree);
        yaml_tree_free(&tree);
    }
    if (status != OK) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s", tree.message);
        return status;
    }
    *out = list;
    return OK;
}

const char *window_list_find(const struct window_list *list, const struct launch_estimate *launch)
{
    const struct region_origin origin = region_origin(launch);
    for (uint32_t i = 0; origin.known && i < list->count; i++) {
        const struct launch_window *w = &list->windows[i];
        if (!instant_before(launch->time, w->from) && instant_before(launch->time, w->until) &&
            region_side_of(&w->area, &origin) == REGION_INSIDE) {
            return w->area.name;
        }
    }
    return NULL;
}
