/* Probabilities of pairs: by hand, and against all joint assignments. */
#include "../base/near.h"

#include "base/random.h"
#include "track/joint.h"

enum { ROWS = 4, COLUMNS = 4, PAIRS = ROWS * COLUMNS };

/* Sums over all assignments of the rows from `row` on; a pair's sum counts those that hold it. */
static double enumerate(const double *weight, int row, unsigned taken, double so_far,
                        const int *held, double *sums)
{
    if (row == ROWS) {
        for (int r = 0; r < ROWS; r++) {
            if (held[r] >= 0) {
                sums[r * COLUMNS + held[r]] += so_far;
            }
        }
        return so_far;
    }
    int next[ROWS] = {held[0], held[1], held[2], held[3]};
    next[row] = -1;
    double total = enumerate(weight, row + 1, taken, so_far, next, sums);
    for (int c = 0; c < COLUMNS; c++) {
        if ((taken >> c & 1u) == 0 && weight[row * COLUMNS + c] > 0.0) {
            next[row] = c;
            total += enumerate(weight, row + 1, taken | 1u << c, so_far * weight[row * COLUMNS + c],
                               next, sums);
        }
    }
    return total;
}

static void solve(const double *weight, int rows, int columns, double *probability)
{
    uint32_t first[ROWS + 1];
    uint16_t column[PAIRS];
    for (int i = 0; i < rows * columns; i++) {
        column[i] = (uint16_t)(i % columns);
    }
    for (int r = 0; r <= rows; r++) {
        first[r] = (uint32_t)(r * columns);
    }
    const struct joint_problem problem = {rows, columns, first, column, weight};
    joint_solve(&problem, probability);
}

/* One plot, two tracks of weights 3 and 1: it is of the one, the other or none as 3 : 1 : 1. */
static void one_plot_of_two_tracks(void **state)
{
    (void)state;
    const double weight[2] = {3.0, 1.0};
    double p[2];
    solve(weight, 2, 1, p);
    assert_near(p[0], 0.6, 1e-5);
    assert_near(p[1], 0.2, 1e-5);
}

/* One track, two plots of weights 3 and 1: 3 : 1 : 1 as well. */
static void two_plots_of_one_track(void **state)
{
    (void)state;
    const double weight[2] = {3.0, 1.0};
    double p[2];
    solve(weight, 1, 2, p);
    assert_near(p[0], 0.6, 1e-12);
    assert_near(p[1], 0.2, 1e-12);
}

/* With loops it is an approximation: how far off, over many draws. */
static void it_is_near_the_sum_over_all_assignments(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 41, 1);
    double worst = 0.0;
    for (int round = 0; round < 300; round++) {
        double weight[PAIRS];
        double p[PAIRS];
        double sums[PAIRS] = {0};
        const int none[ROWS] = {-1, -1, -1, -1};
        for (int i = 0; i < PAIRS; i++) {
            weight[i] = 4.0 * random_uniform(&r) * random_uniform(&r);
        }
        solve(weight, ROWS, COLUMNS, p);
        const double total = enumerate(weight, 0, 0, 1.0, none, sums);
        for (int i = 0; i < PAIRS; i++) {
            const double off = fabs(p[i] - sums[i] / total);
            worst = off > worst ? off : worst;
        }
    }
    print_message("off by %.3f at most\n", worst);
    assert_true(worst < 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_plot_of_two_tracks),
        cmocka_unit_test(two_plots_of_one_track),
        cmocka_unit_test(it_is_near_the_sum_over_all_assignments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
