/* What is assumed about a missile that nobody has described: stated once, for tracking, fusing and
 * picturing alike. */
#ifndef WATCHFIRE_PHYSICS_MISSILE_H
#define WATCHFIRE_PHYSICS_MISSILE_H

/* The normal distribution that stands for a ballistic coefficient log-uniform from 500 to
 * 10 000 kg/m²: of its natural logarithm. */
#define MISSILE_LN_BETA_MEAN 7.712473319
#define MISSILE_LN_BETA_VARIANCE 0.747857

/* A rocket that burns evenly loses mass evenly, so its acceleration grows by a² / exhaust speed. */
#define MISSILE_EXHAUST_MPS 2600.0

/* Power spectral densities of what the boost motion leaves out: acceleration by steering (m²/s³),
 * and changes of the thrust (m²/s⁵). */
#define MISSILE_BOOST_NOISE 30.0
#define MISSILE_BOOST_NOISE_BY_THRUST 0.1 /* s⁻¹: more by this times thrust squared, steering */
#define MISSILE_THRUST_NOISE 3.0

/* Power spectral density of acceleration that a coast in vacuum leaves out, m²/s³: gravity beyond
 * J2 moves an object by some metres in eight minutes. */
#define MISSILE_COAST_NOISE 1e-7

/* The same for what steers in the air: lift of some tens of m/s² that lasts for seconds. */
#define MISSILE_MANOEUVRE_NOISE 1e4

/* A missile that steers does not keep to the boost motion: gates are this much wider for it. */
#define MISSILE_BOOST_GATE_FACTOR 2.5

#endif
