#include "node/outlets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/feed.h"
#include "node/outlet_consent.h"
#include "node/outlet_push.h"
#include "node/outlet_shown.h"
#include "node/public_chain.h"

#define ORDERS_MAX 128
#define CHAINS_MAX CONSOLE_TOLD_MAX
#define FEED_ENTRIES_MAX 50
/* The engine itself ends what it knows of; this much later nobody did. */
#define GRACE_S 5.0
#define LOOK_S 0.25
#define RETURN_S 5.0
#define RETRY_S_MIN 0.5
#define RETRY_S_MAX 30.0
#define SHOWN_S 900.0 /* how long a page shows what ended */

_Static_assert(CHAINS_MAX >= LIMIT_EVENTS, "every event may be warned of");

/* An order that is not done yet. */
struct pending {
    struct outlet_order order;
    struct instant next;
    bool in_flight;
};

struct outlets {
    struct outlets_options options;
    struct outlet_store *store;
    struct outlet_push *push;
    struct instant looked;
    struct instant sheltered; /* since when, or when a return was last tried; see outlet_store.h */
    uint32_t count;
    struct pending pending[ORDERS_MAX];
    struct told chains[CHAINS_MAX]; /* scratch */
    char text[CAP_SIZE_MAX];
    char ends[3][CAP_SIZE_MAX];
    uint32_t shown_count;
    struct console_told shown[CHAINS_MAX];
};

static void tell(struct outlets *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct outlets *o, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    o->options.tell(o->options.context, text);
}

/* Goes on in memory if the store's file has failed. True if what failed is to be done again. */
static bool take_shelter(struct outlets *o)
{
    char path[NODE_PATH_SIZE + 16];
    if (outlet_store_shelter(o->store) != OK) {
        return false;
    }
    o->sheltered = o->options.now(o->options.context);
    outlets_store_path(o->options.file, path);
    tell(o, "OUTLETS: %.300s cannot be written: warnings go out all the same, kept in memory alone",
         path);
    return true;
}

static void try_return(struct outlets *o, struct instant now)
{
    if (!outlet_store_is_sheltered(o->store) || instant_since_s(now, o->sheltered) < RETURN_S) {
        return;
    }
    o->sheltered = now;
    if (outlet_store_return(o->store) == OK) {
        tell(o, "OUTLETS: the store can be written again and has everything");
    }
}

bool outlets_are_sheltered(const struct outlets *o)
{
    return outlet_store_is_sheltered(o->store);
}

void outlets_store_path(const struct node_file *file, char out[NODE_PATH_SIZE + 16])
{
    (void)snprintf(out, NODE_PATH_SIZE + 16, "%s.outlets", file->journal);
}

static const struct node_outlet *outlet_named(const struct outlets *o, const char *name)
{
    for (uint32_t i = 0; i < o->options.file->outlet_count; i++) {
        if (strcmp(o->options.file->outlets[i].name, name) == 0) {
            return &o->options.file->outlets[i];
        }
    }
    return NULL;
}

static uint32_t consents(struct outlets *o, enum outlet_consent_kind kind, const char *chain,
                         struct instant now)
{
    struct policy_officers officers = {0};
    o->options.officers(o->options.context, now, &officers);
    return outlet_consent_count(o->store, kind, o->options.file, chain, &officers);
}

static void settle(struct outlets *o, uint32_t at, bool taken, const char *receipt)
{
    struct pending *p = &o->pending[at];
    const struct instant now = o->options.now(o->options.context);
    p->in_flight = false;
    p->order.tries++;
    p->order.done = taken ? now : INSTANT_UNSET;
    (void)snprintf(p->order.receipt, sizeof p->order.receipt, "%s", receipt);
    result kept = outlet_store_tried(o->store, &p->order);
    kept = kept != OK && take_shelter(o) ? outlet_store_tried(o->store, &p->order) : kept;
    if (kept != OK) {
        tell(o, "OUTLETS: the receipt of %s cannot be stored: %.150s", p->order.outlet, receipt);
    }
    if (taken) {
        o->count--;
        memmove(p, p + 1, (o->count - at) * sizeof *p);
        return;
    }
    if (p->order.tries == 1) {
        tell(o, "OUTLET %s: did not take a warning: %.200s; tried again", p->order.outlet, receipt);
    }
    double wait_s = RETRY_S_MIN;
    for (uint32_t i = 1; i < p->order.tries && wait_s < RETRY_S_MAX; i++) {
        wait_s *= 2.0;
    }
    p->next = instant_plus_s(now, wait_s < RETRY_S_MAX ? wait_s : RETRY_S_MAX);
}

