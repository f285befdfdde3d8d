#include "base/id.h"

static bool is_name_char(char c)
{
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool sensor_id_parse(const char *text, struct sensor_id *out)
{
    struct sensor_id id = {{0}};
    size_t size = 0;
    while (text[size] != '\0') {
        if (size == sizeof id.text - 1 || !is_name_char(text[size])) {
            return false;
        }
        id.text[size] = text[size];
        size++;
    }
    if (size == 0) {
        return false;
    }
    *out = id;
    return true;
}
