#!/usr/bin/env python3
"""The tables and plots of accuracy and fusion (scripts/figures_accuracy.py, figures_fusion.py) of
made-up studies: goals, marks, few flights, what is kept. Prints one line a test (TAP)."""

import json
import re
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import figures_accuracy as accuracy  # noqa: E402
import figures_fusion as fusion  # noqa: E402
import figures_launch as launch  # noqa: E402
import figures_manoeuvre as manoeuvre  # noqa: E402
import figures_objects as objects  # noqa: E402
import plot  # noqa: E402

FAKE = """#!/bin/sh
echo "$*" >>LOG
echo '{"nations":[]}'
"""


def row(after_s, **changed):
    """One that meets every goal."""
    good = {"after_s": after_s, "flown": 1000, "tracked": 1000, "rmse_m": 100.0, "bound_m": 100.0,
            "speed_rmse_mps": 2.0, "speed_bound_mps": 2.0, "nees": 1.0, "determined": 1000,
            "inside": 950, "in_time": 950, "impact_rmse_m": 500.0, "impact_bound_m": 500.0,
            "area_km2": 10.0, "best_area_km2": 10.0}
    return good | changed


def studies(runs=1000, end=None, **changed):
    """Answers of all studies, all rows changed alike."""
    thrust = {"seen": 1000, "stated": 1000, "median_s": 8.0, "p95_s": 9.0, "max_s": 10.0,
              "premature": 0, "longest_s": 0} | (end or {})
    nations = [{"nation": code, "boost": [row(t, **changed) for t in (10, 60)],
                "coast": [row(t, **changed) for t in (10, 30, 45, 60)], "end_of_thrust": thrust}
               for code in ("KOR", "JPN", "USA")]
    return {name: {"runs": runs, "study": {"nations": nations}} for name in accuracy.STUDIES}


def text_of(answers):
    return "\n".join("\n".join(lines) for lines in accuracy.tables(answers).values())


def drawings(answers):
    with tempfile.TemporaryDirectory() as folder:
        accuracy.write_plots(answers, Path(folder))
        return [path.read_text("utf-8") for path in sorted(Path(folder).iterdir())]


def goals_of_the_project(_):
    goal = accuracy.goal_of
    return (goal("coast", "one radar", "coast", "position", 30) is None
            and goal("coast", "three radars", "coast", "position", 45) == (None, 1.05)
            and goal("coast", "contact lens", "coast", "position", 60) == (None, 1.10)
            and goal("stages", "one radar", "coast", "impact", 60) == (None, 1.2)
            and goal("stages", "one radar", "coast", "nees", 10) == (0.4, 1.5)
            and goal("coast", "one radar", "coast", "nees", 10) == (0.8, 1.2)
            and goal("boost", "one radar", "coast", "inside", 20) == (0.93, 0.97))


def a_good_study_has_no_mark(_):
    return "✗" not in text_of(studies())


def each_miss_is_marked(_):
    bad = [{"rmse_m": 111.0}, {"nees": 1.6}, {"inside": 920}, {"inside": 980}, {"in_time": 920},
           {"impact_rmse_m": 601.0}, {"area_km2": 15.1}]
    ends = [{"stated": 999}, {"max_s": 10.1}, {"premature": 1}, {"longest_s": 4}]
    return all("✗" in text_of(studies(**change)) for change in bad) and all(
        "✗" in text_of(studies(end=end)) for end in ends)


def miss_is_counted(_):
    """Position of one radar: 45 and 60 s are judged, 10 and 30 s are not."""
    rows = [row(10, rmse_m=300.0), row(30), row(45, rmse_m=106.0), row(60)]
    told = accuracy.worst("coast", "one radar", "coast", "position", rows)
    return told == "1.000 to 1.060 ✗ 1 of 2 times"


def nothing_tracked_or_flown(_):
    """Tables and plots of studies in which there is nothing to divide by."""
    for empty in ({"tracked": 0, "determined": 0}, {"flown": 0, "tracked": 0, "determined": 0},
                  {"determined": 0}):
        answers = studies(runs=1, end={"seen": 0, "stated": 0}, **empty)
        if "nan" in text_of(answers) or not all(map(xml.fromstring, drawings(answers))):
            return False
    return True


def few_flights_are_told(_):
    few, enough = text_of(studies(runs=20)), text_of(studies(runs=1000))
    return "fewer tell little" in few and "fewer" not in enough


