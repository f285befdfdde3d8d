#include "cli/report_event.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/after_action.h"
#include "cli/after_page.h"
#include "cli/journal_file.h"
#include "journal/journal_sqlite.h"
#include "node/rerun.h"
#include "node/small_file.h"

#define STATUS_OK 0
#define STATUS_NO 1
#define STATUS_BAD 2

static const char HELP[] =
    "usage: watchfire report JOURNAL --event EVENT -o FILE.html [--node NODE.yaml]\n"
    "\n"
    "Writes one page about a launch, for the review after it: map, height, who knew what when,\n"
    "what was shared and withheld, warnings with their delays and receipts, time line. It is made\n"
    "by playing the journal again, needs no other file, and prints well.\n"
    "\n"
    "  --event EVENT     the launch: its name, such as AMBER-K417, or its number in the journal\n"
    "  -o FILE.html      the page; an existing file is replaced\n"
    "  --node NODE.yaml  the node whose journal it is: its keys open the secrets by which names\n"
    "                    are drawn. An exercise's journal needs none\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 written, 1 the journal has no such launch, 2 wrong use or bad input.\n";

struct options {
    const char *journal;
    const char *event;
    const char *out;
    const char *node;
    bool wants_help;
};

static int complain(int status, const char *what, const char *why, const char *more)
{
    (void)fprintf(stderr, "watchfire report: %s: %s%s\n", what, why, more);
    return status;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {{"event", required_argument, NULL, 'e'},
                                         {"node", required_argument, NULL, 'n'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:", LONG, NULL)) != -1) {
        switch (option) {
        case 'e':
            o->event = optarg;
            break;
        case 'n':
            o->node = optarg;
            break;
        case 'o':
            o->out = optarg;
            break;
        case 'h':
            o->wants_help = true;
            return true;
        default:
            (void)complain(0, argv[optind - 1], "expected one of the options in --help", "");
            return false;
        }
    }
    if (optind + 1 != argc || o->event == NULL || o->out == NULL) {
        (void)complain(0, "expected JOURNAL, --event EVENT and -o FILE.html", "see --help", "");
        return false;
    }
    o->journal = argv[optind];
    return true;
}

static int write_page(const struct options *o, const struct after_page *page)
{
    char *text = malloc(AFTER_PAGE_SIZE_MAX);
    size_t size = 0;
    if (text == NULL || after_page_write(page, text, AFTER_PAGE_SIZE_MAX, &size) != OK) {
        free(text);
        return complain(STATUS_BAD, o->out, "the page would be too large", "");
    }
    char message[OUTLET_MESSAGE_SIZE];
    const result written = small_file_write(o->out, 0644, (struct bytes){(uint8_t *)text, size},
                                            message, sizeof message);
    free(text);
    if (written != OK) {
        return complain(STATUS_BAD, "-o", message, "");
    }
    (void)printf("%s: %s, %zu bytes\n", o->out, page->action->name.text, size);
    return STATUS_OK;
}

static int report(const struct options *o, struct journal *j, struct after_action *action)
{
    struct digest_key key;
    struct rerun_report rerun_said;
    char path[600];
    char message[JOURNAL_FILE_MESSAGE_SIZE];
    bool has_key = false;
    if (journal_file_key(j, o->node, &key, &has_key, message) != OK) {
        return complain(STATUS_BAD, o->node != NULL ? "--node" : o->journal, message, "");
    }
    after_action_init(action, o->event);
    const struct rerun_request request = {.from = INSTANT_UNSET,
                                          .to = INSTANT_UNSET,
                                          .key = has_key ? &key : NULL,
                                          .show = after_action_show,
                                          .context = action};
    const result played = rerun(j, &request, &rerun_said);
    if (played != OK) {
        return complain(STATUS_BAD, o->journal, result_text(played),
                        "; watchfire replay says more");
    }
    if (!action->found) {
        return complain(STATUS_NO, o->event, "the journal has no such launch",
                        has_key ? "" : "; names are drawn with the node's keys: give --node");
    }
    struct after_page page = {
        .action = action, .journal = o->journal, .is_same = rerun_said.verdict == RERUN_SAME};
    (void)snprintf(path, sizeof path, "%.580s.outlets", o->journal);
    if (access(path, F_OK) == 0 && outlet_store_open(path, &page.outlets, message) != OK) {
        return complain(STATUS_BAD, path, message, "");
    }
    const int status = write_page(o, &page);
    outlet_store_close(page.outlets);
    return status;
}

int cli_report(int argc, char **argv)
{
    struct options o = {0};
    if (!read_options(argc, argv, &o)) {
        return STATUS_BAD;
    }
    if (o.wants_help) {
        (void)fputs(HELP, stdout);
        return STATUS_OK;
    }
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (journal_sqlite_open(o.journal, JOURNAL_READ, &j, &fault) != OK) {
        return complain(STATUS_BAD, o.journal, journal_fault_text(fault),
                        journal_file_advice(fault));
    }
    struct after_action *action = malloc(sizeof *action);
    const int status = action != NULL ? report(&o, j, action)
                                      : complain(STATUS_BAD, o.journal, "there is no memory", "");
    free(action);
    journal_close(j);
    return status;
}
