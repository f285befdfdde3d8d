#!/usr/bin/env python3
"""How long a running coalition takes from one nation's observation to a partner's picture, beside
the floor: bare loops of what cannot be left out, on the same disk and processors in the same run.

  tests/campaign/latency.py WATCHFIRE OBSERVATIONS_A_SECOND [SECONDS]

KOR's node gets so many observations, twelve of them a look of objects and the rest clutter. Both
journals say what happened: when an observation was made and when it came, which step released
records, and when they came to JPN, whose picture has them in that same step. All times are of this
machine's one clock. By design a record leaves at a whole second, whatever the sensors do: what a
partner is sent tells nothing of when they look. So each observation's way has two parts:

  wait   from the observation's arrival to the whole second (or to its own step, if that released)
  cost   the rest: the socket before, and then that second's step, the commit at KOR, signing,
         sealing, two hops of TLS, opening, verifying, JPN's step

The floor is fsync, sign, one way over the server, verify, fsync. The way over the server: a small
message from one client by KOR's credentials to one by JPN's, in Python.
"""

import bisect
import json
import os
import sqlite3
import subprocess
import sys
import time

import exchange
import hostile

OBJECTS = 12
SCAN, SHARE = exchange.reader.SCAN, 11  # kinds of inputs
RELEASED = 9  # among the kinds of effects that a journal's digests tell
DIGEST, MARK = 32, 8
SENSOR_TEXT = 16
SECOND_NS = 10**9


def quantiles(values):
    s = sorted(values)
    return [s[len(s) // 2], s[min(len(s) - 1, len(s) * 99 // 100)], s[-1]] if s else []


def carrier(made, count=1000):
    """One way, in s."""
    ear, mouth = hostile.Door(made, "JPN"), hostile.Door(made, "KOR")
    subject = b"wf.exercise.KOR.JPN.live"
    ear.send(b"SUB %s 1\r\n" % subject)
    ear.answer()
    found = []
    for _ in range(count):
        begin = time.perf_counter()
        mouth.publish(subject.decode(), b"x" * 500)
        data = b""
        while data.count(b"x" * 500) == 0:
            data += ear.socket.recv(65536)
        found.append(time.perf_counter() - begin)
        time.sleep(0.002)
    return found


def bare_loops(made):
    """Sums of one turn of each loop but the carrier's, in s."""
    done = subprocess.run([made.watchfire, "bench", "exchange", "--floor", "--json", "--dir",
                           made.folder], capture_output=True, text=True, check=True)
    return [value / 1e6 for value in json.loads(done.stdout)["sums_us"]]


def owner_steps(journal, begin):
    """Scans as (arrival, when it was observed), and when steps that released records were to begin,
    in TAI ns."""
    scans, releases = [], []
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    for when, data, digest in database.execute(
            "SELECT time_tai_ns, input, effects FROM journal_group WHERE time_tai_ns >= ? "
            "ORDER BY position", (begin,)):
        if data[1] == SCAN:
            at = 10 + SENSOR_TEXT + 1
            scans.append((when, int.from_bytes(data[at:at + 8], "big")))
        if RELEASED in digest[DIGEST::MARK]:
            due = when - when % SECOND_NS if data[1] == SHARE else when
            releases.append((due, when))
    database.close()
    return scans, releases


def partner_arrivals(journal, begin):
    """When batches of KOR's came that had something new."""
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    found, last = [], 0
    for when, data in database.execute(
            "SELECT time_tai_ns, input FROM journal_group WHERE time_tai_ns >= ? ORDER BY position",
            (begin,)):
        if data[0] and data[1] == exchange.reader.FRAME and data[10:13] == b"KOR" and \
                data[18] == exchange.reader.BATCH:
            size = int.from_bytes(data[19:21], "big")
            header = exchange.reader.message(data[21:21 + size])
            end = header[2][0] + header[3][0] - 1
            if end > last:
                found.append(when)
                last = end
    database.close()
    return found


def ways(made, begin, end):
    """Of each observation: (all, wait, cost), s; of each release what followed, and how late its
    step began, s."""
    scans, releases = owner_steps(made.journal("KOR"), begin)
    arrivals = partner_arrivals(made.journal("JPN"), begin)
    steps = [when for _, when in releases]
    found, costs, lates = [], [], []
    for arrived, observed in scans:
        at = bisect.bisect_left(steps, arrived)
        if at == len(steps) or arrived > end:
            break
        due, step = releases[at]
        there = bisect.bisect_right(arrivals, step)
        if there == len(arrivals):
            break
        wait = max(0, due - arrived)
        found.append(((arrivals[there] - observed) / 1e9, wait / 1e9,
                      (arrivals[there] - observed - wait) / 1e9))
    for due, step in releases:
        there = bisect.bisect_right(arrivals, step)
        if there < len(arrivals):
            costs.append((arrivals[there] - due) / 1e9)
            lates.append((step - due) / 1e9)
    return found, costs, lates


def tell(name, values):
    words = [f"{1e3 * value:9.2f}" for value in quantiles(values)]
    print(f"{name:34}" + "  ".join(words) + f" ms of {len(values)}", flush=True)


def tell_ratio(name, values, floor):
    ratios = [a / b for a, b in zip(quantiles(values), quantiles(floor))]
    print(f"{name:34}" + "  ".join(f"{ratio:9.2f}" for ratio in ratios), flush=True)


def main(arguments):
    exchange.need_tools()
    rate = float(arguments[1])
    seconds = float(arguments[2]) if len(arguments) > 2 else 20.0
    looks = max(1.0, rate / 2 / 800)
    clutter = max(0, round(rate / 2 / looks) - OBJECTS)
    os.environ["PYTHONUNBUFFERED"] = "1"
    with exchange.running(arguments[0], on_disk=True) as made:
        print(f"{'':34}      p50        p99        max")
        floor = [a + b for a, b in zip(bare_loops(made), carrier(made))]
        tell("floor", floor)
        made.spawn("sensors", sys.executable, exchange.HERE / "feed.py", OBJECTS, looks, clutter,
                   f"KOR={made.ports['sensors', 'KOR']}")
        exchange.until(lambda: made.status("JPN")["partners"][0]["received"] > 0, "records", made)
        time.sleep(3)
        begin = hostile.tai_now()
        before = sum(s["observations"] for s in made.status("KOR")["sensors"])
        time.sleep(seconds)
        status = made.status("KOR")
        taken = sum(s["observations"] for s in status["sensors"]) - before
        end = hostile.tai_now()
        made.stop()
        found, costs, lates = ways(made, begin, end)
        for number, name in enumerate(("observation to partner's picture",
                                       "  of it the wait by design", "  of it the cost")):
            tell(f"{name}", [way[number] for way in found])
        tell("a release's cost", costs)
        tell("  of it until its step began", lates)
        tell_ratio("an observation's cost, in floors", [way[2] for way in found], floor)
        tell_ratio("a release's cost, in floors", costs, floor)
        print(f"{taken / (end - begin) * 1e9:.0f} observations/s were taken; refused: "
              f"{status['input']['refused']}; commit at most "
              f"{status['journal']['longest_commit_ms']} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
