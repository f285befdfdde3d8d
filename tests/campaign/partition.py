#!/usr/bin/env python3
"""Cuts one nation's node off from the server for a while, again and again, and measures how the
exchange comes back. Each node and the server live in a network namespace of their own; what joins
them delays each packet by DELAY_MS to twice that and loses so many of them (LOSS, 0 to 1), and
drops everything while a path is cut. Prints one line a case (TAP). Needs root; says so where it is
not.

  tests/campaign/partition.py WATCHFIRE DELAY_MS LOSS SECONDS...
"""

import sqlite3
import sys
import time

import exchange
import spaces

FRESH_S = 1.5  # an attempt to connect begins every 0.4 s, a record leaves every second …
LOST_S = 5.0  # … and a lost packet of a handshake is repeated after a second, then two
CAUGHT_UP_S = 15.0
UP_S = 4.0  # three heartbeats missed, and one on the way


def arrivals(journal, partner, since_tai_ns):
    """(when, time of the state, whether before) of the tracks in batches from a partner that came
    since then."""
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    for when, data in database.execute(
            "SELECT time_tai_ns, input FROM journal_group WHERE time_tai_ns >= ? ORDER BY position",
            (since_tai_ns,)):
        if data[0] and data[1] == exchange.reader.FRAME and data[18] == exchange.reader.BATCH and \
                data[10:13].decode() == partner:
            for made in record_times(data[18:-64]):
                yield when, made
    database.close()


def record_times(frame):
    """When each record of a batch was made."""
    size = int.from_bytes(frame[1:3], "big")
    at = 3 + size
    count = exchange.reader.message(frame[3:at])[3][0]
    for _ in range(count):
        size = int.from_bytes(frame[at:at + 2], "big")
        yield int.from_bytes(exchange.reader.message(frame[at + 2:at + 2 + size])[1][0], "little")
        at += 2 + size


def tai_now():
    return time.time_ns() + 37 * 10**9


def cut_once(made, net, nation, seconds):
    """(cut at, healed at, caught up after)."""
    begin = tai_now()
    net.cut(nation)
    time.sleep(seconds)
    heard = [p["nation"] for p in made.status(nation)["partners"] if p["up"]]
    assert not heard or seconds < UP_S, f"{nation} was cut off, and yet hears {heard}"
    net.heal(nation)
    healed = tai_now()
    start = time.monotonic()
    exchange.until(lambda: all(p["up"] and p["missing"] == 0 and p["unacknowledged"] < 40
                               for s in made.statuses() for p in s["partners"]),
                   "all caught up", made, 60 + seconds)
    return begin, healed, time.monotonic() - start


def campaign(watchfire, delay_ms, loss, lengths):
    cases, cuts = [], []
    with spaces.running(watchfire) as (made, net):
        net.weather(delay_ms, loss)
        made.start_sensors()
        exchange.until(lambda: all(p["sequence"] > 0 for s in made.statuses()
                                   for p in s["partners"]), "records", made)
        for number, seconds in enumerate(lengths):
            nation = exchange.NATIONS[number % 2]
            cuts.append((nation, seconds, *cut_once(made, net, nation, seconds)))
            time.sleep(3)
        made.stop_sensors()
        made.drain()
        bad = made.stop()
        for nation, seconds, begin, healed, took_s in cuts:
            partners = [other for other in exchange.NATIONS if other != nation]
            fresh = {}
            for a, b in [(nation, p) for p in partners] + [(p, nation) for p in partners]:
                fresh[f"{a}->{b}"] = min(
                    ((when - healed) / 1e9 for when, made_at in
                     arrivals(made.journal(b), a, healed) if made_at >= healed - 10**9),
                    default=float("inf"))
            worst = max(fresh.values())
            words = ", ".join(f"{way} {s:.3f} s" for way, s in fresh.items())
            cases.append((f"{seconds:.0f} s without {nation}: fresh records after {worst:.3f} s",
                          worst <= FRESH_S + (LOST_S if loss > 0 else 0.0), words))
            cases.append((f"{seconds:.0f} s without {nation}: caught up after {took_s:.1f} s",
                          took_s <= CAUGHT_UP_S + seconds / 20, ""))
        faults, acknowledged, records = made.judge()
    cases.append(("nodes stop when told", not bad, bad))
    cases.append((f"nothing lost, doubled or misdirected of {acknowledged} acknowledged, "
                  f"{records} received", not faults and acknowledged > 100, faults[:3] or ""))
    return exchange.report(cases)


def main(arguments):
    exchange.need_tools()
    spaces.need_permission()
    delay_ms, loss, *lengths = (float(word) for word in arguments[1:])
    return campaign(arguments[0], delay_ms, loss, lengths)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
