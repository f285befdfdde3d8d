#include "physics/gravity.h"

#include <math.h>
#include <stddef.h>

void gravity_acceleration(const double position_m[3], double acceleration_mps2[3],
                          double gradient[9])
{
    const double x = position_m[0];
    const double y = position_m[1];
    const double z = position_m[2];
    const double r2 = x * x + y * y + z * z;
    /* The division and the root do not wait for each other. */
    const double inverse_r2 = 1.0 / r2;
    const double central = GRAVITY_GM_M3PS2 * (inverse_r2 * inverse_r2) * sqrt(r2);
    const double oblate =
        1.5 * GRAVITY_J2 * GRAVITY_RADIUS_M * GRAVITY_RADIUS_M * central * inverse_r2;
    const double s = z * z * inverse_r2;
    const double equatorial = oblate * (5.0 * s - 1.0) - central;
    const double polar = oblate * (5.0 * s - 3.0) - central;
    acceleration_mps2[0] = equatorial * x;
    acceleration_mps2[1] = equatorial * y;
    acceleration_mps2[2] = polar * z;
    if (gradient == NULL) {
        return;
    }
    /* A potential's second derivatives: symmetric, and without a trace. */
    const double outer = (3.0 * central - 5.0 * oblate * (7.0 * s - 1.0)) * inverse_r2;
    const double outer_z = outer + 10.0 * oblate * inverse_r2;
    const double xy = outer * x * y;
    const double xz = outer_z * x * z;
    const double yz = outer_z * y * z;
    gradient[0] = equatorial + outer * x * x;
    gradient[1] = xy;
    gradient[2] = xz;
    gradient[3] = xy;
    gradient[4] = equatorial + outer * y * y;
    gradient[5] = yz;
    gradient[6] = xz;
    gradient[7] = yz;
    gradient[8] = -gradient[0] - gradient[4];
}

void gravity_acceleration_two(const pair position_m[3], pair acceleration_mps2[3], pair gradient[9])
{
    const pair x = position_m[0];
    const pair y = position_m[1];
    const pair z = position_m[2];
    const pair r2 = x * x + y * y + z * z;
    const pair inverse_r2 = 1.0 / r2;
    const pair central = GRAVITY_GM_M3PS2 * (inverse_r2 * inverse_r2) * pair_sqrt(r2);
    const pair oblate =
        1.5 * GRAVITY_J2 * GRAVITY_RADIUS_M * GRAVITY_RADIUS_M * central * inverse_r2;
    const pair s = z * z * inverse_r2;
    const pair equatorial = oblate * (5.0 * s - 1.0) - central;
    const pair polar = oblate * (5.0 * s - 3.0) - central;
    acceleration_mps2[0] = equatorial * x;
    acceleration_mps2[1] = equatorial * y;
    acceleration_mps2[2] = polar * z;
    if (gradient == NULL) {
        return;
    }
    const pair outer = (3.0 * central - 5.0 * oblate * (7.0 * s - 1.0)) * inverse_r2;
    const pair outer_z = outer + 10.0 * oblate * inverse_r2;
    gradient[0] = equatorial + outer * x * x;
    gradient[1] = outer * x * y;
    gradient[2] = outer_z * x * z;
    gradient[3] = gradient[1];
    gradient[4] = equatorial + outer * y * y;
    gradient[5] = outer_z * y * z;
    gradient[6] = gradient[2];
    gradient[7] = gradient[5];
    gradient[8] = -gradient[0] - gradient[4];
}
