/* Three nations' engines: KOR has a radar, USA and JPN have none. KOR tells USA, and may let USA
 * pass it on to JPN. Lines are perfect or cut; frames of KOR are signed, as the shell would. Steps
 * of half a second. */
#ifndef WATCHFIRE_TESTS_ENGINE_THREE_H
#define WATCHFIRE_TESTS_ENGINE_THREE_H

#include <stdbool.h>
#include <stdint.h>

#include "../share/key_fixture.h"
#include "engine/engine.h"
#include "share/grant.h"

enum { KOR, USA, JPN, NATIONS };

extern struct engine *three_engines;
extern struct effects three_effects; /* of the last step */
extern bool three_line[NATIONS][NATIONS];
extern struct key_fixture three_kor; /* its keys, as USA and JPN know them from three_start on */
extern double three_now_s;
extern uint64_t three_relayed; /* EFFECT_RELAYED so far */

struct nation_id three_nation(int nation);

/* Everybody's partners are the others, in order. */
uint32_t three_index(int self, int partner);
struct session *three_session(int self, int partner);

/* All lines stand but the one between KOR and JPN. `onward`: KOR's rules for USA name JPN. */
void three_start(bool onward);
void three_run(double until_s);

/* The line between KOR and JPN. */
void three_cut(bool is_cut);

/* From KOR, by way of USA, to JPN: everything, for a day. */
struct grant three_grant(void);
struct signed_grant three_sign(const struct grant *grant, enum domain domain);

/* The one by which USA passes on; NULL = none any more. What the engine says. */
result three_give_grant(const struct grant *grant);

/* KOR's list, as three_kor has it now. */
void three_give_keys(int nation);

#endif
