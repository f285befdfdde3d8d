/* The impact as a mixture of normal distributions over the ballistic coefficient. */
#ifndef WATCHFIRE_ASSESS_MIXTURE_H
#define WATCHFIRE_ASSESS_MIXTURE_H

#include <stdbool.h>

#include "base/result.h"
#include "geo/frame.h"
#include "model/footprint.h"

enum { MIXTURE_DIM = 3, MIXTURE_NODES = 4, MIXTURE_PARTS = 8, MIXTURE_DEVIATIONS = 6 };
enum { MIXTURE_POINTS = 2 * MIXTURE_PARTS + 1 };

/* One way that was flown: where (east, north of the reference, m) and when (after the start, s) it
 * ends, how that changes with ln beta, and a square root of its covariance, row by row. */
struct mixture_node {
    double mean[MIXTURE_DIM];
    double slope[MIXTURE_DIM];
    double deviations[MIXTURE_DIM * MIXTURE_DEVIATIONS];
    double apogee_m; /* on this way; 0 = it lies behind */
};

/* A normal distribution of where and when. */
struct mixture_part {
    double weight; /* all of them add up to 1 */
    double mean[MIXTURE_DIM];
    double covariance[MIXTURE_DIM * MIXTURE_DIM]; /* east, north (m), time (s) */
};

/* The nodes, at which ways are flown, are the Gauss-Legendre points of an interval of ln beta. The
 * parts are equal shares of that interval: a part's mean is the integral over it (Simpson) of the
 * polynomial through the nodes with their slopes, its covariance comes from the polynomial through
 * their deviations, widened by the change of the mean across it. So the mixture is smooth in ln
 * beta, although few ways are flown. Means are relative to the mixture's own mean, once that is
 * known. */
struct mixture {
    double low; /* the interval of ln beta */
    double high;
    double density[MIXTURE_POINTS]; /* of ln beta, at the ends and in the middle of each part */
    struct mixture_node nodes[MIXTURE_NODES];
    struct mixture_part parts[MIXTURE_PARTS];
    struct geo_geodetic reference; /* on the ellipsoid */
    double mean[MIXTURE_DIM];
    double covariance_m2[4]; /* east, north */
    double apogee_m;         /* its mean; 0 = it lies behind */
};

/* Whether a node's deviations count: those of the inner ones lie between. */
bool mixture_is_outer(int node);

/* ln beta at a node, and at a point: an end or the middle of a part. */
double mixture_node_at(const struct mixture *m, int node);
double mixture_point_at(const struct mixture *m, int point);

/* From low, high and density (which may have any scale): the parts' weights. */
void mixture_weigh(struct mixture *m);

/* From all of these, reference and nodes: parts, means and covariance. */
void mixture_build(struct mixture *m);

/* How many sigmas of covariance_m2 hold this much of the mixture (0.5 to 0.99). ERR_NUMERIC if the
 * covariance is singular. */
MUST_USE result mixture_scale(const struct mixture *m, double held, double *scale);

/* Half the width of the interval round the mean time that holds this much, s. */
double mixture_time_s(const struct mixture *m, double held);

/* The place on the ellipsoid of the mixture's mean. */
struct geo_geodetic mixture_point(const struct mixture *m);

/* Fills out->samples. */
void mixture_sample(const struct mixture *m, struct footprint *out);

#endif
