/* How a node is, as JSON: what GET /status gives and `watchfire status` prints. Times are UTC, RFC
 * 3339; what is not known is null; counters count from the start of the process unless they are of
 * the journal's whole life ("sensors" and "partners"). */
#include <string.h>

#include "base/utc.h"
#include "console/json_writer.h"
#include "console/view_json.h"
#include "node/node_policy.h"
#include "node/node_state.h"

static const char *sensor_kind_text(enum sensor_kind kind)
{
    static const char *const TEXTS[] = {
        [SENSOR_RADAR] = "radar", [SENSOR_INFRARED] = "infrared", [SENSOR_TRACKER] = "tracker"};
    return TEXTS[kind];
}

static void put_age(struct json_writer *w, const char *key, struct instant then, struct instant now)
{
    if (instant_is_set(then)) {
        json_writer_number(w, key, instant_since_s(now, then), 3);
    } else {
        json_writer_null(w, key);
    }
}

static void put_clock(struct json_writer *w, const struct node *node, struct instant now)
{
    json_writer_object(w, "clock");
    json_writer_text(w, "state", node->clock.is_alone ? "on its own" : "follows the system's");
    json_writer_number(w, "ahead_s", 1e-9 * (double)node->clock.ahead_ns, 3);
    json_writer_count(w, "steps", node->clock.steps);
    json_writer_number(w, "last_step_s", 1e-9 * (double)node->clock.step_ns, 3);
    json_writer_number(w, "tai_minus_utc_s", (double)utc_tai_offset_s(now), 0);
    json_writer_close(w);
}

/* Inputs of before `first_kept` were dropped; what is old enough may have to wait. */
static void put_retention(struct json_writer *w, const struct node *node, struct instant now)
{
    const struct retention *r = performer_retention(node->performer);
    json_writer_number(w, "keep_s", duration_s(r->keep), 0);
    json_writer_count(w, "first_kept", r->facts.first);
    json_writer_time(w, "kept_from", r->facts.oldest);
    put_age(w, "kept_from_s", r->facts.oldest, now);
    json_writer_text(w, "keeps_longer_for",
                     !r->is_due                   ? ""
                     : r->waits_for == UINT32_MAX ? "a snapshot"
                                                  : node->config.partners[r->waits_for].code);
}

static void put_journal(struct json_writer *w, const struct node *node, struct instant now)
{
    const struct disk *d = &node->disk;
    const uint64_t position = performer_engine(node->performer)->position;
    json_writer_object(w, "journal");
    json_writer_text(w, "path", d->path);
    json_writer_text(w, "state", d->failed ? "failed" : "good");
    json_writer_text(w, "fault", d->failed ? journal_fault_text(d->fault) : "");
    put_age(w, "failed_for_s", d->failed ? d->failed_since : INSTANT_UNSET, now);
    json_writer_count(w, "position", position);
    json_writer_count(w, "waiting", performer_uncommitted(node->performer));
    json_writer_count(w, "commits", d->commits);
    json_writer_count(w, "failures", d->failures);
    json_writer_number(w, "last_commit_ms", 1e-3 * (double)d->last_us, 3);
    json_writer_number(w, "longest_commit_ms", 1e-3 * (double)d->longest_us, 3);
    put_retention(w, node, now);
    json_writer_close(w);
}

static void put_refused(struct json_writer *w, const uint64_t counts[INGEST_REFUSALS])
{
    json_writer_object(w, "refused");
    for (int why = 0; why < INGEST_REFUSALS; why++) {
        if (counts[why] > 0) {
            json_writer_count(w, ingest_refusal_text((enum ingest_refusal)why), counts[why]);
        }
    }
    json_writer_close(w);
}

static void put_input(struct json_writer *w, const struct node *node)
{
    struct sockets_counters sockets;
    uint64_t refused[INGEST_REFUSALS];
    sockets_count(node->sockets, &sockets);
    for (int why = 0; why < INGEST_REFUSALS; why++) {
        refused[why] = ingest_refused(node->ingest, (enum ingest_refusal)why);
    }
    json_writer_object(w, "input");
    json_writer_count(w, "waiting", ingest_waiting(node->ingest));
    json_writer_count(w, "scans", node->scans);
    json_writer_count(w, "datagrams", sockets.datagrams);
    json_writer_count(w, "datagrams_dropped_by_system", sockets.dropped);
    json_writer_count(w, "connections", sockets.clients);
    json_writer_count(w, "connections_turned_away", sockets.turned_away);
    json_writer_count(w, "connections_closed", sockets.closed_silent + sockets.closed_unfinished);
    json_writer_number(w, "busiest_turn_ms", 1e-3 * (double)node->busiest_us, 3);
    put_refused(w, refused);
    json_writer_close(w);
}

