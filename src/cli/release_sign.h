/* `watchfire release sign NEW`: a release officer's consent to a policy. */
#ifndef WATCHFIRE_CLI_RELEASE_SIGN_H
#define WATCHFIRE_CLI_RELEASE_SIGN_H

int release_sign(int argc, char **argv);

#endif
