/* Partners' notices of launches, which come before their tracks, and may be taken back. Inside
 * src/engine only. */
#ifndef WATCHFIRE_ENGINE_NOTICE_H
#define WATCHFIRE_ENGINE_NOTICE_H

#include "engine/picture.h"

void notice_take(struct engine *engine, uint32_t partner, const struct record *record,
                 struct effects *effects);

/* A notice whose track came needs nothing more; one without becomes an event that is only
 * noticed. */
void notice_settle(const struct picture *p, struct effects *effects);

#endif
