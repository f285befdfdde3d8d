/* One node of a coalition: what src/node/node.c, node_open.c and disk.c do with libuv and SQLite,
 * on simulated time. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/coalition_state.h"

#define RETRY_S 1.0
#define SNAPSHOT_S 10.0                      /* as disk.c */
#define EXCHANGE_S 2.0                       /* to put another program there */
#define MONOTONIC_START_NS (1000 * NS_PER_S) /* an old clock: not to be taken for zero */

static bool is_up(const struct member *m)
{
    return m->performer != NULL;
}

static const char *code_of(const struct member *m)
{
    return coalition_code(m->coalition, m->nation);
}

struct instant member_time(struct member *m)
{
    const struct coalition *c = m->coalition;
    const int64_t elapsed_ns = instant_since(c->now, c->trial->scenario.start).ns;
    const int64_t unix_ns = c->now.tai_ns - 37 * NS_PER_S + trouble_clock_ns(c, m->nation);
    struct instant now;
    (void)node_clock_take(&m->clock, unix_ns, MONOTONIC_START_NS + elapsed_ns, m->floor, &now);
    m->floor = now;
    return now;
}

static void start(struct member *m)
{
    struct coalition *c = m->coalition;
    if (!member_start(m)) {
        return;
    }
    m->spoke = m->config.speaks;
    for (uint32_t i = 0; i < LIMIT_PARTNERS; i++) {
        m->earlier_since[i] = INSTANT_UNSET;
    }
    m->next_tick = c->now;
    m->wants_snapshot = false;
    m->snapshot_next = instant_plus_s(c->now, SNAPSHOT_S);
    coalition_tell(c, "%s starts, with %llu inputs in its journal", code_of(m),
                   (unsigned long long)m->journal.open.last);
}

result member_open(struct coalition *c, uint32_t nation)
{
    struct member *m = &c->members[nation];
    m->coalition = c;
    m->nation = nation;
    m->floor = INSTANT_UNSET;
    m->next_tick = INSTANT_LAST;
    m->write_ends = INSTANT_LAST;
    m->retry = INSTANT_LAST;
    m->wakes = INSTANT_LAST;
    random_init(&m->disk, c->trial->seed, 1000 + nation);
    random_init(&m->starts, c->trial->seed, 1100 + nation);
    member_configure(m);
    TRY(weak_journal_open(&m->journal));
    start(m);
    return OK;
}

static void forget_backlog(struct member *m)
{
    for (uint32_t i = 0; i < m->backlog_count; i++) {
        free(m->backlog[i].data);
    }
    m->backlog_count = 0;
}

void member_close(struct member *m)
{
    performer_close(m->performer);
    m->performer = NULL;
    forget_backlog(m);
    snapshot_free(m->snapshot);
    m->snapshot = NULL;
    weak_journal_close(&m->journal);
}

static void die(struct member *m, const struct trial_fault *f)
{
    struct coalition *c = m->coalition;
    const struct engine *engine = performer_engine(m->performer);
    coalition_tell(c, "%s dies: %s; %llu inputs are not durable", code_of(m),
                   trial_fault_text(f->kind),
                   (unsigned long long)(engine->position - m->journal.open.committed));
    performer_close(m->performer);
    m->performer = NULL;
    m->disk_lied |= weak_journal_restart(&m->journal);
    m->journal.lies = false;
    m->journal.failing = JOURNAL_FAULT_NONE;
    if (f->kind == TRIAL_DISK_DAMAGES) {
        weak_journal_damage(&m->journal, f->amount);
    }
    m->witnessed =
        m->witnessed < m->journal.open.committed ? m->witnessed : m->journal.open.committed;
    ordered_owner_restarts(&m->ordered, m->journal.open.committed);
    for (uint32_t i = 0; i < m->config.partner_count; i++) {
        const uint32_t partner = m->partner_nation[i];
        witness_owner_restarts(&c->witness->pairs[m->nation][partner], m->journal.open.committed);
        warned_owner_restarts(&c->warned[m->nation][partner], m->journal.open.committed);
        if (c->newest[m->nation][partner].position > m->journal.open.committed) {
            c->newest[m->nation][partner].id.value = 0;
            c->awaited[m->nation][partner].id.value = 0;
        }
        witness_partner_restarts(&c->witness->pairs[partner][m->nation], m->journal.open.committed);
    }
    forget_backlog(m);
    m->next_tick = INSTANT_LAST;
    m->write_ends = INSTANT_LAST;
    m->retry = INSTANT_LAST;
    m->counts_sends = false;
    m->is_writing_again = false;
    m->wakes = instant_plus_s(c->trial->scenario.start, f->until_s);
    m->wakes = instant_before(m->wakes, c->now) ? c->now : m->wakes;
    c->counts->crashes++;
}