/* The tag of a try is its message and the outlet's place in the settings. */
static void push_done(void *context, uint64_t tag, bool taken, const char *receipt)
{
    struct outlets *o = context;
    const char *name = o->options.file->outlets[tag % NODE_OUTLETS_MAX].name;
    for (uint32_t i = 0; i < o->count; i++) {
        struct pending *p = &o->pending[i];
        if (p->in_flight && p->order.message == (int64_t)(tag / NODE_OUTLETS_MAX) &&
            strcmp(p->order.outlet, name) == 0) {
            settle(o, i, taken, receipt);
            return;
        }
    }
}

static bool is_known(const struct outlets *o, const struct outlet_order *order)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (o->pending[i].order.message == order->message &&
            strcmp(o->pending[i].order.outlet, order->outlet) == 0) {
            return true;
        }
    }
    return false;
}

/* Open orders that are not being worked on yet. */
static void load(struct outlets *o, struct instant now)
{
    static struct outlet_order found[ORDERS_MAX];
    uint32_t count = 0;
    if (outlet_store_open_orders(o->store, ORDERS_MAX, found, &count) != OK) {
        tell(o, "OUTLETS: the store cannot be read; tried again");
        return;
    }
    for (uint32_t i = 0; i < count && o->count < ORDERS_MAX; i++) {
        if (!is_known(o, &found[i])) {
            o->pending[o->count] = (struct pending){.order = found[i], .next = now};
            o->count++;
        }
    }
}

static void try_order(struct outlets *o, uint32_t at)
{
    struct pending *p = &o->pending[at];
    const struct node_outlet *outlet = outlet_named(o, p->order.outlet);
    struct told told;
    struct bytes text;
    const result found = outlet_store_message(o->store, p->order.message, &told);
    if (found == ERR_IO) {
        settle(o, at, false, "the store cannot be read");
        return;
    }
    if (outlet == NULL || found != OK) {
        settle(o, at, true,
               outlet == NULL ? "the outlet is no longer in the settings"
                              : "there is no such message any more");
        return;
    }
    if (outlet->push[0] == '\0') {
        settle(o, at, true, "in the feed");
        return;
    }
    bool is_late = false;
    if (p->order.tries > 0 &&
        outlet_store_is_superseded(o->store, &p->order, told.chain, &is_late) == OK && is_late) {
        settle(o, at, true, "never taken; a later message took its place");
        return;
    }
    const uint64_t place = (uint64_t)(outlet - o->options.file->outlets);
    const uint64_t tag = (uint64_t)p->order.message * NODE_OUTLETS_MAX + place;
    p->in_flight =
        outlet_store_text(o->store, told.id, NULL, &text) == OK &&
        outlet_push_send(o->push, tag, outlet->push, outlet->certificate_authority, text) == OK;
    if (!p->in_flight) {
        settle(o, at, false, "the try could not begin");
    }
}

static void try_all(struct outlets *o, struct instant now)
{
    load(o, now);
    for (uint32_t i = o->count; i > 0; i--) {
        const struct pending *p = &o->pending[i - 1];
        if (!p->in_flight && !instant_before(now, p->next)) {
            try_order(o, i - 1);
        }
    }
}

static bool put_order(struct outlets *o, int64_t message, const char *outlet, struct instant now)
{
    const result put = outlet_store_order(o->store, message, outlet, now);
    return put == OK ||
           (take_shelter(o) && outlet_store_order(o->store, message, outlet, now) == OK);
}

