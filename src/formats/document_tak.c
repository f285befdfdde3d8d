/* The TAK protocol's stream, version 1: 0xbf, a length as a varint, a TakMessage of Protocol
 * Buffers; of that the field cotEvent (2). Fields by their names in cotevent.proto, contact.proto
 * and track.proto; what is unknown is passed over, as Protocol Buffers want. */
#include <string.h>

#include "formats/document_part.h"

#define MAGIC 0xbf

struct tak {
    struct bytes in;
    unsigned event;
    struct text *out;
    struct fault *fault;
};

/* A message inside the stream. */
struct part {
    size_t at;
    size_t end;
};

struct field {
    unsigned number;
    unsigned type;
    uint64_t value;   /* varint, or the bits of a double */
    struct part part; /* bytes */
};

static result refuse(struct tak *k, size_t at, const char *expected)
{
    fault_at(k->fault, at, "event %u", k->event);
    fault_expected(k->fault, "%s", expected);
    return fault_found(k->fault, "something else, or the end");
}

static result take_varint(struct tak *k, struct part *p, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (p->at == p->end) {
            break;
        }
        const uint8_t byte = k->in.data[p->at];
        p->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return OK;
        }
    }
    return refuse(k, p->at, "a varint of at most 10 bytes");
}

static result take_field(struct tak *k, struct part *p, struct field *out)
{
    uint64_t tag = 0;
    TRY(take_varint(k, p, &tag));
    *out = (struct field){.number = (unsigned)(tag >> 3), .type = (unsigned)(tag & 7)};
    if (out->type == 0) {
        return take_varint(k, p, &out->value);
    }
    uint64_t size = out->type == 1 ? 8 : 4;
    if (out->type == 2) {
        TRY(take_varint(k, p, &size));
    } else if (out->type != 1 && out->type != 5) {
        return refuse(k, p->at, "a field of wire type 0, 1, 2 or 5");
    }
    if (size > p->end - p->at) {
        return refuse(k, p->at, "as many bytes as the length says");
    }
    out->part = (struct part){p->at, p->at + (size_t)size};
    for (unsigned i = 0; out->type == 1 && i < 8; i++) {
        out->value |= (uint64_t)k->in.data[p->at + i] << (8 * i);
    }
    p->at += (size_t)size;
    return OK;
}

/* What stands where: a name for each field number; NULL = unknown. */
struct naming {
    unsigned number;
    unsigned type;
    const char *name;
};

static const struct naming EVENT[] = {
    {1, 2, "type"},     {2, 2, "access"},    {3, 2, "qos"},       {4, 2, "opex"}, {5, 2, "uid"},
    {6, 0, "sendTime"}, {7, 0, "startTime"}, {8, 0, "staleTime"}, {9, 2, "how"},  {10, 1, "lat"},
    {11, 1, "lon"},     {12, 1, "hae"},      {13, 1, "ce"},       {14, 1, "le"},  {0, 0, NULL}};
static const struct naming CONTACT[] = {
    {1, 2, "contact.endpoint"}, {2, 2, "contact.callsign"}, {0, 0, NULL}};
static const struct naming TRACK[] = {{1, 1, "track.speed"}, {2, 1, "track.course"}, {0, 0, NULL}};
static const struct naming DETAIL[] = {{1, 2, "xmlDetail"}, {0, 0, NULL}};

static void add_line(struct tak *k, const char *name, const struct field *f)
{
    text_addf(k->out, "event[%u].%s = ", k->event, name);
    if (f->type == 0) {
        text_addf(k->out, "%llu\n", (unsigned long long)f->value);
    } else if (f->type == 1) {
        double value = 0.0;
        memcpy(&value, &f->value, sizeof value);
        text_addf(k->out, "%.10g\n", value);
    } else {
        text_addf(k->out, "%.*s\n", (int)(f->part.end - f->part.at),
                  (const char *)k->in.data + f->part.at);
    }
}

/* Tells a message's known fields, and those of the messages in it. */
static result take_message(struct tak *k, struct part p, const struct naming *names)
{
    while (p.at < p.end) {
        struct field f;
        TRY(take_field(k, &p, &f));
        for (const struct naming *n = names; n->name != NULL; n++) {
            if (n->number == f.number && n->type == f.type) {
                add_line(k, n->name, &f);
            }
        }
        if (names == EVENT && f.number == 15 && f.type == 2) {
            TRY(take_message(k, f.part, DETAIL));
        } else if (names == DETAIL && f.type == 2 && (f.number == 2 || f.number == 7)) {
            TRY(take_message(k, f.part, f.number == 2 ? CONTACT : TRACK));
        }
    }
    return OK;
}

result document_tak(struct bytes in, struct text *out, struct fault *fault)
{
    struct tak k = {.in = in, .out = out, .fault = fault};
    struct part all = {0, in.size};
    while (all.at < all.end) {
        uint64_t size = 0;
        if (in.data[all.at] != MAGIC) {
            return refuse(&k, all.at, "0xbf, the beginning of a message");
        }
        all.at++;
        TRY(take_varint(&k, &all, &size));
        if (size > all.end - all.at) {
            return refuse(&k, all.at, "as many bytes as the length says");
        }
        struct part message = {all.at, all.at + (size_t)size};
        while (message.at < message.end) {
            struct field f;
            TRY(take_field(&k, &message, &f));
            if (f.number == 2 && f.type == 2) {
                TRY(take_message(&k, f.part, EVENT));
            }
        }
        all.at += (size_t)size;
        k.event++;
    }
    return out->full ? ERR_FULL : OK;
}
