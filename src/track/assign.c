#include "track/assign.h"

#include <assert.h>
#include <stdbool.h>

/* Rows and columns count from 1 in here; column 0 stands for the row being added. */
struct search {
    double row_price[ASSIGN_ROWS_MAX + 1];
    double column_price[ASSIGN_COLUMNS_MAX + 1];
    int row_at[ASSIGN_COLUMNS_MAX + 1]; /* the row that holds a column, 0 = none */
    int from[ASSIGN_COLUMNS_MAX + 1];   /* the column before this one on the cheapest path */
    double slack[ASSIGN_COLUMNS_MAX + 1];
    bool reached[ASSIGN_COLUMNS_MAX + 1];
};

/* Extends the cheapest path by one column; returns it. */
static int nearest_column(struct search *s, const double *cost, int columns, int at)
{
    const int row = s->row_at[at];
    double least = 1e300;
    int nearest = 0;
    for (int j = 1; j <= columns; j++) {
        if (s->reached[j]) {
            continue;
        }
        const double reduced =
            cost[(row - 1) * columns + j - 1] - s->row_price[row] - s->column_price[j];
        if (reduced < s->slack[j]) {
            s->slack[j] = reduced;
            s->from[j] = at;
        }
        if (s->slack[j] < least) {
            least = s->slack[j];
            nearest = j;
        }
    }
    for (int j = 0; j <= columns; j++) {
        if (s->reached[j]) {
            s->row_price[s->row_at[j]] += least;
            s->column_price[j] -= least;
        } else {
            s->slack[j] -= least;
        }
    }
    return nearest;
}

static void add_row(struct search *s, const double *cost, int columns, int row)
{
    s->row_at[0] = row;
    for (int j = 0; j <= columns; j++) {
        s->slack[j] = 1e300;
        s->reached[j] = false;
        s->from[j] = 0;
    }
    int at = 0;
    do {
        s->reached[at] = true;
        at = nearest_column(s, cost, columns, at);
    } while (s->row_at[at] != 0);
    while (at != 0) {
        const int before = s->from[at];
        s->row_at[at] = s->row_at[before];
        at = before;
    }
}

void assign_rows(const double *cost, int rows, int columns, int *column_of)
{
    assert(rows <= ASSIGN_ROWS_MAX);
    assert(columns <= ASSIGN_COLUMNS_MAX);
    assert(columns >= rows);
    struct search s = {0};
    for (int row = 1; row <= rows; row++) {
        add_row(&s, cost, columns, row);
    }
    for (int j = 1; j <= columns; j++) {
        if (s.row_at[j] != 0) {
            column_of[s.row_at[j] - 1] = j - 1;
        }
    }
}
