#include "cli/coalition_trouble.h"

#include <string.h>

#include "base/elementary.h"
#include "cli/coalition_state.h"

static double since_s(const struct coalition *c, const struct trial_fault *f)
{
    return coalition_now_s(c) - f->at_s;
}

int64_t trouble_clock_ns(const struct coalition *c, uint32_t nation)
{
    double ahead_s = 0.0;
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (f->nation != nation || !coalition_is_on(c, i)) {
            continue;
        }
        switch (f->kind) {
        case TRIAL_CLOCK_SKEW:
            ahead_s += f->amount;
            break;
        case TRIAL_CLOCK_DRIFT:
            ahead_s += f->amount * since_s(c, f);
            break;
        case TRIAL_CLOCK_LEAP:
            ahead_s -= 1.0;
            break;
        case TRIAL_CLOCK_FREEZE:
            ahead_s -= since_s(c, f);
            break;
        default:
            break;
        }
    }
    return duration_from_s(ahead_s).ns;
}

/* So far wrong in range and angle. */
static void move_plots(struct world_scan *scan, double amount)
{
    for (uint32_t i = 0; i < scan->observation_count; i++) {
        struct observation *o = &scan->observations[i];
        if (o->kind == SENSOR_RADAR) {
            o->radar.polar.range_m += o->radar.polar.range_m + amount > 1e3 ? amount : 0.0;
            o->radar.polar.azimuth_rad += amount * 1e-6;
        }
    }
}

static void freeze(struct coalition *c, struct world_scan *scan)
{
    struct observation *first = &c->frozen[scan->nation][scan->sensor];
    if (!instant_is_set(first->validity)) {
        *first = scan->observations[0];
    }
    scan->observation_count = 1;
    scan->observations[0] = *first;
    scan->observations[0].validity = scan->validity;
    scan->observations[0].receipt = scan->receipt;
}

static void flood(struct coalition *c, struct world_scan *scan, double count)
{
    const struct observation like = scan->observations[0];
    struct random *r = &c->chance;
    for (uint32_t i = 0; (double)i < count && scan->observation_count < LIMIT_SCAN; i++) {
        struct observation *o = &scan->observations[scan->observation_count];
        *o = like;
        if (o->kind == SENSOR_RADAR) {
            o->radar.polar.range_m = 20e3 + 900e3 * random_uniform(r);
            o->radar.polar.azimuth_rad = 2.0 * PI * random_uniform(r);
            o->radar.polar.elevation_rad = 0.02 + 0.9 * random_uniform(r);
        }
        scan->observation_count++;
    }
}

void trouble_sensors(struct coalition *c, struct world_scan *scan)
{
    if (scan->observation_count == 0) {
        return;
    }
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (f->nation != scan->nation || !coalition_is_on(c, i)) {
            continue;
        }
        switch (f->kind) {
        case TRIAL_SENSOR_LIE:
            move_plots(scan, f->amount);
            break;
        case TRIAL_SENSOR_DRIFT:
            move_plots(scan, f->amount * since_s(c, f));
            break;
        case TRIAL_SENSOR_FREEZE:
            freeze(c, scan);
            break;
        case TRIAL_SENSOR_FLOOD:
            flood(c, scan, f->amount);
            break;
        default:
            break;
        }
    }
}

void trouble_record(struct trouble_tape *tape, uint32_t from, uint32_t to, struct bytes sealed)
{
    if (sealed.size > TROUBLE_FRAME_BYTES) {
        return;
    }
    const uint32_t at = tape->count % TROUBLE_FRAMES;
    tape->frames[at].from = from;
    tape->frames[at].to = to;
    tape->frames[at].size = (uint32_t)sealed.size;
    memcpy(tape->frames[at].data, sealed.data, sealed.size);
    tape->count++;
}

static uint32_t below(struct random *r, uint32_t count)
{
    return (uint32_t)(random_uniform(r) * (double)count);
}

/* A frame that was heard, or one like it: as it was, cut, damaged, of another link or domain,
 * longer, or with another process start's number. */
static void forge_one(struct coalition *c, const struct trial_fault *f)
{
    struct random *r = &c->chance;
    const uint32_t kept = c->tape.count < TROUBLE_FRAMES ? c->tape.count : TROUBLE_FRAMES;
    uint8_t *data = c->forged;
    if (kept == 0) {
        return;
    }
    const uint32_t at = below(r, kept);
    uint32_t size = c->tape.frames[at].size;
    memcpy(data, c->tape.frames[at].data, size);
    switch (below(r, 7)) {
    case 0: /* as it was, whoever it was for */
        break;
    case 1:
        size = 1 + below(r, size);
        break;
    case 2:
        data[below(r, size)] ^= (uint8_t)(1u << below(r, 8));
        break;
    case 3: /* in the right names */
        memcpy(data + 8, coalition_code(c, f->nation), 3);
        memcpy(data + 11, coalition_code(c, f->partner), 3);
        break;
    case 4:
        data[3] = (uint8_t)(1 + below(r, 3));
        break;
    case 5: /* from a later start */
        data[21] = (uint8_t)(data[21] + 1);
        break;
    default:
        memset(data + size, 0x5a, 200);
        size += 200;
        break;
    }
    c->counts->forged++;
    member_receive(&c->members[f->partner], f->nation, (struct bytes){data, size});
}

void trouble_forge(struct coalition *c)
{
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        if (f->kind != TRIAL_FORGER || !coalition_is_on(c, i)) {
            continue;
        }
        const uint32_t count = random_poisson(&c->chance, f->amount * TROUBLE_PERIOD_S);
        for (uint32_t k = 0; k < count; k++) {
            forge_one(c, f);
        }
    }
}
