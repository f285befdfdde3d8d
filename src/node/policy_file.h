/* Reads a release policy from a YAML file: the rules as an officer wrote them. docs/policy.md has
 * the form; data/policies has examples. */
#ifndef WATCHFIRE_NODE_POLICY_FILE_H
#define WATCHFIRE_NODE_POLICY_FILE_H

#include "base/bytes.h"
#include "base/result.h"
#include "node/yaml.h"
#include "share/policy.h"

/* Reads the whole policy or nothing.
 *
 *   message   on error: file, line, column, what was found, what was expected
 *
 * ERR_IO if the file cannot be read, else ERR_FORMAT or ERR_FULL; out is then unchanged. */
MUST_USE result policy_file_read(const char *path, struct policy *out,
                                 char message[YAML_MESSAGE_SIZE]);

/* The same for bytes that are already here; `name` is what messages call them. */
MUST_USE result policy_file_parse(const char *name, struct bytes text, struct policy *out,
                                  char message[YAML_MESSAGE_SIZE]);

/* Whether the nation has every sensor that the policy's groups name: a misspelt name would keep
 * nothing back. ERR_NOT_FOUND, with a message that begins with `name`, if not. */
MUST_USE result policy_file_match(const char *name, const struct policy *policy,
                                  const struct sensor *sensors, uint32_t count,
                                  char message[YAML_MESSAGE_SIZE]);

/* A circle by the keys "centre" and "radius", or a polygon by "corners"; what is wrong is kept in
 * the tree. The name is left alone. */
void policy_file_read_shape(struct yaml map, struct policy_area *area);

#endif
