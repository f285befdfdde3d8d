/* Three nodes, sealed and signed as they are: KOR has a radar and no line to JPN; what it tells USA
 * reaches JPN with KOR's own signature, through both performers. */
#include "../base/near.h"

#include <stdlib.h>
#include <string.h>

#include "../share/key_fixture.h"
#include "../track/flown.h"
#include "journal/journal_memory.h"
#include "node/grant_file.h"
#include "node/performer.h"

enum { KOR, USA, JPN, NODES };

static const char *const NAMES[NODES] = {"KOR", "USA", "JPN"};

struct mail {
    int from;
    size_t size;
    uint8_t data[SEAL_FRAME_BYTES_MAX];
};
enum { MAIL_MAX = 64 };

struct node {
    int number;
    struct keys keys;
    uint8_t root[KEY_BYTES];
    struct engine_config config;
    struct key_trust trusts[NODES - 1];
    struct journal *journal;
    struct performer *performer;
    uint32_t mail_count;
    struct mail mail[MAIL_MAX];
    uint32_t relayed;
    uint32_t taken;
};

static struct node *nodes;
static struct random noise;

static struct nation_id nation_of(int number)
{
    struct nation_id id = {{0}};
    assert_true(nation_id_parse(NAMES[number], &id));
    return id;
}

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    const struct node *from = context;
    const int to = (int)partner + ((int)partner >= from->number ? 1 : 0);
    (void)lane;
    (void)now;
    if (from->number + to == KOR + JPN && from->number != USA) {
        return; /* that line is cut */
    }
    struct node *n = &nodes[to];
    assert_true(n->mail_count < MAIL_MAX);
    n->mail[n->mail_count].from = from->number;
    n->mail[n->mail_count].size = sealed.size;
    memcpy(n->mail[n->mail_count].data, sealed.data, sealed.size);
    n->mail_count++;
}

static void show(void *context, const struct engine *engine, const struct effect *effect)
{
    struct node *n = context;
    (void)engine;
    n->relayed += effect->kind == EFFECT_RELAYED ? 1 : 0;
    n->taken += effect->kind == EFFECT_TAKEN && nation_id_equal(effect->via, nation_of(USA)) &&
                        nation_id_equal(effect->partner, nation_of(KOR))
                    ? 1
                    : 0;
}

/* Derived keys, in a list that a root signed: as a node has them that pins it. */
static void make_keys(struct node *n)
{
    struct key_fixture f;
    key_fixture_make(NAMES[n->number], DOMAIN_EXERCISE, &f);
    keys_derive(11, nation_of(n->number), &n->keys);
    f.list.count = n->keys.list.count;
    memcpy(f.list.keys, n->keys.list.keys, sizeof f.list.keys);
    const struct bytes list = key_fixture_sign(&f);
    n->keys.list = f.list;
    n->keys.signed_size = (uint32_t)list.size;
    memcpy(n->keys.signed_list, list.data, list.size);
    memcpy(n->root, f.root, sizeof n->root);
}

static void configure(struct node *n)
{
    struct engine_config *c = &n->config;
    struct policy *p = &c->policy;
    c->nation = nation_of(n->number);
    c->domain = DOMAIN_EXERCISE;
    policy_none(c->nation, p);
    for (int other = 0; other < NODES; other++) {
        if (other != n->number) {
            c->partner_keys[c->partner_count] = keys_for_partner(&n->keys, nation_of(other));
            c->partners[c->partner_count++] = nation_of(other);
        }
    }
    if (n->number != KOR) {
        return;
    }
    c->sensor_count = 1;
    c->sensors[0] = flown_radar("K-EAST", 38.2, 128.5, true);
    p->number = 1;
    p->label.classification = CLASSIFICATION_RESTRICTED;
    p->label.releasable_count = 2;
    p->label.releasable_to[0] = nation_of(USA);
    p->label.releasable_to[1] = nation_of(JPN);
    p->rule_count = 1;
    p->rules[0] = (struct policy_rule){.name = "tracks",
                                       .action = POLICY_RELEASE,
                                       .kind = RECORD_TRACK,
                                       .to_count = 1,
                                       .to = {nation_of(USA)},
                                       .classification_max = CLASSIFICATION_RESTRICTED,
                                       .onward_count = 1,
                                       .onward = {nation_of(JPN)}};
}

