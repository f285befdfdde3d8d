#include "cli/warnings.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "cli/json_out.h"
#include "node/key_folder.h"
#include "node/outlet_consent.h"
#include "node/outlets.h"

#define STATUS_OK 0
#define STATUS_NO 1
#define STATUS_BAD 2
#define SHOWN_MAX 50

static const char HELP[] =
    "usage: watchfire warnings NODE.yaml [--json]\n"
    "       watchfire warnings release WARNING NODE.yaml --officer KEY [--passphrase FILE]\n"
    "       watchfire warnings cancel WARNING NODE.yaml --officer KEY [--passphrase FILE]\n"
    "\n"
    "What the node of NODE.yaml told people: the newest messages, to which outlets they went, "
    "when,\n"
    "and what those answered. The node may run meanwhile.\n"
    "\n"
    "  release   a release officer agrees that a warning goes to the outlets that need it; one "
    "with\n"
    "            \"release: two officers\" needs a second one. It holds for all of the warning's\n"
    "            messages. Their ends need nobody's consent\n"
    "  cancel    a release officer takes a warning back: the cancellation that was prepared with "
    "it\n"
    "            goes to every outlet that had it, within a second\n"
    "  WARNING   the identifier of its first message, as the list shows it\n"
    "  --officer KEY      officer-NAME.key, of `watchfire keys officer`\n"
    "  --passphrase FILE  the officer's, in one line; without it asked\n"
    "  --json    the list as one JSON array\n"
    "  --help    this text\n"
    "\n"
    "Exit status: 0 done; 1 there is no such warning in force; 2 wrong use or bad input.\n";

struct options {
    const char *verb; /* NULL = list */
    const char *warning;
    const char *node;
    const char *officer;
    const char *passphrase;
    bool is_json;
    bool wants_help;
};

/* A message, and where it went. */
struct item {
    struct told told;
    uint32_t count;
    struct outlet_order orders[NODE_OUTLETS_MAX];
};

static int complain(int status, const char *what, const char *why)
{
    (void)fprintf(stderr, "watchfire warnings: %s%s%s\n", what, why[0] != '\0' ? ": " : "", why);
    return status;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {{"officer", required_argument, NULL, 'o'},
                                         {"passphrase", required_argument, NULL, 'p'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        switch (option) {
        case 'o':
            o->officer = optarg;
            break;
        case 'p':
            o->passphrase = optarg;
            break;
        case 'j':
            o->is_json = true;
            break;
        case 'h':
            o->wants_help = true;
            return true;
        default:
            (void)complain(0, argv[optind - 1], "expected one of the options in --help");
            return false;
        }
    }
    const int words = argc - optind;
    if (words == 1) {
        o->node = argv[optind];
        return o->officer == NULL ||
               (complain(0, "--officer", "expected release or cancel before it"), false);
    }
    const char *verb = words > 0 ? argv[optind] : "";
    if (words != 3 || (strcmp(verb, "release") != 0 && strcmp(verb, "cancel") != 0)) {
        (void)complain(0, "expected NODE.yaml, or release or cancel, WARNING and NODE.yaml",
                       "see --help");
        return false;
    }
    o->verb = verb;
    o->warning = argv[optind + 1];
    o->node = argv[optind + 2];
    return o->officer != NULL || (complain(0, "--officer", "expected the officer's key"), false);
}

static json_t *json_time(struct instant t)
{
    char text[UTC_TEXT_SIZE];
    return instant_is_set(t) ? json_string(utc_format(t, 3, text)) : json_null();
}

static json_t *json_orders(const struct item *item)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < item->count; i++) {
        const struct outlet_order *o = &item->orders[i];
        (void)json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:I,s:s}", "outlet", o->outlet,
                                                    "ordered", json_time(o->ordered), "done",
                                                    json_time(o->done), "tries",
                                                    (json_int_t)o->tries, "receipt", o->receipt));
    }
    return list;
}

static int print_json(const struct item *items, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct told *t = &items[i].told;
        (void)json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:o}", "id", t->id, "warning", t->chain,
                            "event", t->name, "state", warning_state_text(t->state), "time",
                            json_time(t->time), "expires", json_time(t->expires), "title", t->title,
                            "outlets", json_orders(&items[i])));
    }
    return json_out(list, JSON_COMPACT, "warnings", STATUS_OK);
}

