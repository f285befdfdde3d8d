/* The journal in SQLite on a disk that fails: every group that a commit has called durable is there
 * afterwards, bit for bit and in whole transactions; and where the disk lied of what it wrote, what
 * is no longer as it was is said, and never given out as if it were.
 *
 *   test_journal_weak_disk [FIRST LAST]    trials of these numbers; without any a few hundred */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "journal/journal_sqlite.h"
#include "journal/walk.h"
#include "weak_disk.h"

#define PATH "journal"
#define TRANSACTIONS 24
#define GROUPS_MAX 1024
#define INPUT_MAX 20000
#define FAULTS_EACH 3
/* A trial has about 500 calls. */
#define CALLS_APART 400

static unsigned long first_seed = 1;
static unsigned long last_seed = 300;

/* What the journal was told, and how much of it is surely there. */
struct story {
    uint64_t seed;
    struct random r;
    uint32_t sizes[GROUPS_MAX + 1];
    uint64_t contents[GROUPS_MAX + 1]; /* from which the bytes of each group are drawn */
    uint8_t chains[GROUPS_MAX + 1][JOURNAL_CHAIN_BYTES];
    uint64_t appended;
    uint64_t committed;
    uint64_t transaction; /* the one under way; as the fact "transaction" has it */
    uint64_t transaction_committed;
    uint32_t faults;
    enum weak_fault last_fault;
    bool lied; /* the disk did, ever */
};

static struct {
    uint64_t calls;
    uint64_t groups;
    uint64_t struck[WEAK_FAULT_KINDS];
    uint64_t opened_again;
    uint64_t said;       /* that something is not as it was */
    uint64_t tails_lost; /* of a disk that lied: an earlier journal, whole */
} tally;

static struct story story;
static uint8_t bytes[INPUT_MAX];

static struct bytes content_of(uint64_t position)
{
    struct random r;
    random_init(&r, story.contents[position], 5);
    for (uint32_t i = 0; i < story.sizes[position]; i++) {
        bytes[i] = (uint8_t)random_u64(&r);
    }
    return (struct bytes){bytes, story.sizes[position]};
}

static struct instant time_of(uint64_t position)
{
    return (struct instant){(int64_t)position * NS_PER_S};
}

static uint64_t below(uint64_t count)
{
    return random_u64(&story.r) % count;
}

static void plan_fault(void)
{
    if (story.faults < FAULTS_EACH) {
        story.last_fault = (enum weak_fault)(1 + below(WEAK_FAULT_KINDS - 1));
        story.faults++;
        weak_disk_plan(weak_disk_calls() + below(CALLS_APART), story.last_fault);
    } else {
        story.last_fault = WEAK_NONE;
        weak_disk_plan(0, WEAK_NONE);
    }
}

/* Notes what has happened of what was planned; true if it has. */
static bool note_fault(void)
{
    if (!weak_disk_struck() || story.last_fault == WEAK_NONE) {
        return false;
    }
    tally.struck[story.last_fault]++;
    story.lied |= story.last_fault >= WEAK_LOST_FLUSH;
    story.last_fault = WEAK_NONE;
    return true;
}

static void expect(bool holds, const char *what)
{
    if (!holds) {
        fail_msg("trial %llu: %s (%llu of %llu groups durable, call %llu)",
                 (unsigned long long)story.seed, what, (unsigned long long)story.committed,
                 (unsigned long long)story.appended, (unsigned long long)weak_disk_calls());
    }
}

/* Whether every row hashes to what the chain says, read as it lies there. */
static bool walk_is_sound(void)
{
    struct walk *w = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    enum walk_flaw flaw = WALK_SOUND;
    bool sound = true;
    struct journal_fact fact;
    struct journal_group group;
    struct journal_head head;
    if (walk_open(PATH, &w, &fault) != OK) {
        return false;
    }
    while (sound && walk_fact(w, &fact, &flaw)) {
        sound = flaw == WALK_SOUND;
    }
    while (sound && walk_group(w, &group, &flaw)) {
        sound = flaw == WALK_SOUND;
    }
    sound = sound && walk_end(w, &head) == WALK_SOUND;
    walk_close(w);
    return sound;
}

