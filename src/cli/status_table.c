#include "cli/status_table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "?";
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static unsigned long long count_of(const json_t *object, const char *key)
{
    return (unsigned long long)json_integer_value(json_object_get(object, key));
}

/* "never", "0.3 s", "12 min", "5.2 h". */
static const char *age_of(const json_t *object, const char *key, char out[24])
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) {
        return "never";
    }
    const double age_s = json_number_value(value);
    const bool is_long = age_s >= 7200.0;
    (void)snprintf(out, 24,
                   age_s < 120.0 ? "%.1f s"
                   : is_long     ? "%.1f h"
                                 : "%.0f min",
                   age_s < 120.0 ? age_s
                   : is_long     ? age_s / 3600.0
                                 : age_s / 60.0);
    return out;
}

/* "12 malformed, 1 from the future"; nothing where nothing was refused. */
static void print_refused(const json_t *refused)
{
    const char *why = NULL;
    json_t *count = NULL;
    const char *between = "";
    json_object_foreach((json_t *)(uintptr_t)refused, why, count)
    {
        printf("%s%lld %s", between, (long long)json_integer_value(count), why);
        between = ", ";
    }
}

static void print_head(const json_t *status)
{
    const double up_s = number_of(status, "uptime_s");
    const long whole = (long)up_s;
    char domain[16] = "";
    (void)snprintf(domain, sizeof domain, "%s", text_of(status, "domain"));
    for (char *c = domain; *c != '\0'; c++) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    }
    printf("%s's node  %s  up %ld:%02ld:%02ld, since %s  policy %llu\n", text_of(status, "nation"),
           domain, whole / 3600, whole / 60 % 60, whole % 60, text_of(status, "started"),
           count_of(status, "policy"));
}

/* What is wrong, since when and what to do; nothing if all is well. */
static void print_health(const json_t *status)
{
    size_t i = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(status, "health"), i, line)
    {
        char age[24];
        printf("%-9s %s (since %s, %s)\n          -> %s\n",
               json_is_true(json_object_get(line, "alarm")) ? "ALARM" : "look at",
               text_of(line, "what"), text_of(line, "since"), age_of(line, "age_s", age),
               text_of(line, "todo"));
    }
    if (count_of(status, "health_more") > 0) {
        printf("          and %llu more\n", count_of(status, "health_more"));
    }
}

static void print_journal(const json_t *journal)
{
    if (!json_is_object(journal)) {
        return;
    }
    printf("journal   ");
    if (strcmp(text_of(journal, "state"), "good") != 0) {
        char age[24];
        printf("FAILED for %s: %s. Nothing is shared or acknowledged. ",
               age_of(journal, "failed_for_s", age), text_of(journal, "fault"));
    }
    printf("position %llu, %llu not yet on disk; commit %.1f ms, longest %.1f ms\n",
           count_of(journal, "position"), count_of(journal, "waiting"),
           number_of(journal, "last_commit_ms"), number_of(journal, "longest_commit_ms"));
    printf("          keeps %.0f days", number_of(journal, "keep_s") / 86400.0);
    if (json_is_string(json_object_get(journal, "kept_from"))) {
        printf("; the oldest input is %llu of %s", count_of(journal, "first_kept"),
               text_of(journal, "kept_from"));
    }
    const char *whom = text_of(journal, "keeps_longer_for");
    if (strcmp(whom, "a snapshot") == 0) {
        printf("; older ones wait for a snapshot on the disk");
    } else if (whom[0] != '\0' && whom[0] != '?') {
        printf("; older ones wait until %s has acknowledged what was released", whom);
    }
    printf("\n");
}

static void print_clock(const json_t *clock)
{
    printf("clock     %s", text_of(clock, "state"));
    const double ahead_s = number_of(clock, "ahead_s");
    if (ahead_s >= 0.1) {
        printf(", %.1f s ahead of the system's", ahead_s);
    }
    if (count_of(clock, "steps") > 0) {
        printf("; set %llu times, last by %+.1f s", count_of(clock, "steps"),
               number_of(clock, "last_step_s"));
    }
    printf("\n");
}

static void print_input(const json_t *input)
{
    printf("input     %llu observations waiting, %llu connections", count_of(input, "waiting"),
           count_of(input, "connections"));
    if (count_of(input, "datagrams_dropped_by_system") > 0) {
        printf("; %llu datagrams dropped by the system",
               count_of(input, "datagrams_dropped_by_system"));
    }
    if (count_of(input, "connections_turned_away") > 0) {
        printf("; %llu connections turned away", count_of(input, "connections_turned_away"));
    }
    const json_t *refused = json_object_get(input, "refused");
    printf(json_object_size(refused) > 0 ? "; refused: " : "");
    print_refused(refused);
    printf("\n");
}

static void print_sensors(const json_t *sensors)
{
    printf("\n%-16s %-9s %10s %12s  refused\n", "sensor", "kind", "last seen", "observations");
    size_t i = 0;
    json_t *sensor = NULL;
    json_array_foreach(sensors, i, sensor)
    {
        char age[24];
        printf("%-16s %-9s %10s %12llu  ", text_of(sensor, "id"), text_of(sensor, "kind"),
               age_of(sensor, "age_s", age), count_of(sensor, "observations"));
        print_refused(json_object_get(sensor, "refused"));
        printf("\n");
    }
}

