"""The study of fusion: its run and tables, for figures.py."""

import figures_study as study
from figures_accuracy import EARLY_S, GOAL_RUNS, MISS, goal_text, misses, of, show, table

ALONE, EXACT, OUTER, COARSE, NO_SPAN, RUMOUR, LIE = (
    "alone", "exact", "outer bound", "coarse", "no span", "rumour", "lie")
RATIO_GOALS = {OUTER: 1.10, NO_SPAN: 1.15}
# Their covariances must never be too small.
NEVER_OPTIMISTIC = (OUTER, COARSE, NO_SPAN, RUMOUR)


def ratio_goal(way, phase, after_s):
    """Of the error by the central tracker's."""
    if way == EXACT:
        return (None, 1.10 if phase == "boost" or after_s <= EARLY_S else 1.02)
    return (None, RATIO_GOALS[way]) if way in RATIO_GOALS else None


def nees_goal(way):
    return (None, 1.1) if way == RUMOUR else None


def worst_goal(way, row):
    return (None, row["worst_limit"]) if way in NEVER_OPTIMISTIC else None


def ratio(row):
    return of(row["rmse_m"], row["central_rmse_m"]) if row["both"] else None


def nees(row):
    return row["nees"] if row["both"] else None


def worst(row):
    return row["worst"] if row["both"] else None


def fly(program, root, kept, runs):
    return study.fly((program, root, kept), "fusion", "fusion", runs)


def by_time(answer, phase):
    """(seconds, {way: row}) of the times at which anything flew."""
    ways = {w["way"]: w[phase] for w in answer["study"]["ways"]}
    times = [row["after_s"] for row in ways[ALONE]]
    rows = [(after_s, {way: of_way[i] for way, of_way in ways.items()})
            for i, after_s in enumerate(times)]
    return [(after_s, row) for after_s, row in rows if row[ALONE]["flown"]]


def ratio_table(answer):
    ways = (ALONE, EXACT, OUTER, COARSE, NO_SPAN, RUMOUR, LIE)
    rows = []
    for phase, when in (("boost", "thrusting"), ("coast", "coasting")):
        goals = [ratio_goal(way, phase, 60) for way in ways]
        rows.append([f"**{when}**, goal", "", "", *(goal_text(goal) for goal in goals)])
        for after_s, row in by_time(answer, phase):
            best = row[EXACT]
            rows.append([f"{after_s}", f"{best['both']} of {best['flown']}",
                         f"{best['central_rmse_m']:.1f}" if best["both"] else "",
                         *(show(ratio(row[way]), ratio_goal(way, phase, after_s))
                           for way in ways)])
    return table(["s", "tracked", "central (m)", *ways], rows)


def honesty_table(answer):
    ways = (EXACT, OUTER, COARSE, NO_SPAN, RUMOUR, LIE)
    rows = []
    for phase, when in (("boost", "thrusting"), ("coast", "coasting")):
        rows.append([f"**{when}**, goal", "", "",
                     *(f"{goal_text(nees_goal(way))}; " +
                       ("≤ limit" if way in NEVER_OPTIMISTIC else "–") for way in ways)])
        for after_s, row in by_time(answer, phase):
            cells = []
            for way in ways:
                told = [show(nees(row[way]), nees_goal(way), 2),
                        show(worst(row[way]), worst_goal(way, row[way]), 2)]
                cells.append("; ".join(told) if row[way]["both"] else "")
            best = row[EXACT]
            there = best["both"] > 0
            rows.append([f"{after_s}", f"{best['worst_limit']:.2f}" if there else "",
                         f"{best['central_nees']:.2f}" if there else "", *cells])
    return table(["s", "limit", "central", *ways], rows)


def judged(answer, phase, way, value, goal):
    """The range of a figure over the times that have a goal, and how many of them miss it."""
    found = [(value(row[way]), goal(after_s, row[way])) for after_s, row in by_time(answer, phase)
             if row[way]["both"]]
    found = [(v, g) for v, g in found if v is not None and g]
    if not found:
        return "–"
    missed = sum(misses(v, g) for v, g in found)
    least, most = (f"{f(v for v, _ in found):.3f}" for f in (min, max))
    text = least if least == most else f"{least} to {most}"
    return f"{text}{MISS} {missed} of {len(found)} times" if missed else text


def goals_table(answer):
    told = [(way, phase, "error / central", ratio, lambda t, r, w=way, p=phase: ratio_goal(w, p, t))
            for way in (EXACT, OUTER, NO_SPAN) for phase in ("boost", "coast")]
    told += [(RUMOUR, "coast", "NEES / 6", nees, lambda t, r: nees_goal(RUMOUR))]
    told += [(way, phase, "worst direction / limit", lambda r: of(r["worst"], r["worst_limit"]),
              lambda t, r: (None, 1.0))
             for way in NEVER_OPTIMISTIC for phase in ("boost", "coast")]
    rows = []
    for way, phase, what, value, goal in told:
        found = judged(answer, phase, way, value, goal)
        if found != "–":
            when = "thrusting" if phase == "boost" else "coasting"
            rows.append([f"{way}, {when}: {what}", goal_text(goal(60, None)), found])
    return table(["way and figure", "goal", "found"], rows)


def runs_line(answer):
    fewer = f"; the goals ask for {GOAL_RUNS}" if answer["runs"] < GOAL_RUNS else ""
    return [f"Flights: {answer['runs']}{fewer}."]


def tables(answer):
    """What the template names, as lists of lines."""
    return {"FUSION-RUNS": runs_line(answer), "FUSION-GOALS": goals_table(answer),
            "FUSION-RATIO": ratio_table(answer), "FUSION-HONESTY": honesty_table(answer)}
