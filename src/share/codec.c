#include "share/codec.h"

#include <string.h>

#include "share/wire.h"
#include "watchfire.pb.h"

static bool nation_valid(const struct nation_id *n)
{
    for (int i = 0; i < 3; i++) {
        if (n->code[i] < 'A' || n->code[i] > 'Z') {
            return false;
        }
    }
    return n->code[3] == '\0';
}

static bool event_name_valid(const struct event_name *name)
{
    bool ended = false;
    for (size_t i = 0; i < sizeof name->text; i++) {
        const char c = name->text[i];
        const bool known = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (c == '\0') {
            ended = true;
        } else if (ended || !known) {
            return false;
        }
    }
    return ended;
}

static result validate_nations(const struct nation_id *nations, uint32_t count)
{
    ENSURE(count <= LABEL_NATIONS_MAX, ERR_RANGE);
    for (uint32_t i = 0; i < count; i++) {
        ENSURE(nation_valid(&nations[i]), ERR_RANGE);
        for (uint32_t j = 0; j < i; j++) {
            ENSURE(!nation_id_equal(nations[i], nations[j]), ERR_RANGE);
        }
    }
    return OK;
}

static result validate_label(const struct label *l)
{
    ENSURE(nation_valid(&l->owner), ERR_RANGE);
    ENSURE(l->classification >= CLASSIFICATION_UNCLASSIFIED &&
               l->classification <= CLASSIFICATION_SECRET,
           ERR_RANGE);
    TRY(validate_nations(l->releasable_to, l->releasable_count));
    return validate_nations(l->onward, l->onward_count);
}

static result validate_track(const struct track *t, struct nation_id owner)
{
    ENSURE(t->id.value != 0 && nation_id_equal(t->owner, owner), ERR_RANGE);
    ENSURE((unsigned)t->status <= STATUS_DROPPED, ERR_RANGE);
    ENSURE((unsigned)t->phase <= PHASE_REENTRY, ERR_RANGE);
    ENSURE(t->parent.value != t->id.value, ERR_RANGE);
    ENSURE(!t->manoeuvring || instant_is_set(t->end_of_thrust), ERR_RANGE);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < i; j++) {
            ENSURE(t->covariance[i * 6 + j] == t->covariance[j * 6 + i], ERR_RANGE);
        }
    }
    return track_check(t);
}

static result validate_warning(const struct warning_notice *w)
{
    ENSURE(w->serial > 0, ERR_RANGE);
    ENSURE(w->state >= WARNING_NO_THREAT && w->state < WARNING_STATE_COUNT, ERR_RANGE);
    ENSURE(instant_is_set(w->issued) && instant_is_set(w->expires), ERR_RANGE);
    ENSURE(!instant_before(w->expires, w->issued), ERR_RANGE);
    return OK;
}

result codec_validate(const struct record *record)
{
    ENSURE(instant_is_set(record->made), ERR_RANGE);
    ENSURE(event_name_valid(&record->event), ERR_RANGE);
    TRY(validate_label(&record->label));
    switch (record->kind) {
    case RECORD_TRACK:
        return validate_track(&record->track, record->label.owner);
    case RECORD_NOTICE:
        ENSURE(record->notice.track.value != 0, ERR_RANGE);
        ENSURE(instant_is_set(record->notice.first_detection), ERR_RANGE);
        return OK;
    case RECORD_WARNING:
        return validate_warning(&record->warning);
    case RECORD_UNKNOWN:
        break;
    }
    return ERR_RANGE;
}

static watchfire_v1_Label label_to_wire(const struct label *l)
{
    watchfire_v1_Label out = watchfire_v1_Label_init_zero;
    memcpy(out.owner, l->owner.code, sizeof out.owner);
    out.classification = (watchfire_v1_Classification)l->classification;
    out.releasable_to_count = (pb_size_t)l->releasable_count;
    for (uint32_t i = 0; i < l->releasable_count; i++) {
        memcpy(out.releasable_to[i], l->releasable_to[i].code, sizeof out.releasable_to[i]);
    }
    out.onward_count = (pb_size_t)l->onward_count;
    for (uint32_t i = 0; i < l->onward_count; i++) {
        memcpy(out.onward[i], l->onward[i].code, sizeof out.onward[i]);
    }
    return out;
}

