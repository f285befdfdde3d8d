#include "link/nats_dial.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 2000
#define WRITE_DEADLINE_MS 5000

struct nats_dial {
    struct nats_peer peer;
    int done_fd;
    int socket; /* written by the thread before it is done */
    pthread_t thread;
    pthread_mutex_t lock;
    bool done;
    bool abandoned;
    bool refused;
    natsConnection *connection;
    char error[NATS_DIAL_TEXT_MAX];
};

/* The library's own words if it has any, without the line of its source before them. */
static void say_why(natsStatus status, char error[NATS_DIAL_TEXT_MAX])
{
    const char *text = nats_GetLastError(NULL);
    const char *after = text != NULL && text[0] == '(' ? strstr(text, "): ") : NULL;
    text = after != NULL ? after + 3 : text;
    snprintf(error, NATS_DIAL_TEXT_MAX, "%s",
             text != NULL && text[0] != '\0' ? text : natsStatus_GetText(status));
}

/* The library frees the signature, so it comes from malloc. */
static natsStatus sign_nonce(char **error, unsigned char **signature, int *size, const char *nonce,
                             void *context)
{
    (void)error;
    const struct nats_peer *peer = context;
    unsigned char *out = malloc(crypto_sign_BYTES);
    if (out == NULL || nonce == NULL) {
        free(out);
        return NATS_ERR;
    }
    crypto_sign_detached(out, NULL, (const unsigned char *)nonce, strlen(nonce), peer->nkey_secret);
    *signature = out;
    *size = crypto_sign_BYTES;
    return NATS_OK;
}

/* The library is told that we have an event loop, so that it starts no threads that read and write:
 * in this version they would use one TLS object at the same time, which OpenSSL forbids. Whoever
 * holds the connection calls it when the socket is ready. */
static natsStatus on_attach(void **user, void *loop, natsConnection *connection, natsSock socket)
{
    (void)connection;
    struct nats_dial *d = loop;
    d->socket = socket;
    *user = d; /* only not NULL is wanted: it is not used */
    return NATS_OK;
}

static natsStatus on_interest(void *user, bool add)
{
    (void)user;
    (void)add;
    return NATS_OK;
}

static natsStatus on_detach(void *user)
{
    (void)user;
    return NATS_OK;
}

static natsStatus set_manner(natsOptions *o, const struct nats_peer *peer)
{
    natsStatus s = natsOptions_SetAllowReconnect(o, false);
    s = s != NATS_OK ? s : natsOptions_SetTimeout(o, CONNECT_TIMEOUT_MS);
    s = s != NATS_OK ? s : natsOptions_SetWriteDeadline(o, WRITE_DEADLINE_MS);
    s = s != NATS_OK ? s : natsOptions_SetPingInterval(o, 0); /* its timer is another thread */
    s = s != NATS_OK ? s : natsOptions_SetIgnoreDiscoveredServers(o, true);
    s = s != NATS_OK ? s : natsOptions_DisableNoResponders(o, true);
    s = s != NATS_OK ? s : natsOptions_SetNoEcho(o, true);
    s = s != NATS_OK ? s : natsOptions_SetSendAsap(o, true);
    return s != NATS_OK ? s : natsOptions_SetName(o, peer->name);
}

static natsStatus set_trust(natsOptions *o, const struct nats_peer *peer)
{
    natsStatus s = natsOptions_SetSecure(o, true);
    s = s != NATS_OK ? s : natsOptions_LoadCATrustedCertificates(o, peer->certificate_authority);
    s = s != NATS_OK ? s
                     : natsOptions_LoadCertificatesChain(o, peer->certificate, peer->private_key);
    s = s != NATS_OK ? s : natsOptions_SetExpectedHostname(o, peer->host);
    return s != NATS_OK ? s : natsOptions_SetNKey(o, peer->nkey, sign_nonce, (void *)peer);
}

static natsStatus make_options(const struct nats_peer *peer, natsOptions **out)
{
    natsOptions *o = NULL;
    char url[NATS_DIAL_HOST_MAX + 32];
    snprintf(url, sizeof url, "nats://%s:%u", peer->host, (unsigned)peer->port);
    natsStatus s = natsOptions_Create(&o);
    s = s != NATS_OK ? s : natsOptions_SetURL(o, url);
    s = s != NATS_OK ? s : set_manner(o, peer);
    s = s != NATS_OK ? s : set_trust(o, peer);
    if (s != NATS_OK) {
        natsOptions_Destroy(o);
        return s;
    }
    *out = o;
    return NATS_OK;
}

/* The library opens them later, in threads of its own that may be interrupted; here a pipe in a
 * file's place would hold the node, so nothing is opened. */
