#include "cli/play.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_memory.h"
#include "journal/journal_sqlite.h"
#include "node/keys.h"
#include "node/performer.h"

#define TICK_NS (NS_PER_S / 2)

/* One nation, and what its performer's functions need to know. */
struct player {
    struct play *play;
    uint32_t nation;
    uint32_t partner_nation[LIMIT_PARTNERS]; /* index into the scenario, by partner index */
    struct keys keys;
    struct journal *journal;
    struct performer *performer;
    struct instant clock; /* its own last time: never runs backwards */
};

struct play {
    struct play_options options;
    struct world world;
    struct link_memory *link;
    struct instant now;
    struct instant next_tick;
    bool cut[LIMIT_NATIONS][LIMIT_NATIONS];
    struct world_scan scan;
    struct player players[LIMIT_NATIONS];
    struct signed_here signed_here;
};

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    (void)now;
    struct player *player = context;
    struct play *play = player->play;
    /* What happens on the way to the log's frames does not change what happens to others. */
    const bool of_log = sealed.data[SEAL_TYPE_AT] == FRAME_CHECKPOINT;
    /* A carrier that is full loses the frame; the sessions repair that. */
    (void)!link_memory_send(play->link, player->nation, player->partner_nation[partner],
                            of_log ? FRAME_LANE_COUNT : (uint32_t)lane, sealed, play->now);
}

static void show(void *context, const struct engine *engine, const struct effect *effect)
{
    const struct player *player = context;
    const struct play_options *options = &player->play->options;
    if (options->show != NULL) {
        options->show(options->context, player->nation, engine, effect, player->play->now);
    }
}

/* The nation's clock: the true time and what its clock is ahead. */
static struct instant clock_of(struct play *play, struct player *player)
{
    const double at_s = instant_since_s(play->now, play->world.scenario.start);
    const double ahead_s =
        scenario_clock_ahead_s(&play->world.scenario, player->nation, SCENARIO_SENSOR_ALL, at_s);
    const struct instant shown = instant_plus_s(play->now, ahead_s);
    if (!instant_is_set(player->clock) || instant_before(player->clock, shown)) {
        player->clock = shown;
    }
    return player->clock;
}

static const struct scenario_link *find_link(const struct scenario *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].from == from && s->links[i].to == to) {
            return &s->links[i];
        }
    }
    return NULL;
}

static result set_links(struct play *play, bool first)
{
    const struct scenario *s = &play->world.scenario;
    const double at_s = instant_since_s(play->now, s->start);
    for (uint32_t from = 0; from < s->nation_count; from++) {
        for (uint32_t to = 0; to < s->nation_count; to++) {
            const struct scenario_link *link = find_link(s, from, to);
            if (from == to || link == NULL) {
                continue;
            }
            const bool cut = play->options.alone || scenario_link_is_cut(s, from, to, at_s);
            if (!first && cut == play->cut[from][to]) {
                continue;
            }
            play->cut[from][to] = cut;
            const struct link_faults faults = {.delay_s = link->delay_s,
                                               .jitter_s = link->jitter_s,
                                               .loss_probability = link->loss,
                                               .flip_probability = link->bit_flip,
                                               .cut = cut};
            TRY(link_memory_set(play->link, from, to, &faults));
        }
    }
    return OK;
}

static void make_config(const struct play *play, struct player *player,
                        struct engine_config *config)
{
    const struct scenario *s = &play->world.scenario;
    scenario_engine(&s->nations[player->nation], config);
    for (uint32_t other = 0; other < s->nation_count; other++) {
        if (find_link(s, player->nation, other) != NULL) {
            const uint32_t at = config->partner_count;
            config->partners[at] = s->nations[other].id;
            config->partner_keys[at] = keys_for_partner(&player->keys, s->nations[other].id);
            player->partner_nation[at] = other;
            config->partner_count++;
        }
    }
}

/* What a journal must say of itself to belong to this exercise. */
static result check_meta(struct journal *journal, const char *key, const char *expected, bool fresh,
                         char *found, size_t found_size)
{
    if (fresh) {
        return journal_set_meta(journal, key,
                                (struct bytes){(const uint8_t *)expected, strlen(expected)});
    }
    struct bytes value;
    TRY(journal_get_meta(journal, key, &value));
    (void)snprintf(found, found_size, "%.*s", (int)value.size, (const char *)value.data);
    return strcmp(found, expected) == 0 ? OK : ERR_STATE;
}