static size_t text_size(const char *text, size_t limit)
{
    const char *end = memchr(text, '\0', limit);
    return end == NULL ? limit : (size_t)(end - text);
}

static struct nation_id nation_from_wire(const char code[4])
{
    struct nation_id out = {{0}};
    memcpy(out.code, code, text_size(code, 3));
    return out;
}

static struct label label_from_wire(const watchfire_v1_Label *l)
{
    struct label out = {.owner = nation_from_wire(l->owner),
                        .classification = (enum classification)l->classification,
                        .releasable_count = l->releasable_to_count,
                        .onward_count = l->onward_count};
    for (uint32_t i = 0; i < out.releasable_count; i++) {
        out.releasable_to[i] = nation_from_wire(l->releasable_to[i]);
    }
    for (uint32_t i = 0; i < out.onward_count; i++) {
        out.onward[i] = nation_from_wire(l->onward[i]);
    }
    return out;
}

static watchfire_v1_Launch launch_to_wire(const struct launch_estimate *l)
{
    return (watchfire_v1_Launch){.time = l->time.tai_ns,
                                 .time_sigma_s = wire_number(l->time_sigma_s),
                                 .lat_rad = wire_number(l->point.lat_rad),
                                 .lon_rad = wire_number(l->point.lon_rad),
                                 .covariance_m2 = {wire_number(l->covariance_m2[0]),
                                                   wire_number(l->covariance_m2[1]),
                                                   wire_number(l->covariance_m2[3])}};
}

static struct launch_estimate launch_from_wire(const watchfire_v1_Launch *l)
{
    return (struct launch_estimate){.determined = true,
                                    .time = {l->time},
                                    .time_sigma_s = l->time_sigma_s,
                                    .point = {.lat_rad = l->lat_rad, .lon_rad = l->lon_rad},
                                    .covariance_m2 = {l->covariance_m2[0], l->covariance_m2[1],
                                                      l->covariance_m2[1], l->covariance_m2[2]}};
}

static watchfire_v1_Track track_to_wire(const struct track *t)
{
    watchfire_v1_Track out = {
        .id = t->id.value,
        .status = (watchfire_v1_Status)((uint32_t)t->status + 1u),
        .phase = (watchfire_v1_Phase)t->phase,
        .phase_probability = wire_number(t->phase_probability),
        .time = t->time.tai_ns,
        .position_m = {wire_number(t->position.x_m), wire_number(t->position.y_m),
                       wire_number(t->position.z_m)},
        .velocity_mps = {wire_number(t->velocity.x_mps), wire_number(t->velocity.y_mps),
                         wire_number(t->velocity.z_mps)},
        .thrust_mps2 = wire_number(t->thrust_mps2),
        .thrust_sigma_mps2 = wire_number(t->thrust_sigma_mps2),
        .first_detection = t->first_detection.tai_ns,
        .span_from = instant_is_set(t->span_from) ? t->span_from.tai_ns : 0,
        .span_to = t->last_measurement.tai_ns,
        .has_end_of_thrust = instant_is_set(t->end_of_thrust),
        .end_of_thrust = t->end_of_thrust.tai_ns,
        .measurements = t->measurement_count,
        .manoeuvring = t->manoeuvring,
        .parent = t->parent.value,
        .unresolved = t->unresolved,
        .has_launch = t->launch.determined,
        .launch = launch_to_wire(&t->launch)};
    track_covariance_pack(t->covariance, out.covariance);
    for (int i = 0; i < 21; i++) {
        out.covariance[i] = wire_number(out.covariance[i]);
    }
    return out;
}

static struct track track_from_wire(const watchfire_v1_Track *t, struct nation_id owner)
{
    struct track out = {.id = {t->id},
                        .owner = owner,
                        .status = (enum track_status)((uint32_t)t->status - 1u),
                        .phase = (enum track_phase)t->phase,
                        .phase_probability = t->phase_probability,
                        .time = {t->time},
                        .position = {t->position_m[0], t->position_m[1], t->position_m[2]},
                        .velocity = {t->velocity_mps[0], t->velocity_mps[1], t->velocity_mps[2]},
                        .thrust_mps2 = t->thrust_mps2,
                        .thrust_sigma_mps2 = t->thrust_sigma_mps2,
                        .first_detection = {t->first_detection},
                        .last_measurement = {t->span_to},
                        .end_of_thrust = t->has_end_of_thrust ? (struct instant){t->end_of_thrust}
                                                              : INSTANT_UNSET,
                        .measurement_count = t->measurements,
                        .manoeuvring = t->manoeuvring,
                        .parent = {t->parent},
                        .unresolved = t->unresolved};
    out.span_from = t->span_from != 0 ? (struct instant){t->span_from} : INSTANT_UNSET;
    if (t->has_launch) {
        out.launch = launch_from_wire(&t->launch);
    }
    track_covariance_unpack(t->covariance, out.covariance);
    return out;
}

