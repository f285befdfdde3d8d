/* Quantiles of what benchmarks gather. */
#ifndef WATCHFIRE_CLI_QUANTILE_H
#define WATCHFIRE_CLI_QUANTILE_H

#include <stdint.h>

/* The value below which `share` (0 to 1) of the values lie: 0.5 is the median. Sorts them; 0 of
 * none. */
double quantile(double *values, uint32_t count, double share);

#endif
