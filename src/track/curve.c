#include "track/curve.h"

#include <string.h>

#include "base/matrix.h"
#include "base/vector.h"

#define N 6

/* Nearer, or slower across the line of sight, no direction means anything. */
#define RANGE_M_MIN 1.0
#define ACROSS_MPS_MIN 100.0

/* The numbers that are taken as Gaussian: range, the turn of
 * the line of sight along the flight across it and aside of that, range rate, speed across, and the
 * turn of the direction of flight about the line of sight. m, rad, rad, m/s, m/s, rad. */
enum { RANGE, ALONG, ASIDE, RANGE_RATE, ACROSS, TURN };

/* A state as the radar sees it. Rows of the axes: the line of sight, the direction of flight across
 * it, and what is perpendicular to both. */
struct view {
    double axes[9];
    double range_m;
    double range_rate_mps;
    double across_mps;
};

static bool view_of(const struct measure_site *site, const double x[N], struct view *v)
{
    const double from_site[3] = {x[0] - site->position.x_m, x[1] - site->position.y_m,
                                 x[2] - site->position.z_m};
    v->range_m = vector_length(from_site);
    if (!(v->range_m > RANGE_M_MIN)) {
        return false;
    }
    double *sight = v->axes;
    double *along = v->axes + 3;
    for (int i = 0; i < 3; i++) {
        sight[i] = from_site[i] / v->range_m;
    }
    v->range_rate_mps = vector_dot(sight, x + 3);
    for (int i = 0; i < 3; i++) {
        along[i] = x[3 + i] - v->range_rate_mps * sight[i];
    }
    v->across_mps = vector_length(along);
    if (!(v->across_mps > ACROSS_MPS_MIN)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        along[i] /= v->across_mps;
    }
    vector_cross(sight, along, v->axes + 6);
    return true;
}

/* d(the numbers)/d(position and velocity along the axes). */
static void first_order(const struct view *v, double out[N * N])
{
    memset(out, 0, sizeof(double) * N * N);
    out[RANGE * N] = 1.0;
    out[ALONG * N + 1] = 1.0 / v->range_m;
    out[ASIDE * N + 2] = 1.0 / v->range_m;
    out[RANGE_RATE * N + 3] = 1.0;
    out[RANGE_RATE * N + 1] = v->across_mps / v->range_m;
    out[ACROSS * N + 4] = 1.0;
    out[ACROSS * N + 1] = -v->range_rate_mps / v->range_m;
    out[TURN * N + 5] = 1.0 / v->across_mps;
    out[TURN * N + 2] = -v->range_rate_mps / (v->range_m * v->across_mps);
}

/* Adds factor * number i * number j to a quadratic form. */
static void add_product(double form[N * N], int i, int j, double factor)
{
    form[i * N + j] += 0.5 * factor;
    form[j * N + i] += 0.5 * factor;
}

/* Position and velocity along the axes, less what is linear in the numbers: a quadratic form each.
 * Turning by small angles keeps lengths, which takes half of their square off the old direction.
 * Products with the range or its rate are left out: they are too small beside what is linear. */
static void second_order(const struct view *v, double form[N][N * N])
{
    memset(form, 0, sizeof(double) * N * N * N);
    add_product(form[0], ALONG, ALONG, -0.5 * v->range_m);
    add_product(form[0], ASIDE, ASIDE, -0.5 * v->range_m);
    add_product(form[3], ALONG, ALONG, -0.5 * v->range_rate_mps);
    add_product(form[3], ASIDE, ASIDE, -0.5 * v->range_rate_mps);
    add_product(form[3], TURN, ASIDE, -v->across_mps);
    add_product(form[3], ACROSS, ALONG, -1.0);
    add_product(form[4], TURN, TURN, -0.5 * v->across_mps);
    add_product(form[4], ALONG, ALONG, -0.5 * v->across_mps);
    add_product(form[5], ACROSS, TURN, 1.0);
    add_product(form[5], ALONG, ASIDE, -0.5 * v->across_mps);
}

static double trace_of_product(const double a[N * N], const double b[N * N])
{
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            sum += a[i * N + j] * b[j * N + i];
        }
    }
    return sum;
}

/* Mean and covariance of the quadratic forms of numbers with covariance q. */
static void moments(double form[N][N * N], const double q[N * N], double mean[N],
                    double covariance[N * N])
{
    double by_q[N][N * N];
    for (int a = 0; a < N; a++) {
        mean[a] = trace_of_product(form[a], q);
        matrix_multiply(form[a], q, by_q[a], N, N, N);
    }
    for (int a = 0; a < N; a++) {
        for (int b = 0; b <= a; b++) {
            covariance[a * N + b] = 2.0 * trace_of_product(by_q[a], by_q[b]);
            covariance[b * N + a] = covariance[a * N + b];
        }
    }
}

void curve_widen(const struct measure_site *site, struct estimate *e)
{
    struct view v;
    if (site->sensor.kind != SENSOR_RADAR || !view_of(site, e->x, &v)) {
        return;
    }
    double to_axes[N * N] = {0};
    double from_axes[N * N] = {0};
    for (int i = 0; i < 9; i++) {
        const int row = i / 3;
        const int col = i % 3;
        to_axes[row * N + col] = to_axes[(3 + row) * N + 3 + col] = v.axes[i];
        from_axes[col * N + row] = from_axes[(3 + col) * N + 3 + row] = v.axes[i];
    }
    double p[N * N];
    for (int i = 0; i < N * N; i++) {
        p[i] = e->p[i / N * ESTIMATE_DIM + i % N];
    }
    double by_axes[N * N];
    double by_state[N * N];
    double q[N * N];
    first_order(&v, by_axes);
    matrix_multiply(by_axes, to_axes, by_state, N, N, N);
    matrix_transform(by_state, p, q, N, N);

    double form[N][N * N];
    double mean[N];
    double spread[N * N];
    second_order(&v, form);
    moments(form, q, mean, spread);
    double shift[N];
    double added[N * N];
    matrix_multiply(from_axes, mean, shift, N, N, 1);
    matrix_transform(from_axes, spread, added, N, N);
    for (int i = 0; i < N; i++) {
        e->x[i] += shift[i];
    }
    for (int i = 0; i < N * N; i++) {
        e->p[i / N * ESTIMATE_DIM + i % N] += added[i];
    }
}
