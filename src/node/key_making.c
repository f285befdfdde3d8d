#include "node/key_making.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/key_online.h"
#include "node/key_store.h"
#include "node/key_trust.h"
#include "node/small_file.h"

/* A key that must count at once counts for partners whose clock is behind, too. */
#define AT_ONCE_S 60.0
#define DAY_S 86400.0
#define PREFIX_DIGITS_MIN 8
#define OFFICER_FILE "officer-%s.key" /* the longest name of a file */

/* One piece of work: what is open while it is done. */
struct work {
    const struct key_making *making;
    struct key_store *root;
    struct key_store *online; /* NULL if it needs no online keys */
    struct key_list list;
    char *message;
};

static result say(struct work *w, result why, const char *text)
{
    (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE, "%s", text);
    return why;
}

/* Whether the path of each file in the folder has room; what place() relies on. */
static result check_dir(struct work *w)
{
    if (strlen(w->making->dir) + 1 + sizeof OFFICER_FILE + KEY_NAME_SIZE > KEY_FOLDER_PATH_SIZE) {
        return say(w, ERR_RANGE, "the path of the folder is too long");
    }
    return OK;
}

static void place(const struct work *w, const char *name, char path[KEY_FOLDER_PATH_SIZE])
{
    const bool fits = key_folder_path(w->making->dir, name, path, KEY_FOLDER_PATH_SIZE);
    assert(fits);
}

static struct instant ends(const struct key_making *m, struct instant from, int usual_days)
{
    return instant_plus_s(from, DAY_S * (m->days > 0 ? m->days : usual_days));
}

static void work_end(struct work *w)
{
    key_store_close(w->root);
    key_store_close(w->online);
}

result key_making_look(const char *dir, uint8_t root[KEY_BYTES], struct key_list *out,
                       char message[KEY_FOLDER_MESSAGE_SIZE])
{
    const struct key_making making = {.dir = dir};
    struct work w = {.making = &making, .message = message};
    char path[KEY_FOLDER_PATH_SIZE];
    struct key_file_header header;
    TRY(check_dir(&w));
    place(&w, KEY_FOLDER_ONLINE, path);
    TRY(key_store_header(path, KEY_FILE_ONLINE, &header, message, KEY_FOLDER_MESSAGE_SIZE));
    place(&w, KEY_FOLDER_LIST, path);
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer bytes = {storage, sizeof storage, 0};
    TRY(key_folder_read_list(path, header.root, &bytes, out, message));
    memcpy(root, header.root, KEY_BYTES);
    return OK;
}

static result open_root(struct work *w, const uint8_t root[KEY_BYTES])
{
    char path[KEY_FOLDER_PATH_SIZE];
    place(w, KEY_FOLDER_ROOT, path);
    const char *chosen = w->making->root != NULL ? w->making->root : path;
    const struct passphrase_source source = {.path = w->making->root_passphrase,
                                             .whose = "the root key"};
    struct key_file_header header;
    if (access(chosen, F_OK) != 0 && errno == ENOENT) {
        (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: is not there; if the root key was carried away, bring it and name it "
                       "with --root-key FILE",
                       chosen);
        return ERR_IO;
    }
    TRY(key_store_header(chosen, KEY_FILE_ROOT, &header, w->message, KEY_FOLDER_MESSAGE_SIZE));
    const bool ours = memcmp(header.root, root, KEY_BYTES) == 0 &&
                      nation_id_equal(header.nation, w->list.nation) &&
                      header.domain == w->list.domain;
    if (!ours) {
        (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: the root key of %s for %s, and not the one of this folder", chosen,
                       header.nation.code, domain_text(header.domain));
        return ERR_DENIED;
    }
    return key_store_open(chosen, KEY_FILE_ROOT, &source, &w->root, w->message,
                          KEY_FOLDER_MESSAGE_SIZE);
}

static result open_online(struct work *w)
{
    char path[KEY_FOLDER_PATH_SIZE];
    place(w, KEY_FOLDER_ONLINE, path);
    const struct passphrase_source source = {.path = w->making->passphrase,
                                             .whose = "the online keys"};
    return key_store_open(path, KEY_FILE_ONLINE, &source, &w->online, w->message,
                          KEY_FOLDER_MESSAGE_SIZE);
}

