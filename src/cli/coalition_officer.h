/* Officers of a coalition's nations, and their orders. Inside src/cli/coalition*.c only. */
#ifndef WATCHFIRE_CLI_COALITION_OFFICER_H
#define WATCHFIRE_CLI_COALITION_OFFICER_H

struct member;

/* Gives the orders that are due, and takes back what was not forgotten. Called every
 * TROUBLE_PERIOD_S. */
void officer_turn(struct member *m);

#endif
