#include "cli/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/decode_document.h"
#include "cli/decode_plots.h"
#include "formats/asterix.h"
#include "formats/asterix_text.h"
#include "formats/pcap.h"

#define STATUS_OK 0
#define STATUS_BAD 2
#define FILE_SIZE_MAX ((size_t)256 * 1024 * 1024)
#define FILE_SIZE_FIRST ((size_t)64 * 1024)
#define PORT_ANY 0

static const char HELP[] =
    "usage: watchfire decode asterix FILE [--json] [--port N]\n"
    "       watchfire decode asterix FILE --observations SENSORS [--date DAY] [--port N]\n"
    "       watchfire decode cap|cot|kml|tak|oem|rdm|geojson|czml FILE [--json]\n"
    "\n"
    "Prints the radar reports in FILE, one line each: ASTERIX category 034 and 048.\n"
    "FILE is a packet capture (classic pcap, UDP over IPv4) or ASTERIX blocks end to end.\n"
    "\n"
    "  --json    one JSON object a line; what a report does not carry has no member\n"
    "  --observations SENSORS\n"
    "            observation lines for `watchfire assess` (docs/observations.md): the sensor\n"
    "            lines in the file SENSORS, then the plots of category 048 of the radars that\n"
    "            are declared there, each by its SAC and SIC, \"25-201\"\n"
    "  --date DAY\n"
    "            such as 2023-07-12, UTC: the day of a file that is no capture; reports carry\n"
    "            only the time of day\n"
    "  --port N  of a capture, only datagrams to UDP port N; without it every UDP datagram\n"
    "            is taken for ASTERIX\n"
    "  --help    this text\n"
    "\n"
    "A block is printed whole or not at all. At the first malformed frame or block it stops:\n"
    "what came before has been printed, nothing at or after it. Blocks of other categories are\n"
    "passed over and counted on standard error.\n"
    "\n"
    "The other formats are those of warnings and displays (docs/displays.md): all that FILE says, "
    "a\n"
    "line \"place = value\" each, or with --json pairs in one array; a file that is not wholly of\n"
    "its format prints nothing.\n"
    "\n"
    "Exit status: 0 decoded to the end, 2 wrong use or bad input (byte and expectation on\n"
    "standard error). Files may be up to 256 MiB.\n";

struct options {
    const char *path;
    const char *sensors; /* NULL = records as they are, not plots */
    struct instant date; /* its noon; may be unset */
    bool is_json;
    bool wants_help;
    unsigned port; /* PORT_ANY = any */
};

struct tally {
    struct decode_plots plots;
    size_t record_count;
    size_t block_count;
    size_t other_block_count[256]; /* by category: blocks that have no decoder */
};

static int complain(const char *path, const char *text)
{
    fprintf(stderr, "watchfire decode: %s: %s\n", path, text);
    return STATUS_BAD;
}

static int complain_fault(const char *path, const struct fault *fault, const struct tally *tally)
{
    char text[FAULT_TEXT_SIZE];
    complain(path, fault_text(fault, text));
    fprintf(stderr,
            "watchfire decode: %s: stopped there; the %zu records of %zu whole blocks before it "
            "were printed\n",
            path, tally->record_count, tally->block_count);
    return STATUS_BAD;
}

static bool parse_port(const char *text, unsigned *out)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > 65535) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static bool parse_date(const char *text, struct instant *out)
{
    char noon[32];
    const int size = snprintf(noon, sizeof noon, "%.20sT12:00:00Z", text);
    return size > 0 && utc_parse(noon, (size_t)size, out) == OK;
}

/* An argument with a value. Returns 2, 0 with a message on error. */
static int parse_value(const char *argument, const char *value, struct options *o)
{
    if (strcmp(argument, "--port") == 0) {
        if (value == NULL || !parse_port(value, &o->port)) {
            complain("--port", "expected a UDP port from 1 to 65535");
            return 0;
        }
        return 2;
    }
    if (strcmp(argument, "--date") == 0) {
        if (value == NULL || !parse_date(value, &o->date)) {
            complain("--date", "expected a day such as 2023-07-12");
            return 0;
        }
        return 2;
    }
    if (value == NULL) {
        complain("--observations", "expected a file of sensor lines (docs/observations.md)");
        return 0;
    }
    o->sensors = value;
    return 2;
}

