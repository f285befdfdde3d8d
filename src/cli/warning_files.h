/* What an exercise's nations tell their people, as CAP messages in a folder: DIR/JPN/ID.xml. */
#ifndef WATCHFIRE_CLI_WARNING_FILES_H
#define WATCHFIRE_CLI_WARNING_FILES_H

#include <stdint.h>

#include "base/result.h"
#include "engine/engine.h"

#define WARNING_FILES_MESSAGE_SIZE 400

struct warning_files;

/* Makes the folder where it is missing. ERR_IO, with what is wrong in `message`. */
MUST_USE result warning_files_open(const char *folder, struct warning_files **out,
                                   char message[WARNING_FILES_MESSAGE_SIZE]);
void warning_files_close(struct warning_files *files); /* NULL is allowed */

/* To be called with every effect of the play. What cannot be written is remembered. */
void warning_files_effect(struct warning_files *files, uint32_t nation, const struct engine *engine,
                          const struct effect *effect);

/* How many were written; ERR_IO, with the first one's trouble in `message`, if some were not. */
MUST_USE result warning_files_finish(const struct warning_files *files, uint32_t *count,
                                     char message[WARNING_FILES_MESSAGE_SIZE]);

#endif
