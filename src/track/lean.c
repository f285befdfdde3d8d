#include "track/lean.h"

#include "base/elementary.h"
#include "track/kin.h"

enum { DIM = ESTIMATE_DIM, AZIMUTH = 1, ELEVATION = 2, COMMON_MIN = 3 };

#define LOOKS 100.0   /* so many of a radar count, the older ones the less */
#define LOOKS_MIN 8.0 /* of fewer nothing is said */
/* Of a sum of squares with two numbers for each radar; residuals of one radar hang together. */
#define SQUARES_MAX 50.0

void lean_note(struct tracker_track *track, uint8_t site, const struct measure_site *sites,
               const struct observation *plot)
{
    struct tracker_lean *lean = &track->lean[site];
    const struct filter *f = &track->filter;
    struct estimate e;
    struct measure m;
    if (plot->kind != SENSOR_RADAR || track->status != STATUS_FIRM || f->mode == FILTER_DRIFTING ||
        measure_is_flat(&sites[site], plot)) {
        return;
    }
    (void)filter_best(f, &e);
    if (measure_linearise(&sites[site], plot, e.x, &m) != OK) {
        return;
    }
    const double keep = 1.0 - 1.0 / LOOKS;
    const double azimuth = m.residual[AZIMUTH] / sqrt(m.noise[AZIMUTH * (m.dim + 1)]);
    const double elevation = m.residual[ELEVATION] / sqrt(m.noise[ELEVATION * (m.dim + 1)]);
    lean->looks = keep * lean->looks + 1.0;
    lean->azimuth = keep * lean->azimuth + azimuth;
    lean->elevation = keep * lean->elevation + elevation;
}

static bool counts(const struct tracker_track *track)
{
    return track->id.value != 0 && track->status == STATUS_FIRM &&
           track->filter.mode != FILTER_DRIFTING && track->kin != TRACKER_KIN_UNKNOWN;
}

static uint64_t family_of(const struct tracker_track *track)
{
    return track->kin == TRACKER_KIN_CHILD ? track->parent.value : track->id.value;
}

/* What a radar sees off for all of a family is the radar's own. False of too few. */
static bool find_common(const struct tracker *t, uint64_t family, uint32_t site, double mean[2])
{
    int count = 0;
    mean[0] = 0.0;
    mean[1] = 0.0;
    for (uint32_t i = 0; i < t->slot_end; i++) {
        const struct tracker_track *track = &t->tracks[i];
        const struct tracker_lean *lean = &track->lean[site];
        if (counts(track) && family_of(track) == family && lean->looks >= LOOKS_MIN) {
            mean[0] += lean->azimuth / lean->looks;
            mean[1] += lean->elevation / lean->looks;
            count++;
        }
    }
    mean[0] /= count > 0 ? count : 1;
    mean[1] /= count > 0 ? count : 1;
    return count >= COMMON_MIN;
}

/* The variance that the track's own doubt gives to an angle seen from there, over the noise. */
static double own_doubt(const struct measure_site *site, const struct estimate *e)
{
    const double level2 = elementary_square(e->x[0] - site->position.x_m) +
                          elementary_square(e->x[1] - site->position.y_m) +
                          elementary_square(e->x[2] - site->position.z_m);
    const double variance2 = (e->p[0] + e->p[DIM + 1] + e->p[2 * (DIM + 1)]) / 3.0;
    return variance2 / (level2 * elementary_square(site->sensor.sigma_azimuth_rad));
}

static double squares_of(const struct tracker *t, const struct tracker_track *track)
{
    struct estimate e;
    double sum = 0.0;
    (void)filter_best(&track->filter, &e);
    for (uint32_t s = 0; s < t->site_count; s++) {
        const struct tracker_lean *lean = &track->lean[s];
        double mean[2];
        if (lean->looks < LOOKS_MIN || !find_common(t, family_of(track), s, mean)) {
            continue;
        }
        const double variance = 1.0 / lean->looks + own_doubt(&t->sites[s], &e);
        sum += (elementary_square(lean->azimuth / lean->looks - mean[0]) +
                elementary_square(lean->elevation / lean->looks - mean[1])) /
               variance;
    }
    return sum;
}

void lean_drop(struct tracker *t)
{
    for (uint32_t i = 0; i < t->slot_end; i++) {
        struct tracker_track *track = &t->tracks[i];
        if (counts(track) && squares_of(t, track) > SQUARES_MAX) {
            track->status = STATUS_DROPPED;
            kin_succeed(t, track);
        }
    }
}