/* One argument that is not the first; `next` is the one after it or NULL. Returns how many were
 * used, 0 with a message on error. */
static int parse_argument(const char *argument, const char *next, struct options *o)
{
    if (strcmp(argument, "--json") == 0) {
        o->is_json = true;
        return 1;
    }
    if (strcmp(argument, "--help") == 0) {
        o->wants_help = true;
        return 1;
    }
    if (strcmp(argument, "--port") == 0 || strcmp(argument, "--date") == 0 ||
        strcmp(argument, "--observations") == 0) {
        return parse_value(argument, next, o);
    }
    if (argument[0] == '-' || o->path != NULL) {
        complain(argument, "expected FILE, --json, --observations, --date, --port or --help; see "
                           "--help");
        return 0;
    }
    o->path = argument;
    return 1;
}

static bool parse_options(int argc, char **argv, struct options *out)
{
    struct options o = {.date = INSTANT_UNSET, .port = PORT_ANY};
    const bool has_format = argc > 1 && strcmp(argv[1], "asterix") == 0;
    for (int i = argc > 1 && argv[1][0] != '-' ? 2 : 1; i < argc;) {
        const int used = parse_argument(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &o);
        if (used == 0) {
            return false;
        }
        i += used;
    }
    if (!o.wants_help && !has_format) {
        complain(argc > 1 ? argv[1] : "no format",
                 "expected the format: asterix, or one of those in --help");
        return false;
    }
    if (!o.wants_help && o.path == NULL) {
        complain("no file", "expected FILE after the format; see --help");
        return false;
    }
    if (o.is_json && o.sensors != NULL) {
        complain("--json", "expected either this or --observations; see --help");
        return false;
    }
    *out = o;
    return true;
}

/* Reads all of an open file into `*data`, which the caller frees in any case. Returns what went
 * wrong, or NULL. */
static const char *read_stream(FILE *stream, uint8_t **data, size_t *size)
{
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        if (*size == capacity) {
            if (capacity >= FILE_SIZE_MAX) {
                return fgetc(stream) == EOF ? NULL : "expected at most 256 MiB, found more";
            }
            capacity = capacity == 0 ? FILE_SIZE_FIRST : 2 * capacity;
            uint8_t *grown = realloc(*data, capacity);
            if (grown == NULL) {
                return "there is no memory to read it";
            }
            *data = grown;
        }
        *size += fread(*data + *size, 1, capacity - *size, stream);
        if (*size < capacity) {
            return ferror(stream) ? strerror(errno) : NULL;
        }
    }
}

const char *decode_read_file(const char *path, uint8_t **data, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return strerror(errno);
    }
    const char *trouble = read_stream(stream, data, size);
    fclose(stream);
    return trouble;
}

static result print_record(const struct asterix_record *record, struct instant captured,
                           const struct options *o, struct tally *tally)
{
    if (o->sensors != NULL) {
        return decode_plots_print(&tally->plots, record, captured);
    }
    if (!o->is_json) {
        char text[ASTERIX_TEXT_SIZE];
        puts(asterix_text(record, text));
        return OK;
    }
    char *json = NULL;
    TRY(asterix_json(record, captured, &json));
    puts(json);
    free(json);
    return OK;
}

/* Prints the blocks in a run of bytes that begins at `origin` of the file. ERR_FORMAT with `fault`
 * filled at the first block that is malformed, ERR_FULL if there is no memory. */
