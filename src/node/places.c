#include "node/places.h"

#include "warn/gazetteer.h"

static bool province(const void *data, int32_t index, struct console_area *out)
{
    (void)data;
    if (index < 0 || index >= gazetteer_area_count()) {
        return false;
    }
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        out->names[language] = gazetteer_name_in(index, (enum language)language);
    }
    out->nation = gazetteer_nation(index);
    return true;
}

static bool nearest(const void *data, struct geo_geodetic point, struct console_near *out)
{
    (void)data;
    struct gazetteer_near near;
    if (gazetteer_nearest_area(point, &near) != OK) {
        return false;
    }
    *out = (struct console_near){near.place, near.distance_m, near.azimuth_rad};
    return true;
}

static void describe(const void *data, struct geo_geodetic point, char *out, size_t size)
{
    (void)data;
    gazetteer_describe(point, out, size);
}

struct console_places places_for_console(void)
{
    return (struct console_places){
        .data = NULL, .province = province, .nearest = nearest, .describe = describe};
}
