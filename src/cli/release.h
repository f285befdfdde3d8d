/* `watchfire release`: what a release policy gives away. */
#ifndef WATCHFIRE_CLI_RELEASE_H
#define WATCHFIRE_CLI_RELEASE_H

int cli_release(int argc, char **argv);

#endif
