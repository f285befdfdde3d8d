#include "track/health.h"

#include <string.h>

#include "base/elementary.h"
#include "base/gaussian.h"
#include "base/matrix.h"

enum { N = MEASURE_BIASES };

#define NAMED_SIGMAS 3.5

/* The biases that a site may have at all. */
static int possible(const struct measure_site *site, int which[N])
{
    int count = 0;
    for (int b = 0; b < N; b++) {
        if (site->bias_sigma[b] > 0.0) {
            which[count] = b;
            count++;
        }
    }
    return count;
}

void health_add(struct health_sum *sum, const struct registration *r, uint8_t index,
                const struct measure_site *site)
{
    int at[N];
    int which[N];
    double p[N * N] = {0};
    double information[N * N];
    int count = 0;
    for (int k = 0; k < r->count && count < N; k++) {
        if (r->site[k] == index) {
            at[count] = k;
            which[count] = r->bias[k];
            count++;
        }
    }
    for (int i = 0; i < count * count; i++) {
        p[i] = r->p[at[i / count] * REGISTRATION_MAX + at[i % count]];
    }
    if (count == 0 || matrix_inverse(p, information, count) != OK) {
        return;
    }
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            const double all = information[i * count + j];
            const double prior = i == j ? 1.0 / elementary_square(site->bias_sigma[which[i]]) : 0.0;
            sum->information[which[i] * N + which[j]] += all - prior;
            sum->vector[which[i]] += all * r->value[at[j]];
        }
    }
}

struct sensor_health health_judge(const struct health_sum *sum, const struct measure_site *site)
{
    struct sensor_health health = {SENSOR_ERROR_NONE, 0.0, 0.0};
    int which[N];
    const int count = possible(site, which);
    double information[N * N] = {0};
    double p[N * N];
    double vector[N] = {0};
    double value[N] = {0};
    for (int i = 0; i < count; i++) {
        vector[i] = sum->vector[which[i]];
        for (int j = 0; j < count; j++) {
            information[i * count + j] = sum->information[which[i] * N + which[j]];
        }
        information[i * (count + 1)] += 1.0 / elementary_square(site->bias_sigma[which[i]]);
    }
    if (count == 0 || matrix_inverse(information, p, count) != OK) {
        return health;
    }
    matrix_multiply(p, vector, value, count, count, 1);
    double together = 0.0;
    double surest = NAMED_SIGMAS;
    for (int i = 0; i < count; i++) {
        together += value[i] * vector[i];
        const double sigma = sqrt(p[i * (count + 1)]);
        if (fabs(value[i]) > surest * sigma) {
            surest = fabs(value[i]) / sigma;
            health = (struct sensor_health){(enum sensor_error)(SENSOR_ERROR_RANGE + which[i]),
                                            value[i], sigma};
        }
    }
    if (health.error == SENSOR_ERROR_NONE && together > gaussian_gate(count)) {
        health.error = SENSOR_ERROR_UNNAMED;
    }
    return health;
}
