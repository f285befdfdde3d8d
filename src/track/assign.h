/* Which plot belongs to which track: the cheapest one-to-one assignment (global nearest neighbour).
 * Source: Jonker and Volgenant (1987), Computing 38, 325-340 (shortest augmenting paths). */
#ifndef WATCHFIRE_TRACK_ASSIGN_H
#define WATCHFIRE_TRACK_ASSIGN_H

#define ASSIGN_ROWS_MAX 64
#define ASSIGN_COLUMNS_MAX 320 /* 256 plots and one "none of them" for each track */
#define ASSIGN_FORBIDDEN 1e9

/* cost is rows x columns, row by row (columns >= rows); column_of[row] becomes the column of each
 * row. Every row gets one: the caller provides columns that mean "none". */
void assign_rows(const double *cost, int rows, int columns, int *column_of);

#endif