/* A crash of that kind which is due and has not come about. */
static const struct trial_fault *due_crash(struct member *m, enum trial_fault_kind kind)
{
    const struct coalition *c = m->coalition;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        const double due_s = f->at_s + (kind == TRIAL_DISK_LIES ? f->amount : 0.0);
        if (f->kind == kind && f->nation == m->nation && (m->fault_done >> i & 1u) == 0 &&
            (c->options.faults >> i & 1u) != 0 && coalition_now_s(c) >= due_s &&
            coalition_now_s(c) < c->trial->heal_s) {
            m->fault_done |= UINT64_C(1) << i;
            m->coalition->counts->faults[kind]++;
            return f;
        }
    }
    return NULL;
}

/* How long a write takes: some milliseconds, more rarely longer. */
static double write_s(struct member *m)
{
    const struct trial_fault *slow = coalition_fault(m->coalition, m->nation, TRIAL_DISK_SLOW);
    if (m->coalition->options.ears != NULL) {
        return 0.0;
    }
    const double u = random_uniform(&m->disk);
    return 0.001 + 0.004 * u + (u > 0.99 ? 0.1 : 0.0) + (slow != NULL ? slow->amount : 0.0);
}

/* Whether it dies within the life of a snapshot: others are never looked at. */
static bool will_die(const struct member *m)
{
    const struct coalition *c = m->coalition;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (trial_fault_is_crash(f->kind) && f->nation == m->nation &&
            (c->options.faults & ~m->fault_done) >> i & 1u &&
            f->at_s < coalition_now_s(c) + 2.0 * SNAPSHOT_S) {
            return true;
        }
    }
    return false;
}

static void take_snapshot_if_due(struct member *m)
{
    struct coalition *c = m->coalition;
    if (instant_before(c->now, m->snapshot_next) || !will_die(m)) {
        return;
    }
    m->snapshot_next = instant_plus_s(c->now, SNAPSHOT_S);
    m->wants_snapshot = performer_snapshot_take(m->performer) == OK;
}

static void write_snapshot_if_ready(struct member *m)
{
    if (m->wants_snapshot && performer_snapshot_is_ready(m->performer)) {
        m->wants_snapshot = false;
        snapshot_free(m->snapshot);
        m->snapshot = performer_snapshot_give(m->performer);
    }
}

/* Begins a write if there is something to write and none is under way. */
static void kick(struct member *m)
{
    if (!is_up(m) || instant_before(m->write_ends, INSTANT_LAST) ||
        instant_before(m->retry, INSTANT_LAST) || !performer_has_news(m->performer)) {
        return;
    }
    take_snapshot_if_due(m);
    if (performer_commit_begin(m->performer)) {
        m->write_ends = instant_plus_s(m->coalition->now, write_s(m));
    }
}

static enum journal_fault failing(const struct member *m)
{
    if (coalition_fault(m->coalition, m->nation, TRIAL_DISK_FULL) != NULL) {
        return JOURNAL_FAULT_FULL;
    }
    return coalition_fault(m->coalition, m->nation, TRIAL_DISK_ERROR) != NULL ? JOURNAL_FAULT_DISK
                                                                              : JOURNAL_FAULT_NONE;
}

/* When it looks at the time again: as plan_next of node.c, and it does not hurry. */
static void plan(struct member *m)
{
    const struct instant next = performer_next_time(m->performer);
    int64_t wait_ns = instant_is_set(next) ? instant_since(next, member_time(m)).ns : 0;
    wait_ns = wait_ns < 0 ? 0 : wait_ns > NS_PER_S ? NS_PER_S : wait_ns;
    m->next_tick = instant_plus(m->coalition->now, (struct duration){wait_ns});
}

/* Whether the node is still there after a call on its performer. ERR_FULL is no failure. */
static bool went_well(struct member *m, result outcome, const char *what)
{
    if (outcome == OK || outcome == ERR_FULL) {
        coalition_watch(m);
        plan(m);
        return true;
    }
    coalition_find(m->coalition, COALITION_RUNS, "%s: %s: %s", code_of(m), what,
                   result_text(outcome));
    return false;
}

static void write_failed(struct member *m)
{
    struct coalition *c = m->coalition;
    coalition_tell(c, "%s: its disk fails: %s", code_of(m),
                   journal_fault_text(journal_last_fault(&m->journal.open)));
    if (!m->is_writing_again) {
        c->counts->faults[journal_last_fault(&m->journal.open) == JOURNAL_FAULT_FULL
                              ? TRIAL_DISK_FULL
                              : TRIAL_DISK_ERROR]++;
    }
    if (journal_last_fault(&m->journal.open) == JOURNAL_FAULT_FORGOT) {
        /* It says so, and somebody starts it again. */
        const struct trial_fault stop = {.kind = TRIAL_DISK_LIES,
                                         .until_s = coalition_now_s(c) + EXCHANGE_S};
        die(m, &stop);
        return;
    }
    m->is_writing_again = true;
    performer_commit_failed(m->performer);
    m->retry = instant_plus_s(c->now, RETRY_S);
}

