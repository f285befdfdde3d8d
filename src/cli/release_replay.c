#include "cli/release_replay.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/journal_file.h"
#include "cli/release_words.h"
#include "journal/journal_sqlite.h"
#include "node/input.h"
#include "node/policy_file.h"
#include "node/run.h"

static const char HELP[] =
    "watchfire release replay JOURNAL --policy NEW --to NATION [--json]\n"
    "Feeds the inputs in a node's journal to two engines: one under the policies that were in\n"
    "force, one under NEW from the beginning. Says what that nation received, what it would have\n"
    "received, and why not more. Nothing is sent, and the journal is only read.\n"
    "\n"
    "  --policy NEW  a release policy; it needs no signatures for this\n"
    "  --to NATION   three capital letters\n"
    "  --json        one object\n"
    "\n"
    "Exit status: 0 it would have received the same number of records or fewer, 1 more of some\n"
    "kind, 2 wrong use or bad input.\n";

struct tally {
    uint64_t released[RECORD_KIND_COUNT];
    uint64_t withheld[RECORD_KIND_COUNT];
    uint64_t why[RELEASE_WHY_COUNT];
    struct instant first; /* unset = nothing */
    struct instant last;
};

/* One engine, and what it gave. */
struct side {
    struct engine engine;
    struct effects effects;
    struct tally tally;
};

struct rehearsal {
    struct nation_id to;
    struct policy policy;
    struct run run;
    struct side was;
    struct side would;
    struct observation scan[LIMIT_SCAN];
    uint64_t inputs;
};

static void count(struct tally *t, const struct effects *effects, struct nation_id to,
                  struct instant now)
{
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *e = &effects->items[i];
        if (!nation_id_equal(e->partner, to)) {
            continue;
        }
        if (e->kind == EFFECT_RELEASED) {
            t->released[e->record]++;
            t->first = instant_is_set(t->first) ? t->first : now;
            t->last = now;
        } else if (e->kind == EFFECT_WITHHELD) {
            t->withheld[e->record]++;
            t->why[e->why]++;
        }
    }
}

/* An input that the settings of the first run do not know counts as time that passes. */
static void step(struct side *side, const struct event *event, struct nation_id to)
{
    if (engine_step(&side->engine, event, &side->effects) != OK) {
        const struct event tick = {.kind = EVENT_TICK, .time = event->time};
        if (engine_step(&side->engine, &tick, &side->effects) != OK) {
            return;
        }
    }
    count(&side->tally, &side->effects, to, event->time);
}

static result play(struct rehearsal *r, struct journal *j)
{
    for (uint64_t n = j->first; n <= j->last; n++) {
        struct journal_group group;
        struct event event;
        const uint8_t *signature = NULL;
        TRY(journal_read(j, n, &group));
        ENSURE(input_decode(group.input, r->scan, &event, &signature) == OK, ERR_FORMAT);
        step(&r->was, &event, r->to);
        if (event.kind != EVENT_POLICY) {
            step(&r->would, &event, r->to);
        }
        r->inputs++;
    }
    return OK;
}

static bool gains(const struct rehearsal *r)
{
    for (int kind = RECORD_TRACK; kind < RECORD_KIND_COUNT; kind++) {
        if (r->would.tally.released[kind] > r->was.tally.released[kind]) {
            return true;
        }
    }
    return false;
}

static const char *time_text(struct instant t, char out[UTC_TEXT_SIZE])
{
    return instant_is_set(t) ? utc_format(t, 1, out) : "never";
}

static void print_text(const struct rehearsal *r)
{
    char text[UTC_TEXT_SIZE];
    (void)printf("%s to %s, %llu inputs.\n\n%-10s %14s %14s\n", r->run.config.nation.code,
                 r->to.code, (unsigned long long)r->inputs, "", "as it was", "by NEW");
    for (int kind = RECORD_TRACK; kind < RECORD_KIND_COUNT; kind++) {
        (void)printf("%-10s %14llu %14llu\n", release_words_kind((enum record_kind)kind),
                     (unsigned long long)r->was.tally.released[kind],
                     (unsigned long long)r->would.tally.released[kind]);
    }
    (void)printf("\nfirst      %s as it was, ", time_text(r->was.tally.first, text));
    (void)printf("%s by NEW\n", time_text(r->would.tally.first, text));
    for (int why = RELEASE_NOT_OWN; why < RELEASE_WHY_COUNT; why++) {
        const uint64_t was = r->was.tally.why[why];
        const uint64_t would = r->would.tally.why[why];
        if (was + would > 0) {
            (void)printf("withheld   %llu as it was, %llu by NEW: %s\n", (unsigned long long)was,
                         (unsigned long long)would, release_words_why((enum release_why)why));
        }
    }
    (void)printf("\n%s\n", gains(r) ? "It would have received more of some kind."
                                    : "It would have received no more of any kind.");
}

