#include "telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>
#include <pthread.h>
#include <sodium.h>

#include "base/utc.h"

static char folder[] = "/tmp/watchfire-outlets-XXXXXX";
struct node_file telling_file;
uv_loop_t telling_loop;
struct instant telling_now;
struct outlets *telling_outlets;
struct engine *telling_engine;
char telling_last[600];
uint8_t telling_keys[TELLING_OFFICERS][32];
uint8_t telling_secrets[TELLING_OFFICERS][64];

/* What the server got; its own thread writes. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct MHD_Daemon *server;
static char server_key[4096];
static char server_certificate[4096];
static uint32_t got_count;
char telling_got[TELLING_GOT_MAX][2048];
unsigned telling_answer = 200;

/* SQLite's, too: the linker takes these before the C library's. The disk's speed is not tested. */
int fsync(int fd)
{
    return fd >= 0 ? 0 : -1;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **state)
{
    static int begun;
    char said[] = "receipt 7\n";
    (void)context;
    (void)version;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    pthread_mutex_lock(&lock);
    if (*upload_size > 0) {
        if (got_count < TELLING_GOT_MAX && telling_got[got_count][0] == '\0') {
            (void)snprintf(telling_got[got_count], sizeof telling_got[0], "%s %s %.1500s", method,
                           url, upload);
        }
        *upload_size = 0;
        pthread_mutex_unlock(&lock);
        return MHD_YES;
    }
    got_count += got_count < TELLING_GOT_MAX ? 1 : 0;
    const unsigned status = telling_answer;
    pthread_mutex_unlock(&lock);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(10, said, MHD_RESPMEM_MUST_COPY);
    const enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static void read_whole(const char *name, char *out, size_t size)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    (void)fclose(f);
}

static void make_certificate(const char *name)
{
    char command[600];
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s/%s.key "
                   "-out %s/%s.pem 2>/dev/null",
                   folder, name, folder, name);
    assert_int_equal(system(command), 0);
}

int telling_start(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    assert_non_null(mkdtemp(folder));
    telling_engine = calloc(1, sizeof *telling_engine);
    assert_non_null(telling_engine);
    make_certificate("server");
    make_certificate("other");
    read_whole("server.key", server_key, sizeof server_key);
    read_whole("server.pem", server_certificate, sizeof server_certificate);
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, serve, NULL,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_HTTPS_MEM_KEY,
                         server_key, MHD_OPTION_HTTPS_MEM_CERT, server_certificate, MHD_OPTION_END);
    assert_non_null(server);
    for (int i = 0; i < TELLING_OFFICERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1)};
        crypto_sign_seed_keypair(telling_keys[i], telling_secrets[i], seed);
    }
    return 0;
}