/* What a node finds that starts, and works the chain out again (performer_replay). */
enum finding { AS_IT_WAS, SAID, WRONG };

static enum finding look_at(struct journal *j, uint64_t n)
{
    struct journal_group group;
    uint8_t chain[JOURNAL_CHAIN_BYTES];
    if (n > story.appended || journal_read(j, n, &group) != OK) {
        return SAID;
    }
    journal_chain_group(&group, story.chains[n - 1], chain);
    if (memcmp(group.chain, chain, sizeof chain) != 0) {
        return SAID;
    }
    const struct bytes expected = content_of(n);
    const bool same = group.time.tai_ns == time_of(n).tai_ns && group.input.size == expected.size &&
                      memcmp(group.input.data, expected.data, expected.size) == 0 &&
                      group.effects.size == expected.size % 100 &&
                      (group.effects.size == 0 ||
                       memcmp(group.effects.data, expected.data, group.effects.size) == 0) &&
                      memcmp(group.chain, story.chains[n], sizeof chain) == 0;
    return same ? AS_IT_WAS : WRONG;
}

/* Of all groups that are there. */
static enum finding look(struct journal *j)
{
    enum finding found = AS_IT_WAS;
    for (uint64_t n = j->first; n <= j->last && found == AS_IT_WAS; n++) {
        found = look_at(j, n);
    }
    return found;
}

/* The number of the last transaction that the journal knows; 0 = none. */
static uint64_t last_transaction(struct journal *j)
{
    struct bytes value;
    uint64_t number = 0;
    if (journal_get_meta(j, "transaction", &value) == OK && value.size == sizeof number) {
        memcpy(&number, value.data, sizeof number);
    }
    return number;
}

/* On a disk that does what it says: all of what was called durable, and of the last transaction all
 * or nothing. */
static void check_honest(struct journal *j, enum finding found)
{
    expect(found == AS_IT_WAS, "a group is not as it was");
    const uint64_t transaction = last_transaction(j);
    expect(j->last >= story.committed, "a durable group is gone");
    expect(j->last == story.committed || j->last == story.appended, "half a transaction is there");
    expect(transaction == story.transaction_committed ||
               (transaction == story.transaction && j->last == story.appended),
           "a fact and the groups of its transaction are not together");
}

/* What is there is what the story goes on from. */
static void go_on_from(struct journal *j)
{
    story.committed = j->last;
    story.appended = j->last;
    story.transaction_committed = last_transaction(j);
}

/* After a failure: NULL if the journal says that it is not what it was. */
static struct journal *open_again(void)
{
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    result opened = journal_sqlite_open(PATH, JOURNAL_OPEN, &j, &fault);
    if (opened != OK && story.committed == 0) {
        opened = journal_sqlite_open(PATH, JOURNAL_CREATE, &j, &fault);
    }
    tally.opened_again++;
    if (opened != OK && note_fault()) { /* of one that came while it was opened */
        weak_disk_restart();
        return open_again();
    }
    if (opened != OK) {
        expect(story.lied && fault != JOURNAL_FAULT_NONE, journal_fault_text(fault));
        return NULL;
    }
    (void)note_fault();
    weak_disk_hold(true);
    const enum finding found = look(j);
    if (!story.lied) {
        check_honest(j, found);
    }
    weak_disk_hold(false);
    expect(found != WRONG, "a group is not as it was, and nobody says so");
    if (found == SAID) {
        journal_close(j);
        return NULL;
    }
    tally.tails_lost += j->last < story.committed ? 1 : 0;
    go_on_from(j);
    return j;
}

