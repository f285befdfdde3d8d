/* A page's server over an invented flight, for the tests in a browser: says its address, then does
 * what its input says, a line each.
 *
 *   at T             shows the flight at T seconds after launch
 *   run T SPEED HZ   from T on at SPEED seconds a second, HZ pictures a second
 *   quiet            publishes no more; the server goes on
 *   announce         the flight was in a launch window
 *   suspend          a live event suspends the exercise
 *   outlets          warnings go to ministries, and if two officers agree to the people
 *
 * Called with the word "officers" it asks for a sign-in: kim is of the watch, sato and abe of the
 * release, lee looks on, boss controls the exercise; all have the password below. Five wrong ones
 * lock everybody out. Orders change the invented flight as the engine would change a real one. Ends
 * with its input. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console/console.h"
#include "fake_view.h"

static struct view view;
static struct console_context context;

#define PASSWORD "a horse of the watch"
#define WRONG_MAX 5
#define LOCKED_S 60

static struct {
    uint64_t ticket; /* 0 = nobody waits */
    struct console_verdict verdict;
    unsigned wrong;
    bool is_announced;
    bool is_suspended;
    bool has_outlets;
    bool stands;
    uint32_t order_count;
    struct view_order orders[LIMIT_ORDERS]; /* the latest first */
} office;

