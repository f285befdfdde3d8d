/* With b the biases less what is believed of them, V the state's dependence on them and x the state
 * estimated as if b = 0:
 *
 *   true state = x + V b        covariance = P + V M V'        (M that of b)
 *
 * An update of x with gain K, Jacobian H and residual covariance S sees the residual r. It depends
 * on b by U = H V + D (D that of the reading):
 *
 *   V becomes V - K U;  b and M by a Kalman update with r = U b + noise of covariance S.
 *
 * Then b goes into what is believed, and V b into x: so x, where everything is linearised, stays
 * the best there is. */
#include "track/registration.h"

#include <string.h>

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = ESTIMATE_DIM, MAX = REGISTRATION_MAX };

bool registration_has(const struct registration *r, uint8_t index)
{
    for (int k = 0; k < r->count; k++) {
        if (r->site[k] == index) {
            return true;
        }
    }
    return false;
}

void registration_copy(const struct registration *from, struct registration *to)
{
    to->count = from->count;
    for (int k = 0; k < from->count; k++) {
        to->site[k] = from->site[k];
        to->bias[k] = from->bias[k];
        to->value[k] = from->value[k];
        for (int i = 0; i < DIM; i++) {
            to->by_bias[i * MAX + k] = from->by_bias[i * MAX + k];
        }
        for (int l = 0; l < from->count; l++) {
            to->p[k * MAX + l] = from->p[k * MAX + l];
        }
    }
}

bool registration_admit(struct registration *r, uint8_t index, const struct measure_site *site)
{
    int needed = 0;
    for (int b = 0; b < MEASURE_BIASES; b++) {
        needed += site->bias_sigma[b] > 0.0 ? 1 : 0;
    }
    if (needed == 0 || registration_has(r, index)) {
        return true;
    }
    if (r->count + needed > MAX) {
        return false;
    }
    for (int b = 0; b < MEASURE_BIASES; b++) {
        if (site->bias_sigma[b] > 0.0) {
            const int k = r->count;
            r->site[k] = index;
            r->bias[k] = (uint8_t)b;
            r->value[k] = 0.0;
            for (int i = 0; i < DIM; i++) {
                r->by_bias[i * MAX + k] = 0.0;
            }
            for (int i = 0; i < MAX; i++) {
                r->p[i * MAX + k] = 0.0;
                r->p[k * MAX + i] = 0.0;
            }
            r->p[k * MAX + k] = elementary_square(site->bias_sigma[b]);
            r->count++;
        }
    }
    return true;
}

void registration_predict(struct registration *r, const double transition[ESTIMATE_CELLS])
{
    for (int k = 0; k < r->count; k++) {
        double moved[DIM] = {0};
        for (int i = 0; i < DIM; i++) {
            for (int j = 0; j < DIM; j++) {
                moved[i] += transition[i * DIM + j] * r->by_bias[j * MAX + k];
            }
        }
        for (int i = 0; i < DIM; i++) {
            r->by_bias[i * MAX + k] = moved[i];
        }
    }
}

void registration_rows(const struct registration *r, uint8_t index, const double *by_bias, int dim,
                       double rows[MEASURE_DIM_MAX * REGISTRATION_MAX])
{
    for (int a = 0; a < dim; a++) {
        for (int k = 0; k < r->count; k++) {
            rows[a * MAX + k] =
                r->site[k] == index ? by_bias[a * MEASURE_BIASES + r->bias[k]] : 0.0;
        }
    }
}

/* What the residual says of the biases: its part u (dim x count), and the Cholesky factor of its
 * covariance with them. */
