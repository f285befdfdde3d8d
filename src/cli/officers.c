#include "cli/officers.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/json_out.h"
#include "node/officer_file.h"
#include "node/passphrase.h"

#define STATUS_OK 0
#define STATUS_NO 1
#define STATUS_USE 2

static const char HELP[] =
    "usage: watchfire officers add FILE NAME --roles ROLE,... [--password FILE]\n"
    "       watchfire officers remove FILE NAME\n"
    "       watchfire officers list FILE [--json]\n"
    "\n"
    "Who may sign in at a node's page: NODE.yaml names FILE with \"officers:\". Passwords are in\n"
    "it as Argon2id strings, each guess at one costs a tenth of a second and 64 MiB.\n"
    "\n"
    "  add      a person, in one or more roles; makes FILE if it is not there. The password is\n"
    "           asked for twice on the terminal; it has 10 bytes or more\n"
    "  remove   NAME signs in no more. For another password or other roles remove and add\n"
    "  list     names and roles\n"
    "\n"
    "  --roles watch      sees; acknowledges, judges, merges and splits events\n"
    "          release    sees; holds what partners would get, and lets it go again\n"
    "          engineer   sees, and the node's counters too\n"
    "          observer   sees\n"
    "          control    sees, and leads an exercise\n"
    "  --password FILE    the password in one line, in a file that only its owner may read;\n"
    "                     - is standard input\n"
    "  --json             one JSON object\n"
    "  --help             this text\n"
    "\n"
    "Then send SIGHUP to the node: who was removed or changed is signed out at once.\n"
    "Exit status: 0 done, 1 there is no such name, or there is one already, 2 wrong use or bad\n"
    "input.\n";

struct options {
    const char *what;
    const char *file;
    const char *name;
    const char *roles;
    const char *password;
    bool is_json;
};

static int complain(int status, const char *what, const char *text)
{
    (void)fprintf(stderr, "watchfire officers: %s: %s\n", what, text);
    return status;
}

/* Parts that are split at commas; 0 for any that is no role. */
static uint8_t parse_roles(const char *text)
{
    uint8_t roles = 0;
    while (text != NULL) {
        char one[16] = "";
        const char *comma = strchr(text, ',');
        const size_t size = comma != NULL ? (size_t)(comma - text) : strlen(text);
        if (size >= sizeof one) {
            return 0;
        }
        memcpy(one, text, size);
        const uint8_t role = officer_role_parse(one);
        if (role == 0) {
            return 0;
        }
        roles |= role;
        text = comma != NULL ? comma + 1 : NULL;
    }
    return roles;
}

/* One line of standard input, into memory that passphrase_free gives back. */
static bool read_line(struct passphrase *out)
{
    char *text = sodium_malloc(PASSPHRASE_BYTES_MAX + 1);
    size_t size = 0;
    char c = '\0';
    while (text != NULL && size < PASSPHRASE_BYTES_MAX && read(STDIN_FILENO, &c, 1) == 1 &&
           c != '\n') {
        text[size++] = c;
    }
    *out = (struct passphrase){text, size};
    return text != NULL && memchr(text, '\0', size) == NULL;
}

static int hash_password(const struct options *o, char hash[OFFICER_HASH_SIZE])
{
    char message[YAML_MESSAGE_SIZE] = "";
    struct passphrase password = {NULL, 0};
    const struct passphrase_source source = {
        .path = o->password, .twice = true, .whose = o->name, .is_password = true};
    const bool is_input = o->password != NULL && strcmp(o->password, "-") == 0;
    const bool is_read = is_input
                             ? read_line(&password)
                             : passphrase_read(&source, &password, message, sizeof message) == OK;
    int status = STATUS_OK;
    if (!is_read) {
        status = complain(STATUS_USE, o->name,
                          is_input ? "standard input: expected a password in one line" : message);
    } else if (password.size < OFFICER_PASSWORD_MIN) {
        status = complain(STATUS_USE, o->name, "expected a password of 10 bytes or more");
    } else if (officer_hash((struct bytes){(const uint8_t *)password.text, password.size}, hash) !=
               OK) {
        status = complain(STATUS_USE, o->name, "there are no 64 MiB of memory for its hash");
    }
    passphrase_free(&password);
    return status;
}

/* A file that is not there yet has nobody in it. */
static bool read_file(const struct options *o, bool may_be_new, struct officer_list *list)
{
    char message[YAML_MESSAGE_SIZE] = "";
    memset(list, 0, sizeof *list);
    if (may_be_new && access(o->file, F_OK) != 0 && errno == ENOENT) {
        return true;
    }
    if (officer_file_read(o->file, list, message) == OK) {
        return true;
    }
    const bool is_missing = access(o->file, F_OK) != 0 && errno == ENOENT;
    (void)fprintf(stderr, "watchfire officers: %s%s\n", message,
                  is_missing ? "; watchfire officers add makes it, with the first person" : "");
    return false;
}

