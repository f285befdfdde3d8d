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
    const char *what = "an event of no kind";
    switch (event->kind) {
    case EVENT_BOOT:
        what = "a process start towards";
        break;
    case EVENT_TICK:
        what = "a tick";
        break;
    case EVENT_SCAN:
        what = "observations of sensor";
        break;
    case EVENT_FRAME:
        what = "a frame from";
        break;
    case EVENT_REFUSED:
        what = "a refused frame from";
        break;
    case EVENT_COMMITTED:
        what = "a commit";
        break;
    case EVENT_POLICY:
        what = "a release policy";
        break;
    case EVENT_KEYS:
        what = "the key list of";
        break;
    case EVENT_GRANTS:
        what = "the grants to pass records on by";
        break;
    case EVENT_ORDER:
        what = "an order of";
        break;
    case EVENT_SHARE:
        what = "the first part of a tick";
        break;
    case EVENT_LINK:
        what = "a connection to";
        break;
    case EVENT_NONE:
        break;
    }
    const char *whose = event->kind == EVENT_ORDER ? event->order.actor.text
                        : event->kind == EVENT_SCAN && event->scan_count > 0
                            ? event->scan[0].sensor.text
                            : "";
    const bool named = event->kind == EVENT_BOOT || event->kind == EVENT_FRAME ||
                       event->kind == EVENT_REFUSED || event->kind == EVENT_KEYS ||
                       event->kind == EVENT_LINK;
    (void)snprintf(out, INPUT_TEXT_SIZE, "%s%s%.31s", what, named || whose[0] != '\0' ? " " : "",
                   named ? event->partner.code : whose);
    return out;
}
