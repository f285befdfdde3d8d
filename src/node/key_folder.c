#include "node/key_folder.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/key_online.h"
#include "node/key_store.h"
#include "node/key_trust.h"
#include "node/small_file.h"

struct key_folder {
    char dir[KEY_FOLDER_PATH_SIZE];
    struct key_store *online;
    struct keys keys;
};

bool key_folder_path(const char *dir, const char *name, char *out, size_t size)
{
    const int written = snprintf(out, size, "%s/%s", dir, name);
    return (size_t)written < size;
}

static result too_long(const char *dir, char message[KEY_FOLDER_MESSAGE_SIZE])
{
    (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE, "%.64s…: the path is too long", dir);
    return ERR_RANGE;
}

/* The bytes of a list, and what they say if that root signed them. */
result key_folder_read_list(const char *path, const uint8_t root[KEY_BYTES],
                            struct byte_writer *bytes, struct key_list *out,
                            char message[KEY_FOLDER_MESSAGE_SIZE])
{
    TRY(small_file_read(path, false, bytes, message, KEY_FOLDER_MESSAGE_SIZE));
    const result outcome = key_list_open(byte_writer_written(bytes), root, out);
    if (outcome != OK) {
        char fingerprint[KEY_FINGERPRINT_TEXT_SIZE];
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       outcome == ERR_SIGNATURE ? "%s: is not signed by the root key %s"
                                                : "%s: is not a key list, or was altered (%s)",
                       path,
                       outcome == ERR_SIGNATURE ? key_fingerprint_text(root, fingerprint)
                                                : result_text(outcome));
    }
    return outcome;
}

/* The list is read first: it is written last, so that its secrets are there. */
static result load(const char *dir, const struct key_file_header *header, struct keys *out,
                   char message[KEY_FOLDER_MESSAGE_SIZE])
{
    char path[KEY_FOLDER_PATH_SIZE];
    ENSURE(key_folder_path(dir, KEY_FOLDER_LIST, path, sizeof path), too_long(dir, message));
    struct byte_writer bytes = {out->signed_list, sizeof out->signed_list, 0};
    TRY(key_folder_read_list(path, header->root, &bytes, &out->list, message));
    out->signed_size = (uint32_t)bytes.size;
    if (!nation_id_equal(out->list.nation, header->nation) || out->list.domain != header->domain) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: is the list of %s for %s, beside keys of %s for %s", path,
                       out->list.nation.code, domain_text(out->list.domain), header->nation.code,
                       domain_text(header->domain));
        return ERR_DENIED;
    }
    return OK;
}

static result use_secrets(const struct key_store *online, struct keys *keys,
                          char message[KEY_FOLDER_MESSAGE_SIZE])
{
    if (key_online_read(online, keys) != OK) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       "the online keys open, but not as this version of watchfire writes them");
        return ERR_FORMAT;
    }
    return OK;
}

static result open_into(struct key_folder *folder, struct nation_id nation, enum domain domain,
                        const char *passphrase, char message[KEY_FOLDER_MESSAGE_SIZE])
{
    char path[KEY_FOLDER_PATH_SIZE];
    ENSURE(key_folder_path(folder->dir, KEY_FOLDER_ONLINE, path, sizeof path),
           too_long(folder->dir, message));
    struct key_file_header header;
    TRY(key_store_header(path, KEY_FILE_ONLINE, &header, message, KEY_FOLDER_MESSAGE_SIZE));
    if (!nation_id_equal(header.nation, nation) || header.domain != domain) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: keys of %s for %s; this node runs as %s for %s: give it the folder of "
                       "those keys",
                       path, header.nation.code, domain_text(header.domain), nation.code,
                       domain_text(domain));
        return ERR_DENIED;
    }
    TRY(load(folder->dir, &header, &folder->keys, message));
    const struct passphrase_source source = {
        .path = passphrase, .credential = true, .whose = "the online keys"};
    TRY(key_store_open(path, KEY_FILE_ONLINE, &source, &folder->online, message,
                       KEY_FOLDER_MESSAGE_SIZE));
    return use_secrets(folder->online, &folder->keys, message);
}

