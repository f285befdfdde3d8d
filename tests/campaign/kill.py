#!/usr/bin/env python3
"""Kills nodes of a running coalition, any of them at any time, and reads afterwards what each of
them wrote. Prints one line a case (TAP).

  tests/campaign/kill.py WATCHFIRE KILLS [SEED]
"""

import random
import sys
import time

import exchange

FIRST_S = 30.0  # no later do records flow
PAUSE_S = (0.05, 1.2)


def campaign(watchfire, kills, seed):
    draw = random.Random(seed)
    with exchange.running(watchfire) as made:
        sensors = made.start_sensors()
        exchange.until(lambda: all(p["sequence"] > 0 for s in made.statuses()
                                   for p in s["partners"]), "records", made, FIRST_S)
        begin = time.monotonic()
        for number in range(kills):
            time.sleep(draw.uniform(*PAUSE_S))
            nation = draw.choice(exchange.NATIONS)
            if not made.kill_node(nation):
                log = (made.folder / f"{nation}.log").read_text(errors="replace")
                raise AssertionError(f"{nation}'s node ended by itself before kill {number + 1}: "
                                     f"{log[-600:]}")
            made.start_node(nation)
        took_s = time.monotonic() - begin
        time.sleep(3)
        sensors.kill()  # nothing new comes
        made.drain()
        bad = made.stop()
        faults, acknowledged, records = made.judge()
    kinds = sorted({fault.split(":")[0] for fault in faults})
    return exchange.report([
        (f"{kills} kills in {took_s:.0f} s, and every node came back", True, ""),
        ("all that was released is acknowledged, and nodes stop when told", not bad, bad),
        (f"nothing lost, doubled or misdirected of {acknowledged} acknowledged, {records} received;"
         " journals are in order and reproduce", not faults and acknowledged > kills,
         f"{len(faults)} faults ({', '.join(kinds)}): {faults[:4]}" if faults else ""),
    ])


def main(arguments):
    exchange.need_tools()
    seed = int(arguments[2]) if len(arguments) > 2 else time.time_ns() % 10**6
    print(f"# seed {seed}", flush=True)
    return campaign(arguments[0], int(arguments[1]), seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