static bool is_readable(const char *path, const char *what, char error[NATS_DIAL_TEXT_MAX])
{
    struct stat about;
    const bool is_there = stat(path, &about) == 0 && access(path, R_OK) == 0;
    if (is_there && S_ISREG(about.st_mode)) {
        return true;
    }
    snprintf(error, NATS_DIAL_TEXT_MAX, "%.150s: the %s cannot be read: %s", path, what,
             is_there ? "expected a file" : strerror(errno));
    return false;
}

/* libnats 3.4 also trusts every authority that the system trusts, and can only be told otherwise in
 * the way in which OpenSSL is told where those are. A private authority is private: nobody else may
 * name the server. */
static void trust_no_other(void)
{
    if (setenv("SSL_CERT_FILE", "/dev/null", 1) != 0 ||
        setenv("SSL_CERT_DIR", "/dev/null", 1) != 0) {
        abort();
    }
}

static void on_interrupt(int number)
{
    (void)number;
}

static void prepare(void)
{
    trust_no_other();
    const struct sigaction action = {.sa_handler = on_interrupt}; /* system calls do not go on */
    if (sigaction(SIGURG, &action, NULL) != 0) {
        abort();
    }
}

result nats_dial_check(const struct nats_peer *peer, char error[NATS_DIAL_TEXT_MAX])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, prepare);
    ENSURE(is_readable(peer->certificate_authority, "certificate authority", error), ERR_FORMAT);
    ENSURE(is_readable(peer->certificate, "certificate", error), ERR_FORMAT);
    ENSURE(is_readable(peer->private_key, "private key", error), ERR_FORMAT);
    natsOptions *o = NULL;
    const natsStatus s = make_options(peer, &o);
    if (s != NATS_OK) {
        char why[NATS_DIAL_TEXT_MAX];
        say_why(s, why);
        snprintf(error, NATS_DIAL_TEXT_MAX, "%.80s, %.80s: no certificates and key: %.60s",
                 peer->certificate_authority, peer->certificate, why);
        return ERR_FORMAT;
    }
    natsOptions_Destroy(o);
    return OK;
}

static void dial_free(struct nats_dial *d)
{
    natsConnection_Destroy(d->connection);
    if (d->done_fd >= 0) {
        close(d->done_fd);
    }
    pthread_mutex_destroy(&d->lock);
    sodium_memzero(&d->peer, sizeof d->peer);
    free(d);
}

static void *dial_run(void *context)
{
    struct nats_dial *d = context;
    natsOptions *o = NULL;
    natsConnection *connection = NULL;
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
    natsStatus s = make_options(&d->peer, &o);
    s = s != NATS_OK
            ? s
            : natsOptions_SetEventLoop(o, d, on_attach, on_interest, on_interest, on_detach);
    s = s != NATS_OK ? s : natsConnection_Connect(&connection, o);
    char error[NATS_DIAL_TEXT_MAX] = "";
    if (s != NATS_OK) {
        say_why(s, error);
    }
    natsOptions_Destroy(o);
    nats_ReleaseThreadMemory();

    pthread_mutex_lock(&d->lock);
    d->connection = connection;
    d->refused = s != NATS_OK && s != NATS_NO_SERVER && s != NATS_TIMEOUT;
    memcpy(d->error, error, sizeof d->error);
    d->done = true;
    const bool abandoned = d->abandoned;
    if (!abandoned) {
        const int done = eventfd_write(d->done_fd, 1);
        assert(done == 0);
    }
    pthread_mutex_unlock(&d->lock);
    if (abandoned) {
        dial_free(d);
    }
    return NULL;
}

result nats_dial_start(const struct nats_peer *peer, struct nats_dial **out)
{
    struct nats_dial *d = calloc(1, sizeof *d);
    ENSURE(d != NULL, ERR_IO);
    d->peer = *peer;
    d->socket = -1;
    d->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&d->lock, NULL);
    if (d->done_fd < 0 || pthread_create(&d->thread, NULL, dial_run, d) != 0) {
        dial_free(d);
        return ERR_IO;
    }
    *out = d;
    return OK;
}

int nats_dial_fd(const struct nats_dial *d)
{
    return d->done_fd;
}

void nats_dial_finish(struct nats_dial *d, struct nats_dial_outcome *out)
{
    pthread_join(d->thread, NULL);
    assert(d->done);
    out->connection = d->connection;
    out->socket = d->socket;
    out->refused = d->refused;
    memcpy(out->error, d->error, sizeof out->error);
    d->connection = NULL;
    dial_free(d);
}

void nats_dial_interrupt(struct nats_dial *d)
{
    (void)pthread_kill(d->thread, SIGURG);
}

void nats_dial_abandon(struct nats_dial *d)
{
    const pthread_t thread = d->thread;
    pthread_mutex_lock(&d->lock);
    d->abandoned = true;
    const bool done = d->done;
    pthread_mutex_unlock(&d->lock);
    if (done) {
        pthread_join(thread, NULL);
        dial_free(d);
    } else {
        pthread_detach(thread);
    }
}
