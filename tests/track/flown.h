/* A real flight, solved by physics/flight, and what radars and satellites without the simulated
 * world would report of it: for tests of the tracker. Times are seconds after launch. */
#ifndef WATCHFIRE_TESTS_TRACK_FLOWN_H
#define WATCHFIRE_TESTS_TRACK_FLOWN_H

#include <stdbool.h>

#include "base/random.h"
#include "model/observation.h"
#include "model/sensor.h"
#include "physics/flight.h"

/* Solves and flies; the test fails if it cannot be. */
void flown_solve(struct geo_geodetic site, double bearing_deg, double apogee_km, double range_km,
                 enum flight_kind kind);

/* The latest solved flight. */
double flown_end_of_thrust_s(void);
double flown_impact_s(void);
double flown_thrust_mps2(double t_s);

/* The true state; false before launch and after the impact. */
bool flown_state(double t_s, double x[6]);

struct instant flown_instant(double t_s);

/* A radar: 25 m, 1 mrad, 1 Hz, range 1200 km, horizon 2 degrees; with range rate of 2 m/s if
 * rated. */
struct sensor flown_radar(const char *name, double lat_deg, double lon_deg, bool rated);

/* A satellite over the equator: 50 urad, every 5 s. */
struct sensor flown_satellite(const char *name);
struct geo_ecef flown_satellite_place(double lon_deg);

/* What it sees of the object at t_s, with noise; false if nothing (below the horizon or out of
 * range; infrared: not burning or below 10 km). Always draws the same number of random numbers. */
bool flown_plot(const struct sensor *radar, double t_s, struct random *r, struct observation *out);
bool flown_sight(const struct sensor *satellite, struct geo_ecef platform, double t_s,
                 struct random *r, struct observation *out);

/* A plot anywhere in the radar's coverage. */
struct observation flown_false_alarm(const struct sensor *radar, double t_s, struct random *r);

#endif