static void end_write(struct member *m)
{
    m->write_ends = INSTANT_LAST;
    m->journal.failing = failing(m);
    m->journal.lies = coalition_fault(m->coalition, m->nation, TRIAL_DISK_LIES) != NULL;
    if (performer_commit_work(m->performer) != OK) {
        write_failed(m);
        return;
    }
    m->is_writing_again = false;
    coalition_read_journal(m);
    const struct trial_fault *f = due_crash(m, TRIAL_CRASH_AFTER_WRITE);
    f = f != NULL ? f : due_crash(m, TRIAL_DISK_DAMAGES);
    f = f != NULL ? f : due_crash(m, TRIAL_DISK_LIES);
    if (f != NULL) {
        die(m, f);
        return;
    }
    f = due_crash(m, TRIAL_CRASH_IN_SENDS);
    m->counts_sends = f != NULL;
    m->sends_left = f != NULL ? (uint32_t)f->amount : 0;
    const bool well = went_well(m, performer_commit_end(m->performer, member_time(m)), "a commit");
    write_snapshot_if_ready(m);
    if (f != NULL) {
        die(m, f);
    } else if (well) {
        kick(m);
    }
}

static void write_again(struct member *m)
{
    m->retry = INSTANT_LAST;
    m->disk_lied |= weak_journal_restart(&m->journal);
    performer_set_journal(m->performer, &m->journal.open);
    m->write_ends = instant_plus_s(m->coalition->now, write_s(m));
}

static void tick(struct member *m)
{
    const struct instant now = member_time(m);
    const struct instant next = performer_next_time(m->performer);
    if (instant_is_set(next) && instant_before(now, next)) {
        plan(m);
        kick(m);
        return;
    }
    if (!went_well(m, performer_tick(m->performer, now), "a tick")) {
        m->next_tick = INSTANT_LAST;
        return;
    }
    /* A node whose clock stands still must not tick for ever. */
    const struct instant soonest = instant_plus(m->coalition->now, (struct duration){NS_PER_MS});
    m->next_tick = instant_before(m->next_tick, soonest) ? soonest : m->next_tick;
    kick(m);
}

static void receive(struct member *m, uint32_t from, struct bytes sealed)
{
    const struct nation_id id = m->coalition->trial->scenario.nations[from].id;
    if (went_well(m, performer_receive(m->performer, id, sealed, member_time(m)), "a frame")) {
        kick(m);
    }
}

/* Another program takes its place: upgraded, or set back. False if it is the right one. */
static bool exchange_program(struct member *m)
{
    const struct coalition *c = m->coalition;
    const uint32_t wanted =
        coalition_is_earlier(c, m->nation) ? CODEC_SCHEMA_MIN : CODEC_SCHEMA_MAX;
    /* Nobody does that while the disk fails. */
    if (!is_up(m) || m->is_still || wanted == m->config.speaks ||
        failing(m) != JOURNAL_FAULT_NONE) {
        return false;
    }
    m->coalition->counts->faults[TRIAL_EARLIER]++;
    const struct trial_fault stop = {.kind = TRIAL_EARLIER,
                                     .until_s = coalition_now_s(c) + EXCHANGE_S};
    die(m, &stop);
    return true;
}

static void wake(struct member *m)
{
    m->wakes = INSTANT_LAST;
    if (!is_up(m)) {
        start(m);
        return;
    }
    coalition_tell(m->coalition, "%s goes on, with %u frames that waited", code_of(m),
                   m->backlog_count);
    m->is_still = false;
    m->next_tick = m->coalition->now;
    if (exchange_program(m)) {
        return;
    }
    for (uint32_t i = 0; i < m->backlog_count; i++) {
        receive(m, m->backlog[i].from, (struct bytes){m->backlog[i].data, m->backlog[i].size});
    }
    forget_backlog(m);
}

struct instant member_next(const struct member *m)
{
    struct instant next = m->wakes;
    if (!m->is_still) {
        next = instant_before(m->next_tick, next) ? m->next_tick : next;
        next = instant_before(m->write_ends, next) ? m->write_ends : next;
        next = instant_before(m->retry, next) ? m->retry : next;
    }
    return next;
}

static bool is_due(const struct member *m, struct instant t)
{
    return !instant_before(m->coalition->now, t);
}