/* Orders a message of every outlet that may have it. */
static void order(struct outlets *o, const struct told *told, struct instant now)
{
    const uint32_t agreed = consents(o, OUTLET_CONSENT_RELEASE, told->chain, now);
    for (uint32_t i = 0; i < o->options.file->outlet_count; i++) {
        const struct node_outlet *outlet = &o->options.file->outlets[i];
        bool had = false;
        if (outlet_store_has_chain(o->store, told->chain, outlet->name, &had) != OK) {
            had = warning_has_ended(told->state); /* better one end too many */
        }
        const bool may =
            had || (!warning_has_ended(told->state) && agreed >= (uint32_t)outlet->release);
        if (may && !put_order(o, told->number, outlet->name, now)) {
            tell(o, "OUTLETS: %s is not told of %s: the store cannot be written", outlet->name,
                 told->name);
        }
    }
}

static void fill(const struct public_message *m, const char *chain, struct told *out)
{
    struct text title = text_over(out->title, sizeof out->title);
    (void)public_warning_id(&m->told, out->id);
    (void)snprintf(out->chain, sizeof out->chain, "%s", chain[0] != '\0' ? chain : out->id);
    out->event = m->warning.event.value;
    out->serial = m->warning.serial;
    out->state = m->warning.state;
    out->prepared = m->told.prepared;
    out->time = m->warning.time;
    out->expires = m->warning.expires;
    (void)snprintf(out->name, sizeof out->name, "%s", m->name.text);
    public_headline(&m->told, LANGUAGE_ENGLISH, &title);
}

/* Writes the ends that are kept ready for a message in force. Returns how many. */
static uint32_t prepare(struct outlets *o, const struct public_message *m,
                        const struct public_chain *chain, const char *name, struct told ends[3],
                        struct bytes texts[3])
{
    struct public_chain after = *chain;
    uint32_t count = 0;
    public_chain_told(&after, m);
    for (int end = PREPARED_CANCEL; end <= PREPARED_EXPIRED; end++) {
        struct public_message ready;
        size_t size = 0;
        public_message_prepare(m, (enum public_prepared)end, &ready);
        if (public_chain_write(&after, &ready, o->options.file->sender, o->ends[count],
                               CAP_SIZE_MAX, &size) == OK) {
            fill(&ready, name, &ends[count]);
            texts[count] = (struct bytes){(const uint8_t *)o->ends[count], size};
            count++;
        }
    }
    return count;
}

static result add(struct outlets *o, const struct public_message *m, struct public_chain *chain,
                  const char *name, struct told *told)
{
    static struct told ends[3];
    struct bytes texts[3];
    size_t size = 0;
    uint32_t end_count = 0;
    memset(ends, 0, sizeof ends);
    fill(m, name, told);
    TRY(public_chain_write(chain, m, o->options.file->sender, o->text, sizeof o->text, &size));
    if (warning_in_force(told->state)) {
        end_count = prepare(o, m, chain, told->chain, ends, texts);
    }
    return outlet_store_add(o->store, told, (struct bytes){(const uint8_t *)o->text, size},
                            end_count, ends, texts);
}

/* Sends a prepared end. */
static void use(struct outlets *o, const struct told *chain, enum public_prepared end,
                struct instant now)
{
    struct told told;
    if (outlet_store_use(o->store, chain->chain, end, &told) == OK) {
        order(o, &told, now);
        tell(o, "WARNING %s: %s", told.name,
             end == PREPARED_CANCEL ? "cancelled by an officer"
                                    : "expired: the engine knows nothing of it any more");
    }
}

