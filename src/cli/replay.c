#include "cli/replay.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/journal_file.h"
#include "cli/json_out.h"
#include "engine/effects_digest.h"
#include "journal/journal_sqlite.h"
#include "node/rerun.h"

#define STATUS_SAME 0
#define STATUS_DIFFERS 1
#define STATUS_BAD 2

static const char HELP[] =
    "usage: watchfire replay JOURNAL [--node NODE.yaml] [--from TIME] [--to TIME] [--json]\n"
    "\n"
    "Feeds the inputs in JOURNAL to a fresh engine and compares every effect, bit for bit, with\n"
    "what the journal says that they had. It says where they differ first, and in which effect.\n"
    "\n"
    "  --node NODE.yaml  the node whose journal it is: its keys open the secrets that the journal\n"
    "               keeps sealed. The passphrase is found or asked as for the node\n"
    "  --from TIME  compare from here on, such as 2022-10-03T22:25:00Z; what came before is fed\n"
    "               all the same, since it made what followed\n"
    "  --to TIME    stop after this\n"
    "  --json       one JSON object\n"
    "  --help       this text\n"
    "\n"
    "What went to partners and the names of launches are drawn with those secrets (an exercise's\n"
    "derive from its seed). Without them frames to partners are not compared, and where the rest\n"
    "differs nothing can be said: that is exit status 2.\n"
    "\n"
    "Exit status: 0 the same, 1 not the same, 2 wrong use, or a file that is no journal.\n";

struct options {
    const char *path;
    const char *node;
    struct instant from;
    struct instant to;
    bool is_json;
    bool wants_help;
};

static int complain(const char *what, const char *text, const char *more)
{
    (void)fprintf(stderr, "watchfire replay: %s: %s%s\n", what, text, more);
    return STATUS_BAD;
}

static bool parse_time(const char *option, const char *text, struct instant *out)
{
    if (text == NULL || utc_parse(text, strlen(text), out) != OK) {
        (void)complain(option, text == NULL ? "nothing follows" : text,
                       ": expected a time such as 2022-10-03T22:25:00Z");
        return false;
    }
    return true;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){.from = INSTANT_UNSET, .to = INSTANT_UNSET};
    for (int i = 1; i < argc; i++) {
        const bool is_from = strcmp(argv[i], "--from") == 0;
        if (is_from || strcmp(argv[i], "--to") == 0) {
            const char *value = i + 1 < argc ? argv[i + 1] : NULL;
            if (!parse_time(argv[i], value, is_from ? &o->from : &o->to)) {
                return false;
            }
            i++;
        } else if (strcmp(argv[i], "--node") == 0 && i + 1 < argc) {
            o->node = argv[++i];
        } else if (strcmp(argv[i], "--json") == 0) {
            o->is_json = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            o->wants_help = true;
        } else if (argv[i][0] == '-' || o->path != NULL) {
            (void)complain(argv[i],
                           "expected JOURNAL, --node NODE.yaml, --from, --to, --json or --help; "
                           "see --help",
                           "");
            return false;
        } else {
            o->path = argv[i];
        }
    }
    if (o->path == NULL && !o->wants_help) {
        (void)complain("no journal", "expected the file of a journal; see --help", "");
        return false;
    }
    return true;
}

static const char *time_text(struct instant t, char out[UTC_TEXT_SIZE])
{
    return instant_is_set(t) ? utc_format(t, 3, out) : "never";
}

/* What differs, in one sentence. */
static void explain(const struct rerun_report *r, char *out, size_t size)
{
    switch (r->verdict) {
    case RERUN_SAME:
        (void)snprintf(out, size, "every effect is the same");
        return;
    case RERUN_REFUSED:
        (void)snprintf(out, size, "the engine took this input then and refuses it now: %s",
                       result_text(r->why));
        return;
    case RERUN_GARBLED:
        (void)snprintf(out, size,
                       "what the journal holds is no input; `watchfire audit` says whether it was "
                       "changed");
        return;
    case RERUN_NO_CONFIG:
        (void)snprintf(out, size,
                       "what follows was written by a build whose configuration this one cannot "
                       "read; replay it with that build");
        return;
    case RERUN_DIFFERS:
        break;
    }
    if (r->recorded == r->now) {
        (void)snprintf(out, size, "effect %u, %s, has another content", (unsigned)r->effect + 1,
                       effect_kind_text(r->now));
    } else {
        (void)snprintf(out, size, "effect %u was %s and is %s now", (unsigned)r->effect + 1,
                       effect_kind_text(r->recorded), effect_kind_text(r->now));
    }
}

