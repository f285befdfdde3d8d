#include "formats/fault.h"

#include <stdarg.h>
#include <stdio.h>

void fault_at(struct fault *fault, size_t offset, const char *where, ...)
{
    va_list arguments;
    va_start(arguments, where);
    fault->offset = offset;
    vsnprintf(fault->where, sizeof fault->where, where, arguments);
    va_end(arguments);
}

void fault_expected(struct fault *fault, const char *expected, ...)
{
    va_list arguments;
    va_start(arguments, expected);
    vsnprintf(fault->expected, sizeof fault->expected, expected, arguments);
    va_end(arguments);
}

result fault_found(struct fault *fault, const char *found, ...)
{
    va_list arguments;
    va_start(arguments, found);
    vsnprintf(fault->found, sizeof fault->found, found, arguments);
    va_end(arguments);
    return ERR_FORMAT;
}

const char *fault_text(const struct fault *fault, char out[FAULT_TEXT_SIZE])
{
    snprintf(out, FAULT_TEXT_SIZE, "byte %zu: %s: expected %s, found %s", fault->offset,
             fault->where, fault->expected, fault->found);
    return out;
}
