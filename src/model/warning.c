#include "model/warning.h"

const char *warning_state_text(enum warning_state state)
{
    switch (state) {
    case WARNING_NONE:
        return "assessing";
    case WARNING_NO_THREAT:
        return "no threat to us";
    case WARNING_INITIAL:
        return "initial";
    case WARNING_UPDATE:
        return "update";
    case WARNING_NARROWED:
        return "narrowed";
    case WARNING_LOST_TRACK:
        return "lost track";
    case WARNING_CANCEL:
        return "cancel";
    case WARNING_ALL_CLEAR:
        return "all clear";
    case WARNING_HANDED_OVER:
        return "handed over";
    case WARNING_EXPIRED:
        return "expired";
    }
    return "unknown";
}
