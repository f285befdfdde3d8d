/* The classic capture file (libpcap 2.4), and the way from a frame down to a UDP payload.
 *
 *   file header, 24 bytes            frame header, 16 bytes
 *    0  4  magic: byte order, unit    0  4  seconds since 1970, UTC
 *    4  2  major version, 2           4  4  micro- or nanoseconds
 *    6  2  minor version, 4           8  4  bytes of the frame that follow
 *    8  8  not used                  12  4  bytes the frame had on the wire
 *   16  4  longest frame kept
 *   20  4  link type
 *
 *   IPv4 header, 20 bytes or more    UDP header, 8 bytes
 *    0  1  version 4, words           0  2  source port
 *    2  2  total length               2  2  destination port
 *    6  2  flags, fragment offset     4  2  length with this header
 *    9  1  protocol, 17 = UDP         6  2  checksum, not checked
 *   12  8  source, destination
 *
 * Each inner length must agree with the outer one: an IPv4 packet may end before its frame does
 * (Ethernet pads short ones), but a datagram must fill its packet exactly, so that one wrong length
 * byte anywhere cannot pass unnoticed. Checksums are not verified, because captures taken on the
 * sending machine are made before the network card fills them in. What is not IPv4 UDP is passed
 * over without a look inside.
 *
 * Sources: IETF draft-ietf-opsawg-pcap; RFC 791, 768; IEEE 802.1Q; link types as registered. */
#include "formats/pcap.h"

#include <assert.h>

#include "base/utc.h"

#define FILE_HEADER_SIZE 24
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define PROTOCOL_UDP 17
#define UDP_HEADER_SIZE 8

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_PCAPNG 0x0a0d0d0au

/* Where a link layer's header keeps the type of what it carries; no place = always IP. */
struct link_layer {
    uint32_t type;
    size_t header_size;
    size_t ethertype_at;
    bool has_ethertype;
};

static const struct link_layer LINK_LAYERS[] = {
    {1, 14, 12, true},   /* Ethernet */
    {113, 16, 14, true}, /* Linux cooked, version 1 */
    {276, 20, 0, true},  /* Linux cooked, version 2 */
    {101, 0, 0, false},  /* raw IP */
    {228, 0, 0, false},  /* raw IPv4 */
};

/* One frame as the file holds it, and how far it has been read. */
struct frame {
    struct byte_reader in;
    size_t offset; /* of its first byte in the file */
    uint32_t number;
};

static uint32_t swap_u32(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xff00u) | (v << 8 & 0xff0000u) | v << 24;
}

/* The next number, where there are four bytes. */
static uint32_t next_u32(struct pcap *p)
{
    const uint32_t value = byte_reader_known_u32(&p->in);
    return p->is_little_endian ? swap_u32(value) : value;
}

static const struct link_layer *find_link_layer(uint32_t type)
{
    for (size_t i = 0; i < sizeof LINK_LAYERS / sizeof LINK_LAYERS[0]; i++) {
        if (LINK_LAYERS[i].type == type) {
            return &LINK_LAYERS[i];
        }
    }
    return NULL;
}

bool pcap_is_capture(struct bytes file)
{
    struct byte_reader in = byte_reader_over(file);
    uint32_t magic = 0;
    if (byte_reader_u32(&in, &magic) != OK) {
        return false;
    }
    return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_PCAPNG ||
           swap_u32(magic) == MAGIC_MICRO || swap_u32(magic) == MAGIC_NANO;
}

static result read_magic(struct pcap *p, struct fault *fault)
{
    const uint32_t magic = byte_reader_known_u32(&p->in);
    fault_at(fault, 0, "capture file, first four bytes");
    fault_expected(fault, "a classic capture file (pcap)");
    if (magic == MAGIC_PCAPNG) {
        return fault_found(fault, "pcapng, which is not read: save it as pcap");
    }
    p->is_little_endian = swap_u32(magic) == MAGIC_MICRO || swap_u32(magic) == MAGIC_NANO;
    const uint32_t plain = p->is_little_endian ? swap_u32(magic) : magic;
    if (plain != MAGIC_MICRO && plain != MAGIC_NANO) {
        return fault_found(fault, "%08x", (unsigned)magic);
    }
    p->parts_per_s = plain == MAGIC_NANO ? 1000000000u : 1000000u;
    return OK;
}

