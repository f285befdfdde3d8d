#include "node/key_store.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/small_file.h"

static const char *kind_text(enum key_file_kind kind)
{
    static const char *const texts[] = {[KEY_FILE_UNKNOWN] = "a key file",
                                        [KEY_FILE_ROOT] = "the root key",
                                        [KEY_FILE_ONLINE] = "online keys",
                                        [KEY_FILE_OFFICER] = "an officer's key"};
    return texts[kind];
}

static result say(result why, const char *path, const char *what, char *message,
                  size_t message_size)
{
    (void)snprintf(message, message_size, "%s: %s", path, what);
    return why;
}

static result read_file(const char *path, enum key_file_kind kind, struct byte_writer *file,
                        struct key_file_header *header, char *message, size_t message_size)
{
    TRY(small_file_read(path, true, file, message, message_size));
    const result outcome = key_file_header_read(byte_writer_written(file), header);
    if (outcome == ERR_RANGE) {
        return say(outcome, path,
                   "asks for more computing or memory than a key file may: not made by "
                   "watchfire keys, or altered",
                   message, message_size);
    }
    if (outcome != OK) {
        return say(outcome, path, "not a key file, or cut off", message, message_size);
    }
    if (header->kind != kind) {
        (void)snprintf(message, message_size, "%s: holds %s; expected %s", path,
                       kind_text(header->kind), kind_text(kind));
        return ERR_FORMAT;
    }
    return OK;
}

result key_store_header(const char *path, enum key_file_kind kind, struct key_file_header *out,
                        char *message, size_t message_size)
{
    uint8_t storage[KEY_FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    struct key_file_header header;
    TRY(read_file(path, kind, &file, &header, message, message_size));
    *out = header;
    return OK;
}

static struct key_store *allocate(char *message, size_t message_size)
{
    struct key_store *store = sodium_malloc(sizeof *store);
    if (store == NULL) {
        (void)snprintf(message, message_size, "no memory for keys");
        return NULL;
    }
    memset(store, 0, sizeof *store);
    return store;
}

static result derive(struct key_store *store, const struct passphrase_source *source, char *message,
                     size_t message_size)
{
    struct passphrase passphrase = {NULL, 0};
    TRY(passphrase_read(source, &passphrase, message, message_size));
    const struct bytes bytes = {(const uint8_t *)passphrase.text, passphrase.size};
    const result outcome = key_file_derive(&store->header, bytes, store->key);
    passphrase_free(&passphrase);
    if (outcome != OK) {
        (void)snprintf(message, message_size,
                       "no memory to make a key of the passphrase: %u MiB are needed",
                       store->header.memory_kib / 1024);
    }
    return outcome;
}

static result decrypt(const char *path, struct bytes file, struct key_store *store, char *message,
                      size_t message_size)
{
    const result outcome = key_file_decrypt(file, store->key, store->secrets, &store->size);
    return outcome == OK ? OK
                         : say(outcome, path,
                               "does not open: the passphrase is another, or the file was altered",
                               message, message_size);
}

result key_store_open(const char *path, enum key_file_kind kind,
                      const struct passphrase_source *source, struct key_store **out, char *message,
                      size_t message_size)
{
    uint8_t storage[KEY_FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    struct key_file_header header;
    TRY(read_file(path, kind, &file, &header, message, message_size));
    struct key_store *store = allocate(message, message_size);
    ENSURE(store != NULL, ERR_IO);
    store->header = header;
    result outcome = derive(store, source, message, message_size);
    if (outcome == OK) {
        outcome = decrypt(path, byte_writer_written(&file), store, message, message_size);
    }
    if (outcome != OK) {
        key_store_close(store);
        return outcome;
    }
    *out = store;
    return OK;
}

result key_store_again(const char *path, struct key_store *store, char *message,
                       size_t message_size)
{
    uint8_t storage[KEY_FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    struct key_store *fresh = allocate(message, message_size);
    ENSURE(fresh != NULL, ERR_IO);
    result outcome =
        read_file(path, store->header.kind, &file, &fresh->header, message, message_size);
    if (outcome == OK) {
        memcpy(fresh->key, store->key, sizeof fresh->key);
        outcome = decrypt(path, byte_writer_written(&file), fresh, message, message_size);
    }
    if (outcome == OK) {
        *store = *fresh;
    }
    key_store_close(fresh);
    return outcome;
}

result key_store_make(enum key_file_kind kind, enum domain domain, struct nation_id nation,
                      const uint8_t root[KEY_BYTES], const struct passphrase_source *source,
                      struct key_store **out, char *message, size_t message_size)
{
    struct key_store *store = allocate(message, message_size);
    ENSURE(store != NULL, ERR_IO);
    key_file_header_make(kind, domain, nation, root, &store->header);
    const result outcome = derive(store, source, message, message_size);
    if (outcome != OK) {
        key_store_close(store);
        return outcome;
    }
    *out = store;
    return OK;
}

result key_store_write(const char *path, struct key_store *store, char *message,
                       size_t message_size)
{
    assert(store->size > 0 && store->size <= KEY_FILE_SECRETS_MAX);
    uint8_t storage[KEY_FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    const struct bytes secrets = {store->secrets, store->size};
    const result outcome = key_file_encrypt(&store->header, store->key, secrets, &file);
    assert(outcome == OK);
    return small_file_write(path, 0600, byte_writer_written(&file), message, message_size);
}

void key_store_close(struct key_store *store)
{
    sodium_free(store);
}
