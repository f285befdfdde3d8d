/* Officers' consent that a warning goes to the outlets that need it, or that it is taken back: a
 * signature of the key that also signs policies, or an order at the page. */
#ifndef WATCHFIRE_NODE_OUTLET_CONSENT_H
#define WATCHFIRE_NODE_OUTLET_CONSENT_H

#include "engine/engine.h"
#include "node/node_file.h"
#include "node/outlet_store.h"
#include "node/policy_consent.h"

#define OUTLET_CONSENT_TEXT_SIZE 256

enum outlet_consent_kind { OUTLET_CONSENT_RELEASE, OUTLET_CONSENT_CANCEL };

/* What an officer signs to release a chain, or to cancel it. Returns its size. */
size_t outlet_consent_text(enum outlet_consent_kind kind, const struct node_file *file,
                           const char *chain, char out[OUTLET_CONSENT_TEXT_SIZE]);

/* Under which name the store keeps signatures to that. */
void outlet_consent_name(enum outlet_consent_kind kind, const char *chain,
                         char out[PUBLIC_ID_SIZE + 8]);

/* How many distinct people agreed: by keys that are among `officers`, or at the page, whichever are
 * more. They are not added up, since nobody knows which key is whose. What cannot be read was not
 * given. */
uint32_t outlet_consent_count(struct outlet_store *store, enum outlet_consent_kind kind,
                              const struct node_file *file, const char *chain,
                              const struct policy_officers *officers);

/* Stores who agreed at the page to the warnings in force, as the engine has it and the journal:
 * `trust_all` counts what is not durable yet as well. Of each only to the chain that began with the
 * same message: what was agreed to is that warning and no other. ERR_IO; nothing is lost then, and
 * it can be done again. */
MUST_USE result outlet_consent_note(struct outlet_store *store, const struct engine *engine,
                                    bool trust_all, struct instant now);

#endif
