#include "cli/release_sign.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/release_words.h"
#include "node/key_folder.h"
#include "node/policy_consent.h"
#include "node/policy_file.h"
#include "share/policy_compare.h"

static const char HELP[] =
    "usage: watchfire release sign NEW --after OLD --officer KEY --domain DOMAIN [--passphrase "
    "FILE]\n"
    "\n"
    "A release officer consents to a policy: the signature goes into NEW.signatures, a line for "
    "each\n"
    "officer. A policy from which somebody gains needs two officers, one from which nobody gains\n"
    "needs one (see watchfire release diff). Then name NEW as `policy` in NODE.yaml and start the\n"
    "node, or send it SIGHUP.\n"
    "\n"
    "  NEW                the policy\n"
    "  --after OLD        the policy that it follows, the one in force; `none` if it is the first\n"
    "  --officer KEY      the officer's key file, officer-NAME.key (watchfire keys officer)\n"
    "  --domain DOMAIN    live, exercise or test: that of the node\n"
    "  --passphrase FILE  the officer's passphrase, in one line; without it asked\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0 signed, 2 wrong use or bad input.\n";

struct request {
    const char *file;
    const char *after;
    const char *officer;
    const char *domain;
    const char *passphrase;
};

/* -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct request *out)
{
    static const struct option LONG[] = {
        {"after", required_argument, NULL, 'a'},  {"officer", required_argument, NULL, 'o'},
        {"domain", required_argument, NULL, 'd'}, {"passphrase", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        switch (option) {
        case 'a':
            out->after = optarg;
            break;
        case 'o':
            out->officer = optarg;
            break;
        case 'd':
            out->domain = optarg;
            break;
        case 'p':
            out->passphrase = optarg;
            break;
        case 'h':
            (void)fputs(HELP, stdout);
            return 0;
        default:
            return RELEASE_BAD;
        }
    }
    if (optind + 1 != argc || out->after == NULL || out->officer == NULL || out->domain == NULL) {
        return release_words_fail("sign",
                                  "expected one policy file, --after, --officer and --domain; see "
                                  "--help");
    }
    out->file = argv[optind];
    if (strcmp(out->domain, "live") != 0 && strcmp(out->domain, "exercise") != 0 &&
        strcmp(out->domain, "test") != 0) {
        return release_words_fail("sign", "--domain: expected live, exercise or test");
    }
    return -1;
}

/* The policy, and the one that it follows. */
static result read_policies(const struct request *r, struct policy *next, struct policy *before,
                            char message[YAML_MESSAGE_SIZE])
{
    TRY(policy_file_read(r->file, next, message));
    if (strcmp(r->after, "none") == 0) {
        policy_none(next->owner, before);
        return OK;
    }
    TRY(policy_file_read(r->after, before, message));
    if (!nation_id_equal(next->owner, before->owner) || next->number <= before->number) {
        (void)snprintf(
            message, YAML_MESSAGE_SIZE,
            "%s: %s policy %u; expected one of %s with a number above %u, which it is to "
            "follow",
            r->file, next->owner.code, next->number, before->owner.code, before->number);
        return ERR_STATE;
    }
    return OK;
}

static bool has_signed(const char *path, const char *line)
{
    char other[POLICY_CONSENT_LINE_SIZE + 1];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(other, sizeof other, file) != NULL) {
        found = strncmp(other, line, strcspn(line, " ")) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static result append(const struct request *r, const struct event_officer *officer,
                     char message[YAML_MESSAGE_SIZE])
{
    char path[4096];
    char line[POLICY_CONSENT_LINE_SIZE];
    policy_consent_line(officer, line);
    (void)snprintf(path, sizeof path, "%.4000s.signatures", r->file);
    if (has_signed(path, line)) {
        (void)snprintf(message, YAML_MESSAGE_SIZE,
                       "%.600s: this officer has signed already; take the line out to sign again",
                       path);
        return ERR_STATE;
    }
    FILE *file = fopen(path, "a");
    const bool written = file != NULL && fputs(line, file) >= 0;
    if (file == NULL || fclose(file) != 0 || !written) {
        (void)snprintf(message, YAML_MESSAGE_SIZE, "%.600s: %s", path, strerror(errno));
        return ERR_IO;
    }
    return OK;
}

static result sign(const struct request *r, char message[YAML_MESSAGE_SIZE])
{
    static struct policy next;
    static struct policy before;
    static struct policy_comparison comparison;
    (void)snprintf(message, YAML_MESSAGE_SIZE, "the cryptographic library does not start");
    TRY(keys_start());
    TRY(read_policies(r, &next, &before, message));
    uint8_t storage[POLICY_BYTES_MAX + 256];
    struct byte_writer w = {storage, sizeof storage, 0};
    const struct digest predecessor = policy_digest(&before);
    (void)snprintf(message, YAML_MESSAGE_SIZE, "%.600s: the policy is too long", r->file);
    TRY(policy_signed_bytes(&next, r->domain, &predecessor, &w));
    struct event_officer officer;
    TRY(key_folder_officer_sign(r->officer, r->passphrase, byte_writer_written(&w), officer.key,
                                officer.signature, message));
    TRY(append(r, &officer, message));
    policy_compare(&before, &next, &comparison);
    printf("%s policy %u after %u: signed; it needs %u officer%s\n", next.owner.code, next.number,
           before.number, policy_officers(&comparison),
           policy_officers(&comparison) == 1 ? "" : "s");
    return OK;
}

int release_sign(int argc, char **argv)
{
    struct request r = {0};
    char message[YAML_MESSAGE_SIZE] = "";
    const int status = read_options(argc, argv, &r);
    if (status >= 0) {
        return status;
    }
    return sign(&r, message) == OK ? 0 : release_words_fail("sign", message);
}
