/* What the page shows of a warning on its way to people. */
#ifndef WATCHFIRE_NODE_OUTLET_SHOWN_H
#define WATCHFIRE_NODE_OUTLET_SHOWN_H

#include "console/context.h"
#include "node/node_file.h"
#include "node/outlet_store.h"

/* Of the chain whose latest message is `latest`, to which so many officers agreed. Orders that
 * cannot be read are shown as not given. */
void outlet_shown(struct outlet_store *store, const struct node_file *file,
                  const struct told *latest, uint32_t agreed, struct console_told *out);

#endif
