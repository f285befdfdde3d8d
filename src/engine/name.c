#include "engine/name.h"

#include <string.h>

struct event_name name_make(struct nation_id nation, uint64_t number)
{
    static const char *const WORDS[] = {
        "AMBER",   "BIRCH",   "CEDAR",  "DELTA",  "EMBER",  "FJORD",  "GRANITE", "HARBOR", "INDIGO",
        "JASPER",  "KESTREL", "LINDEN", "MARBLE", "NICKEL", "OPAL",   "PEPPER",  "QUARTZ", "RAVEN",
        "SAFFRON", "TIMBER",  "UMBRA",  "VIOLET", "WALNUT", "YARROW", "ZEPHYR",
    };
    const uint64_t count = sizeof WORDS / sizeof WORDS[0];
    struct event_name name;
    memset(&name, 0, sizeof name);
    const char *word = WORDS[(number - 1) % count];
    size_t at = strlen(word);
    memcpy(name.text, word, at);
    name.text[at] = '-';
    name.text[at + 1] = nation.code[0];
    at += 2;
    char digits[8];
    size_t size = 0;
    uint64_t left = number % 100000;
    do {
        digits[size] = (char)('0' + left % 10);
        left /= 10;
        size++;
    } while (left > 0);
    for (size_t i = 0; i < size; i++) {
        name.text[at + i] = digits[size - 1 - i];
    }
    return name;
}
