"""The studies of accuracy: their runs, tables and plots, for figures.py."""

import figures_study as study
import plot

GOAL_RUNS = 1000
MISS = " ✗"

ONE, THREE, LENS, SPACE = "one radar", "three radars", "contact lens", "two satellites and a ship"
COLOURS = {ONE: 0, THREE: 1, LENS: 2, SPACE: 3}
# What each nation of a study stands for, and what the study is called.
STUDIES = {
    "coast": ("First seen in coast", {"KOR": ONE, "JPN": THREE, "USA": LENS}),
    "boost": ("Seen from the boost", {"KOR": ONE, "JPN": THREE, "USA": SPACE}),
    "stages": ("Three stages", {"KOR": ONE, "JPN": THREE, "USA": SPACE}),
}
# What each nation's first radar of the study of biased sensors has, as a standard deviation.
BIASED = {"KOR": "azimuth 1 mrad", "JPN": "range 40 m", "USA": "clock 100 ms"}
EARLY_S = 15  # so long after a switch the wider goals hold


def of(part, whole):
    return part / whole if whole else None


# For each quantity: its heading, and its value in a row of the study's JSON, None if there is none.
QUANTITIES = {
    "position": ("position / bound", lambda r: of(r["rmse_m"], r["bound_m"])),
    "speed": ("speed / bound", lambda r: of(r["speed_rmse_mps"], r["speed_bound_mps"])),
    "nees": ("NEES / 6", lambda r: r["nees"] if r["tracked"] else None),
    "inside": ("inside ellipse", lambda r: of(r["inside"], r["determined"])),
    "in_time": ("in time window", lambda r: of(r["in_time"], r["determined"])),
    "impact": ("impact / bound", lambda r: of(r["impact_rmse_m"], r["impact_bound_m"])),
    "area": ("area / best", lambda r: of(r["area_km2"], r["best_area_km2"])),
}
END_OF_THRUST = {
    "stated": "stated, of those seen to end", "median_s": "delay: median (s)", "p95_s": "95 % (s)",
    "max_s": "at most (s)", "premature": "stated before the last motor's end",
    "longest_s": "stated while a motor burnt, at most (s)",
}


def goal_of(study, sensors, phase, quantity, after_s):
    """(least, most), either may be None; None without a goal."""
    early = phase == "boost" or (study != "coast" and after_s <= EARLY_S)
    if quantity == "position" and phase == "coast":
        if sensors == LENS:
            return (None, 1.10) if after_s >= 60 else None
        return (None, 1.05) if after_s > 30 and sensors in (ONE, THREE) else None
    if quantity == "nees":
        return (0.4, 1.5) if early else (0.8, 1.2)
    if quantity in ("inside", "in_time"):
        return (0.93, None) if early else (0.93, 0.97)
    if quantity == "area":
        return (None, 2.0) if early else (None, 1.5)
    if quantity == "impact":
        return (None, 1.2) if study != "coast" and after_s == 60 else None
    return None


def goal_at_end_of_thrust(study, key, seen):
    """A pause of three stages may be taken for the end if that is withdrawn within 3 s."""
    return {"stated": (seen, None), "max_s": (None, 10.0),
            "premature": (None, 0) if study == "boost" else None,
            "longest_s": (None, 0) if study == "boost" else (None, 3)}.get(key)


def misses(value, goal):
    if value is None or goal is None:
        return False
    least, most = goal
    return least is not None and value < least or most is not None and value > most


def goal_text(goal):
    if goal is None:
        return "–"
    least, most = goal
    if least is None:
        return f"≤ {most:g}" if most else "0"
    return f"≥ {least:g}" if most is None else f"{least:g} to {most:g}"


def fly(program, root, kept, name, runs):
    return study.fly((program, root, kept), "accuracy", name, runs)


def fly_all(program, root, kept, runs, jobs):
    return study.fly_all((program, root, kept), "accuracy", STUDIES, runs, jobs)


def sets_of(name, answer):
    """(sensor set, what the study says of it)."""
    names = STUDIES[name][1]
    return [(names[n["nation"]], n) for n in answer["study"]["nations"]]