result key_folder_open(const char *dir, struct nation_id nation, enum domain domain,
                       const char *passphrase, struct key_folder **out,
                       char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct key_folder *folder = sodium_malloc(sizeof *folder);
    if (folder == NULL) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE, "no memory for keys");
        return ERR_IO;
    }
    memset(folder, 0, sizeof *folder);
    const int size = snprintf(folder->dir, sizeof folder->dir, "%s", dir);
    const result outcome = (size_t)size < sizeof folder->dir
                               ? open_into(folder, nation, domain, passphrase, message)
                               : too_long(dir, message);
    if (outcome != OK) {
        key_folder_close(folder);
        return outcome;
    }
    *out = folder;
    return OK;
}

void key_folder_close(struct key_folder *folder)
{
    if (folder != NULL) {
        key_store_close(folder->online);
        sodium_free(folder);
    }
}

const struct keys *key_folder_keys(const struct key_folder *folder)
{
    return &folder->keys;
}

static bool is_same_list(const struct keys *a, const struct keys *b)
{
    return a->signed_size == b->signed_size &&
           memcmp(a->signed_list, b->signed_list, a->signed_size) == 0;
}

static result reload_into(struct key_folder *folder, struct keys *fresh,
                          char message[KEY_FOLDER_MESSAGE_SIZE])
{
    char path[KEY_FOLDER_PATH_SIZE];
    ENSURE(key_folder_path(folder->dir, KEY_FOLDER_ONLINE, path, sizeof path),
           too_long(folder->dir, message));
    TRY(load(folder->dir, &folder->online->header, fresh, message));
    TRY(key_store_again(path, folder->online, message, KEY_FOLDER_MESSAGE_SIZE));
    TRY(use_secrets(folder->online, fresh, message));
    if (fresh->list.number < folder->keys.list.number) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: key list %llu is older than %llu, which is in use", folder->dir,
                       (unsigned long long)fresh->list.number,
                       (unsigned long long)folder->keys.list.number);
        return ERR_STATE;
    }
    if (fresh->list.number == folder->keys.list.number && !is_same_list(fresh, &folder->keys)) {
        (void)snprintf(
            message, KEY_FOLDER_MESSAGE_SIZE,
            "%s: another key list %llu than the one in use: partners would take two lists "
            "with one number for an attack; put the one in use back, and rotate again",
            folder->dir, (unsigned long long)fresh->list.number);
        return ERR_STATE;
    }
    return OK;
}

result key_folder_reload(struct key_folder *folder, bool *changed,
                         char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct keys *fresh = sodium_malloc(sizeof *fresh);
    if (fresh == NULL) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE, "no memory for keys");
        return ERR_IO;
    }
    memset(fresh, 0, sizeof *fresh);
    const result outcome = reload_into(folder, fresh, message);
    if (outcome == OK) {
        *changed = fresh->list.number > folder->keys.list.number;
        folder->keys = *fresh;
    }
    sodium_free(fresh);
    return outcome;
}

result key_folder_officer_sign(const char *path, const char *passphrase, struct bytes message,
                               uint8_t key[KEY_BYTES], uint8_t signature[KEY_SIGNATURE_BYTES],
                               char trouble[KEY_FOLDER_MESSAGE_SIZE])
{
    const struct passphrase_source source = {.path = passphrase, .whose = path};
    struct key_store *store = NULL;
    TRY(key_store_open(path, KEY_FILE_OFFICER, &source, &store, trouble, KEY_FOLDER_MESSAGE_SIZE));
    if (store->size != KEY_BYTES) {
        key_store_close(store);
        (void)snprintf(trouble, KEY_FOLDER_MESSAGE_SIZE, "%s: does not hold one key", path);
        return ERR_FORMAT;
    }
    uint8_t secret[KEYS_SECRET_BYTES];
    crypto_sign_seed_keypair(key, secret, store->secrets);
    crypto_sign_detached(signature, NULL, message.data, message.size, secret);
    sodium_memzero(secret, sizeof secret);
    key_store_close(store);
    return OK;
}
