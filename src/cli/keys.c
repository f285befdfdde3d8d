#include "cli/keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utc.h"
#include "cli/keys_grant.h"
#include "cli/keys_print.h"
#include "node/key_making.h"
#include "node/key_trust.h"

#define STATUS_OK 0
#define STATUS_NO 1
#define STATUS_USE 2

static const char HELP[] =
    "usage: watchfire keys new --nation JPN --domain exercise --dir DIR [options]\n"
    "       watchfire keys show --dir DIR [--json]\n"
    "       watchfire keys check FILE --root FINGERPRINT [--json]\n"
    "       watchfire keys rotate --dir DIR [options]\n"
    "       watchfire keys revoke KEY --dir DIR [options]\n"
    "       watchfire keys officer NAME --dir DIR [options]\n"
    "       watchfire keys grant FILE --dir DIR --via USA --to JPN --up-to SECRET [options]\n"
    "\n"
    "A nation has one folder of keys for each domain (live, exercise, test). In it:\n"
    "  root.key          signs the key list; carry it away, a node runs without it\n"
    "  online.key        what a node needs: signing and checkpoint keys, and a master secret\n"
    "  key-list          what partners need: public, numbered, signed by the root\n"
    "  officer-NAME.key  signs release policies; carry it away\n"
    "Partners pin the root's fingerprint, which new and show print. Read it to them over a line\n"
    "that you trust.\n"
    "\n"
    "  new      makes the folder, with list 1\n"
    "  show     what the list says, and what ends soon; asks for no passphrase\n"
    "  check    whether that root signed a list that somebody gave you\n"
    "  rotate   new signing and checkpoint keys; they count after 10 minutes, those before them\n"
    "           for a day more, so that nothing is interrupted (at once, if none counts so long)\n"
    "  revoke   KEY counts no more, at partners from the moment that they have the new list; KEY "
    "is\n"
    "           the name of an officer, or 8 or more digits that a key begins with\n"
    "  officer  a key for a release officer, under a passphrase of its own\n"
    "  grant    FILE lets --via pass on to --to what we release to it, as far as the label of "
    "each\n"
    "           record allows; counts while the signing key does that signs it: after rotate make\n"
    "           a new one, for the old one ends with its key\n"
    "After rotate, revoke and officer send SIGHUP to the node: it takes up the new list and tells\n"
    "the partners.\n"
    "\n"
    "  --days N                   how long new keys count: 1 to 3650; without it 90, officers' "
    "365\n"
    "  --up-to CLASSIFICATION     what a grant is for: records up to this\n"
    "  --kinds tracks,notices     what it is for; without it tracks, notices and warnings\n"
    "  --root FINGERPRINT         whose list it must be: 64 digits\n"
    "  --root-key FILE            where root.key is, if it was carried away\n"
    "  --passphrase FILE          the online keys' passphrase, in one line; without it asked\n"
    "  --root-passphrase FILE     the root's\n"
    "  --officer-passphrase FILE  the officer's\n"
    "  --json                     one JSON object instead of text\n"
    "  --help                     this text\n"
    "\n"
    "Exit status: 0 ok, 1 the list is not that root's, 2 wrong use, or a file that is not in "
    "order.\n";

enum {
    DIR,
    NATION,
    DOMAIN,
    DAYS,
    ROOT,
    ROOT_KEY,
    PASSPHRASE,
    ROOT_PASSPHRASE,
    OFFICER_PASSPHRASE,
    VIA,
    TO,
    UP_TO,
    KINDS,
    OPTION_COUNT
};

static const char *const OPTIONS[OPTION_COUNT] = {
    [DIR] = "--dir",
    [NATION] = "--nation",
    [DOMAIN] = "--domain",
    [DAYS] = "--days",
    [ROOT] = "--root",
    [ROOT_KEY] = "--root-key",
    [PASSPHRASE] = "--passphrase",
    [ROOT_PASSPHRASE] = "--root-passphrase",
    [OFFICER_PASSPHRASE] = "--officer-passphrase",
    [VIA] = "--via",
    [TO] = "--to",
    [UP_TO] = "--up-to",
    [KINDS] = "--kinds",
};

/* The command line after the action; what was not given is NULL. */
struct words {
    const char *values[OPTION_COUNT];
    const char *subject;
    bool json;
};

/* One action: what it takes, and what it does. */
struct action {
    const char *name;
    const char *subject; /* what it is called in messages; NULL = none */
    unsigned allowed;    /* bits of options */
    unsigned needed;
    bool json;
    int (*run)(const struct words *words);
};

#define BIT(option) (1u << (option))

static int complain(const char *text)
{
    (void)fprintf(stderr, "watchfire keys: %s\n", text);
    return STATUS_USE;
}