static void print_text(const struct rerun_report *r)
{
    char first[UTC_TEXT_SIZE];
    char last[UTC_TEXT_SIZE];
    char why[200];
    if (r->other_builds > 0) {
        (void)printf("This build did not write %s of it: what differs may be the build's doing.\n",
                     r->other_builds == r->runs ? "any" : "all");
    }
    (void)printf("%" PRIu64 " inputs from %s to %s\n"
                 "%" PRIu64 " observations' scans, %" PRIu64 " frames, %" PRIu64
                 " refused frames, %" PRIu64 " ticks, %" PRIu64 " process starts\n",
                 r->groups, time_text(r->first, first), time_text(r->last, last),
                 r->events[EVENT_SCAN], r->events[EVENT_FRAME], r->events[EVENT_REFUSED],
                 r->events[EVENT_TICK], r->events[EVENT_BOOT]);
    if (!r->complete) {
        (void)printf("Without the node's secrets: the frames to partners are not compared.\n");
    }
    explain(r, why, sizeof why);
    if (r->verdict == RERUN_SAME) {
        (void)printf("The same: %" PRIu64 " effects of %" PRIu64 " inputs, bit for bit.\n",
                     r->effects, r->compared);
        return;
    }
    (void)printf("Not the same: first at position %" PRIu64 " (%s, %s): %s.\n", r->position,
                 time_text(r->time, first), r->event[0] != '\0' ? r->event : "an input", why);
}

static int print_json(const struct rerun_report *r, int status)
{
    char text[200];
    json_t *o =
        json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:b}", "same", r->verdict == RERUN_SAME, "inputs",
                  (json_int_t)r->groups, "compared", (json_int_t)r->compared, "effects",
                  (json_int_t)r->effects, "runs", (json_int_t)r->runs, "runs_of_other_builds",
                  (json_int_t)r->other_builds, "partners_compared", r->complete);
    char time[UTC_TEXT_SIZE];
    (void)json_object_set_new(o, "from", json_string(time_text(r->first, time)));
    (void)json_object_set_new(o, "to", json_string(time_text(r->last, time)));
    if (r->verdict != RERUN_SAME) {
        explain(r, text, sizeof text);
        json_t *differs =
            json_pack("{s:I, s:s, s:s, s:s}", "position", (json_int_t)r->position, "time",
                      time_text(r->time, time), "input", r->event, "why", text);
        if (r->verdict == RERUN_DIFFERS) {
            (void)json_object_set_new(differs, "effect", json_integer(r->effect + 1));
            (void)json_object_set_new(differs, "recorded",
                                      json_string(effect_kind_text(r->recorded)));
            (void)json_object_set_new(differs, "now", json_string(effect_kind_text(r->now)));
        }
        (void)json_object_set_new(o, "differs", differs);
    }
    return json_out(o, JSON_COMPACT, "replay", status);
}

static int replay(const struct options *o, struct journal *j)
{
    struct digest_key key;
    struct rerun_report report;
    char message[JOURNAL_FILE_MESSAGE_SIZE];
    bool has_key = false;
    if (journal_file_key(j, o->node, &key, &has_key, message) != OK) {
        return complain(o->node != NULL ? "--node" : o->path, message, "");
    }
    const struct rerun_request request = {
        .from = o->from, .to = o->to, .key = has_key ? &key : NULL};
    const result outcome = rerun(j, &request, &report);
    if (outcome == ERR_NOT_FOUND) {
        return complain(o->path, "it does not say what it is a journal of", "");
    }
    if (outcome == ERR_STATE) {
        return complain(o->path, "its oldest inputs were dropped, as its node was told",
                        "; a replay needs all of them. `watchfire audit` proves what is left");
    }
    if (outcome == ERR_IO) {
        return complain(o->path, journal_fault_text(journal_last_fault(j)),
                        journal_file_advice(journal_last_fault(j)));
    }
    if (outcome != OK) {
        return complain(o->path, result_text(outcome), "; `watchfire audit` says more");
    }
    int status = report.verdict == RERUN_SAME ? STATUS_SAME : STATUS_DIFFERS;
    if (o->is_json) {
        status = print_json(&report, status);
    } else {
        print_text(&report);
    }
    if (report.verdict == RERUN_DIFFERS && !report.complete) {
        return complain(o->path, "cannot be compared without the secrets of the run",
                        "; name the node whose journal it is with --node NODE.yaml");
    }
    return status;
}

int cli_replay(int argc, char **argv)
{
    struct options o;
    if (!parse_options(argc, argv, &o)) {
        return STATUS_BAD;
    }
    if (o.wants_help) {
        (void)fputs(HELP, stdout);
        return STATUS_SAME;
    }
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (journal_sqlite_open(o.path, JOURNAL_READ, &j, &fault) != OK) {
        return complain(o.path, journal_fault_text(fault), journal_file_advice(fault));
    }
    const int status = replay(&o, j);
    journal_close(j);
    return status;
}
