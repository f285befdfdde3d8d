#!/usr/bin/env python3
"""Whether the figures of `watchfire bench` add up: what two seeds say together follows from what
each says alone, worked out here. Prints one line a case (TAP).

  tests/cli/test_bench.py WATCHFIRE ROOT
"""

import json
import math
import os
import sys

from test_commands import House, refused, tap

# Which figures of a row are counts, which are means of squares, and over how many flights.
ROWS = {
    "accuracy": {"counts": ["flown", "tracked", "determined"], "squares": {
        "rmse_m": "tracked", "speed_rmse_mps": "tracked", "impact_rmse_m": "determined"},
        "means": {"nees": "tracked"}},
    "fusion": {"counts": ["flown", "both", "left_out"], "squares": {
        "rmse_m": "both", "central_rmse_m": "both"}, "means": {"nees": "both"}},
    "launch": {"counts": ["flown", "determined"], "squares": {
        "rmse_m": "determined", "time_rmse_s": "determined"}, "means": {"inside": "determined"}},
}  # fmt: skip


def rows_of(value, path=()):
    """(path, row) of every object that holds figures of flights."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield from rows_of(one, (*path, i))
    elif isinstance(value, dict):
        if "flown" in value:
            yield path, value
        for key, one in value.items():
            if isinstance(one, (list, dict)):
                yield from rows_of(one, (*path, key))


def close(a, b):
    return math.isclose(a, b, rel_tol=2e-3, abs_tol=2e-3)


def trouble_of(what, together, alone):
    """What is wrong with the row of both seeds, given the rows of each."""
    form = ROWS[what]
    for name in form["counts"]:
        if together[name] != sum(one[name] for one in alone):
            return f"{name}: {together[name]}, alone {[one[name] for one in alone]}"
    for name, of in [*form["squares"].items(), *form["means"].items()]:
        power = 2 if name in form["squares"] else 1
        total = sum(one[of] for one in alone)
        mean = sum(one[of] * one[name] ** power for one in alone) / total if total else 0.0
        if not close(together[name], mean ** (1 / power)):
            return f"{name}: {together[name]}, expected {mean ** (1 / power)}"
    return None


def adds_up(house, what):
    told = {}
    for seeds in ("1..1", "2..2", "1..2"):
        status, out, err = house.run("bench", what, "--seeds", seeds, "--json")
        if status != 0 or err:
            yield f"{what}: runs", f"{status} {out} {err}"
            return
        told[seeds] = dict(rows_of(json.loads(out)))
    wrong = []
    for path, row in told["1..2"].items():
        alone = [told[seeds][path] for seeds in ("1..1", "2..2") if path in told[seeds]]
        trouble = trouble_of(what, row, alone)
        if trouble:
            wrong.append(f"{path}: {trouble}")
    yield f"{what}: two seeds are both of them", "\n# ".join(wrong[:5]) if wrong else None
    known = any(row["flown"] == 2 for row in told["1..2"].values())
    yield f"{what}: something flew", None if known else str(told["1..2"])


def in_words(house, what):
    status, out, err = house.run("bench", what, "--seeds", "1..1")
    fine = status == 0 and len(out.splitlines()) > 3 and not err and "nan" not in out.lower()
    yield f"{what}: in words", None if fine else f"{status} {out} {err}"


def of_others(house):
    """Those whose figures are of this machine, or of many objects: what they print is whole."""
    status, out, err = house.run("bench", "manoeuvre", "--seeds", "1..1", "--json")
    found = json.loads(out)["nations"] if status == 0 else []
    fine = found and all(n["flights"] == 1 >= n["observable"] >= n["flagged"] and
                         n["controls"] == 1 for n in found)
    yield "manoeuvre: one flight of each kind", None if fine else f"{status} {out} {err}"
    yield from in_words(house, "manoeuvre")
    coast = house.root / "data/studies/coast.yaml"
    status, out, err = house.run("bench", "objects", coast, "--seeds", "1..2", "--json")
    found = json.loads(out)["nations"] if status == 0 else []
    fine = found and all(n["seeds"] == 2 == n["launches"] and n["gospa_m"] > 0 for n in found)
    yield "objects: two seeds", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "objects", coast, "--seeds", "1..1")
    fine = status == 0 and len(out.splitlines()) == 1 + len(found) and not err
    yield "objects: in words", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "sharing", "--seeds", "3..3", "--without", "J-NORTH")
    told = json.loads(out) if status == 0 else {}
    fine = told and told["seed"] == 3 and told["without"] == "J-NORTH" and told["delivered"] > 100
    cells = told["launches"][0] if fine else {}
    fine = fine and all(0 < c["shared"]["notice_s"] <= (c["alone"]["notice_s"] or 1e9)
                        for c in cells.values())
    yield "sharing: nobody learns later by it", None if fine else f"{status} {out} {err}"
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else house.folder
    status, out, err = house.run("bench", "exchange", "--dir", memory, "--json")
    told = json.loads(out) if status == 0 else {}
    fine = told and told["records_per_s"] > 0 and not err
    yield "exchange: both ends", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "exchange", "--dir", memory, "--floor")
    fine = status == 0 and out.startswith("floor") and "verify" in out and not err
    yield "exchange: the floor", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "exchange", "--dir", memory, "--floor", "--json")
    told = json.loads(out) if status == 0 else {}
    fine = told and len(told["sums_us"]) > 100 and min(told["sums_us"]) > 0 and not err
    yield "exchange: each sum of the floor", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "estimate")
    rows = out.splitlines()
    fine = status == 0 and rows[1].split()[-1] == "1.0" and len(rows) == 18 and "nan" not in out
    yield "estimate: every step, as a ratio to the first", None if fine else f"{status} {out}"


def wrong_sensors(house):
    """What is wrong with sensors is named, and seldom wrongly; in words and as figures."""
    biased = house.root / "data/studies/biased.yaml"
    status, out, err = house.run("bench", "accuracy", biased, "--seeds", "1..8", "--json")
    found = json.loads(out)["nations"] if status == 0 else []
    fine = found and all(n["biased"] >= n["named"] >= n["misnamed"] for n in found)
    fine = fine and sum(n["named"] for n in found) > 0 and not err
    yield "accuracy: sensors that are wrong", None if fine else f"{status} {out} {err}"
    status, out, err = house.run("bench", "accuracy", biased, "--seeds", "1..8")
    fine = status == 0 and out.count("sensors biased by more than one deviation") == len(found)
    yield "accuracy: wrong sensors in words", None if fine else f"{status} {out} {err}"


def wrong_use(house):
    for words, said in (
            (["accuracy", "--seeds", "5..1"], "--seeds: expected A..B"),
            (["launch", "--seeds", "x"], "--seeds: expected A..B"),
            (["fusion", "/no/such.yaml"], "cannot be opened"),
            (["manoeuvre", "--unknown"], "unrecognized option|see --help"),
            (["sharing", "--without", "NO-SUCH"], "NO-SUCH")):
        yield "bench " + " ".join(words), refused(house.run("bench", *words), said)
    status, out, err = house.run("bench", "sharing", "--sensors")
    fine = status == 0 and "K-EAST" in out.split() and not err
    yield "sharing: the sensors", None if fine else f"{status} {out} {err}"


def cases(house):
    for what in ROWS:
        yield from adds_up(house, what)
        yield from in_words(house, what)
    yield from of_others(house)
    yield from wrong_sensors(house)
    yield from wrong_use(house)


if __name__ == "__main__":
    sys.exit(tap(House, cases))
