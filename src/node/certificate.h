/* When a certificate of the carrier ends. */
#ifndef WATCHFIRE_NODE_CERTIFICATE_H
#define WATCHFIRE_NODE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

/* The earliest end of the certificates in a PEM file, in seconds since 1970-01-01 UTC. False if it
 * cannot be read or holds none; *out is then unchanged. No result, and no instant: OpenSSL has
 * names that ours clash with. */
bool certificate_end(const char *path, int64_t *out);

#endif
