#include "node/outlet_shown.h"

#include <stdio.h>
#include <string.h>

_Static_assert(NODE_OUTLETS_MAX <= CONSOLE_OUTLETS_MAX, "the page shows all outlets");
_Static_assert(NODE_OUTLET_NAME_SIZE <= CONSOLE_OUTLET_SIZE, "by their names");
_Static_assert(OUTLET_RECEIPT_SIZE <= CONSOLE_RECEIPT_SIZE, "with their receipts");

static void show_outlet(const struct node_outlet *outlet, const struct outlet_order *order,
                        struct console_outlet *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s", outlet->name);
    out->needs = (uint8_t)outlet->release;
    out->ordered = order != NULL;
    out->done = INSTANT_UNSET;
    if (order != NULL) {
        out->done = order->done;
        out->tries = order->tries;
        (void)snprintf(out->receipt, sizeof out->receipt, "%s", order->receipt);
    }
}

void outlet_shown(struct outlet_store *store, const struct node_file *file,
                  const struct told *latest, uint32_t agreed, struct console_told *out)
{
    struct outlet_order orders[NODE_OUTLETS_MAX];
    uint32_t count = 0;
    memset(out, 0, sizeof *out);
    out->event.value = latest->event;
    out->state = latest->state;
    out->time = latest->time;
    out->agreed = agreed;
    out->outlet_count = file->outlet_count;
    if (outlet_store_orders(store, latest->number, NODE_OUTLETS_MAX, orders, &count) != OK) {
        count = 0;
    }
    for (uint32_t i = 0; i < file->outlet_count; i++) {
        uint32_t k = 0;
        while (k < count && strcmp(orders[k].outlet, file->outlets[i].name) != 0) {
            k++;
        }
        show_outlet(&file->outlets[i], k < count ? &orders[k] : NULL, &out->outlets[i]);
    }
}
