/* At the end, what a journal alone says: the transparency log beside it has every second and all
 * that was decided in it, and a fresh engine does all that this one did. */
#include "cli/coalition_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/effects_digest.h"
#include "node/log_store.h"
#include "node/rerun.h"

/* Clocks may be wrong by less than this. */
#define BEFORE_S 60
#define SECONDS_MAX ((int64_t)TRIAL_DURATION_S_MAX + 2 * BEFORE_S)

/* What a journal's inputs lead to in each second. */
struct decided {
    int64_t first_s;
    bool is_there[SECONDS_MAX]; /* inputs */
    bool has_leaf[SECONDS_MAX];
    uint32_t count[SECONDS_MAX];
};

static bool is_inside(const struct decided *d, int64_t second)
{
    return second >= d->first_s && second - d->first_s < SECONDS_MAX;
}

/* The journal's marks say of what kind each effect was. */
static void read_inputs(struct journal *j, struct decided *d)
{
    for (uint64_t n = j->first; n <= j->last; n++) {
        struct journal_group group;
        const bool is_read = journal_read(j, n, &group) == OK;
        const int64_t second = group.time.tai_ns / NS_PER_S;
        if (!is_read || !is_inside(d, second)) {
            continue;
        }
        d->is_there[second - d->first_s] = true;
        for (uint32_t i = 0; i < effects_digest_count(group.effects); i++) {
            const int kind = effects_digest_kind(group.effects, i);
            d->count[second - d->first_s] +=
                kind == EFFECT_RELEASED || kind == EFFECT_RELAYED || kind == EFFECT_WITHHELD ? 1
                                                                                             : 0;
        }
    }
}

/* The second of a leaf, of docs/wire.md: a byte of version, then eight of the second. */
static int64_t second_of(struct bytes leaf)
{
    uint64_t second = 0;
    for (size_t i = 1; i < 9; i++) {
        second = second << 8 | leaf.data[i];
    }
    return (int64_t)second;
}

/* How many decisions stand with a leaf; they have a salt before them. */
static uint32_t logged(struct journal *j, uint64_t number)
{
    char key[JOURNAL_KEY_SIZE];
    struct bytes value;
    (void)snprintf(key, sizeof key, "decisions %llu", (unsigned long long)number);
    return journal_get_meta(j, key, &value) == OK
               ? (uint32_t)((value.size - DIGEST_BYTES) / LOG_DECISION_BYTES)
               : 0;
}

static void judge_leaf(struct coalition *c, const struct member *m, struct journal *j,
                       uint64_t number, struct decided *d)
{
    struct bytes leaf;
    if (log_store_leaf(j, number, &leaf) != OK || !is_inside(d, second_of(leaf))) {
        coalition_find(c, COALITION_REPLAYS, "%s: leaf %llu of its log is missing or of no second",
                       coalition_code(c, m->nation), (unsigned long long)number);
        return;
    }
    const int64_t at = second_of(leaf) - d->first_s;
    const uint32_t most = d->count[at] < LOG_DECISIONS_MAX ? d->count[at] : LOG_DECISIONS_MAX;
    const uint32_t has = logged(j, number);
    d->has_leaf[at] = true;
    if (has != most) {
        coalition_find(c, COALITION_REPLAYS,
                       "%s decided %u times in second %lld, and its log has %u of that",
                       coalition_code(c, m->nation), most, (long long)at - BEFORE_S, has);
    }
}

/* The newest second is still open. */
static void judge_leaves(struct coalition *c, struct member *m, struct decided *d)
{
    struct journal *j = &m->journal.open;
    uint64_t size = 0;
    int64_t newest = 0;
    if (log_store_size(j, &size, &newest) != OK) {
        coalition_find(c, COALITION_REPLAYS, "%s: its log cannot be read",
                       coalition_code(c, m->nation));
        return;
    }
    for (uint64_t n = 0; n < size; n++) {
        judge_leaf(c, m, j, n, d);
    }
    for (int64_t at = 0; at < SECONDS_MAX && d->first_s + at < newest; at++) {
        if (d->is_there[at] && !d->has_leaf[at]) {
            coalition_find(c, COALITION_REPLAYS, "%s: second %lld is not in its log",
                           coalition_code(c, m->nation), (long long)at - BEFORE_S);
        }
    }
    c->counts->leaves += size;
}

void coalition_judge_log(struct coalition *c, struct member *m)
{
    struct decided *decided = calloc(1, sizeof *decided);
    if (decided == NULL) {
        coalition_find(c, COALITION_RUNS, "no memory");
        return;
    }
    decided->first_s = c->trial->scenario.start.tai_ns / NS_PER_S - BEFORE_S;
    read_inputs(&m->journal.open, decided);
    judge_leaves(c, m, decided);
    free(decided);
}

void coalition_judge_journal(struct coalition *c, struct member *m)
{
    static struct rerun_report report; /* one thread */
    const struct digest_key key = run_key(&m->keys.master);
    const struct rerun_request request = {.from = INSTANT_UNSET, .to = INSTANT_UNSET, .key = &key};
    const result done = rerun(&m->journal.open, &request, &report);
    if (done != OK || report.verdict != RERUN_SAME) {
        coalition_find(c, COALITION_REPLAYS,
                       "%s: input %llu (%s) of its journal does not lead to what it led to before",
                       coalition_code(c, m->nation), (unsigned long long)report.position,
                       report.event);
    }
    c->counts->reruns++;
    c->counts->rerun_inputs += report.groups;
}