def columns_agree(_):
    for lines in accuracy.tables(studies()).values():
        widths = set()
        for line in lines:
            widths = {line.count("|")} | widths if line.startswith("|") else set()
            if len(widths) > 1:
                return False
    return True


def plots_stand_alone(_):
    """Well-formed, with a title, and nothing from elsewhere."""
    for drawing in drawings(studies()):
        root = xml.fromstring(drawing)
        words = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
        addresses = re.findall(r"https?://[^\"' ]+|url\([^#]", drawing)
        if addresses != ["http://www.w3.org/2000/svg"] or "one radar" not in words:
            return False
    return True


def value_beyond_an_axis_is_told(_):
    inside, beyond = drawings(studies())[1], drawings(studies(nees=149.9))[1]
    return ">150</text>" in beyond and ">150</text>" not in inside


def axis_holds_its_values(_):
    axis = plot.log_axis("m", [12.0, None, 0.0, 1800.0])
    return axis.low == 10 and axis.high == 2000 and axis.share(10) == 0 and axis.share(2000) == 1


def fused(way=None, phase=None, **changed):
    """A study of fusion that meets every goal but for one way's rows of one phase."""
    good = {"flown": 1000, "both": 1000, "rmse_m": 50.0, "central_rmse_m": 50.0, "nees": 1.0,
            "central_nees": 1.0, "worst": 1.1, "worst_limit": 1.17, "left_out": 0}
    ways = [{"way": name, **{p: [{"after_s": t, **good, **(changed if (name, p) == (way, phase)
                                                           else {})} for t in times]
                             for p, times in (("boost", (-80, -5)), ("coast", (15, 20, 330)))}}
            for name in (fusion.ALONE, fusion.EXACT, fusion.OUTER, fusion.COARSE, fusion.NO_SPAN,
                         fusion.RUMOUR, fusion.LIE)]
    return {"runs": 1000, "study": {"ways": ways}}


def fusion_text(answer):
    return "\n".join("\n".join(lines) for lines in fusion.tables(answer).values())


def fusion_goals_are_judged(_):
    """Each goal just met and just missed; 1.05 of exact covariances is a miss from 20 s on only."""
    met = [(fusion.EXACT, "boost", {"rmse_m": 55.0}), (fusion.EXACT, "coast", {"rmse_m": 51.0}),
           (fusion.OUTER, "coast", {"rmse_m": 55.0}), (fusion.NO_SPAN, "boost", {"rmse_m": 57.4}),
           (fusion.LIE, "coast", {"nees": 30.0, "worst": 80.0}),
           (fusion.RUMOUR, "coast", {"nees": 1.1})]
    bad = [(fusion.EXACT, "boost", {"rmse_m": 55.1}), (fusion.OUTER, "boost", {"rmse_m": 55.1}),
           (fusion.NO_SPAN, "coast", {"rmse_m": 57.6}), (fusion.RUMOUR, "coast", {"nees": 1.11}),
           (fusion.OUTER, "coast", {"worst": 1.18}), (fusion.COARSE, "boost", {"worst": 1.18})]
    late = fusion_text(fused(fusion.EXACT, "coast", rmse_m=52.5))
    return (all("✗" not in fusion_text(fused(way, phase, **c)) for way, phase, c in met)
            and all("✗" in fusion_text(fused(way, phase, **c)) for way, phase, c in bad)
            and "✗ 2 of 3 times" in late)


def fusion_of_nothing(_):
    """Rows without a track have nothing to divide by, and tables keep their columns."""
    empty = [fused(fusion.RUMOUR, "coast", both=0), fused(fusion.EXACT, "boost", both=0)]
    for answer in (fused(), *empty):
        for lines in fusion.tables(answer).values():
            if len({line.count("|") for line in lines}) != 1 or any("nan" in x for x in lines):
                return False
    return True


def kept_flights_are_not_flown_again(folder):
    kept, program, log = folder / "kept", folder / "program", folder / "log"
    program.write_text(FAKE.replace("LOG", str(log)))
    program.chmod(0o755)
    count = []
    for runs in (20, 10, 20, 30):
        answers = accuracy.fly_all(program, folder, kept, runs, 2)
        count.append(len(log.read_text().splitlines()))
    told = json.loads((kept / "accuracy-coast.json").read_text())["runs"]
    return count == [3, 3, 3, 6] and told == 30 and answers["boost"]["runs"] == 30


