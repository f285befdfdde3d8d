/* Any bytes as steps: tests/share/ledger_model.h. */
#include "fuzz.h"

#include "../share/ledger_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ledger_model_play(data, size < 60 ? size : 60);
    return 0;
}
