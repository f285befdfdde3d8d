#include "cli/json_out.h"

#include <stdio.h>

int json_out(json_t *object, size_t form, const char *command, int status)
{
    if (object == NULL) {
        (void)fprintf(stderr,
                      "watchfire %s: JSON: there is no memory for it, or what it would say is no "
                      "UTF-8\n",
                      command);
        return 2;
    }
    (void)json_dumpf(object, stdout, form);
    (void)putchar('\n');
    json_decref(object);
    return status;
}
