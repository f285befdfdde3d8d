/* Two nations' engines joined by a perfect line, without seals, carrier or journal: KOR and JPN
 * with one radar each, KOR's at 38.2, 128.5 and JPN's at 40.7, 140.5. Steps of half a second. */
#ifndef WATCHFIRE_TESTS_ENGINE_PAIR_H
#define WATCHFIRE_TESTS_ENGINE_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

#define PAIR_KOR 0
#define PAIR_JPN 1

/* Two of them, from the first pair_start on. */
extern struct engine *pair_engines;

struct engine_config pair_config(int nation);

/* Fresh engines, booted at t_s seconds after launch. Needs flown_solve. `joined` false: no frame
 * arrives. */
void pair_start(double t_s, uint64_t seed, bool joined);

/* `second` adds a missile that flies the same way 3.55 degrees (300 km) further east. */
void pair_run(double until_s, bool second);

/* Called after every step that was OK; NULL = nobody looks. */
extern void (*pair_look)(int nation, const struct event *event, const struct effects *effects);

/* A number that any change of any effect changes. */
uint64_t pair_digest(uint64_t before, const struct effects *effects);

struct event pair_boot_event(int nation, double t_s);

#endif
