/* `watchfire report`: one page about a launch, from a node's journal. */
#ifndef WATCHFIRE_CLI_REPORT_EVENT_H
#define WATCHFIRE_CLI_REPORT_EVENT_H

int cli_report(int argc, char **argv);

#endif
