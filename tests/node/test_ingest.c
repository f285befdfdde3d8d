/* What sensors send: grouped into scans, refused for a reason and counted, shed when it is too
 * much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utc.h"
#include "formats/observation_line.h"
#include "node/ingest.h"

static struct ingest *in;
static struct observation scan[LIMIT_SCAN];
static char told[INGEST_TEXT_SIZE];
static int tellings;

static void tell(void *context, const char *text)
{
    (void)context;
    (void)snprintf(told, sizeof told, "%s", text);
    tellings++;
}

static struct instant at_s(double s)
{
    struct instant t;
    static const char START[] = "2023-07-12T01:00:00Z";
    assert_int_equal(utc_parse(START, strlen(START), &t), OK);
    return instant_plus_s(t, s);
}

static int begin(void **state)
{
    (void)state;
    static const struct sensor SENSORS[3] = {
        {.id = {"K1"},
         .kind = SENSOR_RADAR,
         .place = {0.65, 2.2, 100.0},
         .sigma_range_m = 20.0,
         .sigma_azimuth_rad = 1e-3,
         .sigma_elevation_rad = 1e-3},
        {.id = {"K2"},
         .kind = SENSOR_RADAR,
         .place = {0.65, 2.2, 100.0},
         .sigma_range_m = 20.0,
         .sigma_azimuth_rad = 1e-3,
         .sigma_elevation_rad = 1e-3},
        {.id = {"25-201"},
         .kind = SENSOR_RADAR,
         .place = {0.78, 0.28, 300.0},
         .sigma_range_m = 70.0,
         .sigma_azimuth_rad = 1e-3,
         .sigma_elevation_rad = 4e-3},
    };
    const struct ingest_options options = {.sensors = SENSORS, .sensor_count = 3, .tell = tell};
    tellings = 0;
    told[0] = '\0';
    return ingest_open(&options, &in) == OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    ingest_close(in);
    return 0;
}

static void line_of(const char *sensor, double time_s, double range_m, char out[256])
{
    char time[UTC_TEXT_SIZE];
    (void)snprintf(out, 256,
                   "{\"type\":\"radar\",\"sensor\":\"%s\",\"time\":\"%s\",\"range_m\":%.1f,"
                   "\"az_deg\":10,\"el_deg\":5}\n",
                   sensor, utc_format(at_s(time_s), 3, time), range_m);
}

static void send(const char *text, double now_s)
{
    ingest_lines(in, "udp 127.0.0.1:1", (struct bytes){(const uint8_t *)text, strlen(text)},
                 at_s(now_s));
}

static void send_plot(const char *sensor, double time_s, double range_m, double now_s)
{
    char text[256];
    line_of(sensor, time_s, range_m, text);
    send(text, now_s);
}

static void what_is_of_one_sensor_and_instant_is_one_scan(void **state)
{
    (void)state;
    send_plot("K1", 1.0, 100e3, 1.1);
    send_plot("K2", 1.0, 200e3, 1.1);
    send_plot("K1", 1.0, 101e3, 1.2);
    send_plot("K1", 2.0, 102e3, 2.1);
    assert_int_equal(ingest_waiting(in), 4);
    assert_int_equal(ingest_take(in, scan), 2);
    assert_string_equal(scan[0].sensor.text, "K1");
    assert_true(scan[0].radar.polar.range_m == 100e3 && scan[1].radar.polar.range_m == 101e3);
    assert_true(instant_equal(scan[1].receipt, at_s(1.2)));
    assert_int_equal(ingest_take(in, scan), 1);
    assert_string_equal(scan[0].sensor.text, "K2");
    assert_int_equal(ingest_take(in, scan), 1);
    assert_true(instant_equal(scan[0].validity, at_s(2.0)));
    assert_int_equal(ingest_take(in, scan), 0);
    /* What comes when its scan has gone is another one. */
    send_plot("K1", 2.0, 103e3, 2.2);
    assert_int_equal(ingest_take(in, scan), 1);
    assert_int_equal(ingest_sensor(in, 0)->taken, 4);
}

