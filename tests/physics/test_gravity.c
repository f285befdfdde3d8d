/* Gravity against Somigliana's formula on the ellipsoid, its central part against a published
 * orbit, its gradient against differences; the Earth's turning against ERFA. */
#include "../base/near.h"

#include <erfa.h>
#include <string.h>

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

/* The mean over the three ways to name the axes: J2's part (a Legendre polynomial of second degree)
 * cancels, the central part stays. Scaled to another GM. */
static void central_part(const double x[3], double gm_m3ps2, double a[3])
{
    memset(a, 0, 3 * sizeof *a);
    for (int turn = 0; turn < 3; turn++) {
        const double turned[3] = {x[turn], x[(turn + 1) % 3], x[(turn + 2) % 3]};
        double of_turned[3];
        gravity_acceleration(turned, of_turned, NULL);
        for (int i = 0; i < 3; i++) {
            a[(turn + i) % 3] += of_turned[i] / 3.0 * (gm_m3ps2 / GRAVITY_GM_M3PS2);
        }
    }
}

/* Source: the two-body test of Nyx (nyx-space, tests of propagation), GM 398600.4415 km³/s². */
static void a_day_of_two_bodies_meets_kepler(void **state)
{
    (void)state;
    static const double at[4] = {0.0, 0.5, 0.5, 1.0};
    static const double weight[4] = {1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0};
    const double h = 2.5;
    double s[6] = {-2436.45e3, -2436.45e3, 6891.037e3, 5088.611, -5088.611, 0.0};
    for (int step = 0; step < 34560; step++) {
        double rate[6] = {0};
        double sum[6] = {0};
        for (int stage = 0; stage < 4; stage++) {
            double here[6];
            for (int i = 0; i < 6; i++) {
                here[i] = s[i] + at[stage] * h * rate[i];
            }
            memcpy(rate, here + 3, 3 * sizeof *rate);
            central_part(here, 3.986004415e14, rate + 3);
            for (int i = 0; i < 6; i++) {
                sum[i] += weight[stage] * rate[i];
            }
        }
        for (int i = 0; i < 6; i++) {
            s[i] += h * sum[i];
        }
    }
    assert_near(s[0], -5971194.19, 0.05);
    assert_near(s[1], 3945506.65, 0.05);
    assert_near(s[2], 2864636.62, 0.05);
}

/* Source: ERFA's own test program, t_erfa_c.c, eraEra00; and the rate of that angle. The constant
 * of the motions is WGS 84's nominal one, smaller by 1.5e-12 rad/s: 3 cm in an hour's flight. */
static void the_earth_turns_as_erfa_says(void **state)
{
    (void)state;
    const double angle = eraEra00(2400000.5, 54388.0);
    assert_near(angle, 0.40228372400281, 1e-13);
    const double later = eraEra00(2400000.5, 54388.25);
    assert_near((later - angle) / 21600.0, EARTH_RATE_RADPS, 2e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gravity_on_the_ellipsoid_is_somiglianas),
        cmocka_unit_test(gradient_is_the_derivative),
        cmocka_unit_test(a_day_of_two_bodies_meets_kepler),
        cmocka_unit_test(the_earth_turns_as_erfa_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