static void body_to_wire(const struct record *r, watchfire_v1_Record *out)
{
    switch (r->kind) {
    case RECORD_TRACK:
        out->which_body = watchfire_v1_Record_track_tag;
        out->body.track = track_to_wire(&r->track);
        break;
    case RECORD_NOTICE:
        out->which_body = watchfire_v1_Record_notice_tag;
        out->body.notice =
            (watchfire_v1_Notice){.track = r->notice.track.value,
                                  .first_detection = r->notice.first_detection.tai_ns,
                                  .withdrawn = r->notice.withdrawn};
        break;
    case RECORD_WARNING:
        out->which_body = watchfire_v1_Record_warning_tag;
        out->body.warning =
            (watchfire_v1_Warning){.serial = r->warning.serial,
                                   .state = (watchfire_v1_WarningState)r->warning.state,
                                   .issued = r->warning.issued.tai_ns,
                                   .expires = r->warning.expires.tai_ns,
                                   .has_impact = instant_is_set(r->warning.impact),
                                   .impact = r->warning.impact.tai_ns};
        break;
    default: /* decoded without a body: what is encoded from it has none either */
        break;
    }
}

static result encode_unchecked(const struct record *r, struct byte_writer *out)
{
    watchfire_v1_Record wire = {.made = r->made.tai_ns, .has_label = true};
    wire.label = label_to_wire(&r->label);
    memcpy(wire.event, r->event.text, sizeof wire.event);
    body_to_wire(r, &wire);
    return wire_encode(watchfire_v1_Record_fields, &wire, out);
}

result codec_encode(const struct record *record, struct byte_writer *out)
{
    TRY(codec_validate(record));
    return encode_unchecked(record, out);
}

static void body_from_wire(const watchfire_v1_Record *wire, struct record *out)
{
    switch (wire->which_body) {
    case watchfire_v1_Record_track_tag:
        out->kind = RECORD_TRACK;
        out->track = track_from_wire(&wire->body.track, out->label.owner);
        break;
    case watchfire_v1_Record_notice_tag: {
        const watchfire_v1_Notice *n = &wire->body.notice;
        out->kind = RECORD_NOTICE;
        out->notice = (struct notice){{n->track}, {n->first_detection}, n->withdrawn};
        break;
    }
    case watchfire_v1_Record_warning_tag: {
        const watchfire_v1_Warning *w = &wire->body.warning;
        out->kind = RECORD_WARNING;
        out->warning = (struct warning_notice){.serial = w->serial,
                                               .state = (enum warning_state)w->state,
                                               .issued = {w->issued},
                                               .expires = {w->expires},
                                               .impact = w->has_impact ? (struct instant){w->impact}
                                                                       : INSTANT_UNSET};
        break;
    }
    default:
        out->kind = RECORD_UNKNOWN;
        break;
    }
}

result codec_decode(struct bytes in, struct record *out)
{
    ENSURE(in.size > 0 && in.size <= CODEC_RECORD_BYTES_MAX, ERR_FORMAT);
    watchfire_v1_Record wire = watchfire_v1_Record_init_zero;
    TRY(wire_decode(watchfire_v1_Record_fields, in, &wire));
    struct record record;
    memset(&record, 0, sizeof record);
    record.made = (struct instant){wire.made};
    record.label = label_from_wire(&wire.label);
    memcpy(record.event.text, wire.event, text_size(wire.event, sizeof wire.event - 1));
    body_from_wire(&wire, &record);

    uint8_t again[CODEC_RECORD_BYTES_MAX];
    struct byte_writer writer = {.data = again, .capacity = sizeof again};
    ENSURE(encode_unchecked(&record, &writer) == OK, ERR_CANONICAL);
    ENSURE(writer.size == in.size && memcmp(again, in.data, in.size) == 0, ERR_CANONICAL);
    TRY(codec_validate(&record));
    *out = record;
    return OK;
}
