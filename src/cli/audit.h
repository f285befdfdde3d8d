/* `watchfire audit`: re-reads and re-hashes a whole journal. */
#ifndef WATCHFIRE_CLI_AUDIT_H
#define WATCHFIRE_CLI_AUDIT_H

/* argv[0] is "audit". Returns the exit status: 0 in order, 1 not, 2 wrong use or bad input. */
int cli_audit(int argc, char **argv);

#endif
