/* The life of a lane's thread: dial, serve until the connection breaks, pause, and again.
 *
 * While it serves it sleeps in poll on two descriptors: the connection's socket, and the eventfd by
 * which the caller says that there is something to send. When the kernel repeats something in vain,
 * it will do so less and less often, and may sleep for seconds after the path is whole again: so
 * the path is probed meanwhile, and another connection takes the place of this one. The library
 * reads and writes only when it is told to, and is told to read only when a whole TLS record has
 * arrived: for the rest of a part it would wait with everything else standing still, for as long as
 * a lost packet takes. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "link/nats_lane.h"

#include <assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link/nats_dialler.h"

#define SWEEP_MS 50        /* between two looks at attempts that came too late */
#define STEADY_MS 5000     /* a connection that lasted so long: pauses begin anew */
#define REPEATS_MAX 1      /* of one packet, that paths which lose some need now and then */
#define UNSURE_MS 100      /* between two looks whether the server's machine has acknowledged */
#define SILENT_MS_MAX 2000 /* unacknowledged by the server's machine for so long = broken */
#define BATCH_BYTES 65536u /* given to the library before it has to write */
#define RECORDS_AT_ONCE 32 /* read before it is looked whether something is to be sent */
#define TLS_HEADER_BYTES 5u

/* What only the thread knows. */
struct served {
    struct nats_lane *lane;
    natsConnection *connection;
    natsSubscription *subscription;
    int socket;
    int low_water;      /* bytes that must be there before poll says so */
    bool is_waiting;    /* for those */
    uint32_t unwritten; /* frames that the library has and the kernel may not have */
    bool is_distrusted; /* was in much doubt: what comes to us may be held up still */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void notify(const struct nats_lane *lane)
{
    if (lane->notify != NULL) {
        lane->notify(lane->context);
    }
}

static bool is_closing(struct nats_lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    const bool closing = lane->closing;
    pthread_mutex_unlock(&lane->lock);
    return closing;
}

static void set_error(struct nats_lane *lane, const char *text, bool is_failure)
{
    pthread_mutex_lock(&lane->lock);
    snprintf(lane->status.error, sizeof lane->status.error, "%s", text);
    lane->status.failures += is_failure ? 1 : 0;
    pthread_mutex_unlock(&lane->lock);
    notify(lane);
}

static void clear_wake(const struct nats_lane *lane)
{
    eventfd_t ignored;
    (void)eventfd_read(lane->wake_fd, &ignored);
}

/* A server that is gone without a word is noticed by the kernel, not by pings of the library, which
 * come from a thread of its own. */
static void watch_socket(int socket)
{
    static const struct {
        int level;
        int name;
        int value;
    } options[] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
                   {IPPROTO_TCP, TCP_KEEPIDLE, 2},
                   {IPPROTO_TCP, TCP_KEEPINTVL, 1},
                   {IPPROTO_TCP, TCP_NODELAY, 1},
                   {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1},
                   {IPPROTO_TCP, TCP_USER_TIMEOUT, SILENT_MS_MAX}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        (void)setsockopt(socket, options[i].level, options[i].name, &options[i].value,
                         sizeof options[i].value);
    }
}

/* The connection is up: what waited for too long goes no more. */
static void begin_service(struct served *s)
{
    struct nats_lane *lane = s->lane;
    watch_socket(s->socket);
    pthread_mutex_lock(&lane->lock);
    lane->socket = fcntl(s->socket, F_DUPFD_CLOEXEC,
                         0); /* the library's may be closed, and its number another's */
    lane->status.connected = true;
    lane->status.connects++;
    lane->status.dropped_old += frame_queue_drop_before(&lane->out, now_ms() - LINK_NATS_OLD_MS);
    pthread_mutex_unlock(&lane->lock);
    notify(lane);
}

static void end_service(struct served *s)
{
    struct nats_lane *lane = s->lane;
    pthread_mutex_lock(&lane->lock);
    if (lane->socket >= 0) {
        close(lane->socket);
        lane->socket = -1;
    }
    lane->status.connected = false;
    lane->status.sent -= s->unwritten;
    lane->status.dropped_unsent += s->unwritten;
    pthread_mutex_unlock(&lane->lock);
    natsSubscription_Destroy(s->subscription);
    natsConnection_Destroy(s->connection);
    notify(lane);
}

