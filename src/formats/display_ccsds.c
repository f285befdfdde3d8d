/* CCSDS messages in KVN, "key = value" by lines: OEM 3.0 (502.0-B-3, chapter 5) of tracks, RDM 1.0
 * (508.1-B-1, chapter 3) of one impact. Kilometres and degrees; times in UTC without a zone. */
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/display_part.h"
#include "formats/text.h"

#define ORIGINATOR "WATCHFIRE"
#define FRAME "ITRF2000" /* WGS 84 agrees with it to a few centimetres */
/* A nominal re-entry altitude: RDM wants one, and this is where the air begins to be felt. */
#define REENTRY_ALTITUDE_KM 100.0
#define SECONDS_PER_DAY 86400.0

/* "2023-07-12T01:02:03.250". */
static const char *epoch(struct instant t, char out[UTC_TEXT_SIZE])
{
    (void)utc_format(t, 3, out);
    out[strlen(out) - 1] = '\0';
    return out;
}

static void put_head(struct text *t, const struct display *d, const char *version)
{
    char now[UTC_TEXT_SIZE];
    text_addf(t, "%s\n", version);
    if (d->domain != DOMAIN_LIVE) {
        text_addf(t, "COMMENT %s\n",
                  d->domain == DOMAIN_EXERCISE ? "EXERCISE: nothing here is real"
                                               : "TEST: not to be acted on");
    }
    text_addf(t, "CREATION_DATE = %s\nORIGINATOR = " ORIGINATOR " %s\n", epoch(d->now, now),
              d->nation.code);
}

static void put_segment(struct text *t, const struct display_event *e)
{
    const struct track *k = e->track;
    char at[UTC_TEXT_SIZE];
    (void)epoch(k->time, at);
    text_addf(t,
              "META_START\nOBJECT_NAME = %.20s\nOBJECT_ID = UNKNOWN\nCENTER_NAME = EARTH\n"
              "REF_FRAME = " FRAME "\nTIME_SYSTEM = UTC\nSTART_TIME = %s\nSTOP_TIME = %s\n"
              "META_STOP\n",
              e->name, at, at);
    text_addf(t, "%s %.6f %.6f %.6f %.9f %.9f %.9f\n", at, k->position.x_m / 1e3,
              k->position.y_m / 1e3, k->position.z_m / 1e3, k->velocity.x_mps / 1e3,
              k->velocity.y_mps / 1e3, k->velocity.z_mps / 1e3);
    text_addf(t, "COVARIANCE_START\nEPOCH = %s\nCOV_REF_FRAME = " FRAME "\n", at);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j <= i; j++) {
            text_addf(t, "%s%.9e", j > 0 ? " " : "", k->covariance[6 * i + j] * 1e-6);
        }
        text_add(t, "\n");
    }
    text_add(t, "COVARIANCE_STOP\n");
}

result display_oem(const struct display *d, char *out, size_t capacity, size_t *size)
{
    struct text t = text_over(out, capacity);
    put_head(&t, d, "CCSDS_OEM_VERS = 3.0");
    for (uint32_t i = 0; i < d->count; i++) {
        put_segment(&t, &d->events[i]);
    }
    return text_finish(&t, size);
}

result display_rdm(const struct display *d, char *out, size_t capacity, size_t *size)
{
    ENSURE(d->count == 1 && d->events[0].assessment->impact.why == WHY_NONE, ERR_RANGE);
    const struct display_event *e = &d->events[0];
    const struct impact_estimate *i = &e->assessment->impact;
    const double left_s = instant_since_s(i->time, d->now);
    char time[UTC_TEXT_SIZE];
    struct text t = text_over(out, capacity);
    put_head(&t, d, "CCSDS_RDM_VERS = 1.0");
    text_addf(&t, "MESSAGE_ID = %s/%.20s/%s\n", d->nation.code, e->name, epoch(d->now, time));
    text_addf(&t,
              "OBJECT_NAME = %.20s\nINTERNATIONAL_DESIGNATOR = UNKNOWN\n"
              "CONTROLLED_REENTRY = UNKNOWN\nCENTER_NAME = EARTH\nTIME_SYSTEM = UTC\n"
              "EPOCH_TZERO = %s\n",
              e->name, epoch(d->now, time));
    text_addf(&t, "ORBIT_LIFETIME = %.6f [d]\nREENTRY_ALTITUDE = %.1f [km]\n",
              (left_s > 0.0 ? left_s : 0.0) / SECONDS_PER_DAY, REENTRY_ALTITUDE_KM);
    text_addf(&t, "NOMINAL_IMPACT_EPOCH = %s\n", epoch(i->time, time));
    text_addf(&t, "IMPACT_WINDOW_START = %s\n",
              epoch(instant_plus_s(i->time, -i->time_95_s), time));
    text_addf(&t, "IMPACT_WINDOW_END = %s\n", epoch(instant_plus_s(i->time, i->time_95_s), time));
    text_addf(&t,
              "IMPACT_REF_FRAME = " FRAME "\nNOMINAL_IMPACT_LON = %.6f [deg]\n"
              "NOMINAL_IMPACT_LAT = %.6f [deg]\nNOMINAL_IMPACT_ALT = 0.0 [km]\n",
              i->point.lon_rad * DEG_PER_RAD, i->point.lat_rad * DEG_PER_RAD);
    return text_finish(&t, size);
}
