#include "node/places.h"

#include "warn/gazetteer.h"

static bool province(const void *data, int32_t index, const char **name, struct nation_id *nation)
{
    (void)data;
    if (index < 0 || index >= gazetteer_area_count()) {
        return false;
    }
    *name = gazetteer_name(index);
    *nation = gazetteer_nation(index);
    return true;
}

static void describe(const void *data, struct geo_geodetic point, char *out, size_t size)
{
    (void)data;
    gazetteer_describe(point, out, size);
}

struct console_places places_for_console(void)
{
    return (struct console_places){.data = NULL, .province = province, .describe = describe};
}