static bool subscribe(struct nats_lane *lane, const struct nats_dial_outcome *made,
                      struct served *out)
{
    *out = (struct served){
        .lane = lane, .connection = made->connection, .socket = made->socket, .low_water = 1};
    const natsStatus subscribed =
        natsConnection_SubscribeSync(&out->subscription, out->connection, lane->subject_in);
    if (subscribed != NATS_OK) {
        set_error(lane, natsStatus_GetText(subscribed), true);
        natsConnection_Destroy(out->connection);
    }
    return subscribed == NATS_OK;
}

/* True when a connection was made, false when the lane closes. */
static bool dial(struct nats_lane *lane, struct nats_dialler *dialler, struct served *out)
{
    while (!is_closing(lane)) {
        struct nats_dial_outcome outcome;
        nats_dialler_step(dialler, &outcome);
        if (outcome.connection != NULL && subscribe(lane, &outcome, out)) {
            return true;
        }
        if (outcome.error[0] != '\0') {
            set_error(lane, outcome.error, true);
        }
        struct pollfd fds[NATS_DIALLER_FDS + 1];
        int wait_ms = 0;
        const nfds_t count = nats_dialler_poll_set(dialler, fds, &wait_ms);
        fds[count] = (struct pollfd){.fd = lane->wake_fd, .events = POLLIN};
        (void)poll(fds, count + 1, wait_ms);
        clear_wake(lane);
    }
    return false;
}

/* Whether to read: there is a whole TLS record (RFC 8446, 5.1: type, version, two bytes of length).
 * If not, poll will be silent until there is, or until the connection ends, or until the kernel has
 * no room for the rest (`is_woken`): then what is there must be taken. */
