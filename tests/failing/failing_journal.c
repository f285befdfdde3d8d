#include "failing.h"
#include "journal/journal.h"

FAILING(result, journal_append, ERR_IO,
        (struct journal * j, uint64_t position, struct instant time, struct bytes input,
         struct bytes effects),
        (j, position, time, input, effects))
FAILING(result, journal_commit, ERR_IO, (struct journal * j), (j))
FAILING(result, journal_read, ERR_IO,
        (struct journal * j, uint64_t position, struct journal_group *out), (j, position, out))
FAILING(result, journal_set_meta, ERR_IO, (struct journal * j, const char *key, struct bytes value),
        (j, key, value))
FAILING(result, journal_get_meta, ERR_IO, (struct journal * j, const char *key, struct bytes *out),
        (j, key, out))
FAILING(result, journal_get_fact, ERR_IO,
        (struct journal * j, const char *key, uint64_t position, struct journal_fact *out),
        (j, key, position, out))
FAILING(result, journal_drop, ERR_IO,
        (struct journal * j, struct instant before, uint64_t up_to, uint64_t most,
         uint64_t *dropped),
        (j, before, up_to, most, dropped))
