#include "cli/control.h"

#include <assert.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "cli/status.h"
#include "console/json_writer.h"
#include "node/node_file.h"
#include "node/officers.h"

#define ASK_EVERY_NS (UINT64_C(1000) * 1000 * 1000)
#define JUMP_SLICE_S 5.0 /* of the exercise in one turn: the pages are served in between */
#define JUMP_S_MAX 86400.0
#define SPEED_MAX 1000.0
#define INJECT_AHEAD_S 5.0
#define AFTER_INJECT_S 180.0
#define LIVE_ANSWER_MAX (128 * 1024)

struct seat {
    struct control *control;
    uint32_t nation;
    struct console *console;
    struct console_officers officers;
};

struct control {
    uv_loop_t loop;
    bool has_loop;
    struct officers *officers;
    struct play *play;
    struct instant t0;
    double speed;
    bool stands;
    struct instant jump_to; /* unset = it does not jump */
    struct instant end;
    uint32_t injected;
    const char *live; /* NULL = nobody asks */
    uint64_t asked_ns;
    bool is_live; /* something real goes on */
    bool was_live;
    char suspended[CONTROL_TEXT_SIZE];
    char note[CONTROL_TEXT_SIZE];
    struct seat seats[LIMIT_NATIONS];
    char answer[LIVE_ANSWER_MAX];
};

/* Which page asked is in the ticket's upper half: each console counts its own. */
static uint64_t ticket_of(uint32_t nation, uint64_t ticket)
{
    return (uint64_t)nation << 48 | ticket;
}

static bool check(void *context, uint64_t ticket, const char *name, const char *password,
                  struct console_verdict *at_once)
{
    const struct seat *seat = context;
    return officers_check(seat->control->officers, ticket_of(seat->nation, ticket), name, password,
                          at_once);
}

static void checked(void *context, uint64_t ticket, const struct console_verdict *verdict)
{
    struct control *c = context;
    const uint64_t nation = ticket >> 48;
    assert(nation < LIMIT_NATIONS);
    if (c->seats[nation].console != NULL) {
        console_checked(c->seats[nation].console, ticket & UINT64_C(0xffffffffffff), verdict);
    }
}

static void changed(void *context, const struct officer_name *name)
{
    (void)context;
    (void)name;
}

static result order(void *context, const struct order *order)
{
    const struct seat *seat = context;
    return play_order(seat->control->play, seat->nation, order);
}

static result jump(struct control *c, double seconds)
{
    ENSURE(seconds > 0.0 && seconds <= JUMP_S_MAX, ERR_FORMAT);
    c->jump_to = instant_plus_s(play_now(c->play), seconds);
    c->stands = false;
    return OK;
}

/* Once more what the scenario launches, a few seconds from now. */
static result inject(struct control *c, double launch)
{
    const struct world *world = play_world(c->play);
    ENSURE(launch >= 1.0 && launch <= (double)world->scenario.launch_count, ERR_FORMAT);
    const uint32_t index = (uint32_t)launch - 1;
    const struct instant at = instant_plus_s(play_now(c->play), INJECT_AHEAD_S);
    struct instant over;
    TRY(play_inject(c->play, index, at, &over));
    over = instant_plus_s(over, AFTER_INJECT_S);
    c->end = instant_before(c->end, over) ? over : c->end;
    c->injected++;
    return OK;
}

static result steer(void *context, const struct console_person *who, const char *what, double value)
{
    const struct seat *seat = context;
    struct control *c = seat->control;
    assert((who->roles & ROLE_CONTROL) != 0);
    (void)who;
    if (strcmp(what, "pause") == 0) {
        c->stands = true;
        c->jump_to = INSTANT_UNSET;
        return OK;
    }
    ENSURE(!c->is_live, ERR_STATE);
    if (strcmp(what, "go") == 0) {
        ENSURE(value >= 0.0 && value <= SPEED_MAX, ERR_FORMAT);
        c->speed = value > 0.0 ? value : c->speed;
        c->stands = false;
        c->was_live = false;
        c->suspended[0] = '\0';
        return OK;
    }
    ENSURE(c->suspended[0] == '\0', ERR_STATE);
    return strcmp(what, "jump") == 0     ? jump(c, value)
           : strcmp(what, "inject") == 0 ? inject(c, value)
                                         : ERR_FORMAT;
}

/* The truth, for the controller alone. */
static size_t tell(void *context, char *out, size_t size)
{
    const struct seat *seat = context;
    const struct control *c = seat->control;
    const struct world *world = play_world(c->play);
    struct json_writer w;
    size_t written = 0;
    json_writer_start(&w, out, size);
    json_writer_object(&w, NULL);
    json_writer_text(&w, "title", world->scenario.title);
    json_writer_time(&w, "now", play_now(c->play));
    json_writer_number(&w, "t_s", instant_since_s(play_now(c->play), c->t0), 0);
    json_writer_number(&w, "speed", c->speed, 3);
    json_writer_bool(&w, "stands", c->stands);
    json_writer_text(&w, "suspended", c->suspended);
    json_writer_count(&w, "injected", c->injected);
    json_writer_array(&w, "launches");
    for (uint32_t i = 0; i < world->scenario.launch_count; i++) {
        const struct truth_summary s = world_truth_summary(world, i);
        json_writer_object(&w, NULL);
        json_writer_text(&w, "name", world->scenario.launches[i].name);
        json_writer_number(&w, "t_s", instant_since_s(s.launch_time, c->t0), 0);
        json_writer_number(&w, "apogee_km", 1e-3 * s.apogee_m, 0);
        json_writer_number(&w, "range_km", 1e-3 * s.range_m, 0);
        json_writer_bool(&w, "in_orbit", s.in_orbit);
        json_writer_close(&w);
    }
    json_writer_close(&w);
    json_writer_close(&w);
    return json_writer_finish(&w, &written) == OK ? written : 0;
}

