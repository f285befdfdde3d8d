/* `watchfire release diff OLD NEW`: who gains what, and who loses what? */
#ifndef WATCHFIRE_CLI_RELEASE_DIFF_H
#define WATCHFIRE_CLI_RELEASE_DIFF_H

int release_diff(int argc, char **argv);

#endif
