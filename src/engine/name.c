#include "engine/name.h"

#include <string.h>

struct event_name name_make(struct nation_id nation, uint64_t random)
{
    static const char *const WORDS[] = {
        "AMBER",   "BIRCH",   "CEDAR",  "DELTA",  "EMBER",  "FJORD",  "GRANITE", "HARBOR", "INDIGO",
        "JASPER",  "KESTREL", "LINDEN", "MARBLE", "NICKEL", "OPAL",   "PEPPER",  "QUARTZ", "RAVEN",
        "SAFFRON", "TIMBER",  "UMBRA",  "VIOLET", "WALNUT", "YARROW", "ZEPHYR",
    };
    const uint64_t count = sizeof WORDS / sizeof WORDS[0];
    struct event_name name;
    memset(&name, 0, sizeof name);
    const char *word = WORDS[random % count];
    const uint64_t number = 100 + random / count % 900;
    size_t at = strlen(word);
    memcpy(name.text, word, at);
    name.text[at] = '-';
    name.text[at + 1] = nation.code[0];
    name.text[at + 2] = (char)('0' + number / 100);
    name.text[at + 3] = (char)('0' + number / 10 % 10);
    name.text[at + 4] = (char)('0' + number % 10);
    return name;
}

bool name_same_word(const struct event_name *a, const struct event_name *b)
{
    size_t i = 0;
    while (i < sizeof a->text && a->text[i] == b->text[i]) {
        if (a->text[i] == '-' || a->text[i] == '\0') {
            return true;
        }
        i++;
    }
    return false;
}
