#include "track/joint.h"

#include <assert.h>
#include <math.h>

/* Messages that change by less than this have arrived. */
#define CHANGE_MIN 1e-6

enum { ROUNDS_MAX = 50 };

struct messages {
    double to_column[JOINT_EDGES_MAX];
    double to_row[JOINT_EDGES_MAX];
    double at_column[JOINT_COLUMNS_MAX]; /* what all rows say to it */
};

static void tell_columns(const struct joint_problem *p, struct messages *m)
{
    for (int c = 0; c < p->columns; c++) {
        m->at_column[c] = 0.0;
    }
    for (int r = 0; r < p->rows; r++) {
        double sum = 1.0;
        for (uint32_t i = p->first[r]; i < p->first[r + 1]; i++) {
            sum += p->weight[i] * m->to_row[i];
        }
        for (uint32_t i = p->first[r]; i < p->first[r + 1]; i++) {
            m->to_column[i] = p->weight[i] / (sum - p->weight[i] * m->to_row[i]);
            m->at_column[p->column[i]] += m->to_column[i];
        }
    }
}

/* Returns the largest change. */
static double tell_rows(const struct joint_problem *p, struct messages *m)
{
    double change = 0.0;
    for (uint32_t i = 0; i < p->first[p->rows]; i++) {
        const double others = m->at_column[p->column[i]] - m->to_column[i];
        const double next = 1.0 / (1.0 + (others > 0.0 ? others : 0.0));
        change = fabs(next - m->to_row[i]) > change ? fabs(next - m->to_row[i]) : change;
        m->to_row[i] = next;
    }
    return change;
}

void joint_solve(const struct joint_problem *problem, double *probability)
{
    struct messages m;
    assert(problem->rows <= JOINT_ROWS_MAX && problem->columns <= JOINT_COLUMNS_MAX);
    assert(problem->first[problem->rows] <= JOINT_EDGES_MAX);
    for (uint32_t i = 0; i < problem->first[problem->rows]; i++) {
        m.to_row[i] = 1.0;
    }
    double change = 1.0;
    for (int round = 0; round < ROUNDS_MAX && change > CHANGE_MIN; round++) {
        tell_columns(problem, &m);
        change = tell_rows(problem, &m);
    }
    for (int r = 0; r < problem->rows; r++) {
        double sum = 1.0;
        for (uint32_t i = problem->first[r]; i < problem->first[r + 1]; i++) {
            sum += problem->weight[i] * m.to_row[i];
        }
        for (uint32_t i = problem->first[r]; i < problem->first[r + 1]; i++) {
            probability[i] = problem->weight[i] * m.to_row[i] / sum;
        }
    }
}
