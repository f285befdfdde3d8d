/* The name of this build's core: the hash of the compiled pure rooms (scripts/build_identity.py).
 * The same name means the same layout of the engine's memory and the same effects. */
#ifndef WATCHFIRE_NODE_BUILD_H
#define WATCHFIRE_NODE_BUILD_H

#include <stdint.h>

#define BUILD_IDENTITY_BYTES 32

extern const uint8_t BUILD_IDENTITY[BUILD_IDENTITY_BYTES];

#endif
