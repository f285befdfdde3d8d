#!/usr/bin/env python3
"""How long a running coalition takes from one nation's picture to a partner's, beside the carrier
alone in the same run.

  tests/campaign/latency.py WATCHFIRE OBSERVATIONS_A_SECOND [SECONDS]

KOR's node gets so many observations, twelve of them a look of objects and the rest clutter. What is
measured: from the whole second for which KOR states a track to the arrival of that record as an
input in JPN's journal, both by the clock of this machine. In it are the work of that second's step,
the commit at KOR, sealing, two hops of TLS, and opening. Not in it is how long an observation waits
for the next whole second. The carrier alone: a small message from one client by KOR's credentials
to one by JPN's over the same server.
"""

import os
import sys
import time

import exchange
import hostile

OBJECTS = 12


def quantiles(values):
    s = sorted(values)
    return [s[len(s) // 2], s[min(len(s) - 1, len(s) * 99 // 100)], s[-1]] if s else []


def carrier(made, count=500):
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


def tell(name, values):
    words = [f"{1e3 * value:8.2f}" for value in quantiles(values)]
    print(f"{name:24}" + "  ".join(words) + f" ms of {len(values)}", flush=True)


def main(arguments):
    exchange.need_tools()
    rate = float(arguments[1])
    seconds = float(arguments[2]) if len(arguments) > 2 else 20.0
    looks = max(1.0, rate / 2 / 800)
    clutter = max(0, round(rate / 2 / looks) - OBJECTS)
    os.environ["PYTHONUNBUFFERED"] = "1"
    with exchange.running(arguments[0], on_disk=True) as made:
        print(f"{'':24}     p50       p99       max")
        tell("carrier alone", alone := carrier(made))
        made.spawn("sensors", sys.executable, exchange.HERE / "feed.py", OBJECTS, looks, clutter,
                   f"KOR={made.ports['sensors', 'KOR']}")
        exchange.until(lambda: made.status("JPN")["partners"][0]["received"] > 0, "records", made)
        begin = hostile.tai_now()
        before = sum(s["observations"] for s in made.status("KOR")["sensors"])
        time.sleep(seconds)
        status = made.status("KOR")
        taken = sum(s["observations"] for s in status["sensors"]) - before
        end = hostile.tai_now()
        made.stop()
        waits = hostile.delays(made.journal("JPN"), "KOR", begin, end)
        tell(f"record at {rate:.0f}/s", waits)
        ratios = [a / b for a, b in zip(quantiles(waits), quantiles(alone))]
        print(f"{'ratio to the carrier':24}" + "  ".join(f"{r:8.1f}" for r in ratios))
        print(f"{taken / (end - begin) * 1e9:.0f} observations/s were taken; refused: "
              f"{status['input']['refused']}; commit at most "
              f"{status['journal']['longest_commit_ms']} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
