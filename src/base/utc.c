#include "base/utc.h"

#include <assert.h>
#include <string.h>

/* A zone may lie a day behind. */
#define ZONE_TAI_NS_MIN (2 * 86400 * NS_PER_S)

/* Leap seconds: from this UTC date on, TAI - UTC is `offset_s`. IERS Bulletin C, 1972 to 2017. */
struct leap {
    int16_t year;
    int8_t month;
    int16_t offset_s;
};

static const struct leap LEAPS[] = {
    {1972, 1, 10}, {1972, 7, 11}, {1973, 1, 12}, {1974, 1, 13}, {1975, 1, 14}, {1976, 1, 15},
    {1977, 1, 16}, {1978, 1, 17}, {1979, 1, 18}, {1980, 1, 19}, {1981, 7, 20}, {1982, 7, 21},
    {1983, 7, 22}, {1985, 7, 23}, {1988, 1, 24}, {1990, 1, 25}, {1991, 1, 26}, {1992, 7, 27},
    {1993, 7, 28}, {1994, 7, 29}, {1996, 1, 30}, {1997, 7, 31}, {1999, 1, 32}, {2006, 1, 33},
    {2009, 1, 34}, {2012, 7, 35}, {2015, 7, 36}, {2017, 1, 37},
};
#define LEAP_COUNT (sizeof LEAPS / sizeof LEAPS[0])

/* Days from 1970-01-01 to a date of the Gregorian calendar (counted in years that start in March,
 * so that the leap day comes last). */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    const int64_t z = days + 719468;
    const int64_t era = z / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2 ? 1 : 0));
}

static int64_t offset_at_utc_day(int64_t day)
{
    int64_t offset_s = 10;
    for (size_t i = 0; i < LEAP_COUNT; i++) {
        if (day >= days_from_civil(LEAPS[i].year, LEAPS[i].month, 1)) {
            offset_s = LEAPS[i].offset_s;
        }
    }
    return offset_s;
}

struct instant utc_from_unix(int64_t unix_s, int64_t ns)
{
    const int64_t offset_s = offset_at_utc_day(unix_s / 86400);
    const struct instant whole = {(unix_s + offset_s) * NS_PER_S};
    return instant_plus(whole, (struct duration){ns});
}

int64_t utc_tai_offset_s(struct instant t)
{
    const int64_t tai_s = t.tai_ns / NS_PER_S;
    int64_t offset_s = 10;
    for (size_t i = 0; i < LEAP_COUNT; i++) {
        const int64_t from_s =
            days_from_civil(LEAPS[i].year, LEAPS[i].month, 1) * 86400 + LEAPS[i].offset_s;
        if (tai_s >= from_s) {
            offset_s = LEAPS[i].offset_s;
        }
    }
    return offset_s;
}

struct text_cursor {
    const char *text;
    size_t size;
    size_t at;
};

static result take_char(struct text_cursor *c, char expected)
{
    ENSURE(c->at < c->size && c->text[c->at] == expected, ERR_FORMAT);
    c->at++;
    return OK;
}

static result take_digits(struct text_cursor *c, size_t count, int *out)
{
    ENSURE(c->size - c->at >= count, ERR_FORMAT);
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        const char ch = c->text[c->at + i];
        ENSURE(ch >= '0' && ch <= '9', ERR_FORMAT);
        value = value * 10 + (ch - '0');
    }
    c->at += count;
    *out = value;
    return OK;
}

static result take_fraction(struct text_cursor *c, int64_t *out_ns)
{
    *out_ns = 0;
    if (c->at >= c->size || c->text[c->at] != '.') {
        return OK;
    }
    c->at++;
    int64_t unit_ns = NS_PER_S / 10;
    size_t digits = 0;
    while (c->at < c->size && c->text[c->at] >= '0' && c->text[c->at] <= '9') {
        ENSURE(digits < 9, ERR_FORMAT);
        *out_ns += (c->text[c->at] - '0') * unit_ns;
        unit_ns /= 10;
        digits++;
        c->at++;
    }
    ENSURE(digits > 0, ERR_FORMAT);
    return OK;
}

static result take_zone(struct text_cursor *c, int64_t *out_s)
{
    ENSURE(c->at < c->size, ERR_FORMAT);
    const char sign = c->text[c->at];
    c->at++;
    if (sign == 'Z') {
        *out_s = 0;
        return OK;
    }
    ENSURE(sign == '+' || sign == '-', ERR_FORMAT);
    int hours = 0;
    int minutes = 0;
    TRY(take_digits(c, 2, &hours));
    TRY(take_char(c, ':'));
    TRY(take_digits(c, 2, &minutes));
    ENSURE(hours <= 23 && minutes <= 59, ERR_RANGE);
    const int64_t offset_s = hours * 3600 + minutes * 60;
    *out_s = sign == '+' ? offset_s : -offset_s;
    return OK;
}

struct civil {
    int year, month, day, hour, minute, second;
};

