/* The pages of an exercise: one console for each nation, on free ports of this machine. */
#ifndef WATCHFIRE_CLI_PAGES_H
#define WATCHFIRE_CLI_PAGES_H

#include <stdbool.h>

#include "cli/control.h"
#include "cli/play.h"

struct pages;

/* With a control its officers sign in, and the pages show nothing of what the scenario will bring;
 * NULL = everybody looks on. */
MUST_USE result pages_open(const struct scenario *scenario, struct control *control,
                           struct pages **out, char message[PLAY_MESSAGE_SIZE]);
void pages_close(struct pages *pages);

/* " KOR http://127.0.0.1:40123  JPN …"; lives as long as the pages. Empty for NULL. */
const char *pages_addresses(const struct pages *pages);

/* Hands the picture of now to every page. Nothing for NULL. */
void pages_show(struct pages *pages, const struct play *play, struct instant t0, double speed,
                const char *note, bool finished);

/* Serves requests for about `ms`. */
void pages_serve(struct pages *pages, int ms);

#endif