def launches(**changed):
    """Answers of the studies of the launch point, all rows changed alike."""
    good = {"flown": 100, "determined": 100, "rmse_m": 130.0, "stated_m": 100.0, "inside": 0.93,
            "median_m": 80.0, "area_km2": 1.0, "time_rmse_s": 2.0, "time_stated_s": 2.0,
            "in_time": 0.95} | changed
    nations = [{"nation": code, "rows": [good | {"after_s": t} for t in (10, 20, 40, 0)]}
               for code in launch.SENSORS]
    return {name: {"runs": 100, "study": {"nations": nations}} for name in launch.STUDIES}


def launch_points_are_judged_at_20_s(_):
    """Marked once a study: of the sensors and the time that the goal names, and of no other."""
    marks = [["\n".join(launch.table(launches(**change))).count("✗")] for change in
             ({}, {"rmse_m": 131.0}, {"inside": 0.929})]
    empty = "\n".join(launch.table(launches(determined=0)))
    lines = [line.count("|") for line in launch.table(launches()) if line.startswith("|")]
    return marks == [[0], [2], [2]] and "nan" not in empty and set(lines) == {10}


def kept_launches_are_not_flown_again(folder):
    kept, program, log = folder / "kept", folder / "program", folder / "log"
    program.write_text(FAKE.replace("LOG", str(log)))
    program.chmod(0o755)
    for runs in (70, 7, 70):
        launch.fly_all(program, folder, kept, runs)
    told = log.read_text().splitlines()
    return len(told) == 2 and told[0].endswith("1..70 --json") and told[1].endswith("1..10 --json")
def manoeuvres(**changed):
    """Answers of all studies of manoeuvres, all nations changed alike."""
    good = {"flights": 1000, "observable": 1000, "flagged": 1000, "in_time": 1000,
            "ideal_median_s": 2.0, "late_median_s": 1.0, "late_p95_s": 2.0, "late_max_s": 3.0,
            "revised": 900, "told": 900, "inside": 860, "early": 0, "controls": 1000,
            "reentries": 1000, "false": 0} | changed
    nations = [{"nation": code} | good for code in manoeuvre.SETS]
    return {name: {"runs": 1000, "study": {"nations": nations}} for name in manoeuvre.STUDIES}


def manoeuvres_are_marked(_):
    told = lambda answers: "".join("".join(lines) for lines in manoeuvre.tables(answers).values())
    bad = [{"flagged": 999}, {"in_time": 999}, {"late_max_s": 3.5}, {"early": 1}, {"false": 1}]
    return "✗" not in told(manoeuvres()) and all("✗" in told(manoeuvres(**b)) for b in bad)


def many_objects(**changed):
    good = {"nation": "USA", "seeds": 20, "gospa_m": 125.0, "told_m": 100.0, "missed": 0.1,
            "invented": 0.1, "right": 20, "pieces": 420, "children": 420} | changed
    return {name: {"runs": 20, "study": {"nations": [good]}} for name in objects.STUDIES}


def many_objects_are_marked(_):
    marks = lambda answers: "\n".join(objects.tables(answers)["OBJECTS"]).count("✗")
    bad = [{"gospa_m": 126.0}, {"told_m": 0.0}, {"right": 19}]
    lines = [line.count("|") for line in objects.tables(many_objects())["OBJECTS"]]
    return (marks(many_objects()) == 0 and [marks(many_objects(**b)) for b in bad] == [2, 2, 2]
            and set(lines) == {11})


def few_flights_of_many_objects(folder):
    kept, program, log = folder / "kept", folder / "program", folder / "log"
    program.write_text(FAKE.replace("LOG", str(log)))
    program.chmod(0o755)
    for runs in (1000, 5):
        objects.fly_all(program, folder, kept, runs)
    told = log.read_text().splitlines()
    return len(told) == 2 and all(line.endswith("1..200 --json") for line in told)


TESTS = [
    goals_of_the_project, a_good_study_has_no_mark, each_miss_is_marked, miss_is_counted,
    nothing_tracked_or_flown, few_flights_are_told, columns_agree, fusion_goals_are_judged,
    fusion_of_nothing, plots_stand_alone, value_beyond_an_axis_is_told, axis_holds_its_values,
    kept_flights_are_not_flown_again, launch_points_are_judged_at_20_s,
    kept_launches_are_not_flown_again, manoeuvres_are_marked, many_objects_are_marked,
    few_flights_of_many_objects,
]  # fmt: skip


def main():
    status = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            good = test(Path(folder))
        status |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {test.__name__.replace('_', ' ')}")
    return status


if __name__ == "__main__":
    sys.exit(main())
