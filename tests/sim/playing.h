/* A small scenario made by hand: one nation, one launch over the Sea of Japan, and whatever sensors
 * a test adds. The figures are round on purpose. */
#ifndef WATCHFIRE_TESTS_SIM_PLAYING_H
#define WATCHFIRE_TESTS_SIM_PLAYING_H

#include "sim/world.h"

/* Large, so never on the stack. Cleared and filled by each test anew. */
extern struct scenario playing_scenario;
extern struct world playing_world;
extern struct world_scan playing_scan;

/* One nation "KOR" without sensors; one missile, apogee 300 km, range 800 km, launched at 10 s; 900
 * s. */
void playing_begin(void);

/* Each returns the sensor it added, with certain detection and no false alarms, to be changed. */
struct scenario_sensor *playing_add_radar(const char *name, double lat_deg, double lon_deg);
struct scenario_sensor *playing_add_infrared(const char *name, double lon_deg);
struct scenario_sensor *playing_add_tracker(const char *name, double lat_deg, double lon_deg);

/* Starts the world; the test fails if it does not start. */
void playing_start(uint64_t seed);

#endif
