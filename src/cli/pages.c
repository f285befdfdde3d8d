#include "cli/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console/console.h"
#include "node/places.h"

struct pages {
    uint32_t count;
    struct control *control; /* NULL = nobody plays */
    struct console *consoles[LIMIT_NATIONS];
    char addresses[LIMIT_NATIONS * 48];
    struct console_context context;
    struct view views[LIMIT_NATIONS];
};

result pages_open(const struct scenario *scenario, struct control *control, struct pages **out,
                  char message[PLAY_MESSAGE_SIZE])
{
    struct pages *pages = calloc(1, sizeof *pages);
    (void)snprintf(message, PLAY_MESSAGE_SIZE, "the pages cannot be served on this machine");
    ENSURE(pages != NULL, ERR_IO);
    pages->control = control;
    /* Players are not told what will come. */
    (void)snprintf(pages->context.title, sizeof pages->context.title, "%.127s",
                   control == NULL ? scenario->title : "");
    size_t at = 0;
    for (uint32_t n = 0; n < scenario->nation_count; n++) {
        const struct console_options options = {
            .nation = scenario->nations[n].id,
            .domain = DOMAIN_EXERCISE,
            .per_second_max = 10,
            .places = places_for_console(),
            .officers = control != NULL ? control_officers(control, n) : NULL,
        };
        const result opened = console_open(&options, &pages->consoles[n]);
        if (opened != OK) {
            pages_close(pages);
            return opened;
        }
        pages->count = n + 1;
        if (control != NULL) {
            control_page(control, n, pages->consoles[n]);
        }
        const int size = snprintf(pages->addresses + at, sizeof pages->addresses - at,
                                  " %s http://127.0.0.1:%u ", scenario->nations[n].id.code,
                                  (unsigned)console_port(pages->consoles[n]));
        at += size > 0 ? (size_t)size : 0;
    }
    *out = pages;
    return OK;
}

void pages_close(struct pages *pages)
{
    if (pages == NULL) {
        return;
    }
    for (uint32_t n = 0; n < pages->count; n++) {
        console_close(pages->consoles[n]);
    }
    free(pages);
}

const char *pages_addresses(const struct pages *pages)
{
    return pages != NULL ? pages->addresses : "";
}

void pages_show(struct pages *pages, const struct play *play, struct instant t0, double speed,
                const char *note, bool finished)
{
    if (pages == NULL) {
        return;
    }
    pages->context.start = pages->control == NULL ? t0 : INSTANT_UNSET;
    pages->context.speed = speed;
    pages->context.finished = finished;
    (void)snprintf(pages->context.note, sizeof pages->context.note, "%s",
                   pages->control == NULL || finished ? note : control_note(pages->control));
    (void)snprintf(pages->context.suspended, sizeof pages->context.suspended, "%s",
                   pages->control == NULL ? "" : control_suspended(pages->control));
    for (uint32_t n = 0; n < pages->count; n++) {
        if (finished || console_wants_view(pages->consoles[n])) {
            engine_view(play_engine(play, n), &pages->views[n]);
            console_publish(pages->consoles[n], &pages->views[n], &pages->context);
        }
    }
}

static int64_t now_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Serves every console once; where none has anything to do, each waits a little, so that this is no
 * busy loop. */
static void serve_round(struct pages *pages)
{
    const int turn_ms = 10;
    int wait_ms = turn_ms;
    for (uint32_t n = 0; n < pages->count; n++) {
        wait_ms = console_timeout_ms(pages->consoles[n]) == 0 ? 0 : wait_ms;
    }
    for (uint32_t n = 0; n < pages->count; n++) {
        /* A server that cannot run any more leaves its page dead; the exercise goes on. */
        if (console_poll(pages->consoles[n], wait_ms) != OK) {
            const struct timespec pause = {.tv_nsec = turn_ms * 1000000L};
            (void)nanosleep(&pause, NULL);
        }
    }
}

void pages_serve(struct pages *pages, int ms)
{
    if (pages == NULL) {
        return;
    }
    if (pages->control != NULL) {
        control_turn(pages->control);
    }
    const int64_t end_ms = now_ms() + ms;
    do {
        serve_round(pages);
    } while (now_ms() < end_ms);
}
