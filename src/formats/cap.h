/* A warning as a message of the Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010).
 *
 * What the elements carry:
 *
 *   identifier, sender, sent   public_warning_id; the outlet's sender; the nation's clock and zone
 *   status                     live Actual, exercise Exercise, test Test
 *   msgType                    Alert for the first message, Cancel for cancel and handed over, else
 *                              Update
 *   references                 every message of this warning that was sent before
 *   info                       one in English, one in Japanese, one in Korean
 *   onset, expires             the first arrival; the warning's own end, and a quarter of an hour
 *                              more for what has ended, in which people can still read so
 *   area                       one for each area warned, by name and ISO 3166 code; where it may
 *                              come down there, a polygon that holds the 95 % area of impact; where
 *                              it will pass over, one that holds 95 % of its ways above the nation
 *
 * An area of impact that would cross the 180th meridian or come near a pole is told as a circle; of
 * such a passage only the names are. */
#ifndef WATCHFIRE_FORMATS_CAP_H
#define WATCHFIRE_FORMATS_CAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "formats/public_warning.h"

/* Holds every message with CAP_REFERENCES_MAX references. */
#define CAP_SIZE_MAX (96 * 1024)
#define CAP_REFERENCES_MAX 64
#define CAP_SENDER_SIZE 64

/* A message that this one takes the place of. */
struct cap_reference {
    char id[PUBLIC_ID_SIZE];
    struct instant sent;
};

struct cap_alert {
    const struct public_warning *warning;
    const char *sender; /* cap_sender_is_good */
    uint32_t reference_count;
    const struct cap_reference *references; /* oldest first */
};

/* Whether `text` can name who sends: 1 to 63 printable characters of ASCII, none of them a blank, a
 * comma, '<' or '&' (CAP 1.2, 3.2.1). */
bool cap_sender_is_good(const char *text);

/* Writes the message with a NUL at its end; its length goes to *size. ERR_RANGE for a warning that
 * people are not told of or more than CAP_REFERENCES_MAX references, ERR_FULL if it does not fit;
 * *size is then unchanged. */
MUST_USE result cap_write(const struct cap_alert *alert, char *out, size_t capacity, size_t *size);

#endif
