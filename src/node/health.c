#include "node/health.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STATE_S 30.0    /* what is a state lingers so long … */
#define FLOW_S 300.0    /* … what comes in pieces so long … */
#define FOUND_S 86400.0 /* … and what was found so long */

/* How long it must be so before it is shown, how long it stays, and what to do. */
static const struct rule {
    bool is_alarm;
    bool is_told_elsewhere; /* the log has its own lines about it */
    double delay_s;
    double linger_s;
    const char *todo;
} RULES[HEALTH_KINDS] = {
    [HEALTH_DISK] = {true, true, 0.0, 0.0,
                     "make room on the disk, or mend it: sharing goes on by itself then"},
    [HEALTH_OUTLETS] = {true, true, 0.0, 0.0,
                        "make room on the disk, or mend it: the file gets everything back by "
                        "itself. Until then do not stop this node: it alone knows which warnings "
                        "it has still to end"},
    [HEALTH_COPY] = {true, true, 0.0, FOUND_S,
                     "stop one of the two nodes, then start the other again; if there is only one, "
                     "the keys were stolen: watchfire keys revoke"},
    [HEALTH_FORK] = {true, false, 0.0, FOUND_S,
                     "keep a copy of this journal: it holds the proof. Call them by another way, "
                     "and let both auditors compare (watchfire audit --partner-checkpoints)"},
    [HEALTH_HISTORY] = {true, false, 0.0, FOUND_S,
                        "keep a copy of this journal: it holds the proof. Call them by another "
                        "way; rely on own sensors until it is cleared up"},
    [HEALTH_KEYS_ENDED] = {true, false, 0.0, 0.0,
                           "bring the root key: watchfire keys rotate, then SIGHUP to this node"},
    [HEALTH_KEYS_END_DAY] = {true, false, 0.0, 0.0,
                             "today: bring the root key, watchfire keys rotate, then SIGHUP to "
                             "this node"},
    [HEALTH_PARTNER_ENDED] = {true, false, 0.0, 0.0,
                              "call them: they have to run watchfire keys rotate there; their new "
                              "list comes by itself"},
    [HEALTH_CERTIFICATE_ENDED] = {true, false, 0.0, 0.0,
                                  "put a new certificate in its place, then SIGHUP to this node"},
    [HEALTH_SHRUNK] = {true, false, 0.0, FOUND_S,
                       "ask them whether they put an old copy of their journal back; if not, keep "
                       "a copy of this journal"},
    [HEALTH_ATTACK] = {true, false, 0.0, FLOW_S,
                       "none of it was believed. Somebody else can send on their way: tell them "
                       "and whoever runs the server; change its certificates and NKeys"},
    [HEALTH_NO_POLICY] = {false, true, 0.0, 0.0,
                          "let the officers sign one (watchfire release sign), then SIGHUP to this "
                          "node"},
    [HEALTH_SERVER] = {false, false, 10.0, STATE_S,
                       "see that the server runs and the network reaches it; it is tried again by "
                       "itself"},
    [HEALTH_SILENT] = {false, false, 30.0, 0.0, "call their watch by another way"},
    [HEALTH_CLOCK] = {false, true, 0.0, STATE_S,
                      "set the system's clock right and keep it so (NTP)"},
    [HEALTH_INPUT] = {false, true, 0.0, FLOW_S,
                      "see docs/operating.md, \"What is refused of "
                      "sensors\""},
    [HEALTH_UNSIGNED] = {false, false, 240.0, STATE_S,
                         "nobody there can prove what this node did meanwhile: ask them for the "
                         "state of their keys and of their disk"},
    [HEALTH_UNPROVED] = {false, false, 60.0, STATE_S,
                         "ask them whether they put an old copy of their journal back"},
    [HEALTH_REBASED] = {false, false, 0.0, FOUND_S,
                        "was an old copy of this node's journal put back? Then all is well. If "
                        "not, look who did what on this machine"},
    [HEALTH_REGRESSED] = {false, false, 0.0, FOUND_S,
                          "they get it all again. Ask them whether they put an old copy back"},
    [HEALTH_KEYS_END_WEEK] = {false, false, 0.0, 0.0,
                              "this week: bring the root key, watchfire keys rotate, then SIGHUP "
                              "to this node"},
    [HEALTH_PARTNER_ENDS] = {false, false, 0.0, 0.0,
                             "remind them to run watchfire keys rotate there; their new list comes "
                             "by itself"},
    [HEALTH_CERTIFICATE_ENDS] = {false, false, 0.0, 0.0,
                                 "put a new certificate in its place, then SIGHUP to this node"},
    [HEALTH_KEYS_END_MONTH] = {false, false, 0.0, 0.0,
                               "plan it: the root key, watchfire keys rotate, then SIGHUP to this "
                               "node"},
};