static struct instant clock_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const struct instant utc = {(int64_t)now.tv_sec * NS_PER_S};
    return instant_plus_s(utc, (double)utc_tai_offset_s(utc));
}

static bool read_days(const char *text, int *out)
{
    char *end = NULL;
    errno = 0;
    const long days = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || days < 1 || days > KEY_MAKING_DAYS_MAX) {
        (void)fprintf(stderr, "watchfire keys: --days: given \"%s\", expected 1 to %d\n", text,
                      KEY_MAKING_DAYS_MAX);
        return false;
    }
    *out = (int)days;
    return true;
}

static bool read_making(const struct words *w, struct key_making *out)
{
    *out = (struct key_making){.dir = w->values[DIR],
                               .root = w->values[ROOT_KEY],
                               .passphrase = w->values[PASSPHRASE],
                               .root_passphrase = w->values[ROOT_PASSPHRASE],
                               .now = clock_now()};
    return w->values[DAYS] == NULL || read_days(w->values[DAYS], &out->days);
}

static enum domain read_domain(const char *text)
{
    for (int domain = DOMAIN_LIVE; domain <= DOMAIN_TEST; domain++) {
        if (strcmp(text, domain_text((enum domain)domain)) == 0) {
            return (enum domain)domain;
        }
    }
    return DOMAIN_UNKNOWN;
}

static int show_folder(const char *dir, bool json)
{
    uint8_t root[KEY_BYTES];
    struct key_list list;
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (key_making_look(dir, root, &list, message) != OK) {
        return complain(message);
    }
    return keys_print(root, &list, clock_now(), json);
}

static int run_new(const struct words *w)
{
    struct key_making making;
    struct nation_id nation;
    const enum domain domain = read_domain(w->values[DOMAIN]);
    uint8_t root[KEY_BYTES];
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!read_making(w, &making)) {
        return STATUS_USE;
    }
    if (strlen(w->values[NATION]) != 3 || !nation_id_parse(w->values[NATION], &nation)) {
        return complain("--nation: expected three capital letters of ISO 3166-1, as JPN");
    }
    if (domain == DOMAIN_UNKNOWN) {
        return complain("--domain: expected live, exercise or test");
    }
    if (key_making_new(&making, nation, domain, root, message) != OK) {
        return complain(message);
    }
    char text[KEY_FINGERPRINT_TEXT_SIZE];
    (void)printf("Keys of %s for %s are in %s.\n\n"
                 "Root: %s\n"
                 "Partners pin it: read it to them over a line that you trust, and give them "
                 "%s/key-list.\n"
                 "Carry %s/root.key away: a node runs without it, and who has it is %s to your "
                 "partners.\n",
                 nation.code, domain_text(domain), making.dir, key_fingerprint_text(root, text),
                 making.dir, making.dir, nation.code);
    return STATUS_OK;
}

static int run_show(const struct words *w)
{
    return show_folder(w->values[DIR], w->json);
}

static int run_check(const struct words *w)
{
    uint8_t root[KEY_BYTES];
    struct key_list list;
    uint8_t storage[KEY_LIST_BYTES_MAX];
    struct byte_writer bytes = {storage, sizeof storage, 0};
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!key_fingerprint_parse(w->values[ROOT], root)) {
        return complain("--root: expected a fingerprint, 64 hexadecimal digits");
    }
    const result read = key_folder_read_list(w->subject, root, &bytes, &list, message);
    if (read != OK) {
        (void)complain(message);
        return read == ERR_SIGNATURE ? STATUS_NO : STATUS_USE;
    }
    return keys_print(root, &list, clock_now(), w->json);
}

/* The list as it is now, and what is left to do. */
static int finish(const char *dir, const char *what)
{
    const int status = show_folder(dir, false);
    if (status == STATUS_OK) {
        (void)printf("\n%sSend SIGHUP to the node: it takes up this list and tells the partners.\n",
                     what);
    }
    return status;
}

static int run_rotate(const struct words *w)
{
    struct key_making making;
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!read_making(w, &making)) {
        return STATUS_USE;
    }
    return key_making_rotate(&making, message) == OK ? finish(making.dir, "") : complain(message);
}

static int run_revoke(const struct words *w)
{
    struct key_making making;
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!read_making(w, &making)) {
        return STATUS_USE;
    }
    return key_making_revoke(&making, w->subject, message) == OK ? finish(making.dir, "")
                                                                 : complain(message);
}

static int run_officer(const struct words *w)
{
    struct key_making making;
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!read_making(w, &making)) {
        return STATUS_USE;
    }
    const result made =
        key_making_officer(&making, w->subject, w->values[OFFICER_PASSPHRASE], message);
    char what[128];
    (void)snprintf(what, sizeof what, "Give officer-%.24s.key to the officer, and keep no copy.\n",
                   w->subject);
    return made == OK ? finish(making.dir, what) : complain(message);
}

