/* What people were told, by which outlet, when, and what each outlet answered: a file of SQLite
 * beside the journal, so that a warning is ended everywhere whatever happens in between.
 *
 * A *chain* is the messages of one warning from its first to its end, named by its first message.
 * Beside the latest message of a chain in force stand its prepared ends, whole and ready to go. An
 * order (message, outlet) is written before the outlet is tried, and its receipt after. Everything
 * is durable when a function returns OK. Other processes may read it and add consents meanwhile. */
#ifndef WATCHFIRE_NODE_OUTLET_STORE_H
#define WATCHFIRE_NODE_OUTLET_STORE_H

#include "base/bytes.h"
#include "formats/cap.h"
#include "model/order.h"
#include "share/key_list.h"

#define OUTLET_NAME_SIZE 48
#define OUTLET_RECEIPT_SIZE 160
#define OUTLET_MESSAGE_SIZE 512

struct outlet_store;

/* One message without its text. */
struct told {
    int64_t number; /* 0 = not stored yet */
    char id[PUBLIC_ID_SIZE];
    char chain[PUBLIC_ID_SIZE]; /* the id of the chain's first message */
    uint64_t event;
    uint32_t serial;
    enum warning_state state;
    enum public_prepared prepared;
    struct instant time;
    struct instant expires; /* unset in what ended */
    char name[16];          /* of the event */
    char title[PUBLIC_HEADLINE_SIZE];
};

/* What was ordered of one outlet and one message. */
struct outlet_order {
    int64_t message;
    char outlet[OUTLET_NAME_SIZE];
    struct instant ordered;
    struct instant done; /* unset = not yet */
    uint32_t tries;
    char receipt[OUTLET_RECEIPT_SIZE]; /* the answer, or what was wrong last */
};

/* One officer's consent that a chain goes to the outlets that need it. */
struct outlet_consent {
    uint8_t key[KEY_BYTES];
    uint8_t signature[KEY_SIGNATURE_BYTES];
};

/* Makes the file where it is missing. ERR_IO, with the reason in `message`. */
MUST_USE result outlet_store_open(const char *path, struct outlet_store **out,
                                  char message[OUTLET_MESSAGE_SIZE]);
void outlet_store_close(struct outlet_store *store); /* NULL is allowed */

/* Where the file cannot be written the store goes on in memory, with all that could still be read:
 * warnings go out all the same, and the file gets everything back as soon as it takes it. What the
 * memory alone has is lost with the process; consents that others add to the file count after the
 * return. ERR_STATE if it is (or is not) sheltered, ERR_IO; nothing has changed then. */
MUST_USE result outlet_store_shelter(struct outlet_store *store);
MUST_USE result outlet_store_return(struct outlet_store *store);
bool outlet_store_is_sheltered(const struct outlet_store *store);

/* The latest message about an event, and what the next one of its chain refers to: nothing, if the
 * chain has ended. ERR_NOT_FOUND if nothing was told of the event, ERR_IO. */
MUST_USE result outlet_store_chain(struct outlet_store *store, uint64_t event, struct told *latest,
                                   uint32_t *count,
                                   struct cap_reference references[CAP_REFERENCES_MAX]);

/* Adds a message, with the ends that are prepared for it in place of the chain's earlier ones.
 * message->number is set. ERR_IO; nothing is added then. */
MUST_USE result outlet_store_add(struct outlet_store *store, struct told *message,
                                 struct bytes text, uint32_t end_count, struct told *ends,
                                 const struct bytes *end_texts);

/* A prepared end becomes a message: from now on it is the chain's last. ERR_NOT_FOUND, ERR_IO. */
MUST_USE result outlet_store_use(struct outlet_store *store, const char *chain,
                                 enum public_prepared end, struct told *out);

/* The latest messages of the chains in force, and of those that ended at `since` or later (unset:
 * of none), at most `room` of them, oldest first. */
MUST_USE result outlet_store_in_force(struct outlet_store *store, struct instant since,
                                      uint32_t room, struct told *out, uint32_t *count);

/* The newest messages that an outlet has, newest first; NULL = of all. */
MUST_USE result outlet_store_latest(struct outlet_store *store, const char *outlet, uint32_t room,
                                    struct told *out, uint32_t *count);

/* A message by its number. ERR_NOT_FOUND, ERR_IO. */
MUST_USE result outlet_store_message(struct outlet_store *store, int64_t number, struct told *out);

/* Whether a message of that identifier was told. */
MUST_USE result outlet_store_has(struct outlet_store *store, const char *id, bool *out);

/* The text of a message, which lives until the next call. With `outlet` only if that has it.
 * ERR_NOT_FOUND, ERR_IO. */
MUST_USE result outlet_store_text(struct outlet_store *store, const char *id, const char *outlet,
                                  struct bytes *out);

/* Orders; one that is there already stays as it is. */
MUST_USE result outlet_store_order(struct outlet_store *store, int64_t message, const char *outlet,
                                   struct instant now);

/* How a try went. `done` unset = it has to be tried again. */
MUST_USE result outlet_store_tried(struct outlet_store *store, const struct outlet_order *order);

/* Orders that are not done, oldest first. */
MUST_USE result outlet_store_open_orders(struct outlet_store *store, uint32_t room,
                                         struct outlet_order *out, uint32_t *count);

/* All orders of one message. */
MUST_USE result outlet_store_orders(struct outlet_store *store, int64_t message, uint32_t room,
                                    struct outlet_order *out, uint32_t *count);

/* Whether an outlet was ever told anything of a chain. */
MUST_USE result outlet_store_has_chain(struct outlet_store *store, const char *chain,
                                       const char *outlet, bool *out);

/* Whether a later message of the chain was ordered of the same outlet. */
MUST_USE result outlet_store_is_superseded(struct outlet_store *store,
                                           const struct outlet_order *order, const char *chain,
                                           bool *out);

/* Consents of officers to a chain; nobody has verified what is read. */
MUST_USE result outlet_store_consent(struct outlet_store *store, const char *chain,
                                     const struct outlet_consent *consent, struct instant now);
MUST_USE result outlet_store_consents(struct outlet_store *store, const char *chain, uint32_t room,
                                      struct outlet_consent *out, uint32_t *count);

/* Officers who agreed to a chain at the page; each counts once. */
MUST_USE result outlet_store_approve(struct outlet_store *store, const char *chain,
                                     const struct officer_name *officer, struct instant now);
MUST_USE result outlet_store_approvals(struct outlet_store *store, const char *chain,
                                       uint32_t *count);

#endif
