#include "cli/release_sign.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/release_words.h"
#include "node/key_file.h"
#include "node/key_folder.h"
#include "node/policy_consent.h"
#include "node/policy_file.h"
#include "node/small_file.h"
#include "share/policy_compare.h"

static const char HELP[] =
    "watchfire release sign NEW --officer KEY [options]\n"
    "A release officer consents to a policy: the signature goes into NEW.signatures, beside the\n"
    "file. It is of this policy only, only after the one that it follows, and only in the domain\n"
    "of the officer's key. Read `watchfire release check NEW` and `watchfire release diff OLD "
    "NEW`\n"
    "first. A policy that gives anyone more needs two officers, any other one. The node takes it\n"
    "at its start, or on SIGHUP.\n"
    "\n"
    "  --officer KEY          officer-NAME.key, of `watchfire keys officer`\n"
    "  --follows OLD          the policy in force; without it NEW is the nation's first\n"
    "  --passphrase FILE      the officer's, in one line; without it asked\n"
    "\n"
    "Exit status: 0 signed, 2 wrong use or bad input.\n";

#define PATH_SIZE 1024
#define SIGNATURES_MAX ((size_t)16 * 1024)

struct task {
    const char *file;
    const char *follows;
    const char *officer;
    const char *passphrase;
};

/* The domain is the key's. */
static bool read_domain(const char *path, enum domain *out, char message[KEY_FOLDER_MESSAGE_SIZE])
{
    uint8_t storage[KEY_FILE_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    struct key_file_header header;
    if (small_file_read(path, true, &file, message, KEY_FOLDER_MESSAGE_SIZE) != OK) {
        return false;
    }
    if (key_file_header_read(byte_writer_written(&file), &header) != OK ||
        header.kind != KEY_FILE_OFFICER) {
        (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                       "%.400s: expected an officer's key, of `watchfire keys officer`", path);
        return false;
    }
    *out = header.domain;
    return true;
}

/* The lines of other officers stay; an earlier one of this officer would count for nothing more. */
static bool add_line(const char *policy, const struct event_officer *officer,
                     char message[KEY_FOLDER_MESSAGE_SIZE])
{
    static char text[SIGNATURES_MAX + POLICY_CONSENT_LINE_SIZE];
    char path[PATH_SIZE];
    char line[POLICY_CONSENT_LINE_SIZE];
    struct byte_writer w = {(uint8_t *)text, SIGNATURES_MAX, 0};
    (void)snprintf(path, sizeof path, "%.1000s.signatures", policy);
    policy_consent_line(officer, line);
    const bool is_new = access(path, F_OK) != 0 && errno == ENOENT;
    if (!is_new && small_file_read(path, false, &w, message, KEY_FOLDER_MESSAGE_SIZE) != OK) {
        return false;
    }
    for (const char *at = text; at < text + w.size; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, line, strcspn(line, " ")) == 0) {
            (void)snprintf(message, KEY_FOLDER_MESSAGE_SIZE,
                           "%.400s: this officer signed already; to sign anew take that line out",
                           path);
            return false;
        }
    }
    memcpy(text + w.size, line, strlen(line));
    const struct bytes all = {(const uint8_t *)text, w.size + strlen(line)};
    return small_file_write(path, 0644, all, message, KEY_FOLDER_MESSAGE_SIZE) == OK;
}

static int sign(const struct task *task, const struct policy *policy, const struct policy *before)
{
    static struct policy_comparison comparison;
    static uint8_t bytes[POLICY_BYTES_MAX + 256];
    char message[KEY_FOLDER_MESSAGE_SIZE];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    struct event_officer officer;
    enum domain domain = DOMAIN_UNKNOWN;
    const struct digest predecessor = policy_digest(before);
    if (!read_domain(task->officer, &domain, message)) {
        return release_words_fail("sign", message);
    }
    if (policy_signed_bytes(policy, domain_text(domain), &predecessor, &w) != OK) {
        return release_words_fail("sign", "the policy is too large to be signed");
    }
    if (keys_start() != OK ||
        key_folder_officer_sign(task->officer, task->passphrase, byte_writer_written(&w),
                                officer.key, officer.signature, message) != OK ||
        !add_line(task->file, &officer, message)) {
        return release_words_fail("sign", message);
    }
    policy_compare(before, policy, &comparison);
    (void)printf("%s: policy %u of %s, domain %s: signed, to follow policy %u.\n%s\n", task->file,
                 policy->number, policy->owner.code, domain_text(domain), before->number,
                 comparison.widens ? "Someone gains by it: two release officers must sign."
                                   : "Nobody gains by it: one release officer is enough.");
    return 0;
}

static int run(const struct task *task)
{
    static struct policy policy;
    static struct policy before;
    char message[YAML_MESSAGE_SIZE];
    if (policy_file_read(task->file, &policy, message) != OK) {
        return release_words_fail("sign", message);
    }
    policy_none(policy.owner, &before);
    if (task->follows != NULL && policy_file_read(task->follows, &before, message) != OK) {
        return release_words_fail("sign", message);
    }
    if (!nation_id_equal(before.owner, policy.owner) || policy.number <= before.number) {
        (void)snprintf(message, sizeof message,
                       "policy %u of %s cannot follow policy %u of %s: expected a higher number "
                       "of the same nation",
                       policy.number, policy.owner.code, before.number, before.owner.code);
        return release_words_fail("sign", message);
    }
    return sign(task, &policy, &before);
}

int release_sign(int argc, char **argv)
{
    struct task task = {0};
    int status = 0;
    const struct release_option options[] = {{"officer", &task.officer, NULL},
                                             {"follows", &task.follows, NULL},
                                             {"passphrase", &task.passphrase, NULL}};
    if (!release_words_options(HELP, options, 3, argc, argv, &status)) {
        return status;
    }
    if (optind + 1 != argc || task.officer == NULL) {
        return release_words_fail("sign", "expected one policy file and --officer KEY; see --help");
    }
    task.file = argv[optind];
    return run(&task);
}
