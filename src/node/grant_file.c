#include "node/grant_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/small_file.h"

#define GRANT_FILE_MODE 0644

static result say(char message[GRANT_FILE_MESSAGE_SIZE], result why, const char *path,
                  const char *text)
{
    (void)snprintf(message, GRANT_FILE_MESSAGE_SIZE, "%s: %s", path, text);
    return why;
}

/* When the key ends that would sign now; unset if none counts. */
static struct instant signer_ends(const struct keys *keys, struct instant now)
{
    const uint8_t *signer = keys_signer(keys, KEY_SIGNING, now);
    for (uint32_t i = 0; signer != NULL && i < keys->list.count; i++) {
        if (memcmp(keys->list.keys[i].key, signer, KEY_BYTES) == 0) {
            return keys->list.keys[i].until;
        }
    }
    return INSTANT_UNSET;
}

result grant_file_make(const struct keys *keys, struct instant now, struct grant *grant,
                       const char *path, char message[GRANT_FILE_MESSAGE_SIZE])
{
    struct stat there;
    const struct instant end = signer_ends(keys, now);
    struct signed_grant made = {.grant = *grant};
    made.grant.owner = keys->list.nation;
    made.grant.until = instant_before(end, grant->until) ? end : grant->until;
    uint8_t storage[GRANT_BYTES_MAX];
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer signing = {storage, sizeof storage, 0};
    struct byte_writer file = {bytes, sizeof bytes, 0};
    ENSURE(instant_is_set(end),
           say(message, ERR_STATE, path,
               "not made: no signing key counts now; renew the keys with \"watchfire keys "
               "rotate\""));
    ENSURE(grant_signed_bytes(&made.grant, keys->list.domain, &signing) == OK,
           say(message, ERR_RANGE, path,
               "not made: expected three different nations, of which we are one, and an end "
               "after the start"));
    ENSURE(stat(path, &there) != 0,
           say(message, ERR_STATE, path, "is there already; name another file"));
    const result signed_now =
        keys_sign(keys, KEY_SIGNING, now, byte_writer_written(&signing), made.signature);
    ENSURE(signed_now == OK, say(message, signed_now, path, "not made: no signing key counts now"));
    TRY(grant_encode(&made, &file));
    TRY(small_file_write(path, GRANT_FILE_MODE, byte_writer_written(&file), message,
                         GRANT_FILE_MESSAGE_SIZE));
    *grant = made.grant;
    return OK;
}

result grant_file_read(const char *path, struct nation_id via, struct signed_grant *out,
                       char message[GRANT_FILE_MESSAGE_SIZE])
{
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer file = {bytes, sizeof bytes, 0};
    struct signed_grant grant;
    TRY(small_file_read(path, false, &file, message, GRANT_FILE_MESSAGE_SIZE));
    const result read = grant_decode(byte_writer_written(&file), &grant);
    ENSURE(read == OK, say(message, read, path,
                           "is not a grant, or was altered; its owner makes one with \"watchfire "
                           "keys grant\""));
    if (!nation_id_equal(grant.grant.via, via)) {
        (void)snprintf(message, GRANT_FILE_MESSAGE_SIZE,
                       "%s: lets %s pass on to %s what %s releases to it; expected one that names "
                       "%s as the nation that passes on",
                       path, grant.grant.via.code, grant.grant.to.code, grant.grant.owner.code,
                       via.code);
        return ERR_RANGE;
    }
    *out = grant;
    return OK;
}
