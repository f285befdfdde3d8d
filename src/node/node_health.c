#include "node/node_health.h"

#include <stdio.h>

#include "base/utc.h"
#include "node/certificate.h"
#include "node/node_policy.h"
#include "node/node_state.h"

#define LOOK_S 1.0
#define DAY_S 86400.0
#define COSIGNED_S 60.0 /* a cosignature comes every ten seconds */
#define FLOOD 500       /* refused frames in a second: more than any honest trouble makes */

static struct health *health_of(struct node *node)
{
    return &node->health.health;
}

/* How much `now` is more than it was; it is then remembered. */
static uint64_t grown(uint64_t *before, uint64_t now)
{
    const uint64_t more = now > *before ? now - *before : 0;
    *before = now;
    return more;
}

/* "12 days", "5 hours", "30 minutes". */
static const char *span_text(double seconds, char out[32])
{
    const bool days = seconds >= 2.0 * DAY_S;
    const bool hours = seconds >= 7200.0;
    (void)snprintf(out, 32, "%.0f %s",
                   days    ? seconds / DAY_S
                   : hours ? seconds / 3600.0
                           : seconds / 60.0,
                   days    ? "days"
                   : hours ? "hours"
                           : "minutes");
    return out;
}

static void look_at_self(struct node *node, struct instant now)
{
    struct health *h = health_of(node);
    if (node->disk.failed) {
        health_say(h, HEALTH_DISK, 0, now,
                   "Journal: %s. Nothing is shared or acknowledged; watching on",
                   journal_fault_text(node->disk.fault));
    }
    if (node->outlets != NULL && outlets_are_sheltered(node->outlets)) {
        health_say(h, HEALTH_OUTLETS, 0, now,
                   "%.150s.outlets cannot be written: warnings go out, kept in memory alone",
                   node->options.file->journal);
    }
    if (node->clock.is_alone) {
        health_say(h, HEALTH_CLOCK, 0, now, "The node's clock is %.1f s ahead of the system's",
                   1e-9 * (double)node->clock.ahead_ns);
    }
    if (node->config.partner_count > 0 && node_policy_number(node) == 0) {
        health_say(h, HEALTH_NO_POLICY, 0, now,
                   "No release policy is in force: nothing goes to partners");
    }
}

static void look_at_input(struct node *node, struct instant now)
{
    struct health *h = health_of(node);
    struct sockets_counters sockets;
    for (uint32_t i = 0; i < INGEST_REFUSALS; i++) {
        const enum ingest_refusal why = (enum ingest_refusal)i;
        const bool is_usual = why == INGEST_NO_PLOT || why == INGEST_TWICE;
        const uint64_t total = ingest_refused(node->ingest, why);
        if (grown(&node->health.input[i], total) > 0 && !is_usual) {
            health_say(h, HEALTH_INPUT, i, now, "Sensors' input is refused: %llu %s so far",
                       (unsigned long long)total, ingest_refusal_text(why));
        }
    }
    sockets_count(node->sockets, &sockets);
    if (grown(&node->health.dropped, sockets.dropped) > 0) {
        health_say(h, HEALTH_INPUT, INGEST_REFUSALS, now,
                   "Sensors' input is lost: %llu datagrams dropped by the system so far",
                   (unsigned long long)sockets.dropped);
    }
}

/* What no honest node sends, nor a carrier that repeats and reorders makes of it. */
static bool is_attack(enum session_refusal why)
{
    static const bool ATTACKS[SESSION_REFUSAL_COUNT] = {
        [REFUSED_FORMAT] = true,    [REFUSED_ROUTE] = true,       [REFUSED_SEAL] = true,
        [REFUSED_SIGNATURE] = true, [REFUSED_CANONICAL] = true,   [REFUSED_RECORD] = true,
        [REFUSED_KEYS] = true,      [REFUSED_EQUIVOCATION] = true};
    return ATTACKS[why];
}