static result open_disk_journal(struct play *play, struct player *player,
                                char message[PLAY_MESSAGE_SIZE])
{
    const struct play_options *o = &play->options;
    const char *nation = play->world.scenario.nations[player->nation].id.code;
    char path[400];
    const int size = snprintf(path, sizeof path, "%s/%s.journal", o->journal_dir, nation);
    if (size < 0 || (size_t)size >= sizeof path) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "--journal: the folder's name is too long");
        return ERR_RANGE;
    }
    enum journal_fault fault = JOURNAL_FAULT_NONE;
    const enum journal_mode mode = o->resume ? JOURNAL_OPEN : JOURNAL_CREATE;
    result opened = journal_sqlite_open(path, mode, &player->journal, &fault);
    if (opened != OK && o->resume && fault == JOURNAL_FAULT_MISSING) {
        /* It was killed before this nation's journal was begun. */
        opened = journal_sqlite_open(path, JOURNAL_CREATE, &player->journal, &fault);
    }
    if (opened != OK) {
        const char *hint = o->resume ? "give the folder of an exercise that was begun there"
                                     : "give an empty folder, or --resume to go on";
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "%.300s: %s; %s", path,
                       journal_fault_text(fault), hint);
        return ERR_IO;
    }
    char seed[32];
    char found[128] = "nothing";
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)o->seed);
    const bool fresh = player->journal->last == 0;
    if (check_meta(player->journal, "scenario", play->world.scenario.slug, fresh, found,
                   sizeof found) != OK ||
        check_meta(player->journal, "seed", seed, fresh, found, sizeof found) != OK ||
        check_meta(player->journal, "nation", nation, fresh, found, sizeof found) != OK) {
        (void)snprintf(
            message, PLAY_MESSAGE_SIZE,
            "%.200s: a journal of another exercise (it says %s; this is %s, seed %s, %s)", path,
            found, play->world.scenario.slug, seed, nation);
        return ERR_STATE;
    }
    return OK;
}

static result open_journal(struct play *play, struct player *player,
                           char message[PLAY_MESSAGE_SIZE])
{
    const char *dir = play->options.journal_dir;
    if (dir != NULL) {
        if (play->options.resume && access(dir, F_OK) != 0) {
            (void)snprintf(message, PLAY_MESSAGE_SIZE,
                           "--journal %.300s: there is no such folder; --resume goes on with an "
                           "exercise that was begun there",
                           dir);
            return ERR_IO;
        }
        if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
            (void)snprintf(message, PLAY_MESSAGE_SIZE, "--journal %.300s: %s", dir,
                           strerror(errno));
            return ERR_IO;
        }
        return open_disk_journal(play, player, message);
    }
    if (journal_memory_open(&player->journal) != OK) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "out of memory");
        return ERR_IO;
    }
    return OK;
}

static result boot(struct play *play, struct player *player, const struct engine_config *config)
{
    struct key_trust partner_keys[LIMIT_PARTNERS];
    struct keys_boot boots[LIMIT_PARTNERS];
    for (uint32_t i = 0; i < config->partner_count; i++) {
        struct keys keys;
        keys_derive(play->options.seed, config->partners[i], &keys);
        key_trust_fix(&keys.list, &partner_keys[i]);
        keys_boot_make(&player->keys, config->partners[i], 1, &boots[i]);
    }
    return performer_boot(player->performer, &player->keys, partner_keys, boots,
                          clock_of(play, player));
}

static result open_player(struct play *play, uint32_t nation, char message[PLAY_MESSAGE_SIZE])
{
    const struct scenario *s = &play->world.scenario;
    struct player *player = &play->players[nation];
    player->play = play;
    player->nation = nation;
    player->clock = INSTANT_UNSET;
    keys_derive(play->options.seed, s->nations[nation].id, &player->keys);
    TRY(open_journal(play, player, message));
    struct engine_config config;
    make_config(play, player, &config);
    const struct performer_shell shell = {.context = player,
                                          .carry = carry,
                                          .show = show,
                                          .journal = player->journal,
                                          .signed_here = &play->signed_here};
    result outcome = performer_open(&config, &shell, &player->performer);
    if (outcome == OK) {
        outcome = boot(play, player, &config);
    }
    if (outcome != OK) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "%s: the node does not start: %s%s",
                       s->nations[nation].id.code, result_text(outcome),
                       outcome == ERR_STATE ? " (the journal is of another exercise)" : "");
    }
    return outcome;
}

static result open_all(struct play *play, char message[PLAY_MESSAGE_SIZE])
{
    const struct scenario *s = play->options.scenario;
    uint32_t launch = 0;
    const result solved = world_init(&play->world, s, play->options.seed, &launch);
    if (solved != OK) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "%s: launch %s cannot be flown: %s", s->slug,
                       launch < s->launch_count ? s->launches[launch].name : "?",
                       result_text(solved));
        return solved;
    }
    play->now = s->start;
    const struct duration tick = {TICK_NS};
    play->next_tick = instant_grid_at_or_after(s->start, tick);
    (void)snprintf(message, PLAY_MESSAGE_SIZE, "the exercise cannot start");
    TRY(keys_start());
    TRY(link_memory_open(s->nation_count, play->options.seed, &play->link));
    TRY(set_links(play, true));
    for (uint32_t i = 0; i < s->nation_count; i++) {
        TRY(open_player(play, i, message));
    }
    return OK;
}

