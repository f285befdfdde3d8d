#include "cli/node.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "node/node.h"

#define LINE_SIZE 1024 /* less than a pipe that is not full takes at once */

static const char HELP[] =
    "usage: watchfire node NODE.yaml\n"
    "       watchfire node NODE.yaml --prepare COPY\n"
    "\n"
    "Runs one nation's node: takes what its sensors send, tracks, shares what its release policy\n"
    "allows, fuses what partners send, warns, and shows the picture in a browser on this machine.\n"
    "Stop it with Ctrl-C or SIGTERM; killed in any other way it goes on where it was, too.\n"
    "\n"
    "  NODE.yaml   what the node is: docs/operating.md has the form and an example\n"
    "  --prepare COPY\n"
    "              before an upgrade, or before other settings, while the node runs on: works\n"
    "              through COPY, a copy of its journal, with this program and this NODE.yaml, so\n"
    "              that the start after it takes a second and not minutes. Then it ends\n"
    "  --help      this text\n"
    "\n"
    "How it is: watchfire status NODE.yaml. Happenings and refusals go to standard error.\n"
    "Exit status: 0 stopped; 1 it could not go on, or not keep its last inputs; 2 wrong use or\n"
    "bad input (file, line, column and expectation on standard error).\n";

static int complain(int status, const char *text)
{
    (void)fprintf(stderr, "watchfire node: %s\n", text);
    return status;
}

/* Happenings, each with the time at which it was told. Where nobody reads them (a pipe that is
 * full) they are left out: nothing may hold up a watch. */
static void tell(void *context, const char *text)
{
    uint64_t *left_out = context;
    struct timespec t;
    char when[UTC_TEXT_SIZE];
    char line[LINE_SIZE];
    (void)clock_gettime(CLOCK_REALTIME, &t);
    const struct instant now = utc_from_unix(t.tv_sec, t.tv_nsec);
    const int size = *left_out == 0
                         ? snprintf(line, sizeof line, "%s %s\n", utc_format(now, 1, when), text)
                         : snprintf(line, sizeof line, "%s %s (%llu lines before were left out)\n",
                                    utc_format(now, 1, when), text, (unsigned long long)*left_out);
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    const bool is_free = poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
    if (is_free && size > 0 && size < LINE_SIZE && write(STDERR_FILENO, line, (size_t)size) > 0) {
        *left_out = 0;
    } else {
        (*left_out)++;
    }
}

static const char *domain_words(enum domain domain)
{
    switch (domain) {
    case DOMAIN_LIVE:
        return "LIVE: what it shows and shares is real";
    case DOMAIN_EXERCISE:
        return "EXERCISE: nothing that it shows or shares is real";
    case DOMAIN_TEST:
        return "TEST: nothing that it shows or shares is real";
    case DOMAIN_UNKNOWN:
        break;
    }
    return "unknown domain";
}

static void announce_grants(const struct grant_set *set)
{
    printf("%s", set->count > 0 ? "passes on " : "");
    for (uint32_t i = 0; i < set->count; i++) {
        const struct grant *g = &set->grants[i].grant;
        char until[UTC_TEXT_SIZE];
        printf("%s%s's to %s until %s", i > 0 ? ", " : "", g->owner.code, g->to.code,
               utc_format(g->until, 0, until));
    }
    printf("%s", set->count > 0 ? "\n" : "");
}

static void announce_console(const struct node_file *file)
{
    const char *host = file->console_name[0] != '\0' ? file->console_name : file->console.host;
    const bool is_v6 = strchr(host, ':') != NULL;
    printf("console   http%s://%s%s%s:%u%s\n", file->console_certificate[0] != '\0' ? "s" : "",
           is_v6 ? "[" : "", host, is_v6 ? "]" : "", (unsigned)file->console.port,
           file->officers[0] != '\0' ? "" : ", only to look at: NODE.yaml names no officers");
}

static void announce(const struct node_file *file, const struct node *node)
{
    const struct node_facts *facts = node_facts(node);
    printf("%s's node. %s\n", file->nation.code, domain_words(file->domain));
    announce_console(file);
    if (facts->policy_number > 0) {
        printf("policy    number %u is in force\n", facts->policy_number);
    } else {
        printf("policy    NONE is in force: nothing goes to partners\n");
    }
    if (facts->policy_trouble[0] != '\0') {
        printf("          %s\n", facts->policy_trouble);
    }
    printf("sensors   %u, listening on%s", facts->sensor_count,
           file->listen_count == 0 ? " nothing" : "");
    for (uint32_t i = 0; i < file->listen_count; i++) {
        const struct node_listen *l = &file->listen[i];
        printf("%s %s %s:%u", i > 0 ? "," : "", node_listen_text(l->kind), l->at.host,
               (unsigned)l->at.port);
    }
    printf("\njournal   %s", file->journal);
    char when[UTC_TEXT_SIZE];
    if (facts->journal_inputs > 0) {
        printf(": goes on after %llu inputs, the last of %s%s",
               (unsigned long long)facts->journal_inputs, utc_format(facts->journal_end, 0, when),
               facts->other_program ? "; written by another program or other settings" : "");
    } else {
        printf(": new");
    }
    printf("\npartners  %s", file->partner_count == 0 ? "none" : "");
    for (uint32_t i = 0; i < file->partner_count; i++) {
        const struct node_partner *p = &file->partners[i];
        printf("%s%s ", i > 0 ? ", " : "", p->nation.code);
        if (p->server.port != 0) {
            printf("over %s:%u", p->server.host, (unsigned)p->server.port);
        } else {
            printf("by way of others alone");
        }
    }
    printf("\n");
    announce_grants(node_grants(node));
    (void)fflush(stdout);
}

static int run(const char *path)
{
    static struct node_file file;
    char message[NODE_MESSAGE_SIZE] = "";
    if (node_file_read(path, &file, message) != OK) {
        return complain(2, message);
    }
    uint64_t left_out = 0;
    const struct node_options options = {.file = &file, .tell = tell, .context = &left_out};
    struct node *node = NULL;
    int status = 0;
    if (node_open(&options, &node, message) != OK) {
        status = complain(2, message);
    } else {
        announce(&file, node);
        if (node_run(node, message) != OK) {
            status = complain(1, message);
        }
    }
    node_close(node);
    return status;
}

static int prepare(const char *path, const char *copy)
{
    static struct node_file file;
    char message[NODE_MESSAGE_SIZE] = "";
    uint64_t left_out = 0;
    uint64_t inputs = 0;
    const struct node_options options = {.file = &file, .tell = tell, .context = &left_out};
    if (node_file_read(path, &file, message) != OK ||
        node_prepare(&options, copy, &inputs, message) != OK) {
        return complain(2, message);
    }
    printf("%llu inputs worked through; this program with %s starts from there.\n",
           (unsigned long long)inputs, path);
    return 0;
}

int cli_node(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(HELP, stdout);
        return 0;
    }
    const bool is_prepare = argc == 4 && strcmp(argv[2], "--prepare") == 0;
    if ((argc != 2 && !is_prepare) || argv[1][0] == '-') {
        return complain(2, "expected one file, NODE.yaml, and may be --prepare COPY; see --help");
    }
    if (is_prepare) {
        return prepare(argv[1], argv[3]);
    }
    /* A page that goes away while it is written to is no reason to end, nor a journal that may not
     * grow: writing fails then. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    const int status = run(argv[1]);
    /* Without the libraries' exit handlers: a thread of the carrier that still tries to reach a
     * server would find the ground gone from under it. */
    (void)fflush(NULL);
    _exit(status);
}
