#include "node/yaml_number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAD_PER_DEGREE 0.017453292519943295

struct unit {
    const char *name;
    double si;
};

struct dimension {
    const char *example;
    struct unit units[6]; /* from large to small; a NULL name ends them */
};

static const struct dimension dimensions[] = {
    [YAML_LENGTH] = {"a length such as \"250 m\" or \"10 km\"", {{"km", 1e3}, {"m", 1.0}}},
    [YAML_ANGLE] = {"an angle such as \"1.5 deg\" or \"1 mrad\"",
                    {{"deg", RAD_PER_DEGREE}, {"rad", 1.0}, {"mrad", 1e-3}, {"urad", 1e-6}}},
    [YAML_TIME] =
        {"a time such as \"20 s\" or \"5 ms\"",
         {{"d", 86400.0}, {"h", 3600.0}, {"min", 60.0}, {"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}}},
    [YAML_SPEED] = {"a speed such as \"3 m/s\" or \"7.5 km/s\"", {{"km/s", 1e3}, {"m/s", 1.0}}},
    [YAML_ACCELERATION] = {"an acceleration such as \"60 m/s2\"", {{"m/s2", 1.0}}},
    [YAML_SHARE] = {"a share such as \"3 %\"", {{"%", 0.01}}},
    [YAML_BALLISTIC] = {"a ballistic coefficient such as \"2500 kg/m2\"", {{"kg/m2", 1.0}}},
    [YAML_COUNT] = {"a number without a unit, such as \"3\" or \"0.2\"", {{"", 1.0}}},
};

#define UNITS_MAX (sizeof dimensions[0].units / sizeof dimensions[0].units[0])

static const char *digits_end(const char *at)
{
    while (*at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* The end of a number at `at`, or `at` itself if none stands there. */
static const char *number_end(const char *at)
{
    const char *digits = at + (*at == '+' || *at == '-' ? 1 : 0);
    const char *end = digits_end(digits);
    if (end == digits) {
        return at;
    }
    if (*end == '.') {
        const char *decimals = digits_end(end + 1);
        if (decimals == end + 1) {
            return at;
        }
        end = decimals;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-' ? 1 : 0);
        const char *exponent_end = digits_end(exponent);
        end = exponent_end == exponent ? end : exponent_end;
    }
    return end;
}

result yaml_number_plain(const char *text, double *out, const char **rest)
{
    const char *end = number_end(text);
    ENSURE(end != text, ERR_FORMAT);
    const double value = strtod(text, NULL);
    ENSURE(isfinite(value), ERR_RANGE);
    *out = value;
    *rest = end;
    return OK;
}

static const struct unit *find_unit(enum yaml_dimension dimension, const char *name)
{
    for (size_t i = 0; i < UNITS_MAX && dimensions[dimension].units[i].name != NULL; i++) {
        if (strcmp(dimensions[dimension].units[i].name, name) == 0) {
            return &dimensions[dimension].units[i];
        }
    }
    return NULL;
}

result yaml_number_parse(const char *text, enum yaml_dimension dimension, double *out,
                         const char **why_out)
{
    double value = 0.0;
    const char *rest = text;
    const result status = yaml_number_plain(text, &value, &rest);
    if (status != OK) {
        *why_out = status == ERR_RANGE ? ", too large a number" : "";
        return status;
    }
    const char *unit = *rest == ' ' ? rest + 1 : rest;
    const struct unit *known = find_unit(dimension, unit);
    if (known == NULL) {
        *why_out = *unit == '\0' ? ", a number without a unit" : ", another unit";
        return ERR_FORMAT;
    }
    ENSURE(isfinite(value * known->si), ERR_RANGE);
    *out = value * known->si;
    return OK;
}

const char *yaml_number_example(enum yaml_dimension dimension)
{
    return dimensions[dimension].example;
}

/* The largest unit that is not larger than the value; angles in degrees unless they are tiny. */
static const struct unit *readable_unit(double value, enum yaml_dimension dimension)
{
    const struct unit *units = dimensions[dimension].units;
    const double size = value == 0.0 ? 1.0 : fabs(value);
    if (dimension == YAML_ANGLE) {
        return size < 1e-3 ? find_unit(YAML_ANGLE, "mrad") : find_unit(YAML_ANGLE, "deg");
    }
    size_t i = 0;
    while (i + 1 < UNITS_MAX && units[i + 1].name != NULL && size < units[i].si) {
        i++;
    }
    return &units[i];
}

const char *yaml_number_format(double value, enum yaml_dimension dimension,
                               char out[YAML_NUMBER_TEXT])
{
    const struct unit *unit = readable_unit(value, dimension);
    assert(unit != NULL);
    (void)snprintf(out, YAML_NUMBER_TEXT, "%.6g%s%s", value / unit->si,
                   unit->name[0] == '\0' ? "" : " ", unit->name);
    return out;
}
