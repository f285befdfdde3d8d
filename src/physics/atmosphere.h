/* The US Standard Atmosphere 1976 from sea level to 200 km. There drag is less than a third of what
 * gravity beyond J2 does, down to a ballistic coefficient of 500 kg/m².
 * Source: NOAA-S/T 76-1562. Geometric height over the ellipsoid stands for height over the sea. */
#ifndef WATCHFIRE_PHYSICS_ATMOSPHERE_H
#define WATCHFIRE_PHYSICS_ATMOSPHERE_H

#include "base/pair.h"

struct atmosphere {
    double temperature_k;
    double pressure_pa;
    double density_kgpm3;
    double sound_mps;
};

/* Total: below sea level the lowest layer goes on (to -2 km). Above 86 km the density alone is the
 * standard's: the temperature stays as it is there, and the pressure is that of the density. Above
 * 200 km there is nothing. */
struct atmosphere atmosphere_at(double height_m);

/* Density, kg/m³, and its derivative by height, kg/m⁴ (NULL if not wanted). */
double atmosphere_density(double height_m, double *by_height);

/* The same at two heights. */
pair atmosphere_density_two(pair height_m, pair *by_height);

#endif
