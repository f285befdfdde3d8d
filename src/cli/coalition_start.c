/* How a node of a coalition starts: what src/node/node_open.c does. */
#include <stdlib.h>

#include "cli/coalition_state.h"
#include "node/run.h"

/* So many of the starts go on from a snapshot; the others work through all that there was. */
#define RESTORED_SHARE 0.8

static const char *code_of(const struct member *m)
{
    return coalition_code(m->coalition, m->nation);
}

static void make_config(struct member *m)
{
    const struct scenario *s = &m->coalition->trial->scenario;
    struct engine_config *config = &m->config;
    scenario_engine(&s->nations[m->nation], config);
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].from == m->nation) {
            const uint32_t at = config->partner_count;
            config->partners[at] = s->nations[s->links[i].to].id;
            config->partner_keys[at] = keys_for_partner(&m->keys, config->partners[at]);
            m->partner_nation[at] = s->links[i].to;
            config->partner_count++;
        }
    }
}

/* As node_open.c. */
static uint64_t next_start(const struct member *m, uint32_t partner, struct instant now)
{
    const struct engine *engine = performer_engine(m->performer);
    const uint64_t next = engine->sessions[partner].boot.epoch.counter + 1;
    const uint64_t second = (uint64_t)(now.tai_ns / NS_PER_S);
    return next > second ? next : second;
}

/* A partner of an earlier version sends no list: by hand it is given to all. */
static result trust(const struct member *m, struct nation_id partner, struct key_trust *out)
{
    const struct trial *t = m->coalition->trial;
    struct keys keys;
    uint8_t root[KEY_BYTES];
    if (!trial_has_lists(t)) {
        keys_derive(t->seed, partner, &keys);
        key_trust_fix(&keys.list, out);
        return OK;
    }
    keys_derive_with_root(t->seed, partner, t->scenario.start, &keys, root);
    key_trust_pin(partner, keys.list.domain, root, out);
    const struct bytes list = {keys.signed_list, keys.signed_size};
    return key_trust_offer(out, list) == REFUSED_NONE ? OK : ERR_SIGNATURE;
}

static result boot(struct member *m, struct instant now)
{
    struct key_trust partner_keys[LIMIT_PARTNERS];
    struct keys_boot boots[LIMIT_PARTNERS];
    for (uint32_t i = 0; i < m->config.partner_count; i++) {
        TRY(trust(m, m->config.partners[i], &partner_keys[i]));
        keys_boot_make(&m->keys, m->config.partners[i], next_start(m, i, now), &boots[i]);
    }
    return performer_boot(m->performer, &m->keys, partner_keys, boots, now);
}

/* As node_open.c. A journal that is damaged is read from its beginning. */
static result replay(struct member *m)
{
    struct coalition *c = m->coalition;
    struct journal *j = &m->journal.open;
    uint64_t since = j->last;
    const bool is_same = run_is_current(j, &m->config, &m->keys, &since);
    if (!is_same && j->last > 0 && m->config.speaks == m->spoke) {
        coalition_find(c, COALITION_REPLAYS,
                       "%s: its own journal of %llu inputs is taken for another's", code_of(m),
                       (unsigned long long)j->last);
    }
    if (m->snapshot != NULL && m->journal.damaged == 0 &&
        random_uniform(&m->starts) < RESTORED_SHARE) {
        TRY(performer_restore_from(m->performer, m->snapshot, since));
    }
    const uint64_t restored = performer_engine(m->performer)->position;
    c->counts->restored += restored > 0 ? 1 : 0;
    c->counts->replayed += j->last - restored;
    return performer_replay(m->performer, since + 1);
}

/* A journal of which a bit is another: the node must not start, and somebody mends it. */
static result replay_damaged(struct member *m, const struct performer_shell *shell)
{
    struct coalition *c = m->coalition;
    if (replay(m) == OK) {
        coalition_find(c, COALITION_REPLAYS,
                       "%s starts on a journal of which input %llu was changed", code_of(m),
                       (unsigned long long)m->journal.damaged);
    }
    coalition_tell(c, "%s does not start: its journal is damaged; it is restored", code_of(m));
    c->counts->damaged++;
    weak_journal_mend(&m->journal);
    performer_close(m->performer);
    m->performer = NULL;
    TRY(performer_open(&m->config, shell, &m->performer));
    return replay(m);
}

static void make_keys(struct member *m)
{
    const struct trial *t = m->coalition->trial;
    const struct nation_id id = t->scenario.nations[m->nation].id;
    uint8_t root[KEY_BYTES];
    if (trial_has_lists(t)) {
        keys_derive_with_root(t->seed, id, t->scenario.start, &m->keys, root);
    } else {
        keys_derive(t->seed, id, &m->keys);
    }
}

void member_configure(struct member *m)
{
    make_keys(m);
    make_config(m);
}

bool member_start(struct member *m)
{
    struct coalition *c = m->coalition;
    const struct performer_shell shell = member_shell(m);
    m->config.speaks = coalition_is_earlier(c, m->nation) ? CODEC_SCHEMA_MIN : CODEC_SCHEMA_MAX;
    result outcome = performer_open(&m->config, &shell, &m->performer);
    if (outcome != OK) {
        coalition_find(c, COALITION_RUNS, "%s does not open: %s", code_of(m), result_text(outcome));
        return false;
    }
    outcome = m->journal.damaged > 0 ? replay_damaged(m, &shell) : replay(m);
    if (outcome != OK) {
        coalition_find(c, COALITION_REPLAYS,
                       "%s: input %llu of %llu in its journal does not lead to what it led to "
                       "before the restart",
                       code_of(m), (unsigned long long)performer_differs_at(m->performer),
                       (unsigned long long)m->journal.open.last);
        return false;
    }
    m->floor = performer_engine(m->performer)->now;
    m->clock = (struct node_clock){.started = false};
    outcome = boot(m, member_time(m));
    if (outcome != OK) {
        coalition_find(c, COALITION_RUNS, "%s does not start: %s", code_of(m),
                       result_text(outcome));
        return false;
    }
    return true;
}
