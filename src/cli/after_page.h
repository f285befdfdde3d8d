/* The report after a launch, as one page that needs nothing else. */
#ifndef WATCHFIRE_CLI_AFTER_PAGE_H
#define WATCHFIRE_CLI_AFTER_PAGE_H

#include "cli/after_action.h"
#include "node/node_file.h"
#include "node/outlet_store.h"

#define AFTER_PAGE_SIZE_MAX ((size_t)8 * 1024 * 1024)

struct after_page {
    const struct after_action *action;
    struct outlet_store *outlets; /* what people were told; NULL = there is none */
    const char *journal;          /* its file */
    bool is_same;                 /* the journal gave the same effects again */
};

/* Writes HTML; its length goes to *size. ERR_FULL if it does not fit. */
MUST_USE result after_page_write(const struct after_page *page, char *out, size_t capacity,
                                 size_t *size);

#endif
