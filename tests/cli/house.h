/* A nation's house for the tests of its commands: a folder with a passphrase ("word"), sensors,
 * a node's settings ("node.yaml") and a short exercise ("short.yaml"). Keys and hashes cost nothing
 * there, and the clock stands. */
#ifndef WATCHFIRE_TESTS_CLI_HOUSE_H
#define WATCHFIRE_TESTS_CLI_HOUSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KOR_POLICY DATA_DIR "/policies/KOR.yaml"
#define SENSOR                                                                               \
    "{\"type\":\"sensor\",\"id\":\"EYE-1\",\"kind\":\"radar\",\"lat_deg\":37.5,\"lon_deg\":" \
    "127.0,\"alt_m\":100,\"sigma_range_m\":20,\"sigma_az_deg\":0.05,\"sigma_el_deg\":0.05}\n"

/* Of cmocka's group. */
int house_begin(void **state);
int house_end(void **state);

void house_write(const char *name, const char *text, mode_t mode);
void house_write_bytes(const char *name, const void *bytes, size_t size, mode_t mode);

/* The short exercise with one thing in it changed, as a file of that name. */
void house_scenario(const char *name, const char *what, const char *to);

/* A file of a JSON object again, with one field of it replaced; NULL = left out. */
void house_field(const char *from, const char *field, const char *value, const char *to);

/* A scenario from elsewhere with one thing in it changed, once, as scenarios/...; the policies that
 * it names are found. */
void house_copy(const char *from, const char *what, const char *to, const char *name);

/* The name of a file in a folder, without its ending. */
void house_one_of(const char *name, char *out, size_t size);

/* What stands in a file; until the next call. */
const char *house_text(const char *name);

/* NODE.yaml of KOR with these lines more. */
void house_node(const char *name, const char *more);

/* A file of so many officers. */
void house_officers(const char *name, uint32_t count);

/* Keys of KOR in "KOR", with an officer sato, and a policy ("policy.yaml"). */
void house_keys(void);

/* Runs a command that must succeed. */
void house_does(const char *line);

/* What its node told people: w1 was ordered of an outlet ("feed"), w2 of none, w3 was taken. */
void house_told_people(void);

/* In a file of warnings: that one of them was told by an outlet, with this receipt. */
void house_told(const char *name, const char *id, const char *outlet, const char *receipt);

#endif
