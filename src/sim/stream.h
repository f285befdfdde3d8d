/* Names of random streams: a path of texts and numbers becomes the stream number of base/random.h.
 *
 * So every draw is named by what it is for, not by when it is made. Source: FNV-1a, 64 bit (Fowler,
 * Noll and Vo), finished by the mixer of splitmix64. */
#ifndef WATCHFIRE_SIM_STREAM_H
#define WATCHFIRE_SIM_STREAM_H

#include <stdint.h>

/* The name `parent` with one more part; 0 is the empty path. Texts end with their NUL. */
uint64_t stream_text(uint64_t parent, const char *part);
uint64_t stream_number(uint64_t parent, uint64_t part);

#endif
