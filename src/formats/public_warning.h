/* What a warning to people is made of, whichever form it takes (CAP, a feed's entry, a page), and
 * its texts. Everything in it is borrowed. */
#ifndef WATCHFIRE_FORMATS_PUBLIC_WARNING_H
#define WATCHFIRE_FORMATS_PUBLIC_WARNING_H

#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"
#include "formats/outline.h"
#include "formats/text.h"
#include "model/assessment.h"
#include "model/domain.h"
#include "model/language.h"
#include "model/warning.h"

#define PUBLIC_ID_SIZE 80
/* Hold every text of its kind, however many areas there are. */
#define PUBLIC_HEADLINE_SIZE 1024
#define PUBLIC_DESCRIPTION_SIZE 8192
#define PUBLIC_INSTRUCTION_SIZE 1024

/* An end that is made ready beside a warning, to be sent as it is if it is needed. */
enum public_prepared { PREPARED_NOT, PREPARED_CANCEL, PREPARED_ALL_CLEAR, PREPARED_EXPIRED };

/* What an area is called. */
struct public_place {
    const char *names[LANGUAGE_COUNT];
    const char *iso_code; /* of ISO 3166; "" = none */
};

/* The way over the nation that is still ahead; 95 % of the ways, at least, are within half_width_m
 * of it. */
struct public_passage {
    uint32_t count; /* 0, or at least 2 */
    struct geo_geodetic points[OUTLINE_WAY_MAX];
    double half_width_m[OUTLINE_WAY_MAX];
};

struct public_warning {
    enum domain domain;
    struct nation_id nation;
    const char *event_name; /* "AMBER-K417" */
    const struct warning *warning;
    enum public_prepared
        prepared; /* then warning is that end, with its warning's time and number */
    const struct public_place *places;    /* of warning->areas, in their order */
    const char *from[LANGUAGE_COUNT];     /* the country it was launched from; NULL = not known */
    struct instant launched;              /* unset = not known: then since when it is seen */
    const struct impact_estimate *impact; /* NULL or undetermined: no area of impact is drawn */
    const struct public_passage *passage; /* NULL or without points: none is drawn */
};

/* Unique among all messages of all nations: nation, domain, event, time and number, "JPN-exercise-
 * 20221003T222231Z-7-3"; of a prepared end with "-cancel" and so on behind it. Letters, digits and
 * '-'. Returns out. */
const char *public_warning_id(const struct public_warning *w, char out[PUBLIC_ID_SIZE]);

/* Whether people are told at all: not of launches that never threatened them. */
bool public_warning_is_one(enum warning_state state);

/* Minutes east of Greenwich of the nation's clocks, and what they are called ("JST"); a nation with
 * many, or an unknown one, has UTC. */
int public_zone_min(struct nation_id nation);
const char *public_zone_name(struct nation_id nation);

/* When the first of it arrives at any of its areas; unset = not known. */
struct instant public_warning_onset(const struct warning *w);

/* The area is warned of something that comes down there, not only of a passage over it. */
bool public_area_may_be_hit(const struct warning_area *area);

/* The texts, with the domain's mark where it is not live. Times are rounded to the minute, the
 * beginning of a danger down. */
void public_headline(const struct public_warning *w, enum language language, struct text *out);
void public_description(const struct public_warning *w, enum language language, struct text *out);
void public_instruction(const struct public_warning *w, enum language language, struct text *out);

#endif
