/* NODE.yaml is read whole and within its bounds, or refused in words with nothing touched. */
#include "fuzz.h"

#include <string.h>

#include "node/node_file.h"

static void check_address(const struct node_address *a)
{
    FUZZ_CHECK(a->host[0] != '\0' && memchr(a->host, '\0', sizeof a->host) != NULL);
    FUZZ_CHECK(a->port > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct node_file file;
    char message[YAML_MESSAGE_SIZE] = "";
    file.partner_count = 99;
    const result read = node_file_parse("node.yaml", (struct bytes){data, size}, &file, message);
    if (read != OK) {
        FUZZ_CHECK(read == ERR_FORMAT || read == ERR_FULL);
        FUZZ_CHECK(file.partner_count == 99);
        FUZZ_CHECK(memcmp(message, "node.yaml:", 10) == 0);
        FUZZ_CHECK(memchr(message, '\0', sizeof message) != NULL);
        return 0;
    }
    FUZZ_CHECK(nation_id_is_set(file.nation) && file.domain != DOMAIN_UNKNOWN);
    FUZZ_CHECK(file.keys[0] != '\0' && file.journal[0] != '\0' && file.sensors[0] != '\0');
    FUZZ_CHECK(file.listen_count <= NODE_LISTEN_MAX && file.partner_count <= LIMIT_PARTNERS);
    check_address(&file.console);
    for (uint32_t i = 0; i < file.listen_count; i++) {
        check_address(&file.listen[i].at);
    }
    for (uint32_t i = 0; i < file.partner_count; i++) {
        check_address(&file.partners[i].server);
        FUZZ_CHECK(strlen(file.partners[i].root) == NODE_ROOT_SIZE - 1);
        FUZZ_CHECK(!nation_id_equal(file.partners[i].nation, file.nation));
    }
    return 0;
}
