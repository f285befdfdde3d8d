#include "cli/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/status_table.h"
#include "console/console.h"
#include "node/node_file.h"
#include "node/status_door.h"

#define WAIT_S 5
#define ANSWER_MAX (CONSOLE_STATUS_MAX + 4096)

static const char HELP[] =
    "usage: watchfire status NODE.yaml | ADDRESS:PORT [--json]\n"
    "\n"
    "Asks a running node on this machine how it is: domain, uptime, journal, clock, what its "
    "sensors\n"
    "and partners sent and what was refused of it, by reason.\n"
    "\n"
    "  NODE.yaml      the node's own file: its console is asked\n"
    "  ADDRESS:PORT   or the address of the console, such as 127.0.0.1:8801\n"
    "  --json         the answer as it comes, one JSON object\n"
    "  --help         this text; docs/operating.md says what each counter means\n"
    "\n"
    "Exit status: 0 the node runs and its journal is good; 1 it does not answer, or its journal\n"
    "has failed; 2 wrong use or bad input.\n";

static int complain(int status, const char *text)
{
    (void)fprintf(stderr, "watchfire status: %s\n", text);
    return status;
}

/* Where a node answers: at its console, or where that asks for a sign-in at a socket beside its
 * journal. */
struct place {
    struct node_address console;
    char door[STATUS_DOOR_PATH_SIZE]; /* empty = the console */
};

static bool find_place(const char *where, struct place *out, char message[1024])
{
    out->door[0] = '\0';
    if (node_address_parse(where, false, &out->console) == OK) {
        return true;
    }
    static struct node_file file;
    if (node_file_read(where, &file, message) != OK) {
        return false;
    }
    out->console = file.console;
    return file.officers[0] == '\0' || status_door_path(file.journal, out->door) == OK;
}

static bool make_address(const struct place *place, struct sockaddr_storage *out, socklen_t *size)
{
    struct sockaddr_in *inet = (struct sockaddr_in *)out;
    struct sockaddr_un *local = (struct sockaddr_un *)out;
    memset(out, 0, sizeof *out);
    if (place->door[0] != '\0') {
        local->sun_family = AF_UNIX;
        memcpy(local->sun_path, place->door, strlen(place->door) + 1);
        *size = sizeof *local;
        return true;
    }
    inet->sin_family = AF_INET;
    inet->sin_port = htons(place->console.port);
    *size = sizeof *inet;
    return inet_pton(AF_INET, place->console.host, &inet->sin_addr) == 1;
}

static int connect_to(const struct place *place)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    const bool is_known = make_address(place, &address, &size);
    const int fd = socket(address.ss_family, SOCK_STREAM, 0);
    const struct timeval wait = {.tv_sec = WAIT_S};
    if (fd >= 0 && is_known && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
        connect(fd, (const struct sockaddr *)&address, size) == 0) {
        return fd;
    }
    if (fd >= 0) {
        const int why = errno;
        (void)close(fd);
        errno = why;
    }
    return -1;
}

/* Sends the request, where one is needed, and reads the whole answer. False with errno if that does
 * not go. */
static bool ask(int fd, const struct place *place, char *out, size_t size)
{
    char request[256];
    const int length = snprintf(request, sizeof request,
                                "GET /status HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n\r\n",
                                place->console.host, (unsigned)place->console.port);
    if (length < 0) {
        return false;
    }
    /* The door tells everybody who comes. */
    if (place->door[0] == '\0' && send(fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
        return false;
    }
    size_t at = 0;
    ssize_t got = 0;
    while (at < size - 1 && (got = recv(fd, out + at, size - 1 - at, 0)) > 0) {
        at += (size_t)got;
    }
    out[at] = '\0';
    return got == 0;
}

/* What stands after the head of an answer that is good; NULL for any other. */
static const char *find_body(const char *answer)
{
    const char *blank = strstr(answer, "\r\n\r\n");
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && blank != NULL ? blank + 4 : NULL;
}

static int show(const char *body, bool is_json, const char *where)
{
    json_error_t error;
    json_t *status = body != NULL ? json_loads(body, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (!json_is_object(status) || json_object_get(status, "journal") == NULL) {
        json_decref(status);
        (void)fprintf(stderr, "watchfire status: %s: what answers there is no node\n", where);
        return 1;
    }
    if (is_json) {
        (void)puts(body);
    } else {
        status_table_print(status);
    }
    const bool is_good = status_table_is_good(status);
    json_decref(status);
    return is_good ? 0 : 1;
}

/* What is there answers in one piece; false with errno if nothing does. */
static bool reach(const struct place *place, char *out, size_t size)
{
    const int fd = connect_to(place);
    const bool answered = fd >= 0 && ask(fd, place, out, size);
    const int why = errno;
    (void)close(fd);
    errno = why;
    return answered;
}

/* The status in an answer; NULL if it is none of a node. */
static const char *status_in(const struct place *place, const char *answer)
{
    return place->door[0] != '\0' ? answer : find_body(answer);
}

static int run(const char *where, bool is_json)
{
    char message[1024] = "";
    struct place place;
    if (!find_place(where, &place, message)) {
        return complain(2, message);
    }
    static char answer[ANSWER_MAX];
    if (!reach(&place, answer, sizeof answer)) {
        (void)snprintf(message, sizeof message, "no node answers on %s:%u: %s; is it running?",
                       place.console.host, (unsigned)place.console.port, strerror(errno));
        return complain(1, message);
    }
    return show(status_in(&place, answer), is_json, where);
}

const char *status_fetch(const char *where, char *out, size_t size)
{
    char message[1024] = "";
    struct place place;
    return find_place(where, &place, message) && reach(&place, out, size) ? status_in(&place, out)
                                                                          : NULL;
}

int cli_status(int argc, char **argv)
{
    const char *where = NULL;
    bool is_json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(HELP, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            is_json = true;
        } else if (argv[i][0] == '-' || where != NULL) {
            where = NULL;
            break;
        } else {
            where = argv[i];
        }
    }
    return where != NULL
               ? run(where, is_json)
               : complain(2, "expected NODE.yaml or ADDRESS:PORT, and --json; see --help");
}