static result check_civil(const struct civil *v)
{
    static const int8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    ENSURE(v->year >= 1972 && v->year <= 2200, ERR_RANGE);
    ENSURE(v->month >= 1 && v->month <= 12, ERR_RANGE);
    const bool leap_year = (v->year % 4 == 0 && v->year % 100 != 0) || v->year % 400 == 0;
    const int days = DAYS[v->month - 1] + (leap_year && v->month == 2 ? 1 : 0);
    ENSURE(v->day >= 1 && v->day <= days, ERR_RANGE);
    ENSURE(v->hour <= 23 && v->minute <= 59 && v->second <= 60, ERR_RANGE);
    return OK;
}

result utc_parse(const char *text, size_t size, struct instant *out)
{
    struct text_cursor c = {text, size, 0};
    struct civil v = {0};
    int64_t fraction_ns = 0;
    int64_t zone_s = 0;
    TRY(take_digits(&c, 4, &v.year));
    TRY(take_char(&c, '-'));
    TRY(take_digits(&c, 2, &v.month));
    TRY(take_char(&c, '-'));
    TRY(take_digits(&c, 2, &v.day));
    TRY(take_char(&c, 'T'));
    TRY(take_digits(&c, 2, &v.hour));
    TRY(take_char(&c, ':'));
    TRY(take_digits(&c, 2, &v.minute));
    TRY(take_char(&c, ':'));
    TRY(take_digits(&c, 2, &v.second));
    TRY(take_fraction(&c, &fraction_ns));
    TRY(take_zone(&c, &zone_s));
    ENSURE(c.at == c.size, ERR_FORMAT);
    TRY(check_civil(&v));
    const int64_t utc_s = days_from_civil(v.year, v.month, v.day) * 86400 + v.hour * 3600 +
                          v.minute * 60 + (v.second == 60 ? 59 : v.second) - zone_s;
    const int64_t day = utc_s / 86400;
    int64_t tai_s = utc_s + offset_at_utc_day(day);
    if (v.second == 60) {
        const bool inserted =
            utc_s % 86400 == 86399 && offset_at_utc_day(day + 1) > offset_at_utc_day(day);
        ENSURE(inserted, ERR_RANGE);
        tai_s++;
    }
    *out = (struct instant){tai_s * NS_PER_S + fraction_ns};
    return OK;
}

static void put_digits(char *out, int64_t value, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* "2022-10-04T07:29:00", 19 characters. */
static void put_civil(int64_t s, int64_t inserted_s, char *out)
{
    struct civil v = {0};
    civil_from_days(s / 86400, &v.year, &v.month, &v.day);
    const int64_t of_day = s % 86400;
    memcpy(out, "0000-00-00T00:00:00", 19);
    put_digits(out, v.year, 4);
    put_digits(out + 5, v.month, 2);
    put_digits(out + 8, v.day, 2);
    put_digits(out + 11, of_day / 3600, 2);
    put_digits(out + 14, of_day / 60 % 60, 2);
    put_digits(out + 17, of_day % 60 + inserted_s, 2);
}

const char *utc_format(struct instant t, unsigned decimals, char out[UTC_TEXT_SIZE])
{
    if (!instant_is_set(t) || t.tai_ns < 0) {
        memcpy(out, "unset", sizeof "unset");
        return out;
    }
    const int64_t offset_s = utc_tai_offset_s(t);
    int64_t utc_s = t.tai_ns / NS_PER_S - offset_s;
    /* During an inserted second the offset has not changed yet: it shows as :60 of the day
     * before. */
    const bool inserted = utc_s % 86400 == 0 && offset_at_utc_day(utc_s / 86400) > offset_s;
    utc_s -= inserted ? 1 : 0;
    put_civil(utc_s, inserted ? 1 : 0, out);
    size_t at = 19;
    if (decimals > 0) {
        out[at] = '.';
        char nine[9];
        put_digits(nine, t.tai_ns % NS_PER_S, 9);
        const size_t digits = decimals > 9 ? 9 : decimals;
        memcpy(out + at + 1, nine, digits);
        at += 1 + digits;
    }
    out[at] = 'Z';
    out[at + 1] = '\0';
    return out;
}

const char *utc_format_zone(struct instant t, int zone_min, char out[UTC_TEXT_SIZE])
{
    assert(zone_min > -24 * 60 && zone_min < 24 * 60);
    if (!instant_is_set(t) || t.tai_ns < ZONE_TAI_NS_MIN) {
        memcpy(out, "unset", sizeof "unset");
        return out;
    }
    const int64_t offset_s = utc_tai_offset_s(t);
    int64_t utc_s = t.tai_ns / NS_PER_S - offset_s;
    const bool inserted = utc_s % 86400 == 0 && offset_at_utc_day(utc_s / 86400) > offset_s;
    put_civil(utc_s - (inserted ? 1 : 0) + 60 * (int64_t)zone_min, 0, out);
    const int64_t away_min = zone_min < 0 ? -zone_min : zone_min;
    memcpy(out + 19, "-00:00", sizeof "-00:00");
    out[19] = zone_min > 0 ? '+' : '-';
    put_digits(out + 20, away_min / 60, 2);
    put_digits(out + 23, away_min % 60, 2);
    return out;
}
