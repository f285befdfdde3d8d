#!/usr/bin/env python3
"""Runs a real node at which a missile is falling towards its own nation: two release officers agree
at the page before the people are told, the node is killed in between, one officer takes it back.
Prints one line a case (TAP).

  tests/node/test_node_warnings.py WATCHFIRE ROOT
"""

import contextlib
import json
import math
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import test_node_officers as office
from test_node import SENSORS, WAIT_S, Node, check, run_cases, until
from test_node_officers import Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stories"))
import falling  # noqa: E402

FROM, TO, APOGEE = (41.0, 129.5), (37.3, 128.2), 90e3  # over the Eastern Sea to Gangwon
SEEN_FROM, SEEN_S = 100, 50  # s of the flight: what was seen when the node hears of it
office.PASSWORDS["abe"] = "another key of release"


def plot(sensor, state, at):
    """What a radar measures, without noise: range, azimuth and elevation."""
    lat, lon = math.radians(sensor["lat_deg"]), math.radians(sensor["lon_deg"])
    x, y, z = (a - b for a, b in zip(
        state, falling.ecef(sensor["lat_deg"], sensor["lon_deg"], sensor["alt_m"])))
    out = x * math.cos(lon) + y * math.sin(lon)
    east = y * math.cos(lon) - x * math.sin(lon)
    north = z * math.cos(lat) - out * math.sin(lat)
    up = z * math.sin(lat) + out * math.cos(lat)
    return {"type": "radar", "sensor": sensor["id"], "time": at.isoformat().replace("+00:00", "Z"),
            "range_m": math.hypot(east, north, up),
            "az_deg": math.degrees(math.atan2(east, north)) % 360.0,
            "el_deg": math.degrees(math.atan2(up, math.hypot(east, north)))}  # fmt: skip


def plots():
    """Of two radars, each second of the last SEEN_S."""
    now = datetime.now(timezone.utc)
    states = falling.flight(FROM, TO, APOGEE)
    for second, state in enumerate(states[SEEN_FROM:SEEN_FROM + SEEN_S]):
        at = now - timedelta(seconds=SEEN_S - second)
        yield from (plot(sensor, state, at) for sensor in SENSORS)


def event(page):
    events = page.ask("GET", "/state")[1]["events"]
    return events[0] if events else None


def feed(node):
    with urllib.request.urlopen(f"http://127.0.0.1:{node.console}/feed.json") as answer:
        return [item["title"] for item in json.load(answer)["items"]]


def signed_in(node, name):
    page = Page(node)
    check(page.sign_in(name)[0] == 200, name)
    return page


def a_warning_waits_for_two(node):
    for name, roles in (("kim", "watch"), ("sato", "release"), ("abe", "release")):
        check(office.add(node, name, roles).returncode == 0, name)
    node.file.write_text(
        node.file.read_text() + "officers: officers.yaml\nwarnings:\n  sender: warn@example.kr\n"
        "  outlets:\n    - {name: people, public: true, release: two officers}\n")
    office.start(node)
    node.send(*plots())
    page = signed_in(node, "kim")
    until(lambda: True if (e := event(page)) and e["told"] else None, "the warning")
    e = event(page)
    check(e["warning"]["in_force"] and e["warning"]["areas"], e["warning"])
    waits = {"name": "people", "needs": 2, "ordered": False, "taken": None, "tries": 0,
             "receipt": ""}
    check(e["told"]["agreed"] == 0 and e["told"]["outlets"] == [waits], e["told"])
    check(feed(node) == [], "nobody is told")


def who_may_agree(node):
    page = signed_in(node, "kim")
    which = event(page)["id"]
    check(page.order("approve", event=which)[0] == 403, "not a watch officer")
    check(page.order("cancel", event=which, reason="I think so")[0] == 403, "nor takes it back")
    page = signed_in(node, "sato")
    check(page.order("approve", event="77")[0] == 404, "another event")
    check(page.order("cancel", event=which)[0] == 400, "without a reason")
    check(page.order("approve", event=which)[0] == 200, "sato agrees")
    check(page.order("approve", event=which)[0] == 409, "once")
    until(lambda: True if event(page)["told"]["agreed"] == 1 else None, "the first consent")
    check(event(page)["approved_by"] == ["sato"] and feed(node) == [], "one is not two")


def the_second_tells_the_people_after_a_crash(node):
    node.stop(signal.SIGKILL)
    with contextlib.closing(sqlite3.connect(node.folder / "journal.db.outlets")) as store, store:
        # As if the crash had come between the journal and the outlets' store.
        check(store.execute("DELETE FROM approval").rowcount == 1, "sato's consent")
    office.start(node)
    page = signed_in(node, "abe")
    until(lambda: True if (e := event(page)) and e["told"] and e["told"]["agreed"] == 1 else None,
          "sato's consent again")
    check(feed(node) == [], "one is not two")
    check(page.order("approve", event=event(page)["id"])[0] == 200, "abe agrees")
    until(lambda: True if feed(node) else None, "the feed")
    check(feed(node)[-1].startswith("EXERCISE: Possible ballistic missile"), feed(node))
    until(lambda: True if event(page)["told"]["outlets"][0]["taken"] else None, "the receipt")
    check(event(page)["told"]["outlets"][0]["receipt"] == "in the feed", event(page)["told"])


def one_takes_it_back_everywhere(node):
    page = signed_in(node, "sato")
    which = event(page)["id"]
    check(page.order("cancel", event=which, reason="a test of radar K9")[0] == 200, "cancel")
    until(lambda: True if "warning cancelled" in feed(node)[0] else None, "the cancellation")
    e = event(page)
    check(e["recalled"] and e["warning"]["state"] == "cancel" and not e["withdrawn"], e["warning"])
    check(page.order("approve", event=which)[0] == 409, "nothing is in force")
    told = len(feed(node))
    check(page.order("warn", event=which, reason="it was none")[0] == 200, "warn again")
    until(lambda: True if event(page)["warning"]["in_force"] else None, "the warning anew")
    until(lambda: True if event(page)["told"]["agreed"] == 0 else None, "a warning of its own")
    check(event(page)["approved_by"] == [], "nobody agreed to it")
    check(len(feed(node)) == told, "and nobody is told")
    check("ORDER of sato: the warning about" in node.said(), node.said())


def the_journal_says_who_agreed(node):
    check(node.stop()[0] == 0, node.said())
    said = subprocess.run([node.command, "audit", "journal.db", "--json"], cwd=node.folder,
                          timeout=WAIT_S, capture_output=True, text=True).stdout
    orders = [(o["order"], o["by"], o["reason"]) for o in json.loads(said)["orders"]]
    check(orders == [("approve", "sato", ""), ("approve", "abe", ""),
                     ("cancel", "sato", "a test of radar K9"), ("warn", "sato", "it was none")],
          orders)
    node.run("replay", "journal.db", "--node", "node.yaml")


CASES = [
    a_warning_waits_for_two,
    who_may_agree,
    the_second_tells_the_people_after_a_crash,
    one_takes_it_back_everywhere,
    the_journal_says_who_agreed,
]


if __name__ == "__main__":
    sys.exit(run_cases(Node, CASES))
