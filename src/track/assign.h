/* Which plot belongs to which track: the cheapest one-to-one assignment (global nearest neighbour)
 * where most pairs are out of the question.
 *
 * Rows are assigned one after the other, each along the cheapest path of exchanges; only what is
 * connected with a row is looked at, so that distant clusters cost each other nothing.
 * Source: Jonker and Volgenant (1987), Computing 38, 325-340 (shortest augmenting paths). */
#ifndef WATCHFIRE_TRACK_ASSIGN_H
#define WATCHFIRE_TRACK_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#define ASSIGN_ROWS_MAX 1024
#define ASSIGN_COLUMNS_MAX 1024
#define ASSIGN_NONE (-1)
/* A path looks at no more columns than this; beyond it the assignment need not be the cheapest. */
#define ASSIGN_REACH_MAX 256

struct assign_edge {
    int32_t column;
    double cost;
};

/* A row's edges are edges[first[row]] to edges[first[row + 1] - 1], each column at most once. A row
 * may stay alone for the cost `none`. */
struct assign_problem {
    int rows;
    int columns;
    double none;
    const uint32_t *first; /* rows + 1 */
    const struct assign_edge *edges;
};

/* column_of[row] becomes the column of each row, or ASSIGN_NONE. */
void assign_solve(const struct assign_problem *problem, int *column_of);

#endif