static void a_scan_has_a_largest_size(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_SCAN + 3; i++) {
        send_plot("K1", 1.0, 100e3 + i, 1.1);
    }
    assert_int_equal(ingest_take(in, scan), LIMIT_SCAN);
    assert_int_equal(ingest_take(in, scan), 3);
    assert_true(scan[0].radar.polar.range_m == 100e3 + LIMIT_SCAN);
}

static void a_datagram_holds_many_lines_in_any_style(void **state)
{
    (void)state;
    char a[256];
    char b[256];
    char text[600];
    line_of("K1", 1.0, 100e3, a);
    line_of("K1", 1.0, 101e3, b);
    b[strlen(b) - 1] = '\0'; /* the last line may lack its end */
    (void)snprintf(text, sizeof text, "\n%.*s\r\n \n%s", (int)strlen(a) - 1, a, b);
    send(text, 1.0);
    assert_int_equal(ingest_take(in, scan), 2);
    assert_int_equal(tellings, 0);
}

struct refused {
    const char *text;
    enum ingest_refusal why;
    const char *says;
};

static void what_is_refused_is_counted_by_reason_and_told(void **state)
{
    (void)state;
    static const struct refused REFUSED[] = {
        {"garbage", INGEST_MALFORMED, "1 malformed; the latest: byte "},
        {"{\"type\":\"radar\",\"sensor\":\"K9\",\"time\":\"2023-07-12T01:00:00Z\",\"range_m\":1e5,"
         "\"az_deg\":1}",
         INGEST_UNKNOWN_SENSOR, "1 of an unknown sensor; the latest: \"K9\", not declared"},
        {"{\"type\":\"sensor\",\"id\":\"U1\",\"kind\":\"infrared\",\"sigma_los_rad\":5e-5}",
         INGEST_DECLARATION, "sensors file; the latest: U1"},
    };
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        send(REFUSED[i].text, 1.0);
        assert_int_equal(ingest_refused(in, REFUSED[i].why), 1);
        if (strstr(told, REFUSED[i].says) == NULL) {
            fail_msg("does not say '%s': %s", REFUSED[i].says, told);
        }
    }
    send_plot("K2", 10.0, 100e3, 4.9);
    assert_int_equal(ingest_refused(in, INGEST_FUTURE), 1);
    assert_int_equal(ingest_sensor(in, 1)->refused[INGEST_FUTURE], 1);
    assert_non_null(strstr(told, "from the future, of K2; the latest: 2023-07-12T01:00:10.000Z"));
    send_plot("K2", 10.0, 100e3, 70.1);
    assert_int_equal(ingest_refused(in, INGEST_OLD), 1);
    send_plot("K2", 10.0, 100e3, 5.0);
    send_plot("K2", 10.0, 100e3, 70.0);
    assert_int_equal(ingest_waiting(in), 2);
    assert_int_equal(tellings, 5);
}

static void a_long_line_is_refused(void **state)
{
    (void)state;
    static char text[OBSERVATION_LINE_BYTES_MAX + 2];
    memset(text, 'x', sizeof text - 1);
    send(text, 1.0);
    assert_int_equal(ingest_refused(in, INGEST_TOO_LONG), 1);
}

static void a_flood_of_refusals_is_told_now_and_then(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        send("garbage", 1.0 + 0.001 * i);
    }
    assert_int_equal(tellings, 1);
    send("garbage", 1.0 + INGEST_TELL_S);
    assert_int_equal(tellings, 2);
    assert_non_null(strstr(told, "refused 1000 malformed"));
    assert_int_equal(ingest_refused(in, INGEST_MALFORMED), 1001);
}