static void put_sensors(struct json_writer *w, const struct node *node, struct instant now)
{
    const struct engine *engine = performer_engine(node->performer);
    json_writer_array(w, "sensors");
    for (uint32_t i = 0; i < node->config.sensor_count; i++) {
        const struct ingest_sensor *counters = ingest_sensor(node->ingest, i);
        json_writer_object(w, NULL);
        json_writer_text(w, "id", node->config.sensors[i].id.text);
        json_writer_text(w, "kind", sensor_kind_text(node->config.sensors[i].kind));
        json_writer_time(w, "last_seen", engine->sensor_seen[i]);
        put_age(w, "age_s", engine->sensor_seen[i], now);
        json_writer_count(w, "observations", engine->sensor_observations[i]);
        json_writer_count(w, "taken", counters->taken);
        put_refused(w, counters->refused);
        json_writer_close(w);
    }
    json_writer_close(w);
}

/* What the carrier knows of the way to a partner. */
static void put_lanes(struct json_writer *w, const struct node *node, uint32_t partner)
{
    static const char *const NAMES[LINK_NATS_LANES] = {"live", "repair"};
    json_writer_array(w, "lanes");
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        struct link_nats_status status;
        if (!partners_status(node->partners, partner, lane, &status)) {
            break;
        }
        json_writer_object(w, NULL);
        json_writer_text(w, "lane", NAMES[lane]);
        json_writer_bool(w, "connected", status.connected);
        json_writer_count(w, "sent", status.sent);
        json_writer_count(w, "received", status.received);
        json_writer_count(w, "dropped_to_send",
                          status.dropped_full + status.dropped_old + status.dropped_unsent);
        json_writer_count(w, "dropped_received", status.dropped_not_taken + status.dropped_size);
        json_writer_count(w, "connects", status.connects);
        json_writer_count(w, "failures", status.failures);
        json_writer_text(w, "error", status.error);
        json_writer_close(w);
    }
    json_writer_close(w);
}

/* What came of the partner's by way of others: none for most. */
static void put_ways(struct json_writer *w, const struct engine *engine, uint32_t owner,
                     struct instant now)
{
    json_writer_array(w, "by_way_of");
    for (uint32_t i = 0; i < engine->config.partner_count; i++) {
        const struct engine_way *way = &engine->ways[owner][i];
        if (way->taken > 0) {
            json_writer_object(w, NULL);
            json_writer_text(w, "nation", engine->config.partners[i].code);
            json_writer_count(w, "received", way->taken);
            put_age(w, "last_s", way->last, now);
            json_writer_close(w);
        }
    }
    json_writer_close(w);
}

static void put_relay_reasons(struct json_writer *w, const char *key,
                              const uint64_t counts[RELAY_WHY_COUNT])
{
    json_writer_object(w, key);
    for (int why = RELAY_YES + 1; why < RELAY_WHY_COUNT; why++) {
        if (counts[why] > 0) {
            json_writer_count(w, relay_why_text((enum relay_why)why), counts[why]);
        }
    }
    json_writer_close(w);
}

/* What is passed on, by which grants, and what comes by way of others. */
static void put_relays(struct json_writer *w, const struct engine *engine)
{
    json_writer_object(w, "relays");
    json_writer_array(w, "grants");
    for (uint32_t i = 0; i < engine->grants.count; i++) {
        const struct signed_grant *g = &engine->grants.grants[i];
        const enum relay_why why = engine_grant_counts(engine, g);
        json_writer_object(w, NULL);
        json_writer_text(w, "owner", g->grant.owner.code);
        json_writer_text(w, "to", g->grant.to.code);
        json_writer_time(w, "from", g->grant.from);
        json_writer_time(w, "until", g->grant.until);
        json_writer_bool(w, "counts", why == RELAY_YES);
        json_writer_text(w, "why", why == RELAY_YES ? "" : relay_why_text(why));
        json_writer_close(w);
    }
    json_writer_close(w);
    json_writer_count(w, "passed_on", engine->relays_passed[RELAY_YES]);
    put_relay_reasons(w, "not_passed_on", engine->relays_passed);
    json_writer_count(w, "taken", engine->relays_taken[RELAY_YES]);
    put_relay_reasons(w, "not_taken", engine->relays_taken);
    json_writer_close(w);
}

