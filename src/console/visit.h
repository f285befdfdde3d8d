/* Signed-in sessions: a random name that the browser keeps in a cookie, a random token that the
 * page sends with each order, a person, and an end. In memory alone: a restart signs all out. */
#ifndef WATCHFIRE_CONSOLE_VISIT_H
#define WATCHFIRE_CONSOLE_VISIT_H

#include "console/officers.h"

#define VISITS_MAX 64
#define VISITS_OF_ONE_MAX 8 /* of one person; then his oldest ends */
#define VISIT_HOURS 8

struct visit {
    uint64_t serial; /* 0 = free; never given twice */
    char id[CONSOLE_TOKEN_SIZE];
    char token[CONSOLE_TOKEN_SIZE];
    struct console_person who;
    int64_t until_ns; /* by the monotonic clock */
};

struct visits {
    uint64_t last; /* serial */
    struct visit items[VISITS_MAX];
};

/* A new one. Where there is no room the oldest of all gives way. */
const struct visit *visit_begin(struct visits *v, const struct console_person *who, int64_t now_ns);

/* By what a cookie says; NULL = it is none, or over. The comparison takes the same time for all. */
const struct visit *visit_find(const struct visits *v, const char *id, int64_t now_ns);

bool visit_is_on(const struct visits *v, uint64_t serial, int64_t now_ns);
void visit_end(struct visits *v, uint64_t serial);
void visit_end_all_of(struct visits *v, const struct officer_name *name);
uint32_t visit_count(const struct visits *v, int64_t now_ns);

/* Whether a token is this one's; in the same time for all. */
bool visit_has_token(const struct visit *visit, const char *token);

#endif
