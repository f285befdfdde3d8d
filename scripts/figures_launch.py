"""The studies of the launch point: their runs and table, for figures.py."""

import figures_accuracy as accuracy
import figures_study as study

BOTH, INFRARED, RADAR = "two satellites and a radar", "two satellites", "one radar"
SENSORS = {"KOR": BOTH, "JPN": INFRARED, "USA": RADAR}
# The flights of a run are shared by the recorded rockets.
STUDIES = {"launch": ("Unknown boosts", 1), "launch-recorded": ("Seven real rockets", 7)}
GOAL_AT_S = 20


def goals_of(sensors, after_s):
    """Of the point's error by the stated one, and of the area's coverage."""
    judged = sensors == BOTH and after_s == GOAL_AT_S
    return ((None, 1.3), (0.93, None)) if judged else (None, None)


def fly_all(program, root, kept, runs):
    """A flight of a recorded study is one of its rockets."""
    return {name: study.fly((program, root, kept), "launch", name, runs,
                            max(1, runs // STUDIES[name][1])) for name in STUDIES}


def row_cells(sensors, row):
    when = f"{row['after_s']}" if row["after_s"] else "end of thrust"
    first = [f"{sensors}, {when}", f"{row['determined']} of {row['flown']}"]
    if not row["determined"]:
        return first + [""] * 7
    by_stated, inside = goals_of(sensors, row["after_s"])
    return [*first, f"{row['rmse_m']:.0f}",
            accuracy.show(accuracy.of(row["rmse_m"], row["stated_m"]), by_stated),
            accuracy.show(row["inside"], inside), f"{row['median_m']:.0f}",
            f"{row['area_km2']:.2f}", f"{row['time_rmse_s']:.1f}", f"{row['in_time']:.3f}"]


def table(answers):
    by_stated, inside = goals_of(BOTH, GOAL_AT_S)
    lines = []
    for name, (title, _) in STUDIES.items():
        rows = [[f"goal at {GOAL_AT_S} s, {BOTH}", "", "", accuracy.goal_text(by_stated),
                 accuracy.goal_text(inside), "", "", "", ""]]
        for nation in answers[name]["study"]["nations"]:
            rows += [row_cells(SENSORS[nation["nation"]], row)
                     for row in nation["rows"] if row["flown"]]
        head = ["sensors, s", "determined", "error (m)", "/ stated", "inside ellipse",
                "median error (m)", "area (km²)", "time (s)", "inside window"]
        lines += [f"#### {title}", "", *accuracy.table(head, rows), ""]
    return lines[:-1]