void health_init(struct health *h)
{
    memset(h, 0, sizeof *h);
    for (uint32_t kind = 0; kind < HEALTH_KINDS; kind++) {
        for (uint32_t which = 0; which < HEALTH_WHICH_MAX; which++) {
            h->items[kind][which].from = INSTANT_UNSET;
        }
    }
}

void health_say(struct health *h, enum health_kind kind, uint32_t which, struct instant now,
                const char *format, ...)
{
    assert(kind < HEALTH_KINDS && which < HEALTH_WHICH_MAX);
    struct health_item *item = &h->items[kind][which];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(item->what, sizeof item->what, format, arguments);
    va_end(arguments);
    item->from = instant_is_set(item->from) ? item->from : now;
    item->latest = now;
    item->is_now = true;
}

static void follow(struct health_item *item, const struct rule *rule, struct instant now,
                   void (*tell)(void *context, const char *text), void *context)
{
    char text[HEALTH_WHAT_SIZE + 400];
    const bool was_shown = item->is_shown;
    const bool is_over =
        !item->is_now && (!was_shown || instant_since_s(now, item->latest) >= rule->linger_s);
    item->is_shown = !is_over && (was_shown || instant_since_s(now, item->from) >= rule->delay_s);
    item->is_now = false;
    if (item->is_shown != was_shown && !rule->is_told_elsewhere) {
        (void)snprintf(text, sizeof text, "%s%s%s%s",
                       !item->is_shown  ? "over: "
                       : rule->is_alarm ? "ALARM: "
                                        : "health: ",
                       item->what, item->is_shown ? ". What to do: " : "",
                       item->is_shown ? rule->todo : "");
        tell(context, text);
    }
    if (is_over) {
        item->from = INSTANT_UNSET;
    }
}

void health_round(struct health *h, struct instant now,
                  void (*tell)(void *context, const char *text), void *context)
{
    for (uint32_t kind = 0; kind < HEALTH_KINDS; kind++) {
        for (uint32_t which = 0; which < HEALTH_WHICH_MAX; which++) {
            struct health_item *item = &h->items[kind][which];
            if (instant_is_set(item->from)) {
                follow(item, &RULES[kind], now, tell, context);
            }
        }
    }
}

uint32_t health_lines(const struct health *h, struct health_line *out, uint32_t most)
{
    uint32_t count = 0;
    for (uint32_t kind = 0; kind < HEALTH_KINDS; kind++) {
        for (uint32_t which = 0; which < HEALTH_WHICH_MAX; which++) {
            const struct health_item *item = &h->items[kind][which];
            if (!item->is_shown) {
                continue;
            }
            if (count < most) {
                out[count] = (struct health_line){.kind = (enum health_kind)kind,
                                                  .is_alarm = RULES[kind].is_alarm,
                                                  .from = item->from,
                                                  .what = item->what,
                                                  .todo = RULES[kind].todo};
            }
            count++;
        }
    }
    return count;
}
