#include "link/link_nats.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/nats_lane.h"

struct link_nats {
    struct nats_lane lanes[LINK_NATS_LANES];
    uint8_t *delivered; /* what the last delivery's view looks at */
};

static const char *const lane_names[LINK_NATS_LANES] = {"live", "repair"};

/* host:port; the host is a name or an IPv4 address, as it stands in the server's certificate. */
static bool parse_server(const char *text, struct nats_peer *out)
{
    const size_t host = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789.-");
    if (host == 0 || host >= sizeof out->host || text[host] != ':') {
        return false;
    }
    const char *digits = text + host + 1;
    uint32_t port = 0;
    size_t i = 0;
    for (; digits[i] >= '0' && digits[i] <= '9' && i < 5; i++) {
        port = port * 10 + (uint32_t)(digits[i] - '0');
    }
    if (i == 0 || digits[i] != '\0' || port == 0 || port > UINT16_MAX) {
        return false;
    }
    memcpy(out->host, text, host);
    out->host[host] = '\0';
    out->port = (uint16_t)port;
    return true;
}

static bool copy_text(const char *text, char *out, size_t size)
{
    const int length = snprintf(out, size, "%s", text);
    return length > 0 && (size_t)length < size;
}

static bool is_domain(const char *text)
{
    return strcmp(text, "live") == 0 || strcmp(text, "exercise") == 0 || strcmp(text, "test") == 0;
}

static bool is_nkey(const char text[LINK_NATS_NKEY_MAX])
{
    return text[0] == 'U' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == 56 &&
           text[56] == '\0';
}

static result refuse(char error[LINK_NATS_TEXT_MAX], const char *what, const char *value)
{
    snprintf(error, LINK_NATS_TEXT_MAX, "%s, not '%.100s'", what, value);
    return ERR_RANGE;
}

static result read_settings(const struct link_nats_settings *settings,
                            char error[LINK_NATS_TEXT_MAX], struct nats_peer *out)
{
    memset(out, 0, sizeof *out);
    if (!is_domain(settings->domain)) {
        return refuse(error, "domain: live, exercise or test", settings->domain);
    }
    if (!nation_id_is_set(settings->nation) || !nation_id_is_set(settings->partner) ||
        nation_id_equal(settings->nation, settings->partner)) {
        return refuse(error, "partner: another nation than our own", settings->partner.code);
    }
    if (!parse_server(settings->server, out)) {
        return refuse(error, "server: HOST:PORT, the host a name or an IPv4 address",
                      settings->server);
    }
    if (!is_nkey(settings->nkey)) {
        return refuse(error, "nkey: 56 characters that begin with U", settings->nkey);
    }
    if (!copy_text(settings->certificate_authority, out->certificate_authority,
                   sizeof out->certificate_authority) ||
        !copy_text(settings->certificate, out->certificate, sizeof out->certificate) ||
        !copy_text(settings->private_key, out->private_key, sizeof out->private_key)) {
        return refuse(error, "certificates and key: paths of at most 1023 characters", "");
    }
    memcpy(out->nkey, settings->nkey, sizeof out->nkey);
    memcpy(out->nkey_secret, settings->nkey_secret, sizeof out->nkey_secret);
    return nats_dial_check(out, error);
}

static void set_lane(struct nats_lane *lane, uint32_t number,
                     const struct link_nats_settings *settings, const struct nats_peer *peer)
{
    const char *name = lane_names[number];
    lane->peer = *peer;
    snprintf(lane->peer.name, sizeof lane->peer.name, "watchfire %s to %s, %s",
             settings->nation.code, settings->partner.code, name);
    snprintf(lane->subject_out, sizeof lane->subject_out, "wf.%s.%s.%s.%s", settings->domain,
             settings->nation.code, settings->partner.code, name);
    snprintf(lane->subject_in, sizeof lane->subject_in, "wf.%s.%s.%s.%s", settings->domain,
             settings->partner.code, settings->nation.code, name);
    lane->drops_oldest = number == LINK_NATS_LIVE;
    lane->notify = settings->notify;
    lane->context = settings->context;
}

static void link_free(struct link_nats *l)
{
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        sodium_memzero(&l->lanes[lane].peer, sizeof l->lanes[lane].peer);
    }
    free(l->delivered);
    free(l);
}

result link_nats_open(const struct link_nats_settings *settings, char error[LINK_NATS_TEXT_MAX],
                      struct link_nats **out)
{
    struct nats_peer peer;
    TRY(read_settings(settings, error, &peer));
    struct link_nats *l = calloc(1, sizeof *l);
    result done = l != NULL ? OK : ERR_IO;
    uint32_t opened = 0;
    while (done == OK && opened < LINK_NATS_LANES) {
        set_lane(&l->lanes[opened], opened, settings, &peer);
        done = nats_lane_open(&l->lanes[opened]);
        opened += done == OK ? 1 : 0;
    }
    sodium_memzero(&peer, sizeof peer);
    if (done != OK) {
        snprintf(error, LINK_NATS_TEXT_MAX, "no memory or no thread for the carrier");
        for (uint32_t lane = 0; lane < opened; lane++) {
            nats_lane_close(&l->lanes[lane]);
        }
        if (l != NULL) {
            link_free(l);
        }
        return done;
    }
    *out = l;
    return OK;
}

void link_nats_close(struct link_nats *l)
{
    if (l == NULL) {
        return;
    }
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        nats_lane_end(&l->lanes[lane]);
    }
    for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
        nats_lane_close(&l->lanes[lane]);
    }
    link_free(l);
}

result link_nats_send(struct link_nats *l, uint32_t lane, struct bytes data)
{
    ENSURE(lane < LINK_NATS_LANES, ERR_RANGE);
    ENSURE(data.size > 0 && data.size <= LINK_NATS_FRAME_BYTES_MAX, ERR_RANGE);
    return nats_lane_send(&l->lanes[lane], data);
}

bool link_nats_next(struct link_nats *l, struct link_nats_delivery *out)
{
    for (uint32_t number = 0; number < LINK_NATS_LANES; number++) {
        struct nats_lane *lane = &l->lanes[number];
        struct queued_frame frame;
        pthread_mutex_lock(&lane->lock);
        const bool any = frame_queue_take(&lane->in, &frame);
        pthread_mutex_unlock(&lane->lock);
        if (any) {
            free(l->delivered);
            l->delivered = frame.data;
            *out = (struct link_nats_delivery){number, {frame.data, frame.size}};
            return true;
        }
    }
    return false;
}

void link_nats_status(struct link_nats *l, uint32_t lane, struct link_nats_status *out)
{
    assert(lane < LINK_NATS_LANES);
    pthread_mutex_lock(&l->lanes[lane].lock);
    *out = l->lanes[lane].status;
    pthread_mutex_unlock(&l->lanes[lane].lock);
}
