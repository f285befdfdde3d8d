/* The cheapest assignment against trying all of them. */
#include "../base/near.h"

#include <math.h>
#include <stdbool.h>

#include "base/random.h"
#include "track/assign.h"

enum { ROWS_SMALL = 6, COLUMNS_SMALL = 6, ROWS_LARGE = 200, COLUMNS_LARGE = 300 };

/* Costs as a full matrix; INFINITY = no edge. */
struct table {
    int rows;
    int columns;
    double none;
    double cost[ROWS_LARGE * COLUMNS_LARGE];
};

static double cost_of(const struct table *t, int row, int column)
{
    return column == ASSIGN_NONE ? t->none : t->cost[row * t->columns + column];
}

static double solve(const struct table *t, int *column_of)
{
    static struct assign_edge edges[ROWS_LARGE * COLUMNS_LARGE];
    static bool used[COLUMNS_LARGE];
    uint32_t first[ROWS_LARGE + 1] = {0};
    uint32_t count = 0;
    double sum = 0.0;
    for (int i = 0; i < t->rows; i++) {
        for (int j = 0; j < t->columns; j++) {
            if (isfinite(cost_of(t, i, j))) {
                edges[count] = (struct assign_edge){j, cost_of(t, i, j)};
                count++;
            }
        }
        first[i + 1] = count;
    }
    const struct assign_problem problem = {t->rows, t->columns, t->none, first, edges};
    assign_solve(&problem, column_of);
    for (int j = 0; j < t->columns; j++) {
        used[j] = false;
    }
    for (int i = 0; i < t->rows; i++) {
        sum += cost_of(t, i, column_of[i]);
        assert_true(column_of[i] == ASSIGN_NONE || !used[column_of[i]]);
        if (column_of[i] != ASSIGN_NONE) {
            used[column_of[i]] = true;
        }
    }
    return sum;
}

/* The least total of the rows from `row` on, over the columns that are free. */
static double least(const struct table *t, int row, unsigned taken)
{
    if (row == t->rows) {
        return 0.0;
    }
    double best = t->none + least(t, row + 1, taken);
    for (int j = 0; j < t->columns; j++) {
        if ((taken >> j & 1u) == 0 && isfinite(cost_of(t, row, j))) {
            const double here = cost_of(t, row, j) + least(t, row + 1, taken | 1u << j);
            best = here < best ? here : best;
        }
    }
    return best;
}

static void small_ones_are_the_cheapest(void **state)
{
    (void)state;
    static struct table t;
    struct random r;
    random_init(&r, 31, 1);
    for (int round = 0; round < 2000; round++) {
        int column_of[ROWS_SMALL];
        t.rows = 1 + round % ROWS_SMALL;
        t.columns = (int)(random_u64(&r) % (COLUMNS_SMALL + 1));
        t.none = 12.0;
        for (int i = 0; i < t.rows * t.columns; i++) {
            /* Every third with many ties, every fifth with negative costs, many without edges. */
            t.cost[i] = round % 3 == 0 ? (double)(random_u64(&r) % 4) : 20.0 * random_uniform(&r);
            t.cost[i] -= round % 5 == 0 ? 10.0 : 0.0;
            t.cost[i] = round % 4 == 0 && random_uniform(&r) < 0.5 ? INFINITY : t.cost[i];
        }
        assert_near(solve(&t, column_of), least(&t, 0, 0), 1e-9);
    }
}

/* Too large to try all: nothing is gained by giving a row a free column or none, or two rows each
 * other's. */
static void large_ones_cannot_be_improved(void **state)
{
    (void)state;
    static struct table t;
    struct random r;
    random_init(&r, 33, 1);
    for (int round = 0; round < 5; round++) {
        int column_of[ROWS_LARGE];
        bool used[COLUMNS_LARGE] = {false};
        t.rows = ROWS_LARGE;
        t.columns = round % 2 == 0 ? COLUMNS_LARGE : ROWS_LARGE / 2;
        t.none = 60.0;
        for (int i = 0; i < t.rows * t.columns; i++) {
            t.cost[i] = random_uniform(&r) < 0.9 ? INFINITY : 100.0 * random_uniform(&r);
        }
        (void)solve(&t, column_of);
        for (int i = 0; i < t.rows; i++) {
            if (column_of[i] != ASSIGN_NONE) {
                used[column_of[i]] = true;
            }
        }
        for (int i = 0; i < t.rows; i++) {
            const double own = cost_of(&t, i, column_of[i]);
            assert_true(own <= t.none);
            for (int j = 0; j < t.columns; j++) {
                assert_true(used[j] || cost_of(&t, i, j) >= own - 1e-9);
            }
            for (int k = 0; k < i; k++) {
                assert_true(cost_of(&t, i, column_of[k]) + cost_of(&t, k, column_of[i]) >=
                            own + cost_of(&t, k, column_of[k]) - 1e-9);
            }
        }
    }
}

/* Known by construction: the diagonal is cheap, and greedy choice by rows would miss it. */
static void greed_does_not_pay(void **state)
{
    (void)state;
    const struct table t = {.rows = 2, .columns = 2, .none = 200.0, .cost = {1.0, 2.0, 1.5, 100.0}};
    int column_of[2];
    (void)solve(&t, column_of);
    assert_int_equal(column_of[0], 1);
    assert_int_equal(column_of[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_are_the_cheapest),
        cmocka_unit_test(large_ones_cannot_be_improved),
        cmocka_unit_test(greed_does_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