result pcap_init(struct pcap *p, struct bytes file, struct fault *fault)
{
    struct pcap made = {.in = byte_reader_over(file)};
    struct fault trouble = {0};
    if (file.size < FILE_HEADER_SIZE) {
        fault_at(fault, file.size, "capture file header");
        fault_expected(fault, "%d bytes", FILE_HEADER_SIZE);
        return fault_found(fault, "the end of the file");
    }
    if (read_magic(&made, &trouble) != OK) {
        *fault = trouble;
        return ERR_FORMAT;
    }
    const uint32_t version = next_u32(&made);
    (void)byte_reader_known(&made.in, 12);
    made.link_type = next_u32(&made);
    const uint32_t major = made.is_little_endian ? version & 0xffffu : version >> 16;
    if (major != 2) {
        fault_at(fault, 4, "capture file, major version");
        fault_expected(fault, "2");
        return fault_found(fault, "%u", (unsigned)major);
    }
    if (find_link_layer(made.link_type) == NULL) {
        fault_at(fault, 20, "capture file, link type");
        fault_expected(fault, "1 (Ethernet), 101 or 228 (raw IP), 113 or 276 (Linux cooked)");
        return fault_found(fault, "%u", (unsigned)made.link_type);
    }
    *p = made;
    return OK;
}

static struct instant instant_from_capture(uint32_t utc_s, uint32_t ns)
{
    const struct instant near = {((int64_t)utc_s + 37) * NS_PER_S};
    return (struct instant){((int64_t)utc_s + utc_tai_offset_s(near)) * NS_PER_S + ns};
}

/* Reads the frame header and takes the frame's bytes. */
static result read_frame(struct pcap *p, struct frame *out, struct instant *captured,
                         struct fault *fault)
{
    const size_t start = p->in.at;
    const uint32_t number = ++p->frame_count;
    if (byte_reader_left(&p->in) < 16) {
        fault_at(fault, p->in.in.size, "frame %u, header", (unsigned)number);
        fault_expected(fault, "16 bytes from byte %zu", start);
        return fault_found(fault, "the end of the file after %zu", byte_reader_left(&p->in));
    }
    const uint32_t seconds = next_u32(p);
    const uint32_t parts = next_u32(p);
    const uint32_t size = next_u32(p);
    const uint32_t wire_size = next_u32(p);
    if (parts >= p->parts_per_s) {
        fault_at(fault, start + 4, "frame %u, part of a second", (unsigned)number);
        fault_expected(fault, "less than %u", (unsigned)p->parts_per_s);
        return fault_found(fault, "%u", (unsigned)parts);
    }
    if (size > PCAP_FRAME_SIZE_MAX || size > wire_size) {
        fault_at(fault, start + 8, "frame %u, length", (unsigned)number);
        fault_expected(fault, "at most %d and at most its %u bytes on the wire",
                       PCAP_FRAME_SIZE_MAX, (unsigned)wire_size);
        return fault_found(fault, "%u", (unsigned)size);
    }
    if (size > byte_reader_left(&p->in)) {
        fault_at(fault, p->in.in.size, "frame %u", (unsigned)number);
        fault_expected(fault, "%u bytes from byte %zu", (unsigned)size, p->in.at);
        return fault_found(fault, "the end of the file after %zu", byte_reader_left(&p->in));
    }
    const size_t offset = p->in.at;
    *out = (struct frame){byte_reader_over(byte_reader_known(&p->in, size)), offset, number};
    *captured = instant_from_capture(seconds, parts * (1000000000u / p->parts_per_s));
    return OK;
}

/* Faults if fewer than `size` bytes are left in the frame for `what`. */
static result need(const struct frame *f, size_t size, const char *what, struct fault *fault)
{
    if (byte_reader_left(&f->in) >= size) {
        return OK;
    }
    fault_at(fault, f->offset + f->in.at, "frame %u, %s", (unsigned)f->number, what);
    fault_expected(fault, "%zu bytes", size);
    return fault_found(fault, "%zu before the end of the frame", byte_reader_left(&f->in));
}

/* Steps over the link layer's header; `is_ip` says whether IPv4 follows. */
static result pass_link_layer(struct frame *f, const struct link_layer *link, bool *is_ip,
                              struct fault *fault)
{
    uint16_t ethertype = ETHERTYPE_IPV4;
    TRY(need(f, link->header_size, "link header", fault));
    const struct bytes header = byte_reader_known(&f->in, link->header_size);
    if (link->has_ethertype) {
        struct byte_reader in = {header, link->ethertype_at};
        ethertype = byte_reader_known_u16(&in);
    }
    if (ethertype == ETHERTYPE_VLAN) {
        TRY(need(f, 4, "VLAN tag", fault));
        (void)byte_reader_known_u16(&f->in);
        ethertype = byte_reader_known_u16(&f->in);
    }
    *is_ip = ethertype == ETHERTYPE_IPV4;
    return OK;
}

