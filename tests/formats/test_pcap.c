#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/pcap.h"
#include "octets.h"

/* 2016-05-05T07:35:56 UTC and half a second. */
#define LITTLE_HEADER "D4C3B2A1 0200 0400 00000000 00000000 00000400 01000000"
#define LITTLE_STAMP "DCF72A57 20A10700"
#define CAPTURED_TAI_NS INT64_C(1462433792500000000)

#define ETHERNET "01005E02011F BC1665FE5FC2"
/* 20 + 8 + 4 bytes: 10.17.58.184 port 21124 to 232.2.1.31 port 22131, carrying 01020304. */
#define IP_UDP "45000020 00004000 3D110FB7 0A113AB8 E802011F 5284 5673 000C 2993 01020304"
#define FRAME LITTLE_STAMP "2E000000 2E000000" ETHERNET "0800" IP_UDP

/* Reads all of a file. Returns how it ended; `count` datagrams came before, `last` was the last. */
static result read_all(struct bytes file, size_t *count, struct pcap_datagram *last,
                       struct fault *fault)
{
    struct pcap p = {0};
    *count = 0;
    result read = pcap_init(&p, file, fault);
    while (read == OK) {
        read = pcap_next(&p, last, fault);
        *count += read == OK ? 1 : 0;
    }
    return read;
}

static void assert_one_datagram(const char *hex)
{
    const struct bytes file = octets_from_hex(hex);
    struct pcap_datagram d = {0};
    struct fault fault = {0};
    size_t count = 0;
    const result end = read_all(file, &count, &d, &fault);
    if (end != ERR_NOT_FOUND) {
        char text[FAULT_TEXT_SIZE];
        fail_msg("%s: %s", hex, fault_text(&fault, text));
    }
    assert_int_equal(count, 1);
    assert_true(d.captured.tai_ns == CAPTURED_TAI_NS);
    assert_int_equal(d.source_address, 0x0a113ab8);
    assert_int_equal(d.destination_address, 0xe802011f);
    assert_int_equal(d.source_port, 21124);
    assert_int_equal(d.destination_port, 22131);
    assert_int_equal(d.payload.size, 4);
    assert_memory_equal(d.payload.data, "\1\2\3\4", 4);
    assert_ptr_equal(d.payload.data, file.data + d.offset);
    free((void *)file.data);
}

static void byte_orders_and_units(void **state)
{
    (void)state;
    assert_one_datagram(LITTLE_HEADER FRAME);
    assert_one_datagram("A1B2C3D4 0002 0004 00000000 00000000 00040000 00000001"
                        "572AF7DC 0007A120 0000002E 0000002E" ETHERNET "0800" IP_UDP);
    assert_one_datagram("4D3CB2A1 0200 0400 00000000 00000000 00000400 01000000"
                        "DCF72A57 0065CD1D 2E000000 2E000000" ETHERNET "0800" IP_UDP);
    assert_one_datagram("A1B23C4D 0002 0004 00000000 00000000 00040000 00000001"
                        "572AF7DC 1DCD6500 0000002E 0000002E" ETHERNET "0800" IP_UDP);
}

