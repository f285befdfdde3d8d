/* Any bytes on a connection to the console: it answers in HTTP or closes, and nothing hangs. What
 * it gives away goes only to who names this host. */
#define _GNU_SOURCE /* memmem */
#include "fuzz.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../console/fake_view.h"
#include "console/console.h"

#define REQUEST_MAX 4096

static struct console *console;
static struct view view;

static void begin(void)
{
    const struct console_options options = {.nation = {"JPN"},
                                            .domain = DOMAIN_EXERCISE,
                                            .per_second_max = 50,
                                            .places = fake_places()};
    struct console_context context;
    FUZZ_CHECK(console_open(&options, &console) == OK);
    fake_view("JPN", DOMAIN_EXERCISE, 0.0, &view);
    fake_context(0.0, &context);
    console_publish(console, &view, &context);
}

static int connect_to_it(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(console_port(console)),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct linger at_once = {1, 0}; /* no port is kept busy afterwards */
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    (void)connect(fd, (const struct sockaddr *)&to, sizeof to);
    return fd;
}

/* A seed cannot know the port: "@@@@@" stands for it. */
static size_t with_port(const uint8_t *data, size_t size, char out[REQUEST_MAX], bool *named)
{
    char port[6];
    const size_t kept = size < REQUEST_MAX ? size : REQUEST_MAX;
    FUZZ_CHECK(snprintf(port, sizeof port, "%u", console_port(console)) == 5);
    memcpy(out, data, kept);
    for (size_t i = 0; i + 5 <= kept; i++) {
        if (memcmp(out + i, "@@@@@", 5) == 0) {
            memcpy(out + i, port, 5);
        }
    }
    *named = memmem(out, kept, port, 5) != NULL;
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char request[REQUEST_MAX];
    char answer[4096];
    size_t got = 0;
    bool named = false;
    if (console == NULL) {
        begin();
    }
    const size_t kept = with_port(data, size, request, &named);
    const int fd = connect_to_it();
    FUZZ_CHECK(console_poll(console, 0) == OK);
    (void)!send(fd, request, kept, MSG_NOSIGNAL);
    for (int turn = 0; turn < 8; turn++) {
        FUZZ_CHECK(console_poll(console, 0) == OK);
        const ssize_t n = recv(fd, answer + got, sizeof answer - got, 0);
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    FUZZ_CHECK(console_poll(console, 0) == OK);
    FUZZ_CHECK(got < 9 || memcmp(answer, "HTTP/1.", 7) == 0);
    FUZZ_CHECK(named || memmem(answer, got, "HTTP/1.1 200", 12) == NULL);
    return 0;
}
