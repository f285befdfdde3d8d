"""The studies of manoeuvres: their runs and table, for figures.py."""

import figures_study as study

MISS = " ✗"
# What each nation of a study stands for, and what the study is called.
SHIP, ONE, THREE = "a ship with coarse angles", "one radar", "three radars"
SETS = {"KOR": ONE, "JPN": THREE, "USA": SHIP}
STUDIES = {
    "manoeuvre": "Pull-up of a short-range missile",
    "reentry": "Re-entry from intermediate range",
    "burnt-stage": "The same of an empty stage",
    "coast": "First seen in coast",
    "stages": "Three stages",
}
IN_TIME_S = 3.0
FALSE_SHARE = 0.001


def fly_all(program, root, kept, runs, jobs):
    return study.fly_all((program, root, kept), "manoeuvre", STUDIES, runs, jobs)


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|",
            *("| " + " | ".join(row) + " |" for row in rows)]


def flagged_table(answer):
    rows = [["goal", "", "all", "all", "–", f"≤ {IN_TIME_S:g}", "0", "–", "–"]]
    for n in answer["study"]["nations"]:
        seen = n["observable"]
        miss = lambda good: "" if good else MISS
        rows.append([
            SETS[n["nation"]], f"{n['ideal_median_s']:.1f}",
            f"{n['flagged']} of {seen}" + miss(n["flagged"] == seen),
            f"{n['in_time']} of {seen}" + miss(n["in_time"] == seen),
            f"{n['late_median_s']:.1f}, {n['late_p95_s']:.1f}",
            f"{n['late_max_s']:.1f}" + miss(n["late_max_s"] <= IN_TIME_S),
            f"{n['early']}" + miss(n["early"] == 0), f"{n['revised']}",
            f"{n['inside']} of {n['told']}"])
    return table(["sensors", "ideal, median (s)", "flagged", "within 3 s of the ideal",
                  "later by: median, 95 % (s)", "at most", "flagged before", "ballistic again",
                  "impact then inside its ellipse"], rows)


def false_table(answers):
    rows = [["goal", "", "", "", f"< {FALSE_SHARE:.1%}"]]
    for name, answer in answers.items():
        for n in answer["study"]["nations"]:
            miss = MISS if n["false"] >= max(FALSE_SHARE * n["controls"], 1) else ""
            rows.append([STUDIES[name], n["nation"], f"{n['controls']}", f"{n['reentries']}",
                         f"{n['false']}" + miss])
    return table(["study", "sensors of", "flights without a manoeuvre", "measured in the air",
                  "flagged"], rows)


def tables(answers):
    """What the template names, as lists of lines."""
    return {"MANOEUVRE-FLAGGED": flagged_table(answers["manoeuvre"]),
            "MANOEUVRE-FALSE": false_table(answers),
            "MANOEUVRE-RUNS": [f"Flights of each study: {min(a['runs'] for a in answers.values())}"
                               f" to {max(a['runs'] for a in answers.values())}."]}
