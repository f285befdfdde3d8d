#include "node/node_file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "formats/cap.h"
#include "node/retention.h"
#include "node/yaml.h"

static const char *const domains[] = {"live", "exercise", "test", NULL};
static const char *const listens[] = {"udp", "tcp", "asterix", NULL};

#define HEX_DIGITS "0123456789abcdef"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

const char *node_listen_text(enum node_listen_kind kind)
{
    return listens[kind];
}

static result parse_port(const char *text, uint16_t *out)
{
    const size_t digits = strspn(text, "0123456789");
    ENSURE(digits >= 1 && digits <= 5 && text[digits] == '\0' && text[0] != '0', ERR_FORMAT);
    uint32_t port = 0;
    for (size_t i = 0; i < digits; i++) {
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    ENSURE(port <= UINT16_MAX, ERR_FORMAT);
    *out = (uint16_t)port;
    return OK;
}

result node_address_parse(const char *text, bool may_be_name, struct node_address *out)
{
    struct node_address address = {.port = 0};
    const char *colon = strrchr(text, ':');
    ENSURE(colon != NULL, ERR_FORMAT);
    size_t size = (size_t)(colon - text);
    TRY(parse_port(colon + 1, &address.port));
    const bool has_brackets = size > 2 && text[0] == '[' && text[size - 1] == ']';
    text += has_brackets ? 1 : 0;
    size -= has_brackets ? 2 : 0;
    ENSURE(size >= 1 && size < NODE_HOST_SIZE, ERR_FORMAT);
    memcpy(address.host, text, size);
    struct in6_addr room;
    const bool is_number = inet_pton(has_brackets ? AF_INET6 : AF_INET, address.host, &room) == 1;
    const bool is_name = !has_brackets && strspn(address.host, NAME_CHARACTERS) == size;
    ENSURE(is_number || (may_be_name && is_name), ERR_FORMAT);
    *out = address;
    return OK;
}

static struct node_address read_address(struct yaml value, bool may_be_name, const char *expected)
{
    struct node_address address = {.port = 0};
    const char *text = yaml_peek(value);
    if (text == NULL || node_address_parse(text, may_be_name, &address) != OK) {
        yaml_refuse(value, expected);
    }
    return address;
}

/* A file's name, relative to the folder that this file is in. */
static void read_path(struct yaml value, const char *folder, char out[NODE_PATH_SIZE])
{
    char name[NODE_PATH_SIZE];
    yaml_text(value, name, sizeof name);
    const bool is_whole = name[0] == '/' || name[0] == '\0';
    const int size = snprintf(out, NODE_PATH_SIZE, "%s%s", is_whole ? "" : folder, name);
    if ((size_t)size >= NODE_PATH_SIZE) {
        yaml_refuse(value, "a shorter path");
    }
}

static void read_root(struct yaml value, char out[NODE_ROOT_SIZE])
{
    const char *text = yaml_peek(value);
    if (text == NULL || strlen(text) != NODE_ROOT_SIZE - 1 ||
        strspn(text, HEX_DIGITS) != NODE_ROOT_SIZE - 1) {
        yaml_refuse(value, "the fingerprint of the partner's root key, 64 digits 0-9 and a-f, as "
                           "\"watchfire keys show\" prints it there");
        return;
    }
    memcpy(out, text, NODE_ROOT_SIZE);
}

static void read_listen(struct yaml value, struct node_listen *out)
{
    static const char EXPECTED[] = "udp, tcp or asterix, a blank, and ADDRESS:PORT with a numeric "
                                   "address, such as \"udp 127.0.0.1:9001\"";
    const char *text = yaml_peek(value);
    const char *blank = text != NULL ? strchr(text, ' ') : NULL;
    for (int i = 0; blank != NULL && listens[i] != NULL; i++) {
        if (strlen(listens[i]) == (size_t)(blank - text) &&
            strncmp(text, listens[i], (size_t)(blank - text)) == 0) {
            out->kind = (enum node_listen_kind)i;
            if (node_address_parse(blank + 1, false, &out->at) == OK) {
                return;
            }
        }
    }
    yaml_refuse(value, EXPECTED);
}

static bool is_same_listen(const struct node_listen *a, const struct node_listen *b)
{
    const bool same_socket = (a->kind == NODE_LISTEN_TCP) == (b->kind == NODE_LISTEN_TCP);
    return same_socket && a->at.port == b->at.port && strcmp(a->at.host, b->at.host) == 0;
}

static void read_listens(struct yaml list, struct node_file *out)
{
    out->listen_count = yaml_list(list, 0, NODE_LISTEN_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->listen_count; i++, item = yaml_next(item)) {
        read_listen(item, &out->listen[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (is_same_listen(&out->listen[i], &out->listen[k])) {
                yaml_refuse(item, "each address and port once");
            }
        }
    }
}

static void read_partner(struct yaml map, const char *folder, struct node_partner *out)
{
    out->nation = yaml_nation(yaml_need(map, "nation"));
    read_root(yaml_need(map, "root"), out->root);
    const struct yaml server = yaml_may(map, "server");
    const struct yaml list = yaml_may(map, "key list");
    if (yaml_given(list)) {
        read_path(list, folder, out->key_list);
    }
    if (!yaml_given(server)) {
        if (!yaml_given(list)) {
            yaml_refuse_key(yaml_may(map, "nation"),
                            "neither \"server\" nor \"key list\" beside it",
                            "\"server\" where a line leads to the partner; \"key list\" where it "
                            "is heard by way of others alone");
        }
        return;
    }
    out->server =
        read_address(server, true, "HOST:PORT of the NATS server, such as \"127.0.0.1:4301\"");
    read_path(yaml_need(map, "certificate authority"), folder, out->certificate_authority);
    read_path(yaml_need(map, "certificate"), folder, out->certificate);
    read_path(yaml_need(map, "private key"), folder, out->private_key);
    read_path(yaml_need(map, "nkey"), folder, out->nkey);
}

static void read_partners(struct yaml list, const char *folder, struct node_file *out)
{
    out->partner_count = yaml_list(list, 0, LIMIT_PARTNERS);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->partner_count; i++, item = yaml_next(item)) {
        struct node_partner *p = &out->partners[i];
        read_partner(item, folder, p);
        if (nation_id_equal(p->nation, out->nation)) {
            yaml_refuse(yaml_may(item, "nation"), "another nation than this node's own");
        }
        for (uint32_t k = 0; k < i; k++) {
            if (nation_id_equal(out->partners[k].nation, p->nation)) {
                yaml_refuse(yaml_may(item, "nation"), "each partner once");
            }
        }
    }
}

static void read_grants(struct yaml list, const char *folder, struct node_file *out)
{
    out->grant_count = yaml_list(list, 0, GRANT_SET_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->grant_count; i++, item = yaml_next(item)) {
        out->grants[i].line = item.tree->nodes[item.node].line;
        read_path(item, folder, out->grants[i].path);
    }
}

static void read_push(struct yaml map, const char *folder, struct node_outlet *out)
{
    static const char SCHEME[] = "https://";
    const struct yaml push = yaml_may(map, "push");
    const struct yaml authority = yaml_may(map, "certificate authority");
    if (yaml_given(push)) {
        yaml_text(push, out->push, sizeof out->push);
        if (strncmp(out->push, SCHEME, sizeof SCHEME - 1) != 0 ||
            strspn(out->push, NAME_CHARACTERS ":/_~%?=&[]") != strlen(out->push)) {
            yaml_refuse(push, "https://HOST/PATH; a warning that is not encrypted and whose "
                              "receiver is not known goes nowhere");
        }
    }
    if (yaml_given(authority)) {
        read_path(authority, folder, out->certificate_authority);
        if (!yaml_given(push)) {
            yaml_refuse_key(authority, "without \"push\" beside it", "no authority for a feed");
        }
    }
}

static void read_outlet(struct yaml map, const char *folder, struct node_outlet *out)
{
    static const char *const RELEASES[] = {"automatic", "one officer", "two officers", NULL};
    yaml_text(yaml_need(map, "name"), out->name, sizeof out->name);
    out->is_public = yaml_flag(yaml_need(map, "public"), false);
    const struct yaml release = yaml_need(map, "release");
    out->release = (enum node_release)yaml_choice(release, RELEASES);
    if (out->is_public && out->release != NODE_RELEASE_TWO) {
        yaml_refuse(release, "\"two officers\": a public outlet needs two people");
    }
    read_push(map, folder, out);
}

static void read_warnings(struct yaml map, const char *folder, struct node_file *out)
{
    const struct yaml sender = yaml_need(map, "sender");
    yaml_text(sender, out->sender, sizeof out->sender);
    if (yaml_peek(sender) != NULL && !cap_sender_is_good(out->sender)) {
        yaml_refuse(sender, "a name without blanks, commas, '<' and '&', unique in the world, such "
                            "as warnings@watch.example");
    }
    const struct yaml list = yaml_need(map, "outlets");
    out->outlet_count = yaml_list(list, 1, NODE_OUTLETS_MAX);
    struct yaml item = yaml_item(list, 0);
    for (uint32_t i = 0; i < out->outlet_count; i++, item = yaml_next(item)) {
        read_outlet(item, folder, &out->outlets[i]);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(out->outlets[k].name, out->outlets[i].name) == 0) {
                yaml_refuse(yaml_may(item, "name"), "each outlet's name once");
            }
        }
    }
}

