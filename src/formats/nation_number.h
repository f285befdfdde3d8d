/* The numbers of nations (ISO 3166-1 numeric), by which some labels name them. */
#ifndef WATCHFIRE_FORMATS_NATION_NUMBER_H
#define WATCHFIRE_FORMATS_NATION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

/* 392 is "JPN". False for a number that no nation has; out is then unchanged. */
bool nation_number_code(uint32_t number, struct nation_id *out);

#endif