static result work_begin(struct work *w, bool with_online)
{
    uint8_t root[KEY_BYTES];
    TRY(key_making_look(w->making->dir, root, &w->list, w->message));
    TRY(open_root(w, root));
    return with_online ? open_online(w) : OK;
}

/* Leaves out what has expired and, if there is no room else, the key that was revoked first. */
static void make_room(struct key_list *list, struct instant now)
{
    uint32_t kept = 0;
    uint32_t first = KEY_LIST_KEYS_MAX;
    for (uint32_t i = 0; i < list->count; i++) {
        if (instant_before(now, list->keys[i].until)) {
            list->keys[kept] = list->keys[i];
            kept++;
        }
    }
    list->count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        const struct instant revoked = list->keys[i].revoked;
        if (instant_is_set(revoked) &&
            (first == KEY_LIST_KEYS_MAX || instant_before(revoked, list->keys[first].revoked))) {
            first = i;
        }
    }
    if (kept == KEY_LIST_KEYS_MAX && first < kept) {
        list->count--;
        memmove(&list->keys[first], &list->keys[first + 1],
                (list->count - first) * sizeof list->keys[0]);
    }
}

static result list_key(struct work *w, const struct key_entry *entry)
{
    make_room(&w->list, w->making->now);
    if (w->list.count == KEY_LIST_KEYS_MAX) {
        return say(w, ERR_FULL,
                   "the key list holds 16 keys that count: revoke one that is not needed");
    }
    w->list.keys[w->list.count] = *entry;
    w->list.count++;
    return OK;
}

static result add_online(struct work *w, enum key_use use, struct instant from)
{
    struct key_entry entry = {.use = use, .from = from, .revoked = INSTANT_UNSET};
    entry.until = ends(w->making, from, KEY_MAKING_DAYS);
    make_room(&w->list, w->making->now);
    key_online_prune(w->online, &w->list);
    if (key_online_add(w->online, entry.key) != OK) {
        return say(w, ERR_FULL,
                   "the online keys are full: revoke one that is not needed, or wait a day");
    }
    return list_key(w, &entry);
}