static void read_tls(struct yaml map, const char *folder, struct node_file *out)
{
    const struct yaml name = yaml_may(map, "name");
    if (yaml_given(name)) {
        yaml_text(name, out->console_name, sizeof out->console_name);
        if (strspn(out->console_name, NAME_CHARACTERS) != strlen(out->console_name)) {
            yaml_refuse(name, "the host's name in the certificate, such as watch.example");
        }
    }
    read_path(yaml_need(map, "certificate"), folder, out->console_certificate);
    read_path(yaml_need(map, "private key"), folder, out->console_private_key);
}

/* Away from this machine whoever looks must be known, and nobody in between may read. */
static void read_console(struct yaml map, const char *folder, struct node_file *out)
{
    const struct yaml console = yaml_need(map, "console");
    const struct yaml tls = yaml_may(map, "console tls");
    const struct yaml officers = yaml_may(map, "officers");
    const struct yaml windows = yaml_may(map, "launch windows");
    out->console =
        read_address(console, false, "ADDRESS:PORT with a numeric address, such as 127.0.0.1:8801");
    if (yaml_given(tls)) {
        read_tls(tls, folder, out);
    }
    if (yaml_given(officers)) {
        read_path(officers, folder, out->officers);
    }
    if (yaml_given(windows)) {
        read_path(windows, folder, out->windows);
    }
    const char *host = out->console.host;
    const bool is_local =
        host[0] == '\0' || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
    if (!is_local && (!yaml_given(tls) || !yaml_given(officers))) {
        yaml_refuse(console, "127.0.0.1:PORT; away from this machine the page needs \"officers\" "
                             "and \"console tls\" beside it");
    }
}

