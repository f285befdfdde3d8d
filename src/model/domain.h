/* What a record is worth: real, played or tried out. The domain belongs to the signing key; a
 * record of one domain never verifies in another. */
#ifndef WATCHFIRE_MODEL_DOMAIN_H
#define WATCHFIRE_MODEL_DOMAIN_H

enum domain { DOMAIN_UNKNOWN, DOMAIN_LIVE, DOMAIN_EXERCISE, DOMAIN_TEST };

/* "live", "exercise", "test"; "unknown" otherwise. Static storage. */
const char *domain_text(enum domain domain);

#endif
