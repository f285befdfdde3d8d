/* Runs commands of `watchfire` as a user does, each in a process of its own, in a folder of its
 * own: and again and again, with one call of the system failing in each run (failing.h). A call
 * counts once for each way by which the program comes to it.
 *
 * What must hold whichever fails: the command ends by itself; if it did not do what it does when
 * nothing fails, it says so in words and by its exit status; and no file stands under its
 * name that is neither what it was before nor what it is meant to become. */
#ifndef WATCHFIRE_TESTS_CLI_COMMANDS_H
#define WATCHFIRE_TESTS_CLI_COMMANDS_H

#include <stddef.h>

/* Makes the folder; its path. */
const char *commands_begin(void);
void commands_end(void);

/* Runs it once; the words are apart by one blank, and names are of the folder. What it printed to
 * both streams stays until the next call. Its exit status. */
int commands_run(const char *line);

/* The same with a standard output that is full. */
int commands_run_full(const char *line);

const char *commands_out(void);
const char *commands_err(void);

/* What a command answers. */
struct commands_answer {
    const char *line;
    int status;
    const char *said; /* on standard error where the status is 2, else on either stream */
};

/* Runs each; prints all that answer otherwise, and fails if any does. */
void commands_check(const struct commands_answer *answers, size_t count);
#define COMMANDS_CHECK(answers) commands_check(answers, sizeof(answers) / sizeof(answers)[0])

/* As said above. `partial`: how names of files begin that may be half made, as a journal that was
 * begun is; NULL = none. Returns how many calls failed. */
unsigned commands_fail(const char *line, const char *partial);

#endif
