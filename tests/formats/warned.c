#include "warned.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"

static struct instant at(const char *utc)
{
    struct instant t;
    const result parsed = utc_parse(utc, strlen(utc), &t);
    assert(parsed == OK);
    (void)parsed;
    return t;
}

void warned_make(struct warned *out, enum warning_state state)
{
    memset(out, 0, sizeof *out);
    out->places[0] = (struct public_place){{"Aomori", "青森県", "아오모리 현"}, "JP-02"};
    out->places[1] = (struct public_place){{"Hokkaidō", "北海道", "홋카이도"}, "JP-01"};
    out->warning = (struct warning){
        .event = {2},
        .state = state,
        .serial = 3,
        .time = at("2022-10-03T22:25:12.4Z"),
        .expires = warning_in_force(state) ? at("2022-10-03T22:36:10.5Z") : INSTANT_UNSET,
        .impact = at("2022-10-03T22:30:10Z"),
        .area_count = 2,
        .areas = {{1, 0.0, at("2022-10-03T22:28:41Z"), 600e3}, {2, 0.3, INSTANT_UNSET, 0.0}}};
    out->impact = (struct impact_estimate){.time = out->warning.impact,
                                           .point = {43.2 * RAD_PER_DEG, 142.5 * RAD_PER_DEG, 0.0},
                                           .ellipse_95 = {80e3, 20e3, 1.1}};
    out->told = (struct public_warning){.domain = DOMAIN_EXERCISE,
                                        .nation = {"JPN"},
                                        .event_name = "AMBER-K417",
                                        .warning = &out->warning,
                                        .places = out->places,
                                        .from = {"North Korea", "北朝鮮", "북한"},
                                        .launched = at("2022-10-03T22:22:31Z"),
                                        .impact = &out->impact};
}
