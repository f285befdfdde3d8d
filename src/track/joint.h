/* How probable it is that a plot belongs to a track, where several tracks might have made it and
 * each made at most one: the marginals of all joint assignments.
 *
 * By belief propagation on the graph of pairs: exact where it has no loops, a good approximation
 * where it has; the cost grows with the number of pairs, not of assignments.
 * Source: Williams and Lau (2014), IEEE Trans. Aerospace and Electronic Systems 50(4),
 * 2942-2959. */
#ifndef WATCHFIRE_TRACK_JOINT_H
#define WATCHFIRE_TRACK_JOINT_H

#include <stdint.h>

#define JOINT_ROWS_MAX 1024
#define JOINT_COLUMNS_MAX 1024
#define JOINT_EDGES_MAX (JOINT_ROWS_MAX * 16)

/* A row's pairs are first[row] to first[row + 1] - 1, each with its column and its weight: how many
 * times likelier the plot is of this track than of none, and the track's miss. */
struct joint_problem {
    int rows;
    int columns;
    const uint32_t *first; /* rows + 1 */
    const uint16_t *column;
    const double *weight;
};

/* probability[pair] becomes that of the pair; what a row's sum lacks of 1 is its miss. */
void joint_solve(const struct joint_problem *problem, double *probability);

#endif
