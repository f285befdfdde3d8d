/* The US Standard Atmosphere 1976 from sea level to 86 km, and an exponential tail above.
 * Source: NOAA-S/T 76-1562. Geometric height over the ellipsoid stands for height over the sea. */
#ifndef WATCHFIRE_PHYSICS_ATMOSPHERE_H
#define WATCHFIRE_PHYSICS_ATMOSPHERE_H

struct atmosphere {
    double temperature_k;
    double pressure_pa;
    double density_kgpm3;
    double sound_mps;
};

/* Total: below sea level the lowest layer goes on (to -2 km); above 86 km density falls with a
 * scale height that joins smoothly, to exactly 0 above 200 km, and temperature stays as it is
 * there. */
struct atmosphere atmosphere_at(double height_m);

/* Density, kg/m³, and its derivative by height, kg/m⁴ (NULL if not wanted). */
double atmosphere_density(double height_m, double *by_height);

#endif