int telling_stop(void **state)
{
    char command[100];
    (void)state;
    free(telling_engine);
    MHD_stop_daemon(server);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* The third officer's key does not count. */
static void officers(void *context, struct instant now, struct policy_officers *out)
{
    (void)context;
    (void)now;
    out->count = 2;
    memcpy(out->keys, telling_keys, sizeof out->keys[0] * 2);
}

static void tell(void *context, const char *text)
{
    (void)context;
    (void)snprintf(telling_last, sizeof telling_last, "%s", text);
}

static struct instant now(void *context)
{
    (void)context;
    return telling_now;
}

struct outlets_options telling_options(void)
{
    return (struct outlets_options){.file = &telling_file,
                                    .loop = &telling_loop,
                                    .officers = officers,
                                    .tell = tell,
                                    .now = now};
}

void telling_open(void)
{
    const struct outlets_options options = telling_options();
    char message[OUTLET_MESSAGE_SIZE] = "";
    if (outlets_open(&options, &telling_outlets, message) != OK) {
        fail_msg("%s", message);
    }
}

void telling_close(void)
{
    outlets_close(telling_outlets);
    while (uv_run(&telling_loop, UV_RUN_DEFAULT) != 0) {
    }
    outlets_free(telling_outlets);
    telling_outlets = NULL;
}

/* A new store, a feed and the server; both released as told. */
void telling_begin(enum node_release feed, enum node_release push, const char *authority)
{
    static int number;
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
    memset(&telling_file, 0, sizeof telling_file);
    telling_file.nation = (struct nation_id){"JPN"};
    telling_file.domain = DOMAIN_EXERCISE;
    (void)snprintf(telling_file.journal, sizeof telling_file.journal, "%s/%d.db", folder, number++);
    (void)snprintf(telling_file.sender, sizeof telling_file.sender, "warn@example.jp");
    telling_file.outlet_count = 2;
    telling_file.outlets[0] = (struct node_outlet){.name = "ministries", .release = feed};
    telling_file.outlets[1] =
        (struct node_outlet){.name = "cells", .is_public = true, .release = push};
    (void)snprintf(telling_file.outlets[1].push, NODE_PATH_SIZE, "https://127.0.0.1:%u/cap",
                   port->port);
    (void)snprintf(telling_file.outlets[1].certificate_authority, NODE_PATH_SIZE, "%s/%s.pem",
                   folder, authority);
    assert_int_equal(utc_parse("2022-10-03T22:25:00Z", 20, &telling_now), OK);
    assert_int_equal(uv_loop_init(&telling_loop), 0);
    memset(telling_got, 0, sizeof telling_got);
    got_count = 0;
    telling_answer = 200;
    telling_last[0] = '\0';
    telling_open();
}

void telling_end(void)
{
    telling_close();
    assert_int_equal(uv_loop_close(&telling_loop), 0);
}

void telling_say(enum warning_state state, uint32_t serial)
{
    telling_say_about(9, state, serial);
}

void telling_say_about(uint64_t event, enum warning_state state, uint32_t serial)
{
    static struct public_message m;
    memset(&m, 0, sizeof m);
    m.warning = (struct warning){.event = {event},
                                 .state = state,
                                 .serial = serial,
                                 .time = telling_now,
                                 .expires = INSTANT_UNSET,
                                 .impact = INSTANT_UNSET,
                                 .area_count = 1};
    if (warning_in_force(state)) {
        m.warning.expires = instant_plus_s(telling_now, 400.0);
    }
    m.warning.areas[0] = (struct warning_area){0, 0.0, instant_plus_s(telling_now, 200.0), 9e5};
    m.places[0] = (struct public_place){{"Aomori", "青森県", "아오모리 현"}, "JP-02"};
    (void)snprintf(m.name.text, sizeof m.name.text, "AMBER-K417");
    m.told = (struct public_warning){.domain = DOMAIN_EXERCISE,
                                     .nation = {"JPN"},
                                     .event_name = m.name.text,
                                     .warning = &m.warning,
                                     .places = m.places,
                                     .launched = INSTANT_UNSET};
    outlets_tell_message(telling_outlets, &m, telling_now);
}

uint32_t telling_server_has(void)
{
    pthread_mutex_lock(&lock);
    const uint32_t count = got_count;
    pthread_mutex_unlock(&lock);
    return count;
}

/* Lets the loop run until the server has so many, or a second is over; returns the seconds. */
double telling_wait_s(uint32_t count)
{
    const uint64_t from_ns = uv_hrtime();
    while (telling_server_has() < count && uv_hrtime() - from_ns < 1000000000) {
        (void)uv_run(&telling_loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    const double took_s = 1e-9 * (double)(uv_hrtime() - from_ns);
    for (int i = 0; i < 20; i++) { /* the answer */
        (void)uv_run(&telling_loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    return took_s;
}

/* Time passes, with the loop looking four times a second. */
void telling_turn(void)
{
    outlets_turn(telling_outlets, telling_engine, false, telling_now);
}

void telling_pass(double seconds)
{
    for (double s = 0.0; s < seconds; s += 0.25) {
        telling_now = instant_plus_s(telling_now, 0.25);
        telling_turn();
        (void)uv_run(&telling_loop, UV_RUN_NOWAIT);
    }
}

bool telling_feed_has(const char *text)
{
    static char out[128 * 1024];
    const char *type = NULL;
    const size_t size = outlets_document(telling_outlets, "/feed.atom", out, sizeof out - 1, &type);
    out[size] = '\0';
    return strstr(out, text) != NULL;
}
