/* Gravity against Somigliana's formula on the ellipsoid, and its gradient against differences. */
#include "../base/near.h"

#include "base/elementary.h"
#include "base/random.h"
#include "geo/ellipsoid.h"
#include "physics/gravity.h"

/* Source: Somigliana's closed formula with the constants of WGS 84 (NIMA TR8350.2, 4.2.1):
 * 9.780325, 9.806198 and 9.832185 m/s² at 0, 45 and 90 degrees. J4 and higher are worth 1.2e-4
 * m/s². */
static void gravity_on_the_ellipsoid_is_somiglianas(void **state)
{
    (void)state;
    const double expected_mps2[3] = {9.780325, 9.806198, 9.832185};
    for (int i = 0; i < 3; i++) {
        for (int lon_deg = -180; lon_deg < 180; lon_deg += 40) {
            const struct geo_geodetic g = {i * 45.0 * RAD_PER_DEG, lon_deg * RAD_PER_DEG, 0.0};
            const struct geo_ecef p = ellipsoid_to_ecef(g);
            const double x[3] = {p.x_m, p.y_m, p.z_m};
            double a[3];
            gravity_acceleration(x, a, NULL);
            a[0] += EARTH_RATE_RADPS * EARTH_RATE_RADPS * x[0];
            a[1] += EARTH_RATE_RADPS * EARTH_RATE_RADPS * x[1];
            assert_near(sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]), expected_mps2[i], 1.2e-4);
            double axes[9];
            ellipsoid_axes(g, axes);
            const double down = -(a[0] * axes[6] + a[1] * axes[7] + a[2] * axes[8]);
            assert_near(down, expected_mps2[i], 1.2e-4);
        }
    }
}

static void gradient_is_the_derivative(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 2, 2);
    for (int n = 0; n < 1000; n++) {
        double x[3];
        for (int i = 0; i < 3; i++) {
            x[i] = 8e6 * random_normal(&r);
        }
        if (sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) < 6e6) {
            continue;
        }
        double a[3];
        double gradient[9];
        gravity_acceleration(x, a, gradient);
        for (int j = 0; j < 3; j++) {
            double low[3] = {x[0], x[1], x[2]};
            double high[3] = {x[0], x[1], x[2]};
            double a_low[3];
            double a_high[3];
            low[j] -= 50.0;
            high[j] += 50.0;
            gravity_acceleration(low, a_low, NULL);
            gravity_acceleration(high, a_high, NULL);
            for (int i = 0; i < 3; i++) {
                assert_near(gradient[3 * i + j], (a_high[i] - a_low[i]) / 100.0, 1e-15);
                assert_near(gradient[3 * i + j], gradient[3 * j + i], 0.0);
            }
        }
        /* Laplace: there is no mass up there. */
        assert_near(gradient[0] + gradient[4] + gradient[8], 0.0, 1e-20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gravity_on_the_ellipsoid_is_somiglianas),
        cmocka_unit_test(gradient_is_the_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