void outlets_tell_message(struct outlets *o, const struct public_message *m, struct instant now)
{
    struct told latest = {0};
    struct told told = {0};
    struct public_chain chain = {0};
    char id[PUBLIC_ID_SIZE];
    bool is_told = false;
    const bool begins = m->warning.state == WARNING_INITIAL;
    const bool ends = warning_has_ended(m->warning.state);
    const uint64_t event = m->warning.event.value;
    if (outlet_store_has(o->store, public_warning_id(&m->told, id), &is_told) == OK && is_told) {
        return; /* before a start that goes on where it was */
    }
    result found = outlet_store_chain(o->store, event, &latest, &chain.count, chain.told);
    if (found == ERR_IO && take_shelter(o)) {
        found = outlet_store_chain(o->store, event, &latest, &chain.count, chain.told);
    }
    bool goes_on = found == OK && warning_in_force(latest.state);
    if (goes_on && begins) {
        /* Of an engine that is not this one any more: what was agreed to was another warning. */
        use(o, &latest, PREPARED_EXPIRED, now);
        goes_on = false;
        chain.count = 0;
    }
    const bool by_hand = found == OK && latest.prepared == PREPARED_CANCEL;
    if ((ends && !goes_on) || (by_hand && !begins)) {
        return; /* nobody was told, or an officer took it back */
    }
    const char *name = goes_on ? latest.chain : "";
    result added = add(o, m, &chain, name, &told);
    added = added == ERR_IO && take_shelter(o) ? add(o, m, &chain, name, &told) : added;
    if (added != OK) {
        tell(o, "OUTLETS: the warning about %s cannot be stored and goes nowhere", m->name.text);
        return;
    }
    order(o, &told, now);
    try_all(o, now);
}

void outlets_tell(struct outlets *o, const struct engine *engine, struct event_id event,
                  struct instant now)
{
    static struct public_message message;
    if (public_message_make(engine, event, &message)) {
        outlets_tell_message(o, &message, now);
    }
}

void outlets_resume(struct outlets *o, const struct engine *engine, struct instant now)
{
    uint32_t count = 0;
    if (outlet_store_in_force(o->store, INSTANT_UNSET, CHAINS_MAX, o->chains, &count) != OK) {
        count = 0;
    }
    for (uint32_t i = 0; i < LIMIT_EVENTS; i++) {
        const struct engine_event *event = &engine->events[i];
        bool was_warned = warning_in_force(event->warning.state);
        for (uint32_t k = 0; k < count; k++) {
            was_warned |= o->chains[k].event == event->id.value;
        }
        if (event->id.value != 0 && was_warned) {
            outlets_tell(o, engine, event->id, now);
        }
    }
    try_all(o, now);
}

static void show_all(struct outlets *o, struct instant now)
{
    uint32_t count = 0;
    if (outlet_store_in_force(o->store, instant_plus_s(now, -SHOWN_S), CHAINS_MAX, o->chains,
                              &count) != OK) {
        return; /* as it was */
    }
    o->shown_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct told *latest = &o->chains[i];
        outlet_shown(o->store, o->options.file, latest,
                     consents(o, OUTLET_CONSENT_RELEASE, latest->chain, now), &o->shown[i]);
    }
}

void outlets_show(const struct outlets *o, struct console_context *out)
{
    out->told_count = o->shown_count;
    memcpy(out->told, o->shown, o->shown_count * sizeof out->told[0]);
}

static void look(struct outlets *o, struct instant now)
{
    uint32_t count = 0;
    if (outlet_store_in_force(o->store, INSTANT_UNSET, CHAINS_MAX, o->chains, &count) != OK) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct told *c = &o->chains[i];
        if (consents(o, OUTLET_CONSENT_CANCEL, c->chain, now) > 0) {
            use(o, c, PREPARED_CANCEL, now);
        } else if (instant_is_set(c->expires) &&
                   !instant_before(now, instant_plus_s(c->expires, GRACE_S))) {
            use(o, c, PREPARED_EXPIRED, now);
        } else {
            order(o, c, now);
        }
    }
}

/* Stored before anything is sent of what officers agreed to. */
static void note_consents(struct outlets *o, const struct engine *engine, bool trust_all,
                          struct instant now)
{
    if (outlet_consent_note(o->store, engine, trust_all, now) != OK && take_shelter(o)) {
        (void)!outlet_consent_note(o->store, engine, trust_all, now);
    }
}

