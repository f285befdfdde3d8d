#include "node/node.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "node/happening.h"
#include "node/node_console.h"
#include "node/node_grants.h"
#include "node/node_open.h"
#include "node/node_policy.h"
#include "node/node_state.h"

#define TELL_SIZE 600
/* How long the engine may work before the sockets are looked at again. */
#define TURN_NS_MAX (10 * NS_PER_MS)
#define PUBLISH_S 1.0

void node_tell(struct node *node, const char *format, ...)
{
    char text[TELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    node->options.tell(node->options.context, text);
}

static void tell_text(void *context, const char *text)
{
    node_tell(context, "%s", text);
}

struct instant node_now(struct node *node)
{
    struct instant now;
    const enum node_clock_news news = node_clock_read(&node->clock, node->floor, &now);
    node->floor = now;
    switch (news) {
    case NODE_CLOCK_STEADY:
        break;
    case NODE_CLOCK_SET_BACK:
        node_tell(node,
                  "CLOCK: the system's clock was set back by %.1f s, or was wrong before; the node "
                  "goes on by its own and lets it run slower until both agree",
                  -1e-9 * (double)node->clock.step_ns);
        break;
    case NODE_CLOCK_SET_FORWARD:
        node_tell(node, "CLOCK: the system's clock was set forward by %.1f s; the node follows",
                  1e-9 * (double)node->clock.step_ns);
        break;
    case NODE_CLOCK_AGREES:
        node_tell(node, "clock: the node's and the system's agree again");
        break;
    }
    return now;
}

static struct instant now_of(void *context)
{
    return node_now(context);
}

static void carry(void *context, uint32_t partner, enum frame_lane lane, struct bytes sealed,
                  struct instant now)
{
    struct node *node = context;
    (void)now;
    partners_send(node->partners, partner, (uint32_t)lane, sealed);
}

/* What an officer's order does to a warning is told when the journal has the order. */
static void tell_later(struct node *node, struct event_id event)
{
    const struct engine *engine = performer_engine(node->performer);
    if (node->ordered_count < NODE_ORDERED_MAX) {
        node->ordered[node->ordered_count] = (struct node_ordered){event, engine->position};
        node->ordered_count++;
    } else {
        outlets_tell(node->outlets, engine, event, engine->now);
    }
}

static void tell_ordered(struct node *node, struct instant now)
{
    const struct engine *engine = performer_engine(node->performer);
    uint32_t left = 0;
    for (uint32_t i = 0; i < node->ordered_count; i++) {
        const struct node_ordered o = node->ordered[i];
        if (node->disk.failed || o.position <= engine->journalled_to) {
            outlets_tell(node->outlets, engine, o.event, now);
        } else {
            node->ordered[left] = o;
            left++;
        }
    }
    node->ordered_count = left;
}

static void show(void *context, const struct engine *engine, const struct effect *effect)
{
    struct node *node = context;
    char text[HAPPENING_TEXT_SIZE];
    if (happening_text(engine, effect, text)) {
        node_tell(context, "%s", text);
    }
    if (effect->kind == EFFECT_WARNING && node->outlets != NULL) {
        if (node->is_ordering) {
            tell_later(node, effect->event);
        } else {
            outlets_tell(node->outlets, engine, effect->event, engine->now);
        }
    }
}

static void give_up(struct node *node, result why)
{
    node->failure = why;
    node->stopping = true;
    uv_stop(&node->loop);
}

/* Feeds what partners and sensors sent, in turn, until there is nothing, or the sockets have waited
 * long enough, or the journal cannot take more. True if there is more to do at once. */
static bool feed(struct node *node)
{
    const uint64_t begin_ns = uv_hrtime();
    uint32_t connected = 0;
    while (partners_connected(node->partners, &connected)) {
        /* Without room for it the partner's next hello does the same. */
        (void)!performer_link_made(node->performer, connected, node_now(node));
    }
    while (!performer_is_full(node->performer) && uv_hrtime() - begin_ns < (uint64_t)TURN_NS_MAX) {
        struct bytes frame;
        uint32_t partner = 0;
        const bool has_frame = partners_next(node->partners, &partner, &frame);
        if (has_frame && performer_receive(node->performer, node->config.partners[partner], frame,
                                           node_now(node)) == OK) {
            node->frames++;
        }
        const uint32_t count = ingest_take(node->ingest, node->scan);
        if (count > 0) {
            node->scans++;
            if (performer_scan(node->performer, node->scan, count, node_now(node)) != OK) {
                ingest_refused_by_engine(node->ingest, node->scan, count);
            }
        }
        if (!has_frame && count == 0) {
            return false;
        }
    }
    return !performer_is_full(node->performer);
}

/* What the operator is to know of the node itself, above the map. */
static void show_health(struct node *node)
{
    struct health_line lines[CONSOLE_HEALTH_MAX];
    struct console_context *c = &node->context;
    const uint32_t count = health_lines(&node->health.health, lines, CONSOLE_HEALTH_MAX);
    c->health_count = count < CONSOLE_HEALTH_MAX ? count : CONSOLE_HEALTH_MAX;
    c->health_more = count - c->health_count;
    for (uint32_t i = 0; i < c->health_count; i++) {
        struct console_health *h = &c->health[i];
        h->is_alarm = lines[i].is_alarm;
        h->from = lines[i].from;
        h->todo = lines[i].todo;
        (void)snprintf(h->what, sizeof h->what, "%s", lines[i].what);
    }
}

static void publish(struct node *node, struct instant now)
{
    const bool is_due =
        !instant_is_set(node->published) || instant_since_s(now, node->published) >= PUBLISH_S;
    if (!is_due && !console_wants_view(node->console)) {
        return;
    }
    node->published = now;
    engine_view(performer_engine(node->performer), &node->view);
    /* The newest is always on its way to the disk; people are told if that takes long. */
    node->view.journalled = node->view.journalled || !disk_is_late(&node->disk);
    node_health_look(node, now);
    show_health(node);
    if (node->outlets != NULL) {
        outlets_show(node->outlets, &node->context);
    }
    console_publish(node->console, &node->view, &node->context);
}

static void serve_console(struct node *node)
{
    /* A server that cannot run any more leaves its page dead; the node goes on. */
    if (console_poll(node->console, 0) != OK) {
        (void)uv_poll_stop(&node->console_poll);
    }
}

static void console_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    serve_console(poll->data);
}