/* Signs the list under the next number, and writes what is open. */
static result publish(struct work *w)
{
    char path[KEY_FOLDER_PATH_SIZE];
    w->list.number++;
    w->list.made = w->making->now;
    uint8_t open[KEY_BYTES];
    uint8_t secret[KEYS_SECRET_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer message = {storage, sizeof storage, 0};
    if (key_list_signed_bytes(&w->list, &message) != OK || w->root->size != KEY_BYTES) {
        return say(w, ERR_RANGE, "such a key list cannot be signed");
    }
    crypto_sign_seed_keypair(open, secret, w->root->secrets);
    crypto_sign_detached(signature, NULL, message.data, message.size, secret);
    sodium_memzero(secret, sizeof secret);
    struct byte_writer list = {storage, sizeof storage, 0};
    const result encoded = key_list_encode(&w->list, signature, &list);
    assert(encoded == OK);
    if (w->online != NULL) {
        key_online_prune(w->online, &w->list);
        place(w, KEY_FOLDER_ONLINE, path);
        TRY(key_store_write(path, w->online, w->message, KEY_FOLDER_MESSAGE_SIZE));
    }
    place(w, KEY_FOLDER_LIST, path);
    return small_file_write(path, 0644, byte_writer_written(&list), w->message,
                            KEY_FOLDER_MESSAGE_SIZE);
}

static result check_absent(struct work *w, const char *name)
{
    char path[KEY_FOLDER_PATH_SIZE];
    place(w, name, path);
    if (access(path, F_OK) == 0) {
        (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE,
                       "%s: is there already; keys are never written over", path);
        return ERR_STATE;
    }
    return OK;
}

static result make_folder(struct work *w)
{
    if (mkdir(w->making->dir, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE, "%s: cannot be made: %s",
                       w->making->dir, strerror(errno));
        return ERR_IO;
    }
    TRY(check_absent(w, KEY_FOLDER_ROOT));
    TRY(check_absent(w, KEY_FOLDER_ONLINE));
    return check_absent(w, KEY_FOLDER_LIST);
}

static result make_root(struct work *w, uint8_t open[KEY_BYTES])
{
    uint8_t seed[KEY_BYTES];
    uint8_t secret[KEYS_SECRET_BYTES];
    char path[KEY_FOLDER_PATH_SIZE];
    place(w, KEY_FOLDER_ROOT, path);
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(open, secret, seed);
    sodium_memzero(secret, sizeof secret);
    const struct passphrase_source source = {
        .path = w->making->root_passphrase, .twice = true, .whose = "the new root key"};
    result outcome = key_store_make(KEY_FILE_ROOT, w->list.domain, w->list.nation, open, &source,
                                    &w->root, w->message, KEY_FOLDER_MESSAGE_SIZE);
    if (outcome == OK) {
        memcpy(w->root->secrets, seed, sizeof seed);
        w->root->size = sizeof seed;
    }
    sodium_memzero(seed, sizeof seed);
    return outcome;
}

static result make_all(struct work *w, uint8_t root[KEY_BYTES])
{
    const struct instant from = instant_plus_s(w->making->now, -AT_ONCE_S);
    const struct passphrase_source source = {
        .path = w->making->passphrase, .twice = true, .whose = "the new online keys"};
    char path[KEY_FOLDER_PATH_SIZE];
    TRY(check_dir(w));
    TRY(make_folder(w));
    TRY(make_root(w, root));
    TRY(key_store_make(KEY_FILE_ONLINE, w->list.domain, w->list.nation, root, &source, &w->online,
                       w->message, KEY_FOLDER_MESSAGE_SIZE));
    key_online_begin(w->online);
    TRY(add_online(w, KEY_SIGNING, from));
    TRY(add_online(w, KEY_CHECKPOINT, from));
    place(w, KEY_FOLDER_ROOT, path);
    TRY(key_store_write(path, w->root, w->message, KEY_FOLDER_MESSAGE_SIZE));
    return publish(w);
}

result key_making_new(const struct key_making *making, struct nation_id nation, enum domain domain,
                      uint8_t root[KEY_BYTES], char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct work w = {.making = making, .message = message};
    w.list.nation = nation;
    w.list.domain = domain;
    const result outcome = make_all(&w, root);
    work_end(&w);
    return outcome;
}

static bool any_counts(const struct key_list *list, enum key_use use, struct instant now)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (key_entry_counts(&list->keys[i], use, now)) {
            return true;
        }
    }
    return false;
}

/* When a new key counts from: at once, if until later nothing would. */
static struct instant starts(const struct work *w, enum key_use use)
{
    const struct instant later = instant_plus_s(w->making->now, KEY_MAKING_LEAD_S);
    return any_counts(&w->list, use, later) ? later : instant_plus_s(w->making->now, -AT_ONCE_S);
}

static result rotate(struct work *w)
{
    const struct instant end =
        instant_plus_s(w->making->now, KEY_MAKING_LEAD_S + KEY_MAKING_OVERLAP_S);
    TRY(work_begin(w, true));
    for (uint32_t i = 0; i < w->list.count; i++) {
        struct key_entry *k = &w->list.keys[i];
        if (k->use != KEY_OFFICER && instant_before(end, k->until)) {
            k->until = end;
        }
    }
    TRY(add_online(w, KEY_SIGNING, starts(w, KEY_SIGNING)));
    TRY(add_online(w, KEY_CHECKPOINT, starts(w, KEY_CHECKPOINT)));
    return publish(w);
}

result key_making_rotate(const struct key_making *making, char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct work w = {.making = making, .message = message};
    const result outcome = rotate(&w);
    work_end(&w);
    return outcome;
}

static bool is_meant(const struct key_entry *k, const char *which)
{
    char text[KEY_FINGERPRINT_TEXT_SIZE];
    const size_t size = strlen(which);
    const bool by_name = k->use == KEY_OFFICER && strcmp(k->name, which) == 0;
    const bool by_key =
        size >= PREFIX_DIGITS_MIN && strncmp(key_fingerprint_text(k->key, text), which, size) == 0;
    return by_name || by_key;
}