static void open_node(struct node *n)
{
    for (uint32_t i = 0; i < n->config.partner_count; i++) {
        const struct node *other = &nodes[(int)i + ((int)i >= n->number ? 1 : 0)];
        struct key_trust *trust = &n->trusts[i];
        key_trust_pin(n->config.partners[i], DOMAIN_EXERCISE, other->root, trust);
        const struct bytes list = {other->keys.signed_list, other->keys.signed_size};
        assert_int_equal(key_trust_offer(trust, list), REFUSED_NONE);
    }
    assert_int_equal(journal_memory_open(&n->journal), OK);
    const struct performer_shell shell = {
        .context = n, .carry = carry, .show = show, .journal = n->journal};
    struct keys_boot boots[LIMIT_PARTNERS];
    for (uint32_t i = 0; i < n->config.partner_count; i++) {
        keys_boot_make(&n->keys, n->config.partners[i], 1, &boots[i]);
    }
    assert_int_equal(performer_open(&n->config, &shell, &n->performer), OK);
    assert_int_equal(performer_boot(n->performer, &n->keys, n->trusts, boots, flown_instant(0.0)),
                     OK);
}

static void give_grant(void)
{
    struct grant_set set = {.count = 1};
    struct signed_grant grant = {.grant = {.owner = nation_of(KOR),
                                           .via = nation_of(USA),
                                           .to = nation_of(JPN),
                                           .kinds = GRANT_TRACKS,
                                           .classification_max = CLASSIFICATION_RESTRICTED,
                                           .from = flown_instant(-1.0),
                                           .until = flown_instant(86400.0)}};
    uint8_t bytes[GRANT_BYTES_MAX];
    struct byte_writer w = {bytes, sizeof bytes, 0};
    const struct instant now = flown_instant(0.0);
    assert_int_equal(grant_signed_bytes(&grant.grant, DOMAIN_EXERCISE, &w), OK);
    assert_int_equal(
        keys_sign(&nodes[KOR].keys, KEY_SIGNING, now, byte_writer_written(&w), grant.signature),
        OK);
    struct performer *usa = nodes[USA].performer;
    set.grants[0] = grant;
    assert_int_equal(performer_grants(usa, &set, now), OK);
    /* The same again is no input. */
    const uint64_t position = performer_engine(usa)->position;
    assert_int_equal(performer_grants(usa, &set, now), OK);
    assert_true(performer_engine(usa)->position == position);
    assert_int_equal(performer_grants(nodes[JPN].performer, &set, now), ERR_RANGE);
}

static void run(double until_s)
{
    static struct mail bag[MAIL_MAX];
    for (double t = 0.0; t <= until_s; t += 0.5) {
        const struct instant now = flown_instant(t);
        struct observation plot;
        if (t == floor(t) && flown_plot(&nodes[KOR].config.sensors[0], t, &noise, &plot)) {
            assert_int_equal(performer_scan(nodes[KOR].performer, &plot, 1, now), OK);
        }
        for (int i = 0; i < NODES; i++) {
            struct node *n = &nodes[i];
            const uint32_t count = n->mail_count;
            memcpy(bag, n->mail, count * sizeof bag[0]);
            n->mail_count = 0;
            for (uint32_t k = 0; k < count; k++) {
                const struct bytes sealed = {bag[k].data, bag[k].size};
                const struct nation_id from = nation_of(bag[k].from);
                assert_int_equal(performer_receive(n->performer, from, sealed, now), OK);
            }
            assert_int_equal(performer_tick(n->performer, now), OK);
            assert_int_equal(performer_commit(n->performer, now), OK);
        }
    }
}

static void a_track_comes_through_two_nodes(void **state)
{
    (void)state;
    flown_solve((struct geo_geodetic){0.7, 2.2, 0.0}, 80.0, 970.0, 4500.0, FLIGHT_INTERMEDIATE);
    assert_int_equal(keys_start(), OK);
    random_init(&noise, 3, 12);
    nodes = calloc(NODES, sizeof *nodes);
    assert_non_null(nodes);
    for (int i = 0; i < NODES; i++) {
        nodes[i].number = i;
        make_keys(&nodes[i]);
        configure(&nodes[i]);
    }
    for (int i = 0; i < NODES; i++) {
        open_node(&nodes[i]);
    }
    give_grant();
    run(120.0);
    assert_true(nodes[USA].relayed > 30);
    assert_true(nodes[JPN].taken + 2 >= nodes[USA].relayed);
    const struct engine *jpn = performer_engine(nodes[JPN].performer);
    for (int why = RELAY_YES + 1; why < RELAY_WHY_COUNT; why++) {
        assert_true(jpn->relays_taken[why] == 0);
    }
    assert_true(jpn->events[0].has_common);
    for (int i = 0; i < NODES; i++) {
        performer_close(nodes[i].performer);
        journal_close(nodes[i].journal);
    }
    free(nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_track_comes_through_two_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