void node_console_due(uv_timer_t *timer)
{
    serve_console(timer->data);
}

/* The only thing that this timer is for is to end the loop's wait: the turn does the rest. */
static void wake(uv_poll_t *poll, int status, int events)
{
    const struct node *node = poll->data;
    uint64_t count;
    (void)status;
    (void)events;
    (void)!read(node->tick_fd, &count, sizeof count);
}

static void wake_after(const struct node *node, int64_t left_ns)
{
    const int64_t ns = left_ns > 0 ? left_ns : 1; /* zero would stop the timer */
    const struct itimerspec when = {.it_value = {ns / NS_PER_S, ns % NS_PER_S}};
    const int set = timerfd_settime(node->tick_fd, 0, &when, NULL);
    assert(set == 0);
    (void)set;
}

static void stay_awake(uv_idle_t *idle)
{
    (void)idle;
}

static void plan_next(struct node *node, bool busy)
{
    if (busy) {
        (void)uv_idle_start(&node->busy, stay_awake);
    } else {
        (void)uv_idle_stop(&node->busy);
    }
    const struct instant next = performer_next_time(node->performer);
    wake_after(node, instant_is_set(next) ? instant_since(next, node_now(node)).ns : 0);
    uv_update_time(&node->loop);
    const int console_ms = console_timeout_ms(node->console);
    if (console_ms >= 0) {
        (void)uv_timer_start(&node->console_timer, node_console_due, (uint64_t)console_ms, 0);
    } else {
        (void)uv_timer_stop(&node->console_timer);
    }
}

/* Once in every round of the loop, after the sockets were read. */
static void take_turn(uv_check_t *check)
{
    struct node *node = check->data;
    const uint64_t begin_ns = uv_hrtime();
    const bool busy = feed(node);
    const struct instant now = node_now(node);
    const struct instant next = performer_next_time(node->performer);
    if (!instant_is_set(next) || !instant_before(now, next)) {
        const result ticked = performer_tick_in_parts(node->performer, now);
        if (ticked != OK && ticked != ERR_FULL) {
            give_up(node, ticked);
            return;
        }
    }
    disk_kick(&node->disk);
    if (node->outlets != NULL) {
        tell_ordered(node, now);
        outlets_turn(node->outlets, performer_engine(node->performer), node->disk.failed, now);
    }
    publish(node, now);
    plan_next(node, busy);
    const uint64_t took_us = (uv_hrtime() - begin_ns) / 1000;
    node->busiest_us = took_us > node->busiest_us ? took_us : node->busiest_us;
}

