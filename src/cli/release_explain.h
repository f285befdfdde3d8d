/* `watchfire release explain RECORD --to NATION`: which rule decides, and what is hidden? */
#ifndef WATCHFIRE_CLI_RELEASE_EXPLAIN_H
#define WATCHFIRE_CLI_RELEASE_EXPLAIN_H

int release_explain(int argc, char **argv);

#endif