static result print_blocks(struct bytes blocks, size_t origin, struct instant captured,
                           const struct options *o, struct tally *tally, struct fault *fault)
{
    struct byte_reader in = byte_reader_over(blocks);
    while (byte_reader_left(&in) > 0) {
        struct asterix_block block = {0};
        struct asterix_record record = {0};
        TRY(asterix_block_next(&in, origin, &block, fault));
        if (block.category == NULL) {
            tally->other_block_count[block.category_number]++;
            continue;
        }
        while (asterix_block_record(&block, &record)) {
            TRY(print_record(&record, captured, o, tally));
            tally->record_count++;
        }
        tally->block_count++;
    }
    return OK;
}

static void note_skipped_frames(const char *path, const struct pcap *p, size_t other_port_count)
{
    if (p->skipped_frame_count > 0) {
        fprintf(stderr, "watchfire decode: %s: passed over: %u of %u frames, not UDP over IPv4\n",
                path, (unsigned)p->skipped_frame_count, (unsigned)p->frame_count);
    }
    if (p->fragment_count > 0) {
        fprintf(stderr, "watchfire decode: %s: passed over: %u fragments of IPv4 packets\n", path,
                (unsigned)p->fragment_count);
    }
    if (other_port_count > 0) {
        fprintf(stderr, "watchfire decode: %s: passed over: %zu datagrams to other ports\n", path,
                other_port_count);
    }
}

static result print_capture(struct bytes file, const struct options *o, struct tally *tally,
                            struct fault *fault)
{
    struct pcap p = {0};
    TRY(pcap_init(&p, file, fault));
    size_t other_port_count = 0;
    for (;;) {
        struct pcap_datagram d = {0};
        const result read = pcap_next(&p, &d, fault);
        if (read == ERR_NOT_FOUND) {
            note_skipped_frames(o->path, &p, other_port_count);
            return OK;
        }
        TRY(read);
        if (o->port != PORT_ANY && d.destination_port != o->port) {
            other_port_count++;
            continue;
        }
        TRY(print_blocks(d.payload, d.offset, d.captured, o, tally, fault));
    }
}

/* Says which categories were passed over. False if that was all there was. */
static bool note_other_categories(const char *path, const struct tally *tally)
{
    bool has_other = false;
    for (int i = 0; i < 256; i++) {
        if (tally->other_block_count[i] > 0) {
            has_other = true;
            fprintf(stderr,
                    "watchfire decode: %s: passed over: %zu blocks of category %03d, which is not "
                    "decoded\n",
                    path, tally->other_block_count[i], i);
        }
    }
    return !has_other || tally->block_count > 0;
}

static int decode_bytes(struct bytes file, const struct options *o)
{
    struct tally tally = {0};
    struct fault fault = {0};
    if (file.size == 0) {
        return complain(o->path, "byte 0: expected a capture or ASTERIX blocks, found no bytes");
    }
    char message[OBSERVATION_FILE_MESSAGE_SIZE];
    if (o->sensors != NULL && decode_plots_open(o->sensors, o->date, &tally.plots, message) != OK) {
        (void)fprintf(stderr, "watchfire decode: %s\n", message);
        return STATUS_BAD;
    }
    const result printed = pcap_is_capture(file)
                               ? print_capture(file, o, &tally, &fault)
                               : print_blocks(file, 0, INSTANT_UNSET, o, &tally, &fault);
    decode_plots_note(&tally.plots, o->path);
    if (printed == ERR_FORMAT) {
        return complain_fault(o->path, &fault, &tally);
    }
    if (printed != OK) {
        return complain(o->path, result_text(printed));
    }
    if (!note_other_categories(o->path, &tally)) {
        return complain(o->path, "expected blocks of category 034 or 048, found none");
    }
    return STATUS_OK;
}

int cli_decode(int argc, char **argv)
{
    struct options o = {0};
    if (decode_document_is_meant(argc, argv)) {
        return decode_document(argc, argv);
    }
    if (!parse_options(argc, argv, &o)) {
        return STATUS_BAD;
    }
    if (o.wants_help) {
        fputs(HELP, stdout);
        return STATUS_OK;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    const char *trouble = decode_read_file(o.path, &data, &size);
    const int status =
        trouble != NULL ? complain(o.path, trouble) : decode_bytes((struct bytes){data, size}, &o);
    free(data);
    return status;
}
