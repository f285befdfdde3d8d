#include "node/input.h"

#include <stdio.h>

result input_encode(const struct event *event, const uint8_t *signature, struct byte_writer *out)
{
    struct byte_writer w = *out;
    TRY(byte_writer_u8(&w, signature != NULL ? 1 : 0));
    TRY(event_encode(event, &w));
    if (signature != NULL) {
        TRY(byte_writer_put(&w, (struct bytes){signature, KEYS_SIGNATURE_BYTES}));
    }
    *out = w;
    return OK;
}

result input_decode(struct bytes in, struct observation *scan, struct event *event,
                    const uint8_t **signature)
{
    ENSURE(in.size >= 1 && in.data[0] <= 1, ERR_FORMAT);
    const bool is_signed = in.data[0] == 1;
    const size_t rest = in.size - 1;
    ENSURE(!is_signed || rest > KEYS_SIGNATURE_BYTES, ERR_FORMAT);
    const size_t size = rest - (is_signed ? KEYS_SIGNATURE_BYTES : 0);
    struct event found;
    TRY(event_decode((struct bytes){in.data + 1, size}, scan, &found));
    ENSURE(is_signed == (found.kind == EVENT_FRAME), ERR_FORMAT);
    *event = found;
    *signature = is_signed ? in.data + 1 + size : NULL;
    event->signature = *signature;
    return OK;
}

const char *input_text(const struct event *event, char out[INPUT_TEXT_SIZE])
{
    static const struct {
        const char *what;
        bool of_partner;
    } TEXTS[EVENT_KIND_COUNT] = {
        [EVENT_NONE] = {"an event of no kind", false},
        [EVENT_BOOT] = {"a process start towards", true},
        [EVENT_TICK] = {"a tick", false},
        [EVENT_SCAN] = {"observations of sensor", false},
        [EVENT_FRAME] = {"a frame from", true},
        [EVENT_REFUSED] = {"a refused frame from", true},
        [EVENT_COMMITTED] = {"a commit", false},
        [EVENT_POLICY] = {"a release policy", false},
        [EVENT_KEYS] = {"the key list of", true},
        [EVENT_GRANTS] = {"the grants to pass records on by", false},
        [EVENT_LINK] = {"a connection to", true},
        [EVENT_SHARE] = {"the first part of a tick", false},
        [EVENT_ORDER] = {"an order of", false},
    };
    const char *whose = TEXTS[event->kind].of_partner ? event->partner.code
                        : event->kind == EVENT_ORDER  ? event->order.actor.text
                        : event->kind == EVENT_SCAN && event->scan_count > 0
                            ? event->scan[0].sensor.text
                            : "";
    (void)snprintf(out, INPUT_TEXT_SIZE, "%s%s%.31s", TEXTS[event->kind].what,
                   whose[0] != '\0' ? " " : "", whose);
    return out;
}
