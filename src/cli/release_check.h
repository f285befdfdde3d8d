/* `watchfire release check FILE`: is it a policy, and who gets what by it? */
#ifndef WATCHFIRE_CLI_RELEASE_CHECK_H
#define WATCHFIRE_CLI_RELEASE_CHECK_H

int release_check(int argc, char **argv);

#endif
