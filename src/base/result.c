#include "base/result.h"

const char *result_text(result value)
{
    switch (value) {
    case OK:
        return "ok";
    case ERR_RANGE:
        return "a value is out of range";
    case ERR_FORMAT:
        return "not in the expected form";
    case ERR_CANONICAL:
        return "not in canonical form";
    case ERR_FULL:
        return "a capacity is used up";
    case ERR_STATE:
        return "not possible in this state";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_DENIED:
        return "denied by policy";
    case ERR_SIGNATURE:
        return "a signature or seal does not verify";
    case ERR_NUMERIC:
        return "a computation did not converge";
    case ERR_IO:
        return "input or output failed";
    }
    return "unknown result";
}