/* What a partner's history or the carrier says of trouble, each on a line of its own. */
static void print_trouble(const json_t *partner)
{
    static const struct {
        const char *key;
        const char *text;
    } ALARMS[] = {
        {"rebases", "we had forgotten what it remembers; a new ledger was begun"},
        {"regressions", "it forgot what it had acknowledged"},
        {"histories", "two histories: it contradicts what it sent before"},
    };
    for (size_t i = 0; i < sizeof ALARMS / sizeof ALARMS[0]; i++) {
        if (count_of(partner, ALARMS[i].key) > 0) {
            printf("         ALARM %s (%llu times)\n", ALARMS[i].text,
                   count_of(partner, ALARMS[i].key));
        }
    }
    size_t i = 0;
    json_t *lane = NULL;
    json_array_foreach(json_object_get(partner, "lanes"), i, lane)
    {
        if (!json_is_true(json_object_get(lane, "connected"))) {
            printf("         %s lane: no server: %s\n", text_of(lane, "lane"),
                   text_of(lane, "error"));
        }
    }
}

/* What came by way of others. */
static void print_ways(const json_t *partner)
{
    size_t i = 0;
    json_t *way = NULL;
    json_array_foreach(json_object_get(partner, "by_way_of"), i, way)
    {
        char age[24];
        printf("         by way of %s: %llu records, the last %s ago\n", text_of(way, "nation"),
               count_of(way, "received"), age_of(way, "last_s", age));
    }
}

static const char *link_word(const json_t *partner)
{
    if (json_is_true(json_object_get(partner, "apart"))) {
        return "none";
    }
    return json_is_true(json_object_get(partner, "up")) ? "up" : "DOWN";
}

/* Nothing where nobody lets us pass anything on, and nothing came that way. */
static void print_relays(const json_t *relays)
{
    size_t i = 0;
    json_t *grant = NULL;
    json_array_foreach(json_object_get(relays, "grants"), i, grant)
    {
        const bool counts = json_is_true(json_object_get(grant, "counts"));
        printf("%sgrant     what %s releases to us goes on to %s until %s%s%s\n",
               i == 0 ? "\n" : "", text_of(grant, "owner"), text_of(grant, "to"),
               text_of(grant, "until"),
               counts ? "" : "; NOT NOW: ", counts ? "" : text_of(grant, "why"));
    }
    static const char *const LINES[][3] = {{"passed_on", "not_passed_on", "passed on"},
                                           {"taken", "not_taken", "by way of others"}};
    for (size_t k = 0; k < sizeof LINES / sizeof LINES[0]; k++) {
        const json_t *why = json_object_get(relays, LINES[k][1]);
        if (count_of(relays, LINES[k][0]) > 0 || json_object_size(why) > 0) {
            printf("%-17s %llu records%s", LINES[k][2], count_of(relays, LINES[k][0]),
                   json_object_size(why) > 0 ? "; not: " : "");
            print_refused(why);
            printf("\n");
        }
    }
}

static void print_partners(const json_t *partners)
{
    if (json_array_size(partners) == 0) {
        printf("\nno partners\n");
        return;
    }
    printf("\n%-8s %-6s %10s %10s %10s %10s %8s  refused\n", "partner", "link", "last heard",
           "sequence", "not acked", "received", "missing");
    size_t i = 0;
    json_t *partner = NULL;
    json_array_foreach(partners, i, partner)
    {
        char age[24];
        printf("%-8s %-6s %10s %10llu %10llu %10llu %8llu  ", text_of(partner, "nation"),
               link_word(partner), age_of(partner, "heard_s", age), count_of(partner, "sequence"),
               count_of(partner, "unacknowledged"), count_of(partner, "received"),
               count_of(partner, "missing"));
        print_refused(json_object_get(partner, "refused"));
        printf("\n");
        print_trouble(partner);
        print_ways(partner);
    }
}

static void print_console(const json_t *console)
{
    printf("\npage      %llu requests, ", count_of(console, "requests"));
    if (count_of(console, "officers") > 0) {
        printf("%llu officers, %llu signed in, %llu orders", count_of(console, "officers"),
               count_of(console, "signed_in"), count_of(console, "orders"));
    } else {
        printf("nobody signs in");
    }
    printf("; refused: ");
    print_refused(json_object_get(console, "refused"));
    printf("\n");
}

void status_table_print(const json_t *status)
{
    print_head(status);
    print_health(status);
    print_journal(json_object_get(status, "journal"));
    print_clock(json_object_get(status, "clock"));
    print_input(json_object_get(status, "input"));
    print_sensors(json_object_get(status, "sensors"));
    print_partners(json_object_get(status, "partners"));
    print_relays(json_object_get(status, "relays"));
    print_console(json_object_get(status, "console"));
}

bool status_table_is_good(const json_t *status)
{
    return strcmp(text_of(json_object_get(status, "journal"), "state"), "good") == 0;
}
