#include "node/officer_file.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text.h"
#include "node/key_file.h"
#include "node/small_file.h"
#include "node/yaml.h"

_Static_assert(OFFICER_HASH_SIZE == crypto_pwhash_STRBYTES, "room for a hash");

#define FILE_BYTES_MAX (64u * 1024u)
#define MEMORY_BYTES ((size_t)KEY_FILE_MEMORY_KIB * 1024)
#define SECRET_MODE 0600u

static void read_roles(struct yaml list, uint8_t *out)
{
    const uint32_t count = yaml_list(list, 1, ROLE_COUNT);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < count; i++, item = yaml_next(item)) {
        const char *text = yaml_peek(item);
        const uint8_t role = text != NULL ? officer_role_parse(text) : 0;
        if (role == 0 || (*out & role) != 0) {
            yaml_refuse(item, "watch, release, engineer, observer or control, each once");
        }
        *out |= role;
    }
}

static void read_officer(struct yaml map, struct officer *out)
{
    const struct yaml name = yaml_need(map, "name");
    const struct yaml hash = yaml_need(map, "password");
    const char *text = yaml_peek(name);
    if (text == NULL || officer_name_parse(text, &out->name) != OK) {
        yaml_refuse(name, "1 to 31 letters, digits, '-', '_' or '.'");
    }
    read_roles(yaml_need(map, "roles"), &out->roles);
    yaml_text(hash, out->hash, sizeof out->hash);
    if (yaml_peek(hash) != NULL &&
        crypto_pwhash_str_needs_rehash(out->hash, KEY_FILE_PASSES, MEMORY_BYTES) != 0) {
        yaml_refuse_key(hash, "no such text", "what \"watchfire officers add\" writes there");
    }
}

static void read_list(struct yaml map, struct officer_list *out)
{
    const struct yaml list = yaml_need(map, "officers");
    out->count = yaml_list(list, 0, OFFICERS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->count; i++, item = yaml_next(item)) {
        read_officer(item, &out->officers[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(out->officers[k].name.text, out->officers[i].name.text) == 0) {
                yaml_refuse(yaml_may(item, "name"), "each name once");
            }
        }
    }
}

result officer_file_read(const char *path, struct officer_list *out,
                         char message[YAML_MESSAGE_SIZE])
{
    static uint8_t storage[FILE_BYTES_MAX];
    static struct officer_list list;
    struct byte_writer w = {storage, sizeof storage, 0};
    TRY(small_file_read(path, true, &w, message, YAML_MESSAGE_SIZE));
    struct yaml_tree tree;
    result status = yaml_tree_read(&tree, path, byte_writer_written(&w));
    if (status == OK) {
        memset(&list, 0, sizeof list);
        read_list(yaml_root(&tree), &list);
        status = yaml_finish(&tree);
        yaml_tree_free(&tree);
    }
    if (status != OK) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s", tree.message);
        return status;
    }
    *out = list;
    return OK;
}

static void write_officer(struct text *t, const struct officer *o)
{
    text_addf(t, "  - name: \"%s\"\n    roles: [", o->name.text);
    const char *between = "";
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((o->roles >> i & 1u) != 0) {
            text_addf(t, "%s%s", between, officer_role_text(i));
            between = ", ";
        }
    }
    text_addf(t, "]\n    password: \"%s\"\n", o->hash);
}

result officer_file_write(const char *path, const struct officer_list *list,
                          char message[YAML_MESSAGE_SIZE])
{
    static char storage[FILE_BYTES_MAX];
    struct text t = text_over(storage, sizeof storage);
    size_t size = 0;
    text_add(&t, "# Who may sign in at the node's page. \"watchfire officers\" writes this.\n");
    text_add(&t, list->count > 0 ? "officers:\n" : "officers: []\n");
    for (uint32_t i = 0; i < list->count; i++) {
        write_officer(&t, &list->officers[i]);
    }
    TRY(text_finish(&t, &size));
    return small_file_write(path, SECRET_MODE, (struct bytes){(const uint8_t *)storage, size},
                            message, YAML_MESSAGE_SIZE);
}

const struct officer *officer_list_find(const struct officer_list *list, const char *name)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (strcmp(list->officers[i].name.text, name) == 0) {
            return &list->officers[i];
        }
    }
    return NULL;
}

result officer_hash(struct bytes password, char out[OFFICER_HASH_SIZE])
{
    const int done = crypto_pwhash_str(out, (const char *)password.data, password.size,
                                       KEY_FILE_PASSES, MEMORY_BYTES);
    return done == 0 ? OK : ERR_IO;
}

bool officer_hash_matches(const char hash[OFFICER_HASH_SIZE], struct bytes password)
{
    return crypto_pwhash_str_verify(hash, (const char *)password.data, password.size) == 0;
}