void member_turn(struct member *m)
{
    const struct trial_fault *f = NULL;
    if (is_due(m, m->wakes)) {
        wake(m);
    }
    if (!is_up(m) || m->is_still || m->coalition->finding->invariant != '\0') {
        return;
    }
    if (is_due(m, m->retry)) {
        write_again(m);
    }
    if (instant_before(m->write_ends, INSTANT_LAST)) {
        f = due_crash(m, TRIAL_CRASH_BEFORE_WRITE);
    }
    if (f != NULL) {
        die(m, f);
        return;
    }
    if (is_due(m, m->write_ends)) {
        end_write(m);
    }
    if (is_up(m) && is_due(m, m->next_tick)) {
        tick(m);
    }
}

/* Whether it is of the sensors that are kept back from a partner, in a twin without them. */
static bool is_hidden(const struct member *m, const struct world_scan *scan)
{
    const struct coalition_eavesdropper *ears = m->coalition->options.ears;
    const struct policy *p = &m->config.policy;
    return ears != NULL && ears->is_hidden && m->nation == ears->owner &&
           sensor_id_equal(scan->id, p->groups[0].sensors[0]);
}

void member_scan(struct member *m, const struct world_scan *scan)
{
    if (!is_up(m) || m->is_still || scan->observation_count == 0 || is_hidden(m, scan)) {
        return;
    }
    m->coalition->counts->observations += scan->observation_count;
    if (went_well(m,
                  performer_scan(m->performer, scan->observations, scan->observation_count,
                                 member_time(m)),
                  "a scan")) {
        kick(m);
    }
}

void member_receive(struct member *m, uint32_t from, struct bytes sealed)
{
    if (!is_up(m) || (m->is_still && m->backlog_count == MEMBER_BACKLOG_MAX)) {
        m->coalition->counts->lost++;
        return;
    }
    if (!m->is_still) {
        receive(m, from, sealed);
        return;
    }
    uint8_t *copy = malloc(sealed.size);
    if (copy != NULL) {
        memcpy(copy, sealed.data, sealed.size);
        m->backlog[m->backlog_count] =
            (struct backlog_frame){.from = from, .size = (uint32_t)sealed.size, .data = copy};
        m->backlog_count++;
    }
}

bool member_order(struct member *m, const struct order *order)
{
    const result outcome = performer_order(m->performer, order, member_time(m));
    if (outcome != ERR_STATE && outcome != ERR_NOT_FOUND && went_well(m, outcome, "an order")) {
        kick(m);
    }
    return outcome == OK;
}

bool member_grants(struct member *m, const struct grant_set *grants)
{
    const result outcome = performer_grants(m->performer, grants, member_time(m));
    if (went_well(m, outcome, "grants")) {
        kick(m);
    }
    return outcome == OK;
}

/* The policy of now without one of its rules. */
static void take_back(struct member *m, double which)
{
    const struct engine *engine = performer_engine(m->performer);
    struct policy_consent *consent = calloc(1, sizeof *consent);
    if (consent == NULL || engine->config.policy.rule_count == 0) {
        free(consent);
        return;
    }
    struct policy *p = &consent->policy;
    *p = engine->config.policy;
    const uint32_t rule = (uint32_t)(which * (double)p->rule_count) % p->rule_count;
    consent->predecessor = policy_digest(p);
    consent->officer_count = EVENT_OFFICERS_MAX;
    if (p->rules[rule].action != POLICY_WITHHOLD_SENSORS) {
        p->number++;
        p->rule_count--;
        memmove(&p->rules[rule], &p->rules[rule + 1], (p->rule_count - rule) * sizeof p->rules[0]);
        memset(&p->rules[p->rule_count], 0, sizeof p->rules[0]);
        coalition_tell(m->coalition, "%s takes back rule %u", code_of(m), rule);
        if (went_well(m, performer_policy(m->performer, consent, member_time(m)), "a policy")) {
            kick(m);
        }
    }
    free(consent);
}

static void stand_still(struct member *m, const struct trial_fault *f)
{
    coalition_tell(m->coalition, "%s stands still", code_of(m));
    m->is_still = true;
    m->wakes = instant_plus_s(m->coalition->trial->scenario.start, f->until_s);
}

void member_begin_faults(struct member *m)
{
    struct coalition *c = m->coalition;
    (void)exchange_program(m);
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        const bool begins = f->kind == TRIAL_PAUSE || f->kind == TRIAL_POLICY;
        if (!begins || f->nation != m->nation || !coalition_is_on(c, i) || !is_up(m) ||
            m->is_still || (m->fault_done >> i & 1u) != 0) {
            continue;
        }
        m->fault_done |= UINT64_C(1) << i;
        c->counts->faults[f->kind]++;
        if (f->kind == TRIAL_PAUSE) {
            stand_still(m, f);
        } else {
            take_back(m, f->amount);
        }
    }
}
