/* Reads NODE.yaml: what one nation's node is, what it listens to, and who its partners are.
 * docs/operating.md has the form. Files that it names are relative to its own folder. */
#ifndef WATCHFIRE_NODE_NODE_FILE_H
#define WATCHFIRE_NODE_NODE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "engine/limits.h"
#include "model/domain.h"
#include "node/yaml_tree.h"
#include "share/grant.h"

#define NODE_PATH_SIZE 512
#define NODE_HOST_SIZE 64
#define NODE_ROOT_SIZE 65 /* 64 hexadecimal digits and a NUL */
#define NODE_LISTEN_MAX 16
#define NODE_OUTLETS_MAX 8
#define NODE_OUTLET_NAME_SIZE 48
#define NODE_SENDER_SIZE 64

enum node_listen_kind {
    NODE_LISTEN_UDP,    /* observation lines, one or more in a datagram */
    NODE_LISTEN_TCP,    /* observation lines */
    NODE_LISTEN_ASTERIX /* ASTERIX blocks, one or more in a datagram */
};

/* A numeric address, IPv4 or (in brackets in the file) IPv6; a server may have a name. */
struct node_address {
    char host[NODE_HOST_SIZE];
    uint16_t port; /* from 1 */
};

struct node_listen {
    enum node_listen_kind kind;
    struct node_address at;
};

struct node_partner {
    struct nation_id nation;
    char root[NODE_ROOT_SIZE];     /* the pinned fingerprint of its root key, lower case */
    char key_list[NODE_PATH_SIZE]; /* given by hand; empty = it comes over the line */
    struct node_address server;    /* port 0 = no line leads there: heard by way of others alone */
    char certificate_authority[NODE_PATH_SIZE];
    char certificate[NODE_PATH_SIZE];
    char private_key[NODE_PATH_SIZE];
    char nkey[NODE_PATH_SIZE];
};

/* What lets us pass on a partner's records. */
struct node_grant {
    uint32_t line; /* of NODE.yaml */
    char path[NODE_PATH_SIZE];
};

/* Who has to agree before an outlet gets a warning. */
enum node_release { NODE_RELEASE_AUTOMATIC, NODE_RELEASE_ONE, NODE_RELEASE_TWO };

/* Where warnings to people go. */
struct node_outlet {
    char name[NODE_OUTLET_NAME_SIZE];
    bool is_public; /* to everybody: then two officers have to agree */
    enum node_release release;
    char push[NODE_PATH_SIZE];                  /* an HTTPS address; empty = this node's feeds */
    char certificate_authority[NODE_PATH_SIZE]; /* empty = the system's */
};

struct node_file {
    char path[NODE_PATH_SIZE]; /* its own, as it was given */
    struct nation_id nation;
    enum domain domain;
    char keys[NODE_PATH_SIZE];
    char passphrase[NODE_PATH_SIZE]; /* empty = not in a file */
    char journal[NODE_PATH_SIZE];
    struct duration keep; /* how long the journal keeps inputs */
    char policy[NODE_PATH_SIZE];
    char sensors[NODE_PATH_SIZE];
    uint32_t listen_count;
    struct node_listen listen[NODE_LISTEN_MAX];
    struct node_address console;
    char
        console_name[NODE_HOST_SIZE]; /* by which browsers elsewhere call it; empty = the address */
    char console_certificate[NODE_PATH_SIZE]; /* empty = plain HTTP, on this machine alone */
    char console_private_key[NODE_PATH_SIZE];
    char windows[NODE_PATH_SIZE];  /* of announced launches; empty = none are */
    char officers[NODE_PATH_SIZE]; /* who may sign in; empty = nobody, the page only shows */
    uint32_t partner_count;
    struct node_partner partners[LIMIT_PARTNERS];
    char sender[NODE_SENDER_SIZE]; /* of warnings to people; empty = there are no outlets */
    uint32_t outlet_count;
    struct node_outlet outlets[NODE_OUTLETS_MAX];
    uint32_t grant_count;
    struct node_grant grants[GRANT_SET_MAX];
};

/* Reads the whole file or nothing; whether the files that it names are there is not looked at.
 *
 *   message   on error: file, line, column, what was found, what was expected
 *
 * ERR_IO if the file cannot be read, else ERR_FORMAT or ERR_FULL; out is then unchanged. */
MUST_USE result node_file_read(const char *path, struct node_file *out,
                               char message[YAML_MESSAGE_SIZE]);

/* The same for bytes that are already here; `path` is what messages call them and where relative
 * names start. */
MUST_USE result node_file_parse(const char *path, struct bytes text, struct node_file *out,
                                char message[YAML_MESSAGE_SIZE]);

/* Reads "127.0.0.1:8801", "[::1]:8801" or, with names, "hub.example:4222". ERR_FORMAT for anything
 * else; out is then unchanged. */
MUST_USE result node_address_parse(const char *text, bool may_be_name, struct node_address *out);

const char *node_listen_text(enum node_listen_kind kind);

#endif
