/* watchfire bench fusion: the common picture beside one tracker that gets everything. */
#ifndef WATCHFIRE_CLI_BENCH_FUSION_H
#define WATCHFIRE_CLI_BENCH_FUSION_H

int bench_fusion(int argc, char **argv);

#endif
