/* A grant: the owner's leave for one nation to pass on to another what the owner released to it.
 *
 * A signed grant is a SignedGrant of proto/watchfire.proto in canonical form. A signing key of the
 * owner signs the context `watchfire/1/<domain>/grant`, a NUL, and the canonical Grant. The grant
 * counts as long as that key does, and no longer. It alone lets nothing pass: the label of each
 * record has to name the receiver as well. */
#ifndef WATCHFIRE_SHARE_GRANT_H
#define WATCHFIRE_SHARE_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "model/domain.h"
#include "model/label.h"
#include "model/record.h"
#include "share/key_list.h"

/* No signed grant is longer. */
#define GRANT_BYTES_MAX 128

#define GRANT_TRACKS 1u
#define GRANT_NOTICES 2u
#define GRANT_WARNINGS 4u
#define GRANT_ALL_KINDS 7u

struct grant {
    struct nation_id owner;
    struct nation_id via;
    struct nation_id to;
    uint32_t kinds; /* GRANT_TRACKS, …: their sum, at least one */
    enum classification classification_max;
    uint32_t zero; /* a member, so that nothing lies between members: grants are compared whole */
    struct instant from;
    struct instant until;
};

struct signed_grant {
    struct grant grant;
    uint8_t signature[KEY_SIGNATURE_BYTES];
};

/* All the grants that a nation passes on by, at most one for an owner and a receiver. */
#define GRANT_SET_MAX 42
#define GRANT_SET_BYTES_MAX (GRANT_SET_MAX * (GRANT_BYTES_MAX + 1))

struct grant_set {
    uint32_t count;
    struct signed_grant grants[GRANT_SET_MAX];
};

/* Whether it may be signed or taken: three different nations, every value known, from before until.
 * ERR_RANGE otherwise. */
MUST_USE result grant_validate(const struct grant *grant);

/* Appends the bytes that the owner signs. ERR_RANGE as grant_validate, ERR_FULL. */
MUST_USE result grant_signed_bytes(const struct grant *grant, enum domain domain,
                                   struct byte_writer *out);

/* Appends the signed grant. ERR_RANGE as grant_validate, ERR_FULL. */
MUST_USE result grant_encode(const struct signed_grant *grant, struct byte_writer *out);

/* Reads exactly one signed grant without believing it. ERR_FORMAT, ERR_CANONICAL or ERR_RANGE. */
MUST_USE result grant_decode(struct bytes in, struct signed_grant *out);

/* Appends each grant behind its size in one byte; nothing for none. ERR_RANGE as grant_validate,
 * ERR_FULL. */
MUST_USE result grant_set_encode(const struct grant_set *set, struct byte_writer *out);

/* Reads exactly a set without believing it. As grant_decode, and ERR_RANGE for too many, or two for
 * the same owner and receiver; out is then unchanged. */
MUST_USE result grant_set_decode(struct bytes in, struct grant_set *out);

/* The grant of that owner to that receiver; NULL if there is none. A view. */
const struct signed_grant *grant_set_find(const struct grant_set *set, struct nation_id owner,
                                          struct nation_id to);

/* Whether this very grant is in the set, and whether two sets are of the same ones. */
bool grant_set_has(const struct grant_set *set, const struct signed_grant *grant);
bool grant_set_equal(const struct grant_set *a, const struct grant_set *b);

/* ERR_SIGNATURE if no key of the owner's list that counts now for signing has signed it, or the
 * list is of another nation or domain. */
MUST_USE result grant_verify(const struct signed_grant *grant, enum domain domain,
                             const struct key_list *owner, struct instant now);

/* from <= now < until. */
bool grant_is_in_period(const struct grant *grant, struct instant now);

/* Whether records of that kind, classified so, are among what it allows. */
bool grant_covers(const struct grant *grant, enum record_kind kind,
                  enum classification classification);

#endif
