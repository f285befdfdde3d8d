/* An input of the engine as the journal keeps it:
 *
 *   0  1  1 = a frame with its signature, 0 = anything else
 *   1     the event (engine/event.h)
 *   then  64 bytes of signature, for a frame */
#ifndef WATCHFIRE_NODE_INPUT_H
#define WATCHFIRE_NODE_INPUT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/event.h"
#include "node/keys.h"

#define INPUT_BYTES_MAX (1 + EVENT_BYTES_MAX + KEYS_SIGNATURE_BYTES)

/* `signature` is NULL for anything but a frame. Errors as of event_encode. */
MUST_USE result input_encode(const struct event *event, const uint8_t *signature,
                             struct byte_writer *out);

/* `scan` as for event_decode; *signature is a view of `in`, or NULL. ERR_FORMAT. */
MUST_USE result input_decode(struct bytes in, struct observation *scan, struct event *event,
                             const uint8_t **signature);

/* What an event is, for people: "a tick", "a frame from KOR". Returns out. */
#define INPUT_TEXT_SIZE 64
const char *input_text(const struct event *event, char out[INPUT_TEXT_SIZE]);

#endif
