#include "track/way.h"

#include <string.h>

#include "base/matrix.h"

enum { DIM = ESTIMATE_DIM, CELLS = ESTIMATE_CELLS };

static void start(struct way *way)
{
    way->at = way->epoch;
    memcpy(way->x, way->start, sizeof way->x);
    matrix_identity(way->transition, DIM);
}

void way_begin(enum estimate_motion motion, struct instant epoch, const double x[DIM],
               struct way *out)
{
    out->motion = motion;
    out->epoch = epoch;
    memcpy(out->start, x, sizeof out->start);
    start(out);
}

static bool lies_between(struct instant from, struct instant between, struct instant to)
{
    return instant_before(to, from)
               ? !instant_before(between, to) && !instant_before(from, between)
               : !instant_before(between, from) && !instant_before(to, between);
}

void way_go(struct way *way, struct instant at)
{
    double part[CELLS];
    double whole[CELLS];
    if (!lies_between(way->epoch, way->at, at)) {
        start(way);
    }
    const double dt_s = instant_since_s(at, way->at);
    if (dt_s == 0.0) {
        return;
    }
    estimate_move(way->motion, way->x, dt_s, part);
    matrix_multiply(part, way->transition, whole, DIM, DIM, DIM);
    memcpy(way->transition, whole, sizeof whole);
    way->at = at;
}
