#include "formats/public_warning.h"

#include <assert.h>

#include "base/utc.h"

/* An area that is warned of an impact at all: a hundredth, below which only a passage counts. */
#define HIT_PROBABILITY_MIN 0.01
#define JAPAN_KOREA_MIN 540

struct zone {
    struct nation_id nation;
    int min;
    const char *name;
};

static const struct zone ZONES[] = {{{"JPN"}, JAPAN_KOREA_MIN, "JST"},
                                    {{"KOR"}, JAPAN_KOREA_MIN, "KST"}};
#define ZONE_COUNT (sizeof ZONES / sizeof ZONES[0])

static const struct zone *zone_of(struct nation_id nation)
{
    static const struct zone UTC = {{""}, 0, "UTC"};
    for (size_t i = 0; i < ZONE_COUNT; i++) {
        if (nation_id_equal(ZONES[i].nation, nation)) {
            return &ZONES[i];
        }
    }
    return &UTC;
}

int public_zone_min(struct nation_id nation)
{
    return zone_of(nation)->min;
}

const char *public_zone_name(struct nation_id nation)
{
    return zone_of(nation)->name;
}

const char *public_warning_id(const struct public_warning *w, char out[PUBLIC_ID_SIZE])
{
    static const char *const SUFFIXES[] = {"", "-cancel", "-all-clear", "-expired"};
    char time[UTC_TEXT_SIZE];
    struct text id = text_over(out, PUBLIC_ID_SIZE);
    (void)utc_format(w->warning->time, 0, time);
    text_addf(&id, "%s-%s-", w->nation.code, domain_text(w->domain));
    for (const char *c = time; *c != '\0'; c++) {
        if (*c != '-' && *c != ':') {
            text_addf(&id, "%c", *c);
        }
    }
    text_addf(&id, "-%llu-%u%s", (unsigned long long)w->warning->event.value, w->warning->serial,
              SUFFIXES[w->prepared]);
    assert(!id.full);
    return out;
}

bool public_warning_is_one(enum warning_state state)
{
    return warning_in_force(state) || warning_has_ended(state);
}

bool public_area_may_be_hit(const struct warning_area *area)
{
    return area->impact_probability >= HIT_PROBABILITY_MIN;
}

/* When it arrives at one area; unset = not known. */
static struct instant arrival(const struct warning *w, const struct warning_area *a)
{
    const struct instant hit = public_area_may_be_hit(a) ? w->impact : INSTANT_UNSET;
    if (!instant_is_set(hit) || !instant_is_set(a->overflight)) {
        return instant_is_set(hit) ? hit : a->overflight;
    }
    return instant_before(hit, a->overflight) ? hit : a->overflight;
}

struct instant public_warning_onset(const struct warning *w)
{
    struct instant first = INSTANT_UNSET;
    for (uint32_t i = 0; i < w->area_count; i++) {
        const struct instant t = arrival(w, &w->areas[i]);
        if (instant_is_set(t) && (!instant_is_set(first) || instant_before(t, first))) {
            first = t;
        }
    }
    return first;
}