struct share {
    double u[MEASURE_DIM_MAX * MAX];
    double up[MEASURE_DIM_MAX * MAX];
    double left[MEASURE_DIM_MAX];
    double factor[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
};

static result find_share(const struct registration *r, uint8_t index,
                         const struct estimate_update *update, struct share *s)
{
    const int dim = update->found.dim;
    double covariance[MEASURE_DIM_MAX * MEASURE_DIM_MAX];
    registration_rows(r, index, update->by_bias, dim, s->u);
    for (int a = 0; a < dim; a++) {
        s->left[a] = update->residual[a];
        for (int k = 0; k < r->count; k++) {
            for (int i = 0; i < DIM; i++) {
                s->u[a * MAX + k] += update->jacobian[a * DIM + i] * r->by_bias[i * MAX + k];
            }
        }
    }
    for (int a = 0; a < dim; a++) {
        for (int k = 0; k < r->count; k++) {
            s->up[a * MAX + k] = 0.0;
            for (int l = 0; l < r->count; l++) {
                s->up[a * MAX + k] += s->u[a * MAX + l] * r->p[l * MAX + k];
            }
        }
        for (int b = 0; b <= a; b++) {
            double sum = update->covariance[a * dim + b];
            for (int k = 0; k < r->count; k++) {
                sum += s->up[a * MAX + k] * s->u[b * MAX + k];
            }
            covariance[a * dim + b] = sum;
            covariance[b * dim + a] = sum;
        }
    }
    return matrix_cholesky(covariance, s->factor, dim);
}

static void use(struct registration *r, const struct estimate_update *update, const struct share *s,
                struct estimate *e)
{
    const int dim = update->found.dim;
    double solved[MEASURE_DIM_MAX * MAX];
    double more[MAX] = {0};
    memcpy(solved, s->up, sizeof solved);
    matrix_cholesky_solve(s->factor, solved, dim, MAX);
    for (int k = 0; k < r->count; k++) {
        for (int a = 0; a < dim; a++) {
            more[k] += solved[a * MAX + k] * s->left[a];
            for (int i = 0; i < DIM; i++) {
                r->by_bias[i * MAX + k] -= update->gain[i * dim + a] * s->u[a * MAX + k];
            }
        }
        for (int l = 0; l <= k; l++) {
            double sum = r->p[k * MAX + l];
            for (int a = 0; a < dim; a++) {
                sum -= s->up[a * MAX + k] * solved[a * MAX + l];
            }
            r->p[k * MAX + l] = sum;
            r->p[l * MAX + k] = sum;
        }
    }
    for (int k = 0; k < r->count; k++) {
        r->value[k] += more[k];
        for (int i = 0; i < DIM; i++) {
            e->x[i] += r->by_bias[i * MAX + k] * more[k];
        }
    }
}

void registration_believed(const struct registration *r, uint8_t index, double out[MEASURE_BIASES])
{
    memset(out, 0, MEASURE_BIASES * sizeof *out);
    for (int k = 0; k < r->count; k++) {
        if (r->site[k] == index) {
            out[r->bias[k]] = r->value[k];
        }
    }
}

result registration_update(struct registration *r, uint8_t index, struct estimate_update *update,
                           struct estimate *e)
{
    struct share s;
    memset(&s, 0, sizeof s);
    if (r->count == 0) {
        return OK;
    }
    TRY(find_share(r, index, update, &s));
    TRY(estimate_judge(s.left, s.factor, update->found.dim, &update->found));
    use(r, update, &s, e);
    return OK;
}

void registration_apply(const struct registration *r, const struct estimate *e,
                        struct estimate *out)
{
    double vp[DIM * MAX];
    *out = *e;
    for (int i = 0; i < DIM && r->count > 0; i++) {
        for (int k = 0; k < r->count; k++) {
            vp[i * MAX + k] = 0.0;
            for (int l = 0; l < r->count; l++) {
                vp[i * MAX + k] += r->by_bias[i * MAX + l] * r->p[l * MAX + k];
            }
        }
        for (int j = 0; j <= i; j++) {
            double sum = out->p[i * DIM + j];
            for (int k = 0; k < r->count; k++) {
                sum += vp[i * MAX + k] * r->by_bias[j * MAX + k];
            }
            out->p[i * DIM + j] = sum;
            out->p[j * DIM + i] = sum;
        }
    }
}
