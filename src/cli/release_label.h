/* `watchfire release label`: ADatP-4774 labels in and out, as XML. */
#ifndef WATCHFIRE_CLI_RELEASE_LABEL_H
#define WATCHFIRE_CLI_RELEASE_LABEL_H

int release_label(int argc, char **argv);

#endif