static void link_layers(void **state)
{
    (void)state;
    const char *const head = "D4C3B2A1 0200 0400 00000000 00000000 00000400 ";
    const struct {
        const char *type, *size, *header;
    } cases[] = {
        {"01000000", "32000000", ETHERNET "8100 0064 0800"},
        {"65000000", "20000000", ""},
        {"E4000000", "20000000", ""},
        {"71000000", "30000000", "0000 0001 0006 BC1665FE5FC20000 0800"},
        {"14010000", "34000000", "0800 0000 00000002 0001 00 06 BC1665FE5FC20000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[1024];
        snprintf(hex, sizeof hex, "%s%s%s%s%s%s%s", head, cases[i].type, LITTLE_STAMP,
                 cases[i].size, cases[i].size, cases[i].header, IP_UDP);
        assert_one_datagram(hex);
    }
}

/* Ethernet fills short frames up to 60 bytes; IPv4 headers may carry options. */
static void padding_and_options(void **state)
{
    (void)state;
    assert_one_datagram(LITTLE_HEADER LITTLE_STAMP "3C000000 3C000000" ETHERNET "0800" IP_UDP
                                                   "0000000000000000000000000000");
    assert_one_datagram(LITTLE_HEADER LITTLE_STAMP
                        "32000000 32000000" ETHERNET
                        "0800 46000024 00004000 3D110FB7 0A113AB8 E802011F 01010101"
                        "5284 5673 000C 2993 01020304");
}

/* A raw packet says itself which version it is; one of IPv6 is passed over, not misread. */
static void raw_packets_of_ipv6_are_passed_over(void **state)
{
    (void)state;
    const struct bytes file = octets_from_hex(
        "D4C3B2A1 0200 0400 00000000 00000000 00000400 65000000" LITTLE_STAMP "28000000 28000000"
        "60000000 0000113F 00000000000000000000000000000001 00000000000000000000000000000001");
    struct pcap p = {0};
    struct pcap_datagram d = {0};
    struct fault fault = {0};
    assert_int_equal(pcap_init(&p, file, &fault), OK);
    assert_int_equal(pcap_next(&p, &d, &fault), ERR_NOT_FOUND);
    assert_int_equal(p.skipped_frame_count, 1);
    free((void *)file.data);
}

static void other_frames_are_passed_over(void **state)
{
    (void)state;
    const struct bytes file = octets_from_hex(
        LITTLE_HEADER LITTLE_STAMP
        "10000000 10000000" ETHERNET "0806 0001"         /* ARP */
        LITTLE_STAMP "0E000000 0E000000" ETHERNET "86DD" /* IPv6 */
        LITTLE_STAMP "22000000 22000000" ETHERNET        /* TCP */
        "0800 45000000 00004000 3D060FB7 0A113AB8 E802011F" LITTLE_STAMP
        "2A000000 2A000000" ETHERNET /* the first piece of a datagram */
        "0800 4500001C 00002000 3D110FB7 0A113AB8 E802011F 5284 5673 000C 2993" FRAME);
    struct pcap p = {0};
    struct pcap_datagram d = {0};
    struct fault fault = {0};
    assert_int_equal(pcap_init(&p, file, &fault), OK);
    assert_int_equal(pcap_next(&p, &d, &fault), OK);
    assert_int_equal(pcap_next(&p, &d, &fault), ERR_NOT_FOUND);
    assert_int_equal(p.frame_count, 5);
    assert_int_equal(p.skipped_frame_count, 3);
    assert_int_equal(p.fragment_count, 1);
    free((void *)file.data);
}

struct bad {
    const char *hex;
    size_t offset;
    const char *where;
    const char *found;
};

static const struct bad BAD[] = {
    {"D4C3B2A1", 4, "capture file header", "the end"},
    {"0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF", 0, "capture file", "pcapng"},
    {"00000000 0200 0400 00000000 00000000 00000400 01000000", 0, "capture file", "00000000"},
    {"D4C3B2A1 0300 0400 00000000 00000000 00000400 01000000", 4, "major version", "3"},
    {"D4C3B2A1 0200 0400 00000000 00000000 00000400 69000000", 20, "link type", "105"},
    {LITTLE_HEADER "DCF72A57 40420F00 2E000000 2E000000" ETHERNET "0800" IP_UDP, 28,
     "frame 1, part of a second", "1000000"},
    {LITTLE_HEADER LITTLE_STAMP "2E000000 2D000000" ETHERNET "0800" IP_UDP, 32, "frame 1, length",
     "46"},
    {LITTLE_HEADER LITTLE_STAMP "01000400 01000400" ETHERNET "0800" IP_UDP, 32, "frame 1, length",
     "262145"},
    {LITTLE_HEADER LITTLE_STAMP "2F000000 2F000000" ETHERNET "0800" IP_UDP, 86, "frame 1",
     "after 46"},
    {LITTLE_HEADER LITTLE_STAMP "2D000000 2E000000" ETHERNET "0800" IP_UDP, 56,
     "frame 1, IPv4 total length", "32"},
    {LITTLE_HEADER LITTLE_STAMP "0D000000 0D000000" ETHERNET "08", 40, "frame 1, link header",
     "13 before"},
    {LITTLE_HEADER LITTLE_STAMP "10000000 10000000" ETHERNET "8100 0001", 54, "frame 1, VLAN tag",
     "2 before"},
    {LITTLE_HEADER LITTLE_STAMP "0F000000 0F000000" ETHERNET "0800 45", 54, "frame 1, IPv4 header",
     "1 before"},
    {LITTLE_HEADER LITTLE_STAMP "22000000 22000000" ETHERNET
                                "0800 65000014 00004000 3D110FB7 0A113AB8 E802011F",
     54, "frame 1, IPv4 header", "version 6 and 5"},
    {LITTLE_HEADER LITTLE_STAMP "22000000 22000000" ETHERNET
                                "0800 44000014 00004000 3D110FB7 0A113AB8 E802011F",
     54, "frame 1, IPv4 header", "version 4 and 4"},
    {LITTLE_HEADER LITTLE_STAMP "22000000 22000000" ETHERNET
                                "0800 45000014 00004000 3D110FB7 0A113AB8 E802011F",
     74, "frame 1, UDP header", "0 in"},
    {LITTLE_HEADER LITTLE_STAMP
     "2A000000 2A000000" ETHERNET
     "0800 4500001C 00004000 3D110FB7 0A113AB8 E802011F 5284 5673 0007 2993",
     78, "frame 1, UDP length", "7"},
};

static void malformed_captures_say_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        const struct bytes file = octets_from_hex(BAD[i].hex);
        struct pcap_datagram d = {0};
        struct fault fault = {0};
        char text[FAULT_TEXT_SIZE];
        size_t count = 0;
        const result end = read_all(file, &count, &d, &fault);
        fault_text(&fault, text);
        if (end != ERR_FORMAT || count != 0 || fault.offset != BAD[i].offset ||
            strstr(fault.where, BAD[i].where) == NULL ||
            strstr(fault.found, BAD[i].found) == NULL) {
            fail_msg("%s: %s", BAD[i].hex, text);
        }
        free((void *)file.data);
    }
}

