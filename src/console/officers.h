/* Who may sign in at a page and give orders: what the console asks of the node that it serves.
 *
 * The console keeps the sessions and guards the door; whether a password is right, and what an
 * order does, is for the node. */
#ifndef WATCHFIRE_CONSOLE_OFFICERS_H
#define WATCHFIRE_CONSOLE_OFFICERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/order.h"

#define CONSOLE_PASSWORD_MAX 1024 /* bytes */
#define CONSOLE_TOKEN_SIZE 65     /* 32 random bytes as hexadecimal digits, and a NUL */

struct console;

struct console_person {
    struct officer_name name;
    uint8_t roles;
};

enum console_outcome {
    CONSOLE_GOOD,
    CONSOLE_WRONG,  /* name or password: it is not told which */
    CONSOLE_LOCKED, /* too many were wrong: not looked at before wait_s are over */
    CONSOLE_BUSY    /* too many wait to be looked at */
};

struct console_verdict {
    enum console_outcome outcome;
    uint8_t roles;   /* GOOD */
    uint32_t wait_s; /* LOCKED */
};

struct console_officers {
    void *context;
    /* Begins to check a password, which is wiped after the call; console_checked tells the outcome
     * later, never from within. False if it is known at once: LOCKED or BUSY. */
    bool (*check)(void *context, uint64_t ticket, const char *name, const char *password,
                  struct console_verdict *at_once);
    /* Does what is ordered; errors as of the engine's: nothing has happened then. */
    result (*order)(void *context, const struct order *order);
    /* Steers a running exercise: "pause", "go", "jump" and "inject", with a number where one is
     * needed. NULL where nothing can be steered. ERR_FORMAT, ERR_STATE. */
    result (*control)(void *context, const struct console_person *who, const char *what,
                      double value);
    /* Writes what only a controller may know, at most `size` bytes of JSON; returns how many. */
    size_t (*truth)(void *context, char *out, size_t size);
};

/* The outcome of a check. A ticket that nobody waits for any more is nothing. */
void console_checked(struct console *console, uint64_t ticket,
                     const struct console_verdict *verdict);

/* Signs a person out everywhere: he was removed, or is another now. */
void console_sign_out(struct console *console, const struct officer_name *name);

#endif