static json_t *tally_json(const struct tally *t)
{
    char text[UTC_TEXT_SIZE];
    json_t *withheld = json_object();
    for (int why = RELEASE_NOT_OWN; why < RELEASE_WHY_COUNT; why++) {
        if (t->why[why] > 0) {
            json_object_set_new(withheld, release_words_why((enum release_why)why),
                                json_integer((json_int_t)t->why[why]));
        }
    }
    return json_pack("{sI sI sI so so}", "tracks", (json_int_t)t->released[RECORD_TRACK], "notices",
                     (json_int_t)t->released[RECORD_NOTICE], "warnings",
                     (json_int_t)t->released[RECORD_WARNING], "first",
                     instant_is_set(t->first) ? json_string(utc_format(t->first, 3, text))
                                              : json_null(),
                     "withheld", withheld);
}

static int print_json(const struct rehearsal *r)
{
    return release_words_print(json_pack("{ss ss sI so so sb}", "owner", r->run.config.nation.code,
                                         "to", r->to.code, "inputs", (json_int_t)r->inputs, "was",
                                         tally_json(&r->was.tally), "would",
                                         tally_json(&r->would.tally), "more", (int)gains(r)),
                               gains(r) ? 1 : 0);
}

static const char *prepare(struct rehearsal *r, struct journal *j)
{
    if (run_find(j, j->first, NULL, &r->run) != OK) {
        return "the journal does not say what it is of";
    }
    if (!r->run.has_config) {
        return "the journal was written by a build of another layout: use that one";
    }
    if (!nation_id_equal(r->run.config.nation, r->policy.owner)) {
        return "the policy is of another nation than the journal";
    }
    bool known = false;
    for (uint32_t i = 0; i < r->run.config.partner_count; i++) {
        known = known || nation_id_equal(r->run.config.partners[i], r->to);
    }
    if (!known) {
        return "--to: no partner of the node that wrote the journal";
    }
    struct engine_config config = r->run.config;
    config.policy = r->policy;
    if (engine_init(&r->was.engine, &r->run.config) != OK ||
        engine_init(&r->would.engine, &config) != OK) {
        return "the policy cannot be used with this node's sensors and partners";
    }
    r->was.tally.first = INSTANT_UNSET;
    r->would.tally.first = INSTANT_UNSET;
    return NULL;
}

static int run(struct rehearsal *r, const char *path, bool json)
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    char message[YAML_MESSAGE_SIZE];
    if (journal_sqlite_open(path, JOURNAL_READ, &j, &fault) != OK) {
        (void)snprintf(message, sizeof message, "%.400s: %s%s", path, journal_fault_text(fault),
                       journal_file_advice(fault));
        return release_words_fail("replay", message);
    }
    const char *trouble = prepare(r, j);
    if (trouble == NULL && play(r, j) != OK) {
        trouble = "the journal cannot be read to its end: ask `watchfire audit`";
    }
    journal_close(j);
    if (trouble != NULL) {
        (void)snprintf(message, sizeof message, "%.400s: %s", path, trouble);
        return release_words_fail("replay", message);
    }
    if (json) {
        return print_json(r);
    }
    print_text(r);
    return gains(r) ? 1 : 0;
}

int release_replay(int argc, char **argv)
{
    const char *policy = NULL;
    const char *to = NULL;
    bool json = false;
    int status = RELEASE_BAD;
    const struct release_option options[] = {
        {"policy", &policy, NULL}, {"to", &to, NULL}, {"json", NULL, &json}};
    if (!release_words_options(HELP, options, 3, argc, argv, &status)) {
        return status;
    }
    if (optind + 1 != argc || policy == NULL || to == NULL) {
        return release_words_fail("replay",
                                  "expected JOURNAL, --policy NEW and --to NATION; see --help");
    }
    char message[YAML_MESSAGE_SIZE];
    struct rehearsal *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return release_words_fail("replay", "out of memory");
    }
    if (!nation_id_parse(to, &r->to)) {
        status = release_words_fail("replay", "--to: expected three capital letters, as JPN");
    } else if (policy_file_read(policy, &r->policy, message) != OK) {
        status = release_words_fail("replay", message);
    } else {
        status = run(r, argv[optind], json);
    }
    free(r);
    return status;
}