struct packet {
    struct bytes header; /* with its options */
    struct bytes body;
    size_t offset; /* of the body in the file */
};

/* Cuts the packet out of the frame by the lengths in its header. The first 20 bytes are there. */
static result cut_packet(const struct frame *f, struct packet *out, struct fault *fault)
{
    struct byte_reader in = f->in;
    const struct bytes rest = byte_reader_known(&in, byte_reader_left(&in));
    const size_t start = f->offset + f->in.at;
    const size_t header_size = (size_t)(rest.data[0] & 0x0f) * 4;
    const size_t total = (size_t)rest.data[2] << 8 | rest.data[3];
    if (rest.data[0] >> 4 != 4 || header_size < 20) {
        fault_at(fault, start, "frame %u, IPv4 header", (unsigned)f->number);
        fault_expected(fault, "version 4 and at least 5 words");
        return fault_found(fault, "version %d and %d", rest.data[0] >> 4, rest.data[0] & 0x0f);
    }
    if (total < header_size || total > rest.size) {
        fault_at(fault, start + 2, "frame %u, IPv4 total length", (unsigned)f->number);
        fault_expected(fault, "%zu to the %zu bytes left in the frame", header_size, rest.size);
        return fault_found(fault, "%zu", total);
    }
    *out = (struct packet){{rest.data, header_size},
                           {rest.data + header_size, total - header_size},
                           start + header_size};
    return OK;
}

static result read_datagram(const struct frame *f, const struct packet *packet,
                            struct pcap_datagram *out, struct fault *fault)
{
    struct byte_reader in = byte_reader_over(packet->body);
    struct byte_reader addresses = {packet->header, 12};
    struct pcap_datagram made = {.offset = packet->offset + UDP_HEADER_SIZE};
    if (packet->body.size < UDP_HEADER_SIZE) {
        fault_at(fault, packet->offset, "frame %u, UDP header", (unsigned)f->number);
        fault_expected(fault, "%d bytes", UDP_HEADER_SIZE);
        return fault_found(fault, "%zu in the IPv4 packet", packet->body.size);
    }
    made.source_address = byte_reader_known_u32(&addresses);
    made.destination_address = byte_reader_known_u32(&addresses);
    made.source_port = byte_reader_known_u16(&in);
    made.destination_port = byte_reader_known_u16(&in);
    const uint16_t length = byte_reader_known_u16(&in);
    (void)byte_reader_known_u16(&in); /* the checksum */
    if (length != packet->body.size) {
        fault_at(fault, packet->offset + 4, "frame %u, UDP length", (unsigned)f->number);
        fault_expected(fault, "%zu, to fill the IPv4 packet", packet->body.size);
        return fault_found(fault, "%u", (unsigned)length);
    }
    made.payload = byte_reader_known(&in, byte_reader_left(&in));
    *out = made;
    return OK;
}

/* ERR_NOT_FOUND if the frame carries no whole UDP datagram. */
static result read_ip(struct pcap *p, const struct frame *f, struct pcap_datagram *out,
                      struct fault *fault)
{
    TRY(need(f, 20, "IPv4 header", fault));
    const uint8_t *header = f->in.in.data + f->in.at;
    const bool is_v6_of_raw_ip = header[0] >> 4 == 6 && p->link_type == 101;
    if (is_v6_of_raw_ip || header[9] != PROTOCOL_UDP) {
        p->skipped_frame_count++;
        return ERR_NOT_FOUND;
    }
    const unsigned fragment = ((unsigned)header[6] << 8 | header[7]) & 0x3fffu;
    if (fragment != 0) {
        p->fragment_count++;
        return ERR_NOT_FOUND;
    }
    struct packet packet = {0};
    TRY(cut_packet(f, &packet, fault));
    return read_datagram(f, &packet, out, fault);
}

result pcap_next(struct pcap *p, struct pcap_datagram *out, struct fault *fault)
{
    const struct link_layer *link = find_link_layer(p->link_type);
    assert(link != NULL);
    while (byte_reader_left(&p->in) > 0) {
        struct frame frame = {0};
        struct pcap_datagram made = {0};
        struct instant captured = INSTANT_UNSET;
        bool is_ip = false;
        TRY(read_frame(p, &frame, &captured, fault));
        TRY(pass_link_layer(&frame, link, &is_ip, fault));
        if (!is_ip) {
            p->skipped_frame_count++;
            continue;
        }
        const result read = read_ip(p, &frame, &made, fault);
        if (read == ERR_NOT_FOUND) {
            continue;
        }
        TRY(read);
        made.captured = captured;
        *out = made;
        return OK;
    }
    return ERR_NOT_FOUND;
}