static void read_node(struct yaml map, const char *folder, struct node_file *out)
{
    out->nation = yaml_nation(yaml_need(map, "nation"));
    out->domain = (enum domain)(DOMAIN_LIVE + yaml_choice(yaml_need(map, "domain"), domains));
    read_path(yaml_need(map, "keys"), folder, out->keys);
    const struct yaml passphrase = yaml_may(map, "passphrase");
    if (yaml_given(passphrase)) {
        read_path(passphrase, folder, out->passphrase);
    }
    read_path(yaml_need(map, "journal"), folder, out->journal);
    out->keep =
        duration_from_s(yaml_number_or(yaml_may(map, "keep"), YAML_TIME, RETENTION_KEEP_S_MIN,
                                       RETENTION_KEEP_S_MAX, RETENTION_KEEP_S_DEFAULT));
    read_path(yaml_need(map, "policy"), folder, out->policy);
    read_path(yaml_need(map, "sensors"), folder, out->sensors);
    read_listens(yaml_may(map, "listen"), out);
    read_console(map, folder, out);
    read_partners(yaml_may(map, "partners"), folder, out);
    read_grants(yaml_may(map, "grants"), folder, out);
    const struct yaml warnings = yaml_may(map, "warnings");
    if (yaml_given(warnings)) {
        read_warnings(warnings, folder, out);
    }
}

static result finish(struct yaml_tree *tree, result status, const char *path, struct node_file *out,
                     char message[YAML_MESSAGE_SIZE])
{
    struct node_file file;
    memset(&file, 0, sizeof file);
    if (status == OK) {
        char folder[NODE_PATH_SIZE] = "";
        const char *slash = strrchr(path, '/');
        if (slash != NULL && (size_t)(slash - path) + 1 < sizeof folder) {
            memcpy(folder, path, (size_t)(slash - path) + 1);
        }
        (void)snprintf(file.path, sizeof file.path, "%.511s", path);
        read_node(yaml_root(tree), folder, &file);
        status = yaml_finish(tree);
        yaml_tree_free(tree);
    }
    if (status != OK) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%s", tree->message);
        return status;
    }
    *out = file;
    return OK;
}

result node_file_read(const char *path, struct node_file *out, char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read_file(&tree, path), path, out, message);
}

result node_file_parse(const char *path, struct bytes text, struct node_file *out,
                       char message[YAML_MESSAGE_SIZE])
{
    struct yaml_tree tree;
    return finish(&tree, yaml_tree_read(&tree, path, text), path, out, message);
}
