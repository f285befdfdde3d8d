/* The people who may sign in at the node's page: their list, and the checks of their passwords,
 * which take a tenth of a second each and are done one at a time on a thread of the loop's pool. */
#ifndef WATCHFIRE_NODE_OFFICERS_H
#define WATCHFIRE_NODE_OFFICERS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/result.h"
#include "console/officers.h"
#include "node/officer_file.h"

#define OFFICERS_WAITING_MAX 8 /* guesses that wait for their turn */

struct officers;

struct officers_options {
    const char *path; /* of the file; borrowed */
    uv_loop_t *loop;
    /* An outcome; and somebody who was removed, or is another now. */
    void (*checked)(void *context, uint64_t ticket, const struct console_verdict *verdict);
    void (*changed)(void *context, const struct officer_name *name);
    void *context;
};

/* Reads the file. Errors as of officer_file_read, ERR_IO without memory. The caller closes what it
 * got, after the loop has ended. */
MUST_USE result officers_open(const struct officers_options *options, struct officers **out,
                              char message[YAML_MESSAGE_SIZE]);
void officers_close(struct officers *o); /* NULL is allowed */

/* Reads it again; on error the list stays as it was. */
MUST_USE result officers_reload(struct officers *o, char message[YAML_MESSAGE_SIZE]);

uint32_t officers_count(const struct officers *o);

/* As struct console_officers has it. */
bool officers_check(struct officers *o, uint64_t ticket, const char *name, const char *password,
                    struct console_verdict *at_once);

#endif
