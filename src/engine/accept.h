/* Whether a partner's record can be true at all, before it is used. The codec has seen to its form;
 * here its times must fit each other and now: a track from another year would have to be predicted
 * over years. Inside src/engine only. */
#ifndef WATCHFIRE_ENGINE_ACCEPT_H
#define WATCHFIRE_ENGINE_ACCEPT_H

#include <stdbool.h>

#include "base/instant.h"
#include "model/record.h"

bool accept_record(const struct record *record, struct instant now);

#endif
