#include "track/assign.h"

#include <assert.h>

struct search {
    double row_price[ASSIGN_ROWS_MAX];
    double column_price[ASSIGN_COLUMNS_MAX];
    int row_at[ASSIGN_COLUMNS_MAX];      /* the row that holds a column, or ASSIGN_NONE */
    double distance[ASSIGN_COLUMNS_MAX]; /* of the cheapest path to a column, once it is touched */
    int from[ASSIGN_COLUMNS_MAX];        /* the row before it on that path */
    bool touched[ASSIGN_COLUMNS_MAX];
    bool reached[ASSIGN_COLUMNS_MAX]; /* its distance is final */
    int touched_count;
    int touched_at[ASSIGN_COLUMNS_MAX];
};

/* The cheapest end of a path so far: a row that stays alone, or a column that nobody holds. */
struct end {
    double distance;
    int row;
    int column; /* ASSIGN_NONE = the row stays alone */
};

static void touch(struct search *s, int column, double distance, int row)
{
    if (!s->touched[column]) {
        s->touched[column] = true;
        s->reached[column] = false;
        s->touched_at[s->touched_count] = column;
        s->touched_count++;
    } else if (s->reached[column] || distance >= s->distance[column]) {
        return;
    }
    s->distance[column] = distance;
    s->from[column] = row;
}

/* A row that gives up what it holds, at this distance, may take another column or stay alone. */
static void leave(struct search *s, const struct assign_problem *p, int row, double distance,
                  struct end *end)
{
    const double alone = distance + p->none - s->row_price[row];
    if (alone < end->distance) {
        *end = (struct end){alone, row, ASSIGN_NONE};
    }
    for (uint32_t i = p->first[row]; i < p->first[row + 1]; i++) {
        const struct assign_edge *e = &p->edges[i];
        const double cost = e->cost - s->row_price[row] - s->column_price[e->column];
        touch(s, e->column, distance + cost, row);
    }
}

static int nearest_column(const struct search *s)
{
    int nearest = ASSIGN_NONE;
    for (int i = 0; i < s->touched_count; i++) {
        const int column = s->touched_at[i];
        if (!s->reached[column] &&
            (nearest == ASSIGN_NONE || s->distance[column] < s->distance[nearest])) {
            nearest = column;
        }
    }
    return nearest;
}

/* Finds where the cheapest path from a new row ends; returns up to which distance all is known. */
static double find_end(struct search *s, const struct assign_problem *p, int row, struct end *end)
{
    s->touched_count = 0;
    leave(s, p, row, 0.0, end);
    for (int reach = 0;; reach++) {
        const int column = nearest_column(s);
        if (column == ASSIGN_NONE || s->distance[column] >= end->distance) {
            return end->distance;
        }
        if (s->row_at[column] == ASSIGN_NONE) {
            *end = (struct end){s->distance[column], s->from[column], column};
            return end->distance;
        }
        if (reach == ASSIGN_REACH_MAX) {
            return s->distance[column];
        }
        s->reached[column] = true;
        leave(s, p, s->row_at[column], s->distance[column], end);
    }
}

/* Prices follow, so that no exchange looks cheaper than it is. */
static void settle_prices(struct search *s, int row, double known)
{
    s->row_price[row] += known;
    for (int i = 0; i < s->touched_count; i++) {
        const int column = s->touched_at[i];
        s->touched[column] = false;
        if (s->reached[column]) {
            /* not a finding (core.uninitialized): a column that is reached has a row */
            s->row_price[s->row_at[column]] += known - s->distance[column];
            s->column_price[column] -= known - s->distance[column];
        }
    }
}

static void add_row(struct search *s, const struct assign_problem *p, int row, int *column_of)
{
    struct end end = {1e300, row, ASSIGN_NONE};
    const double known = find_end(s, p, row, &end);
    settle_prices(s, row, known);
    int taker = end.row;
    int column = end.column;
    for (;;) {
        const int given_up = column_of[taker];
        column_of[taker] = column;
        if (column != ASSIGN_NONE) {
            s->row_at[column] = taker;
        }
        if (taker == row) {
            return;
        }
        column = given_up;
        taker = s->from[column];
    }
}

void assign_solve(const struct assign_problem *problem, int *column_of)
{
    assert(problem->rows <= ASSIGN_ROWS_MAX);
    assert(problem->columns <= ASSIGN_COLUMNS_MAX);
    struct search s;
    for (int j = 0; j < problem->columns; j++) {
        s.column_price[j] = 0.0;
        s.row_at[j] = ASSIGN_NONE;
        s.touched[j] = false;
    }
    for (int row = 0; row < problem->rows; row++) {
        s.row_price[row] = 0.0;
        column_of[row] = ASSIGN_NONE;
    }
    for (int row = 0; row < problem->rows; row++) {
        add_row(&s, problem, row, column_of);
    }
}
