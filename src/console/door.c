#include "console/door.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COOKIE_NAME_SIZE 40
#define ORIGIN_SIZE (CONSOLE_HOST_SIZE + 10)
#define HTTPS_PORT 443

struct host_check {
    const struct console *console;
    unsigned good;
    unsigned all;
};

static bool is_loopback(const char *address)
{
    return strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0;
}

bool console_is_local(const struct console_options *options)
{
    return options->address == NULL || is_loopback(options->address);
}

void door_name_hosts(struct console *c)
{
    const char *address = c->options.address != NULL ? c->options.address : "127.0.0.1";
    const bool is_v6 = strchr(address, ':') != NULL;
    const char *name = console_is_local(&c->options) ? "localhost" : c->options.name;
    (void)snprintf(c->hosts[0], sizeof c->hosts[0], is_v6 ? "[%s]:%u" : "%s:%u", address,
                   (unsigned)c->port);
    c->hosts[1][0] = '\0';
    c->hosts[2][0] = '\0';
    if (name != NULL) {
        (void)snprintf(c->hosts[1], sizeof c->hosts[1], "%s:%u", name, (unsigned)c->port);
        if (c->port == HTTPS_PORT && c->options.certificate != NULL) {
            (void)snprintf(c->hosts[2], sizeof c->hosts[2], "%s", name);
        }
    }
}

static bool is_known(const struct console *c, const char *host)
{
    for (int i = 0; i < CONSOLE_HOSTS; i++) {
        if (c->hosts[i][0] != '\0' && strcasecmp(host, c->hosts[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum MHD_Result look_at_host(void *cls, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
    struct host_check *check = cls;
    (void)kind;
    if (strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0) {
        check->all++;
        check->good += value != NULL && is_known(check->console, value) ? 1 : 0;
    }
    return MHD_YES;
}

bool door_host_is_ours(const struct console *console, struct MHD_Connection *connection)
{
    struct host_check check = {.console = console};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_host, &check);
    return check.all == 1 && check.good == 1;
}

bool door_site_is_ours(struct MHD_Connection *connection, const char *url)
{
    const char *site = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
    return site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0 ||
           strcmp(url, "/") == 0;
}

struct origin_check {
    const char *expected;
    unsigned good;
    unsigned all;
};

static enum MHD_Result look_at_origin(void *cls, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct origin_check *check = cls;
    (void)kind;
    if (strcasecmp(key, MHD_HTTP_HEADER_ORIGIN) == 0) {
        check->all++;
        check->good += value != NULL && strcasecmp(value, check->expected) == 0 ? 1 : 0;
    }
    return MHD_YES;
}

bool door_origin_is_ours(const struct console *console, struct MHD_Connection *connection)
{
    char expected[ORIGIN_SIZE];
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (host == NULL || !is_known(console, host)) {
        return false;
    }
    (void)snprintf(expected, sizeof expected, "%s://%s",
                   console->options.certificate != NULL ? "https" : "http", host);
    struct origin_check check = {.expected = expected};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_origin, &check);
    return check.all == 1 && check.good == 1;
}

/* A browser keeps cookies by host, whatever the port: nodes on one machine must not share one. */
static void name_cookie(const struct console *c, char out[COOKIE_NAME_SIZE])
{
    (void)snprintf(out, COOKIE_NAME_SIZE, "%swatchfire-%u",
                   c->options.certificate != NULL ? "__Host-" : "", (unsigned)c->port);
}

const struct visit *door_visit(const struct console *console, struct MHD_Connection *connection)
{
    char name[COOKIE_NAME_SIZE];
    name_cookie(console, name);
    const char *id = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, name);
    return id != NULL ? visit_find(&console->visits, id, console_now_ns()) : NULL;
}

void door_cookie(const struct console *console, const struct visit *visit, char *out, size_t size)
{
    char name[COOKIE_NAME_SIZE];
    name_cookie(console, name);
    (void)snprintf(out, size, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", name,
                   visit != NULL ? visit->id : "", visit != NULL ? VISIT_HOURS * 3600 : 0,
                   console->options.certificate != NULL ? "; Secure" : "");
}