static void too_much_sheds_the_oldest(void **state)
{
    (void)state;
    for (int i = 0; i < INGEST_QUEUE_MAX; i++) {
        send_plot(i % 2 == 0 ? "K1" : "K2", 0.001 * (i / 2), 100e3, 10.0);
    }
    assert_int_equal(ingest_waiting(in), INGEST_QUEUE_MAX);
    assert_int_equal(ingest_refused(in, INGEST_SHED), 0);
    for (int i = 0; i < 10; i++) {
        send_plot("K1", 9.0, 200e3, 10.0);
    }
    assert_int_equal(ingest_refused(in, INGEST_SHED), 10);
    assert_int_equal(ingest_sensor(in, 0)->refused[INGEST_SHED], 5);
    assert_int_equal(ingest_waiting(in), INGEST_QUEUE_MAX);
    assert_int_equal(ingest_take(in, scan), 1);
    assert_true(instant_equal(scan[0].validity, at_s(0.005)));
    uint32_t all = 1;
    uint32_t count = 0;
    uint32_t last = 0;
    while ((count = ingest_take(in, scan)) > 0) {
        all += count;
        last = count;
    }
    assert_int_equal(all, INGEST_QUEUE_MAX);
    assert_int_equal(last, 10);
    assert_int_equal(ingest_waiting(in), 0);
    /* The room is all there again. */
    for (int i = 0; i < INGEST_QUEUE_MAX; i++) {
        send_plot("K1", 9.5, 100e3, 10.0);
    }
    assert_int_equal(ingest_refused(in, INGEST_SHED), 10);
}

/* A target report of CAT 048 (EUROCONTROL-SPEC-0149-4 edition 1.31): data source 25-201, time of
 * day 3601 s, radar plot, range 60 NM, azimuth 90 degrees, height 36,000 ft. */
static const uint8_t REPORT[] = {0x30, 0x00, 0x12, 0xf1, 0x01, 0x08, 0x19, 0xc9, 0x07,
                                 0x08, 0x80, 0x20, 0x3c, 0x00, 0x40, 0x00, 0x05, 0xa0};

static void asterix_reports_become_plots_once(void **state)
{
    (void)state;
    const struct bytes datagram = {REPORT, sizeof REPORT};
    ingest_asterix(in, "asterix", datagram, at_s(2.0));
    ingest_asterix(in, "asterix", datagram, at_s(2.1));
    assert_int_equal(ingest_refused(in, INGEST_TWICE), 1);
    assert_int_equal(ingest_take(in, scan), 1);
    assert_string_equal(scan[0].sensor.text, "25-201");
    assert_true(instant_equal(scan[0].validity, at_s(1.0)));
    uint8_t other[sizeof REPORT];
    memcpy(other, REPORT, sizeof other);
    other[7] = 0xc8;
    ingest_asterix(in, "asterix", (struct bytes){other, sizeof other}, at_s(2.0));
    assert_int_equal(ingest_refused(in, INGEST_UNKNOWN_SENSOR), 1);
    ingest_asterix(in, "asterix", (struct bytes){REPORT, sizeof REPORT - 1}, at_s(2.0));
    assert_int_equal(ingest_refused(in, INGEST_MALFORMED), 1);
    assert_int_equal(ingest_waiting(in), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_of_one_sensor_and_instant_is_one_scan, begin, end),
        cmocka_unit_test_setup_teardown(a_scan_has_a_largest_size, begin, end),
        cmocka_unit_test_setup_teardown(a_datagram_holds_many_lines_in_any_style, begin, end),
        cmocka_unit_test_setup_teardown(what_is_refused_is_counted_by_reason_and_told, begin, end),
        cmocka_unit_test_setup_teardown(a_long_line_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_refusals_is_told_now_and_then, begin, end),
        cmocka_unit_test_setup_teardown(too_much_sheds_the_oldest, begin, end),
        cmocka_unit_test_setup_teardown(asterix_reports_become_plots_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
