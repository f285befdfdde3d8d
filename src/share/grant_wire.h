/* A signed grant as a part of a longer message. Inside share only. */
#ifndef WATCHFIRE_SHARE_GRANT_WIRE_H
#define WATCHFIRE_SHARE_GRANT_WIRE_H

#include "share/grant.h"
#include "watchfire.pb.h"

void grant_to_wire(const struct signed_grant *grant, watchfire_v1_SignedGrant *out);

/* What comes out has still to pass grant_validate. */
void grant_from_wire(const watchfire_v1_SignedGrant *wire, struct signed_grant *out);

#endif
