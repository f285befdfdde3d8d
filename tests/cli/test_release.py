#!/usr/bin/env python3
"""What officers are told of a release policy before they sign it: who gets what, who gains, why a
record goes or does not, and what would have gone in the past. Prints one line a case (TAP).

  tests/cli/test_release.py WATCHFIRE ROOT
"""

import itertools
import json
import re
import sys

from test_commands import House, refused, tap

POLICY = """\
owner: KOR
number: 4
default: withhold
label:
  classification: SECRET
  releasable to: [JPN, USA]
areas:
  - area: east
    centre: 39.0, 129.0
    radius: 200 km
groups:
  - group: eyes
    sensors: [EYE-1, EYE-9]
rules:
  - rule: coarse to Japan
    release: tracks
    of launches from: [east]
    to: [JPN]
    up to: SECRET
    precision: outer bound
    coarsen position: 5 km
    coarsen time: 4 s
  - rule: exact to the United States
    release: tracks
    to: [USA]
    up to: SECRET
    precision: exact
  - rule: late warnings
    release: warnings
    to: [JPN, USA]
    up to: SECRET
    delay: 30 s
  - rule: never
    release: tracks
    to: [USA]
    up to: SECRET
    precision: outer bound
  - rule: no eyes for Japan
    withhold sensors: [eyes]
    from: [JPN]
"""
SENSOR = (
    '{"type":"sensor","id":"EYE-1","kind":"radar","lat_deg":37.5,"lon_deg":127.0,"alt_m":100,'
    '"sigma_range_m":20,"sigma_az_deg":0.05,"sigma_el_deg":0.05}\n'
)
SCENARIO = "data/scenarios/2022-10-04-irbm-over-japan.yaml"


def checked(house, path):
    """`release check`: who gets what, and where to look again."""
    status, out, err = house.run("release", "check", path, "--json")
    found = json.loads(out) if status == 1 else {"gets": [], "look_again": []}
    gets = {(g["to"], g["record"], g["launches_from"], g["rule"], g["precision"],
             g["coarsen_position_m"], g["coarsen_time_s"], g["delay_s"]) for g in found["gets"]}
    expected = {
        ("JPN", "tracks", "east", "coarse to Japan", "outer bound", 5000.0, 4.0, 0.0),
        ("JPN", "warnings", None, "late warnings", "as it is", 0.0, 0.0, 30.0),
        ("USA", "tracks", None, "exact to the United States", "exact", 0.0, 0.0, 0.0),
        ("USA", "warnings", None, "late warnings", "as it is", 0.0, 0.0, 30.0),
    }
    said = " ".join(found["look_again"])
    fine = gets == expected and "exact" in said and '"never"' in said and not err
    yield "check: who gets what", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("release", "check", path)
    fine = (status == 1 and "JPN gets" in out and "REVEALS SENSOR GEOMETRY" in out and
            'nothing in which "eyes" have a part' in out and "Any other nation gets nothing" in out)
    yield "check: in words", None if fine else f"{status} {out} {err}"
    sensors = house.file("sensors.ndjson", SENSOR)
    status, out, err = house.run("release", "check", path, "--sensors", sensors)
    fine = status == 1 and "EYE-9" in out and "EYE-1" not in out.split("Look again")[1]
    yield "check: a sensor that there is not", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("release", "check", "data/policies/KOR.yaml")
    fine = status == 0 and "Look again" not in out and not err
    yield "check: nothing to look at again", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("release", "check", house.file("none.yaml", re.sub(
        r"(?s)rules:.*", "rules: []\n", POLICY)))
    fine = status == 0 and out.count("gets\n  nothing") == 2 and not err
    yield "check: nobody gets anything", None if fine else f"{status} {out} {err}"