def flown(rows):
    return [row for row in rows if row["flown"]]


def goal_steps(name, sensors, phase, quantity, rows):
    """The goals of a column over time: "≤ 1.05 from 45 s"."""
    steps = []
    for row in rows:
        goal = goal_of(name, sensors, phase, quantity, row["after_s"])
        if not steps or steps[-1][0] != goal:
            steps.append([goal, row["after_s"], row["after_s"]])
        steps[-1][2] = row["after_s"]
    told = []
    for goal, first, last in steps:
        if goal:
            when = f" at {first} s" if first == last else f" from {first} s"
            told.append(goal_text(goal) + (when if len(steps) > 1 else ""))
    return ", ".join(told) or "–"


def show(value, goal, digits=3):
    if value is None:
        return ""
    return f"{value:.{digits}f}{MISS if misses(value, goal) else ''}"


def cells(name, sensors, phase, quantities, row):
    out = []
    for quantity in quantities:
        goal = goal_of(name, sensors, phase, quantity, row["after_s"])
        out.append(show(QUANTITIES[quantity][1](row), goal))
    return out


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|",
            *("| " + " | ".join(row) + " |" for row in rows)]


def coast_table(name, answer):
    head = ["sensors, s", "tracked", "position (m)", *(q[0] for q in QUANTITIES.values()),
            "area (km²)"]
    rows = []
    for sensors, nation in sets_of(name, answer):
        times = flown(nation["coast"])
        goals = [goal_steps(name, sensors, "coast", q, times) for q in QUANTITIES]
        rows.append([f"**{sensors}**, goal", "", "", *goals, ""])
        for row in times:
            area = f"{row['area_km2']:.4g}" if row["determined"] else ""
            error = f"{row['rmse_m']:.1f}" if row["tracked"] else ""
            rows.append([f"{row['after_s']}", f"{row['tracked']} of {row['flown']}", error,
                         *cells(name, sensors, "coast", QUANTITIES, row), area])
    return table(head, rows)


def boost_table(name, answer):
    head = ["sensors, s", "tracked", "position (m)", "speed (m/s)", QUANTITIES["nees"][0]]
    rows = []
    for sensors, nation in sets_of(name, answer):
        times = flown(nation["boost"])
        rows.append([f"**{sensors}**, goal", "", "", "",
                     goal_steps(name, sensors, "boost", "nees", times)])
        for row in times:
            errors = [f"{row['rmse_m']:.1f}", f"{row['speed_rmse_mps']:.2f}"]
            rows.append([f"{row['after_s']}", f"{row['tracked']} of {row['flown']}",
                         *(errors if row["tracked"] else ["", ""]),
                         *cells(name, sensors, "boost", ["nees"], row)])
    return table(head, rows)


def end_of_thrust_table(answers):
    rows = []
    for name in ("boost", "stages"):
        goals = [goal_at_end_of_thrust(name, key, None) for key in END_OF_THRUST]
        rows.append([f"**{STUDIES[name][0]}**, goal", "all",
                     *(goal_text(goal) for goal in goals[1:])])
        for sensors, nation in sets_of(name, answers[name]):
            end = nation["end_of_thrust"]
            row = [sensors]
            for key in END_OF_THRUST:
                goal = goal_at_end_of_thrust(name, key, end["seen"])
                miss = MISS if misses(end[key], goal) else ""
                told = f"{end[key]} of {end['seen']}" if key in ("stated", "premature") else (
                    f"{end[key]:.0f}" if key == "longest_s" else f"{end[key]:.1f}")
                if key.endswith("_s") and key != "longest_s" and not end["stated"]:
                    told, miss = "–", ""
                row.append(told + miss)
            rows.append(row)
    return table(["study, sensors", *END_OF_THRUST.values()], rows)


