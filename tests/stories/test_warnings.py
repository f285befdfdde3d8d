#!/usr/bin/env python3
"""What nations tell their people in an exercise, as CAP: each message by OASIS's schema, and how
they follow on one another.

  tests/stories/test_warnings.py WATCHFIRE SCENARIOS

Prints one line a case (TAP). Without the schema in $WATCHFIRE_SHARED/cap, or without xmllint, that
part is skipped.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

import falling

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
WARNED = "2022-10-04-irbm-over-japan"
FROM, TO, APOGEE = (40.611208, 126.425743), (35.5216, 178.0450), 970e3  # of that one
OVER_JAPAN = 140.4, 142.8  # degrees east


def play(command, scenario, folder):
    words = [command, "exercise", str(scenario), "--fast", "--warnings", folder]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        return f"{done.returncode} {done.stderr}"
    count = len(list(Path(folder).glob("*/*.xml")))
    wanted = f"{count} warning message{'' if count == 1 else 's'} in "
    return None if wanted in done.stdout else f"expected {wanted} in {done.stdout[-200:]}"


def schema_refuses(folder):
    schema = os.path.join(os.environ.get("WATCHFIRE_SHARED", ""), "cap", "CAP-v1.2.xsd")
    files = [str(path) for path in sorted(Path(folder).glob("*/*.xml"))]
    if not files:
        return None
    done = subprocess.run(["xmllint", "--noout", "--schema", schema, *files],
                          capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr


def text(message, name):
    return message.findtext(CAP + name)


def chain_breaks(folder):
    """Of each event the first message is an Alert and the last one ends it; every other one names
    all that came before."""
    chains = {}
    for path in sorted(Path(folder).glob("*/*.xml")):
        message = xml.etree.ElementTree.parse(path).getroot()
        if text(message, "identifier") != path.stem or text(message, "status") != "Exercise":
            return f"{path.name}: {text(message, 'identifier')}, {text(message, 'status')}"
        nation, event, serial = re.match(r"([A-Z]+)-.*-(\d+)-(\d+)$", path.stem).groups()
        chains.setdefault((nation, event), []).append((int(serial), message))
    for key, chain in chains.items():
        before = []
        for _, message in sorted(chain, key=lambda pair: pair[0]):
            named = [r.split(",")[1] for r in (text(message, "references") or "").split()]
            if named != before or (text(message, "msgType") == "Alert") != (not before):
                return f"{key}: {text(message, 'identifier')} names {named}, not {before}"
            ends = message.find(CAP + "info").findtext(CAP + "responseType") == "AllClear"
            before = [] if ends else before + [text(message, "identifier")]
        if before:
            return f"{key}: never ends"
    return None


def is_inside(polygon, lat, lon):
    inside = False
    for (a, b), (c, d) in zip(polygon, polygon[1:]):
        if (a > lat) != (c > lat) and lon < b + (lat - a) / (c - a) * (d - b):
            inside = not inside
    return inside


def passage_misses(folder):
    """The way over Japan lies within what the first message draws, and not 60 km north of it."""
    first = sorted(Path(folder).glob("JPN/*.xml"))[0]
    way = [falling.below(state[:3]) for state in falling.flight(FROM, TO, APOGEE, 4.0)]
    over = [(lat, lon) for lat, lon in way if OVER_JAPAN[0] < lon < OVER_JAPAN[1]]
    for area in xml.etree.ElementTree.parse(first).getroot().iter(CAP + "area"):
        if area.findtext(CAP + "areaDesc") == "Where it may pass over (95 %)":
            polygon = [tuple(map(float, pair.split(",")))
                       for pair in area.findtext(CAP + "polygon").split()]
            wrong = [(lat, lon) for lat, lon in over
                     if not is_inside(polygon, lat, lon) or is_inside(polygon, lat + 0.54, lon)]
            return None if over and not wrong else f"{wrong or over}, {polygon}"
    return f"{first.name} draws no passage"


def cases(command, scenarios):
    skip = None if shutil.which("xmllint") else "xmllint is not installed"
    if not os.path.exists(os.path.join(os.environ.get("WATCHFIRE_SHARED", ""), "cap")):
        skip = "no CAP schema in $WATCHFIRE_SHARED"
    for scenario in sorted(Path(scenarios).glob("*.yaml")):
        with tempfile.TemporaryDirectory() as folder:
            yield f"{scenario.stem} is played", play(command, scenario, folder), None
            yield f"{scenario.stem}: the schema", None if skip else schema_refuses(folder), skip
            yield f"{scenario.stem}: each warning begins, goes on, ends", chain_breaks(folder), None
            if scenario.stem == WARNED:
                few = len(list(Path(folder).glob("JPN/*.xml"))) < 3
                yield "Japan is warned", "fewer than 3 messages" if few else None, None
                yield "and sees where it passes", passage_misses(folder), None


def main():
    count = failed = 0
    for what, trouble, skip in cases(*sys.argv[1:]):
        count += 1
        failed += trouble is not None
        print(f"{'ok' if trouble is None else 'not ok'} {count} - {what}"
              f"{' # SKIP ' + skip if skip else ''}")
        if trouble is not None:
            print("# " + trouble.replace("\n", "\n# "))
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main())
