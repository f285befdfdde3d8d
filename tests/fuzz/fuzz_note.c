/* Any text as a checkpoint: what is read is written the same, and nobody signed it. */
#include "fuzz.h"

#include <string.h>

#include "share/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nobody[NOTE_PUBLIC_BYTES] = {0xd7, 0x5a, 0x98, 0x01};
    const struct bytes note = {data, size};
    struct note_head head;
    struct bytes body;
    struct bytes line = {NULL, 0};
    uint64_t posix_s = 0;
    uint8_t storage[NOTE_SIGNED_BYTES];
    struct byte_writer w = {storage, sizeof storage, 0};
    if (note_read(note, &head, &body) != OK) {
        FUZZ_CHECK(note_verify(note, "someone", NOTE_LOG, nobody, &line, &posix_s) == ERR_FORMAT);
        return 0;
    }
    FUZZ_CHECK(strlen(head.origin) < sizeof head.origin);
    FUZZ_CHECK(body.data == data && body.size < size);
    FUZZ_CHECK(note_write_body(&head, &w) == OK);
    FUZZ_CHECK(w.size == body.size && memcmp(storage, data, w.size) == 0);
    w.size = 0;
    FUZZ_CHECK(note_cosigned_text(body, UINT64_MAX, &w) == OK);
    FUZZ_CHECK(note_verify(note, head.origin, NOTE_LOG, nobody, &line, NULL) != OK);
    FUZZ_CHECK(note_verify(note, "someone", NOTE_COSIGNER, nobody, &line, &posix_s) != OK);
    FUZZ_CHECK(line.data == NULL && posix_s == 0);
    return 0;
}