struct show {
    struct console *console;
    bool running;
    bool changed; /* by an order */
    double t_s;
    double speed;
    int64_t every_ns;
    int64_t due_ns;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static uint8_t roles_of(const char *name)
{
    return strcmp(name, "kim") == 0    ? ROLE_WATCH
           : strcmp(name, "sato") == 0 ? ROLE_RELEASE | ROLE_ENGINEER
           : strcmp(name, "abe") == 0  ? ROLE_RELEASE
           : strcmp(name, "lee") == 0  ? ROLE_OBSERVER
           : strcmp(name, "boss") == 0 ? ROLE_CONTROL
                                       : 0;
}

static bool check(void *unused, uint64_t ticket, const char *name, const char *password,
                  struct console_verdict *at_once)
{
    (void)unused;
    const bool good = roles_of(name) != 0 && strcmp(password, PASSWORD) == 0;
    if (office.wrong >= WRONG_MAX) {
        *at_once = (struct console_verdict){.outcome = CONSOLE_LOCKED, .wait_s = LOCKED_S};
        return false;
    }
    office.wrong = good ? 0 : office.wrong + 1;
    office.ticket = ticket;
    office.verdict = (struct console_verdict){.outcome = good ? CONSOLE_GOOD : CONSOLE_WRONG,
                                              .roles = roles_of(name)};
    return true;
}

static result obey_order(void *data, const struct order *order)
{
    struct show *s = data;
    if ((order->roles & order_roles(order->kind)) == 0) {
        return ERR_DENIED;
    }
    memmove(&office.orders[1], &office.orders[0], sizeof office.orders - sizeof office.orders[0]);
    office.orders[0] = (struct view_order){.time = view.now, .order = *order};
    if (order->event.value != 0) {
        office.orders[0].name = view.events[0].name;
    }
    office.order_count += office.order_count < LIMIT_ORDERS ? 1 : 0;
    s->changed = true;
    return OK;
}

static void hold(struct view_event *e, bool holds)
{
    e->held_count = holds ? 1 : 0;
    e->held[0] = (struct nation_id){"USA"};
}

/* One order upon the invented event. */
static void change(struct view_event *e, const struct view_order *o)
{
    const enum order_kind kind = o->order.kind;
    if (kind == ORDER_FALSE || kind == ORDER_REAL) {
        e->withdrawn = kind == ORDER_FALSE;
        e->by_order = e->withdrawn;
    }
    e->known_space |= kind == ORDER_SPACE;
    if (kind == ORDER_APPROVE && e->approval_count < LIMIT_APPROVALS) {
        e->approved_by[e->approval_count++] = o->order.actor;
    }
    if (kind == ORDER_CANCEL || kind == ORDER_WARN) {
        e->recalled = kind == ORDER_CANCEL;
    }
    if (kind == ORDER_HOLD || kind == ORDER_RELEASE) {
        hold(e, kind == ORDER_HOLD);
    } else if (order_roles(kind) == ROLE_WATCH) {
        e->acknowledged = o->time;
        e->acknowledged_by = o->order.actor;
    }
}

static void show_orders(struct view *v)
{
    v->order_count = office.order_count;
    memcpy(v->orders, office.orders, sizeof office.orders);
    for (uint32_t i = office.order_count; v->event_count > 0 && i > 0; i--) {
        change(&v->events[0], &office.orders[i - 1]);
    }
    struct view_event *e = &v->events[0];
    if (v->event_count > 0 && (e->withdrawn || e->recalled)) {
        e->over = e->withdrawn;
        e->warning.state = warning_in_force(e->warning.state) ? WARNING_CANCEL : e->warning.state;
        e->warning.was_false = e->withdrawn;
    }
}

static void show_outlets(struct console_context *c)
{
    const struct view_event *e = &view.events[0];
    const bool agreed = e->approval_count >= 2;
    c->told_count = 0;
    if (!office.has_outlets || view.event_count == 0 || e->warning.serial == 0) {
        return;
    }
    c->told_count = 1;
    c->told[0] = (struct console_told){.event = e->id,
                                       .state = e->warning.state,
                                       .time = e->warning.time,
                                       .agreed = e->approval_count,
                                       .outlet_count = 2};
    struct console_outlet *o = c->told[0].outlets;
    o[0] = (struct console_outlet){"ministries", 0, true, instant_plus_s(e->warning.time, 0.1), 1,
                                   "in the feed"};
    o[1] = (struct console_outlet){"cell broadcast", 2, agreed, agreed ? view.now : INSTANT_UNSET,
                                   agreed ? 1 : 0,   ""};
    (void)snprintf(o[1].receipt, sizeof o[1].receipt, "%s", agreed ? "HTTP 200: accepted" : "");
}

static void publish(struct show *s)
{
    fake_view("JPN", DOMAIN_EXERCISE, s->t_s, &view);
    show_orders(&view);
    fake_context(s->t_s, &context);
    show_outlets(&context);
    context.speed = s->running ? s->speed : 0.0;
    context.finished = false;
    (void)snprintf(context.suspended, sizeof context.suspended, "%s",
                   office.is_suspended ? "A LIVE EVENT IS GOING ON" : "");
    console_publish(s->console, &view, &context);
}

static void obey(struct show *s, const char *line)
{
    char *rest = NULL;
    if (strncmp(line, "at ", 3) == 0) {
        s->running = false;
        s->t_s = strtod(line + 3, NULL);
        publish(s);
    } else if (strncmp(line, "run ", 4) == 0) {
        s->running = true;
        s->t_s = strtod(line + 4, &rest);
        s->speed = strtod(rest, &rest);
        s->every_ns = (int64_t)((double)NS_PER_S / strtod(rest, NULL));
        s->due_ns = now_ns();
    } else if (strncmp(line, "announce", 8) == 0) {
        office.is_announced = true;
    } else if (strncmp(line, "suspend", 7) == 0) {
        office.is_suspended = true;
    } else if (strncmp(line, "outlets", 7) == 0) {
        office.has_outlets = true;
    } else if (strncmp(line, "quiet", 5) == 0) {
        s->running = false;
    }
}

static void advance(struct show *s)
{
    if (s->changed) {
        s->changed = false;
        publish(s);
    }
    if (s->running && now_ns() >= s->due_ns) {
        publish(s);
        s->t_s += s->speed * (double)s->every_ns / (double)NS_PER_S;
        s->due_ns += s->every_ns;
    }
}

/* Takes what has come. False at the end of the input. */
static bool take_lines(struct show *s, char *text, size_t size, size_t *used)
{
    const ssize_t n = read(STDIN_FILENO, text + *used, size - 1 - *used);
    if (n == 0) {
        return false;
    }
    *used += n > 0 ? (size_t)n : 0;
    text[*used] = '\0';
    for (char *end = strchr(text, '\n'); end != NULL; end = strchr(text, '\n')) {
        *end = '\0';
        obey(s, text);
        *used -= (size_t)(end + 1 - text);
        memmove(text, end + 1, *used + 1);
    }
    return true;
}

static const char *announced(const void *windows, const struct launch_estimate *launch)
{
    (void)windows;
    return office.is_announced && launch->determined ? "satellite of Sohae" : NULL;
}

static result steer(void *unused, const struct console_person *who, const char *what, double value)
{
    (void)unused;
    (void)who;
    (void)value;
    office.stands = strcmp(what, "pause") == 0;
    return OK;
}

static size_t tell_truth(void *unused, char *out, size_t size)
{
    (void)unused;
    return (size_t)snprintf(out, size,
                            "{\"title\":\"Over Japan\",\"t_s\":250,\"speed\":1,\"stands\":%s,"
                            "\"suspended\":\"\",\"injected\":0,\"launches\":[{\"name\":\"AMBER\","
                            "\"t_s\":0,\"apogee_km\":970,\"range_km\":4600,\"in_orbit\":false}]}",
                            office.stands ? "true" : "false");
}

static void tell_outcome(struct show *s)
{
    if (office.ticket != 0) {
        console_checked(s->console, office.ticket, &office.verdict);
        office.ticket = 0;
    }
}

int main(int argc, char **argv)
{
    struct show s = {.running = false};
    struct console_places places = fake_places();
    places.announced = announced;
    const struct console_officers officers = {
        .context = &s, .check = check, .order = obey_order, .control = steer, .truth = tell_truth};
    const bool has_officers = argc > 1 && strcmp(argv[1], "officers") == 0;
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = 50,
                                            .officers = has_officers ? &officers : NULL,
                                            .places = places};
    char text[256];
    size_t used = 0;
    if (console_open(&options, &s.console) != OK || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0) {
        return 1;
    }
    printf("http://127.0.0.1:%u\n", console_port(s.console));
    fflush(stdout);
    while (take_lines(&s, text, sizeof text, &used) && console_poll(s.console, 5) == OK) {
        advance(&s);
        tell_outcome(&s);
    }
    console_close(s.console);
    return 0;
}