static void disk_news(void *context, bool was_failed)
{
    struct node *node = context;
    const struct disk *d = &node->disk;
    if (d->failed != was_failed) {
        node->published = INSTANT_UNSET; /* the page says so at once */
    }
    if (d->failed && !was_failed) {
        node_tell(node,
                  "DISK: %s: %s. Nothing is shared or acknowledged any more; watching goes on; "
                  "tried again every second",
                  d->path, journal_fault_text(d->fault));
    } else if (!d->failed && was_failed) {
        node_tell(node, "disk: the journal works again after %.0f s; sharing goes on",
                  instant_since_s(node_now(node), d->failed_since));
    }
    if (node->stopping) {
        uv_stop(&node->loop);
    }
}

static void stop(uv_signal_t *handle, int number)
{
    struct node *node = handle->data;
    node_tell(node, "stopping (%s)", number == SIGTERM ? "SIGTERM" : "SIGINT");
    node->stopping = true;
    uv_stop(&node->loop);
}

static void reload_policy(struct node *node)
{
    char message[NODE_MESSAGE_SIZE] = "";
    bool changed = false;
    if (node_policy_load(node, &changed, message) != OK) {
        node_tell(node, "POLICY: %.400s; number %u stays in force", message,
                  node_policy_number(node));
    } else {
        node_tell(node, "policy: number %u is in force%s", node_policy_number(node),
                  changed ? " from now on" : ", as before");
    }
}

static void reload_keys(struct node *node)
{
    char message[KEY_FOLDER_MESSAGE_SIZE] = "";
    bool changed = false;
    if (key_folder_reload(node->folder, &changed, message) != OK) {
        node_tell(node, "KEYS: %s; the keys stay as they were", message);
        return;
    }
    const result told = changed ? performer_keys_changed(node->performer, node_now(node)) : OK;
    if (told != OK) {
        node_tell(node, "KEYS: partners are not told: %s; send SIGHUP again", result_text(told));
    } else {
        node_tell(node, "keys: read again, %s", changed ? "partners are told" : "nothing is new");
    }
}

/* Keys or officers, of either kind, were renewed or revoked, or there is another policy, or other
 * grants or certificates. */
static void reload(uv_signal_t *handle, int number)
{
    (void)number;
    reload_keys(handle->data);
    reload_policy(handle->data);
    node_grants_reload(handle->data);
    node_console_reload(handle->data);
    node_health_certificates(handle->data);
}

static result open_handles(struct node *node)
{
    static const int SIGNALS[3] = {SIGTERM, SIGINT, SIGHUP};
    for (int i = 0; i < 3; i++) {
        (void)uv_signal_init(&node->loop, &node->signals[i]);
        node->signals[i].data = node;
        (void)uv_signal_start(&node->signals[i], SIGNALS[i] == SIGHUP ? reload : stop, SIGNALS[i]);
    }
    (void)uv_timer_init(&node->loop, &node->console_timer);
    node->console_timer.data = node;
    (void)uv_idle_init(&node->loop, &node->busy);
    (void)uv_check_init(&node->loop, &node->turn);
    node->turn.data = node;
    disk_start(&node->disk);
    node->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    ENSURE(node->tick_fd >= 0, ERR_IO);
    (void)uv_poll_init(&node->loop, &node->tick, node->tick_fd);
    node->tick.data = node;
    (void)uv_poll_start(&node->tick, UV_READABLE, wake);
    return OK;
}

static void list_officers(void *context, struct instant now, struct policy_officers *out)
{
    node_policy_officers(context, now, out);
}

/* What the people are told by, and what it had still to tell them. */
static result open_outlets(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    const struct outlets_options options = {.file = file,
                                            .loop = &node->loop,
                                            .officers = list_officers,
                                            .tell = tell_text,
                                            .now = now_of,
                                            .context = node};
    if (file->outlet_count == 0) {
        return OK;
    }
    TRY(outlets_open(&options, &node->outlets, message));
    outlets_resume(node->outlets, performer_engine(node->performer), node_now(node));
    return OK;
}