static int print_text(const struct item *items, uint32_t count)
{
    for (uint32_t i = count; i > 0; i--) {
        const struct item *item = &items[i - 1];
        const struct told *t = &item->told;
        char time[UTC_TEXT_SIZE];
        (void)printf("%s  %s  %s\n  %s\n  warning %s\n", utc_format(t->time, 1, time), t->name,
                     warning_state_text(t->state), t->title, t->chain);
        if (item->count == 0) {
            (void)printf("  went nowhere yet\n");
        }
        for (uint32_t k = 0; k < item->count; k++) {
            const struct outlet_order *o = &item->orders[k];
            const bool is_done = instant_is_set(o->done);
            (void)printf("  %s: %s%s%s\n", o->outlet, is_done ? "" : "NOT YET TAKEN: ",
                         o->receipt[0] != '\0' ? o->receipt : "not tried yet",
                         is_done ? "" : "; it is tried again");
        }
    }
    if (count == 0) {
        (void)printf("Nothing was told yet.\n");
    }
    return STATUS_OK;
}

/* All that is shown is read first: half of it would look like the whole. */
static int list(struct outlet_store *store, const struct options *o)
{
    static struct told told[SHOWN_MAX];
    static struct item items[SHOWN_MAX];
    uint32_t count = 0;
    result read = outlet_store_latest(store, NULL, SHOWN_MAX, told, &count);
    for (uint32_t i = 0; read == OK && i < count; i++) {
        items[i].told = told[i];
        read = outlet_store_orders(store, told[i].number, NODE_OUTLETS_MAX, items[i].orders,
                                   &items[i].count);
    }
    if (read != OK) {
        return complain(STATUS_BAD, o->node, "the file of warnings cannot be read");
    }
    return o->is_json ? print_json(items, count) : print_text(items, count);
}

static result find_in_force(struct outlet_store *store, const char *chain)
{
    static struct told told[LIMIT_EVENTS];
    uint32_t count = 0;
    TRY(outlet_store_in_force(store, INSTANT_UNSET, LIMIT_EVENTS, told, &count));
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(told[i].chain, chain) == 0) {
            return OK;
        }
    }
    return ERR_NOT_FOUND;
}

static int consent(struct outlet_store *store, const struct node_file *file,
                   const struct options *o)
{
    const enum outlet_consent_kind what =
        strcmp(o->verb, "release") == 0 ? OUTLET_CONSENT_RELEASE : OUTLET_CONSENT_CANCEL;
    char text[OUTLET_CONSENT_TEXT_SIZE];
    char name[PUBLIC_ID_SIZE + 8];
    char message[KEY_FOLDER_MESSAGE_SIZE] = "the cryptographic library does not start";
    struct outlet_consent signed_by;
    const result in_force = find_in_force(store, o->warning);
    if (in_force == ERR_NOT_FOUND) {
        return complain(STATUS_NO, o->warning, "no such warning is in force; the list shows them");
    }
    if (in_force != OK) {
        return complain(STATUS_BAD, o->node, "the file of warnings cannot be read");
    }
    const struct bytes bytes = {(const uint8_t *)text,
                                outlet_consent_text(what, file, o->warning, text)};
    if (keys_start() != OK ||
        key_folder_officer_sign(o->officer, o->passphrase, bytes, signed_by.key,
                                signed_by.signature, message) != OK) {
        return complain(STATUS_BAD, message, "");
    }
    outlet_consent_name(what, o->warning, name);
    if (outlet_store_consent(store, name, &signed_by, utc_from_unix((int64_t)time(NULL), 0)) !=
        OK) {
        return complain(STATUS_BAD, o->node, "the file of warnings cannot be written");
    }
    (void)printf("%s: %s; the node looks at it within a second, and takes it if this officer's key "
                 "is in its list.\n",
                 o->warning, what == OUTLET_CONSENT_RELEASE ? "agreed" : "taken back");
    return STATUS_OK;
}

static int run(const struct options *o)
{
    static struct node_file file;
    char message[1024] = "";
    char path[NODE_PATH_SIZE + 16];
    struct outlet_store *store = NULL;
    if (node_file_read(o->node, &file, message) != OK) {
        return complain(STATUS_BAD, message, "");
    }
    if (file.outlet_count == 0) {
        return complain(STATUS_BAD, o->node, "it has no \"warnings:\" with outlets");
    }
    outlets_store_path(&file, path);
    if (access(path, F_OK) != 0) {
        return complain(STATUS_BAD, path,
                        "there is no such file; the node makes it when it starts");
    }
    if (outlet_store_open(path, &store, message) != OK) {
        return complain(STATUS_BAD, message, "");
    }
    const int status = o->verb == NULL ? list(store, o) : consent(store, &file, o);
    outlet_store_close(store);
    return status;
}

int cli_warnings(int argc, char **argv)
{
    struct options o = {0};
    if (!read_options(argc, argv, &o)) {
        return STATUS_BAD;
    }
    if (o.wants_help) {
        (void)fputs(HELP, stdout);
        return STATUS_OK;
    }
    return run(&o);
}