# What is changed, and who gains or loses what by it; +: gains.
CHANGES = [
    ("a later number only", [], []),
    ("a smaller error", [("coarsen position: 5 km", "coarsen position: 2 km")],
     [("+", "JPN", "tracks", "precision")]),
    ("a longer delay", [("delay: 30 s", "delay: 60 s")],
     [("-", "JPN", "warnings", "precision"), ("-", "USA", "warnings", "precision")]),
    ("a rule that is gone", [(re.search(r"(?s)  - rule: late.*?30 s\n", POLICY).group(), "")],
     [("-", "JPN", "warnings", "records"), ("-", "USA", "warnings", "records")]),
    ("a smaller circle", [("radius: 200 km", "radius: 100 km")],
     [("-", "JPN", "tracks", "records")]),
    ("a circle elsewhere", [("centre: 39.0, 129.0", "centre: 39.0, 133.0")],
     [("+", "JPN", "tracks", "records"), ("-", "JPN", "tracks", "records")]),
    ("a bound for the exact", [("precision: exact", "precision: outer bound")],
     [("-", "USA", "tracks", "reveals sensor geometry")]),
    ("onward release", [("    delay: 30 s\n", "    delay: 30 s\n    onward to: [USA]\n")],
     [("+", "JPN", "warnings", "onward release"), ("+", "USA", "warnings", "onward release")]),
    ("a sensor that is kept back no more", [("[EYE-1, EYE-9]", "[EYE-1]")],
     [("+", "JPN", None, "sensors")]),
]  # fmt: skip


def compared(house, old):
    """`release diff`: whoever gains is named, and takes two officers."""
    for what, changes, expected in CHANGES:
        text = POLICY.replace("number: 4", "number: 5")
        for change, to in changes:
            assert change in text, change
            text = text.replace(change, to, 1)
        new = house.file("new.yaml", text)
        status, out, err = house.run("release", "diff", old, new, "--json")
        found = json.loads(out) if status in (0, 1) else {"changes": [], "officers": 0}
        seen = {("+" if c["gains"] else "-", c["to"], c["change"]) for c in found["changes"]}
        wanted = {(sign, to, change) for sign, to, _, change in expected}
        gains = any(sign == "+" for sign, *_ in expected)
        fine = (seen == wanted and status == int(gains) and found["officers"] == 1 + gains
                and found["complete"] and not err)
        yield f"diff: {what}", None if fine else f"{status} {seen} {out} {err}"
        words_status, out, err = house.run("release", "diff", old, new)
        marks = {line[0] for line in out.splitlines() if line[:2] in ("+ ", "- ")}
        fine = words_status == status and marks == {sign for sign, *_ in expected} and not err
        yield f"diff: {what}, in words", None if fine else f"{words_status} {out} {err}"


def goes(record, to, launched, age_s, warned, sensor):
    """Whether POLICY lets it go, by docs/policy.md."""
    if record == "all-clear" and warned:
        return True  # the end of a warning that was given may always go
    if to not in ("JPN", "USA") or (to == "JPN" and sensor is not None):
        return False
    if record == "track":
        return to == "USA" or launched == "inside"
    if record in ("warning", "all-clear"):
        return age_s >= 30
    return False


WHERE = {"inside": ["39.1,129.0"], "outside": ["35,140"], "on the border": ["40.8,129.0"],
         "unknown": None}  # fmt: skip


def explained(house, path):
    """`release explain` of an example, in all cases that the policy can tell apart."""
    wrong = []
    every = itertools.product(("track", "notice", "warning", "all-clear"), ("JPN", "USA", "PRK"),
                              WHERE, (0, 40), (False, True), (None, "EYE-1"))
    for record, to, launched, age_s, warned, sensor in every:
        if warned and record != "all-clear":
            continue
        words = ["release", "explain", record, "--to", to, "--policy", path, "--age-s", age_s,
                 "--json"]
        words += ["--launched", *WHERE[launched]] if WHERE[launched] else []
        words += ["--warned"] if warned else []
        words += ["--sensors", sensor] if sensor else []
        expected = goes(record, to, launched, age_s, warned, sensor)
        status, out, err = house.run(*words)
        if (status == 0) != expected or json.loads(out)["goes"] != expected or err:
            wrong.append(f"{' '.join(map(str, words))}: {status} {out} {err}")
    yield "explain: what goes, in all cases", "\n# ".join(wrong[:5]) if wrong else None
    status, out, err = house.run("release", "explain", "track", "--to", "JPN", "--policy", path,
                                 "--launched", "39.1,129.0", "--json")
    fields = {f["field"]: f["goes"] for f in json.loads(out)["fields"]}
    hidden = {f["field"] for f in json.loads(out)["fields"] if f["hidden"]}
    fine = {"position moved by, m", "position sigmas, m", "number", "measurements"} <= hidden
    yield "explain: what is hidden", None if fine else f"{status} {out} {err}"
    moved, offset, drawn = (float(fields[name]) for name in (
        "position moved by, m", "by the fixed offset, m", "by errors in bound, m"))
    fine = 0 < offset <= 5000 and abs(offset - drawn) <= moved + 1 <= offset + drawn + 2
    yield "explain: the offset is within the rule's", None if fine else f"{fields}"
    status, out, err = house.run("release", "explain", "warning", "--to", "JPN", "--policy", path)
    fine = status == 1 and "DOES NOT GO" in out and "delay has not passed" in out and not err
    yield "explain: why not, in words", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("release", "explain", "track", "--to", "JPN", "--policy", path,
                                 "--launched", "39.1,129.0", "--doubt-km", "500")
    fine = status == 1 and "asked again" in out and not err
    yield "explain: what is not known yet", None if fine else f"{status} {out} {err}"


