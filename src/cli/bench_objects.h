/* watchfire bench objects: cli/objects.h over many seeds, as a table or as JSON. */
#ifndef WATCHFIRE_CLI_BENCH_OBJECTS_H
#define WATCHFIRE_CLI_BENCH_OBJECTS_H

int bench_objects(int argc, char **argv);

#endif