static void look_at_refused(struct node *node, uint32_t partner, struct instant now)
{
    struct health *h = health_of(node);
    struct node_health_partner *was = &node->health.partners[partner];
    const struct session *s = &performer_engine(node->performer)->sessions[partner];
    uint64_t attacks = 0;
    for (uint32_t i = 0; i < SESSION_REFUSAL_COUNT; i++) {
        const enum session_refusal why = (enum session_refusal)i;
        const uint64_t more =
            grown(&was->refused[i],
                  s->counters.refused[i] + performer_only_counted(node->performer, partner, why));
        if (more > 0 && (is_attack(why) || more > FLOOD)) {
            attacks += more;
            was->latest = why;
        }
    }
    if (attacks > 0) {
        was->attacks = instant_is_set(h->items[HEALTH_ATTACK][partner].from)
                           ? was->attacks + attacks
                           : attacks;
        health_say(h, HEALTH_ATTACK, partner, now,
                   "%llu frames on %s's link are not what an honest node sends; the latest: %s",
                   (unsigned long long)was->attacks, s->partner.code,
                   session_refusal_text(was->latest));
    }
}

static void look_at_session(struct node *node, uint32_t partner, struct instant now)
{
    struct health *h = health_of(node);
    struct node_health_partner *was = &node->health.partners[partner];
    const struct session *s = &performer_engine(node->performer)->sessions[partner];
    const char *code = s->partner.code;
    if (s->usurped) {
        health_say(h, HEALTH_COPY, partner, now,
                   "%s has heard another node with this nation's keys: this one is silent towards "
                   "it",
                   code);
    }
    if (grown(&was->histories, s->counters.histories) > 0) {
        health_say(h, HEALTH_HISTORY, partner, now,
                   "%s contradicts what it sent before (%llu times)", code,
                   (unsigned long long)s->counters.histories);
    }
    if (grown(&was->rebases, s->counters.rebases) > 0) {
        health_say(h, HEALTH_REBASED, partner, now,
                   "We had forgotten what %s remembers of us: a new ledger was begun", code);
    }
    if (grown(&was->regressions, s->counters.regressions) > 0) {
        health_say(h, HEALTH_REGRESSED, partner, now, "%s forgot what it had acknowledged", code);
    }
    if (!session_is_up(s, now) && !node->config.apart[partner]) {
        health_say(h, HEALTH_SILENT, partner, now, "%s is not heard", code);
    }
    look_at_refused(node, partner, now);
}

/* A log that is not cosigned proves nothing to others. */
static void look_at_log(struct node *node, uint32_t partner, struct instant now)
{
    struct health *h = health_of(node);
    struct node_health_partner *was = &node->health.partners[partner];
    const struct session *s = &performer_engine(node->performer)->sessions[partner];
    const char *code = s->partner.code;
    const struct log_keeper *log = performer_log(node->performer);
    const struct log_keeper_count count = log_keeper_count(log, partner);
    if (count.forks > 0) {
        health_say(h, HEALTH_FORK, partner, now, "%s has shown two histories of its log", code);
    }
    if (grown(&was->shrunk, count.shrunk) > 0) {
        health_say(h, HEALTH_SHRUNK, partner, now, "%s's log is smaller than it was", code);
    }
    if (count.size != was->cosigned) { /* the next one did */
        was->cosigned = count.size;
        was->unproved = count.unproved;
    }
    if (count.unproved > was->unproved) {
        health_say(h, HEALTH_UNPROVED, partner, now,
                   "%s does not show that its log only grew: it is not cosigned", code);
    }
    const bool is_recent =
        instant_is_set(count.cosigned_at) && instant_since_s(now, count.cosigned_at) < COSIGNED_S;
    if (session_is_up(s, now) && !is_recent) {
        health_say(h, HEALTH_UNSIGNED, partner, now, "%s does not cosign this node's log", code);
    }
}

static void look_at_lanes(struct node *node, uint32_t partner, struct instant now)
{
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        struct link_nats_status status;
        if (partners_status(node->partners, partner, lane, &status) && !status.connected) {
            health_say(health_of(node), HEALTH_SERVER, partner, now,
                       "No server carries the link with %s: %.120s",
                       node->config.partners[partner].code, status.error);
        }
    }
}

static void look_at_own_keys(struct node *node, struct instant now)
{
    static const struct {
        enum key_use use;
        const char *then; /* without it */
    } KEYS[2] = {{KEY_SIGNING, "partners refuse all that it says"},
                 {KEY_CHECKPOINT, "its log is no longer signed"}};
    struct health *h = health_of(node);
    for (uint32_t i = 0; i < 2; i++) {
        char left[32];
        const struct instant last = keys_last(node->keys, KEYS[i].use, now);
        const double left_s = instant_is_set(last) ? instant_since_s(last, now) : 0.0;
        const char *use = key_use_text(KEYS[i].use);
        if (keys_signer(node->keys, KEYS[i].use, now) == NULL) {
            health_say(h, HEALTH_KEYS_ENDED, i, now, "No %s key of this nation counts any more: %s",
                       use, KEYS[i].then);
        } else if (left_s < 30.0 * DAY_S) {
            health_say(h,
                       left_s < DAY_S         ? HEALTH_KEYS_END_DAY
                       : left_s < 7.0 * DAY_S ? HEALTH_KEYS_END_WEEK
                                              : HEALTH_KEYS_END_MONTH,
                       i, now, "This nation's last %s key ends in %s; then %s", use,
                       span_text(left_s, left), KEYS[i].then);
        }
    }
}