def replayed(house):
    """`release replay`: the past under another policy."""
    text = (house.root / SCENARIO).read_text()
    house.scenario("duration:", "duration:")  # links what scenarios name
    short = house.file("scenarios/short.yaml", re.sub(
        r"(?m)^duration: .*$", "duration: 3 min", text))
    status, out, err = house.run("exercise", short, "--fast", "--journal", house.folder / "j")
    assert status == 0, err
    journal = house.folder / "j" / "KOR.journal"
    kor = (house.root / "data/policies/KOR.yaml").read_text().replace("number: 1", "number: 2")
    none = house.file("nothing.yaml", re.sub(r"(?s)rules:.*", "rules: []\n", kor))
    for what, policy, expected in (
            ("the same", house.file("same.yaml", kor), 0), ("nothing", none, 0)):
        status, out, err = house.run("release", "replay", journal, "--policy", policy, "--to",
                                     "JPN", "--json")
        found = json.loads(out) if status in (0, 1) else {}
        was, would = found.get("was"), found.get("would")
        fine = status == expected and was["tracks"] > 0 and was["notices"] > 0 and not err and (
            would == was if what == "the same"
            else would["withheld"] == {"no rule releases it": was["tracks"] + was["notices"]})
        yield f"replay: {what}", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("release", "replay", journal, "--policy", none, "--to", "JPN")
    yield "replay: in words", None if status == 0 and out and not err else f"{status} {out} {err}"


def wrong_use(house, path):
    for words, said in (
            (["check", "/no/such.yaml"], "cannot be opened"),
            (["check"], "expected one"),
            (["diff", path], "expected two policy files"),
            (["diff", path, "data/policies/JPN.yaml"], "expected one nation's"),
            (["replay", "/no/such.journal", "--policy", path, "--to", "JPN"], "no journal"),
            (["replay", path, "--policy", path, "--to", "JPN"], "not a journal")):
        yield " ".join(map(str, words)), refused(house.run("release", *words), said)
    for words, said in (
            (["boat", "--to", "USA", "--policy", path], "expected track, notice, warning"),
            (["track", "--to", "USA"], "expected --to NATION and --policy FILE"),
            (["track", "--to", "USA", "--policy", path, "--age-s", "-3"], "a number from 0"),
            (["track", "--to", "USA", "--policy", path, "--launched", "100,3"], "LAT,LON"),
            (["track", "--to", "Usa", "--policy", path], "capital letters"),
            (["track", "--to", "USA", "--policy", path, "--classification", "TOP"], "UNCLASS"),
            (["track", "--to", "USA", "--policy", path, "--sensors", "a sensor"], "sensor")):
        yield f"explain: {said}", refused(house.run("release", "explain", *words), said)


def cases(house):
    path = house.file("policy.yaml", POLICY)
    yield from checked(house, path)
    yield from compared(house, path)
    yield from explained(house, path)
    yield from replayed(house)
    yield from wrong_use(house, path)


if __name__ == "__main__":
    sys.exit(tap(House, cases))
