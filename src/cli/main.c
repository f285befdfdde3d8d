/* The `watchfire` command: finds the subcommand and hands over. */
#include <stdio.h>
#include <string.h>

#include "cli/assess_file.h"
#include "cli/audit.h"
#include "cli/bench.h"
#include "cli/decode.h"
#include "cli/exercise.h"
#include "cli/flight.h"
#include "cli/keys.h"
#include "cli/nkey.h"
#include "cli/node.h"
#include "cli/officers.h"
#include "cli/release.h"
#include "cli/replay.h"
#include "cli/report_event.h"
#include "cli/sim.h"
#include "cli/status.h"
#include "cli/warnings.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct command COMMANDS[] = {
    {"exercise", cli_exercise, "play a launch with several nations; the default first run"},
    {"node", cli_node, "run one nation's node"},
    {"status", cli_status, "how a running node is"},
    {"warnings", cli_warnings, "what a node told people, and officers' consent to it"},
    {"assess", cli_assess, "a file of observations in, assessments out"},
    {"flight", cli_flight, "the arithmetic of one ballistic flight"},
    {"release", cli_release, "what a release policy gives to whom"},
    {"officers", cli_officers, "who may sign in at a node's page"},
    {"keys", cli_keys, "make, show, renew and revoke a nation's keys"},
    {"replay", cli_replay, "play a journal again: does it give the same?"},
    {"report", cli_report, "one page about a launch, from a node's journal"},
    {"audit", cli_audit, "prove that a journal is as it was written"},
    {"decode", cli_decode, "print what a file of radar traffic, a warning or a display's holds"},
    {"nkey", cli_nkey, "the name of a node at a server that carries its frames"},
    {"sim", cli_sim, "a coalition on simulated time, with every fault drawn from a seed"},
    {"bench", cli_bench, "how fast and how well, measured on this machine"},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static void print_help(FILE *out)
{
    (void)fprintf(out,
                  "watchfire COMMAND [options]\n"
                  "Nations share missile warning in real time. It watches and warns, and nothing "
                  "else.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(out, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].help);
    }
    (void)fprintf(out, "\nwatchfire COMMAND --help says more.\n");
}

/* A command has done what it says only if what it printed can be read. */
static int finish(const char *name, int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    (void)fprintf(stderr, "watchfire %s: standard output: not all of it could be written\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return finish("help", 0);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], COMMANDS[i].name) == 0) {
            return finish(argv[1], COMMANDS[i].run(argc - 1, argv + 1));
        }
    }
    (void)fprintf(stderr, "watchfire: there is no command \"%s\"\n\n", argv[1]);
    print_help(stderr);
    return 2;
}