static void look_at_partner_keys(struct node *node, uint32_t partner, struct instant now)
{
    struct health *h = health_of(node);
    const char *code = node->config.partners[partner].code;
    const struct key_list *list = performer_partner_keys(node->performer, partner);
    const struct instant last = key_list_last(list, KEY_SIGNING, now);
    if (list->number == 0) {
        return; /* none was heard of yet */
    }
    if (!instant_is_set(last)) {
        health_say(h, HEALTH_PARTNER_ENDED, partner, now,
                   "No signing key of %s counts any more: all that it says is refused", code);
    } else if (instant_since_s(last, now) < 7.0 * DAY_S) {
        char left[32];
        health_say(h, HEALTH_PARTNER_ENDS, partner, now,
                   "The last signing key of %s ends in %s; then all that it says is refused", code,
                   span_text(instant_since_s(last, now), left));
    }
}

static void look_at_certificates(struct node *node, struct instant now)
{
    struct health *h = health_of(node);
    for (uint32_t i = 0; i < 2 * node->config.partner_count; i++) {
        const struct instant end = node->health.certificates[i];
        const char *path = node->health.certificate_paths[i];
        char left[32];
        if (!instant_is_set(end)) {
            continue;
        }
        if (!instant_before(now, end)) {
            health_say(h, HEALTH_CERTIFICATE_ENDED, i, now,
                       "The certificate %.120s has ended: the link with %s cannot be made", path,
                       node->config.partners[i / 2].code);
        } else if (instant_since_s(end, now) < 30.0 * DAY_S) {
            health_say(h, HEALTH_CERTIFICATE_ENDS, i, now,
                       "The certificate %.120s ends in %s; then the link with %s cannot be made",
                       path, span_text(instant_since_s(end, now), left),
                       node->config.partners[i / 2].code);
        }
    }
}

void node_health_begin(struct node *node)
{
    struct node_health *m = &node->health;
    health_init(&m->health);
    m->looked = INSTANT_UNSET;
    for (uint32_t i = 0; i < node->config.partner_count; i++) {
        const struct node_partner *file = &node->options.file->partners[i];
        const struct session *s = &performer_engine(node->performer)->sessions[i];
        struct node_health_partner *was = &m->partners[i];
        /* What happened before this start was told then, but for what nobody may overlook. */
        was->rebases = s->counters.rebases;
        was->regressions = s->counters.regressions;
        for (uint32_t why = 0; why < SESSION_REFUSAL_COUNT; why++) {
            was->refused[why] = s->counters.refused[why];
        }
        m->certificate_paths[2 * i] = file->certificate;
        m->certificate_paths[2 * i + 1] = file->certificate_authority;
    }
    node_health_certificates(node);
}

void node_health_certificates(struct node *node)
{
    struct node_health *m = &node->health;
    for (uint32_t i = 0; i < 2 * node->config.partner_count; i++) {
        int64_t unix_s = 0;
        m->certificates[i] = certificate_end(m->certificate_paths[i], &unix_s)
                                 ? utc_from_unix(unix_s, 0)
                                 : INSTANT_UNSET;
    }
}

static void tell(void *context, const char *text)
{
    node_tell(context, "%s", text);
}

void node_health_look(struct node *node, struct instant now)
{
    struct node_health *m = &node->health;
    if (instant_is_set(m->looked) && instant_since_s(now, m->looked) < LOOK_S) {
        return;
    }
    m->looked = now;
    look_at_self(node, now);
    look_at_input(node, now);
    look_at_own_keys(node, now);
    look_at_certificates(node, now);
    for (uint32_t i = 0; i < node->config.partner_count; i++) {
        look_at_session(node, i, now);
        look_at_log(node, i, now);
        look_at_lanes(node, i, now);
        look_at_partner_keys(node, i, now);
    }
    health_round(&m->health, now, tell, node);
}