static result open_console(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    TRY(node_console_open(node, message));
    (void)uv_poll_init(&node->loop, &node->console_poll, console_fd(node->console));
    node->console_poll.data = node;
    (void)uv_poll_start(&node->console_poll, UV_READABLE, console_ready);
    return OK;
}

static result open_inputs(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    const struct node_file *file = node->options.file;
    const struct ingest_options ingest = {.sensors = node->config.sensors,
                                          .sensor_count = node->config.sensor_count,
                                          .tell = tell_text,
                                          .context = node};
    (void)snprintf(message, NODE_MESSAGE_SIZE, "there is no memory");
    TRY(ingest_open(&ingest, &node->ingest));
    const struct sockets_options sockets = {.loop = &node->loop,
                                            .ingest = node->ingest,
                                            .listen_count = file->listen_count,
                                            .listen = file->listen,
                                            .now = now_of,
                                            .context = node};
    return sockets_open(&sockets, &node->sockets, message);
}

static result open_all(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    (void)snprintf(message, NODE_MESSAGE_SIZE, "the event loop does not start");
    ENSURE(uv_loop_init(&node->loop) == 0, ERR_IO);
    node->has_loop = true;
    node->disk.loop = &node->loop;
    node->disk.path = node->options.file->journal;
    node->disk.news = disk_news;
    node->disk.now = now_of;
    node->disk.context = node;
    TRY(open_handles(node));
    const struct performer_shell shell = {.context = node, .carry = carry, .show = show};
    TRY(node_open_engine(node, &shell, message));
    node->disk.performer = node->performer;
    TRY(open_inputs(node, message));
    TRY(open_outlets(node, message));
    TRY(open_console(node, message));
    TRY(partners_open(node->options.file, &node->loop, &node->partners, message));
    node_health_begin(node);
    return OK;
}

result node_open(const struct node_options *options, struct node **out,
                 char message[NODE_MESSAGE_SIZE])
{
    struct node *node = calloc(1, sizeof *node);
    (void)snprintf(message, NODE_MESSAGE_SIZE, "there is no memory");
    ENSURE(node != NULL, ERR_IO);
    node->options = *options;
    node->tick_fd = -1;
    node->floor = INSTANT_UNSET;
    node->published = INSTANT_UNSET;
    node->facts.journal_end = INSTANT_UNSET;
    *out = node;
    return open_all(node, message);
}

const struct node_facts *node_facts(const struct node *node)
{
    return &node->facts;
}

const struct grant_set *node_grants(const struct node *node)
{
    return &performer_engine(node->performer)->grants;
}

/* Everything fed becomes durable; partners are told nothing. */
static result finish(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    while (disk_is_busy(&node->disk)) {
        (void)uv_run(&node->loop, UV_RUN_ONCE);
    }
    const uint64_t lost = performer_uncommitted(node->performer);
    if (disk_finish(&node->disk) != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE,
                       "%.400s: %s; the last %llu inputs are lost (no partner was told of them)",
                       node->disk.path, journal_fault_text(node->disk.fault),
                       (unsigned long long)lost);
        return ERR_IO;
    }
    return OK;
}

result node_run(struct node *node, char message[NODE_MESSAGE_SIZE])
{
    (void)uv_check_start(&node->turn, take_turn);
    plan_next(node, true);
    (void)uv_run(&node->loop, UV_RUN_DEFAULT);
    (void)uv_check_stop(&node->turn);
    if (node->failure != OK) {
        (void)snprintf(message, NODE_MESSAGE_SIZE, "the engine stopped: %s",
                       result_text(node->failure));
        return node->failure;
    }
    return finish(node, message);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void node_close(struct node *node)
{
    if (node == NULL) {
        return;
    }
    sockets_close(node->sockets);
    partners_close(node->partners);
    outlets_close(node->outlets);
    if (node->has_loop) {
        disk_close(&node->disk);
        uv_walk(&node->loop, close_handle, NULL);
        while (uv_run(&node->loop, UV_RUN_DEFAULT) != 0) {
        }
        const int closed = uv_loop_close(&node->loop);
        assert(closed == 0);
        (void)closed;
    }
    if (node->tick_fd >= 0) {
        (void)close(node->tick_fd);
    }
    sockets_free(node->sockets);
    partners_free(node->partners);
    outlets_free(node->outlets);
    ingest_close(node->ingest);
    node_console_close(node);
    performer_close(node->performer);
    key_folder_close(node->folder);
    free(node);
}