void outlets_turn(struct outlets *o, const struct engine *engine, bool trust_all,
                  struct instant now)
{
    if (instant_is_set(o->looked) && instant_since_s(now, o->looked) < LOOK_S) {
        return;
    }
    o->looked = now;
    try_return(o, now);
    note_consents(o, engine, trust_all, now);
    look(o, now);
    try_all(o, now);
    show_all(o, now);
}

static const char *feed_name(const struct outlets *o)
{
    for (uint32_t i = 0; i < o->options.file->outlet_count; i++) {
        if (o->options.file->outlets[i].push[0] == '\0') {
            return o->options.file->outlets[i].name;
        }
    }
    return NULL;
}

static size_t write_feed(struct outlets *o, const char *outlet, bool is_atom, char *out,
                         size_t room)
{
    static struct told found[FEED_ENTRIES_MAX];
    struct feed_entry entries[FEED_ENTRIES_MAX];
    uint32_t count = 0;
    size_t size = 0;
    if (outlet_store_latest(o->store, outlet, FEED_ENTRIES_MAX, found, &count) != OK) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        entries[i] =
            (struct feed_entry){found[i].id, found[i].title, found[i].state, found[i].time};
    }
    const struct feed feed = {.nation = o->options.file->nation,
                              .domain = o->options.file->domain,
                              .sender = o->options.file->sender,
                              .updated = INSTANT_UNSET,
                              .entry_count = count,
                              .entries = entries};
    const result written =
        is_atom ? feed_atom(&feed, out, room, &size) : feed_json(&feed, out, room, &size);
    return written == OK ? size : 0;
}

size_t outlets_document(struct outlets *o, const char *path, char *out, size_t size,
                        const char **type)
{
    static const char FOLDER[] = "/cap/";
    static const char ENDING[] = ".xml";
    char id[PUBLIC_ID_SIZE];
    struct bytes text;
    const char *outlet = feed_name(o);
    const bool is_atom = strcmp(path, "/feed.atom") == 0;
    if (outlet == NULL) {
        return 0;
    }
    if (is_atom || strcmp(path, "/feed.json") == 0) {
        *type = is_atom ? "application/atom+xml" : "application/feed+json";
        return write_feed(o, outlet, is_atom, out, size);
    }
    const size_t length = strlen(path);
    const size_t around = sizeof FOLDER + sizeof ENDING - 2;
    if (strncmp(path, FOLDER, sizeof FOLDER - 1) != 0 || length <= around ||
        length - around >= sizeof id || strcmp(path + length - 4, ENDING) != 0) {
        return 0;
    }
    memcpy(id, path + sizeof FOLDER - 1, length - around);
    id[length - around] = '\0';
    if (outlet_store_text(o->store, id, outlet, &text) != OK || text.size > size) {
        return 0;
    }
    memcpy(out, text.data, text.size);
    *type = "application/cap+xml";
    return text.size;
}

result outlets_open(const struct outlets_options *options, struct outlets **out,
                    char message[OUTLET_MESSAGE_SIZE])
{
    char path[NODE_PATH_SIZE + 16];
    struct outlets *o = calloc(1, sizeof *o);
    (void)snprintf(message, OUTLET_MESSAGE_SIZE, "out of memory");
    ENSURE(o != NULL, ERR_IO);
    o->options = *options;
    o->looked = INSTANT_UNSET;
    outlets_store_path(options->file, path);
    const struct outlet_push_options push = {
        .loop = options->loop, .done = push_done, .context = o};
    result opened = outlet_store_open(path, &o->store, message);
    if (opened == OK) {
        (void)snprintf(message, OUTLET_MESSAGE_SIZE, "the library for HTTPS does not start");
        opened = outlet_push_open(&push, &o->push);
    }
    if (opened != OK) {
        outlet_store_close(o->store);
        free(o);
        return opened;
    }
    *out = o;
    return OK;
}

void outlets_close(struct outlets *o)
{
    if (o != NULL) {
        outlet_push_close(o->push);
        outlet_store_close(o->store);
        o->store = NULL;
    }
}

void outlets_free(struct outlets *o)
{
    if (o != NULL) {
        outlet_push_free(o->push);
        free(o);
    }
}