static int run_grant(const struct words *w)
{
    struct key_making making;
    if (!read_making(w, &making)) {
        return STATUS_USE;
    }
    const struct keys_grant grant = {.dir = making.dir,
                                     .passphrase = making.passphrase,
                                     .via = w->values[VIA],
                                     .to = w->values[TO],
                                     .up_to = w->values[UP_TO],
                                     .kinds = w->values[KINDS],
                                     .file = w->subject,
                                     .days = making.days,
                                     .now = making.now};
    return keys_grant(&grant);
}

#define SIGNING_OPTIONS (BIT(DIR) | BIT(DAYS) | BIT(ROOT_PASSPHRASE))

static const struct action ACTIONS[] = {
    {"new", NULL, SIGNING_OPTIONS | BIT(NATION) | BIT(DOMAIN) | BIT(PASSPHRASE),
     BIT(DIR) | BIT(NATION) | BIT(DOMAIN), false, run_new},
    {"show", NULL, BIT(DIR), BIT(DIR), true, run_show},
    {"check", "FILE", BIT(ROOT), BIT(ROOT), true, run_check},
    {"rotate", NULL, SIGNING_OPTIONS | BIT(ROOT_KEY) | BIT(PASSPHRASE), BIT(DIR), false,
     run_rotate},
    {"revoke", "KEY", SIGNING_OPTIONS | BIT(ROOT_KEY) | BIT(PASSPHRASE), BIT(DIR), false,
     run_revoke},
    {"officer", "NAME", SIGNING_OPTIONS | BIT(ROOT_KEY) | BIT(OFFICER_PASSPHRASE), BIT(DIR), false,
     run_officer},
    {"grant", "FILE",
     BIT(DIR) | BIT(DAYS) | BIT(PASSPHRASE) | BIT(VIA) | BIT(TO) | BIT(UP_TO) | BIT(KINDS),
     BIT(DIR) | BIT(VIA) | BIT(TO) | BIT(UP_TO), false, run_grant},
};

static int find_option(const struct action *action, const char *word)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if ((action->allowed & BIT(i)) != 0 && strcmp(word, OPTIONS[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static bool take_word(const struct action *action, const char *word, struct words *out)
{
    if (action->json && strcmp(word, "--json") == 0) {
        out->json = true;
        return true;
    }
    if (word[0] != '-' && action->subject != NULL && out->subject == NULL) {
        out->subject = word;
        return true;
    }
    (void)fprintf(stderr, "watchfire keys %s: \"%s\" is not expected; see --help\n", action->name,
                  word);
    return false;
}

static bool check_words(const struct action *action, const struct words *words)
{
    if (action->subject != NULL && words->subject == NULL) {
        (void)fprintf(stderr, "watchfire keys %s: expected %s; see --help\n", action->name,
                      action->subject);
        return false;
    }
    for (int i = 0; i < OPTION_COUNT; i++) {
        if ((action->needed & BIT(i)) != 0 && words->values[i] == NULL) {
            (void)fprintf(stderr, "watchfire keys %s: expected %s; see --help\n", action->name,
                          OPTIONS[i]);
            return false;
        }
    }
    return true;
}

static bool read_words(const struct action *action, int argc, char **argv, struct words *out)
{
    for (int i = 2; i < argc; i++) {
        const int option = find_option(action, argv[i]);
        if (option < 0) {
            if (!take_word(action, argv[i], out)) {
                return false;
            }
            continue;
        }
        if (i + 1 == argc || out->values[option] != NULL) {
            (void)fprintf(stderr, "watchfire keys %s: %s: expected one value, once\n", action->name,
                          argv[i]);
            return false;
        }
        i++;
        out->values[option] = argv[i];
    }
    return check_words(action, out);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

int cli_keys(int argc, char **argv)
{
    if (argc < 2 || asks_for_help(argc, argv)) {
        (void)fputs(HELP, argc < 2 ? stderr : stdout);
        return argc < 2 ? STATUS_USE : STATUS_OK;
    }
    if (keys_start() != OK) {
        return complain("the cryptographic library cannot be readied on this machine");
    }
    for (size_t i = 0; i < sizeof ACTIONS / sizeof ACTIONS[0]; i++) {
        if (strcmp(argv[1], ACTIONS[i].name) == 0) {
            struct words words = {0};
            return read_words(&ACTIONS[i], argc, argv, &words) ? ACTIONS[i].run(&words)
                                                               : STATUS_USE;
        }
    }
    (void)fprintf(stderr,
                  "watchfire keys: \"%s\": expected new, show, check, rotate, revoke, officer or "
                  "grant; see --help\n",
                  argv[1]);
    return STATUS_USE;
}
