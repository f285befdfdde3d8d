/* `watchfire keys grant`: lets a partner pass on our records to another. */
#ifndef WATCHFIRE_CLI_KEYS_GRANT_H
#define WATCHFIRE_CLI_KEYS_GRANT_H

#include "base/instant.h"

/* What the command line says; text as it was given, NULL = not given. */
struct keys_grant {
    const char *dir;
    const char *passphrase;
    const char *via;
    const char *to;
    const char *up_to;
    const char *kinds;
    const char *file;
    int days;
    struct instant now;
};

/* Makes the file and says what it allows, or complains. Returns the exit status. */
int keys_grant(const struct keys_grant *words);

#endif
