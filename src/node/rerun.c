#include "node/rerun.h"

#include <stdlib.h>
#include <string.h>

#include "engine/effects_digest.h"

struct rerun {
    const struct rerun_request *request;
    struct rerun_report *report;
    struct journal *journal;
    struct run run;
    struct engine engine;
    struct effects effects;
    struct observation scan[LIMIT_SCAN];
};

/* What partners see is drawn with the node's secrets: without them it cannot be the same. */
static bool is_comparable(const struct rerun *r, int kind)
{
    return r->run.has_secrets ||
           (kind != EFFECT_SEND && kind != EFFECT_RELEASED && kind != EFFECT_WITHHELD);
}

/* Only the marks of what can be compared; the digest of the whole is left out then. */
static struct bytes comparable(const struct rerun *r, struct bytes digest,
                               uint8_t storage[EFFECTS_DIGEST_BYTES_MAX])
{
    if (r->run.has_secrets) {
        return digest;
    }
    size_t size = EFFECTS_DIGEST_WHOLE_BYTES;
    memset(storage, 0, size);
    for (uint32_t i = 0; i < effects_digest_count(digest); i++) {
        if (is_comparable(r, effects_digest_kind(digest, i))) {
            memcpy(storage + size,
                   digest.data + EFFECTS_DIGEST_WHOLE_BYTES + EFFECTS_DIGEST_MARK_BYTES * i,
                   EFFECTS_DIGEST_MARK_BYTES);
            size += EFFECTS_DIGEST_MARK_BYTES;
        }
    }
    return (struct bytes){storage, size};
}

static void compare(struct rerun *r, const struct journal_group *group)
{
    struct rerun_report *report = r->report;
    uint8_t storage[3][EFFECTS_DIGEST_BYTES_MAX];
    if (instant_is_set(r->request->from) && instant_before(group->time, r->request->from)) {
        return;
    }
    if (group->effects.size > EFFECTS_DIGEST_BYTES_MAX) {
        report->verdict = RERUN_GARBLED;
        return;
    }
    const struct bytes now = comparable(r, effects_digest(&r->effects, storage[0]), storage[1]);
    const struct bytes recorded = comparable(r, group->effects, storage[2]);
    report->compared++;
    report->effects += effects_digest_count(now);
    if (effects_digest_differ(recorded, now, &report->effect)) {
        report->verdict = RERUN_DIFFERS;
        report->recorded = effects_digest_kind(recorded, report->effect);
        report->now = effects_digest_kind(now, report->effect);
    }
}

/* The engine of a run that goes on with a journal was fed with all that was in it, as far as its
 * settings allow: an input that they do not know counts as time that passes. */
static result catch_up(struct rerun *r, uint64_t position)
{
    for (uint64_t n = 1; n <= position; n++) {
        struct journal_group group;
        struct event event;
        const uint8_t *signature = NULL;
        TRY(journal_read(r->journal, n, &group));
        ENSURE(input_decode(group.input, r->scan, &event, &signature) == OK, ERR_FORMAT);
        if (engine_step(&r->engine, &event, &r->effects) != OK) {
            const struct event tick = {.kind = EVENT_TICK, .time = event.time};
            TRY(engine_step(&r->engine, &tick, &r->effects));
        }
    }
    return OK;
}

/* The configuration that holds for a group, and an engine that begins with it where it is new. */
static result follow_run(struct rerun *r, uint64_t position)
{
    struct journal_fact fact;
    TRY(journal_get_fact(r->journal, "run", position, &fact));
    if (r->report->runs > 0 && fact.position == r->run.position) {
        return OK;
    }
    TRY(run_find(r->journal, position, r->request->key, &r->run));
    r->report->runs++;
    r->report->other_builds += r->run.same_build ? 0 : 1;
    r->report->complete &= r->run.has_secrets;
    if (!r->run.has_config || engine_init(&r->engine, &r->run.config) != OK) {
        r->report->verdict = RERUN_NO_CONFIG;
        return OK;
    }
    return catch_up(r, r->run.position);
}

static void feed(struct rerun *r, const struct journal_group *group)
{
    struct rerun_report *report = r->report;
    struct event event;
    const uint8_t *signature = NULL;
    if (input_decode(group->input, r->scan, &event, &signature) != OK ||
        !instant_equal(event.time, group->time)) {
        report->verdict = RERUN_GARBLED;
        return;
    }
    (void)input_text(&event, report->event);
    report->why = engine_step(&r->engine, &event, &r->effects);
    if (report->why != OK) {
        report->verdict = RERUN_REFUSED;
        return;
    }
    report->groups++;
    report->events[event.kind]++;
    report->last = group->time;
    if (!instant_is_set(report->first)) {
        report->first = group->time;
    }
    compare(r, group);
    if (r->request->show != NULL) {
        r->request->show(r->request->context, &r->engine, &r->effects);
    }
}

static result play(struct rerun *r)
{
    for (uint64_t n = 1; n <= r->journal->last && r->report->verdict == RERUN_SAME; n++) {
        struct journal_group group;
        r->report->position = n;
        TRY(follow_run(r, n));
        TRY(journal_read(r->journal, n, &group));
        r->report->time = group.time;
        if (instant_is_set(r->request->to) && instant_before(r->request->to, group.time)) {
            break;
        }
        if (r->report->verdict == RERUN_SAME) {
            feed(r, &group);
        }
    }
    return OK;
}

result rerun(struct journal *j, const struct rerun_request *request, struct rerun_report *out)
{
    ENSURE(j->first == 1, ERR_STATE);
    struct rerun *r = calloc(1, sizeof *r);
    ENSURE(r != NULL, ERR_IO);
    memset(out, 0, sizeof *out);
    out->first = INSTANT_UNSET;
    out->last = INSTANT_UNSET;
    out->complete = true;
    r->request = request;
    r->report = out;
    r->journal = j;
    const result outcome = play(r);
    free(r);
    return outcome;
}
