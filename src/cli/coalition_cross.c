#include "cli/coalition_cross.h"

#include <string.h>

#include "cli/coalition_state.h"

#define DOMAIN_AT 3 /* in a sealed frame's header */

static struct digest mark_of(struct bytes plain)
{
    static const struct digest_key nobody = {{0}};
    return digest_keyed(&nobody, "another domain", plain, (struct bytes){NULL, 0});
}

/* A process that starts there says hello, and goes on saying it: to the partner's node of this
 * domain, whose memory it has never seen. */
static void make_hello(struct coalition *c, const struct keys_boot *boot, struct instant now,
                       struct frame *out)
{
    memset(out, 0, sizeof *out);
    out->type = FRAME_HELLO;
    out->hello = (struct frame_hello){.schema_min = CODEC_SCHEMA_MIN,
                                      .schema_max = CODEC_SCHEMA_MAX,
                                      .time = now,
                                      .boot = boot->open.epoch,
                                      .number = c->cross.count + 1,
                                      .answer = true};
    memcpy(out->hello.ephemeral_public, boot->open.ephemeral_public,
           sizeof out->hello.ephemeral_public);
}

/* Seals it as that node does; the header names its domain, or the one that it is carried to: a
 * hello's header is protected by nothing. */
static result make_sealed(struct coalition *c, const struct trial_fault *f,
                          struct byte_writer *sealed)
{
    static struct seal seal; /* large; one thread */
    struct keys keys = c->members[f->nation].keys;
    struct key_trust partner;
    struct keys_boot boot;
    struct frame frame;
    uint8_t plain[512];
    uint8_t signature[KEYS_SIGNATURE_BYTES];
    struct byte_writer w = {plain, sizeof plain, 0};
    key_trust_fix(&c->members[f->partner].keys.list, &partner);
    keys.list.domain = partner.list.domain = DOMAIN_TEST;
    keys_boot_make(&keys, partner.list.nation,
                   (uint64_t)(c->now.tai_ns / NS_PER_S) + 1000 + c->cross.count, &boot);
    make_hello(c, &boot, c->now, &frame);
    TRY(frame_encode(&frame, &w));
    seal_init(&seal, &keys, &partner, &boot);
    TRY(seal_close(&seal, byte_writer_written(&w), LANE_LIVE, c->now, sealed, signature));
    if (c->cross.count % 2 == 1) {
        sealed->data[DOMAIN_AT] = DOMAIN_EXERCISE;
    }
    c->cross.made[c->cross.count % CROSS_FRAMES] = mark_of(byte_writer_written(&w));
    c->cross.count++;
    return OK;
}

void cross_speak(struct coalition *c)
{
    for (uint32_t i = 0; i < c->trial->fault_count; i++) {
        const struct trial_fault *f = &c->trial->faults[i];
        struct byte_writer sealed = {c->forged, sizeof c->forged, 0};
        if (f->kind != TRIAL_OTHER_DOMAIN || !coalition_is_on(c, i) ||
            make_sealed(c, f, &sealed) != OK) {
            continue;
        }
        c->counts->crossed++;
        member_receive(&c->members[f->partner], f->nation, byte_writer_written(&sealed));
    }
}

bool cross_is(const struct coalition *c, struct bytes plain)
{
    const struct digest mark = mark_of(plain);
    for (uint32_t i = 0; i < CROSS_FRAMES && i < c->cross.count; i++) {
        if (digest_equal(&c->cross.made[i], &mark)) {
            return true;
        }
    }
    return false;
}
