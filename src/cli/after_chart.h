/* The drawings of a report: a map and a profile, as SVG inside the page. */
#ifndef WATCHFIRE_CLI_AFTER_CHART_H
#define WATCHFIRE_CLI_AFTER_CHART_H

#include "cli/after_action.h"
#include "formats/xml_writer.h"

void after_chart_map(struct xml_writer *x, const struct after_action *a);
void after_chart_profile(struct xml_writer *x, const struct after_action *a);

#endif
