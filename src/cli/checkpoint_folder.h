/* Checkpoints of transparency logs as files of a folder: how nations' auditors hand them to each
 * other. */
#ifndef WATCHFIRE_CLI_CHECKPOINT_FOLDER_H
#define WATCHFIRE_CLI_CHECKPOINT_FOLDER_H

#include <stdint.h>

#include "base/result.h"
#include "node/audit_log.h"

#define CHECKPOINT_FOLDER_MESSAGE_SIZE 600

struct checkpoint_folder {
    struct audit_checkpoint *items;
    uint32_t count;
};

/* Reads every file whose name ends in ".note". ERR_IO or ERR_FORMAT with a message. The caller
 * frees it with checkpoint_folder_free, also on error. */
MUST_USE result checkpoint_folder_read(const char *path, struct checkpoint_folder *out,
                                       char message[CHECKPOINT_FOLDER_MESSAGE_SIZE]);
void checkpoint_folder_free(struct checkpoint_folder *f);

/* Writes the newest checkpoint of each partner's log that the journal holds, cosigned, as
 * "<partner>-seen-by-<nation>.note". ERR_IO with a message. */
MUST_USE result checkpoint_folder_write(const char *path, const char *journal_path,
                                        uint32_t *written,
                                        char message[CHECKPOINT_FOLDER_MESSAGE_SIZE]);

#endif
