#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/elementary.h"
#include "base/matrix.h"
#include "base/utc.h"

struct nation_id fixture_nation(const char *code)
{
    struct nation_id n = {{0}};
    assert_true(nation_id_parse(code, &n));
    return n;
}

struct instant fixture_time(double seconds)
{
    struct instant t = INSTANT_UNSET;
    const char text[] = "2022-10-03T22:23:00Z";
    assert_int_equal(utc_parse(text, sizeof text - 1, &t), OK);
    return instant_plus_s(t, seconds);
}

static void random_unit(struct random *r, double out[3])
{
    double norm = 0.0;
    do {
        for (int i = 0; i < 3; i++) {
            out[i] = random_normal(r);
        }
        norm = sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2]);
    } while (norm < 1e-3);
    for (int i = 0; i < 3; i++) {
        out[i] /= norm;
    }
}

void fixture_state(struct random *r, struct geo_ecef *position, struct geo_velocity *velocity)
{
    double u[3];
    double v[3];
    random_unit(r, u);
    random_unit(r, v);
    const double radius_m = 6.371e6 + 1e5 + 9e5 * random_uniform(r);
    const double speed_mps = 500.0 + 6500.0 * random_uniform(r);
    *position = (struct geo_ecef){u[0] * radius_m, u[1] * radius_m, u[2] * radius_m};
    *velocity = (struct geo_velocity){v[0] * speed_mps, v[1] * speed_mps, v[2] * speed_mps};
}

void fixture_covariance(struct random *r, double out[36])
{
    double m[36];
    for (int i = 0; i < 6; i++) {
        const double position = elementary_exp(10.0 * random_uniform(r));
        const double velocity = elementary_exp(8.0 * random_uniform(r) - 4.0);
        for (int j = 0; j < 6; j++) {
            m[j * 6 + i] = random_normal(r) * (j < 3 ? position : velocity);
        }
    }
    double identity[36];
    matrix_identity(identity, 6);
    matrix_transform(m, identity, out, 6, 6);
    for (int i = 0; i < 6; i++) {
        out[i * 6 + i] *= 1.0 + 1e-6;
    }
}

void fixture_radar_covariance(struct random *r, double distance_m, int seconds, double out[36])
{
    double los[3];
    random_unit(r, los);
    const double along = 20.0 * 20.0;
    const double across = elementary_square(1e-3 * distance_m);
    /* Information of one look on the position: w = (1/across) I + (1/along - 1/across) los los'. */
    double information[36] = {0};
    for (int t = 0; t <= seconds; t++) {
        const double lag = (double)(t - seconds);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                const double w =
                    (i == j ? 1.0 / across : 0.0) + (1.0 / along - 1.0 / across) * los[i] * los[j];
                information[i * 6 + j] += w;
                information[i * 6 + j + 3] += w * lag;
                information[(i + 3) * 6 + j] += w * lag;
                information[(i + 3) * 6 + j + 3] += w * lag * lag;
            }
        }
    }
    /* Inverted in units of 100 m and 1 m/s, for the sake of the numbers. */
    double scaled[36];
    for (int i = 0; i < 36; i++) {
        scaled[i] = information[i] * (i / 6 < 3 ? 100.0 : 1.0) * (i % 6 < 3 ? 100.0 : 1.0);
    }
    assert_int_equal(matrix_inverse(scaled, scaled, 6), OK);
    for (int i = 0; i < 36; i++) {
        out[i] = scaled[i] * (i / 6 < 3 ? 100.0 : 1.0) * (i % 6 < 3 ? 100.0 : 1.0);
    }
    matrix_symmetrise(out, 6);
}

static struct record labelled(enum record_kind kind, struct instant time)
{
    struct record record = {.kind = kind, .made = time, .event = {"AMBER-2"}};
    record.label = (struct label){.owner = fixture_nation("KOR"),
                                  .classification = CLASSIFICATION_SECRET,
                                  .releasable_count = 2,
                                  .releasable_to = {fixture_nation("JPN"), fixture_nation("USA")}};
    return record;
}

struct record fixture_track(struct random *r, struct instant time)
{
    struct record record = labelled(RECORD_TRACK, time);
    record.track = (struct track){.id = {7},
                                  .owner = fixture_nation("KOR"),
                                  .status = STATUS_FIRM,
                                  .phase = PHASE_COAST,
                                  .phase_probability = 0.97,
                                  .time = time,
                                  .first_detection = instant_plus_s(time, -60.25),
                                  .last_measurement = instant_plus_s(time, -0.25),
                                  .span_from = instant_plus_s(time, -30.25),
                                  .end_of_thrust = instant_plus_s(time, -31.5),
                                  .measurement_count = 60};
    fixture_state(r, &record.track.position, &record.track.velocity);
    fixture_radar_covariance(r, 8e5, 60, record.track.covariance);
    record.track.launch = (struct launch_estimate){.determined = true,
                                                   .time = instant_plus_s(time, -100.5),
                                                   .time_sigma_s = 3.0,
                                                   .point = {0.7, 2.2, 0.0},
                                                   .covariance_m2 = {4e6, 1e6, 1e6, 9e6}};
    return record;
}

struct record fixture_notice(struct instant time)
{
    struct record record = labelled(RECORD_NOTICE, time);
    record.notice = (struct notice){{7}, instant_plus_s(time, -3.5), false};
    return record;
}

struct record fixture_warning(struct instant time, enum warning_state state)
{
    struct record record = labelled(RECORD_WARNING, time);
    record.warning = (struct warning_notice){.serial = 3,
                                             .state = state,
                                             .issued = time,
                                             .expires = instant_plus_s(time, 600.0),
                                             .impact = instant_plus_s(time, 400.0)};
    return record;
}

struct policy fixture_policy(void)
{
    struct policy p = {.owner = fixture_nation("KOR"), .number = 1};
    p.label = labelled(RECORD_NOTICE, fixture_time(0.0)).label;
    for (int kind = RECORD_TRACK; kind <= RECORD_WARNING; kind++) {
        p.rules[p.rule_count] =
            (struct policy_rule){.name = "all",
                                 .action = POLICY_RELEASE,
                                 .kind = (enum record_kind)kind,
                                 .to_count = 2,
                                 .to = {fixture_nation("JPN"), fixture_nation("USA")},
                                 .classification_max = CLASSIFICATION_SECRET};
        p.rule_count++;
    }
    return p;
}

struct digest_key fixture_key(uint8_t fill)
{
    struct digest_key key;
    memset(key.bytes, fill, sizeof key.bytes);
    return key;
}

struct released_record fixture_released(const struct record *record)
{
    const struct policy policy = fixture_policy();
    const struct digest_key key = fixture_key(1);
    const struct release_request request = {.policy = &policy,
                                            .to = fixture_nation("JPN"),
                                            .key = &key,
                                            .now = instant_plus_s(record->made, 1.0)};
    struct released_record out;
    struct release_decision decision;
    assert_int_equal(release_apply(&request, record, &out, &decision), OK);
    return out;
}

enum region_side fixture_side(const struct policy_area *area, const struct region_origin *origin)
{
    static struct policy policy;
    struct region_sides sides = {{0}};
    policy.areas[0] = *area;
    policy.area_count = 1;
    region_follow(&policy, origin, &sides);
    /* Where a launch is seen for the first time, both say the same. */
    assert_int_equal(region_side_of(area, origin), sides.of_area[0]);
    return (enum region_side)sides.of_area[0];
}