static int write_file(const struct options *o, const struct officer_list *list)
{
    char message[YAML_MESSAGE_SIZE] = "there is no room in it";
    return officer_file_write(o->file, list, message) == OK
               ? STATUS_OK
               : complain(STATUS_USE, "not written", message);
}

static int add(const struct options *o)
{
    static struct officer_list list;
    if (!read_file(o, true, &list)) {
        return STATUS_USE;
    }
    if (officer_list_find(&list, o->name) != NULL) {
        return complain(STATUS_NO, o->name, "is there already; remove it first");
    }
    if (list.count == OFFICERS_MAX) {
        return complain(STATUS_USE, o->file, "is full: 64 officers");
    }
    struct officer *officer = &list.officers[list.count];
    officer->roles = parse_roles(o->roles);
    if (officer_name_parse(o->name, &officer->name) != OK) {
        return complain(STATUS_USE, o->name, "expected 1 to 31 letters, digits, '-', '_' or '.'");
    }
    if (officer->roles == 0) {
        return complain(STATUS_USE, o->roles != NULL ? o->roles : "no --roles",
                        "expected watch, release, engineer, observer or control, with commas "
                        "between");
    }
    const int hashed = hash_password(o, officer->hash);
    if (hashed != STATUS_OK) {
        return hashed;
    }
    list.count++;
    const int status = write_file(o, &list);
    if (status == STATUS_OK) {
        (void)printf("%s may sign in. A running node knows it after SIGHUP.\n", o->name);
    }
    return status;
}

static int remove_one(const struct options *o)
{
    static struct officer_list list;
    if (!read_file(o, false, &list)) {
        return STATUS_USE;
    }
    const struct officer *found = officer_list_find(&list, o->name);
    if (found == NULL) {
        return complain(STATUS_NO, o->name, "there is no such officer in the file");
    }
    const uint32_t at = (uint32_t)(found - list.officers);
    list.count--;
    memmove(&list.officers[at], &list.officers[at + 1],
            (list.count - at) * sizeof list.officers[0]);
    const int status = write_file(o, &list);
    if (status == STATUS_OK) {
        (void)printf("%s is removed. A running node signs it out at SIGHUP.\n", o->name);
    }
    return status;
}

static int print_json(const struct officer_list *list)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < list->count; i++) {
        const struct officer *o = &list->officers[i];
        json_t *roles = json_array();
        for (unsigned k = 0; k < ROLE_COUNT; k++) {
            if ((o->roles >> k & 1u) != 0) {
                (void)json_array_append_new(roles, json_string(officer_role_text(k)));
            }
        }
        (void)json_array_append_new(all,
                                    json_pack("{s:s, s:o}", "name", o->name.text, "roles", roles));
    }
    return json_out(json_pack("{s:o}", "officers", all), JSON_COMPACT, "officers", STATUS_OK);
}

static int print_text(const struct officer_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        (void)printf("%-31s ", list->officers[i].name.text);
        for (unsigned k = 0; k < ROLE_COUNT; k++) {
            if ((list->officers[i].roles >> k & 1u) != 0) {
                (void)printf(" %s", officer_role_text(k));
            }
        }
        (void)printf("\n");
    }
    if (list->count == 0) {
        (void)printf("nobody may sign in\n");
    }
    return STATUS_OK;
}

static int list_all(const struct options *o)
{
    static struct officer_list list;
    if (!read_file(o, false, &list)) {
        return STATUS_USE;
    }
    return o->is_json ? print_json(&list) : print_text(&list);
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    const char **const places[] = {&o->what, &o->file, &o->name};
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        const bool has_value =
            strcmp(argv[i], "--roles") == 0 || strcmp(argv[i], "--password") == 0;
        if (has_value && i + 1 < argc) {
            *(argv[i][2] == 'r' ? &o->roles : &o->password) = argv[i + 1];
            i++;
        } else if (strcmp(argv[i], "--json") == 0) {
            o->is_json = true;
        } else if (argv[i][0] != '-' && count < sizeof places / sizeof places[0]) {
            *places[count++] = argv[i];
        } else {
            (void)complain(STATUS_USE, argv[i], "not expected here; see --help");
            return false;
        }
    }
    return true;
}

int cli_officers(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct options *o);
        bool wants_name;
    } COMMANDS[] = {{"add", add, true}, {"remove", remove_one, true}, {"list", list_all, false}};
    struct options o = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(HELP, stdout);
        return STATUS_OK;
    }
    if (!parse_options(argc, argv, &o)) {
        return STATUS_USE;
    }
    if (sodium_init() < 0) {
        return complain(STATUS_USE, "start", "the cryptographic library does not start");
    }
    for (size_t i = 0; o.what != NULL && i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (strcmp(o.what, COMMANDS[i].name) == 0 && o.file != NULL &&
            (o.name != NULL) == COMMANDS[i].wants_name) {
            return COMMANDS[i].run(&o);
        }
    }
    return complain(STATUS_USE, "wrong use",
                    "expected add FILE NAME --roles ROLE,..., remove FILE NAME or list FILE; see "
                    "--help");
}