/* A file of two frames, cut anywhere: only at the ends of frames is it whole. */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    const struct bytes file = octets_from_hex(LITTLE_HEADER FRAME FRAME);
    for (size_t size = 0; size <= file.size; size++) {
        const struct bytes cut = octets_copy(file, size);
        const bool is_whole = size == 24 || size == 86 || size == 148;
        struct pcap_datagram d = {0};
        struct fault fault = {0};
        size_t count = 0;
        assert_int_equal(read_all(cut, &count, &d, &fault), is_whole ? ERR_NOT_FOUND : ERR_FORMAT);
        assert_int_equal(count, size < 86 ? 0 : size < 148 ? 1 : 2);
        assert_true(is_whole || fault.offset <= size);
        free((void *)cut.data);
    }
    free((void *)file.data);
}

/* Every byte that says a length, in the first of two frames, is made to say every other one. Only
 * one lie cannot be told from the truth: that the frame was longer on the wire than what was kept,
 * and then the datagrams are whole all the same. */
static void every_wrong_length_is_refused(void **state)
{
    (void)state;
    const struct bytes file = octets_from_hex(LITTLE_HEADER FRAME FRAME);
    const size_t at[] = {32, 33, 34, 35, 36, 37, 38, 39, 54, 56, 57, 78, 79};
    size_t lies = 0;
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        const uint8_t was = file.data[at[i]];
        for (unsigned value = 0; value < 256; value++) {
            const bool is_longer_on_wire = at[i] >= 36 && at[i] < 40 && value > was;
            struct pcap_datagram d = {0};
            struct fault fault = {0};
            size_t count = 0;
            if (value == was) {
                continue;
            }
            ((uint8_t *)file.data)[at[i]] = (uint8_t)value;
            const result end = read_all(file, &count, &d, &fault);
            if (end != (is_longer_on_wire ? ERR_NOT_FOUND : ERR_FORMAT) ||
                count != (is_longer_on_wire ? 2 : 0)) {
                fail_msg("byte %zu = %02x gives %zu datagrams", at[i], value, count);
            }
            lies += is_longer_on_wire ? 0 : 1;
        }
        ((uint8_t *)file.data)[at[i]] = was;
    }
    print_message("%zu wrong lengths refused\n", lies);
    free((void *)file.data);
}

static void what_is_a_capture(void **state)
{
    (void)state;
    const char *const yes[] = {"D4C3B2A1", "A1B2C3D4", "4D3CB2A1", "A1B23C4D", "0A0D0D0A"};
    const char *const no[] = {"", "D4C3B2", "30003000", "A1B2C3D5"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        const struct bytes file = octets_from_hex(yes[i]);
        assert_true(pcap_is_capture(file));
        free((void *)file.data);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        const struct bytes file = octets_from_hex(no[i]);
        assert_false(pcap_is_capture(file));
        free((void *)file.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_orders_and_units),
        cmocka_unit_test(link_layers),
        cmocka_unit_test(padding_and_options),
        cmocka_unit_test(raw_packets_of_ipv6_are_passed_over),
        cmocka_unit_test(other_frames_are_passed_over),
        cmocka_unit_test(malformed_captures_say_where),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_wrong_length_is_refused),
        cmocka_unit_test(what_is_a_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
