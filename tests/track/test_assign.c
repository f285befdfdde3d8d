/* The cheapest assignment against trying all of them. */
#include "../base/near.h"

#include <stdbool.h>

#include "base/random.h"
#include "track/assign.h"

enum { ROWS_SMALL = 6, COLUMNS_SMALL = 7 };

static double total(const double *cost, int rows, int columns, const int *column_of)
{
    double sum = 0.0;
    for (int i = 0; i < rows; i++) {
        sum += cost[i * columns + column_of[i]];
    }
    return sum;
}

static void assert_one_to_one(int rows, int columns, const int *column_of)
{
    bool used[ASSIGN_COLUMNS_MAX] = {false};
    for (int i = 0; i < rows; i++) {
        assert_in_range(column_of[i], 0, columns - 1);
        assert_false(used[column_of[i]]);
        used[column_of[i]] = true;
    }
}

/* The least total of the rows from `row` on, over the columns that are free. */
static double least(const double *cost, int rows, int columns, int row, unsigned taken)
{
    if (row == rows) {
        return 0.0;
    }
    double best = 1e300;
    for (int j = 0; j < columns; j++) {
        if ((taken >> j & 1u) == 0) {
            const double here =
                cost[row * columns + j] + least(cost, rows, columns, row + 1, taken | 1u << j);
            best = here < best ? here : best;
        }
    }
    return best;
}

static void check_small(const double *cost, int rows, int columns)
{
    int column_of[ROWS_SMALL];
    assign_rows(cost, rows, columns, column_of);
    assert_one_to_one(rows, columns, column_of);
    assert_near(total(cost, rows, columns, column_of), least(cost, rows, columns, 0, 0), 1e-5);
}

static void small_ones_are_the_cheapest(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 31, 1);
    for (int round = 0; round < 600; round++) {
        const int rows = 1 + round % ROWS_SMALL;
        const int columns = rows + (int)(random_u64(&r) % (uint64_t)(COLUMNS_SMALL - rows + 1));
        double cost[ROWS_SMALL * COLUMNS_SMALL];
        for (int i = 0; i < rows * columns; i++) {
            /* Every third with many ties, every fifth with negative costs. */
            cost[i] = round % 3 == 0 ? (double)(random_u64(&r) % 4) : 20.0 * random_uniform(&r);
            cost[i] -= round % 5 == 0 ? 10.0 : 0.0;
        }
        check_small(cost, rows, columns);
    }
}

/* As the tracker asks: plots, of which many are forbidden, and one column "none" for each row. */
static void forbidden_ones_are_not_taken(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 32, 1);
    for (int round = 0; round < 400; round++) {
        const int rows = 1 + round % 3;
        const int plots = 1 + round % 4;
        const int columns = plots + rows;
        double cost[ROWS_SMALL * COLUMNS_SMALL];
        for (int i = 0; i < rows * columns; i++) {
            const bool none = i % columns >= plots;
            const bool forbidden = random_uniform(&r) < 0.5;
            cost[i] = none ? 22.458 : forbidden ? ASSIGN_FORBIDDEN : 20.0 * random_uniform(&r);
        }
        check_small(cost, rows, columns);
        int column_of[ROWS_SMALL];
        assign_rows(cost, rows, columns, column_of);
        for (int i = 0; i < rows; i++) {
            assert_true(cost[i * columns + column_of[i]] < ASSIGN_FORBIDDEN);
        }
    }
}

/* Too large to try all: nothing is gained by giving a row a free column, or two rows each
 * other's. */
static void large_ones_cannot_be_improved(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 33, 1);
    static double cost[ASSIGN_ROWS_MAX * ASSIGN_COLUMNS_MAX];
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < ASSIGN_ROWS_MAX * ASSIGN_COLUMNS_MAX; i++) {
            cost[i] = random_uniform(&r) < 0.3 ? ASSIGN_FORBIDDEN : 100.0 * random_uniform(&r);
        }
        int column_of[ASSIGN_ROWS_MAX];
        assign_rows(cost, ASSIGN_ROWS_MAX, ASSIGN_COLUMNS_MAX, column_of);
        assert_one_to_one(ASSIGN_ROWS_MAX, ASSIGN_COLUMNS_MAX, column_of);
        bool used[ASSIGN_COLUMNS_MAX] = {false};
        for (int i = 0; i < ASSIGN_ROWS_MAX; i++) {
            used[column_of[i]] = true;
        }
        for (int i = 0; i < ASSIGN_ROWS_MAX; i++) {
            const double *row = cost + i * ASSIGN_COLUMNS_MAX;
            for (int j = 0; j < ASSIGN_COLUMNS_MAX; j++) {
                assert_true(used[j] || row[j] >= row[column_of[i]] - 1e-6);
            }
            for (int k = 0; k < i; k++) {
                const double *other = cost + k * ASSIGN_COLUMNS_MAX;
                assert_true(row[column_of[k]] + other[column_of[i]] >=
                            row[column_of[i]] + other[column_of[k]] - 1e-6);
            }
        }
    }
}

/* Known by construction: the diagonal is cheap, and greedy choice by rows would miss it. */
static void greed_does_not_pay(void **state)
{
    (void)state;
    const double cost[4] = {1.0, 2.0, 1.5, 100.0};
    int column_of[2];
    assign_rows(cost, 2, 2, column_of);
    assert_int_equal(column_of[0], 1);
    assert_int_equal(column_of[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_are_the_cheapest),
        cmocka_unit_test(forbidden_ones_are_not_taken),
        cmocka_unit_test(large_ones_cannot_be_improved),
        cmocka_unit_test(greed_does_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