/* Only a node of the live domain can say that something is real. */
static result check_live(const char *path, char message[CONTROL_MESSAGE_SIZE])
{
    static struct node_file file;
    TRY(node_file_read(path, &file, message));
    if (file.domain != DOMAIN_LIVE) {
        (void)snprintf(message, CONTROL_MESSAGE_SIZE,
                       "%.400s: a node of the domain %s; expected one of the live domain", path,
                       domain_text(file.domain));
        return ERR_RANGE;
    }
    return OK;
}

result control_open(const char *officers, const char *live, struct control **out,
                    char message[CONTROL_MESSAGE_SIZE])
{
    struct control *c = calloc(1, sizeof *c);
    (void)snprintf(message, CONTROL_MESSAGE_SIZE, "there is no memory");
    ENSURE(c != NULL, ERR_IO);
    *out = c;
    c->live = live;
    c->jump_to = INSTANT_UNSET;
    ENSURE(sodium_init() >= 0 && uv_loop_init(&c->loop) == 0, ERR_IO);
    c->has_loop = true;
    for (uint32_t i = 0; i < LIMIT_NATIONS; i++) {
        struct seat *seat = &c->seats[i];
        *seat = (struct seat){.control = c, .nation = i};
        seat->officers = (struct console_officers){
            .context = seat, .check = check, .order = order, .control = steer, .truth = tell};
    }
    if (live != NULL) {
        TRY(check_live(live, message));
    }
    const struct officers_options options = {
        .path = officers, .loop = &c->loop, .checked = checked, .changed = changed, .context = c};
    char text[YAML_MESSAGE_SIZE] = "";
    const result opened = officers_open(&options, &c->officers, text);
    if (opened != OK) {
        (void)snprintf(message, CONTROL_MESSAGE_SIZE, "--officers: %.900s", text);
    }
    return opened;
}

void control_close(struct control *c)
{
    if (c == NULL) {
        return;
    }
    if (c->has_loop) {
        while (uv_run(&c->loop, UV_RUN_DEFAULT) != 0) {
        }
        const int closed = uv_loop_close(&c->loop);
        assert(closed == 0);
        (void)closed;
    }
    officers_close(c->officers);
    free(c);
}

void control_begin(struct control *c, struct play *play, struct instant t0, double speed)
{
    const struct scenario *s = &play_world(play)->scenario;
    c->play = play;
    c->t0 = t0;
    c->speed = speed;
    c->end = instant_plus_s(s->start, s->duration_s);
}

const struct console_officers *control_officers(struct control *c, uint32_t nation)
{
    return &c->seats[nation].officers;
}

void control_page(struct control *c, uint32_t nation, struct console *console)
{
    c->seats[nation].console = console;
}

/* Events that somebody at the live node has before him. */
static bool has_live_event(const char *answer)
{
    json_t *status = json_loads(answer, JSON_REJECT_DUPLICATES, NULL);
    const json_t *picture = json_object_get(status, "picture");
    const bool any = json_integer_value(json_object_get(picture, "events")) > 0;
    json_decref(status);
    return any;
}

static void ask_live(struct control *c)
{
    const uint64_t now_ns = uv_hrtime();
    if (c->live == NULL || now_ns - c->asked_ns < ASK_EVERY_NS) {
        return;
    }
    c->asked_ns = now_ns;
    const char *answer = status_fetch(c->live, c->answer, sizeof c->answer);
    c->is_live = answer != NULL && has_live_event(answer);
    c->was_live |= c->is_live;
    if (c->was_live) {
        c->stands = true;
        c->jump_to = INSTANT_UNSET;
        (void)snprintf(c->suspended, sizeof c->suspended, "%s",
                       c->is_live ? "A LIVE EVENT IS GOING ON"
                                  : "the live event is over; the controller may go on");
    }
    (void)snprintf(c->note, sizeof c->note, "%s",
                   answer == NULL ? "the live node does not answer" : "");
}

void control_turn(struct control *c)
{
    (void)uv_run(&c->loop, UV_RUN_NOWAIT);
    ask_live(c);
}

struct instant control_target(struct control *c, struct instant target, double wall_s)
{
    if (c->stands) {
        return play_now(c->play);
    }
    if (!instant_is_set(c->jump_to)) {
        return instant_plus_s(target, wall_s * c->speed);
    }
    const struct instant slice = instant_plus_s(play_now(c->play), JUMP_SLICE_S);
    if (instant_before(slice, c->jump_to)) {
        return slice;
    }
    const struct instant there = c->jump_to;
    c->jump_to = INSTANT_UNSET;
    return there;
}

double control_speed(const struct control *c)
{
    return c->stands ? 0.0 : c->speed;
}

struct instant control_end(const struct control *c)
{
    return c->end;
}

const char *control_note(const struct control *c)
{
    return c->note[0] != '\0'           ? c->note
           : c->stands                  ? "paused by the controller"
           : instant_is_set(c->jump_to) ? "the controller jumps ahead"
                                        : "";
}

const char *control_suspended(const struct control *c)
{
    return c->suspended;
}