result play_open(const struct play_options *options, struct play **out,
                 char message[PLAY_MESSAGE_SIZE])
{
    struct play *play = calloc(1, sizeof *play);
    if (play == NULL) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "out of memory");
        return ERR_IO;
    }
    play->options = *options;
    const result outcome = open_all(play, message);
    if (outcome != OK) {
        play_close(play);
        return outcome;
    }
    *out = play;
    return OK;
}

void play_close(struct play *play)
{
    if (play == NULL) {
        return;
    }
    for (uint32_t i = 0; i < LIMIT_NATIONS; i++) {
        performer_close(play->players[i].performer);
        journal_close(play->players[i].journal);
    }
    link_memory_close(play->link);
    free(play);
}

static struct instant earliest(struct instant a, struct instant b)
{
    return instant_before(b, a) ? b : a;
}

/* All that happens at play->now. */
static result play_instant(struct play *play, uint32_t *nation_out)
{
    TRY(set_links(play, false));
    while (!instant_before(play->now, world_next_time(&play->world)) &&
           world_next(&play->world, &play->scan)) {
        struct player *player = &play->players[play->scan.nation];
        *nation_out = play->scan.nation;
        TRY(performer_scan(player->performer, play->scan.observations, play->scan.observation_count,
                           clock_of(play, player)));
    }
    struct link_delivery delivery;
    while (link_memory_next(play->link, play->now, &delivery)) {
        struct player *player = &play->players[delivery.to];
        *nation_out = delivery.to;
        const struct nation_id from = play->world.scenario.nations[delivery.from].id;
        TRY(performer_receive(player->performer, from, delivery.data, clock_of(play, player)));
    }
    const bool tick = !instant_before(play->now, play->next_tick);
    for (uint32_t i = 0; i < play->world.scenario.nation_count; i++) {
        struct player *player = &play->players[i];
        *nation_out = i;
        const struct instant clock = clock_of(play, player);
        if (tick) {
            TRY(performer_tick(player->performer, clock));
        }
        TRY(performer_commit(player->performer, clock));
    }
    if (tick) {
        play->next_tick = instant_plus(play->next_tick, (struct duration){TICK_NS});
    }
    return OK;
}

static void explain(const struct play *play, uint32_t nation, result why,
                    char message[PLAY_MESSAGE_SIZE])
{
    const struct player *player = &play->players[nation];
    const uint64_t differs = performer_differs_at(player->performer);
    const char *code = play->world.scenario.nations[nation].id.code;
    if (differs != 0) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE,
                       "%s: the journal holds something else at position %llu than this scenario, "
                       "seed and build give; resume with what it was begun with",
                       code, (unsigned long long)differs);
    } else if (why == ERR_IO) {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "%s: the journal failed: %s", code,
                       journal_fault_text(journal_last_fault(player->journal)));
    } else {
        (void)snprintf(message, PLAY_MESSAGE_SIZE, "%s: the node failed: %s", code,
                       result_text(why));
    }
}

result play_until(struct play *play, struct instant until, char message[PLAY_MESSAGE_SIZE])
{
    for (;;) {
        struct instant next = earliest(world_next_time(&play->world), play->next_tick);
        next = earliest(next, link_memory_next_time(play->link));
        if (instant_before(until, next)) {
            break;
        }
        if (instant_before(play->now, next)) {
            play->now = next;
        }
        uint32_t nation = 0;
        const result outcome = play_instant(play, &nation);
        if (outcome != OK) {
            explain(play, nation, outcome, message);
            return outcome;
        }
    }
    if (instant_before(play->now, until)) {
        play->now = until;
    }
    return OK;
}

result play_order(struct play *play, uint32_t nation, const struct order *order)
{
    struct player *player = &play->players[nation];
    TRY(performer_order(player->performer, order, clock_of(play, player)));
    return performer_commit(player->performer, clock_of(play, player));
}

result play_inject(struct play *play, uint32_t launch, struct instant at, struct instant *over)
{
    return world_inject(&play->world, launch, at, over);
}

struct instant play_now(const struct play *play)
{
    return play->now;
}

bool play_is_replaying(const struct play *play)
{
    for (uint32_t i = 0; i < play->world.scenario.nation_count; i++) {
        if (performer_is_replaying(play->players[i].performer)) {
            return true;
        }
    }
    return false;
}

const struct world *play_world(const struct play *play)
{
    return &play->world;
}

const struct engine *play_engine(const struct play *play, uint32_t nation)
{
    return performer_engine(play->players[nation].performer);
}

const struct link_counters *play_link(const struct play *play, uint32_t from, uint32_t to)
{
    return link_memory_counters(play->link, from, to);
}