static result append_some(struct journal *j)
{
    const uint64_t count = 1 + below(6);
    story.transaction++;
    for (uint64_t i = 0; i < count && story.appended < GROUPS_MAX; i++) {
        const uint64_t n = story.appended + 1;
        story.sizes[n] = (uint32_t)(1 + (below(8) == 0 ? below(INPUT_MAX) : below(1500)));
        story.contents[n] = random_u64(&story.r);
        const struct bytes content = content_of(n);
        story.appended = n;
        TRY(journal_append(j, n, time_of(n), content,
                           (struct bytes){content.data, content.size % 100}));
        memcpy(story.chains[n], j->head.group_chain, sizeof story.chains[n]);
    }
    if (story.committed > 20 && below(3) == 0) {
        uint64_t dropped = 0;
        TRY(journal_drop(j, time_of(story.committed), story.committed - 10, 8, &dropped));
    }
    return journal_set_meta(
        j, "transaction",
        (struct bytes){(const uint8_t *)&story.transaction, sizeof story.transaction});
}

/* One transaction; after a failure the journal is opened anew, with or without a loss of power in
 * between, as a node does. NULL: it was said that it is not what it was. */
static struct journal *transact(struct journal *j)
{
    result done = append_some(j);
    done = done == OK ? journal_commit(j) : done;
    const bool fails = note_fault();
    if (done == OK) {
        story.committed = story.appended;
        story.transaction_committed = story.transaction;
        if (below(10) != 0) {
            return j;
        }
    } else {
        expect(fails || story.lied, "a call fails on a disk that works");
    }
    journal_close(j);
    if (note_fault() || fails || below(2) == 0) {
        weak_disk_restart();
    }
    if (below(2) == 0) {
        plan_fault();
    }
    return open_again();
}

static void play(uint64_t seed)
{
    memset(&story, 0, sizeof story);
    story.seed = seed;
    random_init(&story.r, seed, 6);
    weak_disk_begin(seed);
    plan_fault();
    struct journal *j = NULL;
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    if (journal_sqlite_open(PATH, JOURNAL_CREATE, &j, &fault) != OK) {
        expect(note_fault(), "a journal cannot be made on a disk that works");
        weak_disk_restart();
        j = open_again();
    }
    for (int i = 0; i < TRANSACTIONS && j != NULL; i++) {
        j = transact(j);
        if (j != NULL && story.last_fault == WEAK_NONE && below(6) == 0) {
            plan_fault();
        }
    }
    if (j != NULL) {
        journal_close(j);
        (void)note_fault();
        weak_disk_plan(0, WEAK_NONE);
        story.last_fault = WEAK_NONE;
        weak_disk_restart();
        j = open_again();
    }
    if (j != NULL) {
        journal_close(j);
        expect(story.lied || walk_is_sound(), "a journal that is as it was is found damaged");
    }
    tally.said += j == NULL ? 1 : 0;
    tally.groups += story.appended;
    tally.calls += weak_disk_calls();
}

static void what_is_durable_is_there_or_its_loss_is_said(void **state)
{
    (void)state;
    weak_disk_install();
    for (unsigned long seed = first_seed; seed <= last_seed; seed++) {
        play(seed);
    }
    weak_disk_end();
    printf("# %lu trials, %llu calls of the disk, %llu groups; opened again %llu times",
           last_seed - first_seed + 1, (unsigned long long)tally.calls,
           (unsigned long long)tally.groups, (unsigned long long)tally.opened_again);
    for (int i = 1; i < WEAK_FAULT_KINDS; i++) {
        printf(", %s %llu", weak_fault_text((enum weak_fault)i),
               (unsigned long long)tally.struck[i]);
        assert_true(tally.struck[i] > 0 || last_seed - first_seed < 100);
    }
    printf("; said that it is damaged: %llu; earlier than it was, on disks that lied: %llu\n",
           (unsigned long long)tally.said, (unsigned long long)tally.tails_lost);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_durable_is_there_or_its_loss_is_said),
    };
    if (argc == 3) {
        first_seed = strtoul(argv[1], NULL, 10);
        last_seed = strtoul(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
