/* Any file as an NKey's: what is read stands there once, alone on its line, and is written the
 * same; what is refused says where and leaves nothing. */
#include "fuzz.h"

#include <string.h>

#include "fuzz_file.h"
#include "node/nkey.h"

/* How many lines are neither empty nor a comment; the last of them. */
static size_t lines_of(const uint8_t *data, size_t size, const uint8_t **line, size_t *length)
{
    size_t count = 0;
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t here = end == NULL ? size - at : (size_t)(end - (data + at));
        if (here > 0 && data[at] != '#') {
            *line = data + at;
            *length = here;
            count++;
        }
        at += here + 1;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nkey key;
    struct nkey again;
    char message[NKEY_MESSAGE_MAX] = "";
    char text[NKEY_SEED_TEXT];
    memset(&key, 0x5a, sizeof key);
    const struct nkey before = key;
    const char *path = fuzz_file(data, size);
    const result read = nkey_read(path, message, &key);
    if (read != OK) {
        FUZZ_CHECK(read == ERR_FORMAT && memcmp(&key, &before, sizeof key) == 0);
        FUZZ_CHECK(memcmp(message, path, strlen(path)) == 0);
        return 0;
    }
    const uint8_t *line = NULL;
    size_t length = 0;
    FUZZ_CHECK(message[0] == '\0');
    FUZZ_CHECK(lines_of(data, size, &line, &length) == 1);
    nkey_seed_text(&key, text);
    FUZZ_CHECK(length == strlen(text) && memcmp(line, text, length) == 0);
    FUZZ_CHECK(nkey_from_text(text, &again) == OK && memcmp(&key, &again, sizeof key) == 0);
    FUZZ_CHECK(key.text[0] == 'U' && strlen(key.text) == NKEY_PUBLIC_TEXT - 1);
    return 0;
}
