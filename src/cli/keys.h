/* watchfire keys: makes, shows, renews and revokes a nation's keys. */
#ifndef WATCHFIRE_CLI_KEYS_H
#define WATCHFIRE_CLI_KEYS_H

int cli_keys(int argc, char **argv);

#endif