/* Marks what is meant; *uses tells which uses were touched. */
static result mark(struct work *w, const char *which, bool uses[KEY_OFFICER + 1])
{
    uint32_t found = 0;
    bool all_officers = true;
    for (uint32_t i = 0; i < w->list.count; i++) {
        struct key_entry *k = &w->list.keys[i];
        if (is_meant(k, which) && !instant_is_set(k->revoked)) {
            found++;
            all_officers = all_officers && k->use == KEY_OFFICER;
            k->revoked = w->making->now;
            uses[k->use] = true;
        }
    }
    if (found == 0) {
        (void)snprintf(w->message, KEY_FOLDER_MESSAGE_SIZE,
                       "no key that counts is named \"%.64s\": expected an officer's name, or the "
                       "first 8 or more digits of a key as watchfire keys show prints them",
                       which);
        return ERR_NOT_FOUND;
    }
    if (found > 1 && !all_officers) {
        return say(w, ERR_RANGE, "several keys begin with these digits: give more of them");
    }
    return OK;
}

static result replace(struct work *w, enum key_use use)
{
    if (any_counts(&w->list, use, w->making->now)) {
        return OK;
    }
    return add_online(w, use, instant_plus_s(w->making->now, -AT_ONCE_S));
}

static result revoke(struct work *w, const char *which)
{
    uint8_t root[KEY_BYTES];
    bool uses[KEY_OFFICER + 1] = {false};
    TRY(key_making_look(w->making->dir, root, &w->list, w->message));
    TRY(mark(w, which, uses));
    const bool online = uses[KEY_SIGNING] || uses[KEY_CHECKPOINT];
    TRY(open_root(w, root));
    if (online) {
        TRY(open_online(w));
    }
    if (uses[KEY_SIGNING]) {
        TRY(replace(w, KEY_SIGNING));
    }
    if (uses[KEY_CHECKPOINT]) {
        TRY(replace(w, KEY_CHECKPOINT));
    }
    return publish(w);
}

result key_making_revoke(const struct key_making *making, const char *which,
                         char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct work w = {.making = making, .message = message};
    const result outcome = revoke(&w, which);
    work_end(&w);
    return outcome;
}

static result make_officer(struct work *w, const char *name, const char *passphrase,
                           struct key_store **store)
{
    char file[KEY_NAME_SIZE + 16];
    char path[KEY_FOLDER_PATH_SIZE];
    struct key_entry entry = {.use = KEY_OFFICER,
                              .from = instant_plus_s(w->making->now, -AT_ONCE_S),
                              .revoked = INSTANT_UNSET};
    entry.until = ends(w->making, entry.from, KEY_MAKING_DAYS_OFFICER);
    if (!key_name_parse(name, entry.name)) {
        return say(w, ERR_FORMAT, "an officer's name: expected 1 to 24 letters, digits, - and _");
    }
    (void)snprintf(file, sizeof file, OFFICER_FILE, entry.name);
    TRY(check_dir(w));
    TRY(check_absent(w, file));
    TRY(work_begin(w, false));
    const struct passphrase_source source = {
        .path = passphrase, .twice = true, .whose = "the new officer's key"};
    TRY(key_store_make(KEY_FILE_OFFICER, w->list.domain, w->list.nation, w->root->header.root,
                       &source, store, w->message, KEY_FOLDER_MESSAGE_SIZE));
    uint8_t secret[KEYS_SECRET_BYTES];
    randombytes_buf((*store)->secrets, KEY_BYTES);
    (*store)->size = KEY_BYTES;
    crypto_sign_seed_keypair(entry.key, secret, (*store)->secrets);
    sodium_memzero(secret, sizeof secret);
    TRY(list_key(w, &entry));
    place(w, file, path);
    TRY(key_store_write(path, *store, w->message, KEY_FOLDER_MESSAGE_SIZE));
    return publish(w);
}

result key_making_officer(const struct key_making *making, const char *name,
                          const char *officer_passphrase, char message[KEY_FOLDER_MESSAGE_SIZE])
{
    struct work w = {.making = making, .message = message};
    struct key_store *store = NULL;
    const result outcome = make_officer(&w, name, officer_passphrase, &store);
    key_store_close(store);
    work_end(&w);
    return outcome;
}
