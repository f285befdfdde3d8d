#include "console/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192

static const char GREETING[] = "retry: 1000\n\n";
static const char BEAT[] = ":\n\n";
static const char PAST[] = "event: past\n";

struct stream {
    struct console *console;
    struct MHD_Connection *connection;
    struct stream *newer;
    struct stream *older;
    struct picture *picture; /* being sent; NULL = none */
    size_t sent;             /* bytes of it */
    uint64_t sequence;       /* of the last one taken; 0 = none */
    uint64_t past_after;     /* of the past he has had, or needs, nothing up to this sequence */
    uint64_t past_before;    /* … nor from this one on; 0 = he has not had the present yet */
    uint64_t visit;          /* whose it is; 0 = nobody signs in here */
    bool is_past;            /* `picture` is */
    bool announced;          /* … and its line before it is sent */
    bool asleep;
    bool greeted;
    bool beat;
};

static void link_in(struct stream *s)
{
    s->older = s->console->streams;
    if (s->older != NULL) {
        s->older->newer = s;
    }
    s->console->streams = s;
    s->console->stream_count++;
}

static void unlink_from(struct stream *s)
{
    assert(s->console->stream_count > 0);
    if (s->newer != NULL) {
        s->newer->older = s->older;
    } else {
        s->console->streams = s->older;
    }
    if (s->older != NULL) {
        s->older->newer = s->newer;
    }
    s->console->stream_count--;
}

/* Takes the latest picture if this reader has not had it. */
static void take_latest(struct stream *s)
{
    struct console *console = s->console;
    if (console->picture == NULL || picture_sequence(console->picture) == s->sequence) {
        return;
    }
    const uint64_t sequence = picture_sequence(console->picture);
    if (s->sequence != 0) {
        console->counters.skipped += sequence - s->sequence - 1;
    }
    s->picture = picture_hold(console->picture);
    s->sequence = sequence;
    s->sent = 0;
    s->is_past = false;
    if (s->past_before == 0) {
        s->past_before = sequence;
    }
}

/* Takes the next picture of the past, if there is one for him. */
static void take_past(struct stream *s)
{
    struct picture *picture = past_next(&s->console->past, s->past_after, s->past_before);
    if (picture != NULL) {
        s->picture = picture_hold(picture);
        s->past_after = picture_sequence(picture);
        s->sent = 0;
        s->is_past = true;
        s->announced = false;
    }
}

static ssize_t send_text(const char *text, size_t size, char *out, size_t max)
{
    if (max < size) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    memcpy(out, text, size);
    return (ssize_t)size;
}

static ssize_t send_part(struct stream *s, char *out, size_t max)
{
    if (s->is_past && !s->announced) {
        s->announced = true;
        return send_text(PAST, sizeof PAST - 1, out, max);
    }
    const struct bytes event = s->is_past ? picture_data(s->picture) : picture_event(s->picture);
    const size_t left = event.size - s->sent;
    const size_t size = left < max ? left : max;
    memcpy(out, event.data + s->sent, size);
    s->sent += size;
    if (s->sent == event.size) {
        picture_drop(s->picture);
        s->picture = NULL;
    }
    return (ssize_t)size;
}

static ssize_t stream_read(void *cls, uint64_t pos, char *out, size_t max)
{
    struct stream *s = cls;
    (void)pos;
    if (s->console->closing ||
        (s->visit != 0 && !visit_is_on(&s->console->visits, s->visit, console_now_ns()))) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (!s->greeted) {
        s->greeted = true;
        return send_text(GREETING, sizeof GREETING - 1, out, max);
    }
    if (s->picture == NULL) {
        take_latest(s);
    }
    if (s->picture == NULL) {
        take_past(s);
    }
    if (s->picture != NULL) {
        s->beat = false;
        return send_part(s, out, max);
    }
    if (s->beat) {
        s->beat = false;
        return send_text(BEAT, sizeof BEAT - 1, out, max);
    }
    s->asleep = true;
    MHD_suspend_connection(s->connection);
    return 0;
}

static void stream_free(void *cls)
{
    struct stream *s = cls;
    unlink_from(s);
    picture_drop(s->picture);
    free(s);
}

struct MHD_Response *stream_response(struct console *console, struct MHD_Connection *connection,
                                     uint64_t last, uint64_t visit)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->console = console;
    s->connection = connection;
    s->past_after = last;
    s->visit = visit;
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
                                                                      stream_read, s, stream_free);
    if (response == NULL) {
        free(s);
        return NULL;
    }
    link_in(s);
    console->counters.streams++;
    return response;
}

void stream_wake_all(struct console *console, bool beat)
{
    for (struct stream *s = console->streams; s != NULL; s = s->older) {
        s->beat = beat;
        if (s->asleep) {
            s->asleep = false;
            MHD_resume_connection(s->connection);
            console->woken = true;
        }
    }
}

static ssize_t once_read(void *cls, uint64_t pos, char *out, size_t max)
{
    const struct bytes json = picture_json(cls);
    assert(pos <= json.size);
    const size_t left = json.size - (size_t)pos;
    const size_t size = left < max ? left : max;
    memcpy(out, json.data + pos, size);
    return (ssize_t)size;
}

static void once_free(void *cls)
{
    picture_drop(cls);
}

struct MHD_Response *stream_once(struct picture *picture)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        picture_json(picture).size, BLOCK_SIZE, once_read, picture_hold(picture), once_free);
    if (response == NULL) {
        picture_drop(picture);
    }
    return response;
}
