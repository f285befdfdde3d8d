#include "model/track.h"

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/vector.h"

const char *track_phase_text(enum track_phase phase)
{
    switch (phase) {
    case PHASE_BOOST:
        return "boost";
    case PHASE_COAST:
        return "coast";
    case PHASE_REENTRY:
        return "re-entry";
    case PHASE_UNKNOWN:
        break;
    }
    return "unknown";
}

const char *track_status_text(enum track_status status)
{
    switch (status) {
    case STATUS_TENTATIVE:
        return "tentative";
    case STATUS_FIRM:
        return "firm";
    case STATUS_LOST:
        return "lost";
    case STATUS_DROPPED:
        break;
    }
    return "dropped";
}

void track_covariance_unpack(const double lower[21], double full[36])
{
    int at = 0;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j <= i; j++) {
            full[i * 6 + j] = lower[at];
            full[j * 6 + i] = lower[at];
            at++;
        }
    }
}

void track_covariance_pack(const double full[36], double lower[21])
{
    int at = 0;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j <= i; j++) {
            lower[at] = full[i * 6 + j];
            at++;
        }
    }
}

static bool in_range(double x, double low, double high)
{
    return elementary_is_finite(x) && x >= low && x <= high;
}

static result check_kinematics(const struct track *t)
{
    const double p[] = {t->position.x_m, t->position.y_m, t->position.z_m};
    const double v[] = {t->velocity.x_mps, t->velocity.y_mps, t->velocity.z_mps};
    for (int i = 0; i < 3; i++) {
        ENSURE(in_range(p[i], -1e8, 1e8) && in_range(v[i], -2e4, 2e4), ERR_RANGE);
    }
    const double radius_m = vector_length(p);
    ENSURE(in_range(radius_m, 6.3e6, 1e8), ERR_RANGE);
    for (int i = 0; i < 36; i++) {
        ENSURE(in_range(t->covariance[i], -1e16, 1e16), ERR_RANGE);
    }
    ENSURE(in_range(t->thrust_mps2, -500.0, 500.0), ERR_RANGE);
    ENSURE(in_range(t->thrust_sigma_mps2, 0.0, 1e3), ERR_RANGE);
    double factor[36];
    return matrix_cholesky(t->covariance, factor, 6);
}

static result check_launch(const struct launch_estimate *launch)
{
    if (!launch->determined) {
        return OK;
    }
    ENSURE(instant_is_set(launch->time), ERR_RANGE);
    ENSURE(in_range(launch->time_sigma_s, 0.0, 1e4), ERR_RANGE);
    ENSURE(in_range(launch->point.lat_rad, -PI / 2.0, PI / 2.0), ERR_RANGE);
    ENSURE(in_range(launch->point.lon_rad, -PI, PI), ERR_RANGE);
    double factor[4];
    ENSURE(launch->covariance_m2[1] == launch->covariance_m2[2], ERR_RANGE);
    return matrix_cholesky(launch->covariance_m2, factor, 2);
}

result track_check(const struct track *t)
{
    ENSURE(nation_id_is_set(t->owner), ERR_RANGE);
    ENSURE(instant_is_set(t->time) && instant_is_set(t->first_detection), ERR_RANGE);
    ENSURE(instant_is_set(t->last_measurement), ERR_RANGE);
    ENSURE(!instant_before(t->last_measurement, t->span_from), ERR_RANGE); /* unset: before all */
    ENSURE(in_range(t->phase_probability, 0.0, 1.0), ERR_RANGE);
    TRY(check_kinematics(t));
    return check_launch(&t->launch);
}
