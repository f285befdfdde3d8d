#include "node/partners.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/nkey.h"

struct partners {
    uv_async_t news; /* wakes the loop from the carrier's threads */
    uint32_t count;
    uint32_t turn; /* whose turn it is */
    bool has_news; /* the carrier woke the loop since partners_connected found nothing */
    uint64_t connects[LIMIT_PARTNERS];       /* that partners_connected told of */
    struct link_nats *links[LIMIT_PARTNERS]; /* NULL = no line leads there */
};

/* On a thread of the carrier. */
static void notify(void *context)
{
    struct partners *p = context;
    (void)uv_async_send(&p->news);
}

/* The loop is awake now; the turn after it takes the frames. */
static void woken(uv_async_t *async)
{
    struct partners *p = async->data;
    p->has_news = true;
}

static result open_link(struct partners *p, const struct node_file *file,
                        const struct node_partner *partner, struct link_nats **out,
                        char message[PARTNERS_MESSAGE_SIZE])
{
    struct nkey nkey;
    char trouble[NKEY_MESSAGE_MAX] = "";
    char server[NODE_HOST_SIZE + 8];
    const bool is_six = strchr(partner->server.host, ':') != NULL;
    (void)snprintf(server, sizeof server, is_six ? "[%s]:%u" : "%s:%u", partner->server.host,
                   (unsigned)partner->server.port);
    const result read = nkey_read(partner->nkey, trouble, &nkey);
    if (read != OK) {
        (void)snprintf(message, PARTNERS_MESSAGE_SIZE, "partner %s: %s", partner->nation.code,
                       trouble);
        return read;
    }
    struct link_nats_settings settings = {
        .domain = domain_text(file->domain),
        .nation = file->nation,
        .partner = partner->nation,
        .server = server,
        .certificate_authority = partner->certificate_authority,
        .certificate = partner->certificate,
        .private_key = partner->private_key,
        .notify = notify,
        .context = p,
    };
    (void)snprintf(settings.nkey, sizeof settings.nkey, "%s", nkey.text);
    memcpy(settings.nkey_secret, nkey.secret, sizeof settings.nkey_secret);
    nkey_forget(&nkey);
    char error[LINK_NATS_TEXT_MAX] = "";
    const result opened = link_nats_open(&settings, error, out);
    sodium_memzero(settings.nkey_secret, sizeof settings.nkey_secret);
    if (opened != OK) {
        (void)snprintf(message, PARTNERS_MESSAGE_SIZE, "partner %s: %s", partner->nation.code,
                       error[0] != '\0' ? error : result_text(opened));
        return opened;
    }
    return OK;
}

result partners_open(const struct node_file *file, uv_loop_t *loop, struct partners **out,
                     char message[PARTNERS_MESSAGE_SIZE])
{
    struct partners *p = calloc(1, sizeof *p);
    (void)snprintf(message, PARTNERS_MESSAGE_SIZE, "there is no memory");
    ENSURE(p != NULL, ERR_IO);
    if (uv_async_init(loop, &p->news, woken) != 0) {
        free(p);
        return ERR_IO;
    }
    p->news.data = p;
    *out = p;
    for (uint32_t i = 0; i < file->partner_count; i++) {
        if (file->partners[i].server.port != 0) {
            TRY(open_link(p, file, &file->partners[i], &p->links[i], message));
        }
        p->count++;
    }
    return OK;
}

void partners_close(struct partners *p)
{
    if (p == NULL) {
        return;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->links[i] != NULL) {
            link_nats_close(p->links[i]);
        }
    }
    p->count = 0;
    uv_close((uv_handle_t *)&p->news, NULL);
}

void partners_free(struct partners *p)
{
    free(p);
}

void partners_send(struct partners *p, uint32_t partner, uint32_t lane, struct bytes sealed)
{
    if (partner < p->count && p->links[partner] != NULL) {
        (void)!link_nats_send(p->links[partner], lane, sealed);
    }
}

bool partners_next(struct partners *p, uint32_t *partner, struct bytes *out)
{
    for (uint32_t tried = 0; tried < p->count; tried++) {
        const uint32_t turn = p->turn;
        struct link_nats *link = p->links[turn];
        p->turn = (p->turn + 1) % p->count;
        struct link_nats_delivery delivery;
        if (link != NULL && link_nats_next(link, &delivery)) {
            *partner = turn;
            *out = delivery.data;
            return true;
        }
    }
    return false;
}

bool partners_connected(struct partners *p, uint32_t *partner)
{
    for (uint32_t i = 0; p->has_news && i < p->count; i++) {
        uint64_t connects = 0;
        for (uint32_t lane = 0; lane < LINK_NATS_LANES; lane++) {
            struct link_nats_status status;
            connects += partners_status(p, i, lane, &status) ? status.connects : 0;
        }
        if (connects > p->connects[i]) {
            p->connects[i] = connects;
            *partner = i;
            return true;
        }
    }
    p->has_news = false;
    return false;
}

bool partners_status(struct partners *p, uint32_t partner, uint32_t lane,
                     struct link_nats_status *out)
{
    if (p->links[partner] == NULL) {
        return false;
    }
    link_nats_status(p->links[partner], lane, out);
    return true;
}