def worst(name, sensors, phase, quantity, rows):
    """The range of a quantity over the times that have a goal, and how many of them miss it."""
    judged = [(QUANTITIES[quantity][1](row), goal) for row in rows
              for goal in [goal_of(name, sensors, phase, quantity, row["after_s"])] if goal]
    judged = [(value, goal) for value, goal in judged if value is not None]
    if not judged:
        return "–"
    values = [value for value, _ in judged]
    missed = sum(misses(value, goal) for value, goal in judged)
    least, most = f"{min(values):.3f}", f"{max(values):.3f}"
    text = least if least == most else f"{least} to {most}"
    return f"{text}{MISS} {missed} of {len(judged)} times" if missed else text


def summary_table(answers):
    rows = []
    for name, answer in answers.items():
        sets = dict(sets_of(name, answer))
        for phase in ("boost", "coast"):
            for quantity, (heading, _) in QUANTITIES.items():
                if phase == "boost" and (quantity != "nees" or name == "coast"):
                    continue
                found = {s: worst(name, s, phase, quantity, flown(n[phase]))
                         for s, n in sets.items()}
                if all(told == "–" for told in found.values()):
                    continue
                when = "thrusting" if phase == "boost" else "coasting"
                rows.append([f"{STUDIES[name][0]}, {when}: {heading}", found.get(ONE, ""),
                             found.get(THREE, ""), found.get(LENS) or found.get(SPACE, "")])
    return table(["study and figure", ONE, THREE, f"{LENS}, or {SPACE}"], rows)


def runs_lines(answers):
    fewest = min(answer["runs"] for answer in answers.values())
    told = ", ".join(f"{STUDIES[name][0]}: {answer['runs']}" for name, answer in answers.items())
    lines = [f"Flights of each study: {told}."]
    if fewest < GOAL_RUNS:
        lines.append(f"The goals ask for {GOAL_RUNS}; fewer tell little: of {fewest} flights, an "
                     f"honest coverage of 0.95 strays by {2 * (0.95 * 0.05 / fewest) ** 0.5:.3f}.")
    return lines


def tables(answers):
    """What the template names, as lists of lines."""
    coast, boost = [], []
    for name, answer in answers.items():
        coast += [f"#### {STUDIES[name][0]}", "", *coast_table(name, answer), ""]
        if name != "coast":
            boost += [f"#### {STUDIES[name][0]}", "", *boost_table(name, answer), ""]
    return {"ACCURACY-RUNS": runs_lines(answers), "ACCURACY-GOALS": summary_table(answers),
            "ACCURACY-COAST": coast[:-1], "ACCURACY-BOOST": boost[:-1],
            "ACCURACY-END": end_of_thrust_table(answers)}


def biased_table(answer):
    """One of three radars wrong by something that its nation knows only the deviation of."""
    bound, cover = (None, 1.1), (0.92, None)
    rows = [["goal", "", goal_text(bound), "–", goal_text(cover), "–", "all", "0"]]
    for nation in answer["study"]["nations"]:
        named = f"{nation['named']} of {nation['biased']}"
        for row in flown(nation["coast"]):
            position, nees, inside, area = (QUANTITIES[q][1](row)
                                            for q in ("position", "nees", "inside", "area"))
            at_minute = row["after_s"] == 60
            missed = MISS if nation["named"] < nation["biased"] else ""
            rows.append([BIASED[nation["nation"]], f"{row['after_s']}", show(position, bound),
                         show(nees, None), show(inside, cover), show(area, None),
                         named + missed if at_minute else "",
                         f"{nation['misnamed']}" if at_minute else ""])
    return table(["bias", "s", "position / bound", "NEES / 6", "inside ellipse", "area / best",
                  "named, of those beyond one deviation", "misnamed"], rows)


def time_axis(phase):
    if phase == "boost":
        return plot.Axis("s since the first observation", 0, 125, [0, 20, 40, 60, 80, 100, 120])
    return plot.Axis("s coasting, since the first observation", 8.5, 560,
                     [10, 20, 30, 60, 120, 240, 480], True)


