"""The studies of many objects: their runs and table, for figures.py."""

import figures_study as study
from figures_manoeuvre import MISS, table

STUDIES = {"salvo": "salvo of 30 from four sites", "debris": "stage and 20 pieces of debris"}
# No more flights than this: each has dozens of objects.
RUNS_MAX = 200
RATIO_MAX = 1.25


def fly_all(program, root, kept, runs):
    return study.fly_all((program, root, kept), "objects", STUDIES, min(runs, RUNS_MAX), 1)


def tables(answers):
    """What the template names, as lists of lines."""
    rows = [["goal", "", "", "", "", f"≤ {RATIO_MAX:g}", "–", "–", "all", "–"]]
    for name, answer in answers.items():
        for n in answer["study"]["nations"]:
            ratio = n["gospa_m"] / n["told_m"] if n["told_m"] > 0.0 else float("inf")
            rows.append([
                STUDIES[name], n["nation"], f"{n['seeds']}", f"{n['gospa_m']:.0f}",
                f"{n['told_m']:.0f}", f"{ratio:.2f}" + ("" if ratio <= RATIO_MAX else MISS),
                f"{n['missed']:.2f}", f"{n['invented']:.2f}",
                f"{n['right']} of {n['seeds']}" + ("" if n["right"] == n["seeds"] else MISS),
                f"{n['children']} of {n['pieces']}"])
    return {"OBJECTS": table(
        ["study", "sensors of", "flights", "GOSPA (m)", "of filters that are told (m)", "ratio",
         "objects missed", "tracks too many", "events counted right", "pieces called pieces"],
        rows)}
