/* ASTERIX target reports written as observation lines, for `decode asterix --observations`. */
#ifndef WATCHFIRE_CLI_DECODE_PLOTS_H
#define WATCHFIRE_CLI_DECODE_PLOTS_H

#include <stddef.h>

#include "base/instant.h"
#include "base/result.h"
#include "cli/observation_file.h"
#include "formats/asterix.h"

/* How many plots back a report is known again. */
#define DECODE_PLOTS_LATEST 64

struct decode_plots {
    struct observation_file declared; /* the sensors; no observations */
    struct instant date;              /* noon of the day if no capture tells it; may be unset */
    size_t written;
    size_t undeclared; /* reports of radars that are not declared */
    size_t undated;    /* without any day */
    size_t others;     /* reports that are no plots */
    size_t doubles;    /* reports that came twice, as captures often have them */
    uint32_t next;
    struct observation latest[DECODE_PLOTS_LATEST]; /* plots that were written, in a ring */
};

/* Reads the sensor lines of a file and prints them again: those of radars.
 *
 *   message   on error: what is wrong with the file
 *
 * ERR_IO, ERR_FORMAT or ERR_FULL; out is then unchanged and nothing was printed. */
MUST_USE result decode_plots_open(const char *path, struct instant date, struct decode_plots *out,
                                  char message[OBSERVATION_FILE_MESSAGE_SIZE]);

/* Prints a record as an observation line, or counts why not. ERR_FULL if there is no memory. */
MUST_USE result decode_plots_print(struct decode_plots *p, const struct asterix_record *record,
                                   struct instant captured);

/* What was passed over, on standard error. */
void decode_plots_note(const struct decode_plots *p, const char *path);

#endif
