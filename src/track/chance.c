#include "track/chance.h"

#include "base/elementary.h"

/* Of 256 starts in each of 3600 looks of three radars one in a hundred hours is false. */
#define SCORE_MIN 20.0
/* What has no density of false alarms passes with its fourth observation. */
#define SCORE_OTHERS (SCORE_MIN / 3.0)
#define RANGE_M_MIN 100e3
#define RANGE_RATES_MPS 6000.0
#define SOLID_ANGLE (2.0 * PI * 0.5 * PI)
/* A plot without elevation is compared with an elevation as wide as this (measure.h). */
#define FLAT_ANGLE (2.0 * PI * 1000.0)

void chance_note_scan(struct tracker *t, const struct match *scan)
{
    struct tracker_crowd *crowd = &t->crowds[scan->site];
    const struct sensor *s = &t->sites[scan->site].sensor;
    const struct instant time = scan->plots[0].validity;
    if (crowd->plots == 0 || !instant_equal(crowd->time, time)) {
        crowd->plots_before = crowd->plots;
        crowd->plots = 0;
        crowd->time = time;
        crowd->range_m = s->range_max_m > RANGE_M_MIN ? s->range_max_m : RANGE_M_MIN;
    }
    crowd->plots += scan->count;
    for (uint32_t i = 0; i < scan->count && s->kind == SENSOR_RADAR; i++) {
        const double range_m = scan->plots[i].radar.polar.range_m;
        crowd->range_m = range_m > crowd->range_m ? range_m : crowd->range_m;
    }
}

/* How many plots there are in a unit of what a radar sees: m, rad, rad and m/s. */
static double density(const struct tracker_crowd *crowd, bool flat, bool has_range_rate)
{
    const uint32_t plots = crowd->plots > crowd->plots_before ? crowd->plots : crowd->plots_before;
    const double volume = crowd->range_m * (flat ? FLAT_ANGLE : SOLID_ANGLE) *
                          (has_range_rate ? RANGE_RATES_MPS : 1.0);
    return plots / volume;
}

double chance_score(const struct tracker *t, const struct tracker_track *track, uint8_t site,
                    const struct observation *plot)
{
    const struct measure_site *from = &t->sites[site];
    struct innovation found;
    if (plot->kind != SENSOR_RADAR || filter_compare(&track->filter, from, plot, &found) != OK) {
        return SCORE_OTHERS;
    }
    const double each = density(&t->crowds[site], measure_is_flat(from, plot), found.dim == 4);
    const double since_s = instant_since_s(plot->validity, track->last_measurement);
    const double interval_s = from->sensor.interval_s;
    const double looks = interval_s > 0.0 ? since_s / interval_s : 1.0;
    return found.log_likelihood - elementary_log(each * (looks > 1.0 ? looks : 1.0));
}

bool chance_is_passed(double score)
{
    return score >= SCORE_MIN;
}
