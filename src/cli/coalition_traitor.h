/* A nation of a coalition that lies on purpose, with its own keys: beside what its node says, its
 * partners get frames that are signed, sealed and false. Inside src/cli/coalition*.c only. */
#ifndef WATCHFIRE_CLI_COALITION_TRAITOR_H
#define WATCHFIRE_CLI_COALITION_TRAITOR_H

#include "share/frame.h"

/* What it has told one partner instead of its ledger: from the first false record on the ledger's
 * numbers are taken, and all that the node says afterwards contradicts. */
struct traitor_story {
    struct frame_epoch epoch; /* of the ledger from which it departs; counter 0 = it has not */
    uint64_t sequence;
    struct digest head;
};

struct member;

/* The false frames of one period of TROUBLE_PERIOD_S, `rate` in a second. */
void traitor_speak(struct member *m, double rate);

#endif
