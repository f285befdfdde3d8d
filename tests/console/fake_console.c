/* A page's server over an invented flight, for the tests in a browser: says its address, then does
 * what its input says, a line each.
 *
 *   at T             shows the flight at T seconds after launch
 *   run T SPEED HZ   from T on at SPEED seconds a second, HZ pictures a second
 *   quiet            publishes no more; the server goes on
 *
 * Ends with its input. */
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

struct show {
    struct console *console;
    bool running;
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

static void publish(struct show *s)
{
    fake_view("JPN", DOMAIN_EXERCISE, s->t_s, &view);
    fake_context(s->t_s, &context);
    context.speed = s->running ? s->speed : 0.0;
    context.finished = false;
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
    } else if (strncmp(line, "quiet", 5) == 0) {
        s->running = false;
    }
}

static void advance(struct show *s)
{
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

int main(void)
{
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = 50,
                                            .places = fake_places()};
    struct show s = {.running = false};
    char text[256];
    size_t used = 0;
    if (console_open(&options, &s.console) != OK || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0) {
        return 1;
    }
    printf("http://127.0.0.1:%u\n", console_port(s.console));
    fflush(stdout);
    while (take_lines(&s, text, sizeof text, &used) && console_poll(s.console, 5) == OK) {
        advance(&s);
    }
    console_close(s.console);
    return 0;
}
