/* Records, policies and keys for the tests of the exchange. */
#ifndef WATCHFIRE_TESTS_SHARE_FIXTURE_H
#define WATCHFIRE_TESTS_SHARE_FIXTURE_H

#include "base/random.h"
#include "model/record.h"
#include "share/digest.h"
#include "share/policy.h"
#include "share/region.h"
#include "share/release.h"

struct nation_id fixture_nation(const char *code);

/* 2022-10-04, a whole second. */
struct instant fixture_time(double seconds);

/* A firm track at that time with the covariance of a radar's: long arc, correlated. */
struct record fixture_track(struct random *r, struct instant time);
struct record fixture_notice(struct instant time);
struct record fixture_warning(struct instant time, enum warning_state state);

/* KOR gives JPN and USA everything, outer bound. */
struct policy fixture_policy(void);

struct digest_key fixture_key(uint8_t fill);

/* The record as KOR releases it to JPN; fails the test if it does not. */
struct released_record fixture_released(const struct record *record);

/* A random 6 x 6 covariance in Earth-fixed axes: any axes, any sigmas, up to nearly singular. */
void fixture_covariance(struct random *r, double out[36]);

/* What a radar at `distance_m` makes of an object in straight flight: `seconds` of looks, once a
 * second, 20 m and 1 mrad; the state is the one at the end. */
void fixture_radar_covariance(struct random *r, double distance_m, int seconds, double out[36]);

/* A position 100 to 1,000 km up, and a velocity. */
void fixture_state(struct random *r, struct geo_ecef *position, struct geo_velocity *velocity);

/* The side of an area that a launch is on, by this one estimate alone. */
enum region_side fixture_side(const struct policy_area *area, const struct region_origin *origin);

#endif
