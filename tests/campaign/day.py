#!/usr/bin/env python3
"""A node's start after a long watch: a journal of HOURS at so many observations a second is made
on simulated time (day.c), as a node leaves it that was killed; then the node itself is started with
it, and asked how it is until it answers. Prints one line a case (TAP).

  tests/campaign/day.py WATCHFIRE DAY HOURS OBSERVATIONS_A_SECOND [FOLDER]

FOLDER is where the journal lies meanwhile: a day at 6,000 takes some 40 GB and an hour or two.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import exchange

STARTS = 5
START_S = 1.0  # of processor time: what else the machine does is not the node's


def start(made, nation):
    """(seconds until it answers, its processor time then)."""
    begin = time.monotonic()
    made.start_node(nation)
    exchange.until(lambda: made.status(nation), "an answer", seconds=600)
    took = time.monotonic() - begin
    with open(f"/proc/{made.nodes[nation].pid}/stat", encoding="ascii") as about:
        fields = about.read().rsplit(")", 1)[1].split()
    busy = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    made.kill_node(nation)
    return took, busy


def campaign(watchfire, day, hours, rate, folder):
    made = exchange.Coalition(watchfire, Path(folder) / "coalition")
    try:
        subprocess.run([day, made.file("KOR"), hours, rate], check=True,
                       preexec_fn=exchange.coalition.end_with_parent)
        starts = [start(made, "KOR") for _ in range(STARTS)]
    finally:
        made.end()
    words = ", ".join(f"{took:.2f} s ({busy:.2f} s of processor time)" for took, busy in starts)
    return exchange.report([(f"starts after {hours} h at {rate} observations/s: {words}",
                             min(busy for _, busy in starts) < START_S, "")])


def main(arguments):
    exchange.need_tools()
    exchange.stop_on_signals()
    watchfire, day, hours, rate, *where = arguments
    with tempfile.TemporaryDirectory(prefix="watchfire-day-", dir=where[0] if where else None) as f:
        return campaign(watchfire, day, hours, rate, f)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