static void put_partner(struct json_writer *w, const struct node *node, uint32_t partner,
                        struct instant now)
{
    const struct engine *engine = performer_engine(node->performer);
    const struct session *s = &engine->sessions[partner];
    json_writer_object(w, NULL);
    json_writer_text(w, "nation", s->partner.code);
    json_writer_bool(w, "apart", engine->config.apart[partner]);
    json_writer_bool(w, "up", session_is_up(s, now));
    put_age(w, "heard_s", s->last_heard, now);
    json_writer_id(w, "our_epoch", s->boot.epoch.counter);
    json_writer_id(w, "its_epoch", s->partner_boot.counter);
    json_writer_count(w, "schema", s->schema);
    json_writer_count(w, "sequence", s->ledger.last);
    json_writer_count(w, "unacknowledged", s->ledger.last - s->ledger.acknowledged);
    json_writer_count(w, "received", s->counters.received);
    json_writer_count(w, "missing", session_missing(s));
    json_writer_id(w, "key_list", s->partner_keys.number);
    json_writer_count(w, "repeated", s->counters.repeated);
    json_writer_count(w, "regressions", s->counters.regressions);
    json_writer_count(w, "rebases", s->counters.rebases);
    json_writer_count(w, "histories", s->counters.histories);
    json_writer_object(w, "refused");
    for (int why = 0; why < SESSION_REFUSAL_COUNT; why++) {
        const enum session_refusal reason = (enum session_refusal)why;
        const uint64_t count =
            s->counters.refused[why] + performer_only_counted(node->performer, partner, reason);
        if (count > 0) {
            json_writer_count(w, session_refusal_text(reason), count);
        }
    }
    json_writer_close(w);
    put_lanes(w, node, partner);
    put_ways(w, engine, partner, now);
    json_writer_close(w);
}

/* What the page's server refused, by reason. */
static void put_console(struct json_writer *w, const struct node *node)
{
    const struct console_counters c = console_counters(node->console);
    const struct {
        const char *key;
        uint64_t count;
    } refused[] = {{"host", c.refused_host},           {"method", c.refused_method},
                   {"site", c.refused_site},           {"busy", c.refused_busy},
                   {"not signed in", c.refused_visit}, {"origin", c.refused_origin},
                   {"token", c.refused_token},         {"body", c.refused_body},
                   {"password", c.refused_password},   {"locked", c.refused_locked},
                   {"order", c.refused_order},         {"no such page", c.not_found}};
    json_writer_object(w, "console");
    json_writer_count(w, "requests", c.requests);
    json_writer_count(w, "officers", node->officers != NULL ? officers_count(node->officers) : 0);
    json_writer_count(w, "signed_in", console_visits(node->console));
    json_writer_count(w, "orders", c.orders);
    json_writer_object(w, "refused");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (refused[i].count > 0) {
            json_writer_count(w, refused[i].key, refused[i].count);
        }
    }
    json_writer_close(w);
    json_writer_close(w);
}

static void put_picture(struct json_writer *w, const struct engine *engine)
{
    uint32_t events = 0;
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *e = &engine->events[i];
        events += e->id.value != 0 && !e->withdrawn && !instant_is_set(e->over_since) ? 1 : 0;
    }
    json_writer_object(w, "picture");
    json_writer_count(w, "events", events);
    json_writer_count(w, "records_released", engine->records_released);
    json_writer_count(w, "records_refused", engine->records_refused);
    json_writer_close(w);
}

size_t node_status_text(void *context, char *out, size_t size)
{
    struct node *node = context;
    const struct instant now = node_now(node);
    struct json_writer w;
    json_writer_start(&w, out, size);
    json_writer_object(&w, NULL);
    json_writer_text(&w, "nation", node->config.nation.code);
    json_writer_text(&w, "domain", domain_text(node->config.domain));
    json_writer_time(&w, "now", now);
    json_writer_time(&w, "started", node->started);
    json_writer_number(&w, "uptime_s", instant_since_s(now, node->started), 1);
    json_writer_count(&w, "policy", node_policy_number(node));
    json_writer_id(&w, "key_list", node->keys->list.number);
    view_json_health(&w, &node->context, now);
    put_clock(&w, node, now);
    put_journal(&w, node, now);
    put_input(&w, node);
    put_sensors(&w, node, now);
    json_writer_array(&w, "partners");
    for (uint32_t i = 0; i < node->config.partner_count; i++) {
        put_partner(&w, node, i, now);
    }
    json_writer_close(&w);
    put_relays(&w, performer_engine(node->performer));
    put_picture(&w, performer_engine(node->performer));
    put_console(&w, node);
    json_writer_close(&w);
    size_t written = 0;
    return json_writer_finish(&w, &written) == OK ? written : 0;
}