def series(name, answer, phase, value):
    """A line for each sensor set that has a value; what few flights say is left to the tables."""
    lines = []
    for sensors, nation in sets_of(name, answer):
        points = [(row["after_s"], value(row) if 2 * row["tracked"] >= row["flown"] else None)
                  for row in flown(nation[phase])]
        if any(y is not None for _, y in points):
            lines.append(plot.Line(points, COLOURS[sensors]))
    return lines


def goal_bands(name, phase, quantity, axis, y):
    """What the goal of the quantity leaves, over time."""
    wide, tight = (goal_of(name, ONE, phase, quantity, after_s) for after_s in (EARLY_S, 60))
    least = lambda goal: y.low if goal[0] is None else goal[0]
    most = lambda goal: y.high if goal[1] is None else goal[1]
    if wide == tight:
        return [(axis.low, axis.high, least(tight), most(tight))]
    return [(axis.low, EARLY_S, least(wide), most(wide)),
            (EARLY_S, axis.high, least(tight), most(tight))]


def judged_panel(name, answer, phase, quantity, y):
    title = f"{STUDIES[name][0]}, {'thrusting' if phase == 'boost' else 'coasting'}"
    x = time_axis(phase)
    return plot.Panel(title, x, y, series(name, answer, phase, QUANTITIES[quantity][1]),
                      goal_bands(name, phase, quantity, x, y))


def error_panel(name, answer, what, y_label):
    """The error of the tracks and, broad and pale, its bound."""
    positive = lambda key: lambda row: row[key] if row["tracked"] and row[key] > 0 else None
    error, bound = {"position": ("rmse_m", "bound_m"),
                    "speed": ("speed_rmse_mps", "speed_bound_mps")}[what]
    lines = series(name, answer, "coast", positive(error))
    bounds = series(name, answer, "coast", positive(bound))
    for line in bounds:
        line.wide = True
    y = plot.log_axis(y_label, [y for line in lines + bounds for _, y in line.points])
    return plot.Panel(STUDIES[name][0], time_axis("coast"), y, lines + bounds)


LEGEND = [(sensors, colour, "line") for sensors, colour in COLOURS.items()]


def bound_plot(answers):
    rows = [[error_panel(name, answer, "position", "position RMSE (m)"),
             error_panel(name, answer, "speed", "speed RMSE (m/s)")]
            for name, answer in answers.items()]
    return plot.svg("Error and bound after the end of thrust",
                    "Root mean square errors of position and speed over time on logarithmic axes, "
                    "for each sensor set, each with its Cramer-Rao bound as a broad pale line.",
                    rows, [*LEGEND, ("the bound (same colour)", 9, "wide")])


def honesty_plot(answers):
    y = plot.Axis("NEES / 6", 0, 2, [0, 0.4, 0.8, 1.2, 1.5, 2])
    rows = [[judged_panel(name, answer, "coast", "nees", y),
             judged_panel(name, answer, "boost", "nees", y) if name != "coast" else None]
            for name, answer in answers.items()]
    return plot.svg("Are the tracks as good as they say?",
                    "Mean squared error by the stated covariance, over six, over time; 1 is "
                    "honest, more is too sure, less too modest. The goal is shaded.",
                    rows, [*LEGEND, ("goal", 0, "band")])


def impact_plot(answers):
    inside = plot.Axis("true impacts inside", 0.85, 1, [0.85, 0.9, 0.93, 0.95, 0.97, 1])
    area = plot.Axis("median area / best", 0.5, 3, [0.5, 1, 1.5, 2, 2.5, 3])
    rows = [[judged_panel(name, answer, "coast", "inside", inside),
             judged_panel(name, answer, "coast", "area", area)]
            for name, answer in answers.items()]
    return plot.svg("The 95 % ellipse of the impact: coverage and size",
                    "Share of true impacts inside the 95 % ellipse over time, and the median area "
                    "of the ellipse divided by that of the bound. The goal is shaded.",
                    rows, [*LEGEND, ("goal", 0, "band")])


def write_plots(answers, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("bound", bound_plot), ("honesty", honesty_plot), ("impact", impact_plot)):
        (folder / f"accuracy-{name}.svg").write_text(draw(answers), encoding="utf-8")
