/* Reads a classic packet capture and hands out the UDP datagrams in it.
 *
 * Taken: both byte orders, micro- and nanoseconds; Ethernet (one VLAN tag at most), raw IP and
 * Linux cooked captures; IPv4, unfragmented. Everything else in a capture is passed over and
 * counted. A length that does not fit what it measures, and a file that ends within a frame, are
 * errors: nothing of that frame is released. pcapng is refused by name.
 *
 * Nothing here allocates or owns memory: datagrams are views into the file's bytes. */
#ifndef WATCHFIRE_FORMATS_PCAP_H
#define WATCHFIRE_FORMATS_PCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/instant.h"
#include "formats/fault.h"

/* The largest frame that capture tools write. */
#define PCAP_FRAME_SIZE_MAX 262144

struct pcap_datagram {
    struct instant captured;
    struct bytes payload;
    size_t offset; /* of the payload in the file */
    uint32_t source_address, destination_address;
    uint16_t source_port, destination_port;
};

struct pcap {
    struct byte_reader in;
    bool is_little_endian;
    uint32_t parts_per_s; /* of the second part of a time stamp: 1e6 or 1e9 */
    uint32_t link_type;
    uint32_t frame_count;         /* frames begun so far */
    uint32_t skipped_frame_count; /* of these, not IPv4 UDP */
    uint32_t fragment_count;      /* of these, pieces of a datagram: not put together */
};

/* True if the bytes begin like a capture file of any sort, pcapng included. */
bool pcap_is_capture(struct bytes file);

/* Reads the file header. ERR_FORMAT with `fault` filled for anything that cannot be read; `p` is
 * then unchanged. `file` must outlive p and every datagram. */
MUST_USE result pcap_init(struct pcap *p, struct bytes file, struct fault *fault);

/* The next UDP datagram. ERR_NOT_FOUND at the end of the file; ERR_FORMAT with `fault` filled if
 * the next frame is malformed, and then p must not be used again. `out` is then unchanged. */
MUST_USE result pcap_next(struct pcap *p, struct pcap_datagram *out, struct fault *fault);

#endif