static bool record_is_there(struct served *s, bool is_woken)
{
    uint8_t header[TLS_HEADER_BYTES];
    const ssize_t got = recv(s->socket, header, sizeof header, MSG_PEEK | MSG_DONTWAIT);
    int wanted = (int)TLS_HEADER_BYTES;
    int there = 0;
    if (got == (ssize_t)sizeof header) {
        wanted += header[3] << 8 | header[4];
        (void)ioctl(s->socket, FIONREAD, &there);
    }
    if (there >= wanted || (is_woken && s->is_waiting && s->low_water == wanted && got > 0)) {
        s->is_waiting = false;
        return true;
    }
    if (s->low_water != wanted) {
        (void)setsockopt(s->socket, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
        s->low_water = wanted;
    }
    s->is_waiting = true;
    return false;
}

static void take_in(struct nats_lane *lane, struct bytes data)
{
    pthread_mutex_lock(&lane->lock);
    struct link_nats_status *status = &lane->status;
    status->received++;
    status->received_bytes += data.size;
    if (data.size == 0 || data.size > LINK_NATS_FRAME_BYTES_MAX) {
        status->dropped_size++;
    } else if (frame_queue_put(&lane->in, data, 0) != OK) {
        status->dropped_not_taken++;
    }
    pthread_mutex_unlock(&lane->lock);
}

static void take_messages(struct served *s)
{
    natsMsg *message = NULL;
    bool any = false;
    while (natsSubscription_NextMsg(&message, s->subscription, 0) == NATS_OK) {
        take_in(s->lane, (struct bytes){(const uint8_t *)natsMsg_GetData(message),
                                        (size_t)natsMsg_GetDataLength(message)});
        natsMsg_Destroy(message);
        any = true;
    }
    if (any) {
        notify(s->lane);
    }
}

/* What the server has against us, if it said so: a subject that we may not use, above all. */
static void note_complaint(struct served *s)
{
    const char *text = NULL;
    if (natsConnection_GetLastError(s->connection, &text) == NATS_OK || text == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lane->lock);
    struct link_nats_status *status = &s->lane->status;
    const bool is_new = strncmp(status->error, text, sizeof status->error - 1) != 0;
    snprintf(status->error, sizeof status->error, "%s", text);
    pthread_mutex_unlock(&s->lane->lock);
    if (is_new) {
        notify(s->lane);
    }
}

static void read_some(struct served *s, short events)
{
    const bool is_over = (events & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
    for (int i = 0; i < RECORDS_AT_ONCE; i++) {
        if (!is_over && !record_is_there(s, i == 0)) {
            break;
        }
        natsConnection_ProcessReadEvent(s->connection);
        if (natsConnection_IsClosed(s->connection)) {
            break;
        }
    }
    take_messages(s);
    note_complaint(s);
}

/* Gives waiting frames to the library, no more than it can write soon. True if some may still wait
 * for that. */
static bool publish_some(struct served *s)
{
    struct nats_lane *lane = s->lane;
    struct queued_frame frame;
    for (;;) {
        const int buffered = natsConnection_Buffered(s->connection);
        if (buffered < 0 || (uint32_t)buffered >= BATCH_BYTES) {
            return true;
        }
        pthread_mutex_lock(&lane->lock);
        const bool any = frame_queue_take(&lane->out, &frame);
        pthread_mutex_unlock(&lane->lock);
        if (!any) {
            return false;
        }
        const natsStatus status =
            natsConnection_Publish(s->connection, lane->subject_out, frame.data, (int)frame.size);
        free(frame.data);
        pthread_mutex_lock(&lane->lock);
        if (status == NATS_OK) {
            s->unwritten++;
            lane->status.sent++;
            lane->status.sent_bytes += frame.size;
        } else {
            lane->status.dropped_unsent++;
            snprintf(lane->status.error, sizeof lane->status.error, "%s", nats_GetLastError(NULL));
        }
        pthread_mutex_unlock(&lane->lock);
    }
}

/* Writes as long as the kernel takes it without waiting. */
static void write_some(struct served *s)
{
    while (natsConnection_Buffered(s->connection) > 0) {
        struct pollfd fd = {.fd = s->socket, .events = POLLOUT};
        if (poll(&fd, 1, 0) < 1 || (fd.revents & POLLOUT) == 0) {
            return;
        }
        natsConnection_ProcessWriteEvent(s->connection);
    }
    if (!natsConnection_IsClosed(s->connection)) {
        s->unwritten = 0;
    }
}

enum doubt {
    DOUBT_NONE,
    DOUBT_LITTLE, /* the server's machine has not acknowledged everything yet */
    DOUBT_MUCH    /* and the kernel has repeated it in vain, or given up; or once did */
};

/* The server's machine has longer pauses than ours, which are short for a small stream: when ours
 * hears an answer again, the other direction may still sleep. */
static enum doubt find_doubt(struct served *s)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    s->is_distrusted |= getsockopt(s->socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
                        info.tcpi_state != TCP_ESTABLISHED || info.tcpi_retransmits > REPEATS_MAX;
    if (s->is_distrusted) {
        return DOUBT_MUCH;
    }
    return info.tcpi_unacked > 0 ? DOUBT_LITTLE : DOUBT_NONE;
}

/* Looks for another connection while this one is in doubt. True if there is one. */
static bool find_other(struct served *s, struct nats_dialler *dialler, enum doubt doubt,
                       struct served *other)
{
    struct nats_dial_outcome outcome;
    dialler->is_spare = true;
    if (doubt != DOUBT_MUCH) {
        nats_probe_stop(&dialler->probe);
        return false;
    }
    nats_dialler_step(dialler, &outcome);
    return outcome.connection != NULL && subscribe(s->lane, &outcome, other);
}

/* Sleeps until there is something to do, and reads what has come. */
static void wait_and_read(struct served *s, const struct nats_dialler *dialler, bool waiting,
                          int idle_ms)
{
    const bool more = natsConnection_Buffered(s->connection) > 0;
    struct pollfd fds[2 + NATS_DIALLER_FDS] = {
        {.fd = s->lane->wake_fd, .events = POLLIN},
        {.fd = s->socket, .events = (short)(POLLIN | POLLRDHUP | (more ? POLLOUT : 0))}};
    int probe_ms = 0;
    const nfds_t count = dialler != NULL ? nats_dialler_poll_set(dialler, fds + 2, &probe_ms) : 0;
    const int wait_ms = dialler != NULL ? probe_ms : idle_ms;
    (void)poll(fds, 2 + count, waiting && !more ? 0 : wait_ms);
    if ((fds[0].revents & POLLIN) != 0) {
        clear_wake(s->lane);
    }
    if ((fds[1].revents & ~POLLOUT) != 0) {
        read_some(s, fds[1].revents);
    }
}

/* Until the connection breaks, the lane closes, or another connection takes its place: then true,
 * and that is `other`. */
static bool serve(struct served *s, struct nats_dialler *dialler, struct served *other)
{
    struct nats_lane *lane = s->lane;
    bool has_other = false;
    begin_service(s);
    while (!has_other && !is_closing(lane) && !natsConnection_IsClosed(s->connection)) {
        const bool waiting = publish_some(s);
        write_some(s);
        const enum doubt doubt = find_doubt(s);
        has_other = find_other(s, dialler, doubt, other);
        const bool swept = doubt != DOUBT_MUCH && nats_dialler_sweep(dialler);
        const int idle_ms = swept ? SWEEP_MS : doubt != DOUBT_NONE ? UNSURE_MS : -1;
        if (!has_other) {
            wait_and_read(s, doubt == DOUBT_MUCH ? dialler : NULL, waiting, idle_ms);
        }
    }
    if (!is_closing(lane)) {
        note_complaint(s);
    }
    end_service(s);
    return has_other;
}

static void *lane_run(void *context)
{
    struct nats_lane *lane = context;
    struct nats_dialler dialler = {.peer = &lane->peer};
    struct served s;
    struct served other;
    bool has_other = false;
    while (has_other || dial(lane, &dialler, &s)) {
        const int64_t start_ms = now_ms();
        nats_dialler_connected(&dialler, s.socket);
        has_other = serve(&s, &dialler, &other);
        dialler.is_spare = false;
        s = has_other ? other : s;
        if (now_ms() - start_ms >= STEADY_MS) {
            nats_dialler_forgive(&dialler);
        }
    }
    nats_dialler_stop(&dialler);
    nats_ReleaseThreadMemory();
    return NULL;
}

static void wake(struct nats_lane *lane)
{
    const int done = eventfd_write(lane->wake_fd, 1);
    assert(done == 0);
}

result nats_lane_open(struct nats_lane *lane)
{
    lane->socket = -1;
    lane->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ENSURE(lane->wake_fd >= 0, ERR_IO);
    pthread_mutex_init(&lane->lock, NULL);
    if (pthread_create(&lane->thread, NULL, lane_run, lane) != 0) {
        close(lane->wake_fd);
        pthread_mutex_destroy(&lane->lock);
        return ERR_IO;
    }
    return OK;
}

void nats_lane_end(struct nats_lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->closing = true;
    if (lane->socket >= 0) {
        (void)shutdown(lane->socket, SHUT_RDWR); /* ends a write that the server does not take */
    }
    pthread_mutex_unlock(&lane->lock);
    wake(lane);
}

void nats_lane_close(struct nats_lane *lane)
{
    nats_lane_end(lane);
    pthread_join(lane->thread, NULL);
    frame_queue_clear(&lane->out);
    frame_queue_clear(&lane->in);
    close(lane->wake_fd);
    pthread_mutex_destroy(&lane->lock);
}

result nats_lane_send(struct nats_lane *lane, struct bytes data)
{
    pthread_mutex_lock(&lane->lock);
    const bool was_empty = lane->out.count == 0;
    result done = frame_queue_put(&lane->out, data, now_ms());
    while (done == ERR_FULL && lane->drops_oldest && frame_queue_drop(&lane->out)) {
        lane->status.dropped_full++;
        done = frame_queue_put(&lane->out, data, now_ms());
    }
    lane->status.dropped_full += done != OK ? 1 : 0;
    pthread_mutex_unlock(&lane->lock);
    if (was_empty) {
        wake(lane);
    }
    return done;
}
