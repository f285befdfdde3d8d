/* Any bytes as steps: tests/share/sequence_model.h. */
#include "fuzz.h"

#include "../share/sequence_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sequence_model_play(data, size);
    return 0;
}
