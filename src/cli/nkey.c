#include "cli/nkey.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_out.h"
#include "node/nkey.h"

static const char HELP[] =
    "usage: watchfire nkey new FILE [--json]\n"
    "       watchfire nkey show FILE [--json]\n"
    "\n"
    "The key by which a node names itself to a NATS server that carries its sealed frames. It\n"
    "opens the server's door and nothing else: what a nation says is signed with other keys.\n"
    "\n"
    "  new FILE    makes one and writes its secret to FILE, for its owner alone (mode 0600);\n"
    "              a file that exists is never overwritten\n"
    "  show FILE   of one that exists\n"
    "  --json      {\"nkey\":\"U...\",\"file\":\"...\"}\n"
    "  --help      this text\n"
    "\n"
    "Both print the public half, 56 characters that begin with U: send that to whoever owns the\n"
    "server (deploy/README.md), and name FILE as `nkey` in NODE.yaml. FILE never leaves the node.\n"
    "\n"
    "Exit status: 0 done, 2 wrong use or a bad file.\n";

static int complain(const char *text)
{
    (void)fprintf(stderr, "watchfire nkey: %s\n", text);
    return 2;
}

static int print_key(const char *path, const struct nkey *key, bool is_json)
{
    if (!is_json) {
        printf("%s\n", key->text);
        return 0;
    }
    return json_out(json_pack("{s:s, s:s}", "nkey", key->text, "file", path), JSON_COMPACT, "nkey",
                    0);
}

static result make_key(const char *path, char message[NKEY_MESSAGE_MAX], struct nkey *out)
{
    uint8_t seed[32];
    randombytes_buf(seed, sizeof seed);
    nkey_from_seed(seed, out);
    sodium_memzero(seed, sizeof seed);
    return nkey_write(path, out, message);
}

int cli_nkey(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("%s", HELP);
        return 0;
    }
    const bool is_json = argc == 4 && strcmp(argv[3], "--json") == 0;
    const bool is_new = argc > 1 && strcmp(argv[1], "new") == 0;
    if ((argc != 3 && !is_json) || (!is_new && strcmp(argv[1], "show") != 0) || argv[2][0] == '-') {
        (void)fprintf(stderr, "%s", HELP);
        return 2;
    }
    if (sodium_init() < 0) {
        return complain("the cryptographic library does not start");
    }
    char message[NKEY_MESSAGE_MAX];
    struct nkey key;
    const result done =
        is_new ? make_key(argv[2], message, &key) : nkey_read(argv[2], message, &key);
    const int status = done == OK ? print_key(argv[2], &key, is_json) : complain(message);
    nkey_forget(&key);
    return status;
}
