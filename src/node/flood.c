#include "node/flood.h"

#include <string.h>

bool flood_count(struct flood *f, enum session_refusal why, uint32_t most, struct instant now)
{
    const int64_t second = now.tai_ns / NS_PER_S;
    if (f->second != second) {
        f->second = second;
        memset(f->fed, 0, sizeof f->fed);
    }
    const bool flood = f->fed[why] >= most;
    f->fed[why] += flood ? 0 : 1;
    f->only_counted[why] += flood ? 1 : 0;
    return flood;
}
