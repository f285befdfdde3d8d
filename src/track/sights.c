#include "track/sights.h"

#include "base/matrix.h"

bool sights_meet(const struct infrared_sight *a, const struct infrared_sight *b,
                 struct geo_ecef *middle, double *gap_m, double *distance_m)
{
    const double pa[3] = {a->platform.x_m, a->platform.y_m, a->platform.z_m};
    const double pb[3] = {b->platform.x_m, b->platform.y_m, b->platform.z_m};
    double ab = 0.0;
    double ad = 0.0;
    double bd = 0.0;
    for (int i = 0; i < 3; i++) {
        ab += a->los.axis[i] * b->los.axis[i];
        ad += a->los.axis[i] * (pb[i] - pa[i]);
        bd += b->los.axis[i] * (pb[i] - pa[i]);
    }
    const double cross = 1.0 - ab * ab;
    if (cross < 1e-4) {
        return false;
    }
    const double along_a = (ad - ab * bd) / cross;
    const double along_b = (ab * ad - bd) / cross;
    if (along_a <= 0.0 || along_b <= 0.0) {
        return false;
    }
    double half[3];
    double gap2 = 0.0;
    for (int i = 0; i < 3; i++) {
        const double qa = pa[i] + along_a * a->los.axis[i];
        const double qb = pb[i] + along_b * b->los.axis[i];
        half[i] = 0.5 * (qa + qb);
        gap2 += (qa - qb) * (qa - qb);
    }
    *middle = (struct geo_ecef){half[0], half[1], half[2]};
    *gap_m = sqrt(gap2);
    *distance_m = along_a > along_b ? along_a : along_b;
    return true;
}

result sights_covariance(const struct measure_site *const sites[2],
                         const struct observation *const sights[2], struct geo_ecef middle,
                         double drift_m, double covariance_m2[9])
{
    double information[9] = {0};
    double x[6] = {middle.x_m, middle.y_m, middle.z_m, 0.0, 0.0, 0.0};
    for (int s = 0; s < 2; s++) {
        struct measure m;
        TRY(measure_linearise(sites[s], sights[s], x, &m));
        for (int k = 0; k < m.dim; k++) {
            for (int i = 0; i < 9; i++) {
                information[i] +=
                    m.jacobian[k * 6 + i / 3] * m.jacobian[k * 6 + i % 3] / m.noise[k * m.dim + k];
            }
        }
    }
    TRY(matrix_inverse(information, covariance_m2, 3));
    for (int i = 0; i < 3; i++) {
        covariance_m2[i * 4] += drift_m * drift_m;
    }
    return OK;
}
