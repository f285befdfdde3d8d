#include "model/domain.h"

const char *domain_text(enum domain domain)
{
    switch (domain) {
    case DOMAIN_LIVE:
        return "live";
    case DOMAIN_EXERCISE:
        return "exercise";
    case DOMAIN_TEST:
        return "test";
    case DOMAIN_UNKNOWN:
        break;
    }
    return "unknown";
}
