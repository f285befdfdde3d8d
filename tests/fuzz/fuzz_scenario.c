#include "fuzz.h"

#include <string.h>

#include "cli/scenario_file.h"

static struct scenario scenario;

/* A scenario that is read fits together; one that is refused is refused in words. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[YAML_MESSAGE_SIZE] = "";
    const result read = scenario_file_parse(DATA_DIR "/scenarios/fuzz.yaml",
                                            (struct bytes){data, size}, &scenario, message);
    if (read != OK) {
        FUZZ_CHECK(message[0] != '\0' && strlen(message) < YAML_MESSAGE_SIZE);
        return 0;
    }
    FUZZ_CHECK(scenario_check(&scenario) == OK);
    FUZZ_CHECK(strcmp(scenario.slug, "fuzz") == 0 && scenario.title[0] != '\0');
    for (uint32_t i = 0; i < scenario.nation_count; i++) {
        FUZZ_CHECK(nation_id_equal(scenario.nations[i].policy.owner, scenario.nations[i].id));
    }
    return 0;
}
