#include "sim/stream.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t eat(uint64_t hash, uint64_t byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t start(uint64_t parent)
{
    uint64_t hash = FNV_OFFSET;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        hash = eat(hash, parent >> shift & 0xff);
    }
    return hash;
}

uint64_t stream_text(uint64_t parent, const char *part)
{
    uint64_t hash = start(parent);
    for (const char *at = part; *at != '\0'; at++) {
        hash = eat(hash, (unsigned char)*at);
    }
    return mix(eat(hash, 0));
}

uint64_t stream_number(uint64_t parent, uint64_t part)
{
    uint64_t hash = start(parent);
    for (unsigned shift = 0; shift < 64; shift += 8) {
        hash = eat(hash, part >> shift & 0xff);
    }
    return mix(hash);
}
